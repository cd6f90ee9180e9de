#pragma once

#include <string>

#include "base/expected.hpp"
#include "engines/shim/files.hpp"
#include "engines/shim/frames.hpp"

namespace mingyue::engines {

/// Connects to the terminal of a running attempt; the frames that travel are those of engines/shim/frames.hpp. The path
/// of the folder may be of any length, although an address of a Unix socket may not. The descriptor blocks and is
/// close-on-exec.
[[nodiscard]] Expected<Fd, Fault> connect_terminal(const std::string& attempt_folder);

}  // namespace mingyue::engines
