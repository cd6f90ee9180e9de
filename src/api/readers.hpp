#pragma once

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

namespace mingyue::api {

/// A few threads for work that may wait for a disk, or takes longer than a server's thread should: questions to the
/// read tables, large documents, long answers. The queue is bounded. To stop drops what has not begun.
class Readers {
 public:
  Readers(std::size_t threads, std::size_t queue_max);
  ~Readers();
  Readers(const Readers&) = delete;
  Readers& operator=(const Readers&) = delete;

  /// False when the queue is full or the readers have stopped: then the work was not taken, and is left as it was.
  [[nodiscard]] bool post(std::move_only_function<void()>&& work);
  void stop();

 private:
  void run();

  const std::size_t queue_max_;
  std::mutex mutex_;
  std::condition_variable wake_;
  std::deque<std::move_only_function<void()>> queue_;
  bool stopping_ = false;
  std::vector<std::thread> threads_;
};

}  // namespace mingyue::api
