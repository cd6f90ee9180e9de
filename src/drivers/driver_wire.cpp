#include "drivers/driver_wire.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace mingyue::drivers {
namespace {

void put(std::string& out, std::uint64_t value, int bytes) {
  for (int i = 0; i < bytes; ++i) out += static_cast<char>(value >> (8 * i));
}

std::uint64_t get(std::string_view bytes) {
  std::uint64_t value = 0;
  for (std::size_t i = 0; i < bytes.size(); ++i)
    value |= static_cast<std::uint64_t>(static_cast<unsigned char>(bytes[i])) << (8 * i);
  return value;
}

}  // namespace

std::string encode_frame(const Frame& frame) {
  std::string bytes;
  bytes.reserve(frame_head_bytes + frame.body.size());
  put(bytes, frame.body.size(), 4);
  put(bytes, static_cast<std::uint64_t>(frame.kind), 1);
  put(bytes, static_cast<std::uint64_t>(frame.verb), 1);
  put(bytes, frame.number, 8);
  return bytes.append(frame.body);
}

std::size_t result_bytes_max(const Batch& batch) {
  constexpr std::size_t number = 10;  // the most that the codec writes for one
  std::size_t bytes = std::size_t{64} << 10;
  for (const BatchCircuit& circuit : batch.circuits) {
    // Layout and measured name at most every qubit of a large device.
    bytes += std::size_t{64} << 10;
    const auto bits = static_cast<std::size_t>(std::max(circuit.bits, 0));
    auto outcomes = static_cast<std::size_t>(
        std::clamp<std::int64_t>(batch.shots, 0, static_cast<std::int64_t>(frame_body_bytes_max)));
    if (bits < 40) outcomes = std::min(outcomes, std::size_t{1} << bits);
    const std::size_t counts = circuit.sums.empty() ? outcomes * (bits + 2 * number) : 0;
    bytes += circuit.runs() * (counts + circuit.sums.size() * 3 * number + 4 * number);
    if (bytes > frame_body_bytes_max) return frame_body_bytes_max;
  }
  return bytes;
}

std::optional<Frame> FrameReader::next() {
  if (!trouble_.empty() || left_over() < frame_head_bytes) return std::nullopt;
  const std::string_view head = std::string_view(buffer_).substr(at_, frame_head_bytes);
  const std::size_t size = get(head.substr(0, 4));
  const std::uint64_t kind = get(head.substr(4, 1));
  const std::uint64_t verb = get(head.substr(5, 1));
  if (size > body_bytes_max_) {
    trouble_ = fmt::format("a frame of {} bytes, where at most {} are possible", size, body_bytes_max_);
  } else if (kind < static_cast<std::uint64_t>(FrameKind::request) ||
             kind > static_cast<std::uint64_t>(FrameKind::fault)) {
    trouble_ = fmt::format("a frame of the unknown kind {}", kind);
  } else if (verb < static_cast<std::uint64_t>(Verb::open) || verb > static_cast<std::uint64_t>(Verb::stop)) {
    trouble_ = fmt::format("a frame of the unknown verb {}", verb);
  }
  if (!trouble_.empty() || left_over() < frame_head_bytes + size) return std::nullopt;

  Frame frame{static_cast<FrameKind>(kind), static_cast<Verb>(verb), get(head.substr(6, 8)),
              buffer_.substr(at_ + frame_head_bytes, size)};
  at_ += frame_head_bytes + size;
  if (at_ == buffer_.size() || at_ > buffer_.size() / 2) {
    buffer_.erase(0, at_);
    at_ = 0;
  }
  return frame;
}

}  // namespace mingyue::drivers
