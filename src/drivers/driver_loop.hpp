#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <thread>
#include <vector>

#include "base/expected.hpp"
#include "engines/shim/files.hpp"

namespace mingyue::drivers {

/// One thread that waits for everything that all drivers do: sockets, ends of processes, instants. What it calls must
/// not wait for anything.
class DriverLoop {
 public:
  using Work = std::move_only_function<void()>;
  using Watcher = std::function<void()>;
  using WatchId = std::uint64_t;
  using TimerId = std::uint64_t;

  /// Fault: `driver-ended`, where this machine has no descriptors left.
  [[nodiscard]] static Expected<std::unique_ptr<DriverLoop>, Fault> open();
  /// All that is watched must have been let go.
  ~DriverLoop();
  DriverLoop(const DriverLoop&) = delete;
  DriverLoop& operator=(const DriverLoop&) = delete;

  /// From any thread: does it on the loop's own, in the order of asking.
  void post(Work work);
  [[nodiscard]] bool is_own_thread() const { return std::this_thread::get_id() == thread_.get_id(); }

  // On the loop's own thread only.

  enum class Until { readable, readable_or_writable };
  /// Calls as long as the descriptor is as asked, or closed by the peer. 0 where it cannot be watched.
  [[nodiscard]] WatchId watch(int fd, Watcher watcher);
  void change(WatchId id, Until until);
  /// Nothing is called any more. Before the descriptor is closed.
  void unwatch(WatchId id);
  [[nodiscard]] TimerId after(std::int64_t ms, Work work);
  /// Nothing happens when it has been called, or is 0.
  void cancel(TimerId id);

 private:
  struct Watch {
    int fd = -1;
    Watcher watcher;
  };
  DriverLoop() = default;
  void run();
  void wait();

  engines::Fd poll_;
  engines::Fd wake_;
  std::mutex mutex_;
  std::vector<Work> posted_;  ///< guarded by mutex_, like stopping_
  bool stopping_ = false;

  std::uint64_t last_id_ = 0;
  std::map<WatchId, std::shared_ptr<Watch>> watches_;  ///< shared: a watcher may let go of itself while it runs
  std::map<TimerId, std::pair<std::int64_t, Work>> timers_;
  std::set<std::pair<std::int64_t, TimerId>> due_;
  std::thread thread_;
};

}  // namespace mingyue::drivers
