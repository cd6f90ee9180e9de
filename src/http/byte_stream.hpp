#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <string_view>

#include "base/time.hpp"
#include "http/sent.hpp"

/// A chunked answer whose bytes come as they are made: following a job's output.
namespace mingyue::http {

class SinkHold;

struct ByteOptions {
  std::size_t queue_bytes_max = 256 * 1024;
  Duration silence_max = hours(24);  ///< a stream without a byte for so long is cut
};

/// The writing end of a byte stream. Handles may be copied and used from any thread; none of the calls waits. When the
/// last handle goes, the stream ends; a stream cut short by the server ends without the last chunk, so that the client
/// can tell. Callbacks must be quick and must not throw.
class ByteSink {
 public:
  explicit ByteSink(std::shared_ptr<SinkHold> hold);

  /// `Full`: nothing was taken; on_room() tells when to try again.
  Sent send(std::string_view bytes);
  void close();

  [[nodiscard]] bool closed() const;
  [[nodiscard]] std::size_t queued_bytes() const;
  /// Runs on a thread of the server each time the queue empties after it was full.
  void on_room(std::function<void()> callback);
  /// Runs once, on a thread of the server, when the stream has ended for whatever reason; at once when it already has.
  void on_closed(std::move_only_function<void()> callback);

 private:
  std::shared_ptr<SinkHold> hold_;
};

}  // namespace mingyue::http
