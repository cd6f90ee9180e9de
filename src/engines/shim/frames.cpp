#include "engines/shim/frames.hpp"

namespace mingyue::engines {
namespace {

constexpr std::size_t header_bytes = 5;

void put(std::string& out, std::uint32_t value, int bytes) {
  for (int i = 0; i < bytes; ++i) out += static_cast<char>(value >> (8 * i));
}

std::uint32_t get(std::string_view bytes) {
  std::uint32_t value = 0;
  for (std::size_t i = 0; i < bytes.size(); ++i)
    value |= static_cast<std::uint32_t>(static_cast<unsigned char>(bytes[i])) << (8 * i);
  return value;
}

}  // namespace

std::string encode_frame(FrameKind kind, std::string_view bytes) {
  std::string frame(1, static_cast<char>(kind));
  put(frame, static_cast<std::uint32_t>(bytes.size()), 4);
  return frame.append(bytes);
}

std::string encode_window(std::uint16_t rows, std::uint16_t columns) {
  std::string bytes;
  put(bytes, rows, 2);
  put(bytes, columns, 2);
  return encode_frame(FrameKind::window, bytes);
}

std::string encode_exit(std::int32_t code, std::int32_t signal) {
  std::string bytes;
  put(bytes, static_cast<std::uint32_t>(code), 4);
  put(bytes, static_cast<std::uint32_t>(signal), 4);
  return encode_frame(FrameKind::exit, bytes);
}

std::optional<Window> decode_window(std::string_view bytes) {
  if (bytes.size() != 4) return std::nullopt;
  return Window{static_cast<std::uint16_t>(get(bytes.substr(0, 2))), static_cast<std::uint16_t>(get(bytes.substr(2)))};
}

std::optional<TerminalExit> decode_exit(std::string_view bytes) {
  if (bytes.size() != 8) return std::nullopt;
  return TerminalExit{static_cast<std::int32_t>(get(bytes.substr(0, 4))),
                      static_cast<std::int32_t>(get(bytes.substr(4)))};
}

std::optional<Frame> FrameReader::next() {
  if (broken_ || buffer_.size() < header_bytes) return std::nullopt;
  const std::size_t size = get(std::string_view(buffer_).substr(1, 4));
  if (size > frame_bytes_max) {
    broken_ = true;
    return std::nullopt;
  }
  if (buffer_.size() < header_bytes + size) return std::nullopt;
  Frame frame{static_cast<FrameKind>(buffer_[0]), buffer_.substr(header_bytes, size)};
  buffer_.erase(0, header_bytes + size);
  return frame;
}

}  // namespace mingyue::engines
