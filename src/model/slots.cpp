#include "model/slots.hpp"

#include <algorithm>
#include <functional>
#include <utility>

#include "base/invariant.hpp"

namespace mingyue::model {

void Slots::get_memory() { outside_ = new std::uint64_t[words()](); }

void Slots::free_memory() { delete[] outside_; }

void Slots::copy_memory(const Slots& other) { std::copy_n(other.outside_, words(), outside_); }

Slots Slots::all(std::int32_t size) {
  Slots slots(size);
  slots.count_ = size;
  std::fill_n(slots.data(), slots.words(), ~std::uint64_t{0});
  if (size % 64 != 0) slots.data()[slots.words() - 1] = (std::uint64_t{1} << (size % 64)) - 1;
  return slots;
}

std::optional<Slots> Slots::from(std::span<const std::int32_t> ascending) {
  if (ascending.empty()) return Slots();
  if (ascending.front() < 0 || ascending.back() >= slots_max) return std::nullopt;
  if (std::ranges::adjacent_find(ascending, std::greater_equal{}) != ascending.end()) return std::nullopt;
  Slots slots(ascending.back() + 1);
  for (const std::int32_t slot : ascending) slots.data()[slot / 64] |= std::uint64_t{1} << (slot % 64);
  slots.count_ = static_cast<std::int32_t>(ascending.size());
  return slots;
}

bool Slots::has(std::int32_t slot) const {
  return slot >= 0 && slot < size_ && (data()[slot / 64] >> (slot % 64) & 1) != 0;
}

std::int32_t Slots::lowest() const {
  for (std::size_t w = 0; w < words(); ++w)
    if (data()[w] != 0) return static_cast<std::int32_t>(w * 64) + std::countr_zero(data()[w]);
  return -1;
}

std::int32_t Slots::highest() const {
  for (std::size_t w = words(); w > 0; --w)
    if (data()[w - 1] != 0) return static_cast<std::int32_t>(w * 64) - 1 - std::countl_zero(data()[w - 1]);
  return -1;
}

void Slots::add_any(const Slots& others) {
  INVARIANT(others.highest() < size_, "slot {} of {} is given back", others.highest(), size_);
  std::uint64_t* const mine = data();
  const std::uint64_t* const theirs = others.data();
  for (std::size_t w = 0; w < std::min(words(), others.words()); ++w) {
    INVARIANT((mine[w] & theirs[w]) == 0, "slot {} of {} is given back twice",
              w * 64 + static_cast<std::size_t>(std::countr_zero(mine[w] & theirs[w])), size_);
    mine[w] |= theirs[w];
  }
  count_ += others.count_;
}

void Slots::remove_any(const Slots& others) {
  INVARIANT(others.highest() < size_, "slot {} of {} is taken", others.highest(), size_);
  std::uint64_t* const mine = data();
  const std::uint64_t* const theirs = others.data();
  for (std::size_t w = 0; w < std::min(words(), others.words()); ++w) {
    INVARIANT((theirs[w] & ~mine[w]) == 0, "slot {} of {} is taken twice",
              w * 64 + static_cast<std::size_t>(std::countr_zero(theirs[w] & ~mine[w])), size_);
    mine[w] &= ~theirs[w];
  }
  count_ -= others.count_;
}

Slots Slots::take_some(std::int32_t n) {
  INVARIANT(n <= count_, "{} slots asked, {} are there", n, count_);
  Slots taken(size_);
  taken.count_ = n;
  count_ -= n;
  std::uint64_t* const mine = data();
  std::uint64_t* const theirs = taken.data();
  for (std::size_t w = 0; n > 0; ++w) {
    const std::int32_t here = std::popcount(mine[w]);
    if (here <= n) {
      theirs[w] = std::exchange(mine[w], 0);
      n -= here;
      continue;
    }
    std::uint64_t rest = mine[w];
    for (; n > 0; --n) rest &= rest - 1;
    theirs[w] = mine[w] & ~rest;
    mine[w] = rest;
  }
  return taken;
}

std::vector<std::int32_t> Slots::indices(std::int32_t first, std::int32_t n) const {
  std::vector<std::int32_t> found;
  found.reserve(static_cast<std::size_t>(n));
  for (std::size_t w = 0; w < words() && n > 0; ++w) {
    std::uint64_t word = data()[w];
    for (; word != 0 && n > 0; word &= word - 1) {
      if (first-- > 0) continue;
      found.push_back(static_cast<std::int32_t>(w * 64) + std::countr_zero(word));
      --n;
    }
  }
  return found;
}

bool operator==(const Slots& a, const Slots& b) {
  if (a.count_ != b.count_) return false;
  const std::size_t both = std::min(a.words(), b.words());
  // The counts are the same: where the common words are, nothing is beyond them.
  return std::equal(a.data(), a.data() + both, b.data());
}

Slots::Form Slots::form() const { return {size_, count_, {data(), data() + words()}}; }

std::optional<Slots> Slots::of(const Form& form) {
  if (form.size < 0 || form.size > slots_max) return std::nullopt;
  Slots slots(form.size);
  if (form.words.size() != slots.words()) return std::nullopt;
  std::ranges::copy(form.words, slots.data());
  std::int32_t count = 0;
  for (const std::uint64_t word : form.words) count += std::popcount(word);
  if (count != form.count || slots.highest() >= form.size) return std::nullopt;
  slots.count_ = count;
  return slots;
}

}  // namespace mingyue::model
