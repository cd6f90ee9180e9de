#include "host/probe.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <chrono>

namespace mingyue::host {
namespace {

constexpr std::size_t text_max = 1 << 20;

/// Reads until the end or the deadline; false when the deadline came first.
bool read_until(int fd, std::chrono::steady_clock::time_point deadline, std::string& text) {
  std::array<char, 4096> part{};
  for (;;) {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - std::chrono::steady_clock::now()).count();
    if (left <= 0) return false;
    pollfd wait{.fd = fd, .events = POLLIN, .revents = 0};
    const int ready = ::poll(&wait, 1, static_cast<int>(left));
    if (ready < 0 && errno == EINTR) continue;
    if (ready <= 0) return false;
    const ssize_t size = ::read(fd, part.data(), part.size());
    if (size < 0 && errno == EINTR) continue;
    if (size <= 0) return size == 0;
    text.append(part.data(), static_cast<std::size_t>(size));
    if (text.size() > text_max) return false;
  }
}

/// Waits for the child until the deadline, and a moment longer once it is killed. One that does not even die (a driver
/// that never returns) is left behind rather than waited for.
bool ended_well(pid_t child, std::chrono::steady_clock::time_point deadline, bool answered) {
  if (!answered) {
    ::kill(-child, SIGKILL);
    ::kill(child, SIGKILL);
    deadline = std::chrono::steady_clock::now() + std::chrono::milliseconds(200);
  }
  for (;;) {
    int status = 0;
    const pid_t ended = ::waitpid(child, &status, WNOHANG);
    if (ended == child) return answered && WIFEXITED(status) && WEXITSTATUS(status) == 0;
    if (ended < 0 && errno != EINTR) return answered;  // Somebody else collects children here.
    if (std::chrono::steady_clock::now() >= deadline) {
      if (!answered) return false;
      return ended_well(child, deadline, false);
    }
    ::poll(nullptr, 0, 2);
  }
}

/// Runs `body` in a child whose standard output comes back.
std::optional<std::string> in_child(const std::function<void(int output)>& body, Duration limit) {
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) return std::nullopt;
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::milliseconds(limit.raw());
  const pid_t child = ::fork();
  if (child == 0) {
    ::setpgid(0, 0);
    body(ends[1]);
    ::_exit(1);
  }
  ::close(ends[1]);
  std::string text;
  const bool answered = child > 0 && read_until(ends[0], deadline, text);
  ::close(ends[0]);
  if (child < 0 || !ended_well(child, deadline, answered)) return std::nullopt;
  return text;
}

}  // namespace

std::optional<std::string> read_text(const std::string& path) {
  const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (fd < 0) return std::nullopt;
  std::string text;
  std::array<char, 4096> part{};
  ssize_t size = 0;
  while (text.size() < text_max && (size = ::read(fd, part.data(), part.size())) > 0)
    text.append(part.data(), static_cast<std::size_t>(size));
  ::close(fd);
  if (size < 0) return std::nullopt;
  return text;
}

std::optional<std::int64_t> read_number(const std::string& path) {
  const auto text = read_text(path);
  if (!text) return std::nullopt;
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(text->data(), text->data() + text->size(), number);
  if (error != std::errc{}) return std::nullopt;
  return number;
}

std::vector<std::string> names_in(const std::string& directory) {
  std::vector<std::string> names;
  DIR* open = ::opendir(directory.c_str());
  if (open == nullptr) return names;
  while (const dirent* entry = ::readdir(open)) {
    if (entry->d_name[0] != '.') names.emplace_back(entry->d_name);
  }
  ::closedir(open);
  std::ranges::sort(names);
  return names;
}

int count_numbered(const std::string& directory, std::string_view prefix) {
  return static_cast<int>(std::ranges::count_if(names_in(directory), [&](const std::string& name) {
    return name.size() > prefix.size() && name.starts_with(prefix) &&
           name.find_first_not_of("0123456789", prefix.size()) == std::string::npos;
  }));
}

std::vector<std::string_view> lines_of(std::string_view text) {
  std::vector<std::string_view> lines;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    lines.push_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return lines;
}

std::vector<std::string_view> words_of(std::string_view line) {
  std::vector<std::string_view> words;
  constexpr std::string_view blank = " \t\r";
  for (;;) {
    line.remove_prefix(std::min(line.find_first_not_of(blank), line.size()));
    if (line.empty()) return words;
    const std::size_t end = std::min(line.find_first_of(blank), line.size());
    words.push_back(line.substr(0, end));
    line.remove_prefix(end);
  }
}

std::optional<std::string> ask_with_deadline(const std::function<std::string()>& ask, Duration deadline) {
  return in_child(
      [&](int output) {
        const std::string answer = ask();
        std::string_view left = answer;
        while (!left.empty()) {
          const ssize_t size = ::write(output, left.data(), left.size());
          if (size <= 0) ::_exit(1);
          left.remove_prefix(static_cast<std::size_t>(size));
        }
        ::_exit(0);
      },
      deadline);
}

std::optional<std::string> output_of(const std::vector<std::string>& command, Duration deadline) {
  std::vector<char*> arguments;
  for (const std::string& word : command) arguments.push_back(const_cast<char*>(word.c_str()));
  arguments.push_back(nullptr);
  return in_child(
      [&](int output) {
        const int nothing = ::open("/dev/null", O_RDWR | O_CLOEXEC);
        ::dup2(nothing, STDIN_FILENO);
        ::dup2(output, STDOUT_FILENO);
        ::dup2(nothing, STDERR_FILENO);
        ::execvp(arguments[0], arguments.data());
      },
      deadline);
}

}  // namespace mingyue::host
