#pragma once

#include <memory>
#include <utility>

#include "http/stream_queue.hpp"

namespace mingyue::http {

/// What all handles of one stream share: when the last of them goes, the stream is finished.
class SinkHold {
 public:
  explicit SinkHold(std::shared_ptr<StreamQueue> queue) : queue_(std::move(queue)) {}
  SinkHold(const SinkHold&) = delete;
  SinkHold& operator=(const SinkHold&) = delete;
  ~SinkHold() { queue_->finish(); }
  [[nodiscard]] StreamQueue& queue() { return *queue_; }

 private:
  std::shared_ptr<StreamQueue> queue_;
};

}  // namespace mingyue::http
