#pragma once

#include <functional>
#include <memory>
#include <string>

#include "base/expected.hpp"
#include "http/byte_stream.hpp"
#include "http/event_stream.hpp"
#include "http/message.hpp"
#include "http/problem.hpp"
#include "http/unique_fd.hpp"

namespace mingyue::http {

class Exchange;

/// The right and duty to answer one request, exactly once, now or later, from any thread:
///
///   send()      a whole response;
///   refuse()    a problem document;
///   events()    a stream of server-sent events;
///   bytes()     a stream of bytes;
///   upgrade()   the connection itself, joined to a file descriptor.
///
/// A Reply that is dropped unanswered answers 500. A client that has gone does no harm: the answer is thrown away.
/// Answering twice is a bug and breaks an invariant.
class Reply {
 public:
  explicit Reply(std::shared_ptr<Exchange> exchange);
  Reply(Reply&&) noexcept = default;
  Reply& operator=(Reply&& other) noexcept;
  ~Reply();

  void send(Response response);
  void refuse(int status, const Refusal& refusal);
  void refuse(const Problem& problem);

  [[nodiscard]] EventSink events(const EventOptions& options = {});
  /// `head` gives status, content type and headers; its body is not used.
  [[nodiscard]] ByteSink bytes(Response head, const ByteOptions& options = {});

  /// Answers 101 and from then on carries bytes both ways between the client and `fd` (a socket or a terminal) until
  /// either side ends. `protocol` must be what the client asked for (`Request::upgrade`); otherwise the client is told
  /// 426 and the descriptor is closed.
  void upgrade(std::string protocol, UniqueFd fd);

  /// Runs once, on a thread of the server, if the client goes away or the server stops waiting before the answer. At
  /// once when that has already happened.
  void on_gone(std::move_only_function<void()> callback);
  [[nodiscard]] bool gone() const;

 private:
  std::shared_ptr<Exchange> take();

  std::shared_ptr<Exchange> exchange_;  ///< shared with the connection: either may end first
};

/// A Reply without a connection, for tests of handlers: whole responses and refusals arrive at `receive`; streams and
/// upgrades open, closed, and go nowhere.
[[nodiscard]] Reply make_reply(std::move_only_function<void(Response)> receive);

}  // namespace mingyue::http
