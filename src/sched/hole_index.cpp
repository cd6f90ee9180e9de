#include "sched/hole_index.hpp"

#include <algorithm>
#include <utility>

#include "base/invariant.hpp"

namespace mingyue::sched {
namespace {
constexpr std::size_t block_holes_max = 128;

struct Before {
  template <class Entry>
  bool operator()(const Entry& e, const std::pair<Instant, std::int32_t>& key) const {
    return std::pair{e.from, e.bin} < key;
  }
};
}  // namespace

void HoleIndex::measure(Block& block) {
  block.reach_most = Instant{0};
  block.length_most = Duration{0};
  block.closes_most = Instant{0};
  for (const Entry& entry : block.entries) {
    block.reach_most = std::max(block.reach_most, entry.reach);
    block.length_most = std::max(block.length_most, entry.reach - entry.from);
    if (entry.closes != never) block.closes_most = std::max(block.closes_most, entry.closes);
  }
}

// The last block that begins at or before the hole; the first if none does.
std::size_t HoleIndex::block_of(Instant from, std::int32_t bin) const {
  const auto after = std::upper_bound(blocks_.begin(), blocks_.end(), std::pair{from, bin},
                                      [](const std::pair<Instant, std::int32_t>& key, const Block& b) {
                                        return key < std::pair{b.entries.front().from, b.entries.front().bin};
                                      });
  return after == blocks_.begin() ? 0 : static_cast<std::size_t>(after - blocks_.begin()) - 1;
}

void HoleIndex::insert(const Hole& hole, Instant reach) {
  const Entry entry{hole.from, hole.last ? hole.until : never, hole.last ? std::max(hole.until, reach) : hole.until,
                    hole.bin};
  if (blocks_.empty()) {
    blocks_.emplace_back();
    blocks_.back().entries.push_back(entry);
    measure(blocks_.back());
    return;
  }
  const std::size_t b = block_of(hole.from, hole.bin);
  Block& block = blocks_[b];
  block.entries.insert(
      std::lower_bound(block.entries.begin(), block.entries.end(), std::pair{hole.from, hole.bin}, Before{}), entry);
  block.reach_most = std::max(block.reach_most, entry.reach);
  block.length_most = std::max(block.length_most, entry.reach - entry.from);
  if (hole.last) block.closes_most = std::max(block.closes_most, entry.closes);
  if (block.entries.size() <= block_holes_max) return;
  const auto half = static_cast<std::ptrdiff_t>(block.entries.size() / 2);
  Block right = block;
  right.entries.assign(block.entries.begin() + half, block.entries.end());
  block.entries.erase(block.entries.begin() + half, block.entries.end());
  blocks_.insert(blocks_.begin() + static_cast<std::ptrdiff_t>(b) + 1, std::move(right));
}

// The bounds of the block stay: what they say too much, a search in vain finds out.
void HoleIndex::erase(Instant from, std::int32_t bin) {
  INVARIANT(!blocks_.empty(), "a hole is filled and there is none");
  const std::size_t b = block_of(from, bin);
  Block& block = blocks_[b];
  const auto it = std::lower_bound(block.entries.begin(), block.entries.end(), std::pair{from, bin}, Before{});
  INVARIANT(it != block.entries.end() && it->from == from && it->bin == bin, "a hole of bin {} is not known", bin);
  block.entries.erase(it);
  if (block.entries.empty()) blocks_.erase(blocks_.begin() + static_cast<std::ptrdiff_t>(b));
}

void HoleIndex::settle(Block& block, const CountProfile& whole) {
  if (block.give_from >= block.give_to) return;
  for (Entry& entry : block.entries) {
    if (entry.closes >= block.give_from && entry.closes < block.give_to)
      entry.reach = std::max(entry.reach, whole.until_below(entry.closes, 1));
  }
  block.give_from = never;
  block.give_to = Instant{0};
}

HoleIndex::Found HoleIndex::find(Instant from, Duration wall, Instant before, const CountProfile& whole) {
  for (Block& block : blocks_) {
    const Instant first = std::max(block.entries.front().from, from);
    if (first >= before) break;
    if (block.reach_most < first + wall || block.length_most < wall) continue;
    settle(block, whole);
    for (Entry& entry : block.entries) {
      const Instant start = std::max(entry.from, from);
      if (start >= before) return {};
      if (entry.reach < start + wall || start >= entry.closes) continue;
      if (entry.closes < start + wall) {
        entry.reach = whole.until_below(entry.closes, 1);
        if (entry.reach < start + wall) continue;
      }
      return {start, entry.bin};
    }
    measure(block);
  }
  return {};
}

Instant HoleIndex::first_closing(Instant from, Instant to) const {
  for (const Block& block : blocks_) {
    if (block.entries.front().from >= to) break;
    if (block.closes_most < from) continue;
    for (const Entry& entry : block.entries) {
      if (entry.closes >= from && entry.closes < to) return entry.from;
    }
  }
  return never;
}

void HoleIndex::give(Instant from, Instant to, Instant reach) {
  for (Block& block : blocks_) {
    if (block.closes_most < from || block.entries.front().from >= to) continue;
    block.give_from = std::min(block.give_from, from);
    block.give_to = std::max(block.give_to, to);
    block.reach_most = std::max(block.reach_most, reach);
    block.length_most = std::max(block.length_most, reach - block.entries.front().from);
  }
}

}  // namespace mingyue::sched
