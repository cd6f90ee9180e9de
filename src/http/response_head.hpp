#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "http/message.hpp"

namespace mingyue::http {

/// How the end of a body is known.
enum class Framing { Length, Chunked, UntilClose, NoBody };

struct ResponseFrame {
  Framing framing = Framing::Length;
  std::uint64_t content_length = 0;
  bool keep_alive = true;
  std::string_view date;     ///< `Sun, 06 Nov 1994 08:49:37 GMT`
  std::string_view upgrade;  ///< the protocol switched to, with status 101
  bool security_headers = true;
};

/// Appends status line and headers with the blank line. Headers that belong to the server are taken from the frame
/// only; a header whose name is not a token is left out; control bytes in values become spaces.
void write_response_head(std::string& out, const Response& response, const ResponseFrame& frame);

/// The date as HTTP writes it, from seconds since 1970.
[[nodiscard]] std::string http_date(std::int64_t unix_seconds);

}  // namespace mingyue::http
