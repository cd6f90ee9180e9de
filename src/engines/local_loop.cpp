#include "engines/local_loop.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "engines/spawn.hpp"

namespace mingyue::engines {
namespace {

constexpr std::int64_t settle_soon_ms = 20;
constexpr std::int64_t settle_later_ms = 250;
constexpr std::int64_t look_every_ms = 1000;

int pidfd_of(pid_t pid) { return static_cast<int>(::syscall(SYS_pidfd_open, pid, 0)); }

std::optional<model::AttemptId> attempt_named(std::string_view name) {
  const std::size_t dot = name.find('.');
  if (dot == std::string_view::npos) return std::nullopt;
  const std::int64_t job = parse_count(name.substr(0, dot));
  const std::int64_t number = parse_count(name.substr(dot + 1));
  if (job <= 0 || number <= 0 || number > INT32_MAX) return std::nullopt;
  const model::AttemptId id{model::JobId(static_cast<std::uint64_t>(job)), static_cast<std::int32_t>(number)};
  if (model::print(id) != name) return std::nullopt;
  return id;
}

model::EndCause cause_named(const std::string& word) {
  using enum model::EndCause;
  for (const auto& [name, cause] : {std::pair{"exited", exited}, {"signalled", signalled}, {"memory", memory}, {"wall", wall},
                                    {"ended", ended}, {"launch_failed", launch_failed}})
    if (word == name) return cause;
  return lost;
}

/// How far the output and the progress of an attempt have come. Any new byte changes it.
std::uint64_t voice_of(const AttemptFolder& folder) {
  std::uint64_t digest = 0;
  const auto mix = [&digest](std::uint64_t word) { digest += (word ^ word >> 29U) * 0x9e3779b97f4a7c15ULL; };
  struct stat status {};
  if (::stat(folder.progress().c_str(), &status) == 0) mix(static_cast<std::uint64_t>(status.st_size) + 1);
  DIR* dir = ::opendir(folder.output().c_str());
  if (dir == nullptr) return digest;
  while (const dirent* entry = ::readdir(dir))
    if (entry->d_name[0] != '.' && ::fstatat(::dirfd(dir), entry->d_name, &status, 0) == 0)
      mix((static_cast<std::uint64_t>(status.st_ino) << 40U) + static_cast<std::uint64_t>(status.st_size) + 7);
  ::closedir(dir);
  return digest;
}

}  // namespace

// ---------------------------------------------------------------------------------------------------- the thread

LocalEngine::Loop::Loop(EngineOptions options, Machine machine, Fd root_lock, ports::ReportSink& sink)
    : options_(std::move(options)), machine_(std::move(machine)), root_lock_(std::move(root_lock)), sink_(sink) {}

Expected<void, Errno> LocalEngine::Loop::start() {
  poll_ = Fd(::epoll_create1(EPOLL_CLOEXEC));
  wake_ = Fd(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
  if (!poll_ || !wake_) return std::unexpected(Errno{errno});
  watches_ = Fd(::inotify_init1(IN_CLOEXEC | IN_NONBLOCK));  // without it, attempts are looked at once a second
  for (const Fd* fd : {&wake_, &watches_}) {
    if (!*fd) continue;
    epoll_event event{.events = EPOLLIN, .data = {.fd = fd->get()}};
    if (::epoll_ctl(poll_.get(), EPOLL_CTL_ADD, fd->get(), &event) != 0) return std::unexpected(Errno{errno});
  }
  // Signals are for the daemon's other threads.
  sigset_t all;
  sigset_t before;
  ::sigfillset(&all);
  ::pthread_sigmask(SIG_SETMASK, &all, &before);
  thread_ = std::thread([this] { run(); });
  ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
  return {};
}

LocalEngine::Loop::~Loop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  room_.notify_all();
  const std::uint64_t one = 1;
  (void)!::write(wake_.get(), &one, sizeof one);
  if (thread_.joinable()) thread_.join();
}

void LocalEngine::Loop::post(Request request) {
  {
    std::unique_lock lock(mutex_);
    room_.wait(lock, [this] { return requests_.size() < options_.waiting_max || stopping_; });
    if (stopping_) return;
    requests_.push_back(std::move(request));
    if (requests_.size() > 1) return;  // the thread has been woken
  }
  const std::uint64_t one = 1;
  (void)!::write(wake_.get(), &one, sizeof one);
}

void LocalEngine::Loop::run() {
  for (;;) {
    if (!take_requests()) return;
    wait();
    wake_due();
  }
}

bool LocalEngine::Loop::take_requests() {
  // At most 64 at once, so that many launches do not keep ends from being seen.
  for (int taken = 0; taken < 64; ++taken) {
    std::optional<Request> request;
    {
      const std::lock_guard lock(mutex_);
      if (requests_.empty()) return !stopping_;
      request = std::move(requests_.front());
      requests_.pop_front();
    }
    room_.notify_one();
    std::visit([this](const auto& asked) { perform(asked); }, *request);
  }
  return true;
}

void LocalEngine::Loop::wait() {
  std::int64_t timeout = -1;
  if (!due_.empty()) timeout = std::clamp<std::int64_t>(due_.begin()->first - steady_ms(), 0, 3'600'000);
  {
    const std::lock_guard lock(mutex_);
    if (!requests_.empty()) timeout = 0;
  }
  epoll_event events[64];
  const int count = ::epoll_wait(poll_.get(), events, 64, static_cast<int>(timeout));
  for (int i = 0; i < count; ++i) {
    const int fd = events[i].data.fd;
    if (fd == wake_.get()) {
      std::uint64_t ignored = 0;
      (void)!::read(fd, &ignored, sizeof ignored);
    } else if (fd == watches_.get()) {
      read_watches();
    } else if (const auto it = by_shim_.find(fd); it != by_shim_.end()) {
      shim_ended(attempts_.at(it->second));
    }
  }
}

void LocalEngine::Loop::read_watches() {
  alignas(inotify_event) char buffer[16384];
  std::set<model::AttemptId> spoke;
  for (;;) {
    const ssize_t n = ::read(watches_.get(), buffer, sizeof buffer);
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) break;
    for (const char* at = buffer; at < buffer + n;) {
      inotify_event event{};
      std::memcpy(&event, at, sizeof event);
      at += sizeof event + event.len;
      if ((event.mask & IN_Q_OVERFLOW) != 0)
        for (const auto& [watch, id] : by_watch_) spoke.insert(id);
      const auto it = by_watch_.find(event.wd);
      if (it == by_watch_.end()) continue;
      spoke.insert(it->second);
      if ((event.mask & (IN_DELETE_SELF | IN_MOVE_SELF)) != 0) attempts_.at(it->second).look_at = steady_ms();
    }
  }
  for (const model::AttemptId id : spoke) {
    Attempt& attempt = attempts_.at(id);
    look(attempt);
    enter_due(attempt);
  }
}

