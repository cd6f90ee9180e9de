#pragma once

#include <compare>
#include <concepts>
#include <cstdint>
#include <functional>

namespace mingyue {

/// A number with a meaning: a JobId is not a NodeId, a card count is not a core count. Identities compare and print;
/// quantities (below) also add.
template <class Tag, class Rep_ = std::uint64_t>
class Id {
 public:
  using Rep = Rep_;
  constexpr Id() = default;
  explicit constexpr Id(Rep raw) : raw_(raw) {}
  [[nodiscard]] constexpr Rep raw() const { return raw_; }
  friend constexpr auto operator<=>(Id, Id) = default;

 private:
  Rep raw_ = 0;
};

/// A signed count of one unit. Sums are exact; division is spelled out where it happens and says how it rounds.
template <class Tag, class Rep_ = std::int64_t>
class Quantity {
 public:
  using Rep = Rep_;
  constexpr Quantity() = default;
  explicit constexpr Quantity(Rep raw) : raw_(raw) {}
  [[nodiscard]] constexpr Rep raw() const { return raw_; }
  friend constexpr auto operator<=>(Quantity, Quantity) = default;
  constexpr Quantity& operator+=(Quantity other) {
    raw_ += other.raw_;
    return *this;
  }
  constexpr Quantity& operator-=(Quantity other) {
    raw_ -= other.raw_;
    return *this;
  }
  friend constexpr Quantity operator+(Quantity a, Quantity b) { return Quantity(a.raw_ + b.raw_); }
  friend constexpr Quantity operator-(Quantity a, Quantity b) { return Quantity(a.raw_ - b.raw_); }
  friend constexpr Quantity operator-(Quantity a) { return Quantity(-a.raw_); }
  template <std::integral N>
  friend constexpr Quantity operator*(Quantity a, N n) {
    return Quantity(a.raw_ * static_cast<Rep>(n));
  }

 private:
  Rep raw_ = 0;
};

/// What the codec and the JSON writer ask of a wrapped number.
template <class T>
concept Wrapped = requires(T value) {
  typename T::Rep;
  { value.raw() } -> std::same_as<typename T::Rep>;
}
&&std::is_constructible_v<T, typename T::Rep>;

}  // namespace mingyue

template <class Tag, class Rep>
struct std::hash<mingyue::Id<Tag, Rep>> {
  std::size_t operator()(mingyue::Id<Tag, Rep> id) const noexcept { return std::hash<Rep>{}(id.raw()); }
};
