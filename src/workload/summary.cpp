#include "workload/summary.hpp"

#include <algorithm>
#include <bit>
#include <cmath>

namespace mingyue::workload {
namespace {

void count(Summary::Part& part, std::int64_t time_ms) {
  ++part.jobs;
  part.time_ms += time_ms;
}

}  // namespace

void Summary::add(const TraceJob& job) {
  const std::int64_t size = size_of(job, unit_);
  const std::int64_t time_ms = size * job.run.raw();
  if (all_.jobs == 0) first_ = last_ = job.submit;
  const Int128 gap = (job.submit - last_).raw();
  gaps_squared_ += gap * gap;
  last_ = job.submit;
  largest_ = std::max(largest_, size);
  preemptible_ += job.preemptible ? 1 : 0;
  count(all_, time_ms);
  // 1 is in class 1, 2 in class 2, 3 and 4 in class 3.
  const int size_class = size == 0 ? 0 : std::bit_width(static_cast<std::uint64_t>(size - 1)) + 1;
  count(by_size_[std::min(static_cast<std::size_t>(size_class), size_classes - 1)], time_ms);
  const std::int64_t run_s = (job.run.raw() + 999) / 1000;
  const int run_class = run_s <= 1 ? 0 : std::bit_width(static_cast<std::uint64_t>(run_s - 1));
  count(by_run_[std::min(static_cast<std::size_t>(run_class), run_classes - 1)], time_ms);
  count(by_end_[std::min(static_cast<std::size_t>(job.end), by_end_.size() - 1)], time_ms);
}

double Summary::gap_variation() const {
  const double span = static_cast<double>((last_ - first_).raw());
  if (all_.jobs < 2 || span <= 0) return 0;
  const auto gaps = static_cast<double>(all_.jobs - 1);
  const double mean = span / gaps;
  return std::sqrt(std::max(0.0, static_cast<double>(gaps_squared_) / gaps - mean * mean)) / mean;
}

Duration Summary::span(const TraceFacts& facts) const {
  return facts.window > Duration(0) ? facts.window : last_ - first_;
}

std::optional<double> Summary::offered_load(const TraceFacts& facts) const {
  return load_of(all_.time_ms, facts.machine(), span(facts));
}

std::optional<double> Summary::load_of(Int128 time_ms, std::int64_t machine, Duration span) {
  if (machine <= 0 || span <= Duration(0)) return std::nullopt;
  return static_cast<double>(time_ms) / (static_cast<double>(machine) * static_cast<double>(span.raw()));
}

Expected<Summary> summarize(Source& source) {
  Summary summary(source.facts().unit);
  for (TraceJob job; source.next(job);) summary.add(job);
  CHECK_OK(source.status());
  return summary;
}

}  // namespace mingyue::workload
