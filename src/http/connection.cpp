#include "http/connection.hpp"

#include <fmt/format.h>
#include <netinet/tcp.h>

#include <algorithm>
#include <exception>

#include "http/chunked.hpp"
#include "http/target.hpp"
#include "http/text.hpp"

namespace mingyue::http {
namespace {

constexpr std::size_t body_buffer_bytes = 64 * 1024;
constexpr std::size_t write_slice_bytes = 64 * 1024;
constexpr std::size_t discard_bytes_max = 256 * 1024;
constexpr Duration parting_within = seconds(1);
constexpr Duration parting_within_when_stopping = milliseconds(200);
/// Bodies up to this are copied behind their head: one buffer, one TLS record, one packet.
constexpr std::size_t joined_body_bytes_max = 4096;

asio::ip::address plain_address(const asio::ip::address& address) {
  if (address.is_v6() && address.to_v6().is_v4_mapped()) {
    return asio::ip::make_address_v4(asio::ip::v4_mapped, address.to_v6());
  }
  return address;
}

std::chrono::milliseconds ms(Duration duration) { return std::chrono::milliseconds(duration.raw()); }

}  // namespace

/// One request and its answer, as far as it has come.
struct Connection::Turn {
  RequestHead head;
  std::optional<Problem> problem;  ///< what was wrong with the head
  const Route* route = nullptr;
  Request request;  ///< without its body; the handler takes it
  std::string path;
  Clock::time_point started;
  int status = 0;
  std::uint64_t bytes_in = 0;
  std::uint64_t bytes_out = 0;

  [[nodiscard]] bool is_head() const { return head.method == "HEAD"; }
};

/// The room that one body takes of what all bodies may hold together; given back at the end of the request.
class Connection::BodyClaim {
 public:
  BodyClaim(std::atomic<std::size_t>& total, std::size_t total_max) : total_(total), total_max_(total_max) {}
  BodyClaim(const BodyClaim&) = delete;
  BodyClaim& operator=(const BodyClaim&) = delete;
  ~BodyClaim() { total_ -= held_; }

  [[nodiscard]] bool grow_to(std::size_t bytes) {
    total_ += bytes - held_;
    held_ = bytes;
    return total_ <= total_max_;
  }

