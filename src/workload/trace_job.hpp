#pragma once

#include <cstdint>

#include "base/describe.hpp"
#include "base/time.hpp"

namespace mingyue::workload {

/// How a job of a trace ended by itself, without the centre's doing.
enum class End : std::uint8_t { unknown, succeeded, failed, cancelled, timed_out };
DESCRIBE_ENUM(End, unknown, succeeded, failed, cancelled, timed_out)

/// One job of a trace: when it was wanted, what it asked for, what it truly took. A plain value without a heap, so that
/// millions of them are cheap.
struct TraceJob {
  std::int64_t number = 0;  ///< unique within its trace
  Duration submit;          ///< since the trace's start, never negative
  Duration run;             ///< what it truly takes, > 0
  Duration request;         ///< the limit its user set, >= run
  Duration checkpoint;      ///< how often it saves its work; 0: never
  std::int32_t tasks = 1;
  std::int32_t cores_per_task = 1;
  std::int32_t cards_per_task = 0;
  std::int32_t memory_mib_per_task = 0;  ///< 0: not said
  std::uint32_t user = 0;                ///< 0: not said
  std::uint32_t project = 0;             ///< 0: not said
  End end = End::unknown;
  bool preemptible = false;

  friend bool operator==(const TraceJob&, const TraceJob&) = default;
};
static_assert(sizeof(TraceJob) <= 72, "ten million in a window of a million: 72 MB");

/// What a trace's load is counted in.
enum class Unit : std::uint8_t { cores, cards };
DESCRIBE_ENUM(Unit, cores, cards)

[[nodiscard]] constexpr std::int64_t cores_of(const TraceJob& job) {
  return std::int64_t{job.tasks} * job.cores_per_task;
}
[[nodiscard]] constexpr std::int64_t cards_of(const TraceJob& job) {
  return std::int64_t{job.tasks} * job.cards_per_task;
}
[[nodiscard]] constexpr std::int64_t size_of(const TraceJob& job, Unit unit) {
  return unit == Unit::cards ? cards_of(job) : cores_of(job);
}

/// Bounds of what is believed. A job at both bounds is 3.2e18 resource-milliseconds, which an int64 still holds; sums
/// of jobs need more, and take it (Summary).
inline constexpr std::int64_t size_max = 10'000'000;           ///< cores, and cards, of one job
inline constexpr Duration run_max = duration_max;              ///< ten years
inline constexpr Duration submit_max = duration_max * 10;      ///< a hundred years
inline constexpr std::int32_t memory_mib_max = 2'000'000'000;  ///< per task

/// Tasks of one size for so many cards on nodes of `node_cards`: as few as fill evenly. 8 is 1 × 8, 24 is 3 × 8, 12 is
/// 2 × 6, 13 is 13 × 1: the total is never changed.
struct Shape {
  std::int32_t tasks = 1;
  std::int32_t cards_per_task = 0;
};
[[nodiscard]] constexpr Shape shape_of(std::int32_t cards, std::int32_t node_cards = 8) {
  if (cards <= 0) return {};
  for (std::int32_t each = node_cards < cards ? node_cards : cards;; --each) {
    if (cards % each == 0) return {cards / each, each};
  }
}

}  // namespace mingyue::workload
