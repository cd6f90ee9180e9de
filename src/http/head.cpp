#include "http/head.hpp"

#include <algorithm>
#include <charconv>

#include "http/text.hpp"

namespace mingyue::http {
namespace {

using Refused = std::unexpected<Problem>;

Refused malformed(std::string field, std::string message, std::string hint = "send one plain HTTP/1.1 request") {
  return Refused(problems::malformed(std::move(field), std::move(message), std::move(hint)));
}

/// Takes the text up to the next CRLF off the front. The caller knows that there is one.
std::string_view take_line(std::string_view& text) {
  const std::size_t end = text.find("\r\n");
  const std::string_view line = text.substr(0, end);
  text.remove_prefix(end + 2);
  return line;
}

Expected<void, Problem> read_request_line(std::string_view line, const HeadLimits& limits, RequestHead& head) {
  const std::size_t first = line.find(' ');
  const std::size_t last = line.rfind(' ');
  if (first == std::string_view::npos || first == last) {
    return malformed("", "the request line is not \"METHOD path HTTP/1.1\"");
  }
  const std::string_view method = line.substr(0, first);
  const std::string_view target = line.substr(first + 1, last - first - 1);
  const std::string_view version = line.substr(last + 1);
  if (!is_token(method)) return malformed("method", "the method is not a word");
  if (version.starts_with("HTTP/") && version != "HTTP/1.1" && version != "HTTP/1.0") {
    return Refused(problems::version_not_supported(version));
  }
  if (version != "HTTP/1.1" && version != "HTTP/1.0") {
    return malformed("", "the request line does not end with HTTP/1.1");
  }
  if (target.size() > limits.target_bytes_max) return Refused(problems::target_too_long(limits.target_bytes_max));
  // Printable ASCII only: a space here would make two readings of the line, other bytes belong percent-encoded.
  const auto is_plain = [](char c) { return c > ' ' && static_cast<unsigned char>(c) < 0x7f && c != '#'; };
  if (target.empty() || !std::ranges::all_of(target, is_plain)) {
    return malformed("path", "path and query hold bytes that must be percent-encoded");
  }
  head.method = method;
  head.target = target;
  head.minor = version.back() - '0';
  return {};
}

/// Headers of which two would be two different requests.
constexpr std::string_view at_most_once[] = {
    "host", "content-length", "transfer-encoding", "authorization", "expect", "content-type", "origin", "upgrade"};

Expected<void, Problem> read_length(RequestHead& head) {
  const std::string* length = head.headers.find("content-length");
  const std::string* coding = head.headers.find("transfer-encoding");
  if (length && coding) {
    return malformed("content-length", "Content-Length and Transfer-Encoding contradict each other", "send only one");
  }
  if (coding) {
    if (head.minor == 0) return malformed("transfer-encoding", "HTTP/1.0 knows no Transfer-Encoding");
    if (!equals_ignoring_case(*coding, "chunked")) {
      return Refused(problems::not_implemented("the only transfer coding understood is chunked",
                                               "send the body plain with a Content-Length"));
    }
    head.body = BodyKind::Chunked;
    return {};
  }
  if (length) {
    // 18 digits fit into 64 bits; from_chars alone would take a minus sign or stop early.
    if (length->empty() || length->size() > 18 || !std::ranges::all_of(*length, is_digit)) {
      return malformed("content-length", "Content-Length is not a number of bytes");
    }
    std::from_chars(length->data(), length->data() + length->size(), head.content_length);
    head.body = head.content_length > 0 ? BodyKind::Length : BodyKind::None;
  }
  return {};
}

/// `http://host/path` is legal though only proxies are sent it. We take it when it names the same host as Host does,
/// and go on with the path.
Expected<void, Problem> strip_absolute_form(RequestHead& head) {
  if (head.target.starts_with('/') || head.target == "*") return {};
  const std::string_view target = head.target;
  const std::size_t scheme = target.find("://");
  const bool is_http = scheme != std::string_view::npos && (equals_ignoring_case(target.substr(0, scheme), "http") ||
                                                            equals_ignoring_case(target.substr(0, scheme), "https"));
  if (!is_http) return malformed("path", "the path does not begin with a slash");
  const std::string_view rest = target.substr(scheme + 3);
  const std::size_t slash = rest.find_first_of("/?");
  const std::string_view authority = rest.substr(0, slash);
  if (head.minor == 1 && !equals_ignoring_case(authority, head.host)) {
    return malformed("host", "the request names two different hosts");
  }
  std::string path = slash == std::string_view::npos ? "/" : std::string(rest.substr(slash));
  if (path.front() == '?') path.insert(0, 1, '/');
  head.target = std::move(path);
  return {};
}

}  // namespace

HeadScan scan_head(std::string_view bytes, std::size_t& scanned) {
  for (; scanned < bytes.size(); ++scanned) {
    const char c = bytes[scanned];
    if (c == '\0') return HeadScan::Malformed;
    if (c != '\n') {
      // A carriage return that no line feed follows is another favourite of smugglers.
      if (scanned > 0 && bytes[scanned - 1] == '\r') return HeadScan::Malformed;
      continue;
    }
    if (scanned == 0 || bytes[scanned - 1] != '\r') return HeadScan::Malformed;
    if (scanned >= 3 && bytes[scanned - 2] == '\n') {
      ++scanned;
      return HeadScan::Complete;
    }
  }
  return HeadScan::Incomplete;
}

Expected<Fields::Field, Problem> parse_field_line(std::string_view line) {
  if (line.starts_with(' ') || line.starts_with('\t')) {
    return malformed("headers", "a header goes on over two lines", "write each header on one line");
  }
  const std::size_t colon = line.find(':');
  if (colon == std::string_view::npos) return malformed("headers", "a header line has no colon");
  const std::string_view name = line.substr(0, colon);
  const std::string_view value = trim(line.substr(colon + 1));
  if (!is_token(name)) return malformed("headers", "a header's name holds a space or a forbidden character");
  const auto is_bad = [](char c) { return is_control(c) && c != '\t'; };
  if (std::ranges::any_of(value, is_bad)) return malformed(lower(name), "a header's value holds control characters");
  return Fields::Field{lower(name), std::string(value)};
}

Expected<RequestHead, Problem> parse_request_head(std::string_view text, const HeadLimits& limits) {
  std::size_t scanned = 0;
  if (scan_head(text, scanned) != HeadScan::Complete || scanned != text.size()) {
    return malformed("", "the request does not end its lines with CRLF");
  }
  RequestHead head;
  CHECK_OK(read_request_line(take_line(text), limits, head));
  for (std::string_view line = take_line(text); !line.empty(); line = take_line(text)) {
    if (head.headers.size() == limits.fields_max) {
      return Refused(
          Problem{.status = 431, .refusal = {"header-too-large", "headers", "too many headers", "send fewer headers"}});
    }
    TRY(field, parse_field_line(line));
    head.headers.add(std::move(field.name), std::move(field.value));
  }
  for (const std::string_view name : at_most_once) {
    if (head.headers.count(name) > 1) return malformed(std::string(name), "the header appears twice", "send it once");
  }

  const std::string* host = head.headers.find("host");
  if (!host && head.minor == 1) return malformed("host", "HTTP/1.1 needs a Host header");
  if (host) head.host = *host;
  CHECK_OK(strip_absolute_form(head));
  CHECK_OK(read_length(head));

  bool says_close = false;
  bool says_keep = false;
  bool says_upgrade = false;
  for (const std::string_view connection : head.headers.all("connection")) {
    says_close |= list_has(connection, "close");
    says_keep |= list_has(connection, "keep-alive");
    says_upgrade |= list_has(connection, "upgrade");
  }
  head.keep_alive = !says_close && (head.minor == 1 || says_keep);
  if (says_upgrade && head.minor == 1) head.upgrade = lower(head.headers.get("upgrade"));
  if (const std::string* expect = head.headers.find("expect"); expect && head.minor == 1) {
    if (!equals_ignoring_case(*expect, "100-continue")) return Refused(problems::expectation_failed(*expect));
    head.expects_continue = head.body != BodyKind::None;
  }
  return head;
}

}  // namespace mingyue::http
