#include <fmt/format.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "base/text.hpp"
#include "drivers/driver_inside.hpp"
#include "drivers/result_check.hpp"

namespace mingyue::drivers {

using engines::steady_ms;

namespace {

constexpr std::size_t outstanding_max = 256;

bool is_known(DeviceStatus status) { return status <= DeviceStatus::calibration; }

}  // namespace

void DriverProcess::Inside::ask(Question question) {
  if (gone_ || state_ == DriverState::failed || state_ == DriverState::down || why_) {
    const std::string reason = last_failure_.message.empty() ? "it is being stopped" : last_failure_.message;
    question.take(fault("driver-down", why_ ? why_->message : reason));
    return;
  }
  if (outstanding_.size() >= outstanding_max) {
    question.take(fault("driver-busy", fmt::format("{} requests to {} wait already", outstanding_max, name())));
    return;
  }
  Frame frame{FrameKind::request, question.verb, ++last_number_, std::move(question.body)};
  if (frame.body.size() > frame_body_bytes_max) {
    question.take(fault("circuit-refused", fmt::format("a batch of {} bytes; at most {} are possible",
                                                       frame.body.size(), frame_body_bytes_max)));
    return;
  }
  outstanding_.push_back({frame.number, std::move(question)});
  watch_deadline();
  write(encode_frame(frame));
}

void DriverProcess::Inside::ask_facts(Verb verb, Duration allowed, Answer<DeviceFacts> answer) {
  ask({.verb = verb,
       .body = {},
       .what = enum_word(verb),
       .allowed = allowed,
       .take = [this,
                answer = std::move(answer)](Expected<std::string, Fault> body) mutable -> std::optional<std::string> {
         if (!body) return answer(Unexpected<Fault>(body.error())), std::nullopt;
         auto facts = decode_body<DeviceFacts>(*body);
         if (!facts || !is_known(facts->status)) {
           const std::string sentence = fmt::format("the facts of {} cannot be read", options_.settings.device);
           answer(fault("driver-lied", sentence));
           return sentence;
         }
         keep_facts(*facts);
         answer(std::move(*facts));
         return {};
       }});
}

void DriverProcess::Inside::ask_status(Answer<DeviceStatus> answer) {
  ask({.verb = Verb::status,
       .body = {},
       .what = "status",
       .allowed = options_.answers_within,
       .take = [this,
                answer = std::move(answer)](Expected<std::string, Fault> body) mutable -> std::optional<std::string> {
         if (!body) return answer(Unexpected<Fault>(body.error())), std::nullopt;
         const auto told = decode_body<StatusAnswer>(*body);
         if (!told || !is_known(told->status)) {
           const std::string sentence = fmt::format("a status of {} that is none", options_.settings.device);
           answer(fault("driver-lied", sentence));
           return sentence;
         }
         answer(told->status);
         return {};
       }});
}

void DriverProcess::Inside::ask_run(Batch batch, Duration expected, Answer<BatchResult> answer) {
  std::string body = codec::encode(batch);
  const std::string& kind = options_.settings.backend;
  const bool is_simulated = kind == "simulated";
  const Duration allowed = expected * options_.patience + options_.answers_within +
                           (is_simulated || kind == "ideal" ? options_.computes_within : Duration());
  const std::size_t bytes_max = result_bytes_max(batch);
  std::string what = fmt::format("run of batch {}", shown(batch.id));
  ask({.verb = Verb::run,
       .body = std::move(body),
       .what = std::move(what),
       .allowed = allowed,
       .answer_bytes_max = bytes_max,
       .take = [this, is_simulated, batch = std::move(batch), asked_at = steady_ms(),
                answer = std::move(answer)](Expected<std::string, Fault> came) mutable -> std::optional<std::string> {
         if (!came) return answer(Unexpected<Fault>(came.error())), std::nullopt;
         auto result = decode_body<BatchResult>(*came);
         const Duration passed = milliseconds(steady_ms() - asked_at);
         const std::int64_t pace = is_simulated ? options_.settings.pace : 1000;
         std::optional<std::string> lie =
             result ? lie_in(batch, *result, {.passed = passed, .pace = pace, .calibrations = calibrations_})
                    : std::optional<std::string>("the result cannot be read");
         if (lie) {
           lie = fmt::format("batch {}: {}", shown(batch.id), *lie);
           answer(fault("driver-lied", *lie));
           return lie;
         }
         failures_ = 0;
         answer(std::move(*result));
         return {};
       }});
}

void DriverProcess::Inside::ask_cancel(std::string batch, Answer<bool> answer) {
  std::string body = codec::encode(CancelRequest{batch});
  ask({.verb = Verb::cancel,
       .body = std::move(body),
       .what = fmt::format("cancelling batch {}", shown(batch)),
       .allowed = options_.answers_within,
       .take = [answer = std::move(answer)](Expected<std::string, Fault> came) mutable -> std::optional<std::string> {
         if (!came) return answer(Unexpected<Fault>(came.error())), std::nullopt;
         const auto told = decode_body<CancelAnswer>(*came);
         if (!told) {
           answer(fault("driver-lied", "the answer to a cancellation cannot be read"));
           return "the answer to a cancellation cannot be read";
         }
         answer(told->found);
         return {};
       }});
}

void DriverProcess::Inside::watch_deadline() {
  // Only the first has a deadline: the driver works for it. It runs from when it became the first.
  if (timer_ != 0 || outstanding_.empty()) return;
  timer_ = loop_.after(outstanding_.front().question.allowed.raw(), [this] {
    timer_ = 0;
    Outstanding hung = std::move(outstanding_.front());
    outstanding_.pop_front();
    Fault why{"driver-hung", fmt::format("{}: no answer to {} within {}", name(), hung.question.what,
                                         print_duration(hung.question.allowed))};
    hung.question.take(Unexpected<Fault>(why));
    give_up(std::move(why));
  });
}

void DriverProcess::Inside::read_socket() {
  static thread_local char buffer[1 << 16];
  while (socket_watch_ != 0 && !why_) {
    const ssize_t n = ::recv(child_.socket.get(), buffer, sizeof buffer, MSG_DONTWAIT);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) break;
    if (n <= 0) return socket_closed();
    reader_.add({buffer, static_cast<std::size_t>(n)});
    // The longest answer that any of those who wait could honestly get.
    std::size_t bytes_max = facts_bytes_max;
    for (const Outstanding& each : outstanding_) bytes_max = std::max(bytes_max, each.question.answer_bytes_max);
    reader_.allow(bytes_max);
    while (!why_) {
      auto frame = reader_.next();
      if (!frame) break;
      take_frame(std::move(*frame));
    }
    if (!reader_.trouble().empty() && !why_) return lied(reader_.trouble());
  }
  if (waits_to_write_) flush();
}

