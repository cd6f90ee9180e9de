#pragma once

#include <string>

#include "engines/shim/attempt_folder.hpp"

/// What the engine does with an attempt's folder, beside reading what the shim writes.
namespace mingyue::engines {

enum class Standing : std::uint8_t {
  never_began,  ///< no shim has claimed it; perhaps there is not even a folder
  beginning,    ///< a shim lives, and has not claimed yet
  running,      ///< a shim lives
  ended,        ///< the end is written
  lost,         ///< claimed, no end, no shim
  forgotten,    ///< only its output is left
};

/// Reads the state in the one order that is right beside a shim that moves on: claimed? alive? ended?
[[nodiscard]] Standing standing_of(const AttemptFolder& folder);

/// Claims an attempt that no shim has claimed, so that none ever will, and writes its end. False when a shim was
/// faster.
[[nodiscard]] Expected<bool, Errno> give_up(const AttemptFolder& folder, const EndRecord& end);

/// One pass over what a dead shim left behind: processes and control groups. True when nothing is left.
[[nodiscard]] bool clear_leftovers(const AttemptFolder& folder);

/// Removes the control files; output, work folder and claim stay. Harmless to repeat.
void forget_files(const AttemptFolder& folder);

/// When this machine started, in milliseconds since 1970.
[[nodiscard]] std::int64_t boot_instant_ms();

}  // namespace mingyue::engines
