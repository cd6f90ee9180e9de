#pragma once

#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <memory>
#include <new>
#include <optional>
#include <stdexcept>
#include <utility>
#include <vector>

/// A map from ids that are counted up (jobs) to values, in the order of the ids. It reads like std::map.
///
/// Finding, adding and removing one costs two steps into memory, however many there are; going through all of them
/// costs also one step for every 64 ids between the lowest and the highest. Values keep their addresses until they are
/// removed. Beside the values it takes 4 bytes an id in blocks of 64 ids of which one is there, and an eighth of a byte
/// for each id between the lowest that was ever there and the highest.
///
///   directory (one entry for 64 ids) → block: which of the 64 are there, and their places → slab: 64 values
namespace mingyue {

template <class Key, class T>
class IdMap {
 public:
  using key_type = Key;
  using mapped_type = T;
  using value_type = std::pair<const Key, T>;

  template <bool is_const>
  class Iterator {
   public:
    using iterator_category = std::bidirectional_iterator_tag;
    using difference_type = std::ptrdiff_t;
    using value_type = IdMap::value_type;
    using reference = std::conditional_t<is_const, const value_type&, value_type&>;
    using pointer = std::conditional_t<is_const, const value_type*, value_type*>;

    Iterator() = default;
    operator Iterator<true>() const { return {map_, id_}; }  // NOLINT: as of std::map
    reference operator*() const { return *map_->place(id_); }
    pointer operator->() const { return &**this; }
    Iterator& operator++() {
      id_ = map_->first_from(id_ + 1);
      return *this;
    }
    Iterator operator++(int) {
      const Iterator before = *this;
      ++*this;
      return before;
    }
    Iterator& operator--() {
      id_ = map_->last_before(id_);
      return *this;
    }
    Iterator operator--(int) {
      const Iterator before = *this;
      --*this;
      return before;
    }
    friend bool operator==(const Iterator& a, const Iterator& b) { return a.id_ == b.id_; }

   private:
    friend class IdMap;
    Iterator(const IdMap* map, std::uint64_t id) : map_(map), id_(id) {}
    const IdMap* map_ = nullptr;
    std::uint64_t id_ = 0;
  };
  using iterator = Iterator<false>;
  using const_iterator = Iterator<true>;

  IdMap() = default;
  IdMap(const IdMap& other) {
    for (const auto& [key, value] : other) emplace(key, value);
  }
  IdMap(IdMap&& other) noexcept { swap(other); }
  IdMap& operator=(IdMap other) noexcept {
    swap(other);
    return *this;
  }
  ~IdMap() { clear(); }

  [[nodiscard]] std::size_t size() const { return size_; }
  [[nodiscard]] bool empty() const { return size_ == 0; }
  [[nodiscard]] bool contains(Key key) const { return place(key.raw()) != nullptr; }
  [[nodiscard]] iterator find(Key key) { return {this, contains(key) ? key.raw() : past}; }
  [[nodiscard]] const_iterator find(Key key) const { return {this, contains(key) ? key.raw() : past}; }
  /// Throws std::out_of_range, as std::map does.
  [[nodiscard]] T& at(Key key) { return const_cast<T&>(std::as_const(*this).at(key)); }
  [[nodiscard]] const T& at(Key key) const {
    const value_type* const found = place(key.raw());
    if (found == nullptr) throw std::out_of_range("IdMap::at");
    return found->second;
  }
  /// The first whose id is not below.
  [[nodiscard]] const_iterator lower_bound(Key key) const { return {this, first_from(key.raw())}; }

  [[nodiscard]] iterator begin() { return {this, first_from(0)}; }
  [[nodiscard]] iterator end() { return {this, past}; }
  [[nodiscard]] const_iterator begin() const { return {this, first_from(0)}; }
  [[nodiscard]] const_iterator end() const { return {this, past}; }

  /// False where the key is there already; nothing is changed then.
  template <class... Args>
  std::pair<iterator, bool> emplace(Key key, Args&&... args) {
    const std::uint64_t id = key.raw();
    if (place(id) != nullptr) return {iterator{this, id}, false};
    Block& block = block_for(id / block_size);
    const std::uint32_t slot = free_slot();
    new (slot_at(slot)) value_type(std::piecewise_construct, std::forward_as_tuple(key),
                                   std::forward_as_tuple(std::forward<Args>(args)...));
    free_.pop_back();
    block.there |= std::uint64_t{1} << (id % block_size);
    block.slots[id % block_size] = slot;
    ++size_;
    return {iterator{this, id}, true};
  }

  /// How many were removed.
  std::size_t erase(Key key) {
    value_type* const found = place(key.raw());
    if (found == nullptr) return 0;
    auto& block = directory_[key.raw() / block_size - first_];
    free_.push_back(block->slots[key.raw() % block_size]);
    found->~value_type();
    block->there &= ~(std::uint64_t{1} << (key.raw() % block_size));
    --size_;
    if (block->there != 0) return 1;
    block.reset();
    while (lowest_ < directory_.size() && directory_[lowest_] == nullptr) ++lowest_;
    return 1;
  }

