#include "drivers/driver_inside.hpp"

#include <fmt/format.h>
#include <signal.h>
#include <sys/wait.h>

#include <algorithm>
#include <cerrno>

#include "base/text.hpp"

namespace mingyue::drivers {

namespace {
/// From the closed socket, or from being told to stop, to SIGKILL.
constexpr std::int64_t farewell_ms = 2000;
}  // namespace

DriverProcess::Inside::Inside(DriverLoop& loop, DriverOptions options)
    : loop_(loop), options_(std::move(options)), log_(options_.log, options_.log_bytes_max) {}

void DriverProcess::Inside::start() {
  timer_ = 0;
  why_.reset();
  log_.begin();
  set_state(DriverState::starting);
  auto child = spawn_driver(options_.program, {options_.settings.device});
  if (!child) {
    return plan_restart({"driver-ended", fmt::format("{} cannot be started: {}", name(), child.error().text())});
  }
  child_ = std::move(*child);
  pid_ = child_.pid;
  reader_ = FrameReader(facts_bytes_max);
  socket_watch_ = loop_.watch(child_.socket.get(), [this] { read_socket(); });
  ended_watch_ = loop_.watch(child_.ended.get(), [this] { process_ended(); });
  errors_watch_ = loop_.watch(child_.errors.get(), [this] { read_errors(); });
  if (socket_watch_ == 0 || ended_watch_ == 0 || errors_watch_ == 0) {
    give_up({"driver-ended", fmt::format("{} cannot be watched", name())});
    if (ended_watch_ == 0) process_ended();  // nobody will tell of it
    return;
  }
  open_device();
}

void DriverProcess::Inside::open_device() {
  ask({.verb = Verb::open,
       .body = codec::encode(options_.settings),
       .what = "opening the device",
       .allowed = options_.opens_within,
       .take = [this](Expected<std::string, Fault> body) -> std::optional<std::string> {
         if (!body) {
           // A driver that has no device is no use; where it ended, it has been given up already.
           if (!why_) give_up(body.error());
           return {};
         }
         const auto facts = decode_body<DeviceFacts>(*body);
         if (!facts) return "its answer to opening the device cannot be read";
         keep_facts(*facts);
         set_state(DriverState::ready);
         return {};
       }});
}

void DriverProcess::Inside::set_state(DriverState state, const std::optional<Fault>& why) {
  state_ = state;
  if (options_.on_state && !gone_) options_.on_state(state, why);
}

void DriverProcess::Inside::give_up(Fault why) {
  if (why_ || pid() == 0) return;
  why_ = why;
  kill_group();
  // The one who met with it has been told. It was not for the others that it hung or lied.
  if (why.code == "driver-hung" || why.code == "driver-lied") why.code = "driver-ended";
  fail_all(why);
}

void DriverProcess::Inside::fail_all(const Fault& why) {
  loop_.cancel(std::exchange(timer_, 0));
  // One by one: each may ask anew, and is then refused.
  while (!outstanding_.empty()) {
    Outstanding failed = std::move(outstanding_.front());
    outstanding_.pop_front();
    failed.question.take(Unexpected<Fault>(why));
  }
}

void DriverProcess::Inside::kill_group() {
  // The process is not reaped before process_ended(), so the number is still its own.
  if (pid() > 0) ::kill(-pid(), SIGKILL);
}

void DriverProcess::Inside::process_ended() {
  kill_group();  // what it left behind
  int status = 0;
  pid_t reaped = 0;
  while ((reaped = ::waitpid(pid(), &status, 0)) < 0 && errno == EINTR) continue;
  // What it said before it ended still counts.
  if (!why_) read_socket();
  read_errors();
  if (!why_) {
    const std::string words = log_.last_lines();
    why_ = Fault{"driver-ended", fmt::format("{} {}{}", name(), reaped > 0 ? end_words(status) : "ended",
                                             words.empty() ? "" : fmt::format("; its last words: {}", words))};
  }
  pid_ = 0;
  let_go();
  const Fault why = *why_;
  fail_all(why);
  if (gone_) return std::exchange(gone_, {})();
  plan_restart(why);
}

void DriverProcess::Inside::let_go() {
  for (DriverLoop::WatchId* watch : {&socket_watch_, &ended_watch_, &errors_watch_})
    loop_.unwatch(std::exchange(*watch, 0));
  loop_.cancel(std::exchange(farewell_, 0));
  child_ = DriverChild();
  unsent_.clear();
  sent_ = 0;
  waits_to_write_ = false;
}

void DriverProcess::Inside::plan_restart(Fault why) {
  last_failure_ = why;
  ++failures_;
  if (failures_ >= options_.failures_max) return set_state(DriverState::down, why);
  std::int64_t pause = options_.again_after.raw();
  for (int i = 1; i < failures_ && pause < options_.again_after_max.raw(); ++i) pause *= 2;
  timer_ = loop_.after(std::min(pause, options_.again_after_max.raw()), [this] { start(); });
  set_state(DriverState::failed, why);
}

void DriverProcess::Inside::restart() {
  failures_ = 0;
  if (gone_ || pid() != 0) return;
  loop_.cancel(std::exchange(timer_, 0));
  start();
}

void DriverProcess::Inside::socket_closed() {
  loop_.unwatch(std::exchange(socket_watch_, 0));
  // It ends, and its end will say how. One that lives on without a socket is no use.
  if (farewell_ == 0) farewell_ = loop_.after(farewell_ms, [this] { kill_group(); });
}

void DriverProcess::Inside::close(std::function<void()> gone) {
  loop_.cancel(std::exchange(timer_, 0));
  if (pid() == 0) {
    gone_ = [] {};
    return gone();
  }
  gone_ = std::move(gone);
  if (!why_) {
    fail_all({"driver-ended", fmt::format("{} is being stopped", name())});
    write(encode_frame({FrameKind::request, Verb::stop, ++last_number_, {}}));
  }
  if (farewell_ == 0) farewell_ = loop_.after(farewell_ms, [this] { kill_group(); });
}

std::string DriverProcess::Inside::name() const { return fmt::format("the driver of {}", options_.settings.device); }

}  // namespace mingyue::drivers
