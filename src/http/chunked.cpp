#include "http/chunked.hpp"

#include <algorithm>

#include "http/head.hpp"
#include "http/text.hpp"

namespace mingyue::http {
namespace {

constexpr std::size_t line_bytes_max = 4096;
constexpr std::size_t overhead_bytes_max = 16 * 1024;

std::unexpected<Problem> bad_chunk(std::string message) {
  return std::unexpected(problems::malformed("body", std::move(message), "send the body with a Content-Length"));
}

}  // namespace

Expected<std::size_t, Problem> ChunkDecoder::feed(std::string_view input, std::string& body) {
  std::size_t used = 0;
  while (used < input.size() && state_ != State::Done) {
    if (state_ == State::Data) {
      const std::size_t take = std::min<std::uint64_t>(left_, input.size() - used);
      body.append(input.substr(used, take));
      used += take;
      left_ -= take;
      if (left_ == 0) state_ = State::DataEnd;
      continue;
    }
    const char c = input[used++];
    if (!line_.empty() && line_.back() == '\r') {
      if (c != '\n') return bad_chunk("a carriage return stands alone in a chunked body");
      line_.pop_back();
      CHECK_OK(end_of_line());
      line_.clear();
      continue;
    }
    if (c == '\n' || c == '\0') return bad_chunk("a line of the chunked body does not end in CRLF");
    if (state_ == State::DataEnd && c != '\r') return bad_chunk("a chunk is longer than it says");
    if (line_.size() == line_bytes_max) return bad_chunk("a line of the chunked body is too long");
    line_ += c;
  }
  return used;
}

Expected<void, Problem> ChunkDecoder::end_of_line() {
  if (state_ == State::DataEnd) {
    state_ = State::Size;
    return {};
  }
  if (state_ == State::Trailer && line_.empty()) {
    state_ = State::Done;
    return {};
  }
  if (state_ == State::Trailer) {
    TRY(trailer, parse_field_line(line_));
    static_cast<void>(trailer);
    overhead_ += line_.size();
  } else {
    const std::string_view line = line_;
    const std::size_t digits = std::min(line.find_first_not_of("0123456789abcdefABCDEF"), line.size());
    const std::string_view extension = line.substr(digits);
    if (digits == 0 || digits > 8) return bad_chunk("a chunk's size is not a hexadecimal number");
    if (!extension.empty() && extension.front() != ';') return bad_chunk("a chunk's size is followed by nonsense");
    if (std::ranges::any_of(extension, [](char c) { return is_control(c) && c != '\t'; })) {
      return bad_chunk("a chunk's extension holds control characters");
    }
    overhead_ += extension.size();
    left_ = 0;
    for (const char digit : line.substr(0, digits)) left_ = left_ * 16 + static_cast<std::uint64_t>(hex_value(digit));
    total_ += left_;
    if (total_ > body_bytes_max_) return std::unexpected(problems::body_too_large(body_bytes_max_));
    state_ = left_ > 0 ? State::Data : State::Trailer;
  }
  if (overhead_ > overhead_bytes_max) return bad_chunk("the chunked body is mostly wrapping");
  return {};
}

}  // namespace mingyue::http
