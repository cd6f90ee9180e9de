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
    engines_[order.attempt] = engine;
  }
  engine->launch(order);
}

ports::Engine* EngineRouter::engine_of(model::AttemptId attempt) const {
  const std::lock_guard lock(mutex_);
  const auto it = engines_.find(attempt);
  return it == engines_.end() ? nullptr : it->second;
}

void EngineRouter::signal(model::AttemptId attempt, int signal) {
  if (ports::Engine* engine = engine_of(attempt)) engine->signal(attempt, signal);
}

void EngineRouter::end(model::AttemptId attempt, Duration grace) {
  if (ports::Engine* engine = engine_of(attempt)) engine->end(attempt, grace);
}

void EngineRouter::forget(model::AttemptId attempt) {
  if (ports::Engine* engine = engine_of(attempt)) {
    engine->forget(attempt);
  } else {
    own_.forget(attempt);
    for (const auto& [name, other] : others_) other->forget(attempt);
  }
  const std::lock_guard lock(mutex_);
  engines_.erase(attempt);
}

void EngineRouter::expect(model::AttemptId attempt, const std::string& engine) {
  const auto it = others_.find(engine);
  if (!engine.empty() && it == others_.end()) return;  // taken from the file while it stood: nobody has it
  const std::lock_guard lock(mutex_);
  engines_[attempt] = engine.empty() ? &own_ : it->second;
}

void EngineRouter::reconcile(const std::vector<model::AttemptId>& standing) {
  const auto of = [&](const ports::Engine* engine) {
    std::vector<model::AttemptId> its_own;
    for (const model::AttemptId attempt : standing)
      if (engine_of(attempt) == engine) its_own.push_back(attempt);
    return its_own;
  };
  own_.reconcile(of(&own_));
  for (const auto& [name, engine] : others_) engine->reconcile(of(engine));
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
