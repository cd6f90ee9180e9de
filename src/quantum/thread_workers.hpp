#pragma once

#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <thread>
#include <vector>

#include "quantum/workers.hpp"

namespace mingyue::quantum {

/// Workers for those at the edge who may start threads; nothing in this library includes it.
class ThreadWorkers final : public Workers {
 public:
  explicit ThreadWorkers(int count) {
    for (int i = 1; i < count; ++i) threads_.emplace_back([this] { serve(); });
  }
  ~ThreadWorkers() override {
    {
      const std::lock_guard lock(mutex_);
      stops_ = true;
    }
    wake_.notify_all();
    for (std::thread& thread : threads_) thread.join();
  }
  ThreadWorkers(const ThreadWorkers&) = delete;
  ThreadWorkers& operator=(const ThreadWorkers&) = delete;

  [[nodiscard]] int count() const override { return static_cast<int>(threads_.size()) + 1; }

  void run(int pieces, const std::function<void(int)>& work) override {
    std::unique_lock lock(mutex_);
    work_ = &work;
    pieces_ = pieces;
    next_ = 0;
    left_ = pieces;
    ++round_;
    wake_.notify_all();
    take(lock);
    done_.wait(lock, [this] { return left_ == 0; });
    work_ = nullptr;
  }

 private:
  void take(std::unique_lock<std::mutex>& lock) {
    while (work_ != nullptr && next_ < pieces_) {
      const int piece = next_++;
      const auto* const work = work_;
      lock.unlock();
      (*work)(piece);
      lock.lock();
      if (--left_ == 0) done_.notify_all();
    }
  }
  void serve() {
    std::unique_lock lock(mutex_);
    for (std::uint64_t seen = 0;;) {
      wake_.wait(lock, [&] { return stops_ || round_ != seen; });
      if (stops_) return;
      seen = round_;
      take(lock);
    }
  }

  std::mutex mutex_;
  std::condition_variable wake_;
  std::condition_variable done_;
  std::vector<std::thread> threads_;
  const std::function<void(int)>* work_ = nullptr;
  int pieces_ = 0;
  int next_ = 0;
  int left_ = 0;
  std::uint64_t round_ = 0;
  bool stops_ = false;
};

}  // namespace mingyue::quantum
