#include "api/throttle.hpp"

#include <algorithm>

namespace mingyue::api {
namespace {

/// An IPv6 address counts by its first four groups: one machine may use all of a /64.
std::string_view network_of(std::string_view address) {
  std::size_t groups = 0;
  for (std::size_t i = 0; i < address.size(); ++i) {
    if (address[i] == ':' && ++groups == 4) return address.substr(0, i);
  }
  return address;
}

}  // namespace

std::optional<std::chrono::seconds> Throttle::fail(std::string_view address, Clock::time_point now) {
  const std::lock_guard lock(mutex_);
  ++failures_;
  if (counts_.size() >= addresses_max) {
    std::erase_if(counts_, [&](const auto& entry) { return now - entry.second.from >= window; });
    if (counts_.size() >= addresses_max) counts_.clear();  // an attack from everywhere: count anew
  }
  Count& count = counts_[std::string(network_of(address))];
  if (count.failures == 0 || now - count.from >= window) count = {now, 0};
  if (++count.failures <= failures_max) return std::nullopt;
  const auto left = std::chrono::duration_cast<std::chrono::seconds>(count.from + window - now);
  return std::max(std::chrono::seconds(1), left);
}

std::size_t Throttle::failures() const {
  const std::lock_guard lock(mutex_);
  return failures_;
}

}  // namespace mingyue::api
