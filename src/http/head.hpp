#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/expected.hpp"
#include "http/message.hpp"
#include "http/problem.hpp"

/// Reads a request's head: the request line and the headers. Pure and strict.
///
/// Where two readers could understand two different requests (RFC 9112 section 11.2, request smuggling), the request is
/// refused rather than repaired: bare line feeds, folded lines, a space before a colon, two lengths, a length and
/// chunks, any transfer coding but `chunked` alone.
namespace mingyue::http {

struct HeadLimits {
  std::size_t target_bytes_max = 8192;
  std::size_t fields_max = 100;
};

enum class BodyKind { None, Length, Chunked };

struct RequestHead {
  std::string method;
  std::string target;  ///< origin form, still encoded: `/v1/jobs?state=waiting`; or `*`
  int minor = 1;       ///< HTTP/1.0 or HTTP/1.1
  Fields headers;      ///< names in lower case
  std::string host;    ///< the Host header; empty only for HTTP/1.0
  BodyKind body = BodyKind::None;
  std::uint64_t content_length = 0;
  bool keep_alive = true;
  bool expects_continue = false;
  std::string upgrade;  ///< lower case; empty unless `Connection: upgrade` says it is meant
};

/// Looks for the blank line that ends a head. `scanned` remembers how far it has looked, so that a head which trickles
/// in byte by byte is still looked at once.
enum class HeadScan { Incomplete, Complete, Malformed };
[[nodiscard]] HeadScan scan_head(std::string_view bytes, std::size_t& scanned);

/// `head` is everything up to and with the blank line.
[[nodiscard]] Expected<RequestHead, Problem> parse_request_head(std::string_view head, const HeadLimits& limits = {});

/// One header line without its CRLF, checked; also used for the trailers of a chunked body.
[[nodiscard]] Expected<Fields::Field, Problem> parse_field_line(std::string_view line);

}  // namespace mingyue::http
