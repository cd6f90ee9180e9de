#pragma once

#include <sys/types.h>

#include <string>
#include <vector>

#include "base/expected.hpp"
#include "engines/shim/files.hpp"

namespace mingyue::engines {

/// Starts a program in a session of its own, detached from our terminal, with nothing to read, all signals blocked (the
/// shim asks for them when it listens) and none ignored. Safe in a process with many threads: between fork and exec
/// only the C library runs (posix_spawn). The caller waits for the child, or leaves it to init by ending first.
[[nodiscard]] Expected<pid_t, Errno> spawn(const std::string& program, const std::vector<std::string>& arguments);

}  // namespace mingyue::engines
