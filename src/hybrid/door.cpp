#include "hybrid/door.hpp"

#include <fmt/format.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>

namespace mingyue::hybrid {
namespace {

constexpr std::size_t unsent_max = std::size_t{64} << 20;
constexpr std::size_t connections_max = 4'096;
constexpr std::size_t read_at_once = std::size_t{256} << 10;

Unexpected<Fault> fault(const std::string& path, const std::string& what) {
  return Unexpected<Fault>(Fault{"qpu-socket", fmt::format("{}: {}", path, what)});
}

}  // namespace

Expected<void, Fault> Door::open(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.size() >= sizeof address.sun_path)
    return fault(path, fmt::format("a socket's path has at most {} bytes; choose a shorter data directory",
                                   sizeof address.sun_path - 1));
  std::memcpy(address.sun_path, path.c_str(), path.size() + 1);
  engines::Fd fd(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!fd) return fault(path, engines::Errno{errno}.text());
  ::unlink(path.c_str());
  auto* const generic = reinterpret_cast<sockaddr*>(&address);
  const mode_t before = ::umask(0177);
  const int bound = ::bind(fd.get(), generic, sizeof address);
  const int number = errno;
  ::umask(before);
  if (bound != 0 || ::listen(fd.get(), 256) != 0)
    return fault(path, engines::Errno{bound != 0 ? number : errno}.text());
  path_ = path;
  listener_ = std::move(fd);
  watch_ = loop_.watch(listener_.get(), [this] { accept_all(); });
  return {};
}

void Door::shut() {
  if (!listener_) return;
  loop_.unwatch(watch_);
  listener_.reset();
  ::unlink(path_.c_str());
  while (!connections_.empty()) drop(connections_.begin()->first, false);
}

void Door::accept_all() {
  for (;;) {
    engines::Fd fd(::accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK));
    if (!fd) return;
    if (connections_.size() >= connections_max) continue;  // closed at once: its client tries again later
    const ConnectionId id = ++last_;
    Connection& connection = connections_[id];
    connection.fd = std::move(fd);
    connection.watch = loop_.watch(connection.fd.get(), [this, id] { ready(id); });
  }
}

void Door::ready(ConnectionId id) {
  if (const auto at = connections_.find(id); at != connections_.end() && at->second.waits_to_write) flush(id);
  read_from(id);
}

void Door::read_from(ConnectionId id) {
  auto at = connections_.find(id);
  if (at == connections_.end() || at->second.closing || at->second.unsent.size() > unsent_max) return;
  static thread_local std::string buffer(read_at_once, '\0');
  const ssize_t count = ::recv(at->second.fd.get(), buffer.data(), buffer.size(), 0);
  if (count < 0 && (errno == EAGAIN || errno == EINTR)) return;
  if (count <= 0) return drop(id, true);
  at->second.frames.add(std::string_view(buffer.data(), static_cast<std::size_t>(count)));
  for (;;) {
    at = connections_.find(id);  // what a frame leads to may end the connection
    if (at == connections_.end() || at->second.closing) return;
    auto frame = at->second.frames.next();
    if (!frame) break;
    callbacks_.frame(id, std::move(*frame));
  }
  if (!at->second.frames.broken()) return;
  send(id, {wire::Verb::refused, 0,
            encode(wire::Refused{"bad-frame", "that is no frame", "see docs/formats/qpu-socket.md"})});
  close(id);
  if (callbacks_.gone) callbacks_.gone(id);
}

void Door::send(ConnectionId to, const wire::Frame& frame) {
  const auto at = connections_.find(to);
  if (at == connections_.end() || at->second.closing) return;
  at->second.unsent += encode(frame);
  flush(to);
}

void Door::close(ConnectionId id) {
  const auto at = connections_.find(id);
  if (at == connections_.end()) return;
  at->second.closing = true;
  if (at->second.unsent.empty()) drop(id, false);
}

void Door::flush(ConnectionId id) {
  Connection& connection = connections_.at(id);
  while (connection.sent < connection.unsent.size()) {
    const ssize_t count = ::send(connection.fd.get(), connection.unsent.data() + connection.sent,
                                 connection.unsent.size() - connection.sent, MSG_NOSIGNAL);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0 && errno == EAGAIN) {
      if (!connection.waits_to_write) {
        connection.waits_to_write = true;
        loop_.change(connection.watch, drivers::DriverLoop::Until::readable_or_writable);
      }
      return;
    }
    // A peer that is gone is noticed by reading.
    if (count < 0) break;
    connection.sent += static_cast<std::size_t>(count);
  }
  connection.unsent.clear();
  connection.sent = 0;
  if (connection.waits_to_write) {
    connection.waits_to_write = false;
    loop_.change(connection.watch, drivers::DriverLoop::Until::readable);
  }
  if (connection.closing) drop(id, false);
}

void Door::drop(ConnectionId id, bool tell) {
  const auto at = connections_.find(id);
  if (at == connections_.end()) return;
  loop_.unwatch(at->second.watch);
  connections_.erase(at);
  if (tell && callbacks_.gone) callbacks_.gone(id);
}

}  // namespace mingyue::hybrid
