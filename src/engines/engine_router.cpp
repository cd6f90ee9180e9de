#include "engines/engine_router.hpp"

#include <fmt/format.h>

namespace mingyue::engines {

void EngineRouter::set_partitions(std::map<std::string, std::string> engines) {
  const std::lock_guard lock(mutex_);
  partitions_ = std::move(engines);
}

void EngineRouter::launch(const model::LaunchOrder& order) {
  ports::Engine* engine = &own_;
  if (!order.engine.empty()) {
    const auto it = others_.find(order.engine);
    if (it == others_.end()) {
      sink_.report(ports::Ended{order.attempt,
                                {.cause = model::EndCause::launch_failed,
                                 .message = fmt::format("engine {} is not in the centre's file", order.engine)}});
      return;
    }
    engine = it->second;
  }
  {
    const std::lock_guard lock(mutex_);
    launched_[order.attempt] = engine;
  }
  engine->launch(order);
}

void EngineRouter::ask(model::AttemptId attempt, const std::function<void(ports::Engine&)>& question) {
  ports::Engine* known = nullptr;
  {
    const std::lock_guard lock(mutex_);
    if (const auto it = launched_.find(attempt); it != launched_.end()) known = it->second;
  }
  if (known != nullptr) return question(*known);
  question(own_);
  for (const auto& [name, engine] : others_) question(*engine);
}

void EngineRouter::signal(model::AttemptId attempt, int signal) {
  ask(attempt, [&](ports::Engine& engine) { engine.signal(attempt, signal); });
}

void EngineRouter::end(model::AttemptId attempt, Duration grace) {
  ask(attempt, [&](ports::Engine& engine) { engine.end(attempt, grace); });
}

void EngineRouter::forget(model::AttemptId attempt) {
  ask(attempt, [&](ports::Engine& engine) { engine.forget(attempt); });
  const std::lock_guard lock(mutex_);
  launched_.erase(attempt);
}

void EngineRouter::reconcile(const std::vector<model::AttemptId>& standing) {
  own_.reconcile(standing);
  for (const auto& [name, engine] : others_) engine->reconcile(standing);
}

std::vector<ports::LimitFact> EngineRouter::limits(const model::Node& node) const {
  std::string name;
  {
    const std::lock_guard lock(mutex_);
    if (const auto it = partitions_.find(node.partition); it != partitions_.end()) name = it->second;
  }
  const auto it = others_.find(name);
  return it == others_.end() ? own_.limits(node) : it->second->limits(node);
}

}  // namespace mingyue::engines
