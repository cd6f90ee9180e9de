#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <mutex>
#include <string>
#include <utility>

#include "http/server.hpp"

namespace mingyue::api {

/// Counts answers by route and status, and how long they took by route. Any thread.
class HttpMetrics {
 public:
  static constexpr std::array<double, 12> bounds_s{0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10};

  struct Times {
    std::array<std::uint64_t, bounds_s.size() + 1> counts{};  ///< by the first bound that holds it; the last: above all
    std::uint64_t count = 0;
    std::uint64_t micros = 0;
  };

  void add(const http::Access& access);

  [[nodiscard]] std::map<std::pair<std::string, int>, std::uint64_t> answers() const;
  [[nodiscard]] std::map<std::string, Times> times() const;

 private:
  mutable std::mutex mutex_;
  std::map<std::pair<std::string, int>, std::uint64_t> answers_;
  std::map<std::string, Times> times_;
};

}  // namespace mingyue::api
