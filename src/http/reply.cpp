#include "http/reply.hpp"

#include <fmt/format.h>

#include <utility>

#include "base/invariant.hpp"
#include "http/exchange.hpp"
#include "http/sinks.hpp"

namespace mingyue::http {

// ---- Exchange

void Exchange::answer(Answer answer) {
  if (receiver) {
    receiver(std::move(answer));
    return;
  }
  std::shared_ptr<StreamQueue> orphan;
  std::move_only_function<void()> unused;
  {
    const std::lock_guard lock(mutex_);
    INVARIANT(!answered_, "a request is answered once");
    answered_ = true;
    unused = std::exchange(on_gone_, nullptr);
    if (!detached_) {
      answer_ = std::move(answer);
      // Under the lock: once detach() has returned, the connection and its thread may no longer exist.
      if (wake_) std::exchange(wake_, nullptr)();
      return;
    }
    if (auto* stream = std::get_if<StreamStart>(&answer)) orphan = stream->queue;
  }
  if (orphan) orphan->detach();
}

void Exchange::on_gone(std::move_only_function<void()> callback) {
  {
    const std::lock_guard lock(mutex_);
    if (!gone_) {
      on_gone_ = std::move(callback);
      return;
    }
  }
  callback();
}

bool Exchange::gone() const {
  const std::lock_guard lock(mutex_);
  return gone_;
}

std::optional<Answer> Exchange::take(const std::function<void()>& wake) {
  const std::lock_guard lock(mutex_);
  if (!answer_) {
    wake_ = wake;
    return std::nullopt;
  }
  wake_ = nullptr;
  return std::exchange(answer_, std::nullopt);
}

void Exchange::tell_gone() {
  std::move_only_function<void()> callback;
  {
    const std::lock_guard lock(mutex_);
    if (answered_ || gone_) return;
    gone_ = true;
    callback = std::exchange(on_gone_, nullptr);
  }
  if (callback) callback();
}

void Exchange::detach() {
  std::optional<Answer> unused;
  {
    const std::lock_guard lock(mutex_);
    detached_ = true;
    wake_ = nullptr;
    unused = std::exchange(answer_, std::nullopt);
  }
  tell_gone();
  if (!unused) return;
  if (auto* stream = std::get_if<StreamStart>(&*unused)) stream->queue->detach();
}

// ---- Reply

Reply::Reply(std::shared_ptr<Exchange> exchange) : exchange_(std::move(exchange)) {}

Reply& Reply::operator=(Reply&& other) noexcept {
  Reply old(std::move(*this));  // Answers 500 if it was still owed.
  exchange_ = std::move(other.exchange_);
  return *this;
}

Reply::~Reply() {
  if (exchange_) refuse(problems::unanswered());
}

std::shared_ptr<Exchange> Reply::take() {
  INVARIANT(exchange_ != nullptr, "a request is answered once");
  return std::exchange(exchange_, nullptr);
}

void Reply::send(Response response) { take()->answer(std::move(response)); }

void Reply::refuse(int status, const Refusal& refusal) { send(problem_response(status, refusal)); }

void Reply::refuse(const Problem& problem) { send(problem_response(problem)); }

EventSink Reply::events(const EventOptions& options) {
  auto queue = std::make_shared<StreamQueue>(options.queue_bytes_max);
  static_cast<void>(queue->put(fmt::format("retry: {}\n\n", options.reconnect_after.raw())));
  StreamStart start{.head = {.status = 200, .content_type = "text/event-stream"},
                    .queue = queue,
                    .heartbeat_text = ": alive\n\n",
                    .silence_max = options.heartbeat,
                    .stopping_text = ": stopping: reconnect with Last-Event-ID\n\n"};
  // A proxy in between must pass each event on at once.
  start.head.headers.add("x-accel-buffering", "no");
  EventSink sink(std::make_shared<SinkHold>(queue));
  take()->answer(std::move(start));
  return sink;
}

ByteSink Reply::bytes(Response head, const ByteOptions& options) {
  auto queue = std::make_shared<StreamQueue>(options.queue_bytes_max);
  head.body.clear();
  head.shared_body = nullptr;
  StreamStart start{.head = std::move(head),
                    .queue = queue,
                    .heartbeat_text = {},
                    .silence_max = options.silence_max,
                    .stopping_text = {}};
  ByteSink sink(std::make_shared<SinkHold>(queue));
  take()->answer(std::move(start));
  return sink;
}

void Reply::upgrade(std::string protocol, UniqueFd fd) {
  take()->answer(UpgradeStart{.protocol = std::move(protocol), .fd = std::move(fd)});
}

void Reply::on_gone(std::move_only_function<void()> callback) {
  INVARIANT(exchange_ != nullptr, "on_gone() comes before the answer");
  exchange_->on_gone(std::move(callback));
}

bool Reply::gone() const { return exchange_ && exchange_->gone(); }

Reply make_reply(std::move_only_function<void(Response)> receive) {
  auto exchange = std::make_shared<Exchange>();
  exchange->receiver = [receive = std::move(receive)](Answer answer) mutable {
    if (auto* response = std::get_if<Response>(&answer)) receive(std::move(*response));
    if (auto* stream = std::get_if<StreamStart>(&answer)) stream->queue->detach();
  };
  return Reply(std::move(exchange));
}

}  // namespace mingyue::http
