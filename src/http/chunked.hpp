#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/expected.hpp"
#include "http/problem.hpp"

namespace mingyue::http {

/// Takes a chunked body apart as it arrives. Strict like the head: sizes are 1 to 8 hexadecimal digits, lines end in
/// CRLF, what follows a chunk is exactly CRLF. Extensions and trailers are checked, bounded and dropped.
class ChunkDecoder {
 public:
  explicit ChunkDecoder(std::size_t body_bytes_max) : body_bytes_max_(body_bytes_max) {}

  /// Appends decoded bytes to `body`; says how many bytes of `input` it used. What is left over when done() belongs to
  /// the next request; before that, everything is used.
  [[nodiscard]] Expected<std::size_t, Problem> feed(std::string_view input, std::string& body);
  [[nodiscard]] bool done() const { return state_ == State::Done; }

 private:
  enum class State { Size, Data, DataEnd, Trailer, Done };
  [[nodiscard]] Expected<void, Problem> end_of_line();

  std::size_t body_bytes_max_;
  State state_ = State::Size;
  std::uint64_t left_ = 0;    ///< of the chunk being read
  std::uint64_t total_ = 0;   ///< of all chunks announced so far
  std::string line_;          ///< the size or trailer line being read
  std::size_t overhead_ = 0;  ///< bytes of extensions and trailers so far
};

}  // namespace mingyue::http
