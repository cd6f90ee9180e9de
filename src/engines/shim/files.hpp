#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

#include "base/expected.hpp"

/// Small, careful helpers around files, shared by the engine and its supervisor. They retry EINTR, close on every path,
/// set close-on-exec, and answer with the errno instead of throwing.
namespace mingyue::engines {

/// Owns a file descriptor.
class Fd {
 public:
  Fd() = default;
  explicit Fd(int fd) : fd_(fd) {}
  Fd(Fd&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  Fd& operator=(Fd&& other) noexcept;
  Fd(const Fd&) = delete;
  Fd& operator=(const Fd&) = delete;
  ~Fd() { reset(); }

  [[nodiscard]] int get() const { return fd_; }
  [[nodiscard]] int release() { return std::exchange(fd_, -1); }
  explicit operator bool() const { return fd_ >= 0; }
  void reset();

 private:
  int fd_ = -1;
};

/// An errno that went wrong, and the word for it.
struct Errno {
  int number = 0;
  [[nodiscard]] std::string text() const;
};

[[nodiscard]] Expected<Fd, Errno> open_file(const std::string& path, int flags, unsigned mode = 0600);

/// The whole file, at most `max` bytes (files in /proc have no size, so the bound is ours).
[[nodiscard]] Expected<std::string, Errno> read_file(const std::string& path, std::size_t max = 64U << 20U);

/// All of `data`, across short writes.
[[nodiscard]] Expected<void, Errno> write_all(int fd, std::string_view data);

/// Replaces the file in one step: readers see the old content or the new one, never half.
[[nodiscard]] Expected<void, Errno> write_file_atomically(const std::string& path, std::string_view data,
                                                          unsigned mode = 0600);

/// One write to an existing file of the kernel (cgroups).
[[nodiscard]] Expected<void, Errno> write_control(const std::string& path, std::string_view data);

/// The whole number at the beginning of a kernel file, or -1.
[[nodiscard]] std::int64_t read_number(const std::string& path);

/// The number after `key ` at the beginning of a line (`oom_kill 3`), or -1.
[[nodiscard]] std::int64_t read_keyed_number(const std::string& path, std::string_view key);

/// Parses a whole decimal number; -1 for anything else.
[[nodiscard]] std::int64_t parse_count(std::string_view text);

[[nodiscard]] bool exists(const std::string& path);

/// Milliseconds on a clock that no one can set and that also counts while the machine sleeps.
[[nodiscard]] std::int64_t steady_ms();

}  // namespace mingyue::engines
