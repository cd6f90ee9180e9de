#pragma once

#include <cstdint>
#include <optional>

/// How the engine speaks to a shim: a queued real-time signal that carries 64 bits. It needs no open descriptor, so it
/// works as well for a shim that an earlier daemon started, and the kernel keeps what comes before the shim listens.
namespace mingyue::engines {

inline constexpr int command_signal = 40;

struct ShimCommand {
  enum class Kind : std::uint8_t { signal = 1, end = 2 };
  Kind kind = Kind::signal;
  std::int64_t value = 0;  ///< the signal's number; or the grace in milliseconds
};

[[nodiscard]] constexpr std::uint64_t encode_command(ShimCommand command) {
  return static_cast<std::uint64_t>(command.kind) << 56U |
         (static_cast<std::uint64_t>(command.value) & 0xffffffffffffffU);
}

[[nodiscard]] constexpr std::optional<ShimCommand> decode_command(std::uint64_t word) {
  const std::uint64_t kind = word >> 56U;
  if (kind != 1 && kind != 2) return std::nullopt;
  return ShimCommand{static_cast<ShimCommand::Kind>(kind), static_cast<std::int64_t>(word & 0xffffffffffffffU)};
}

/// How a shim leaves that never began its attempt. All else is in the attempt's folder.
enum class ShimExit : int { done = 0, usage = 2, not_mine = 3, no_folder = 4, no_lock = 5, no_claim = 6, no_end = 7 };

}  // namespace mingyue::engines