void LocalEngine::Loop::wake_due() {
  const std::int64_t now = steady_ms();
  while (!due_.empty() && due_.begin()->first <= now) {
    Attempt& attempt = attempts_.at(due_.begin()->second);
    due_.erase(due_.begin());
    attempt.due = 0;
    if (attempt.step && now >= attempt.step_at + options_.step_every.raw()) progressed(attempt, *std::exchange(attempt.step, {}));
    if (attempt.look_at > 0 && now >= attempt.look_at) {
      attempt.look_at = now + look_every_ms;
      look(attempt);
    }
    if (attempt.listen_at > 0 && now >= attempt.listen_at) listen(attempt);
    if (attempt.settle_at > 0 && now >= attempt.settle_at) {
      attempt.settle_at = 0;
      settle(attempt);  // which may remove it
    } else {
      enter_due(attempt);
    }
  }
}

void LocalEngine::Loop::enter_due(Attempt& attempt) {
  std::int64_t due = 0;
  const auto consider = [&due](std::int64_t at) {
    if (at > 0 && (due == 0 || at < due)) due = at;
  };
  if (!attempt.ended) {
    consider(attempt.settle_at);
    consider(attempt.look_at);
    consider(attempt.listen_at);
    if (attempt.step) consider(attempt.step_at + options_.step_every.raw());
  }
  if (due == attempt.due) return;
  if (attempt.due > 0) due_.erase({attempt.due, attempt.id});
  attempt.due = due;
  if (due > 0) due_.insert({due, attempt.id});
}

