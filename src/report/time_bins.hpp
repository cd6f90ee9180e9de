#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <span>
#include <vector>

#include "base/time.hpp"

namespace mingyue::report {

/// Equal bins of time, from an instant on. When the bins that there may be are full, they become wider: each of these
/// lengths is a whole multiple of the one before, so whole bins join and no sum changes.
struct TimeGrid {
  Instant from;
  Duration bin = minutes(1);

  /// The next length, as a multiple of this one: 1 min, 5 min, 15 min, 1 h, 2 h, 6 h, 12 h, 1 d, 2 d, 4 d, ...
  [[nodiscard]] int next_factor() const {
    constexpr std::array<std::pair<std::int64_t, int>, 7> ladder{
        {{60'000, 5}, {300'000, 3}, {900'000, 4}, {3'600'000, 2}, {7'200'000, 3}, {21'600'000, 2}, {43'200'000, 2}}};
    for (const auto& [ms, factor] : ladder)
      if (bin.raw() == ms) return factor;
    return 2;
  }
  [[nodiscard]] std::int64_t index(Instant t) const { return (t - from).raw() / bin.raw(); }
  [[nodiscard]] Instant start(std::int64_t i) const { return from + bin * i; }
};

/// Integrates `Lines` levels over time into bins. Levels hold from set() to set(); add() puts a count on one line for
/// an interval at any place in the past. The caller keeps the number of bins in bounds through coarsen().
template <std::size_t Lines>
class BinnedLevels {
 public:
  using Levels = std::array<std::int64_t, Lines>;

  explicit BinnedLevels(const TimeGrid& grid) : last_(grid.from), bin_end_(grid.from) {}

  [[nodiscard]] Instant last() const { return last_; }
  [[nodiscard]] const Levels& levels() const { return levels_; }

  void set(const TimeGrid& grid, Instant at, const Levels& levels) {
    advance(grid, at);
    levels_ = levels;
  }
  /// Integrates the present levels up to `at`.
  void advance(const TimeGrid& grid, Instant at) {
    while (last_ < at) {
      if (last_ == bin_end_) open_bin(grid);
      const Instant end = std::min(at, bin_end_);
      Levels& sums = bins_[bin_];
      const std::int64_t ms = (end - last_).raw();
      for (std::size_t line = 0; line < Lines; ++line) sums[line] += levels_[line] * ms;
      last_ = end;
    }
  }
  /// `count` on one line from `from` to `to`, beside the levels.
  void add(const TimeGrid& grid, std::size_t line, std::int64_t count, Instant from, Instant to) {
    while (from < to) {
      const std::int64_t i = grid.index(from);
      const Instant end = std::min(to, grid.start(i + 1));
      const auto bin = static_cast<std::size_t>(i);
      if (bin >= bins_.size()) bins_.resize(bin + 1);
      bins_[bin][line] += count * (end - from).raw();
      from = end;
    }
  }
  /// Each `factor` bins become one.
  void coarsen(int factor) {
    const auto size = static_cast<std::size_t>(factor);
    std::vector<Levels> wide((bins_.size() + size - 1) / size);
    for (std::size_t i = 0; i < bins_.size(); ++i)
      for (std::size_t line = 0; line < Lines; ++line) wide[i / size][line] += bins_[i][line];
    bins_ = std::move(wide);
    bin_end_ = last_;  // the next step finds its bin anew
  }
  [[nodiscard]] std::span<const Levels> bins() const { return bins_; }

 private:
  void open_bin(const TimeGrid& grid) {
    const std::int64_t i = grid.index(last_);
    bin_ = static_cast<std::size_t>(i);
    bin_end_ = grid.start(i + 1);
    if (bin_ >= bins_.size()) bins_.resize(bin_ + 1);
  }

  std::vector<Levels> bins_;
  Levels levels_{};
  Instant last_;         ///< all before is integrated
  std::size_t bin_ = 0;  ///< the bin of last_, until bin_end_
  Instant bin_end_;
};

}  // namespace mingyue::report
