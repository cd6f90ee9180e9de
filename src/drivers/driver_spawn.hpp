#pragma once

#include <sys/types.h>

#include <string>
#include <vector>

#include "base/expected.hpp"
#include "engines/shim/files.hpp"

namespace mingyue::drivers {

struct DriverChild {
  pid_t pid = 0;
  engines::Fd ended;   ///< pidfd: readable once the process is no more
  engines::Fd socket;  ///< our end; does not block
  engines::Fd errors;  ///< what it writes to standard output and standard error; does not block
};

/// Starts a driver program: leader of a session and process group of its own, with nothing to read, no signal blocked
/// or ignored, its end of the socket at `driver_socket`, and our environment but for what begins with `MINGYUE_`, which
/// is the centre's own. Safe in a process with many threads (posix_spawn).
[[nodiscard]] Expected<DriverChild, engines::Errno> spawn_driver(const std::string& program,
                                                                 const std::vector<std::string>& arguments);

/// How a process ended, as a part of a sentence: `exited with code 3`, `was ended by signal 11 (SEGV)`.
[[nodiscard]] std::string end_words(int wait_status);

}  // namespace mingyue::drivers
