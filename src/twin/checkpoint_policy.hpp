#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/expected.hpp"
#include "base/time.hpp"
#include "base/units.hpp"

/// How often a job of the simulated world saves its work.
namespace mingyue::twin {

enum class CheckpointRule : std::uint8_t {
  trace,  ///< as often as the trace says for each job
  never,
  fixed,      ///< every `interval`
  young,      ///< √(2wM): J. W. Young, Communications of the ACM 17(9), 1974
  daly,       ///< √(2wM) - w: J. T. Daly, Future Generation Computer Systems 22(3), 2006, to first order
  automatic,  ///< Daly's, from the failure rate measured so far
};

/// w is the time to write a checkpoint, in which the job makes no progress; M the mean time between failures of a job
/// of this size. Under young and daly M is what the plan of faults says, which nobody knows in a real centre; under
/// automatic it is what this centre has seen (FailureRate).
struct CheckpointPolicy {
  CheckpointRule rule = CheckpointRule::trace;
  Duration interval;  ///< of `fixed`
  Duration write;     ///< w; 0: checkpoints cost nothing

  friend bool operator==(const CheckpointPolicy&, const CheckpointPolicy&) = default;
};

/// What writing takes unless something else is said, where a rule needs a cost: a card copies its 64 to 80 GB into the
/// node's memory, over a link of some 16 to 25 GB/s, in 3 to 5 s. Each card copies its own share, so the time does not
/// grow with the job; what is written on to storage after that does not hold the job up.
inline constexpr Duration write_default = seconds(5);

/// No interval is shorter.
inline constexpr Duration interval_min = seconds(1);

/// `trace`, `never`, `hourly`, `young`, `daly`, `auto`, or an interval such as `30m`.
[[nodiscard]] Expected<CheckpointPolicy> parse_checkpoint(std::string_view text, Duration write);
/// The same words again, for reports: `auto, 5s to write`.
[[nodiscard]] std::string print_checkpoint(const CheckpointPolicy& policy);

/// From the end of one checkpoint to the beginning of the next; 0: never. `of_trace` is what the trace says for the
/// job, `mtbf` the job's mean time between failures, `never - Instant{}` or more where it never fails.
[[nodiscard]] Duration checkpoint_interval(const CheckpointPolicy& policy, Duration of_trace, Duration mtbf);

/// How often jobs are interrupted, learnt while the centre runs: interruptions per node and time. It begins with what
/// the centre believes (`expected` a million node-days), weighted as if eight interruptions had been seen at that rate
/// already (a gamma prior, of which this is the mean of the posterior), so that the first faults do not throw it about.
class FailureRate {
 public:
  explicit FailureRate(std::int64_t expected_per_million_node_days);

  /// So many more nodes (fewer, if negative) run jobs from now on. Times never go back.
  void running(std::int64_t nodes, Instant now);
  void interrupted() { ++interruptions_; }

  /// Of a job on so many nodes.
  [[nodiscard]] Duration mtbf(std::int64_t nodes, Instant now) const;

 private:
  [[nodiscard]] Int128 node_time(Instant now) const;

  std::int64_t interruptions_ = 8;  // those of the prior
  Int128 node_ms_ = 0;              // with those of the prior
  std::int64_t nodes_ = 0;
  Instant since_;
};

/// The same from a rate that is known.
[[nodiscard]] Duration mtbf_of(std::int64_t per_million_node_days, std::int64_t nodes);

}  // namespace mingyue::twin
