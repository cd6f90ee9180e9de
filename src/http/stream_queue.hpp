#pragma once

#include <atomic>
#include <cstddef>
#include <functional>
#include <mutex>
#include <string>
#include <string_view>

#include "http/sent.hpp"

namespace mingyue::http {

/// What stands between a producer on any thread and one connection: bytes that wait to be written, at most a bound.
///
///   1. the producer calls put(); full means nothing was taken;
///   2. the connection calls take() until it says Empty; the next put() or finish() then wakes it, once;
///   3. finish() by the producer, or detach() by the connection, ends it; on_closed runs exactly once, at detach().
///
/// Callbacks run on the connection's thread, without a lock held.
class StreamQueue {
 public:
  enum class Taken { Bytes, Empty, End };

  explicit StreamQueue(std::size_t bytes_max) : bytes_max_(bytes_max) {}

  // The producer's side.
  Sent put(std::string_view bytes);
  /// No more will come; `last_words` follow what is queued, whatever the bound.
  void finish(std::string_view last_words = {});
  void on_closed(std::move_only_function<void()> callback);
  void on_room(std::function<void()> callback);
  [[nodiscard]] bool closed() const { return closed_.load(std::memory_order_relaxed); }
  [[nodiscard]] std::size_t queued() const;

  // The connection's side.
  void attach(std::function<void()> wake);
  Taken take(std::string& out);
  void detach();

 private:
  void wake_locked();

  const std::size_t bytes_max_;
  mutable std::mutex mutex_;
  std::string pending_;
  std::function<void()> wake_;
  std::function<void()> on_room_;
  std::move_only_function<void()> on_closed_;
  std::atomic<bool> closed_ = false;  ///< no more is taken in
  bool detached_ = false;             ///< nobody will write it any more
  bool waiting_ = false;              ///< the connection wants to be woken
  bool was_full_ = false;
};

}  // namespace mingyue::http
