#include "forecast/run_time.hpp"

#include <algorithm>
#include <vector>

#include "base/units.hpp"
#include "forecast/log_scale.hpp"

namespace mingyue::forecast {
namespace {

constexpr std::size_t groups_most = 8'192;

/// A run time that stands for "to the limit": no job may run so long.
constexpr std::int64_t to_the_limit = INT64_MAX;

std::uint64_t mix(std::uint64_t hash, std::uint64_t number) {
  hash = (hash ^ number) * 0x9e3779b97f4a7c15ULL;
  return hash ^ (hash >> 32);
}

/// Sizes and limits in steps of a quarter of a doubling: 3,600 s and 3,660 s are one limit.
std::uint64_t roughly(std::int64_t number) { return static_cast<std::uint64_t>(LogScale<2>::step_of(number)); }

std::uint64_t key_of_alike(const RunFacts& job) {
  return mix(mix(mix(mix(mix(1, job.user), job.name), job.kind), roughly(job.size)), roughly(job.limit.raw()));
}
std::uint64_t key_of_named(const RunFacts& job) {
  return mix(mix(mix(mix(2, job.user), job.name), job.kind), roughly(job.limit.raw()));
}
std::uint64_t key_of_user(const RunFacts& job) { return mix(3, job.user); }
std::uint64_t key_of_size(const RunFacts& job) {
  return mix(mix(mix(4, job.kind), roughly(job.size)), roughly(job.limit.raw()));
}
std::uint64_t key_of_limit(const RunFacts& job) { return mix(5, roughly(job.limit.raw())); }

/// Shares of the limit in 2^16ths. What is remembered of many jobs has four bins to a halving; what is said of one has
/// sixteen. The last bin is the limit itself.
using ShareScale = LogScale<2>;
using FineScale = LogScale<4>;
constexpr std::int64_t whole = 1 << 16;
constexpr std::size_t coarse_bins = ShareScale::step_of(whole) + 1;
constexpr std::size_t fine_bins = FineScale::step_of(whole) + 1;

/// Where each coarse bin begins among the fine ones.
constexpr auto fine_of_coarse = [] {
  std::array<std::uint32_t, coarse_bins + 1> begin{};
  for (std::size_t bin = 0; bin < coarse_bins; ++bin) {
    begin[bin] = static_cast<std::uint32_t>(FineScale::step_of(ShareScale::least_of(static_cast<std::int64_t>(bin))));
  }
  begin[coarse_bins] = fine_bins;
  return begin;
}();

/// Limits are no longer than this, so that a limit times a share fits.
constexpr Duration limit_most = duration_max;

std::int64_t share_of(std::int64_t ran, Duration limit) {
  if (ran >= limit.raw()) return whole;
  return std::max<std::int64_t>(ran, 0) * whole / limit.raw();
}

std::size_t bin_of(Duration ran, Duration limit) {
  return static_cast<std::size_t>(ShareScale::step_of(share_of(ran.raw(), limit)));
}

/// What newer ones of 16 weigh: the last two half of all (Tsafrir's two), the rest less and less.
constexpr std::array<std::uint32_t, 16> weight_by_age{16, 16, 10, 8, 6, 5, 4, 4, 3, 3, 2, 2, 2, 2, 1, 1};

/// How likely each share of the limit is, and what is still to be given away as the groups have their word.
class Words {
 public:
  /// `own` of (`own` + `doubt`) of what is left is this group's to spread.
  std::uint64_t take(std::uint64_t own, std::uint64_t doubt) {
    const std::uint64_t taken = left_ * own / (own + doubt);
    left_ -= taken;
    return taken;
  }
  /// Evenly over the fine bins [from, to).
  void add(std::size_t from, std::size_t to, std::uint64_t weight) {
    const std::uint64_t each = weight / (to - from);
    for (std::size_t bin = from; bin < to; ++bin) weight_[bin] += each;
  }
  /// What nobody has spoken for is any length.
  [[nodiscard]] RunTime close(Duration limit);

