#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>

#include "base/expected.hpp"
#include "drivers/driver_loop.hpp"
#include "engines/shim/files.hpp"
#include "hybrid_wire/wire.hpp"

namespace mingyue::hybrid {

using ConnectionId = std::uint64_t;

/// The Unix socket and everyone who speaks through it: bytes in, frames out. Lives on the loop's thread.
///
/// Only processes of the daemon's own user get in; who they are, their key says. A connection that has 64 MiB of
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
  /// Nobody gets in any more, and all connections end. Before the loop ends.
  void shut();

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
  };
  void accept_all();
  void ready(ConnectionId id);
  void read_from(ConnectionId id);
  void flush(ConnectionId id);
  void drop(ConnectionId id, bool tell);

  drivers::DriverLoop& loop_;
  Callbacks callbacks_;
  std::string path_;
  engines::Fd listener_;
  drivers::DriverLoop::WatchId watch_ = 0;
  std::map<ConnectionId, Connection> connections_;
  ConnectionId last_ = 0;
};

}  // namespace mingyue::hybrid
