#include "hybrid/door.hpp"

#include <fmt/format.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>

namespace mingyue::hybrid {
namespace {

constexpr std::size_t unsent_max = std::size_t{64} << 20;
constexpr std::size_t connections_max = 4'096;
constexpr std::size_t stranger_bytes_max = 4'096;
constexpr std::int64_t stranger_ms_max = 10'000;
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
  listen(std::move(fd), false);
  return {};
}

Expected<std::uint16_t, Fault> Door::open_port(std::uint16_t port) {
  engines::Fd fd(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  const int one = 1;
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_ANY);
  address.sin_port = htons(port);
  auto* const generic = reinterpret_cast<sockaddr*>(&address);
  socklen_t size = sizeof address;
  if (!fd || ::setsockopt(fd.get(), SOL_SOCKET, SO_REUSEADDR, &one, sizeof one) != 0 ||
      ::bind(fd.get(), generic, size) != 0 || ::listen(fd.get(), 256) != 0 ||
      ::getsockname(fd.get(), generic, &size) != 0)
    return fault(fmt::format("TCP port {}", port), engines::Errno{errno}.text());
  listen(std::move(fd), true);
  return ntohs(address.sin_port);
}

void Door::listen(engines::Fd fd, bool over_network) {
  const std::size_t place = listeners_.size();
  const auto watch = loop_.watch(fd.get(), [this, place] { accept_all(place); });
  listeners_.push_back({std::move(fd), watch, over_network});
}

void Door::shut() {
  for (const Listener& listener : listeners_) loop_.unwatch(listener.watch);
  listeners_.clear();
  if (!path_.empty()) ::unlink(path_.c_str());
  path_.clear();
  while (!connections_.empty()) drop(connections_.begin()->first, false);
}

void Door::accept_all(std::size_t listener) {
  const Listener& from = listeners_[listener];
  for (;;) {
    engines::Fd fd(::accept4(from.fd.get(), nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK));
    if (!fd) return;
    if (const int one = 1; from.over_network) {
      ::setsockopt(fd.get(), IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);  // frames are small, and somebody waits
      ::setsockopt(fd.get(), SOL_SOCKET, SO_KEEPALIVE, &one, sizeof one);  // a dead node says no goodbye
    }
    if (connections_.size() >= connections_max) continue;  // closed at once: its client tries again later
    const ConnectionId id = ++last_;
    Connection& connection = connections_[id];
    connection.fd = std::move(fd);
    connection.watch = loop_.watch(connection.fd.get(), [this, id] { ready(id); });
    if (!from.over_network) continue;
    connection.stranger = true;
    connection.patience = loop_.after(stranger_ms_max, [this, id] { drop(id, true); });
  }
}

void Door::know(ConnectionId id) {
  const auto at = connections_.find(id);
  if (at == connections_.end() || !at->second.stranger) return;
  at->second.stranger = false;
  loop_.cancel(at->second.patience);
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
  at->second.heard += static_cast<std::size_t>(count);
  if (at->second.stranger && at->second.heard > stranger_bytes_max) return drop(id, true);
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
  if (at->second.stranger) loop_.cancel(at->second.patience);
  connections_.erase(at);
  if (tell && callbacks_.gone) callbacks_.gone(id);
}

}  // namespace mingyue::hybrid
