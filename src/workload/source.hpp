#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/expected.hpp"
#include "base/time.hpp"
#include "base/units.hpp"
#include "workload/trace_job.hpp"

namespace mingyue::workload {

/// What a trace says of itself before its first job. Unknown numbers are 0.
struct TraceFacts {
  std::string from;              ///< where its jobs come from, one line for people
  Unit unit = Unit::cards;       ///< what its load is counted in
  std::int32_t cores = 0;        ///< of the machine
  std::int32_t cards = 0;        ///< of the machine
  std::optional<Instant> start;  ///< when submissions are counted from
  Duration window;               ///< for how long jobs are submitted

  [[nodiscard]] std::int32_t machine() const { return unit == Unit::cards ? cards : cores; }
};

/// What happened to rows on their way to being jobs.
enum class Remark : std::uint8_t {
  // The format's own rule leaves the row out; it is sound, but no job that could be run again.
  no_run_time,
  no_processors,
  larger_than_machine,
  never_started,
  // The row is bad: refused, or skipped where the reader was told to.
  missing_field,
  extra_field,
  not_a_number,
  negative,
  not_positive,
  too_large,
  out_of_order,
  // The job is used, but something of it was changed or made up.
  run_capped,
  request_missing,
  request_drawn,
  fraction_rounded_up,
  cut_by_trace_end,
  servers_left_out,
};
DESCRIBE_ENUM(Remark, no_run_time, no_processors, larger_than_machine, never_started, missing_field, extra_field,
              not_a_number, negative, not_positive, too_large, out_of_order, run_capped, request_missing, request_drawn,
              fraction_rounded_up, cut_by_trace_end, servers_left_out)
inline constexpr std::size_t remarks = 17;

enum class Treatment : std::uint8_t { dropped, skipped, changed };
DESCRIBE_ENUM(Treatment, dropped, skipped, changed)
[[nodiscard]] constexpr Treatment treatment_of(Remark remark) {
  if (remark <= Remark::never_started) return Treatment::dropped;
  return remark <= Remark::out_of_order ? Treatment::skipped : Treatment::changed;
}

/// What became of the rows so far: rows = jobs + dropped + skipped. Jobs are counted when they are read, which a reader
/// that sorts does some time before it gives them out.
struct Account {
  std::uint64_t rows = 0;
  std::uint64_t jobs = 0;
  std::array<std::uint64_t, remarks> of{};  ///< by Remark
  /// Resource-milliseconds of the jobs as the log has them, where a rule of the format changes sizes or run times
  /// (docs/formats/trace.md); 0 where none does.
  Int128 recorded_ms = 0;

  [[nodiscard]] std::uint64_t& operator[](Remark remark) { return of[static_cast<std::size_t>(remark)]; }
  [[nodiscard]] std::uint64_t operator[](Remark remark) const { return of[static_cast<std::size_t>(remark)]; }
  [[nodiscard]] std::uint64_t sum(Treatment treatment) const;
};

/// A stream of jobs in the order of their submission, ties as they came. The same source gives the same jobs, whoever
/// asks, on every machine. Its life:
///
///   1. facts()   what is known before the first job;
///   2. next()    one job after the other, until it says no;
///   3. status()  whether that was the end of the trace, or why it could not go on.
///
/// What goes wrong is a Refusal even where the world failed (a damaged file): who named the trace reads it, with its
/// line, and nobody would try again.
class Source {
 public:
  Source() = default;
  Source(const Source&) = delete;
  Source& operator=(const Source&) = delete;
  virtual ~Source() = default;

  [[nodiscard]] virtual const TraceFacts& facts() const = 0;
  /// The next job; false when there is none, and from then on always false.
  [[nodiscard]] virtual bool next(TraceJob& job) = 0;
  [[nodiscard]] virtual Expected<void> status() const { return {}; }
  [[nodiscard]] virtual Account account() const { return {}; }
  /// How far it is, 0 to 1, for a progress bar.
  [[nodiscard]] virtual double progress() const = 0;
};

/// A whole trace in memory, in order: what generators superpose.
struct Trace {
  TraceFacts facts;
  std::vector<TraceJob> jobs;
  Account account;
};
[[nodiscard]] Expected<Trace> load(Source& source);

/// The jobs of a trace in memory as a stream.
[[nodiscard]] std::unique_ptr<Source> replay(Trace trace);

/// Several streams as one, in the order of submission; ties by the position in `sources`. Jobs are numbered anew from
/// 1. The sources must count from the same start.
[[nodiscard]] std::unique_ptr<Source> merge(std::vector<std::unique_ptr<Source>> sources, TraceFacts facts);

}  // namespace mingyue::workload
