#include "http/response_head.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <chrono>

#include "http/text.hpp"

namespace mingyue::http {
namespace {

bool belongs_to_server(std::string_view name) {
  static constexpr std::array<std::string_view, 7> ours{"content-length", "transfer-encoding", "connection", "date",
                                                        "keep-alive",     "upgrade",           "trailer"};
  return std::ranges::any_of(ours, [name](std::string_view own) { return equals_ignoring_case(own, name); });
}

void write_field(std::string& out, std::string_view name, std::string_view value) {
  out += name;
  out += ": ";
  // A line break in a value would let whoever chose the value write headers, or a second answer.
  for (const char c : value) out += is_control(c) ? ' ' : c;
  out += "\r\n";
}

}  // namespace

void write_response_head(std::string& out, const Response& response, const ResponseFrame& frame) {
  // A handler's status must be one the status line can carry.
  const int status = response.status >= 100 && response.status <= 999 ? response.status : 500;
  fmt::format_to(std::back_inserter(out), "HTTP/1.1 {} {}\r\n", status, reason_phrase(status));
  write_field(out, "date", frame.date);
  if (!frame.upgrade.empty()) {
    write_field(out, "connection", "Upgrade");
    write_field(out, "upgrade", frame.upgrade);
  } else {
    write_field(out, "connection", frame.keep_alive ? "keep-alive" : "close");
  }
  if (frame.framing == Framing::Length) {
    fmt::format_to(std::back_inserter(out), "content-length: {}\r\n", frame.content_length);
  }
  if (frame.framing == Framing::Chunked) write_field(out, "transfer-encoding", "chunked");
  if (!response.content_type.empty()) write_field(out, "content-type", response.content_type);

  const auto has = [&](std::string_view name) {
    return std::ranges::any_of(response.headers,
                               [&](const Fields::Field& field) { return equals_ignoring_case(field.name, name); });
  };
  for (const Fields::Field& field : response.headers) {
    if (is_token(field.name) && !belongs_to_server(field.name)) write_field(out, field.name, field.value);
  }
  if (frame.security_headers) {
    // Answers of the centre are about people and money: nobody in between keeps a copy, no other page embeds them.
    if (!has("cache-control")) write_field(out, "cache-control", "no-store");
    if (!has("x-content-type-options")) write_field(out, "x-content-type-options", "nosniff");
    if (!has("x-frame-options")) write_field(out, "x-frame-options", "DENY");
    if (!has("cross-origin-resource-policy")) write_field(out, "cross-origin-resource-policy", "same-origin");
  }
  out += "\r\n";
}

std::string http_date(std::int64_t unix_seconds) {
  // Names of our own: strftime would speak the machine's language.
  static constexpr std::array<std::string_view, 7> days{"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
  static constexpr std::array<std::string_view, 12> months{"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                           "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  const std::chrono::sys_seconds time{std::chrono::seconds(unix_seconds)};
  const auto day = std::chrono::floor<std::chrono::days>(time);
  const std::chrono::year_month_day date{day};
  const std::chrono::hh_mm_ss clock{time - day};
  return fmt::format("{}, {:02} {} {:04} {:02}:{:02}:{:02} GMT", days[std::chrono::weekday(day).c_encoding()],
                     static_cast<unsigned>(date.day()), months[static_cast<unsigned>(date.month()) - 1],
                     static_cast<int>(date.year()), clock.hours().count(), clock.minutes().count(),
                     clock.seconds().count());
}

}  // namespace mingyue::http
