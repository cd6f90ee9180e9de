#include "drivers/driver_loop.hpp"

#include <fmt/format.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

namespace mingyue::drivers {

using engines::Errno;
using engines::Fd;
using engines::steady_ms;

namespace {
constexpr std::uint64_t wake_id = 0;
}

Expected<std::unique_ptr<DriverLoop>, Fault> DriverLoop::open() {
  std::unique_ptr<DriverLoop> loop(new DriverLoop);
  loop->poll_ = Fd(::epoll_create1(EPOLL_CLOEXEC));
  loop->wake_ = Fd(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
  epoll_event event{.events = EPOLLIN, .data = {.u64 = wake_id}};
  if (!loop->poll_ || !loop->wake_ || ::epoll_ctl(loop->poll_.get(), EPOLL_CTL_ADD, loop->wake_.get(), &event) != 0)
    return fault("driver-ended", fmt::format("no driver can be watched: {}", Errno{errno}.text()));
  // Signals are for the daemon's other threads.
  sigset_t all;
  sigset_t before;
  ::sigfillset(&all);
  ::pthread_sigmask(SIG_SETMASK, &all, &before);
  loop->thread_ = std::thread([own = loop.get()] { own->run(); });
  ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
  return loop;
}

DriverLoop::~DriverLoop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  const std::uint64_t one = 1;
  if (wake_) (void)!::write(wake_.get(), &one, sizeof one);
  if (thread_.joinable()) thread_.join();
}

void DriverLoop::post(Work work) {
  {
    const std::lock_guard lock(mutex_);
    posted_.push_back(std::move(work));
    if (posted_.size() > 1) return;  // the thread has been woken
  }
  const std::uint64_t one = 1;
  (void)!::write(wake_.get(), &one, sizeof one);
}

void DriverLoop::run() {
  for (;;) {
    std::vector<Work> posted;
    {
      const std::lock_guard lock(mutex_);
      posted.swap(posted_);
      if (posted.empty() && stopping_) return;
    }
    for (Work& work : posted) work();
    const std::int64_t now = steady_ms();
    while (!due_.empty() && due_.begin()->first <= now) {
      const TimerId id = due_.begin()->second;
      due_.erase(due_.begin());
      Work work = std::move(timers_.at(id).second);
      timers_.erase(id);
      work();
    }
    wait();
  }
}

void DriverLoop::wait() {
  std::int64_t timeout = -1;
  if (!due_.empty()) timeout = std::clamp<std::int64_t>(due_.begin()->first - steady_ms(), 0, 3'600'000);
  {
    const std::lock_guard lock(mutex_);
    if (!posted_.empty() || stopping_) timeout = 0;
  }
  epoll_event events[64];
  const int count = ::epoll_wait(poll_.get(), events, 64, static_cast<int>(timeout));
  for (int i = 0; i < count; ++i) {
    if (events[i].data.u64 == wake_id) {
      std::uint64_t ignored = 0;
      (void)!::read(wake_.get(), &ignored, sizeof ignored);
    } else if (const auto it = watches_.find(events[i].data.u64); it != watches_.end()) {
      const std::shared_ptr<Watch> kept = it->second;
      kept->watcher();
    }
  }
}

DriverLoop::WatchId DriverLoop::watch(int fd, Watcher watcher) {
  const WatchId id = ++last_id_;
  epoll_event event{.events = EPOLLIN, .data = {.u64 = id}};
  if (::epoll_ctl(poll_.get(), EPOLL_CTL_ADD, fd, &event) != 0) return 0;
  watches_.emplace(id, std::make_shared<Watch>(fd, std::move(watcher)));
  return id;
}

void DriverLoop::change(WatchId id, Until until) {
  const auto it = watches_.find(id);
  if (it == watches_.end()) return;
  epoll_event event{.events = EPOLLIN, .data = {.u64 = id}};
  if (until == Until::readable_or_writable) event.events |= EPOLLOUT;
  ::epoll_ctl(poll_.get(), EPOLL_CTL_MOD, it->second->fd, &event);
}

void DriverLoop::unwatch(WatchId id) {
  const auto it = watches_.find(id);
  if (it == watches_.end()) return;
  ::epoll_ctl(poll_.get(), EPOLL_CTL_DEL, it->second->fd, nullptr);
  watches_.erase(it);
}

DriverLoop::TimerId DriverLoop::after(std::int64_t ms, Work work) {
  const TimerId id = ++last_id_;
  const std::int64_t at = steady_ms() + std::max<std::int64_t>(ms, 0);
  timers_.emplace(id, std::pair(at, std::move(work)));
  due_.insert({at, id});
  return id;
}

void DriverLoop::cancel(TimerId id) {
  const auto it = timers_.find(id);
  if (it == timers_.end()) return;
  due_.erase({it->second.first, id});
  timers_.erase(it);
}

}  // namespace mingyue::drivers
