#pragma once

#include <atomic>
#include <chrono>

#include "ports/clock.hpp"

namespace mingyue::host {

/// The machine's time of the day. Within the life of the object it never goes backwards: while the machine's clock is
/// set back, it stands still. Safe from any thread.
class SystemClock final : public ports::Clock {
 public:
  [[nodiscard]] Instant now() const override {
    const auto time = std::chrono::floor<std::chrono::milliseconds>(std::chrono::system_clock::now());
    return not_before(time.time_since_epoch().count());
  }

 private:
  [[nodiscard]] Instant not_before(std::int64_t ms) const {
    std::int64_t latest = latest_ms_.load(std::memory_order_relaxed);
    while (ms > latest && !latest_ms_.compare_exchange_weak(latest, ms, std::memory_order_relaxed)) {
    }
    return Instant(ms > latest ? ms : latest);
  }

  mutable std::atomic<std::int64_t> latest_ms_{INT64_MIN};
};

}  // namespace mingyue::host