void DriverProcess::Inside::take_frame(Frame frame) {
  if (frame.kind == FrameKind::request) return lied("a request, where it only answers");
  if (frame.number == 0) return take_unasked(frame);
  const auto it = std::find_if(outstanding_.begin(), outstanding_.end(),
                               [&](const Outstanding& each) { return each.number == frame.number; });
  if (it == outstanding_.end() || it->question.verb != frame.verb) {
    if (gone_) return;  // it is being stopped, and they have been told
    return lied(
        fmt::format("an answer to {} with the number {}, which nobody asked", enum_word(frame.verb), frame.number));
  }
  // Before it is decoded: small bodies can mean much memory, and this one is not even honest about its size.
  if (frame.body.size() > it->question.answer_bytes_max)
    return lied(fmt::format("an answer of {} bytes to {}, which cannot have more than {}", frame.body.size(),
                            it->question.what, it->question.answer_bytes_max));
  const bool was_first = it == outstanding_.begin();
  Outstanding answered = std::move(*it);
  outstanding_.erase(it);
  if (was_first) {
    loop_.cancel(std::exchange(timer_, 0));
    watch_deadline();
  }
  std::optional<std::string> lie;
  if (frame.kind == FrameKind::fault) {
    auto told = decode_body<FaultBody>(frame.body);
    if (!told || told->code.empty()) {
      lie = "a fault that cannot be read";
      answered.question.take(fault("driver-lied", *lie));
    } else {
      answered.question.take(fault(std::move(told->code), std::move(told->message)));
    }
  } else {
    lie = answered.question.take(std::move(frame.body));
  }
  if (lie) lied(*lie);
}

void DriverProcess::Inside::take_unasked(const Frame& frame) {
  const auto facts = frame.kind == FrameKind::answer && frame.verb == Verb::describe
                         ? decode_body<DeviceFacts>(frame.body)
                         : std::nullopt;
  if (!facts || !is_known(facts->status)) return lied("an answer that nobody asked for");
  keep_facts(*facts);
}

void DriverProcess::Inside::keep_facts(const DeviceFacts& facts) {
  calibrations_.insert(facts.calibration_id);
  if (options_.on_facts && !gone_) options_.on_facts(facts);
}

void DriverProcess::Inside::lied(const std::string& sentence) {
  give_up({"driver-lied", fmt::format("{} made this up: {}", name(), sentence)});
}

void DriverProcess::Inside::read_errors() {
  char buffer[4096];
  while (errors_watch_ != 0) {
    const ssize_t n = ::read(child_.errors.get(), buffer, sizeof buffer);
    if (n < 0 && errno == EINTR) continue;
    if (n > 0) {
      log_.append({buffer, static_cast<std::size_t>(n)});
      continue;
    }
    if (n == 0 || (errno != EAGAIN && errno != EWOULDBLOCK)) loop_.unwatch(std::exchange(errors_watch_, 0));
    return;
  }
}

void DriverProcess::Inside::write(std::string bytes) {
  if (socket_watch_ == 0) return;  // its end is on the way
  unsent_ += bytes;
  flush();
}

void DriverProcess::Inside::flush() {
  while (sent_ < unsent_.size()) {
    const ssize_t n = ::send(child_.socket.get(), unsent_.data() + sent_, unsent_.size() - sent_, MSG_NOSIGNAL);
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) break;  // full, or closed: then reading tells
    sent_ += static_cast<std::size_t>(n);
  }
  if (sent_ == unsent_.size()) {
    unsent_.clear();
    sent_ = 0;
  }
  if (waits_to_write_ == unsent_.empty()) {
    waits_to_write_ = !unsent_.empty();
    loop_.change(socket_watch_,
                 waits_to_write_ ? DriverLoop::Until::readable_or_writable : DriverLoop::Until::readable);
  }
}

}  // namespace mingyue::drivers
