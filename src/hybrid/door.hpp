#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "base/expected.hpp"
#include "drivers/driver_loop.hpp"
#include "engines/shim/files.hpp"
#include "hybrid_wire/wire.hpp"

namespace mingyue::hybrid {

using ConnectionId = std::uint64_t;

/// The Unix socket, a TCP port for jobs on other machines, and everyone who speaks through them: bytes in, frames out.
/// Lives on the loop's thread.
///
/// Through the socket only processes of the daemon's own user get in; who they are, their key says. Through the port
/// comes who can reach it, and their key is all that they have: until it has been seen (know()) they are strangers, who
/// may say four kilobytes and stay ten seconds. A connection that has 64 MiB of
/// answers to fetch is not read from until it has fetched some.
class Door {
 public:
  struct Callbacks {
    std::function<void(ConnectionId, wire::Frame)> frame;
    std::function<void(ConnectionId)> gone;  ///< not for those that close() ended
  };
  Door(drivers::DriverLoop& loop, Callbacks callbacks) : loop_(loop), callbacks_(std::move(callbacks)) {}
  ~Door() { shut(); }
  Door(const Door&) = delete;
  Door& operator=(const Door&) = delete;

  /// Fault `qpu-socket`: the path is too long for a socket, or cannot be made. What was there before is replaced.
  [[nodiscard]] Expected<void, Fault> open(const std::string& path);
  /// A port of all addresses, for jobs on other machines; 0: any that is free. What it is. Fault `qpu-socket`.
  [[nodiscard]] Expected<std::uint16_t, Fault> open_port(std::uint16_t port);
  /// Nobody gets in any more, and all connections end. Before the loop ends.
  void shut();

  /// It has shown a right key.
  void know(ConnectionId connection);
  /// Nothing happens when the connection is gone.
  void send(ConnectionId to, const wire::Frame& frame);
  /// After what was sent before.
  void close(ConnectionId connection);

 private:
  struct Connection {
    engines::Fd fd;
    drivers::DriverLoop::WatchId watch = 0;
    wire::Frames frames;
    std::string unsent;
    std::size_t sent = 0;
    bool waits_to_write = false;
    bool closing = false;
    bool stranger = false;
    std::size_t heard = 0;  ///< of a stranger, in bytes
    drivers::DriverLoop::TimerId patience = 0;
  };
  struct Listener {
    engines::Fd fd;
    drivers::DriverLoop::WatchId watch = 0;
    bool over_network = false;
  };
  void listen(engines::Fd fd, bool over_network);
  void accept_all(std::size_t listener);
  void ready(ConnectionId id);
  void read_from(ConnectionId id);
  void flush(ConnectionId id);
  void drop(ConnectionId id, bool tell);

  drivers::DriverLoop& loop_;
  Callbacks callbacks_;
  std::string path_;
  std::vector<Listener> listeners_;
  std::map<ConnectionId, Connection> connections_;
  ConnectionId last_ = 0;
};

}  // namespace mingyue::hybrid
