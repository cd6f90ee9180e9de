#include "drivers/driver_spawn.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <signal.h>
#include <spawn.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <string_view>

#include "drivers/driver_server.hpp"

namespace mingyue::drivers {

using engines::Errno;
using engines::Fd;

namespace {

/// Releases on every path what posix_spawn wants initialised.
struct SpawnSettings {
  SpawnSettings() {
    ::posix_spawnattr_init(&attributes);
    ::posix_spawn_file_actions_init(&actions);
  }
  ~SpawnSettings() {
    ::posix_spawn_file_actions_destroy(&actions);
    ::posix_spawnattr_destroy(&attributes);
  }
  SpawnSettings(const SpawnSettings&) = delete;
  SpawnSettings& operator=(const SpawnSettings&) = delete;

  posix_spawnattr_t attributes{};
  posix_spawn_file_actions_t actions{};
};

std::vector<char*> environment_without_ours() {
  std::vector<char*> kept;
  for (char** each = ::environ; each != nullptr && *each != nullptr; ++each)
    if (!std::string_view(*each).starts_with("MINGYUE_")) kept.push_back(*each);
  kept.push_back(nullptr);
  return kept;
}

}  // namespace

Expected<DriverChild, Errno> spawn_driver(const std::string& program, const std::vector<std::string>& arguments) {
  int ends[2];
  if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0) return std::unexpected(Errno{errno});
  DriverChild child;
  child.socket = Fd(ends[0]);
  const Fd their_socket(ends[1]);
  if (::pipe2(ends, O_CLOEXEC) != 0) return std::unexpected(Errno{errno});
  child.errors = Fd(ends[0]);
  const Fd their_errors(ends[1]);
  for (const Fd* own : {&child.socket, &child.errors}) ::fcntl(own->get(), F_SETFL, O_NONBLOCK);

  SpawnSettings settings;
  sigset_t none;
  sigset_t all;
  ::sigemptyset(&none);
  ::sigfillset(&all);
  ::posix_spawnattr_setflags(&settings.attributes, POSIX_SPAWN_SETSID | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
  ::posix_spawnattr_setsigmask(&settings.attributes, &none);
  ::posix_spawnattr_setsigdefault(&settings.attributes, &all);
  // Errors first: their descriptor may be the number at which the socket goes.
  ::posix_spawn_file_actions_addopen(&settings.actions, 0, "/dev/null", O_RDONLY, 0);
  ::posix_spawn_file_actions_adddup2(&settings.actions, their_errors.get(), 1);
  ::posix_spawn_file_actions_adddup2(&settings.actions, their_errors.get(), 2);
  ::posix_spawn_file_actions_adddup2(&settings.actions, their_socket.get(), driver_socket);

  std::vector<char*> list{const_cast<char*>(program.c_str())};  // NOLINT: posix_spawn's signature
  for (const std::string& argument : arguments) list.push_back(const_cast<char*>(argument.c_str()));  // NOLINT
  list.push_back(nullptr);
  std::vector<char*> environment = environment_without_ours();
  const int error = ::posix_spawn(&child.pid, program.c_str(), &settings.actions, &settings.attributes, list.data(),
                                  environment.data());
  if (error != 0) return std::unexpected(Errno{error});

  child.ended = Fd(static_cast<int>(::syscall(SYS_pidfd_open, child.pid, 0)));
  if (!child.ended) {
    const Errno why{errno};
    ::kill(-child.pid, SIGKILL);
    ::waitpid(child.pid, nullptr, 0);
    return std::unexpected(why);
  }
  return child;
}

std::string end_words(int wait_status) {
  if (WIFEXITED(wait_status)) return fmt::format("exited with code {}", WEXITSTATUS(wait_status));
  if (!WIFSIGNALED(wait_status)) return "ended";
  const char* name = ::sigabbrev_np(WTERMSIG(wait_status));
  return fmt::format("was ended by signal {} ({})", WTERMSIG(wait_status), name == nullptr ? "?" : name);
}

}  // namespace mingyue::drivers