  void clear() {
    for (auto it = begin(); it != end(); ++it) it->~value_type();
    directory_.clear();
    slabs_.clear();
    free_.clear();
    first_ = 0;
    lowest_ = 0;
    size_ = 0;
  }

  friend bool operator==(const IdMap& a, const IdMap& b) {
    if (a.size_ != b.size_) return false;
    for (auto i = a.begin(), j = b.begin(); i != a.end(); ++i, ++j)
      if (!(*i == *j)) return false;
    return true;
  }

 private:
  static constexpr std::uint64_t block_size = 64;
  static constexpr std::uint32_t slab_size = 64;
  static constexpr std::uint64_t past = ~std::uint64_t{0};

  struct Block {
    std::uint64_t there = 0;
    std::uint32_t slots[block_size];
  };
  struct Slab {
    alignas(value_type) std::byte bytes[slab_size * sizeof(value_type)];
  };

  void swap(IdMap& other) noexcept {
    directory_.swap(other.directory_);
    slabs_.swap(other.slabs_);
    free_.swap(other.free_);
    std::swap(first_, other.first_);
    std::swap(lowest_, other.lowest_);
    std::swap(size_, other.size_);
  }

  [[nodiscard]] void* slot_at(std::uint32_t slot) const {
    return slabs_[slot / slab_size]->bytes + std::size_t{slot % slab_size} * sizeof(value_type);
  }

  [[nodiscard]] value_type* place(std::uint64_t id) const {
    const std::uint64_t number = id / block_size - first_;  // wraps to a large one below the first
    if (number >= directory_.size() || directory_[number] == nullptr) return nullptr;
    const Block& block = *directory_[number];
    if ((block.there >> (id % block_size) & 1) == 0) return nullptr;
    return std::launder(static_cast<value_type*>(slot_at(block.slots[id % block_size])));
  }

  Block& block_for(std::uint64_t number) {
    if (directory_.empty()) first_ = number;
    if (number < first_) {
      std::vector<std::unique_ptr<Block>> wider(static_cast<std::size_t>(first_ - number));
      for (auto& block : directory_) wider.push_back(std::move(block));
      lowest_ += wider.size() - directory_.size();
      directory_ = std::move(wider);
      first_ = number;
    }
    if (number - first_ >= directory_.size()) directory_.resize(static_cast<std::size_t>(number - first_ + 1));
    auto& block = directory_[number - first_];
    if (block == nullptr) block = std::make_unique<Block>();
    lowest_ = std::min(lowest_, static_cast<std::size_t>(number - first_));
    return *block;
  }

  /// The one that was freed last, so that it is still near; it stays in the list.
  std::uint32_t free_slot() {
    if (free_.empty()) {
      const auto first = static_cast<std::uint32_t>(slabs_.size() * slab_size);
      slabs_.push_back(std::make_unique_for_overwrite<Slab>());
      for (std::uint32_t i = slab_size; i > 0; --i) free_.push_back(first + i - 1);
    }
    return free_.back();
  }

  [[nodiscard]] std::uint64_t first_from(std::uint64_t id) const {
    std::uint64_t number = lowest_;
    std::uint64_t bit = 0;
    if (id / block_size >= first_ + lowest_) {
      number = id / block_size - first_;
      bit = id % block_size;
    }
    for (; number < directory_.size(); ++number, bit = 0) {
      if (directory_[number] == nullptr) continue;
      const std::uint64_t there = directory_[number]->there >> bit << bit;
      if (there != 0) return (first_ + number) * block_size + static_cast<std::uint64_t>(std::countr_zero(there));
    }
    return past;
  }

  [[nodiscard]] std::uint64_t last_before(std::uint64_t id) const {
    std::uint64_t number = directory_.size();
    std::uint64_t bits = 0;  // of that block
    if (id / block_size - first_ < directory_.size() && id / block_size >= first_) {
      number = id / block_size - first_;
      bits = id % block_size;
    }
    for (;; bits = block_size) {
      if (number < directory_.size() && directory_[number] != nullptr && bits > 0) {
        const std::uint64_t there = directory_[number]->there << (block_size - bits);
        if (there != 0)
          return (first_ + number) * block_size + bits - 1 - static_cast<std::uint64_t>(std::countl_zero(there));
      }
      if (number == 0) return past;
      --number;
    }
  }

  std::vector<std::unique_ptr<Block>> directory_;  ///< of blocks first_, first_ + 1, ...
  std::vector<std::unique_ptr<Slab>> slabs_;
  std::vector<std::uint32_t> free_;  ///< places in the slabs; the last is taken next
  std::uint64_t first_ = 0;
  std::size_t lowest_ = 0;  ///< no block lies before this one in the directory
  std::size_t size_ = 0;
};

}  // namespace mingyue
