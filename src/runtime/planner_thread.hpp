#pragma once

#include <condition_variable>
#include <functional>
#include <mutex>
#include <optional>
#include <thread>
#include <utility>
#include <variant>

#include "core/live_planner.hpp"

namespace mingyue::runtime {

/// Plans beside the core. One plan at a time; give() while one is under way is a bug of the caller.
class PlannerThread {
 public:
  /// A whole plan of a state, or a step from the plan before.
  struct Step {
    Instant now;
    core::PlannerFeed::News news;
  };
  using Question = std::variant<core::PlannerInput, Step>;
  /// Nothing: no step leads from the plan before; a whole one is needed.
  using Answer = std::optional<core::PlanResult>;

  PlannerThread(const sched::PlanSettings& settings, std::function<void(Answer)> done)
      : done_(std::move(done)), planner_(settings), thread_([this] { run(); }) {}
  ~PlannerThread() {
    {
      const std::lock_guard lock(mutex_);
      stop_ = true;
    }
    wake_.notify_one();
    thread_.join();
  }
  void give(Question question) {
    {
      const std::lock_guard lock(mutex_);
      question_ = std::move(question);
    }
    wake_.notify_one();
  }

 private:
  void run() {
    for (;;) {
      std::optional<Question> question;
      {
        std::unique_lock lock(mutex_);
        wake_.wait(lock, [&] { return stop_ || question_; });
        if (stop_) return;
        question = std::exchange(question_, std::nullopt);
      }
      if (auto* step = std::get_if<Step>(&*question))
        done_(planner_.go_on(step->now, std::move(step->news)));
      else
        done_(planner_.whole(std::move(std::get<core::PlannerInput>(*question))));
    }
  }

  std::function<void(Answer)> done_;
  std::mutex mutex_;
  std::condition_variable wake_;
  std::optional<Question> question_;
  bool stop_ = false;
  core::LivePlanner planner_;
  std::thread thread_;  // last: it uses the rest
};

}  // namespace mingyue::runtime
