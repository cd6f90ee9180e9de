// From what an attempt's folder says to what must be done about it.

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>

#include "engines/local_loop.hpp"
#include "engines/spawn.hpp"

namespace mingyue::engines {
namespace {

constexpr std::int64_t settle_soon_ms = 20;
constexpr std::int64_t settle_later_ms = 250;

int pidfd_of(pid_t pid) { return static_cast<int>(::syscall(SYS_pidfd_open, pid, 0)); }

}  // namespace

AttemptFolder LocalEngine::Loop::folder_of(model::AttemptId id) const {
  return AttemptFolder(options_.root + "/" + model::print(id));
}

LocalEngine::Loop::Attempt& LocalEngine::Loop::add(model::AttemptId id) {
  return attempts_.try_emplace(id, id, folder_of(id)).first->second;
}

void LocalEngine::Loop::remove(Attempt& attempt) {
  if (attempt.due > 0) due_.erase({attempt.due, attempt.id});
  unfollow(attempt);
  if (attempt.watch >= 0) {
    ::inotify_rm_watch(watches_.get(), attempt.watch);
    by_watch_.erase(attempt.watch);
  }
  attempts_.erase(attempt.id);
}

void LocalEngine::Loop::settle(Attempt& attempt) {
  const std::int64_t now = steady_ms();
  switch (standing_of(attempt.folder)) {
    case Standing::never_began:
      if (attempt.shim) break;  // it has only just been started
      return give_up_on(attempt, "launch_failed",
                        "its supervisor ended before it began (status " + std::to_string(attempt.shim_status) + ")");
    case Standing::beginning:
      attempt.settle_at = now + settle_soon_ms;
      break;
    case Standing::running:
      follow(attempt);
      break;
    case Standing::ended:
      if (attempt.shim) break;  // about to leave; then it is our turn
      if (const auto end = read_end(attempt.folder)) return conclude(attempt, *end);
      break;
    case Standing::lost:
      // Ended means that nothing is left, so what the shim left behind goes first, however many looks it takes.
      if (!clear_leftovers(attempt.folder)) {
        attempt.settle_at = now + (++attempt.clearings < 100 ? settle_soon_ms : look_every_ms);
        break;
      }
      if (write_end(attempt.folder, {.message = "its supervisor was killed, or the machine restarted"})) {
        (void)open_file(attempt.folder.output() + "/complete", O_WRONLY | O_CREAT);
        return settle(attempt);
      }
      attempt.settle_at = now + look_every_ms;  // the disk is full
      break;
    case Standing::forgotten:
      return remove(attempt);
  }
  enter_due(attempt);
}

void LocalEngine::Loop::begin(Attempt& attempt, const model::LaunchOrder& order) {
  const auto failed = [&](const std::string& what, const Errno& why) {
    give_up_on(attempt, "launch_failed", what + ": " + why.text());
  };
  const AttemptFolder& folder = attempt.folder;
  if (::mkdir(folder.path().c_str(), 0700) != 0 && errno != EEXIST)
    return failed("folder " + folder.path(), Errno{errno});
  const auto progress = open_file(folder.progress(), O_WRONLY | O_CREAT);
  if (!progress) return failed("file " + folder.progress(), progress.error());
  const ShimOrder shim = shim_order(order, options_, machine_);
  if (const auto written = write_file_atomically(folder.order(), encode(shim)); !written)
    return failed("file " + folder.order(), written.error());

  attempt.hang_after_ms = shim.hang_after_ms;
  const auto pid = spawn(options_.shim, {folder.path()});
  if (!pid) return failed("no process for the supervisor " + options_.shim, pid.error());
  attempt.pid = *pid;
  attempt.spawned = true;
  follow(attempt);
  enter_due(attempt);
}

void LocalEngine::Loop::follow(Attempt& attempt) {
  const std::int64_t now = steady_ms();
  if (!attempt.shim) {
    const auto claim = attempt.spawned ? std::nullopt : read_claim(attempt.folder);
    if (claim) attempt.pid = claim->pid;
    Fd shim(attempt.pid > 0 ? pidfd_of(attempt.pid) : -1);
    // Between the claim and now the number may have gone to somebody else.
    if (shim && claim && process_start_time(claim->pid) != claim->start_time) shim.reset();
    epoll_event event{.events = EPOLLIN, .data = {.fd = shim.get()}};
    if (shim && ::epoll_ctl(poll_.get(), EPOLL_CTL_ADD, shim.get(), &event) == 0) {
      by_shim_.emplace(shim.get(), attempt.id);
      attempt.shim = std::move(shim);
    } else {
      attempt.settle_at = now + settle_later_ms;  // out of descriptors, or already gone
    }
  }
  if (attempt.watch < 0 && watches_) {
    attempt.watch = ::inotify_add_watch(watches_.get(), attempt.folder.progress().c_str(),
                                        IN_MODIFY | IN_ATTRIB | IN_DELETE_SELF | IN_MOVE_SELF);
    if (attempt.watch >= 0) by_watch_.emplace(attempt.watch, attempt.id);
  }
  if (attempt.watch < 0 && attempt.look_at == 0) attempt.look_at = now + look_every_ms;
  if (!attempt.spawned && attempt.hang_after_ms == 0) {
    const auto bytes = read_file(attempt.folder.order());
    const auto order = bytes ? decode_order(*bytes) : std::nullopt;
    if (order) attempt.hang_after_ms = order->hang_after_ms;
  }
  if (attempt.hang_after_ms > 0 && attempt.listen_at == 0) {
    attempt.heard_at = now;
    attempt.listen_at = now + 1;  // the first look hears everything as new
  }
  look(attempt);
  deliver(attempt);
}

void LocalEngine::Loop::unfollow(Attempt& attempt) {
  if (!attempt.shim) return;
  // To close it is not enough: a child that is about to run its program may share the open file for another moment, and
  // while it does, epoll goes on telling of it, under a number that may be another shim's by then.
  ::epoll_ctl(poll_.get(), EPOLL_CTL_DEL, attempt.shim.get(), nullptr);
  by_shim_.erase(attempt.shim.get());
  attempt.shim.reset();
}

void LocalEngine::Loop::shim_ended(Attempt& attempt) {
  pollfd shim{attempt.shim.get(), POLLIN, 0};
  if (::poll(&shim, 1, 0) != 1) return;  // an event of an earlier descriptor with this number
  siginfo_t info{};
  // Not our child when an earlier daemon started it; then init has taken it.
  if (::waitid(P_PIDFD, static_cast<id_t>(attempt.shim.get()), &info, WEXITED | WNOHANG) == 0)
    attempt.shim_status = info.si_status;
  unfollow(attempt);
  attempt.spawned = false;  // from here on the folder says whose it is
  settle(attempt);
}

void LocalEngine::Loop::command(Attempt& attempt, ShimCommand command) {
  attempt.commands.push_back(command);
  deliver(attempt);
  enter_due(attempt);
}

void LocalEngine::Loop::deliver(Attempt& attempt) {
  while (attempt.shim && !attempt.commands.empty()) {
    siginfo_t info{};
    info.si_signo = command_signal;
    info.si_code = SI_QUEUE;
    info.si_pid = ::getpid();
    info.si_uid = ::getuid();
    info.si_value.sival_ptr = reinterpret_cast<void*>(encode_command(attempt.commands.front()));  // NOLINT: 64 bits
    if (::syscall(SYS_pidfd_send_signal, attempt.shim.get(), command_signal, &info, 0) != 0 && errno == EAGAIN) {
      attempt.settle_at = steady_ms() + settle_soon_ms;  // too many signals wait for this user; try again
      return;
    }
    attempt.commands.erase(attempt.commands.begin());
  }
}

void LocalEngine::Loop::give_up_on(Attempt& attempt, const std::string& cause, const std::string& message) {
  const EndRecord end{.cause = cause, .message = message};
  const auto ours = give_up(attempt.folder, end);
  // Someone else's shim was faster: then it runs. An error (a full disk) is no reason to leave the centre waiting; but
  // then a shim may still come.
  if (ours && !*ours && !exists(attempt.folder.order())) return conclude(attempt, end);
  if (ours && !*ours) {
    attempt.settle_at = steady_ms() + settle_soon_ms;
    return enter_due(attempt);
  }
  conclude(attempt, end);
}

}  // namespace mingyue::engines
