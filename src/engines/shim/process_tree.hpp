#pragma once

#include <sys/types.h>

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

/// Looking at and ending the processes below one, by /proc. A supervisor that is a subreaper (PR_SET_CHILD_SUBREAPER)
/// has every process of its attempt below it, whatever they fork, setsid or daemonize: an orphan becomes its child.
namespace mingyue::engines {

struct ProcessFact {
  pid_t parent = 0;
  pid_t session = 0;
  char state = '?';              ///< R, S, D, T, Z ...
  std::uint64_t start_time = 0;  ///< with the number it names the process for ever
  std::int64_t resident = 0;     ///< bytes, shared pages counted in full
};

/// All processes of the machine that can be seen.
[[nodiscard]] std::map<pid_t, ProcessFact> all_processes();

/// Those below `root`, without itself; parents before their children.
[[nodiscard]] std::vector<pid_t> descendants(const std::map<pid_t, ProcessFact>& all, pid_t root);

/// SIGKILL to everything below `root`: first stops what it finds until a look finds nothing new, so that nothing can
/// fork away from the axe. Returns how many there were, zombies left out. Call until it returns 0 (and reap).
int kill_descendants(pid_t root);

/// SIGKILL to every process that carries all of these `NAME=value` in the environment it was started with, and to all
/// below them. Returns how many there were.
int kill_marked(const std::vector<std::string>& marks);

/// Bytes that a process has for itself: shared pages count in proportion. Dearer to read than the resident size.
[[nodiscard]] std::int64_t proportional_size(pid_t pid);

}  // namespace mingyue::engines
