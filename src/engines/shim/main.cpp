// mingyue-shim FOLDER: supervises the attempt of that folder (docs/engines/local.md).
// mingyue-shim --probe-memory PROCS BYTES, --probe-processes PROCS: tries whether a control group's limit holds.

#include <fcntl.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <string>
#include <string_view>

#include "engines/shim/attempt_folder.hpp"
#include "engines/shim/command.hpp"
#include "engines/shim/supervisor.hpp"

namespace mingyue::engines {
namespace {

int leave(ShimExit status) { return static_cast<int>(status); }

/// All signals arrive through a descriptor, so nothing interrupts us and none is lost. The engine starts us with them
/// blocked, and with none ignored (an ignored SIGCHLD, which a daemon may have, would hide our children's ends).
Fd listen_for_signals() {
  sigset_t all;
  ::sigfillset(&all);
  for (const int fatal : {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT, SIGSYS}) ::sigdelset(&all, fatal);
  ::sigprocmask(SIG_SETMASK, &all, nullptr);
  ::signal(SIGPIPE, SIG_IGN);
  return Fd(::signalfd(-1, &all, SFD_CLOEXEC | SFD_NONBLOCK));
}

/// A gang's pipes need many descriptors; the tasks get back what we were given.
rlimit raise_open_files() {
  rlimit given{};
  ::getrlimit(RLIMIT_NOFILE, &given);
  rlimit raised = given;
  raised.rlim_cur = raised.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &raised);
  return given;
}

int supervise(const std::string& path) {
  ::syscall(SYS_close_range, 3U, ~0U, 0U);  // whatever the daemon's libraries forgot to mark
  Fd signals = listen_for_signals();
  const rlimit open_files = raise_open_files();
  ::prctl(PR_SET_CHILD_SUBREAPER, 1);
  ::prctl(PR_SET_NAME, "mingyue-shim");
  if (::chdir(path.c_str()) != 0) return leave(ShimExit::no_folder);

  // First the lock, then the claim: an attempt that is claimed and not locked has lost its supervisor.
  const AttemptFolder folder(path);
  const auto lock = take_lock(folder);
  if (!lock) return leave(ShimExit::no_lock);
  if (!*lock) return leave(ShimExit::not_mine);
  const auto claimed = claim(folder, claim_of_this_process());
  if (!claimed) return leave(ShimExit::no_claim);
  if (!*claimed) return leave(ShimExit::not_mine);
  reserve_end(folder);

  const auto bytes = read_file(folder.order());
  auto order = bytes ? decode_order(*bytes) : std::nullopt;
  if (!order || order->tasks.empty() || !signals) {
    EndRecord end;
    end.cause = "launch_failed";
    end.message = !bytes ? "the order cannot be read: " + bytes.error().text() : "the order is damaged";
    return leave(write_end(folder, end) ? ShimExit::done : ShimExit::no_end);
  }
  Supervisor supervisor(folder, std::move(*order), std::move(signals), open_files);
  return leave(supervisor.run() ? ShimExit::done : ShimExit::no_end);
}

/// Touches so much memory inside the group. Whoever waits for us sees whether we were killed.
int probe_memory(const char* procs, std::size_t bytes) {
  if (!write_control(procs, "0")) return leave(ShimExit::no_folder);
  void* memory = ::mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED) return 0;
  for (std::size_t at = 0; at < bytes; at += 4096) static_cast<volatile char*>(memory)[at] = 1;
  return 0;
}

/// 1 when the group, which allows one process, refuses a second; 0 when it does not.
int probe_processes(const char* procs) {
  if (!write_control(procs, "0")) return leave(ShimExit::no_folder);
  const pid_t child = ::fork();
  if (child == 0) ::_exit(0);
  if (child < 0) return 1;
  ::waitpid(child, nullptr, 0);
  return 0;
}

}  // namespace
}  // namespace mingyue::engines

int main(int count, char** arguments) {
  using namespace mingyue::engines;
  const std::string_view verb = count > 1 ? arguments[1] : "";
  if (verb == "--probe-memory" && count == 4)
    return probe_memory(arguments[2], std::strtoul(arguments[3], nullptr, 10));
  if (verb == "--probe-processes" && count == 3) return probe_processes(arguments[2]);
  if (count == 2 && verb.starts_with('/')) return supervise(std::string(verb));
  (void)!::write(2, "usage: mingyue-shim /ABSOLUTE/ATTEMPT/FOLDER\n", 45);
  return leave(ShimExit::usage);
}