// ---------------------------------------------------------------------------------------------------- requests

void LocalEngine::Loop::perform(const model::LaunchOrder& order) {
  if (attempts_.contains(order.attempt)) return;
  const Standing standing = standing_of(folder_of(order.attempt));
  if (standing == Standing::forgotten) return;
  Attempt& attempt = add(order.attempt);
  if (standing != Standing::never_began) return settle(attempt);
  // A machine that fell may have lost the claim of an attempt that ran; what was granted before it rose again stays down.
  if (order.granted_at.raw() < boot_instant_ms())
    return give_up_on(attempt, "lost", "the machine restarted after the attempt was granted");
  begin(attempt, order);
}

void LocalEngine::Loop::perform(const Signal& request) {
  const auto it = attempts_.find(request.attempt);
  if (it != attempts_.end() && !it->second.ended)
    command(it->second, {ShimCommand::Kind::signal, request.signal});
}

void LocalEngine::Loop::perform(const End& request) {
  if (!attempts_.contains(request.attempt)) {
    const Standing standing = standing_of(folder_of(request.attempt));
    if (standing == Standing::forgotten) return;
    Attempt& attempt = add(request.attempt);
    if (standing == Standing::never_began)
      return give_up_on(attempt, "ended", "ended by the centre before it began");
    settle(attempt);
  }
  const auto it = attempts_.find(request.attempt);
  if (it != attempts_.end() && !it->second.ended)
    command(it->second, {ShimCommand::Kind::end, std::max<std::int64_t>(request.grace.raw(), 0)});
}

void LocalEngine::Loop::perform(const Forget& request) {
  if (const auto it = attempts_.find(request.attempt); it != attempts_.end()) {
    if (!it->second.ended) return;  // nobody can have its end in a log
    remove(it->second);
  } else if (standing_of(folder_of(request.attempt)) != Standing::ended) {
    return;
  }
  forget_files(folder_of(request.attempt));
}

void LocalEngine::Loop::perform(const Reconcile& request) {
  std::vector<model::AttemptId> found;
  if (DIR* dir = ::opendir(options_.root.c_str())) {
    while (const dirent* entry = ::readdir(dir))
      if (const auto id = attempt_named(entry->d_name)) found.push_back(*id);
    ::closedir(dir);
  }
  std::ranges::sort(found);
  const std::set<model::AttemptId> standing(request.standing.begin(), request.standing.end());
  for (const model::AttemptId id : found) {
    if (attempts_.contains(id)) continue;
    const bool stands = standing.contains(id);
    switch (standing_of(folder_of(id))) {
      case Standing::never_began:
        // A shim may still be on its way to an attempt that nobody wants any more: the claim stops it.
        if (!stands && exists(folder_of(id).order())) {
          const auto stopped = give_up(folder_of(id), {});
          if (stopped && *stopped) forget_files(folder_of(id));
        }
        break;
      case Standing::forgotten:
        if (stands) give_up_on(add(id), "lost", "its records are gone");
        break;
      case Standing::beginning:
      case Standing::running:
      case Standing::ended:
      case Standing::lost: {
        Attempt& attempt = add(id);
        attempt.unwanted = !stands;
        if (!stands) attempt.commands.push_back({ShimCommand::Kind::end, options_.term_grace.raw()});
        settle(attempt);
        break;
      }
    }
  }
}

// ---------------------------------------------------------------------------------------------------- attempts

AttemptFolder LocalEngine::Loop::folder_of(model::AttemptId id) const {
  return AttemptFolder(options_.root + "/" + model::print(id));
}

LocalEngine::Loop::Attempt& LocalEngine::Loop::add(model::AttemptId id) {
  return attempts_.try_emplace(id, id, folder_of(id)).first->second;
}

void LocalEngine::Loop::remove(Attempt& attempt) {
  if (attempt.due > 0) due_.erase({attempt.due, attempt.id});
  if (attempt.shim) by_shim_.erase(attempt.shim.get());
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
        attempt.settle_at = now + settle_soon_ms;
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
  if (::mkdir(folder.path().c_str(), 0700) != 0 && errno != EEXIST) return failed("folder " + folder.path(), Errno{errno});
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
    attempt.voice = voice_of(attempt.folder);
    attempt.listen_at = now + 1;
  }
  look(attempt);
  deliver(attempt);
}

