#include "drivers/driver_server.hpp"

#include <fmt/format.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <deque>
#include <exception>
#include <optional>
#include <thread>

#include "base/text.hpp"
#include "drivers/driver_wire.hpp"

namespace mingyue::drivers {
namespace {

constexpr std::size_t waiting_max = 1024;

/// Not by exit(): the other thread may be inside a library that hangs, and would be torn down under its feet.
[[noreturn]] void leave(int code) {
  std::fflush(nullptr);
  ::_exit(code);
}

class Server {
 public:
  Server(int socket, const BackendOpener& opener) : socket_(socket), opener_(opener) {}

  [[noreturn]] void read() {
    std::thread worker([this] { work(); });  // neither comes back: they end with the process
    FrameReader reader(frame_body_bytes_max);
    static char buffer[1 << 16];
    for (;;) {
      const ssize_t n = ::recv(socket_, buffer, sizeof buffer, 0);
      if (n < 0 && errno == EINTR) continue;
      if (n <= 0) leave(0);  // the centre is gone
      reader.add({buffer, static_cast<std::size_t>(n)});
      while (auto frame = reader.next()) take(std::move(*frame));
      if (!reader.trouble().empty()) {
        fmt::print(stderr, "the centre sent {}\n", reader.trouble());
        leave(2);
      }
    }
  }

 private:
  void take(Frame frame) {
    if (frame.kind != FrameKind::request) return;
    std::unique_lock lock(mutex_);
    if (frame.verb == Verb::cancel) return cancel(std::move(lock), frame);
    if (frame.verb == Verb::status && working_ && (*working_ == Verb::run || *working_ == Verb::calibrate)) {
      const auto status = *working_ == Verb::run ? DeviceStatus::busy : DeviceStatus::calibration;
      lock.unlock();
      return answer(frame, StatusAnswer{status});
    }
    if (frame.verb == Verb::stop) {
      cancellation_.ask();
      stopping_ = true;
    }
    if (waiting_.size() >= waiting_max) {
      lock.unlock();
      return tell_fault(frame, {"driver-busy", "too many requests wait for the device"});
    }
    // A status does not wait behind batches, only for the device to be opened.
    auto at = waiting_.end();
    if (frame.verb == Verb::status) {
      at = waiting_.begin();
      if (at != waiting_.end() && at->verb == Verb::open) ++at;
    }
    waiting_.insert(at, std::move(frame));
    news_.notify_one();
  }

  void cancel(std::unique_lock<std::mutex> lock, const Frame& frame) {
    const auto request = decode_body<CancelRequest>(frame.body);
    if (!request) {
      lock.unlock();
      return tell_unreadable(frame);
    }
    if (working_ == Verb::run && running_ == request->batch) {
      cancellation_.ask();
      lock.unlock();
      return answer(frame, CancelAnswer{true});
    }
    for (auto it = waiting_.begin(); it != waiting_.end(); ++it) {
      if (it->verb != Verb::run) continue;
      const auto batch = decode_body<Batch>(it->body);
      if (!batch || batch->id != request->batch) continue;
      const Frame removed = std::move(*it);
      waiting_.erase(it);
      lock.unlock();
      tell_fault(removed, {"batch-cancelled", "it had not begun"});
      return answer(frame, CancelAnswer{true});
    }
    lock.unlock();
    answer(frame, CancelAnswer{false});
  }

  [[noreturn]] void work() {
    for (;;) {
      Frame frame;
      std::optional<Batch> batch;
      {
        std::unique_lock lock(mutex_);
        working_.reset();
        running_.clear();
        news_.wait(lock, [this] { return !waiting_.empty(); });
        frame = std::move(waiting_.front());
        waiting_.pop_front();
        working_ = frame.verb;
        if (frame.verb == Verb::run) batch = decode_body<Batch>(frame.body);
        if (batch) {
          running_ = batch->id;
          if (!stopping_) cancellation_.reset();
        }
      }
      try {
        frame.verb == Verb::run ? run(frame, batch) : perform(frame);
      } catch (const std::exception& error) {
        over();
        tell_fault(frame, {"device-failed", fmt::format("an exception: {}", shown(error.what(), 200))});
      }
    }
  }

