#include "api/durable.hpp"

#include <utility>
#include <vector>

namespace mingyue::api {

void Durable::rise(std::uint64_t seq) {
  std::vector<Then> due;
  {
    const std::lock_guard lock(mutex_);
    if (seq <= seq_) return;
    seq_ = seq;
    while (!waiting_.empty() && waiting_.begin()->first <= seq_) {
      due.push_back(std::move(waiting_.begin()->second.then));
      waiting_.erase(waiting_.begin());
    }
  }
  for (Then& then : due) then(Reached::Yes);
}

std::uint64_t Durable::seq() const {
  const std::lock_guard lock(mutex_);
  return seq_;
}

void Durable::when(std::uint64_t seq, Then then) {
  bool reached = false;
  {
    const std::lock_guard lock(mutex_);
    reached = seq <= seq_;
    if (!reached && !stopped_) {
      waiting_.emplace(seq, Waiting{std::move(then), std::chrono::steady_clock::now() + wait_max});
      return;
    }
  }
  then(reached ? Reached::Yes : Reached::Late);
}

void Durable::tick() { release(false); }

void Durable::stop() {
  {
    const std::lock_guard lock(mutex_);
    stopped_ = true;
  }
  release(true);
}

void Durable::release(bool all) {
  std::vector<Then> late;
  {
    const std::lock_guard lock(mutex_);
    const auto now = std::chrono::steady_clock::now();
    for (auto it = waiting_.begin(); it != waiting_.end();) {
      if (!all && it->second.until > now) {
        ++it;
        continue;
      }
      late.push_back(std::move(it->second.then));
      it = waiting_.erase(it);
    }
  }
  for (Then& then : late) then(Reached::Late);
}

}  // namespace mingyue::api
