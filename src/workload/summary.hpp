#pragma once

#include <array>
#include <cstdint>
#include <optional>

#include "workload/source.hpp"

namespace mingyue::workload {

/// What a trace amounts to: fold every job into it, then read. Holds a few hundred numbers, however long the trace.
class Summary {
 public:
  /// Jobs and their resource-milliseconds.
  struct Part {
    std::uint64_t jobs = 0;
    Int128 time_ms = 0;
  };
  /// Sizes 0, 1, 2, 3-4, 5-8 ... up to 2^24; run times up to 1 s, 2 s, 4 s ... 2^29 s.
  static constexpr std::size_t size_classes = 26;
  static constexpr std::size_t run_classes = 30;
  [[nodiscard]] static constexpr std::int64_t size_limit(std::size_t n) {
    return n == 0 ? 0 : std::int64_t{1} << (n - 1);
  }
  [[nodiscard]] static constexpr Duration run_limit(std::size_t n) { return seconds(std::int64_t{1} << n); }

  explicit Summary(Unit unit) : unit_(unit) {}
  void add(const TraceJob& job);

  [[nodiscard]] Unit unit() const { return unit_; }
  [[nodiscard]] std::uint64_t jobs() const { return all_.jobs; }
  /// Resource-milliseconds of all jobs, in the trace's unit.
  [[nodiscard]] Int128 time_ms() const { return all_.time_ms; }
  [[nodiscard]] Duration first() const { return first_; }  ///< submission of the first job
  [[nodiscard]] Duration last() const { return last_; }    ///< submission of the last job
  [[nodiscard]] std::int64_t largest() const { return largest_; }
  [[nodiscard]] std::uint64_t preemptible() const { return preemptible_; }
  [[nodiscard]] const std::array<Part, size_classes>& by_size() const { return by_size_; }
  [[nodiscard]] const std::array<Part, run_classes>& by_run() const { return by_run_; }
  [[nodiscard]] const std::array<Part, 5>& by_end() const { return by_end_; }
  /// Deviation of the gaps between submissions over their mean; 1 where jobs come by chance alone, more in bursts.
  [[nodiscard]] double gap_variation() const;

  /// From the first submission to the last, or the window where the trace has one.
  [[nodiscard]] Duration span(const TraceFacts& facts) const;
  /// Resource-time of the jobs over machine × span; nothing where either is unknown.
  [[nodiscard]] std::optional<double> offered_load(const TraceFacts& facts) const;
  [[nodiscard]] static std::optional<double> load_of(Int128 time_ms, std::int64_t machine, Duration span);

 private:
  Unit unit_;
  Part all_;
  Duration first_, last_;
  std::int64_t largest_ = 0;
  std::uint64_t preemptible_ = 0;
  std::array<Part, size_classes> by_size_{};
  std::array<Part, run_classes> by_run_{};
  std::array<Part, 5> by_end_{};
  Int128 gaps_squared_ = 0;
};

/// Reads a source to its end.
[[nodiscard]] Expected<Summary> summarize(Source& source);

}  // namespace mingyue::workload
