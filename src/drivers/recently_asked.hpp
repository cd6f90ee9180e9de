#pragma once

#include <algorithm>
#include <cstdint>
#include <map>
#include <utility>

#include "base/hash.hpp"

namespace mingyue::drivers {

/// What was worked out for those who asked last: when it is full, it forgets the one that was not asked for the longest
/// time. Cost: logarithmic in what is kept, linear where something is forgotten.
template <class T>
class RecentlyAsked {
 public:
  explicit RecentlyAsked(std::size_t count_max) : count_max_(count_max) {}

  /// Null: it was not kept. Good until the next keep().
  [[nodiscard]] const T* find(const Hash& key) {
    const auto found = kept_.find(key);
    if (found == kept_.end()) return nullptr;
    found->second.asked_at = ++asked_;
    return &found->second.value;
  }
  const T* keep(const Hash& key, T value) {
    if (kept_.size() >= count_max_) {
      kept_.erase(std::min_element(kept_.begin(), kept_.end(),
                                   [](const auto& a, const auto& b) { return a.second.asked_at < b.second.asked_at; }));
    }
    return &kept_.insert_or_assign(key, Kept{std::move(value), ++asked_}).first->second.value;
  }

 private:
  struct Kept {
    T value;
    std::uint64_t asked_at = 0;
  };
  std::size_t count_max_;
  std::uint64_t asked_ = 0;
  std::map<Hash, Kept> kept_;
};

}  // namespace mingyue::drivers
