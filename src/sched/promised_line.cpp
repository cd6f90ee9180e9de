#include "sched/promised_line.hpp"

#include <algorithm>
#include <bit>

#include "base/invariant.hpp"

namespace mingyue::sched {
namespace {
constexpr std::size_t block_entries_max = 128;
constexpr std::size_t looked_at_one_by_one = 64;
}  // namespace

// Four to each doubling, from 4 s on to a year.
std::size_t PromisedLine::length_of(Duration wall) {
  const auto ms =
      static_cast<std::uint64_t>(std::clamp<std::int64_t>(wall.raw(), 1 << 12, (std::int64_t{1} << 36) - 1));
  const auto doublings = static_cast<std::size_t>(std::bit_width(ms)) - 13;
  return doublings * 4 + static_cast<std::size_t>((ms >> (doublings + 10)) & 3);
}

std::size_t PromisedLine::block_of(Place place) const {
  const auto after = std::upper_bound(blocks_.begin(), blocks_.end(), place,
                                      [](const Place& p, const auto& block) { return p < block.front().place; });
  return after == blocks_.begin() ? 0 : static_cast<std::size_t>(after - blocks_.begin()) - 1;
}

std::vector<PromisedLine::Entry>::iterator PromisedLine::find(std::size_t b, Place place) {
  return std::lower_bound(blocks_[b].begin(), blocks_[b].end(), place,
                          [](const Entry& e, const Place& p) { return e.place < p; });
}

void PromisedLine::widen(std::size_t b, const Entry& entry) {
  for (std::size_t k = length_of(entry.wall); k < lengths; ++k) last_[k][b] = std::max(last_[k][b], entry.promised);
}

void PromisedLine::measure(std::size_t b) {
  for (auto& last : last_) last[b] = Instant{0};
  for (const Entry& entry : blocks_[b]) {
    Instant& last = last_[length_of(entry.wall)][b];
    last = std::max(last, entry.promised);
  }
  for (std::size_t k = 1; k < lengths; ++k) last_[k][b] = std::max(last_[k][b], last_[k - 1][b]);
}

void PromisedLine::add(const Entry& entry) {
  by_promise_.insert({entry.promised, entry.place, entry.slot});
  if (blocks_.empty()) {
    blocks_.emplace_back().reserve(block_entries_max + 1);
    blocks_.back().push_back(entry);
    for (auto& last : last_) last.push_back(Instant{0});
    widen(0, entry);
    return;
  }
  const std::size_t b = block_of(entry.place);
  blocks_[b].insert(find(b, entry.place), entry);
  widen(b, entry);
  if (blocks_[b].size() <= block_entries_max) return;
  // At the end of the line, where most arrive, blocks stay full; elsewhere they split in the middle.
  const bool at_end = b + 1 == blocks_.size();
  const auto keep = static_cast<std::ptrdiff_t>(at_end ? blocks_[b].size() - 1 : blocks_[b].size() / 2);
  std::vector<Entry> right;
  right.reserve(block_entries_max + 1);
  right.assign(blocks_[b].begin() + keep, blocks_[b].end());
  blocks_[b].erase(blocks_[b].begin() + keep, blocks_[b].end());
  const auto next = static_cast<std::ptrdiff_t>(b) + 1;
  blocks_.insert(blocks_.begin() + next, std::move(right));
  for (auto& last : last_) last.insert(last.begin() + next, Instant{0});
  measure(b);
  measure(b + 1);
}

void PromisedLine::remove(Place place) {
  INVARIANT(!blocks_.empty(), "a job leaves a line that is empty");
  const std::size_t b = block_of(place);
  const auto at = find(b, place);
  INVARIANT(at != blocks_[b].end() && at->place == place, "a job leaves a line in which it does not stand");
  by_promise_.erase({at->promised, place, at->slot});
  blocks_[b].erase(at);
  if (!blocks_[b].empty()) {
    measure(b);
    return;
  }
  const auto gone = static_cast<std::ptrdiff_t>(b);
  blocks_.erase(blocks_.begin() + gone);
  for (auto& last : last_) last.erase(last.begin() + gone);
}

void PromisedLine::move(Place place, Instant promised) {
  INVARIANT(!blocks_.empty(), "a promise moves in a line that is empty");
  const std::size_t b = block_of(place);
  const auto at = find(b, place);
  INVARIANT(at != blocks_[b].end() && at->place == place, "a promise moves in a line in which it does not stand");
  by_promise_.erase({at->promised, place, at->slot});
  at->promised = promised;
  by_promise_.insert({promised, place, at->slot});
  measure(b);
}

void PromisedLine::clear() {
  blocks_.clear();
  for (auto& last : last_) last.clear();
  by_promise_.clear();
}

const PromisedLine::Entry* PromisedLine::first_that_fits(const Hole& hole, Place place) const {
  const auto& last = last_[length_of(hole.wall_most)];
  for (std::size_t b = block_of(place); b < blocks_.size(); ++b) {
    if (last[b] <= hole.from) continue;
    for (const Entry& entry : blocks_[b]) {
      if (entry.promised > hole.from && entry.wall <= hole.wall_most && entry.place >= place) return &entry;
    }
  }
  return nullptr;
}

const PromisedLine::Entry* PromisedLine::first_to_gain(const Hole& hole, Place place) const {
  if (empty()) return nullptr;
  const Entry* fits = hole.wall_most > Duration{0} ? first_that_fits(hole, place) : nullptr;
  if (hole.slides <= hole.from) return fits;
  // Who only has to move forward, and stands before that one: by promise if they are few, else in the order of the
  // line.
  const Place end = fits == nullptr ? Place{INT64_MAX, UINT64_MAX} : fits->place;
  Place best = end;
  std::size_t looked = 0;
  by_promise_.each_from({hole.from, {INT64_MAX, UINT64_MAX}, INT32_MAX}, [&](const ByPromise& one) {
    if (std::get<0>(one) > hole.slides || looked == looked_at_one_by_one) return false;
    if (std::get<1>(one) >= place) best = std::min(best, std::get<1>(one));
    ++looked;
    return true;
  });
  if (looked == looked_at_one_by_one) {
    for (std::size_t b = block_of(place); b < blocks_.size() && blocks_[b].front().place < end; ++b) {
      if (last_.back()[b] <= hole.from) continue;
      for (const Entry& entry : blocks_[b]) {
        if (entry.place >= end) break;
        if (entry.promised > hole.from && entry.promised <= hole.slides && entry.place >= place) return &entry;
      }
    }
    return fits;
  }
  if (best == end) return fits;
  const std::size_t b = block_of(best);
  return &*std::lower_bound(blocks_[b].begin(), blocks_[b].end(), best,
                            [](const Entry& e, const Place& p) { return e.place < p; });
}

}  // namespace mingyue::sched
