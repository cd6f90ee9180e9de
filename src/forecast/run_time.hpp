#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <utility>

#include "base/describe.hpp"
#include "base/time.hpp"
#include "forecast/recent_table.hpp"

/// How long a job will run, learnt from those that ended.
///
///   RunTimes run_times;
///   run_times.ended(facts, ran);                        // of each job, when it ends by itself or at its limit
///   const RunTime likely = run_times.predict(facts);    // of a new one
///   likely.quantile(500);                               // as likely longer as shorter
///   likely.quantile(900, elapsed);                      // now that it has run so long already
///
/// What a user's last jobs took says more than the limit that they set: the mean of the last two already halves the
/// error (D. Tsafrir, Y. Etsion, D. G. Feitelson, "Backfilling Using System-Generated Predictions Rather than User
/// Runtime Estimates", IEEE TPDS 18(6), 2007), and jobs that look more alike say more (W. Smith, I. Foster, V. Taylor,
/// "Predicting Application Run Times Using Historical Information", JSSPP 1998). So there are six groups to which a
/// job belongs, from the closest to the widest:
///
///   user, name, size, limit > user, name, limit > user > size, limit > limit > all
///
/// and each has its word in proportion to how many jobs it has seen; what it leaves goes on to the next (the back-off
/// of language models: T. Bell, J. Cleary, I. Witten, "Text Compression", 1990, chapter 3; W. J. Teahan). The groups of
/// a user remember the last 16 run times, newer ones weigh more; the wide ones count shares of the limit and forget by
/// halves. A job that ran to its limit speaks of the limit of the next one, not of a length.
///
/// Whole numbers; the same on every machine. Memory is bounded: 8,192 groups of each kind, those not met for longest
/// are forgotten; 8 MB in all. A prediction costs two microseconds.
namespace mingyue::forecast {

/// What is known of a job before it runs. Users and names as numbers of the caller's choice (a hash, an id); 0: not
/// known.
struct RunFacts {
  std::uint64_t user = 0;
  std::uint64_t name = 0;  ///< of the job or its program
  std::int64_t size = 1;   ///< nodes, cards or cores
  Duration limit;          ///< > 0; longer than duration_max is as that
  std::uint32_t kind = 0;  ///< of work; 0: not known
};
DESCRIBE(RunFacts, user, name, size, limit, kind)

/// How likely each run time is: its quantiles at fixed places, straight lines between them. The last is the limit.
class RunTime {
 public:
  static constexpr std::array<std::int32_t, 26> places{0,   10,  25,  50,  100, 150, 200, 250, 300,
                                                       350, 400, 450, 500, 550, 600, 650, 700, 750,
                                                       800, 850, 900, 950, 975, 990, 995, 1000};  ///< permille

  RunTime() = default;
  /// Nothing is known but the limit: any length up to it is as likely.
  explicit RunTime(Duration limit);
  /// `at` has a value for each of `places`, ascending.
  explicit RunTime(const std::array<Duration, places.size()>& at) : at_(at) {}

  /// The run time that so many of a thousand such jobs do not exceed, of those that run longer than `elapsed`. Never
  /// less than `elapsed`, never more than the limit (but for a job that has outrun it). More for a higher permille,
  /// and more for more elapsed.
  [[nodiscard]] Duration quantile(std::int32_t permille, Duration elapsed = {}) const;
  [[nodiscard]] Duration limit() const { return at_.back(); }

  friend bool operator==(const RunTime&, const RunTime&) = default;

  using Form = std::array<Duration, places.size()>;
  [[nodiscard]] const Form& form() const { return at_; }
  [[nodiscard]] static std::optional<RunTime> of(const Form& form) { return RunTime(form); }

 private:
  Form at_{};
};

/// What RunTimes remembers, as it is saved (base/codec.hpp).
struct RunMemory {
  static constexpr std::size_t remembered = 16;
  /// The last run times, newest first; beyond the limit: it ran to its limit.
  struct Last {
    std::array<std::int64_t, remembered> ran{};
    std::uint32_t count = 0;
  };
  /// Of how many jobs the run time was such a share of the limit, on a scale of halves.
  struct Shares {
    static constexpr std::size_t bins = 61;
    std::array<std::uint16_t, bins> of{};
    std::uint32_t count = 0;
  };

  RecentTable<Last> alike;   ///< user, name, size, limit
  RecentTable<Last> named;   ///< user, name, limit
  RecentTable<Last> user;    ///< user
  RecentTable<Shares> size;  ///< size, limit
  RecentTable<Shares> limit;
  Shares all;
};
DESCRIBE(RunMemory::Last, ran, count)
DESCRIBE(RunMemory::Shares, of, count)
DESCRIBE(RunMemory, alike, named, user, size, limit, all)

class RunTimes {
 public:
  RunTimes();

  void ended(const RunFacts& job, Duration ran);
  [[nodiscard]] RunTime predict(const RunFacts& job) const;

  using Form = RunMemory;
  [[nodiscard]] const RunMemory& form() const { return memory_; }
  [[nodiscard]] static std::optional<RunTimes> of(RunMemory memory) {
    RunTimes times;
    times.memory_ = std::move(memory);
    return times;
  }

 private:
  using Last = RunMemory::Last;
  using Shares = RunMemory::Shares;
  RunMemory memory_;
};

}  // namespace mingyue::forecast
