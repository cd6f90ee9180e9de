#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

/// What travels over the socket of a terminal. Every frame is one byte of kind, four bytes of length (little end
/// first), and so many bytes:
///
///     client → shim    data (typed), window (rows, columns: two bytes each, little end first)
///     shim → client    data (shown), exit (code, signal: four bytes each, little end first), then the shim closes
///
/// A frame of an unknown kind is skipped; one longer than frame_bytes_max ends the connection.
namespace mingyue::engines {

enum class FrameKind : std::uint8_t { data = 1, window = 2, exit = 3 };

struct Frame {
  FrameKind kind = FrameKind::data;
  std::string bytes;
};

inline constexpr std::size_t frame_bytes_max = 1U << 20U;

[[nodiscard]] std::string encode_frame(FrameKind kind, std::string_view bytes);
[[nodiscard]] std::string encode_window(std::uint16_t rows, std::uint16_t columns);
[[nodiscard]] std::string encode_exit(std::int32_t code, std::int32_t signal);

struct Window {
  std::uint16_t rows = 0;
  std::uint16_t columns = 0;
};
[[nodiscard]] std::optional<Window> decode_window(std::string_view bytes);

struct TerminalExit {
  std::int32_t code = 0;
  std::int32_t signal = 0;
};
[[nodiscard]] std::optional<TerminalExit> decode_exit(std::string_view bytes);

/// Cuts a stream of bytes into frames.
class FrameReader {
 public:
  void add(std::string_view bytes) { buffer_ += bytes; }
  /// The next whole frame, or nothing yet.
  [[nodiscard]] std::optional<Frame> next();
  /// The peer does not speak this protocol.
  [[nodiscard]] bool broken() const { return broken_; }

 private:
  std::string buffer_;
  bool broken_ = false;
};

}  // namespace mingyue::engines
