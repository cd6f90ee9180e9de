#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "http/census.hpp"
#include "http/exchange.hpp"
#include "http/head.hpp"
#include "http/input_buffer.hpp"
#include "http/net.hpp"
#include "http/response_head.hpp"
#include "http/router.hpp"
#include "http/transport.hpp"
#include "http/worker.hpp"

namespace mingyue::http {

/// One client's connection, on one thread. A single coroutine, run(), reads requests and answers them in order.
///
/// At most one read and one write are under way, started by start_…() and ended by a callback that sets a flag and
/// calls signal(). The coroutine waits in one place only, changed(): for any of its flags, the answer of a handler,
/// bytes of a stream, a deadline, the end of the server. So it can wait for several things at once without a second
/// coroutine, and whoever reads it sees every reason to go on in the loop around changed().
class Connection {
 public:
  Connection(Worker& worker, std::uint64_t id, Socket socket, const AddressKey& key);

  void secure(asio::ssl::context& context) { transport_.secure(context); }
  [[nodiscard]] Task<void> run();

  /// Something may have changed. The connection may be gone afterwards.
  void signal();
  /// Marks what is past its time; true when the connection wants a signal().
  [[nodiscard]] bool is_due(Clock::time_point now);
  /// The server waits no longer; signal() follows.
  void cut();
  [[nodiscard]] const AddressKey& key() const { return key_; }

 private:
  struct Turn;  // One request and its answer.
  class BodyClaim;

  // The conversation.
  Task<void> converse();
  Task<bool> shake_hands();
  Task<bool> serve_one();
  Task<void> part();

  // Reading a request.
  Task<bool> read_head(Turn& turn);
  [[nodiscard]] std::optional<Response> settle_early(Turn& turn);
  Task<std::optional<Problem>> read_body(const Turn& turn, std::size_t bytes_max, std::string& body, BodyClaim& claim);
  void fill_request(Turn& turn, Fields params, Fields query);

  // Answering it.
  void call_handler(const Route& route, Request request, const std::shared_ptr<Exchange>& exchange);
  Task<std::optional<Answer>> wait_for_answer(const Route& route, Exchange& exchange);
  Task<void> write_response(Turn& turn, Response response);
  Task<void> write_stream(Turn& turn, StreamStart start);
  Task<void> carry(Turn& turn, UpgradeStart start);
  [[nodiscard]] ResponseFrame frame_of(const Turn& turn, Framing framing);
  void report(const Turn& turn) const;

  // Bytes.
  using Parts = std::array<std::string_view, 2>;
  Task<bool> write(Parts parts);
  bool start_read(std::size_t held_bytes_max);
  void start_write(Parts parts);
  void start_descriptor_read();
  void start_descriptor_write();

  // Waiting.
  Task<void> changed();
  void arm(Duration within) { arm_at(Clock::now() + std::chrono::milliseconds(within.raw())); }
  void arm_at(Clock::time_point deadline) {
    deadline_ = deadline;
    expired_ = false;
  }
  [[nodiscard]] bool is_busy() const { return reading_ || writing_ || descriptor_reading_ || descriptor_writing_; }

  Worker& worker_;
  const Limits& limits_;
  const std::uint64_t id_;
  const AddressKey key_;
  const std::function<void()> wake_;
  Transport transport_;
  std::string peer_address_;
  std::uint16_t peer_port_ = 0;
  bool is_loopback_ = false;

  InputBuffer in_;
  std::string out_;  ///< response heads, and what an upgraded descriptor said
  std::optional<Descriptor> descriptor_;
  std::size_t written_ = 0;  ///< by the last write

  std::move_only_function<void()> resume_;
  Clock::time_point deadline_ = Clock::time_point::max();
  Clock::time_point wake_at_ = Clock::time_point::max();

  bool signalled_ = false;
  bool expired_ = false;  ///< the deadline passed since it was set
  bool cut_ = false;
  bool reading_ = false;
  bool writing_ = false;
  bool descriptor_reading_ = false;
  bool descriptor_writing_ = false;
  bool input_ended_ = false;  ///< no more comes: end of file, or the connection broke
  bool broken_ = false;       ///< nothing can be sent any more
  bool descriptor_ended_ = false;
  bool first_ = true;    ///< no request has been answered yet
  bool keep_ = true;     ///< go on after this answer
  bool unread_ = false;  ///< the client may still be sending a body that is not wanted
  bool gentle_ = false;  ///< an answer has been sent that the client should be able to read to its end
};

}  // namespace mingyue::http
