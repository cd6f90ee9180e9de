#pragma once

#include <bit>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "base/describe.hpp"

/// Sets of cores or cards of one node, by index from 0.
namespace mingyue::model {

/// A set of slots of a node that has `size` of them. Up to 128 slots lie in the object itself; a larger node's set has
/// memory of its own. Every operation costs one step for 64 slots.
///
/// Slots are taken lowest first, so that a lease is the same on every machine.
class Slots {
 public:
  Slots() = default;
  /// Empty, on a node of so many slots.
  explicit Slots(std::int32_t size) : size_(size) {
    if (!inside()) get_memory();
  }
  Slots(const Slots& other) : Slots(other.size_) {
    count_ = other.count_;
    copy_words(other);
  }
  Slots(Slots&& other) noexcept : size_(other.size_), count_(other.count_) { move_words(other); }
  Slots& operator=(const Slots& other) {
    if (this != &other) *this = Slots(other);
    return *this;
  }
  Slots& operator=(Slots&& other) noexcept {
    if (this == &other) return *this;
    if (!inside()) free_memory();
    size_ = other.size_;
    count_ = other.count_;
    move_words(other);
    return *this;
  }
  ~Slots() {
    if (!inside()) free_memory();
  }

  /// 0, 1, ... size - 1.
  [[nodiscard]] static Slots all(std::int32_t size);
  /// Of ascending indices from 0 to slots_max - 1; nothing where they are not.
  [[nodiscard]] static std::optional<Slots> from(std::span<const std::int32_t> ascending);
  static constexpr std::int32_t slots_max = 1 << 20;

  [[nodiscard]] std::int32_t size() const { return size_; }
  [[nodiscard]] std::int32_t count() const { return count_; }
  [[nodiscard]] bool empty() const { return count_ == 0; }
  [[nodiscard]] bool has(std::int32_t slot) const;
  /// The lowest and the highest member; -1 where there is none.
  [[nodiscard]] std::int32_t lowest() const;
  [[nodiscard]] std::int32_t highest() const;

  /// Neither may hold what the other holds: a slot that is given back twice is an INVARIANT.
  void add(const Slots& others) {
    // The usual case in a few instructions; the other one checks, and counts words.
    const bool simple =
        inside() && others.size_ <= size_ && ((inside_[0] & others.inside_[0]) | (inside_[1] & others.inside_[1])) == 0;
    if (!simple) return add_any(others);
    inside_[0] |= others.inside_[0];
    inside_[1] |= others.inside_[1];
    count_ += others.count_;
  }
  /// All of them must be here: a slot that is taken twice is an INVARIANT.
  void remove(const Slots& others) {
    const bool simple = inside() && others.size_ <= size_ &&
                        ((others.inside_[0] & ~inside_[0]) | (others.inside_[1] & ~inside_[1])) == 0;
    if (!simple) return remove_any(others);
    inside_[0] &= ~others.inside_[0];
    inside_[1] &= ~others.inside_[1];
    count_ -= others.count_;
  }
  /// The `n` lowest members, removed. n ≤ count, or it is an INVARIANT.
  [[nodiscard]] Slots take_lowest(std::int32_t n) {
    if (n != count_) return take_some(n);
    Slots taken = *this;
    remove(taken);
    return taken;
  }

  /// Members in ascending order, from the `first`th on (from 0), `n` of them.
  [[nodiscard]] std::vector<std::int32_t> indices(std::int32_t first, std::int32_t n) const;
  [[nodiscard]] std::vector<std::int32_t> indices() const { return indices(0, count_); }

  /// The same members, whatever the sizes.
  friend bool operator==(const Slots& a, const Slots& b);

  /// As the codec (base/codec.hpp) writes it.
  struct Form {
    std::int32_t size = 0;
    std::int32_t count = 0;
    std::vector<std::uint64_t> words;
  };
  [[nodiscard]] Form form() const;
  [[nodiscard]] static std::optional<Slots> of(const Form& form);

 private:
  static constexpr std::int32_t inside_max = 128;
  [[nodiscard]] bool inside() const { return size_ <= inside_max; }
  [[nodiscard]] std::size_t words() const { return (static_cast<std::size_t>(size_) + 63) / 64; }
  [[nodiscard]] std::uint64_t* data() { return inside() ? inside_ : outside_; }
  [[nodiscard]] const std::uint64_t* data() const { return inside() ? inside_ : outside_; }
  void get_memory();
  void free_memory();
  void copy_words(const Slots& other) {
    if (!inside()) return copy_memory(other);
    inside_[0] = other.inside_[0];
    inside_[1] = other.inside_[1];
  }
  void copy_memory(const Slots& other);
  /// Size and count are set, memory is not.
  void move_words(Slots& other) {
    if (inside()) {
      inside_[0] = other.inside_[0];
      inside_[1] = other.inside_[1];
    } else {
      outside_ = other.outside_;
      other.size_ = 0;
      other.count_ = 0;
      other.inside_[0] = 0;
      other.inside_[1] = 0;
    }
  }
  void add_any(const Slots& others);
  void remove_any(const Slots& others);
  [[nodiscard]] Slots take_some(std::int32_t n);

  std::int32_t size_ = 0;
  std::int32_t count_ = 0;
  union {
    std::uint64_t inside_[2] = {0, 0};
    std::uint64_t* outside_;
  };
};
DESCRIBE(Slots::Form, size, count, words)

}  // namespace mingyue::model
