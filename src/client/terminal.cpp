#include <fcntl.h>
#include <netdb.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <termios.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <csignal>
#include <optional>
#include <thread>

#include "client/job_verbs.hpp"
#include "engines/shim/frames.hpp"

/// The caller's terminal joined to that of a job: bytes typed here go there, what is shown there is shown here.
namespace mingyue::client {
namespace {

volatile std::sig_atomic_t window_changed = 1;

/// Raw mode for as long as this lives.
class RawMode {
 public:
  RawMode() : is_terminal_(tcgetattr(STDIN_FILENO, &before_) == 0) {
    if (!is_terminal_) return;
    termios raw = before_;
    cfmakeraw(&raw);
    tcsetattr(STDIN_FILENO, TCSADRAIN, &raw);
  }
  ~RawMode() {
    if (is_terminal_) tcsetattr(STDIN_FILENO, TCSADRAIN, &before_);
  }
  RawMode(const RawMode&) = delete;
  RawMode& operator=(const RawMode&) = delete;

 private:
  termios before_{};
  bool is_terminal_;
};

bool write_all(int fd, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t n = write(fd, bytes.data(), bytes.size());
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(n));
  }
  return true;
}

int connect_to(const std::string& host, const std::string& port) {
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  if (getaddrinfo(host.c_str(), port.c_str(), &hints, &found) != 0) return -1;
  int fd = -1;
  for (addrinfo* at = found; at != nullptr && fd < 0; at = at->ai_next) {
    fd = socket(at->ai_family, at->ai_socktype | SOCK_CLOEXEC, at->ai_protocol);
    if (fd >= 0 && connect(fd, at->ai_addr, at->ai_addrlen) != 0) {
      close(fd);
      fd = -1;
    }
  }
  freeaddrinfo(found);
  return fd;
}

/// The upgraded connection and what came behind the head; nothing where the centre would not (yet).
struct Joined {
  int fd = -1;
  std::string rest;
  std::string refusal;
};

Joined join(const Connection::Target& to, const std::string& id) {
  Joined joined;
  std::string rest = to.url.substr(to.url.find("://") + 3);
  const auto colon = rest.rfind(':');
  const std::string host = rest.substr(0, colon), port = rest.substr(colon + 1);
  joined.fd = connect_to(host, port);
  if (joined.fd < 0) return joined;
  write_all(joined.fd, fmt::format("GET /v1/jobs/{}/terminal HTTP/1.1\r\nHost: {}\r\nAuthorization: Bearer {}\r\nConnection: Upgrade\r\n"
                                   "Upgrade: mingyue-terminal\r\n\r\n", id, rest, to.token));
  std::string head;
  char byte = 0;
  while (head.find("\r\n\r\n") == std::string::npos && head.size() < 16'384) {
    if (read(joined.fd, &byte, 1) != 1) break;
    head += byte;
  }
  if (head.starts_with("HTTP/1.1 101")) return joined;
  joined.refusal = head.substr(0, head.find('\r'));
  close(joined.fd);
  joined.fd = -1;
  return joined;
}

void send_window(int fd) {
  winsize size{};
  if (ioctl(STDIN_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_row > 0) write_all(fd, engines::encode_window(size.ws_row, size.ws_col));
}

std::optional<engines::TerminalExit> talk(int fd, bool& lost) {
  engines::FrameReader reader;
  std::array<char, 16'384> buffer;
  bool typing = true;
  for (;;) {
    if (window_changed != 0) {
      window_changed = 0;
      send_window(fd);
    }
    std::array<pollfd, 2> polls{{{fd, POLLIN, 0}, {typing ? STDIN_FILENO : -1, POLLIN, 0}}};
    if (poll(polls.data(), polls.size(), 1'000) < 0) continue;
    if ((polls[1].revents & (POLLIN | POLLHUP)) != 0) {
      const ssize_t n = read(STDIN_FILENO, buffer.data(), buffer.size());
      if (n <= 0) {
        typing = false;
        write_all(fd, engines::encode_frame(engines::FrameKind::data, "\x04"));  // end of input, as Ctrl-D says it
      } else if (!write_all(fd, engines::encode_frame(engines::FrameKind::data, {buffer.data(), static_cast<std::size_t>(n)}))) {
        lost = true;
        return std::nullopt;
      }
    }
    if ((polls[0].revents & (POLLIN | POLLHUP | POLLERR)) == 0) continue;
    const ssize_t n = read(fd, buffer.data(), buffer.size());
    if (n <= 0) {
      lost = true;
      return std::nullopt;
    }
    reader.add({buffer.data(), static_cast<std::size_t>(n)});
    while (const auto frame = reader.next()) {
      if (frame->kind == engines::FrameKind::data) write_all(STDOUT_FILENO, frame->bytes);
      else if (frame->kind == engines::FrameKind::exit) return engines::decode_exit(frame->bytes);
    }
  }
}

}  // namespace

int terminal_session(Session& session, const std::string& id) {
  std::signal(SIGWINCH, [](int) { window_changed = 1; });
  for (;;) {
    auto detail = get_one<wire::JobDetail>(session, "/v1/jobs/" + id);
    if (!detail) return static_cast<int>(tell(session, detail.error()));
    if (model::ended(detail->job.state)) return 0;
    if (detail->job.state != model::JobState::running) {
      std::this_thread::sleep_for(std::chrono::milliseconds(100));
      continue;
    }
    auto to = session.connection.target();
    if (!to) return static_cast<int>(tell(session, to.error()));
    const Joined joined = join(*to, id);
    if (joined.fd < 0) {
      std::this_thread::sleep_for(std::chrono::milliseconds(200));
      continue;
    }
    bool lost = false;
    std::optional<engines::TerminalExit> end;
    {
      const RawMode raw;
      window_changed = 1;
      end = talk(joined.fd, lost);
    }
    close(joined.fd);
    if (end) return 0;
    std::this_thread::sleep_for(std::chrono::milliseconds(300));  // the centre restarts, or the attempt ended
  }
}

}  // namespace mingyue::client