void LocalEngine::Loop::shim_ended(Attempt& attempt) {
  siginfo_t info{};
  // Not our child when an earlier daemon started it; then init has taken it.
  if (::waitid(P_PIDFD, static_cast<id_t>(attempt.shim.get()), &info, WEXITED | WNOHANG) == 0) attempt.shim_status = info.si_status;
  by_shim_.erase(attempt.shim.get());
  attempt.shim.reset();
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

void LocalEngine::Loop::look(Attempt& attempt, bool at_end) {
  if (!attempt.launched && exists(attempt.folder.launched())) {
    attempt.launched = true;
    report(attempt, ports::Launched{attempt.id});
  }
  const auto take = [&](model::Progress progress) { progressed(attempt, std::move(progress)); };
  while (attempt.tail.read(take, at_end)) {
    if (at_end) continue;
    attempt.look_at = steady_ms() + 1;  // there is more; others first
    break;
  }
}

void LocalEngine::Loop::listen(Attempt& attempt) {
  const std::int64_t now = steady_ms();
  const std::uint64_t voice = voice_of(attempt.folder);
  if (voice != attempt.voice) {
    attempt.voice = voice;
    attempt.heard_at = now;
    attempt.silent = false;
  } else if (!attempt.silent && now - attempt.heard_at >= attempt.hang_after_ms) {
    attempt.silent = true;
    report(attempt, ports::Silent{attempt.id, Duration(now - attempt.heard_at)});
  }
  // Eight looks in the time: silence is noticed at most an eighth late, whatever the clocks of the disk say.
  attempt.listen_at = now + std::clamp<std::int64_t>(attempt.hang_after_ms / 8, 20, 10'000);
}

void LocalEngine::Loop::progressed(Attempt& attempt, model::Progress progress) {
  if (progress.checkpoint.empty()) {
    const std::int64_t now = steady_ms();
    if (attempt.step_at > 0 && now < attempt.step_at + options_.step_every.raw()) {
      attempt.step = std::move(progress);
      return;
    }
    attempt.step_at = now;
    attempt.step.reset();
  }
  report(attempt, ports::Progressed{attempt.id, std::move(progress)});
}

void LocalEngine::Loop::conclude(Attempt& attempt, const EndRecord& end) {
  look(attempt, true);
  if (attempt.step) report(attempt, ports::Progressed{attempt.id, *std::exchange(attempt.step, {})});
  // A shim that an earlier engine of this very process started is still ours to bury.
  const auto claim = read_claim(attempt.folder);
  if (claim && claim->pid > 0 && process_start_time(claim->pid) == claim->start_time)
    (void)::waitpid(claim->pid, nullptr, WNOHANG);

  model::AttemptEnd told{.cause = cause_named(end.cause),
                         .exit_code = end.exit_code,
                         .signal = end.signal,
                         .task = end.task,
                         .last_step = attempt.tail.last_step(),
                         .cpu_ms = end.cpu_ms,
                         .memory_peak = Bytes(end.memory_peak),
                         .message = end.message};
  if (const std::int64_t lines = attempt.tail.unreadable(); lines > 0) {
    if (!told.message.empty()) told.message += "; ";
    told.message += std::to_string(lines) + (lines == 1 ? " line" : " lines") + " of progress could not be read";
  }
  if (attempt.unwanted) {
    const AttemptFolder folder = attempt.folder;
    remove(attempt);
    return forget_files(folder);
  }
  attempt.ended = true;
  if (attempt.watch >= 0) {
    ::inotify_rm_watch(watches_.get(), attempt.watch);
    by_watch_.erase(attempt.watch);
    attempt.watch = -1;
  }
  enter_due(attempt);
  report(attempt, ports::Ended{attempt.id, std::move(told)});
}

void LocalEngine::Loop::report(const Attempt& attempt, ports::EngineReport report) {
  if (!attempt.unwanted) sink_.report(std::move(report));
}

}  // namespace mingyue::engines