 private:
  std::atomic<std::size_t>& total_;
  const std::size_t total_max_;
  std::size_t held_ = 0;
};

Connection::Connection(Worker& worker, std::uint64_t id, Socket socket, const AddressKey& key)
    : worker_(worker),
      limits_(worker.shared().options.limits),
      id_(id),
      key_(key),
      wake_([workplace = &worker, id] { workplace->wake(id); }),
      transport_(std::move(socket)) {
  error_code ignored;
  Socket& line = transport_.socket();
  const auto peer = line.remote_endpoint(ignored);
  const auto local = line.local_endpoint(ignored);
  const asio::ip::address address = plain_address(peer.address());
  peer_address_ = address.to_string();
  peer_port_ = peer.port();
  is_loopback_ = address.is_loopback() && plain_address(local.address()).is_loopback();
  line.set_option(Tcp::no_delay(true), ignored);
  line.set_option(asio::socket_base::keep_alive(true), ignored);
  // A peer whose machine died says nothing. The system then notices within about a minute and a half.
  const int fd = line.native_handle();
  const auto set = [fd](int option, int value) { ::setsockopt(fd, IPPROTO_TCP, option, &value, sizeof value); };
  set(TCP_KEEPIDLE, 45);
  set(TCP_KEEPINTVL, 15);
  set(TCP_KEEPCNT, 3);
  set(TCP_USER_TIMEOUT, 90'000);
  if (limits_.send_buffer_bytes > 0) {
    line.set_option(asio::socket_base::send_buffer_size(static_cast<int>(limits_.send_buffer_bytes)), ignored);
  }
}

// ---- The conversation

Task<void> Connection::run() {
  std::string trouble;
  try {
    co_await converse();
  } catch (const std::exception& error) {
    trouble = error.what();
  }
  if (!trouble.empty()) {
    gentle_ = false;
    worker_.shared().report("connection", "a connection ended early: " + trouble);
  }
  co_await part();
}

Task<void> Connection::converse() {
  bool open = true;
  if (transport_.is_secure()) open = co_await shake_hands();
  while (open) {
    open = co_await serve_one();
    first_ = false;
  }
}

Task<bool> Connection::shake_hands() {
  arm(limits_.head_within);
  writing_ = true;
  transport_.handshake([this](const error_code& error) {
    writing_ = false;
    broken_ = static_cast<bool>(error);
    signal();
  });
  while (writing_ && !expired_ && !cut_) co_await changed();
  co_return !writing_ && !broken_ && !cut_;
}

Task<bool> Connection::serve_one() {
  Turn turn;
  keep_ = true;
  const bool has_request = co_await read_head(turn);
  if (!has_request) co_return false;
  turn.started = Clock::now();
  gentle_ = true;

  std::optional<Response> early = settle_early(turn);
  if (early) {
    // The body stays unread: where it ends and the next request begins is then unknown.
    unread_ = turn.problem || turn.head.body != BodyKind::None;
    if (unread_) keep_ = false;
    co_await write_response(turn, std::move(*early));
    report(turn);
    co_return keep_ && !broken_;
  }

  BodyClaim claim(worker_.shared().body_bytes, limits_.bodies_bytes_max);
  std::string body;
  if (turn.head.body != BodyKind::None) {
    const std::size_t bytes_max = turn.route->options.body_bytes_max.value_or(limits_.body_bytes_max);
    std::optional<Problem> problem = co_await read_body(turn, bytes_max, body, claim);
    turn.bytes_in = body.size();
    if (problem) {
      keep_ = false;
      unread_ = true;
      Response refusal = problem_response(*problem);
      co_await write_response(turn, std::move(refusal));
    }
    if (problem || broken_) {
      report(turn);
      co_return false;
    }
  }

  turn.request.body = std::move(body);
  const auto exchange = std::make_shared<Exchange>();
  struct Detach {
    Exchange& exchange;
    ~Detach() { exchange.detach(); }
  } const detach{*exchange};
  call_handler(*turn.route, std::move(turn.request), exchange);
  std::optional<Answer> answer = exchange->take(wake_);
  if (!answer) answer = co_await wait_for_answer(*turn.route, *exchange);

  if (!answer) {
    broken_ = true;
  } else if (auto* response = std::get_if<Response>(&*answer)) {
    co_await write_response(turn, std::move(*response));
  } else if (auto* stream = std::get_if<StreamStart>(&*answer)) {
    co_await write_stream(turn, std::move(*stream));
  } else if (auto* upgrade = std::get_if<UpgradeStart>(&*answer)) {
    co_await carry(turn, std::move(*upgrade));
  }
  report(turn);
  co_return keep_ && !broken_;
}

Task<void> Connection::part() {
  error_code ignored;
  if (descriptor_) descriptor_->close(ignored);
  arm(worker_.stopping() ? parting_within_when_stopping : parting_within);
  const bool is_gentle = gentle_ && !broken_ && !cut_;
  // Closing with unread bytes in the socket would reset the connection, and the reset may overtake our answer. So we
  // end our side, take in what still comes, and close when the client does; for a second, no longer. TLS ends its side
  // by a message that must come last, so there only a body that we refused to read is taken in first.
  const bool is_secure = transport_.is_secure();
  if (is_gentle && !is_secure) transport_.end_output();
  const bool takes_in = is_gentle && (!is_secure || unread_);
  std::size_t discarded = 0;
  while (takes_in && !input_ended_ && !expired_ && !cut_ && discarded < discard_bytes_max) {
    discarded += in_.size();
    in_.clear();
    start_read(body_buffer_bytes);
    co_await changed();
  }
  if (is_gentle && is_secure && !cut_ && !writing_) {
    arm(parting_within);
    writing_ = true;
    transport_.say_goodbye([this](const error_code&) {
      writing_ = false;
      signal();
    });
    while (writing_ && !expired_ && !cut_) co_await changed();
  }
  transport_.close();
  while (is_busy()) co_await changed();
}

// ---- Reading a request

/// True when there is a request or a problem to answer; false when the connection ends here.
Task<bool> Connection::read_head(Turn& turn) {
  bool begun = false;
  bool may_skip_line = true;
  std::size_t scanned = 0;
  gentle_ = false;
  arm(first_ ? limits_.head_within : limits_.idle_max);
  while (true) {
    // RFC 9112 section 2.2: old clients send an empty line after a body.
    if (may_skip_line && in_.view().starts_with("\r\n")) {
      in_.consume(2);
      scanned = 0;
      may_skip_line = false;
    }
    if (!in_.empty() && !begun) {
      begun = true;
      arm(limits_.head_within);
      if (in_.view().front() == '\x16' && !transport_.is_secure()) {
        turn.problem = problems::malformed("", "this port does not speak TLS", "use http:// instead of https://");
        co_return true;
      }
    }
    const HeadScan scan = scan_head(in_.view(), scanned);
    if (scan == HeadScan::Malformed) {
      turn.problem = problems::malformed("", "the request's lines do not end in CRLF", "send plain HTTP/1.1");
      co_return true;
    }
    const bool is_too_large =
        scanned > limits_.head_bytes_max || (scan == HeadScan::Incomplete && in_.size() >= limits_.head_bytes_max);
    if (is_too_large) {
      const bool is_target = in_.view().substr(0, limits_.head_bytes_max).find('\n') == std::string_view::npos;
      turn.problem = is_target ? problems::target_too_long(limits_.target_bytes_max)
                               : problems::head_too_large(limits_.head_bytes_max);
      co_return true;
    }
    if (scan == HeadScan::Complete) {
      const HeadLimits head_limits{.target_bytes_max = limits_.target_bytes_max};
      Expected<RequestHead, Problem> head = parse_request_head(in_.view().substr(0, scanned), head_limits);
      in_.consume(scanned);
      if (head) {
        turn.head = std::move(*head);
      } else {
        turn.problem = std::move(head).error();
      }
      co_return true;
    }
    if (input_ended_ || cut_) co_return false;
    if (worker_.stopping() && !begun) co_return false;
    if (expired_ && !begun) co_return false;
    if (expired_) {
      turn.problem = problems::too_slow("the request");
      co_return true;
    }
    start_read(limits_.head_bytes_max);
    co_await changed();
  }
}

/// The answer, where the head alone decides; otherwise the turn has its route.
std::optional<Response> Connection::settle_early(Turn& turn) {
  const auto refuse = [&turn](Problem problem) {
    turn.problem = std::move(problem);
    return problem_response(*turn.problem);
  };
  if (turn.problem) return problem_response(*turn.problem);
  const ServerOptions& options = worker_.shared().options;
  const RequestHead& head = turn.head;
  if (auto problem = check_host(head, is_loopback_, options.origins)) return refuse(std::move(*problem));
  if (auto problem = check_origin(head, options.origins)) return refuse(std::move(*problem));
  if (head.target == "*") {
    if (head.method != "OPTIONS") return refuse(problems::bad_path("the path is missing"));
    return Response::empty();
  }
  Expected<Target, Problem> target = parse_target(head.target);
  if (!target) return refuse(std::move(target).error());
  turn.path = target->path();

  auto found = worker_.shared().router.find(head.method, *target);
  if (std::holds_alternative<Router::Unknown>(found)) return problem_response(problems::unknown_path(turn.path));
  if (auto* others = std::get_if<Router::OtherMethods>(&found)) {
    if (head.method != "OPTIONS") {
      return problem_response(problems::method_not_allowed(head.method, turn.path, std::move(others->allow)));
    }
    Response response = Response::empty();
    response.headers.add("allow", std::move(others->allow));
    return response;
  }
  auto& match = std::get<Router::Found>(found);
  turn.route = match.route;

  const std::size_t bytes_max = turn.route->options.body_bytes_max.value_or(limits_.body_bytes_max);
  if (head.content_length > bytes_max) return problem_response(problems::body_too_large(bytes_max));
  const bool has_length = head.body != BodyKind::None || head.headers.find("content-length");
  if (turn.route->options.needs_body && !has_length) return problem_response(problems::length_required());
  fill_request(turn, std::move(match.params), std::move(target->query));
  if (options.before_body) {
    std::optional<Response> answer;
    try {
      answer = options.before_body(turn.request);
    } catch (const std::exception& error) {
      worker_.shared().report("handler", fmt::format("{} {}: {}", head.method, turn.path, error.what()));
      answer = problem_response(problems::unanswered());
    }
    return answer;
  }
  return std::nullopt;
}

Task<std::optional<Problem>> Connection::read_body(const Turn& turn, std::size_t bytes_max, std::string& body,
                                                   BodyClaim& claim) {
  const RequestHead& head = turn.head;
  if (head.expects_continue && in_.empty()) {
    const Parts go_on{"HTTP/1.1 100 Continue\r\n\r\n", ""};
    const bool sent = co_await write(go_on);
    if (!sent) co_return std::nullopt;
  }
  const Clock::time_point started = Clock::now();
  ChunkDecoder chunks(bytes_max);
  expired_ = false;
  while (true) {
    bool complete = false;
    if (head.body == BodyKind::Chunked) {
      const Expected<std::size_t, Problem> used = chunks.feed(in_.view(), body);
      if (!used) co_return used.error();
      in_.consume(*used);
      complete = chunks.done();
    } else {
      const std::size_t take = std::min<std::uint64_t>(in_.size(), head.content_length - body.size());
      body.append(in_.view().substr(0, take));
      in_.consume(take);
      complete = body.size() == head.content_length;
    }
    const bool has_room = claim.grow_to(body.size());
    if (!has_room) co_return problems::overloaded("too many large requests at once");
    if (complete) co_return std::nullopt;
    if (input_ended_ || cut_) {
      broken_ = true;
      co_return std::nullopt;
    }
    if (expired_) co_return problems::too_slow("the body");
    const auto earned_s =
        static_cast<std::int64_t>(body.size() / std::max<std::size_t>(limits_.body_bytes_per_s_min, 1));
    arm_at(started + ms(limits_.body_grace) + std::chrono::seconds(earned_s));
    start_read(body_buffer_bytes);
    co_await changed();
  }
}

void Connection::fill_request(Turn& turn, Fields params, Fields query) {
  Request& request = turn.request;
  request.method = turn.head.method;
  request.path = turn.path;
  request.route = turn.route->pattern;
  request.params = std::move(params);
  request.query = std::move(query);
  request.headers = std::move(turn.head.headers);
  request.peer_address = peer_address_;
  request.peer_port = peer_port_;
  request.local_port = worker_.shared().port;
  request.is_loopback = is_loopback_;
  request.is_tls = transport_.is_secure();
  request.upgrade = turn.head.upgrade;
}

// ---- Answering it

void Connection::call_handler(const Route& route, Request request, const std::shared_ptr<Exchange>& exchange) {
  try {
    route.handler(std::move(request), Reply(exchange));
  } catch (const std::exception& error) {
    // If the handler took its Reply down with it, the client has been answered 500 by now.
    worker_.shared().report("handler", fmt::format("{} {}: {}", route.method, route.pattern, error.what()));
  } catch (...) {
    worker_.shared().report("handler", fmt::format("{} {}: unknown exception", route.method, route.pattern));
  }
}

/// Nothing when there is no one left to answer.
Task<std::optional<Answer>> Connection::wait_for_answer(const Route& route, Exchange& exchange) {
  arm(route.options.answer_within.value_or(limits_.answer_within));
  while (true) {
    std::optional<Answer> answer = exchange.take(wake_);
    if (answer) co_return answer;
    if (broken_ || cut_) co_return std::nullopt;
    // A client may close only its sending side and still read. We tell the handler, and answer if it does.
    if (input_ended_) exchange.tell_gone();
    if (expired_) {
      keep_ = false;
      exchange.detach();  // Before the client hears of it, so that both are told the same.
      co_return Answer(problem_response(problems::late()));
    }
    start_read(limits_.head_bytes_max);
    co_await changed();
  }
}

ResponseFrame Connection::frame_of(const Turn& turn, Framing framing) {
  const bool ends_with_close = framing == Framing::UntilClose;
  if (!turn.head.keep_alive || ends_with_close || worker_.stopping() || input_ended_) keep_ = false;
  return {.framing = framing, .keep_alive = keep_, .date = worker_.date()};
}

Task<void> Connection::write_response(Turn& turn, Response response) {
  if (response.status < 200 || response.status > 999) response = problem_response(problems::unanswered());
  const bool never_has_body = response.status == 204 || response.status == 304;
  ResponseFrame frame = frame_of(turn, never_has_body ? Framing::NoBody : Framing::Length);
  std::string_view body = response.bytes();
  frame.content_length = body.size();
  if (never_has_body || turn.is_head()) body = {};
  turn.status = response.status;

  out_.clear();
  write_response_head(out_, response, frame);
  turn.bytes_out = out_.size() + body.size();
  if (body.size() <= joined_body_bytes_max) {
    out_ += body;
    body = {};
  }
  const Parts parts{out_, body};
  co_await write(parts);
}

Task<void> Connection::write_stream(Turn& turn, StreamStart start) {
  StreamQueue& queue = *start.queue;
  struct Detach {
    StreamQueue& queue;
    ~Detach() { queue.detach(); }
  } const detach{queue};
  const Framing framing = turn.is_head()         ? Framing::NoBody
                          : turn.head.minor == 0 ? Framing::UntilClose
                                                 : Framing::Chunked;
  turn.status = start.head.status;
  const ResponseFrame frame = frame_of(turn, framing);
  out_.clear();
  write_response_head(out_, start.head, frame);
  turn.bytes_out = out_.size();
  const Parts head{out_, ""};
  co_await write(head);
  if (turn.is_head()) co_return;

  queue.attach(wake_);
  std::string bytes;
  Clock::time_point silent_since = Clock::now();
  bool complete = false;
  while (!broken_ && !cut_ && !input_ended_) {
    StreamQueue::Taken taken = queue.take(bytes);
    if (taken == StreamQueue::Taken::End) {
      complete = true;
      break;
    }
    if (taken == StreamQueue::Taken::Empty && worker_.stopping()) {
      if (start.stopping_text.empty()) break;
      queue.finish(start.stopping_text);
      continue;
    }
    const Clock::time_point silent_until = silent_since + ms(start.silence_max);
    if (taken == StreamQueue::Taken::Empty && Clock::now() >= silent_until) {
      if (start.heartbeat_text.empty()) break;
      bytes = start.heartbeat_text;
      taken = StreamQueue::Taken::Bytes;
    }
    if (taken == StreamQueue::Taken::Empty) {
      wake_at_ = silent_until;
      // Nothing is expected from the client but its end. One that goes on sending fills its buffer and is cut.
      const bool has_room = start_read(limits_.head_bytes_max);
      if (!has_room) break;
      co_await changed();
      wake_at_ = Clock::time_point::max();
      continue;
    }
    silent_since = Clock::now();
    if (framing == Framing::Chunked) {
      out_ = fmt::format("{:x}\r\n", bytes.size());
      bytes += "\r\n";
    } else {
      out_.clear();
    }
    turn.bytes_out += out_.size() + bytes.size();
    const Parts chunk{out_, bytes};
    co_await write(chunk);
  }
  // Without its last chunk the client knows that the stream was cut.
  if (!complete) keep_ = false;
  if (complete && !broken_ && framing == Framing::Chunked) {
    const Parts last{"0\r\n\r\n", ""};
    co_await write(last);
  }
}

Task<void> Connection::carry(Turn& turn, UpgradeStart start) {
  const bool is_asked_for = !turn.head.upgrade.empty() && equals_ignoring_case(start.protocol, turn.head.upgrade);
  if (!is_asked_for) {
    Problem problem{.status = 426,
                    .refusal = {"upgrade-required", "upgrade", "this path only speaks " + start.protocol,
                                "send Connection: Upgrade with Upgrade: " + start.protocol}};
    Response refusal = problem_response(problem);
    co_await write_response(turn, std::move(refusal));
    co_return;
  }
  keep_ = false;
  turn.status = 101;
  ResponseFrame frame = frame_of(turn, Framing::NoBody);
  frame.upgrade = start.protocol;
  frame.security_headers = false;
  out_.clear();
  const Response switching{.status = 101};
  write_response_head(out_, switching, frame);
  const Parts head{out_, ""};
  co_await write(head);
  out_.clear();

  error_code error;
  descriptor_.emplace(worker_.io().get_executor());
  descriptor_->assign(start.fd.get(), error);
  if (error) {
    worker_.shared().report("upgrade", "the descriptor cannot be carried: " + error.message());
    co_return;
  }
  static_cast<void>(start.fd.release());
  Clock::time_point write_began = Clock::now();
  while (!broken_ && !cut_ && !expired_) {
    // Client → descriptor: read only when all has been passed on, so that a slow descriptor slows the client down.
    if (!descriptor_writing_ && !in_.empty()) start_descriptor_write();
    if (!descriptor_writing_ && in_.empty() && input_ended_) break;
    if (!descriptor_writing_ && in_.empty()) start_read(body_buffer_bytes);
    // Descriptor → client, in the same way.
    if (!writing_ && !descriptor_reading_ && !out_.empty()) {
      write_began = Clock::now();
      const Parts said{out_, ""};
      start_write(said);
    }
    if (!writing_ && !descriptor_reading_ && descriptor_ended_) break;
    if (!writing_ && !descriptor_reading_) start_descriptor_read();

    const Clock::time_point idle_until = Clock::now() + ms(limits_.upgraded_idle_max);
    arm_at(writing_ ? std::min(idle_until, write_began + ms(limits_.write_within)) : idle_until);
    co_await changed();
    if (worker_.stopping()) break;
    if (!writing_ && written_ > 0) {
      turn.bytes_out += written_;
      out_.erase(0, written_);
      written_ = 0;
    }
  }
  if (expired_) broken_ = true;  // Who has not read for so long is not waited for either.
  error_code ignored;
  descriptor_->close(ignored);
}

void Connection::report(const Turn& turn) const {
  const auto& on_access = worker_.shared().options.on_access;
  if (!on_access) return;
  const auto took = std::chrono::duration_cast<std::chrono::microseconds>(Clock::now() - turn.started);
  on_access(Access{.method = turn.head.method,
                   .route = turn.route ? std::string_view(turn.route->pattern) : std::string_view(),
                   .path = turn.path,
                   .peer_address = peer_address_,
                   .status = turn.status,
                   .micros = took.count(),
                   .bytes_in = turn.bytes_in,
                   .bytes_out = turn.bytes_out});
}

// ---- Bytes

/// False, and broken_, when the client does not take the bytes. Each 64 KiB has its own deadline, so that a large
/// answer may take as long as it needs while a reader that stands still is cut.
Task<bool> Connection::write(Parts parts) {
  if (broken_) co_return false;
  arm(limits_.write_within);
  std::size_t in_slice = 0;
  while (parts[0].size() + parts[1].size() > 0) {
    start_write(parts);
    while (writing_ && !expired_ && !cut_) co_await changed();
    if (writing_) {
      broken_ = true;
      transport_.close();
      // The system may still look at our bytes until it says it does not.
      while (writing_) co_await changed();
    }
    if (broken_) co_return false;
    const std::size_t from_first = std::min(written_, parts[0].size());
    parts[0].remove_prefix(from_first);
    parts[1].remove_prefix(written_ - from_first);
    in_slice += written_;
    written_ = 0;
    if (in_slice >= write_slice_bytes) {
      in_slice = 0;
      arm(limits_.write_within);
    }
  }
  co_return true;
}

void Connection::start_write(Parts parts) {
  const std::array<asio::const_buffer, 2> buffers{asio::buffer(parts[0]), asio::buffer(parts[1])};
  writing_ = true;
  written_ = 0;
  transport_.write_some(buffers, [this](const error_code& error, std::size_t count) {
    writing_ = false;
    written_ = count;
    if (error) broken_ = true;
    signal();
  });
}

/// False when the buffer is full. Does nothing when a read is under way or no more will come.
bool Connection::start_read(std::size_t held_bytes_max) {
  if (reading_ || input_ended_) return true;
  const std::span<char> room = in_.prepare(held_bytes_max);
  if (room.empty()) return false;
  reading_ = true;
  transport_.read_some(asio::buffer(room.data(), room.size()), [this](const error_code& error, std::size_t count) {
    reading_ = false;
    in_.commit(count);
    if (error) input_ended_ = true;
    if (error && error != asio::error::eof) broken_ = true;
    signal();
  });
  return true;
}

void Connection::start_descriptor_read() {
  descriptor_reading_ = true;
  out_.resize(body_buffer_bytes);
  descriptor_->async_read_some(asio::buffer(out_), [this](const error_code& error, std::size_t count) {
    descriptor_reading_ = false;
    out_.resize(count);
    // A terminal whose other side has gone says EIO; every error is the end here.
    if (error) descriptor_ended_ = true;
    signal();
  });
}

void Connection::start_descriptor_write() {
  descriptor_writing_ = true;
  const std::string_view bytes = in_.view();
  descriptor_->async_write_some(asio::buffer(bytes), [this](const error_code& error, std::size_t count) {
    descriptor_writing_ = false;
    in_.consume(count);
    if (error) descriptor_ended_ = true;
    if (error) in_.clear();
    signal();
  });
}

// ---- Waiting

void Connection::signal() {
  signalled_ = true;
  if (resume_) std::exchange(resume_, nullptr)();
}

Task<void> Connection::changed() {
  if (!signalled_) {
    auto park = [this](auto handler) { resume_ = std::move(handler); };
    using Token = asio::use_awaitable_t<Executor>;
    const Token token;
    co_await asio::async_initiate<const Token, void()>(std::move(park), token);
  }
  signalled_ = false;
}

bool Connection::is_due(Clock::time_point now) {
  if (now >= deadline_) {
    deadline_ = Clock::time_point::max();
    expired_ = true;
    return true;
  }
  if (now >= wake_at_) {
    wake_at_ = Clock::time_point::max();
    return true;
  }
  return false;
}

void Connection::cut() {
  cut_ = true;
  transport_.close();
}

}  // namespace mingyue::http
