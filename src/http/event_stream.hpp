#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "base/time.hpp"
#include "http/sent.hpp"

/// Server-sent events: one long answer that carries news as it happens.
namespace mingyue::http {

class SinkHold;

struct EventOptions {
  std::size_t queue_bytes_max = 256 * 1024;
  Duration heartbeat = seconds(15);  ///< a comment after so much silence, so that both ends notice a dead line
  Duration reconnect_after = seconds(2);
};

/// The writing end of an event stream. Handles may be copied and used from any thread; none of the calls waits. When
/// the last handle goes, the stream ends.
///
/// A client that reads too slowly overflows its queue. Its stream then ends after what was queued, with a comment, and
/// the client comes back with `Last-Event-ID`: nothing is skipped in silence. Who has much to tell at once (all that
/// was missed) paces it with offer() and on_room(). Callbacks must be quick and must not throw.
class EventSink {
 public:
  explicit EventSink(std::shared_ptr<SinkHold> hold);

  /// False when the stream has ended or ends now because of an overflow: there is no use in sending more.
  bool send(std::string_view event, std::string_view id, std::string_view json);
  /// The same with text from `format_event`: one formatting for ten thousand streams.
  bool send_formatted(std::string_view text);
  /// The same without an overflow: `Full` takes nothing, and on_room() tells when to try again.
  Sent offer(std::string_view formatted);
  /// Runs on a thread of the server each time the queue empties after it was full.
  void on_room(std::function<void()> callback);
  /// Ends the stream after what is queued.
  void close();

  [[nodiscard]] bool closed() const;
  [[nodiscard]] std::size_t queued_bytes() const;
  /// Runs once, on a thread of the server, when the stream has ended for whatever reason; at once when it already has.
  void on_closed(std::move_only_function<void()> callback);

 private:
  std::shared_ptr<SinkHold> hold_;
};

/// `id: 7\nevent: job\ndata: {…}\n\n`. Line breaks in the parts cannot break out of them. An empty event or id is left
/// out.
[[nodiscard]] std::string format_event(std::string_view event, std::string_view id, std::string_view json);

}  // namespace mingyue::http