 private:
  std::uint64_t left_ = std::uint64_t{1} << 40;
  std::array<std::uint64_t, fine_bins> weight_{};
};

RunTime Words::close(Duration limit) {
  for (std::size_t bin = 0; bin + 1 < fine_bins; ++bin) {
    const auto step = static_cast<std::int64_t>(bin);
    const std::int64_t width = FineScale::least_of(step + 1) - FineScale::least_of(step);
    weight_[bin] += left_ / whole * static_cast<std::uint64_t>(width);
  }
  std::uint64_t sum = 0;
  for (const std::uint64_t one : weight_) sum += one;
  std::array<Duration, RunTime::places.size()> at;
  std::size_t bin = 0;
  std::uint64_t before = 0;
  for (std::size_t i = 0; i < at.size(); ++i) {
    const std::uint64_t wanted = sum / 1000 * static_cast<std::uint64_t>(RunTime::places[i]);
    while (bin + 1 < fine_bins && before + weight_[bin] < wanted) before += weight_[bin++];
    // Within a bin, in 256ths of it.
    const std::int64_t least = FineScale::least_of(static_cast<std::int64_t>(bin));
    const std::int64_t width =
        bin + 1 < fine_bins ? FineScale::least_of(static_cast<std::int64_t>(bin) + 1) - least : 0;
    const std::int64_t part =
        weight_[bin] == 0 ? 0 : static_cast<std::int64_t>(((wanted - before) << 8) / weight_[bin]);
    at[i] = Duration{limit.raw() * (least * 256 + width * part) / (whole * 256)};
  }
  at.back() = limit;
  return RunTime{at};
}

}  // namespace

RunTime::RunTime(Duration limit) {
  for (std::size_t i = 0; i < places.size(); ++i) at_[i] = Duration{limit.raw() / 1000 * places[i]};
  at_.back() = limit;
}

Duration RunTime::quantile(std::int32_t permille, Duration elapsed) const {
  permille = std::clamp(permille, 0, 1000);
  if (elapsed >= at_.back()) return elapsed;
  // Thousandths of a permille that run no longer than elapsed, then the wanted part of the rest.
  std::int64_t wanted = std::int64_t{permille} * 1000;
  const auto between = [](std::int64_t x, std::int64_t x0, std::int64_t x1, std::int64_t y0, std::int64_t y1) {
    return y0 + static_cast<std::int64_t>(static_cast<Int128>(y1 - y0) * (x - x0) / (x1 - x0));
  };
  if (elapsed >= at_.front()) {
    const auto above = static_cast<std::size_t>(std::ranges::upper_bound(at_, elapsed) - at_.begin());
    const std::int64_t gone = between(elapsed.raw(), at_[above - 1].raw(), at_[above].raw(),
                                      std::int64_t{places[above - 1]} * 1000, std::int64_t{places[above]} * 1000);
    wanted = gone + (1'000'000 - gone) * permille / 1000;
  }
  std::size_t above = 1;
  while (above + 1 < places.size() && std::int64_t{places[above]} * 1000 < wanted) ++above;
  const Duration found{between(wanted, std::int64_t{places[above - 1]} * 1000, std::int64_t{places[above]} * 1000,
                               at_[above - 1].raw(), at_[above].raw())};
  return std::max(found, elapsed);
}

RunTimes::RunTimes()
    : memory_{.alike = RecentTable<Last>(groups_most),
              .named = RecentTable<Last>(groups_most),
              .user = RecentTable<Last>(groups_most),
              .size = RecentTable<Shares>(groups_most),
              .limit = RecentTable<Shares>(groups_most),
              .all = {}} {}

void RunTimes::ended(const RunFacts& job, Duration ran) {
  static_assert(Shares::bins == coarse_bins);
  const std::int64_t length = ran >= job.limit ? to_the_limit : std::max<std::int64_t>(ran.raw(), 0);
  const auto remember = [&](Last& last) {
    std::shift_right(last.ran.begin(), last.ran.end(), 1);
    last.ran.front() = length;
    last.count = std::min<std::uint32_t>(last.count + 1, RunMemory::remembered);
  };
  const std::size_t bin = bin_of(ran, std::min(job.limit, limit_most));
  const auto count = [&](Shares& shares, std::uint32_t most) {
    ++shares.of[bin];
    if (++shares.count < most) return;
    shares.count = 0;
    for (std::uint16_t& one : shares.of) shares.count += one = static_cast<std::uint16_t>(one / 2);
  };
  if (job.user != 0) {
    remember(memory_.alike.touch(key_of_alike(job)));
    remember(memory_.named.touch(key_of_named(job)));
    remember(memory_.user.touch(key_of_user(job)));
  }
  count(memory_.size.touch(key_of_size(job)), 512);
  count(memory_.limit.touch(key_of_limit(job)), 2'048);
  count(memory_.all, 16'384);
}

RunTime RunTimes::predict(const RunFacts& job) const {
  const Duration limit = std::min(job.limit, limit_most);
  Words words;
  const auto recall = [&](const Last* last, std::uint64_t doubt) {
    if (last == nullptr) return;
    std::uint64_t sum = 0;
    for (std::uint32_t i = 0; i < last->count; ++i) sum += weight_by_age[i];
    const std::uint64_t own = words.take(last->count, doubt);
    for (std::uint32_t i = 0; i < last->count; ++i) {
      // One like it takes about as long: its own sixteenth of a doubling, and those beside it.
      const auto bin = static_cast<std::size_t>(FineScale::step_of(share_of(last->ran[i], limit)));
      const bool to_limit = bin + 1 == fine_bins;
      words.add(to_limit || bin == 0 ? bin : bin - 1, to_limit ? bin + 1 : std::min(bin + 2, fine_bins - 1),
                own * weight_by_age[i] / sum);
    }
  };
  const auto share = [&](const Shares* shares, std::uint64_t doubt) {
    if (shares == nullptr || shares->count == 0) return;
    const std::uint64_t own = words.take(shares->count, doubt);
    for (std::size_t bin = 0; bin < Shares::bins; ++bin) {
      if (shares->of[bin] == 0) continue;
      words.add(fine_of_coarse[bin], fine_of_coarse[bin + 1], own * shares->of[bin] / shares->count);
    }
  };
  if (job.user != 0) {
    recall(memory_.alike.find(key_of_alike(job)), 3);
    recall(memory_.named.find(key_of_named(job)), 6);
    recall(memory_.user.find(key_of_user(job)), 12);
  }
  share(memory_.size.find(key_of_size(job)), 16);
  share(memory_.limit.find(key_of_limit(job)), 16);
  share(&memory_.all, 4);
  return words.close(limit);
}

}  // namespace mingyue::forecast
