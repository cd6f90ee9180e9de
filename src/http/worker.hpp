#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <thread>
#include <unordered_map>
#include <vector>

#include "http/census.hpp"
#include "http/net.hpp"
#include "http/server.hpp"

namespace mingyue::http {

class Connection;

/// What all threads of one server share.
struct Shared {
  Shared(const Router& the_router, ServerOptions the_options)
      : router(the_router),
        options(std::move(the_options)),
        census(options.limits.connections_max, options.limits.connections_per_address_max) {}

  const Router& router;
  const ServerOptions options;
  Census census;
  std::uint16_t port = 0;
  std::atomic<std::size_t> body_bytes = 0;
  std::atomic<std::uint64_t> accepted = 0;
  std::atomic<std::uint64_t> turned_away = 0;

  void report(std::string code, std::string message) const {
    if (options.on_fault) options.on_fault(Fault{std::move(code), std::move(message)});
  }
};

/// A Worker is one thread with its event loop and the connections that live on it. It owns their coroutines, looks at
/// their deadlines ten times a second, and ends when it has been told to stop and the last connection is gone.
class Worker {
 public:
  explicit Worker(Shared& shared);
  ~Worker();

  void start();                       ///< begins the thread
  void stop(Clock::duration within);  ///< any thread; returns at once
  void join();

  /// This thread only: the connection has been counted in the census under `key`.
  void adopt(Socket socket, const AddressKey& key, const std::shared_ptr<asio::ssl::context>& tls);
  /// Any thread: lets the connection look around, if it is still there.
  void wake(std::uint64_t connection);

  [[nodiscard]] asio::io_context& io() { return io_; }
  [[nodiscard]] Shared& shared() { return shared_; }
  [[nodiscard]] bool stopping() const { return stopping_; }
  [[nodiscard]] std::string_view date();  ///< for the Date header, kept for a second

 private:
  void tick();
  void signal_all();
  void remove(std::uint64_t connection);

  Shared& shared_;
  asio::io_context io_;
  Timer ticker_;
  std::unordered_map<std::uint64_t, std::unique_ptr<Connection>> connections_;  ///< looked into by id
  std::vector<std::uint64_t> due_;
  std::uint64_t next_id_ = 1;
  bool stopping_ = false;
  Clock::time_point stop_at_ = Clock::time_point::max();
  std::string date_;
  std::int64_t date_second_ = -1;
  std::thread thread_;
};

}  // namespace mingyue::http
