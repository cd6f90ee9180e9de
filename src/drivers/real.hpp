#pragma once

#include <bit>
#include <cstdint>
#include <optional>

namespace mingyue::drivers {

/// A double inside a described value, which otherwise has whole numbers only. Written as the number of its bits, so
/// that every one, infinities included, arrives as it left.
struct Real {
  double value = 0;

  Real() = default;
  Real(double v) : value(v) {}               // NOLINT: reads as the number that it is
  operator double() const { return value; }  // NOLINT: likewise

  using Form = std::uint64_t;
  [[nodiscard]] Form form() const { return std::bit_cast<std::uint64_t>(value); }
  [[nodiscard]] static std::optional<Real> of(Form bits) { return Real(std::bit_cast<double>(bits)); }
};

}  // namespace mingyue::drivers
