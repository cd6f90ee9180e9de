#include "engines/spawn.hpp"

#include <fcntl.h>
#include <signal.h>
#include <spawn.h>

namespace mingyue::engines {

Expected<pid_t, Errno> spawn(const std::string& program, const std::vector<std::string>& arguments) {
  posix_spawnattr_t attributes;
  posix_spawn_file_actions_t actions;
  if (const int error = ::posix_spawnattr_init(&attributes); error != 0) return std::unexpected(Errno{error});
  if (const int error = ::posix_spawn_file_actions_init(&actions); error != 0) {
    ::posix_spawnattr_destroy(&attributes);
    return std::unexpected(Errno{error});
  }
  sigset_t all;
  ::sigfillset(&all);
  ::posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSID | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
  ::posix_spawnattr_setsigmask(&attributes, &all);
  ::posix_spawnattr_setsigdefault(&attributes, &all);
  for (int fd = 0; fd < 3; ++fd)
    ::posix_spawn_file_actions_addopen(&actions, fd, "/dev/null", fd == 0 ? O_RDONLY : O_WRONLY, 0);

  std::vector<char*> list{const_cast<char*>(program.c_str())};  // NOLINT: posix_spawn's signature
  for (const std::string& argument : arguments) list.push_back(const_cast<char*>(argument.c_str()));  // NOLINT
  list.push_back(nullptr);
  char* no_environment[] = {nullptr};
  pid_t pid = 0;
  const int error = ::posix_spawn(&pid, program.c_str(), &actions, &attributes, list.data(), no_environment);
  ::posix_spawn_file_actions_destroy(&actions);
  ::posix_spawnattr_destroy(&attributes);
  if (error != 0) return std::unexpected(Errno{error});
  return pid;
}

}  // namespace mingyue::engines
