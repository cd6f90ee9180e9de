#pragma once

#include <chrono>
#include <cstddef>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

namespace mingyue::api {

/// Counts wrong tokens by address, so that guessing is slow and plain to see. A right token is never turned away for
/// the failures of a neighbour behind the same address: only wrong ones are. Any thread; bounded.
class Throttle {
 public:
  using Clock = std::chrono::steady_clock;
  static constexpr int failures_max = 20;  ///< of one address in one window
  static constexpr std::chrono::seconds window{60};
  static constexpr std::size_t addresses_max = 10'000;

  /// One more failure. When the address has had too many: how long it has to wait.
  [[nodiscard]] std::optional<std::chrono::seconds> fail(std::string_view address,
                                                         Clock::time_point now = Clock::now());

  [[nodiscard]] std::size_t failures() const;  ///< in all

 private:
  struct Count {
    Clock::time_point from;
    int failures = 0;
  };
  mutable std::mutex mutex_;
  std::map<std::string, Count, std::less<>> counts_;
  std::size_t failures_ = 0;
};

}  // namespace mingyue::api
