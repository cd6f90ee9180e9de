#pragma once

#include <string>
#include <string_view>

#include "base/expected.hpp"
#include "base/quantity.hpp"
#include "base/time.hpp"

namespace mingyue {

using CoreCount = Quantity<struct CoreCountTag, std::int32_t>;
using CardCount = Quantity<struct CardCountTag, std::int32_t>;
using NodeCount = Quantity<struct NodeCountTag, std::int32_t>;
using Bytes = Quantity<struct BytesTag>;

/// Resource-time: how many cores or cards were held, for how long, in whole core- or card-milliseconds.
///
/// Timestamps in the log are whole milliseconds too, so every sum is exact and nothing is ever rounded. 100,000 cards
/// for a year is 3.2e15 of them; the type holds some 2,900 such years.
using ResourceTime = Quantity<struct ResourceTimeTag>;

/// Money inside the centre, in whole micro-credits.
using Credits = Quantity<struct CreditsTag>;

[[nodiscard]] constexpr ResourceTime held(std::int64_t count, Duration time) {
  return ResourceTime(count * time.raw());
}

/// Wide enough for any product of two of our quantities.
__extension__ using Int128 = __int128;
__extension__ using Uint128 = unsigned __int128;

/// The price of resource-time at `per_hour` credits for one core- or card-hour, rounded up to a whole micro-credit in
/// the centre's favour.
[[nodiscard]] constexpr Credits price_ceil(ResourceTime time, Credits per_hour) {
  constexpr Int128 hour_ms = 3'600'000;
  const Int128 product = static_cast<Int128>(time.raw()) * per_hour.raw();
  return Credits(static_cast<std::int64_t>((product + hour_ms - 1) / hour_ms));
}

/// Reads `512M`, `2G`, `64K`, `1T`, `1048576` (powers of 1024; `MiB`, `GB` spellings too). Refuses zero and more than 1
/// EiB.
[[nodiscard]] Expected<Bytes> parse_bytes(std::string_view text);
[[nodiscard]] std::string print_bytes(Bytes bytes);

/// Reads a decimal number of credits with at most six places: `12.5`.
[[nodiscard]] Expected<Credits> parse_credits(std::string_view text);
[[nodiscard]] std::string print_credits(Credits credits);

/// Reads a whole number within [min, max]; the refusal names the range.
[[nodiscard]] Expected<std::int64_t> parse_integer(std::string_view text, std::int64_t min, std::int64_t max);

/// True for 1 to 64 characters of [A-Za-z0-9._-] that do not begin with `.` or `-`: names of jobs, nodes, projects,
/// users.
[[nodiscard]] bool is_name(std::string_view text);

/// The candidate nearest to a mistyped word (edit distance at most 2), or empty: for "did you mean".
template <class Range>
[[nodiscard]] std::string nearest_word(std::string_view word, const Range& candidates);
[[nodiscard]] std::size_t edit_distance(std::string_view a, std::string_view b);

template <class Range>
std::string nearest_word(std::string_view word, const Range& candidates) {
  std::string best;
  std::size_t best_distance = 3;
  for (const auto& candidate : candidates) {
    const std::string_view text = candidate;
    if (const auto d = edit_distance(word, text); d < best_distance) {
      best_distance = d;
      best = text;
    }
  }
  return best;
}

}  // namespace mingyue
