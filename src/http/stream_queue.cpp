#include "http/stream_queue.hpp"

#include <utility>

namespace mingyue::http {

Sent StreamQueue::put(std::string_view bytes) {
  const std::lock_guard lock(mutex_);
  if (closed_) return Sent::Closed;
  // One piece larger than the bound still passes through an empty queue: it would never fit otherwise.
  if (!pending_.empty() && pending_.size() + bytes.size() > bytes_max_) {
    was_full_ = true;
    return Sent::Full;
  }
  pending_ += bytes;
  wake_locked();
  return Sent::Queued;
}

void StreamQueue::finish(std::string_view last_words) {
  const std::lock_guard lock(mutex_);
  if (closed_) return;
  pending_ += last_words;
  closed_ = true;
  wake_locked();
}

void StreamQueue::on_closed(std::move_only_function<void()> callback) {
  {
    const std::lock_guard lock(mutex_);
    if (!detached_) {
      on_closed_ = std::move(callback);
      return;
    }
  }
  callback();
}

void StreamQueue::on_room(std::function<void()> callback) {
  const std::lock_guard lock(mutex_);
  on_room_ = std::move(callback);
}

std::size_t StreamQueue::queued() const {
  const std::lock_guard lock(mutex_);
  return pending_.size();
}

void StreamQueue::attach(std::function<void()> wake) {
  const std::lock_guard lock(mutex_);
  wake_ = std::move(wake);
}

StreamQueue::Taken StreamQueue::take(std::string& out) {
  out.clear();
  std::function<void()> room;
  {
    const std::lock_guard lock(mutex_);
    if (pending_.empty()) {
      if (closed_) return Taken::End;
      waiting_ = true;
      return Taken::Empty;
    }
    std::swap(out, pending_);
    if (std::exchange(was_full_, false)) room = on_room_;
  }
  if (room) room();
  return Taken::Bytes;
}

void StreamQueue::detach() {
  std::move_only_function<void()> callback;
  std::function<void()> room;
  {
    const std::lock_guard lock(mutex_);
    if (detached_) return;
    closed_ = true;
    detached_ = true;
    wake_ = nullptr;
    pending_ = {};
    callback = std::exchange(on_closed_, nullptr);
    room = std::exchange(on_room_, nullptr);
  }
  if (callback) callback();
}

void StreamQueue::wake_locked() {
  if (std::exchange(waiting_, false) && wake_) wake_();
}

}  // namespace mingyue::http
