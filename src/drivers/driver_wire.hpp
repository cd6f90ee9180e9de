#pragma once

#include <cstdint>
#include <new>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>

#include "base/codec.hpp"
#include "base/describe.hpp"
#include "drivers/batch.hpp"

/// What travels over the socket between the centre and a driver process. A frame is a head of 14 bytes, little end
/// first, and a body written by the codec (base/codec.hpp):
///
///     length of the body   4
///     kind                 1   request, answer, fault
///     verb                 1
///     number               8   of the request; 0 in an answer that nobody asked for
///
///     verb        request          answer
///     open        DriverSettings   DeviceFacts        once, first
///     describe    -                DeviceFacts        unasked too, with number 0, when the calibration has changed
///     status      -                StatusAnswer
///     run         Batch            BatchResult
///     cancel      CancelRequest    CancelAnswer
///     calibrate   -                DeviceFacts
///     stop        -                -                  the last answer of a driver
///
/// Instead of an answer there may be a FaultBody. Requests that reach the device are done in their order; `cancel`, and
/// `status` while a batch runs, are answered at once.
namespace mingyue::drivers {

enum class Verb : std::uint8_t { open = 1, describe, status, run, cancel, calibrate, stop };
DESCRIBE_ENUM(Verb, open, describe, status, run, cancel, calibrate, stop)

enum class FrameKind : std::uint8_t { request = 1, answer, fault };

struct Frame {
  FrameKind kind = FrameKind::request;
  Verb verb = Verb::open;
  std::uint64_t number = 0;
  std::string body;
};

struct StatusAnswer {
  DeviceStatus status = DeviceStatus::offline;
};
DESCRIBE(StatusAnswer, status)

struct CancelRequest {
  std::string batch;
};
DESCRIBE(CancelRequest, batch)

struct CancelAnswer {
  bool found = false;
};
DESCRIBE(CancelAnswer, found)

struct FaultBody {
  std::string code;
  std::string message;
};
DESCRIBE(FaultBody, code, message)

inline constexpr std::size_t frame_head_bytes = 14;
/// No body is longer.
inline constexpr std::size_t frame_body_bytes_max = std::size_t{256} << 20;
/// What a driver may send without having been asked for a batch: facts of a device of thousands of qubits.
inline constexpr std::size_t facts_bytes_max = std::size_t{16} << 20;

[[nodiscard]] std::string encode_frame(const Frame& frame);

/// The longest body of an honest answer to this batch.
[[nodiscard]] std::size_t result_bytes_max(const Batch& batch);

/// Cuts a stream of bytes into frames. A head that says a longer body than allowed, or an unknown kind or verb, breaks
/// the stream for good: nothing after it can be believed. Memory grows with what came, not with what was announced.
class FrameReader {
 public:
  explicit FrameReader(std::size_t body_bytes_max) : body_bytes_max_(body_bytes_max) {}
  void allow(std::size_t body_bytes_max) { body_bytes_max_ = body_bytes_max; }
  void add(std::string_view bytes) { buffer_ += bytes; }
  /// The next whole frame, or nothing yet.
  [[nodiscard]] std::optional<Frame> next();
  /// What was wrong, as a sentence; empty: nothing.
  [[nodiscard]] const std::string& trouble() const { return trouble_; }
  /// Bytes of a frame that is not whole.
  [[nodiscard]] std::size_t left_over() const { return buffer_.size() - at_; }

 private:
  std::string buffer_;
  std::size_t at_ = 0;
  std::size_t body_bytes_max_;
  std::string trouble_;
};

/// The value of a body, or nothing where it is not a whole one. A body that asks for more memory than there is, is
/// none.
template <class T>
[[nodiscard]] std::optional<T> decode_body(std::string_view body) {
  try {
    return codec::decode<T>(body);
  } catch (const std::bad_alloc&) {
    return std::nullopt;
  } catch (const std::length_error&) {
    return std::nullopt;
  }
}

}  // namespace mingyue::drivers
