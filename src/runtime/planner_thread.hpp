#pragma once

#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <thread>

#include "base/hash.hpp"
#include "core/effect.hpp"
#include "sched/plan.hpp"

namespace mingyue::runtime {

struct PlanResult {
  sched::Plan plan;
  std::string hash;  ///< hexadecimal core::plan_hash
};

/// Plans beside the core. One plan at a time; give() while one is under way is a bug of the caller.
class PlannerThread {
 public:
  explicit PlannerThread(std::function<void(PlanResult)> done) : done_(std::move(done)), thread_([this] { run(); }) {}
  ~PlannerThread() {
    {
      const std::lock_guard lock(mutex_);
      stop_ = true;
    }
    wake_.notify_one();
    thread_.join();
  }
  void give(std::unique_ptr<core::PlannerInput> input) {
    {
      const std::lock_guard lock(mutex_);
      input_ = std::move(input);
    }
    wake_.notify_one();
  }

 private:
  void run() {
    for (;;) {
      std::unique_ptr<core::PlannerInput> input;
      {
        std::unique_lock lock(mutex_);
        wake_.wait(lock, [&] { return stop_ || input_ != nullptr; });
        if (stop_) return;
        input = std::move(input_);
      }
      PlanResult result{sched::plan(input->snapshot), {}};
      result.hash = print_hex(core::plan_hash(result.plan));
      done_(std::move(result));
    }
  }

  std::function<void(PlanResult)> done_;
  std::mutex mutex_;
  std::condition_variable wake_;
  std::unique_ptr<core::PlannerInput> input_;
  bool stop_ = false;
  std::thread thread_;  // last: it uses the rest
};

}  // namespace mingyue::runtime
