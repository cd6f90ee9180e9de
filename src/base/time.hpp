#pragma once

#include <string>
#include <string_view>

#include "base/expected.hpp"
#include "base/quantity.hpp"

namespace mingyue {

/// A length of time in whole milliseconds. May be negative; parsed and printed durations are not.
using Duration = Quantity<struct DurationTag>;

/// A point in time: whole milliseconds since 1970-01-01T00:00:00Z, on the centre's own clock.
using Instant = Id<struct InstantTag, std::int64_t>;

[[nodiscard]] constexpr Instant operator+(Instant t, Duration d) { return Instant(t.raw() + d.raw()); }
[[nodiscard]] constexpr Instant operator-(Instant t, Duration d) { return Instant(t.raw() - d.raw()); }
[[nodiscard]] constexpr Duration operator-(Instant a, Instant b) { return Duration(a.raw() - b.raw()); }

[[nodiscard]] constexpr Duration milliseconds(std::int64_t n) { return Duration(n); }
[[nodiscard]] constexpr Duration seconds(std::int64_t n) { return Duration(n * 1000); }
[[nodiscard]] constexpr Duration minutes(std::int64_t n) { return seconds(n * 60); }
[[nodiscard]] constexpr Duration hours(std::int64_t n) { return minutes(n * 60); }
[[nodiscard]] constexpr Duration days(std::int64_t n) { return hours(n * 24); }

/// Later than everything a centre will see (the year 287,000 and more), and safe to add a wall limit to.
inline constexpr Instant never{9'000'000'000'000'000};

/// The longest duration a document may name: 10 years.
inline constexpr Duration duration_max = days(3653);

/// Reads `90s`, `10m`, `2h`, `1d`, `1h30m`, `250ms`, `HH:MM:SS`, `MM:SS` or `D-HH:MM:SS`. Refuses anything else, zero,
/// and more than duration_max. The refusal's field is left empty for the caller to fill.
[[nodiscard]] Expected<Duration> parse_duration(std::string_view text);

/// Reads an RFC 3339 instant, `2026-12-01T08:00:00Z` or with an offset `+08:00`; milliseconds allowed.
[[nodiscard]] Expected<Instant> parse_instant(std::string_view text);

/// `1d02h`, `1h30m`, `12m05s`, `4.1s`, `250ms`: the two largest units, for people.
[[nodiscard]] std::string print_duration(Duration d);

/// `2026-12-01T08:00:00.000Z`, always UTC, always milliseconds: sortable text for programs and SQL.
[[nodiscard]] std::string print_instant(Instant t);

}  // namespace mingyue
