#pragma once

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <memory>
#include <span>
#include <string_view>

namespace mingyue::http {

/// Bytes that have arrived and not been used. Small while a connection is idle, since ten thousand of them are.
class InputBuffer {
 public:
  [[nodiscard]] std::string_view view() const { return {bytes_.get() + begin_, end_ - begin_}; }
  [[nodiscard]] bool empty() const { return begin_ == end_; }
  [[nodiscard]] std::size_t size() const { return end_ - begin_; }
  void consume(std::size_t count) { begin_ += count; }
  void clear() { begin_ = end_; }

  /// Room for more, at most so that `bytes_max` are held in all; empty when there is none. Moves what is held: no view
  /// and no read may be under way.
  [[nodiscard]] std::span<char> prepare(std::size_t bytes_max) {
    const std::size_t held = size();
    if (held >= bytes_max) return {};
    std::size_t wanted = capacity_;
    if (held == 0 && capacity_ > keep_bytes_max) wanted = 0;  // A large body has passed: give its room back.
    wanted = std::clamp(held == wanted ? wanted * 2 : wanted, std::min(first_bytes, bytes_max), bytes_max);
    // A buffer wide enough for bodies is taken at once; growing there step by step would only cost copies.
    if (bytes_max > keep_bytes_max) wanted = bytes_max;
    if (wanted != capacity_) {
      auto bytes = std::make_unique_for_overwrite<char[]>(wanted);
      if (held > 0) std::memcpy(bytes.get(), bytes_.get() + begin_, held);
      bytes_ = std::move(bytes);
      capacity_ = wanted;
    } else if (begin_ > 0 && held > 0) {
      std::memmove(bytes_.get(), bytes_.get() + begin_, held);
    }
    begin_ = 0;
    end_ = held;
    return {bytes_.get() + end_, capacity_ - end_};
  }
  void commit(std::size_t count) { end_ += count; }

 private:
  static constexpr std::size_t first_bytes = 2048;
  static constexpr std::size_t keep_bytes_max = 16 * 1024;

  std::unique_ptr<char[]> bytes_;
  std::size_t capacity_ = 0;
  std::size_t begin_ = 0;
  std::size_t end_ = 0;
};

}  // namespace mingyue::http
