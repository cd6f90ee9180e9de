#pragma once

#include <cstdint>
#include <cstring>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

/// What travels between a running job and the centre about quantum devices: docs/formats/qpu-socket.md is the contract.
/// Knows nothing but the C++ library, so that the client (src/qpu_client) can be built anywhere.
namespace mingyue::hybrid::wire {

inline constexpr std::uint32_t version = 1;
inline constexpr std::size_t frame_bytes_max = std::size_t{256} << 20;

enum class Verb : std::uint8_t {
  hello = 1,
  run = 2,
  cancel = 3,
  session = 4,
  end_session = 5,
  place = 6,
  done = 128,
  refused = 129,
};

class Writer {
 public:
  void u8(std::uint8_t n) { bytes_.push_back(static_cast<char>(n)); }
  void u32(std::uint64_t n) { put(n, 4); }
  void u64(std::uint64_t n) { put(n, 8); }
  void i32(std::int32_t n) { put(static_cast<std::uint32_t>(n), 4); }
  void i64(std::int64_t n) { put(static_cast<std::uint64_t>(n), 8); }
  void f64(double x) {
    std::uint64_t bits = 0;
    std::memcpy(&bits, &x, sizeof bits);
    u64(bits);
  }
  void text(std::string_view text) {
    u32(text.size());
    bytes_.append(text);
  }
  [[nodiscard]] std::string take() { return std::move(bytes_); }

 private:
  void put(std::uint64_t n, int count) {
    for (int i = 0; i < count; ++i) bytes_.push_back(static_cast<char>(n >> (8 * i)));
  }
  std::string bytes_;
};

/// Reads what a Writer wrote. After the end, or past a count that cannot be, everything is zero or empty and good() is
/// false.
class Reader {
 public:
  explicit Reader(std::string_view bytes) : bytes_(bytes) {}
  std::uint8_t u8() { return static_cast<std::uint8_t>(get(1)); }
  std::uint32_t u32() { return static_cast<std::uint32_t>(get(4)); }
  std::uint64_t u64() { return get(8); }
  std::int32_t i32() { return static_cast<std::int32_t>(get(4)); }
  std::int64_t i64() { return static_cast<std::int64_t>(get(8)); }
  double f64() {
    const std::uint64_t bits = get(8);
    double x = 0;
    std::memcpy(&x, &bits, sizeof x);
    return x;
  }
  std::string text() {
    const std::size_t size = u32();
    if (size > left()) return fail(), std::string();
    std::string text(bytes_.substr(at_, size));
    at_ += size;
    return text;
  }
  /// The length of a list of items that take at least so many bytes each.
  std::size_t list(std::size_t bytes_each) {
    const std::size_t count = u32();
    if (count > left() / bytes_each) return fail(), 0;
    return count;
  }
  [[nodiscard]] std::size_t left() const { return bytes_.size() - at_; }
  [[nodiscard]] bool good() const { return good_; }
  /// Everything was read, and nothing was wrong.
  [[nodiscard]] bool finished() const { return good_ && left() == 0; }

 private:
  void fail() {
    good_ = false;
    at_ = bytes_.size();
  }
  std::uint64_t get(std::size_t count) {
    if (count > left()) return fail(), 0;
    std::uint64_t n = 0;
    for (std::size_t i = 0; i < count; ++i)
      n |= static_cast<std::uint64_t>(static_cast<unsigned char>(bytes_[at_ + i])) << (8 * i);
    at_ += count;
    return n;
  }
  std::string_view bytes_;
  std::size_t at_ = 0;
  bool good_ = true;
};

struct Frame {
  Verb verb = Verb::hello;
  std::uint64_t request = 0;
  std::string body;
};

[[nodiscard]] inline std::string encode(const Frame& frame) {
  Writer out;
  out.u32(9 + frame.body.size());
  out.u8(static_cast<std::uint8_t>(frame.verb));
  out.u64(frame.request);
  return out.take() + frame.body;
}

/// Cuts a stream of bytes into frames.
class Frames {
 public:
  void add(std::string_view bytes) {
    if (at_ > 0 && at_ == bytes_.size()) bytes_.clear(), at_ = 0;
    bytes_.append(bytes);
  }
  /// The next whole frame, or nothing yet.
  [[nodiscard]] std::optional<Frame> next() {
    if (broken_ || bytes_.size() - at_ < 4) return std::nullopt;
    const std::size_t length = Reader(std::string_view(bytes_).substr(at_, 4)).u32();
    if (length < 9 || length > frame_bytes_max) return broken_ = true, std::nullopt;
    if (bytes_.size() - at_ < 4 + length) return std::nullopt;
    Reader in(std::string_view(bytes_).substr(at_ + 4, length));
    Frame frame{.verb = static_cast<Verb>(in.u8()), .request = in.u64(), .body = {}};
    frame.body = bytes_.substr(at_ + 13, length - 9);
    at_ += 4 + length;
    if (at_ > std::size_t{1} << 16 && at_ * 2 > bytes_.size()) bytes_.erase(0, at_), at_ = 0;
    return frame;
  }
  /// The peer does not speak this protocol.
  [[nodiscard]] bool broken() const { return broken_; }

 private:
  std::string bytes_;
  std::size_t at_ = 0;
  bool broken_ = false;
};

struct Term {
  double coefficient = 0;
  std::string letters;
};
struct Circuit {
  std::string text;  ///< OpenQASM
  std::uint32_t parameters = 0;
  std::vector<std::vector<double>> sets;
  std::vector<std::vector<Term>> sums;
};
struct Batch {
  std::uint32_t shots = 0;
  std::uint64_t seed = 0;
  std::uint8_t prefer = 0;
  std::string device;
  std::vector<Circuit> circuits;
};

struct Outcome {
  std::vector<std::pair<std::string, std::uint64_t>> counts;
  std::vector<std::pair<double, double>> expectations;  ///< and their standard errors
};
struct CircuitResult {
  std::vector<std::int32_t> layout;
  std::vector<std::int32_t> measured;
  std::vector<Outcome> outcomes;
};
struct Result {
  std::string device;
  std::string calibration;
  std::uint64_t seed = 0;
  double success = 0;
  std::uint64_t held_us = 0;
  std::uint64_t waited_us = 0;
  std::string message;
  std::vector<CircuitResult> circuits;
};
struct Device {
  std::string name;
  std::string technology;
  std::uint32_t qubits = 0;
  bool simulated = false;
  std::string calibration;
};
struct Refused {
  std::string code;
  std::string message;
  std::string hint;
};

[[nodiscard]] std::string encode(const Batch& batch);
[[nodiscard]] std::optional<Batch> decode_batch(std::string_view body);
[[nodiscard]] std::string encode(const Result& result);
[[nodiscard]] std::optional<Result> decode_result(std::string_view body);
[[nodiscard]] std::string encode(const Refused& refused);
[[nodiscard]] std::optional<Refused> decode_refused(std::string_view body);
[[nodiscard]] std::string encode(const std::vector<Device>& devices);
[[nodiscard]] std::vector<Device> read_devices(Reader& in);

}  // namespace mingyue::hybrid::wire
