#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <unordered_map>
#include <utility>
#include <vector>

/// Remembers a value for each of at most `most` keys; the one that was not touched for longest makes room. A plain
/// value: a copy goes on by itself. Nothing is ordered by the hash map, so it is the same on every machine.
namespace mingyue::forecast {

template <class Value>
class RecentTable {
 public:
  explicit RecentTable(std::size_t most = 1) : most_(most) {}

  [[nodiscard]] const Value* find(std::uint64_t key) const {
    const auto it = place_of_.find(key);
    return it == place_of_.end() ? nullptr : &entries_[it->second].value;
  }

  /// The value of this key, fresh if there was none; it is the most recent one now.
  Value& touch(std::uint64_t key) {
    if (const auto it = place_of_.find(key); it != place_of_.end()) {
      unlink(it->second);
      link_newest(it->second);
      return entries_[it->second].value;
    }
    std::uint32_t place = static_cast<std::uint32_t>(entries_.size());
    if (entries_.size() < most_) {
      entries_.emplace_back();
    } else {
      place = oldest_;
      unlink(place);
      place_of_.erase(entries_[place].key);
      entries_[place].value = Value{};
    }
    entries_[place].key = key;
    place_of_.emplace(key, place);
    link_newest(place);
    return entries_[place].value;
  }

  [[nodiscard]] std::size_t size() const { return entries_.size(); }

  /// For the codec: how many there may be, and what is remembered, the one not touched for longest first.
  using Form = std::pair<std::uint64_t, std::vector<std::pair<std::uint64_t, Value>>>;
  [[nodiscard]] Form form() const {
    Form form{most_, {}};
    form.second.reserve(entries_.size());
    for (std::uint32_t at = oldest_; at != none; at = entries_[at].newer)
      form.second.emplace_back(entries_[at].key, entries_[at].value);
    return form;
  }
  [[nodiscard]] static std::optional<RecentTable> of(Form form) {
    if (form.first == 0 || form.second.size() > form.first) return std::nullopt;
    RecentTable table(form.first);
    for (auto& [key, value] : form.second) table.touch(key) = std::move(value);
    if (table.size() != form.second.size()) return std::nullopt;  // a key twice
    return table;
  }

 private:
  static constexpr std::uint32_t none = UINT32_MAX;
  struct Entry {
    std::uint64_t key = 0;
    std::uint32_t older = none;
    std::uint32_t newer = none;
    Value value{};
  };

  void unlink(std::uint32_t place) {
    Entry& entry = entries_[place];
    (entry.older == none ? oldest_ : entries_[entry.older].newer) = entry.newer;
    (entry.newer == none ? newest_ : entries_[entry.newer].older) = entry.older;
  }
  void link_newest(std::uint32_t place) {
    Entry& entry = entries_[place];
    entry.older = newest_;
    entry.newer = none;
    (newest_ == none ? oldest_ : entries_[newest_].newer) = place;
    newest_ = place;
  }

  std::size_t most_;
  std::vector<Entry> entries_;
  std::unordered_map<std::uint64_t, std::uint32_t> place_of_;
  std::uint32_t oldest_ = none;
  std::uint32_t newest_ = none;
};

}  // namespace mingyue::forecast
