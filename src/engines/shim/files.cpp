#include "engines/shim/files.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <cstdio>
#include <cstring>

namespace mingyue::engines {

Fd& Fd::operator=(Fd&& other) noexcept {
  if (this != &other) {
    reset();
    fd_ = std::exchange(other.fd_, -1);
  }
  return *this;
}

// close() is not retried on EINTR: on Linux the descriptor is gone all the same, and may already be somebody else's.
void Fd::reset() {
  if (fd_ >= 0) ::close(std::exchange(fd_, -1));
}

std::string Errno::text() const { return std::strerror(number); }

Expected<Fd, Errno> open_file(const std::string& path, int flags, unsigned mode) {
  for (;;) {
    const int fd = ::open(path.c_str(), flags | O_CLOEXEC, mode);
    if (fd >= 0) return Fd(fd);
    if (errno != EINTR) return std::unexpected(Errno{errno});
  }
}

Expected<std::string, Errno> read_file(const std::string& path, std::size_t max) {
  TRY(file, open_file(path, O_RDONLY));
  std::string text;
  char chunk[16384];
  while (text.size() < max) {
    const ssize_t n = ::read(file.get(), chunk, std::min(sizeof chunk, max - text.size()));
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return std::unexpected(Errno{errno});
    if (n == 0) break;
    text.append(chunk, static_cast<std::size_t>(n));
  }
  return text;
}

Expected<void, Errno> write_all(int fd, std::string_view data) {
  while (!data.empty()) {
    const ssize_t n = ::write(fd, data.data(), data.size());
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return std::unexpected(Errno{errno});
    data.remove_prefix(static_cast<std::size_t>(n));
  }
  return {};
}

Expected<void, Errno> write_file_atomically(const std::string& path, std::string_view data, unsigned mode) {
  const std::string temporary = path + ".new";
  {
    TRY(file, open_file(temporary, O_WRONLY | O_CREAT | O_TRUNC, mode));
    CHECK_OK(write_all(file.get(), data));
  }
  if (::rename(temporary.c_str(), path.c_str()) != 0) return std::unexpected(Errno{errno});
  return {};
}

Expected<void, Errno> write_control(const std::string& path, std::string_view data) {
  TRY(file, open_file(path, O_WRONLY));
  return write_all(file.get(), data);
}

std::int64_t parse_count(std::string_view text) {
  std::int64_t value = -1;
  const auto result = std::from_chars(text.data(), text.data() + text.size(), value);
  const bool whole = result.ec == std::errc() && result.ptr == text.data() + text.size();
  return whole && value >= 0 ? value : -1;
}

std::int64_t read_number(const std::string& path) {
  const auto text = read_file(path, 64);
  if (!text) return -1;
  return parse_count(std::string_view(*text).substr(0, text->find('\n')));
}

std::int64_t read_keyed_number(const std::string& path, std::string_view key) {
  const auto file = read_file(path, 65536);
  if (!file) return -1;
  std::string_view text = *file;
  while (!text.empty()) {
    const std::size_t end = text.find('\n');
    const std::string_view line = text.substr(0, end);
    if (line.size() > key.size() && line.starts_with(key) && line[key.size()] == ' ')
      return parse_count(line.substr(key.size() + 1));
    if (end == std::string_view::npos) break;
    text.remove_prefix(end + 1);
  }
  return -1;
}

bool exists(const std::string& path) { return ::access(path.c_str(), F_OK) == 0; }

std::int64_t steady_ms() {
  timespec now{};
  ::clock_gettime(CLOCK_BOOTTIME, &now);
  return static_cast<std::int64_t>(now.tv_sec) * 1000 + now.tv_nsec / 1'000'000;
}

}  // namespace mingyue::engines
