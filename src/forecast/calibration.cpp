#include "forecast/calibration.hpp"

#include <algorithm>
#include <bit>

#include "forecast/log_scale.hpp"

namespace mingyue::forecast {
namespace {

using Scale = LogScale<4>;

/// A minute more or less is nothing, so a minute is where the scale begins to be logarithmic.
constexpr Duration grain = minutes(1);
/// Each end may be missed by half of what the interval may.
constexpr std::int64_t miss_aimed = (1'000 - confidence_permille) * 1'000 / 2;
/// How fast the aim follows, 1/100 of the error, and how far.
constexpr std::int64_t pace = 100;
constexpr std::int64_t miss_least = 1'000;
constexpr std::int64_t miss_most = 150'000;
/// The weight of an outcome that is the only one of its user lately.
constexpr std::int64_t alone = 64;
/// So many outcomes are remembered, then halved.
constexpr std::int64_t remembered = 1'000 * alone;
/// The neighbours of a class count as at most so many outcomes; with fewer in all, nothing is known ...
constexpr std::int64_t of_neighbours = 50 * alone;
constexpr std::int64_t enough = 20 * alone;
/// ... and an end is moved by two doublings.
constexpr std::int64_t unknown = 2 * Scale::doubling;
constexpr Duration farthest = days(60);
constexpr std::size_t users_most = 8'192;
constexpr Duration near_enough = minutes(10);

std::int64_t step(Duration wait) { return Scale::step_of((wait + grain).raw()); }
Duration wait_at(std::int64_t step) {
  return std::clamp(Duration{Scale::least_of(step)} - grain, Duration{0}, farthest);
}

}  // namespace

void CalibrationMemory::Scores::add(std::int64_t score, std::int64_t its_weight) {
  of[static_cast<std::size_t>(std::clamp(score, -most, most) + most)] += static_cast<std::uint32_t>(its_weight);
  weight += its_weight;
  if (weight < remembered) return;
  weight = 0;
  for (std::uint32_t& one : of) weight += one /= 2;
}

Calibration::Calibration()
    : memory_{.classes = std::vector<Class>(2 * classes),
              .lately = RecentTable<CalibrationMemory::Lately>(users_most)} {
  for (Class& one : memory_.classes) one.miss = {miss_aimed, 500'000, miss_aimed};
}

std::optional<Calibration> Calibration::of(CalibrationMemory memory) {
  if (memory.classes.size() != 2 * classes) return std::nullopt;
  Calibration calibration;
  calibration.memory_ = std::move(memory);
  return calibration;
}

std::size_t Calibration::class_of(Duration middle) {
  const auto doublings = static_cast<std::size_t>(std::bit_width(static_cast<std::uint64_t>(middle.raw() / 60'000)));
  return std::min(doublings, classes - 1);
}

std::size_t Calibration::index_of(const WaitBand& supposed, Asked asked) {
  return class_of(supposed.middle) + (asked == Asked::first ? 0 : classes);
}

/// By how much to move this end: the least score that one more outcome like these exceeds with the chance aimed at.
std::optional<std::int64_t> Calibration::score(std::size_t index, End end) const {
  const auto e = static_cast<std::size_t>(end);
  using Scores = CalibrationMemory::Scores;
  const Scores& own = memory_.classes[index].scores[e];
  const std::size_t place = index % classes;
  const Scores* shorter = place > 0 ? &memory_.classes[index - 1].scores[e] : nullptr;
  const Scores* longer = place + 1 < classes ? &memory_.classes[index + 1].scores[e] : nullptr;
  std::int64_t beside = 0;
  for (const Scores* one : {shorter, longer}) beside += one == nullptr ? 0 : one->weight;
  if (own.weight + beside < enough) return std::nullopt;
  // Weights times 2^16, so that what the neighbours lend can be a part of one.
  const std::int64_t lent = beside == 0 ? 0 : std::min<std::int64_t>(1 << 16, (of_neighbours << 16) / beside);
  const std::int64_t all = (own.weight << 16) + beside * lent + (alone << 16);
  const std::int64_t wanted = all / 1'000 * (1'000'000 - memory_.classes[index].miss[e]) / 1'000;
  std::int64_t seen = 0;
  std::int64_t last = 0;
  for (std::size_t i = 0; i < own.of.size(); ++i) {
    std::int64_t here = std::int64_t{own.of[i]} << 16;
    for (const Scores* one : {shorter, longer}) here += one == nullptr ? 0 : one->of[i] * lent;
    if (here == 0) continue;
    seen += here;
    last = static_cast<std::int64_t>(i) - Scores::most;
    if (seen >= wanted) return last;
  }
  return last + Scale::doubling / 4;  // more sure than the outcomes allow: beyond them all
}

WaitBand Calibration::corrected(const WaitBand& supposed, Asked asked) const {
  const std::size_t index = index_of(supposed, asked);
  WaitBand band;
  band.middle = wait_at(step(supposed.middle) + score(index, End::middle).value_or(0));
  band.low = wait_at(step(supposed.low) - score(index, End::low).value_or(unknown));
  // A step holds waits up to the next one.
  band.high = wait_at(step(supposed.high) + score(index, End::high).value_or(unknown) + 1);
  band.low = std::min(band.low, band.middle);
  band.high = std::max(band.high, band.middle);
  return band;
}

/// 1 / (1 + how many of this user's in this class came lately). Where users are not known, each is alone.
std::int64_t Calibration::weigh(const Statement& statement, Instant now, bool is_outcome) {
  if (statement.user == 0) return alone;
  const std::uint64_t key = statement.user * 2 * classes + index_of(statement.supposed, statement.asked);
  CalibrationMemory::Lately& lately = memory_.lately.touch(key);
  const std::int64_t since = std::max<std::int64_t>((now - lately.at).raw(), 0);
  const std::int64_t halvings = since / days(1).raw();
  const std::int64_t rest = since % days(1).raw();
  std::int64_t weight = halvings > 40 ? 0 : lately.weight >> halvings;
  weight -= weight * rest / (2 * days(1).raw());
  if (is_outcome) lately = {now, weight + alone};
  return std::max<std::int64_t>(alone * alone / (alone + weight), 1);
}

void Calibration::stated(const Statement& statement) {
  ++memory_.classes[index_of(statement.supposed, statement.asked)].count.stated;
}

void Calibration::started(const Statement& statement, Duration wait, Instant now) {
  Class& one = memory_.classes[index_of(statement.supposed, statement.asked)];
  const std::int64_t weight = weigh(statement, now, true);
  const auto& supposed = statement.supposed;
  one.scores[static_cast<std::size_t>(End::low)].add(step(supposed.low) - step(wait), weight);
  one.scores[static_cast<std::size_t>(End::middle)].add(step(wait) - step(supposed.middle), weight);
  one.scores[static_cast<std::size_t>(End::high)].add(step(wait) - step(supposed.high), weight);
  const Duration off = wait > statement.band.middle ? wait - statement.band.middle : statement.band.middle - wait;
  if (off <= near_enough) ++one.count.near;
  if (!statement.passed) learn(one, wait<statement.band.low, wait> statement.band.high, weight);
}

void Calibration::passed(Statement& statement, Instant now) {
  statement.passed = true;
  learn(memory_.classes[index_of(statement.supposed, statement.asked)], false, true, weigh(statement, now, false));
}

void Calibration::withdrawn(const Statement& statement) {
  if (!statement.passed) ++memory_.classes[index_of(statement.supposed, statement.asked)].count.withdrawn;
}

void Calibration::learn(Class& one, bool early, bool late, std::int64_t weight) {
  ++one.count.settled;
  ++(early ? one.count.early : late ? one.count.late : one.count.covered);
  const auto follow = [&](End end, bool missed) {
    std::int64_t& miss = one.miss[static_cast<std::size_t>(end)];
    miss += weight * (miss_aimed - (missed ? 1'000'000 : 0)) / (pace * alone);
    miss = std::clamp(miss, miss_least, miss_most);
  };
  follow(End::low, early);
  follow(End::high, late);
}

const CalibrationCount& Calibration::count(std::size_t index, Asked asked) const {
  return memory_.classes[index + (asked == Asked::first ? 0 : classes)].count;
}

CalibrationCount Calibration::count() const {
  CalibrationCount sum;
  for (const Class& one : memory_.classes) {
    sum.stated += one.count.stated;
    sum.settled += one.count.settled;
    sum.covered += one.count.covered;
    sum.early += one.count.early;
    sum.late += one.count.late;
    sum.withdrawn += one.count.withdrawn;
    sum.near += one.count.near;
  }
  return sum;
}

}  // namespace mingyue::forecast
