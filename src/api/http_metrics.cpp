#include "api/http_metrics.hpp"

namespace mingyue::api {

void HttpMetrics::add(const http::Access& access) {
  // Methods are the client's own words where no route matched: they do not become labels.
  const std::string route =
      access.route.empty() ? std::string("unmatched") : std::string(access.method) + " " + std::string(access.route);
  const double seconds = static_cast<double>(access.micros) / 1e6;
  std::size_t bucket = 0;
  while (bucket < bounds_s.size() && seconds > bounds_s[bucket]) ++bucket;
  const std::lock_guard lock(mutex_);
  ++answers_[{route, access.status}];
  Times& times = times_[route];
  ++times.counts[bucket];
  ++times.count;
  times.micros += static_cast<std::uint64_t>(access.micros);
}

std::map<std::pair<std::string, int>, std::uint64_t> HttpMetrics::answers() const {
  const std::lock_guard lock(mutex_);
  return answers_;
}

std::map<std::string, HttpMetrics::Times> HttpMetrics::times() const {
  const std::lock_guard lock(mutex_);
  return times_;
}

}  // namespace mingyue::api
