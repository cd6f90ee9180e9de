#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <variant>

#include "base/time.hpp"
#include "http/message.hpp"
#include "http/stream_queue.hpp"
#include "http/unique_fd.hpp"

namespace mingyue::http {

/// A stream has been opened: its head, and the queue its bytes come from.
struct StreamStart {
  Response head;
  std::shared_ptr<StreamQueue> queue;
  std::string heartbeat_text;  ///< empty: no heartbeat
  Duration silence_max;        ///< until the heartbeat, or without one until the stream is cut
  std::string stopping_text;   ///< written before the server stops; empty: the stream is cut
};

struct UpgradeStart {
  std::string protocol;
  UniqueFd fd;
};

using Answer = std::variant<Response, StreamStart, UpgradeStart>;

/// Where a Reply and its connection meet. The connection waits for one answer; either may go first.
class Exchange {
 public:
  // The reply's side, any thread.
  void answer(Answer answer);
  void on_gone(std::move_only_function<void()> callback);
  [[nodiscard]] bool gone() const;

  // The connection's side, its thread only.
  /// The answer if it is there; otherwise `wake` is called once it is, on the answering thread.
  [[nodiscard]] std::optional<Answer> take(const std::function<void()>& wake);
  /// The client has gone: tells the handler, once. An answer is still taken until detach().
  void tell_gone();
  /// The connection waits no longer. Tells the handler if no answer has come.
  void detach();

  /// For tests of handlers: called with the answer instead of keeping it.
  std::move_only_function<void(Answer)> receiver;

 private:
  mutable std::mutex mutex_;
  std::optional<Answer> answer_;
  std::function<void()> wake_;
  std::move_only_function<void()> on_gone_;
  bool answered_ = false;
  bool gone_ = false;
  bool detached_ = false;
};

}  // namespace mingyue::http
