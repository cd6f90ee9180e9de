#include "engines/local_loop.hpp"

#include <signal.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/inotify.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

namespace mingyue::engines {

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
    // A sink that asks from inside a report is on our own thread, and must not wait for itself.
    const bool may_wait = std::this_thread::get_id() != thread_.get_id();
    room_.wait(lock, [&] { return !may_wait || requests_.size() < options_.waiting_max || stopping_; });
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
    if (now >= attempt.step_at + options_.step_every.raw()) tell_held_back(attempt);
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
    if (attempt.step || attempt.checkpoint) consider(attempt.step_at + options_.step_every.raw());
  }
  if (due == attempt.due) return;
  if (attempt.due > 0) due_.erase({attempt.due, attempt.id});
  attempt.due = due;
  if (due > 0) due_.insert({due, attempt.id});
}

}  // namespace mingyue::engines
