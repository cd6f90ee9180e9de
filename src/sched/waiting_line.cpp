#include "sched/waiting_line.hpp"

#include <algorithm>

#include "base/invariant.hpp"

namespace mingyue::sched {
namespace {
constexpr std::size_t block_entries_max = 128;
}

void WaitingLine::measure(Block& block) {
  Duration least = block.entries.front().wall;
  for (const Entry& entry : block.entries) least = std::min(least, entry.wall);
  block.wall_least = least;
}

// The last block that begins at or before `place`; the first if none does.
std::size_t WaitingLine::block_of(Place place) const {
  const auto after = std::upper_bound(blocks_.begin(), blocks_.end(), place,
                                      [](const Place& p, const Block& b) { return p < b.entries.front().place; });
  return after == blocks_.begin() ? 0 : static_cast<std::size_t>(after - blocks_.begin()) - 1;
}

void WaitingLine::add(const Entry& entry) {
  ++size_;
  if (blocks_.empty()) {
    blocks_.push_back({{}, entry.wall});
    blocks_.back().entries.reserve(block_entries_max + 1);
    blocks_.back().entries.push_back(entry);
    return;
  }
  const std::size_t b = block_of(entry.place);
  Block& block = blocks_[b];
  const auto at = std::lower_bound(block.entries.begin(), block.entries.end(), entry.place,
                                   [](const Entry& e, const Place& p) { return e.place < p; });
  block.entries.insert(at, entry);
  block.wall_least = std::min(block.wall_least, entry.wall);
  if (block.entries.size() <= block_entries_max) return;
  // At the end of the line, where most arrive, blocks stay full; elsewhere they split in the middle.
  const bool last = b + 1 == blocks_.size();
  const auto keep = static_cast<std::ptrdiff_t>(last ? block.entries.size() - 1 : block.entries.size() / 2);
  Block right;
  right.entries.reserve(block_entries_max + 1);
  right.entries.assign(block.entries.begin() + keep, block.entries.end());
  block.entries.erase(block.entries.begin() + keep, block.entries.end());
  measure(block);
  measure(right);
  blocks_.insert(blocks_.begin() + static_cast<std::ptrdiff_t>(b) + 1, std::move(right));
}

void WaitingLine::remove(Place place) {
  INVARIANT(size_ > 0, "a job leaves a line that is empty");
  const std::size_t b = block_of(place);
  Block& block = blocks_[b];
  const auto at = std::lower_bound(block.entries.begin(), block.entries.end(), place,
                                   [](const Entry& e, const Place& p) { return e.place < p; });
  INVARIANT(at != block.entries.end() && at->place == place, "a job leaves a line in which it does not stand");
  const Duration wall = at->wall;
  block.entries.erase(at);
  --size_;
  if (block.entries.empty()) {
    blocks_.erase(blocks_.begin() + static_cast<std::ptrdiff_t>(b));
  } else if (wall == block.wall_least) {
    measure(block);
  }
}

const WaitingLine::Entry* WaitingLine::first(Duration wall_max, Place from) const {
  if (size_ == 0) return nullptr;
  const std::size_t begin = block_of(from);
  for (std::size_t b = begin; b < blocks_.size(); ++b) {
    if (blocks_[b].wall_least > wall_max) continue;
    for (const Entry& entry : blocks_[b].entries) {
      if (entry.wall <= wall_max && entry.place >= from) return &entry;
    }
  }
  return nullptr;
}

}  // namespace mingyue::sched