  void perform(const Frame& frame) {
    if (frame.verb == Verb::stop) {
      backend_.reset();
      send({FrameKind::answer, frame.verb, frame.number, {}});
      leave(0);
    }
    if (frame.verb == Verb::open) return open(frame);
    if (!backend_) return tell_no_device(frame);
    switch (frame.verb) {
      case Verb::describe:
        return tell_facts(frame, backend_->describe());
      case Verb::calibrate:
        return tell_facts(frame, backend_->calibrate());
      case Verb::status: {
        const auto status = backend_->status();
        return status ? answer(frame, StatusAnswer{*status}) : tell_fault(frame, status.error());
      }
      default:
        return;  // the others are dealt with before
    }
  }

  void open(const Frame& frame) {
    const auto settings = decode_body<DriverSettings>(frame.body);
    if (!settings) return tell_unreadable(frame);
    if (backend_) return tell_fault(frame, {"device-failed", "a device is open already"});
    auto backend = opener_(*settings);
    if (!backend) return tell_fault(frame, backend.error());
    backend_ = std::move(*backend);
    tell_facts(frame, backend_->describe());
  }

  void run(const Frame& frame, const std::optional<Batch>& batch) {
    if (!batch) return tell_unreadable(frame);
    if (!backend_) return tell_no_device(frame);
    const auto result = backend_->run(*batch, cancellation_);
    over();
    // News of the calibration come before the result that names it.
    if (result && backend_->calibration_id() != told_calibration_) {
      if (const auto facts = backend_->describe()) {
        told_calibration_ = facts->calibration_id;
        send({FrameKind::answer, Verb::describe, 0, codec::encode(*facts)});
      }
    }
    result ? answer(frame, *result) : tell_fault(frame, result.error());
  }

  /// Whoever has the result of a batch is not told that it was cancelled.
  void over() {
    const std::lock_guard lock(mutex_);
    running_.clear();
  }

  void tell_facts(const Frame& frame, const Expected<DeviceFacts, Fault>& facts) {
    if (!facts) return tell_fault(frame, facts.error());
    told_calibration_ = facts->calibration_id;
    answer(frame, *facts);
  }

  template <class Body>
  void answer(const Frame& frame, const Body& body) {
    send({FrameKind::answer, frame.verb, frame.number, codec::encode(body)});
  }
  void tell_fault(const Frame& frame, const Fault& fault) {
    send({FrameKind::fault, frame.verb, frame.number, codec::encode(FaultBody{fault.code, fault.message})});
  }
  void tell_no_device(const Frame& frame) { tell_fault(frame, {"device-failed", "no device is open"}); }
  void tell_unreadable(const Frame& frame) {
    tell_fault(frame, {"device-failed", fmt::format("the request to {} cannot be read", enum_word(frame.verb))});
  }

  void send(const Frame& frame) {
    const std::string bytes = encode_frame(frame);
    const std::lock_guard lock(sending_);
    for (std::size_t at = 0; at < bytes.size();) {
      const ssize_t n = ::send(socket_, bytes.data() + at, bytes.size() - at, MSG_NOSIGNAL);
      if (n < 0 && errno == EINTR) continue;
      if (n <= 0) leave(0);  // the centre is gone
      at += static_cast<std::size_t>(n);
    }
  }

  int socket_;
  const BackendOpener& opener_;
  std::mutex sending_;

  std::mutex mutex_;
  std::condition_variable news_;
  std::deque<Frame> waiting_;    ///< guarded by mutex_, like the next three
  std::optional<Verb> working_;  ///< what the device is asked now
  std::string running_;          ///< the batch, while one runs
  bool stopping_ = false;
  Cancellation cancellation_;

  // Of the working thread.
  std::unique_ptr<Backend> backend_;
  std::string told_calibration_;
};

}  // namespace

void serve_driver(int socket, const BackendOpener& opener) {
  Server server(socket, opener);
  server.read();
}

}  // namespace mingyue::drivers
