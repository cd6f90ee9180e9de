#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <vector>

#include "base/describe.hpp"
#include "base/time.hpp"
#include "forecast/recent_table.hpp"

/// Turns what the plan, run forward, says into an interval that keeps its word: it learns, class by class, by how much
/// such waits were longer or shorter than supposed, and corrects both ends so that each is missed as often as stated.
///
/// Two methods, one on the other:
///
///   conformalized quantiles   the ends that the suppositions gave are moved by the quantiles of how far the truth lay
///                             beyond them (Y. Romano, E. Patterson, E. Candès, "Conformalized Quantile Regression",
///                             NeurIPS 2019), on a logarithmic scale, each end by itself; old outcomes are forgotten by
///                             halves;
///   adaptive conformal        the share of misses that is aimed at is itself moved after each outcome, up after a hit
///   inference                 and down after a miss (I. Gibbs, E. Candès, "Adaptive Conformal Inference Under
///                             Distribution Shift", NeurIPS 2021). So the stated share is kept in the long run, even if
///                             the world changes.
///
/// Who submits a thousand jobs at once gives one outcome a thousand times. So outcomes of one user in one class weigh
/// less the more of them came lately (half as many a day later); without that, one such burst teaches a class that all
/// long waits are a tenth as long as supposed, and the next is missed by days.
///
/// A wait that is late is learnt when its interval has passed, and not when it ends at last: else the short ones would
/// be heard first.
///
/// Classes are by the supposed wait, doublings of a minute. One with few outcomes leans on its neighbours. Whole
/// numbers throughout. Memory: 220 KB and 8,192 users at most.
namespace mingyue::forecast {

/// A wait, from the time of the forecast on: not before `low`, likely `middle`, not after `high`.
struct WaitBand {
  Duration low;
  Duration middle;
  Duration high;
  friend bool operator==(const WaitBand&, const WaitBand&) = default;
};
DESCRIBE(WaitBand, low, middle, high)

/// Of how many thousand forecasts the interval holds the start.
inline constexpr std::int32_t confidence_permille = 900;

/// Was it made when the job was submitted, or while it waited? Who still waits has other chances.
enum class Asked : std::uint8_t { first, again };

/// A forecast that was told to somebody.
struct Statement {
  WaitBand supposed;
  WaitBand band;  ///< as it was told
  Instant made_at;
  std::uint64_t user = 0;  ///< whose job it is
  Asked asked = Asked::first;
  bool passed = false;  ///< its interval ended before the job started
  [[nodiscard]] Instant latest() const { return made_at + band.high; }
};
DESCRIBE(Statement, supposed, band, made_at, user, asked, passed)

/// What came of forecasts.
struct CalibrationCount {
  std::int64_t stated = 0;     ///< forecasts
  std::int64_t settled = 0;    ///< of which it is known whether they held: covered + early + late
  std::int64_t covered = 0;    ///< the start lay within
  std::int64_t early = 0;      ///< it came before the interval
  std::int64_t late = 0;       ///< it came, or will come, after it
  std::int64_t withdrawn = 0;  ///< the job left the line without a start, before that was known
  std::int64_t near = 0;       ///< the start lay within ten minutes of the point
  friend bool operator==(const CalibrationCount&, const CalibrationCount&) = default;
};
DESCRIBE(CalibrationCount, stated, settled, covered, early, late, withdrawn, near)

/// What Calibration remembers, as it is saved (base/codec.hpp).
struct CalibrationMemory {
  /// How far the truth lay beyond a supposition, in sixteenths of a doubling; recent outcomes count most.
  struct Scores {
    static constexpr std::int64_t most = 320;  ///< 20 doublings either way
    std::array<std::uint32_t, 2 * most + 1> of{};
    std::int64_t weight = 0;
    void add(std::int64_t score, std::int64_t its_weight);
  };
  struct Class {
    std::array<Scores, 3> scores;        ///< of the low end, the middle, the high end
    std::array<std::int64_t, 3> miss{};  ///< the share aimed at, in millionths
    CalibrationCount count;
  };
  /// How many outcomes of one user in one class there were lately.
  struct Lately {
    Instant at;
    std::int64_t weight = 0;
  };

  std::vector<Class> classes;  ///< those of first forecasts, then of later ones
  RecentTable<Lately> lately;
};
DESCRIBE(CalibrationMemory::Scores, of, weight)
DESCRIBE(CalibrationMemory::Class, scores, miss, count)
DESCRIBE(CalibrationMemory::Lately, at, weight)
DESCRIBE(CalibrationMemory, classes, lately)

class Calibration {
 public:
  static constexpr std::size_t classes = 14;  ///< supposed waits under 1, 2, 4, ... 4,096 minutes, and longer
  [[nodiscard]] static std::size_t class_of(Duration middle);
  /// Where the class ends; the last has no end.
  [[nodiscard]] static Duration class_end(std::size_t index) { return minutes(std::int64_t{1} << index); }

  Calibration();

  /// What to state where the suppositions say `supposed`.
  [[nodiscard]] WaitBand corrected(const WaitBand& supposed, Asked asked) const;

  void stated(const Statement& statement);
  /// It started, so long after the statement.
  void started(const Statement& statement, Duration wait, Instant now);
  /// The end of its interval has passed, and it still waits.
  void passed(Statement& statement, Instant now);
  /// It left the line without a start.
  void withdrawn(const Statement& statement);

  [[nodiscard]] const CalibrationCount& count(std::size_t index, Asked asked) const;
  [[nodiscard]] CalibrationCount count() const;

  using Form = CalibrationMemory;
  [[nodiscard]] const CalibrationMemory& form() const { return memory_; }
  [[nodiscard]] static std::optional<Calibration> of(CalibrationMemory memory);

 private:
  using Class = CalibrationMemory::Class;
  enum class End : std::uint8_t { low, middle, high };

  [[nodiscard]] static std::size_t index_of(const WaitBand& supposed, Asked asked);
  [[nodiscard]] std::optional<std::int64_t> score(std::size_t index, End end) const;
  [[nodiscard]] std::int64_t weigh(const Statement& statement, Instant now, bool is_outcome);
  void learn(Class& one, bool early, bool late, std::int64_t weight);

  CalibrationMemory memory_;
};

}  // namespace mingyue::forecast
