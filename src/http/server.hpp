#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/expected.hpp"
#include "base/time.hpp"
#include "http/origin.hpp"
#include "http/router.hpp"

namespace mingyue::http {

struct TlsFiles {
  std::string certificate_file;  ///< PEM, the chain, own certificate first
  std::string key_file;          ///< PEM
};

/// What a client may ask of the server. Every queue has a bound, every wait an end.
struct Limits {
  std::size_t head_bytes_max = 16 * 1024;
  std::size_t target_bytes_max = 8 * 1024;
  std::size_t body_bytes_max = 8 * 1024 * 1024;      ///< a route may say otherwise
  std::size_t bodies_bytes_max = 512 * 1024 * 1024;  ///< of all requests together, until they are answered
  std::size_t connections_max = 12'000;
  std::size_t connections_per_address_max = 4'096;  ///< an IPv6 address counts by its /64

  Duration head_within = seconds(10);  ///< from a request's first byte; for a new connection, from its start
  Duration body_grace = seconds(20);   ///< a body may take this, and as long as its bytes need at the rate below
  std::size_t body_bytes_per_s_min = 1024;
  Duration idle_max = seconds(60);         ///< between requests
  Duration answer_within = seconds(60);    ///< a handler that takes longer: 504; a route may say otherwise
  Duration write_within = seconds(30);     ///< the client must take each 64 KiB in this time
  Duration upgraded_idle_max = hours(24);  ///< an upgraded connection without a byte either way
  std::size_t send_buffer_bytes = 0;       ///< of the system, per connection; 0 leaves it to the system
};

/// One request as it was answered, for metrics and logs. The views live as long as the call.
struct Access {
  std::string_view method;
  std::string_view route;  ///< the pattern, `/v1/jobs/{id}`; empty when none matched
  std::string_view path;
  std::string_view peer_address;
  int status = 0;              ///< 0: the client was gone before the answer
  std::int64_t micros = 0;     ///< from the complete head to the last byte handed to the system
  std::uint64_t bytes_in = 0;  ///< of the body
  std::uint64_t bytes_out = 0;
};

struct ServerOptions {
  std::string host = "127.0.0.1";  ///< an address; `::` is every address of both families
  std::uint16_t port = 0;          ///< 0: any free one, see Server::port()
  int threads = 1;
  std::optional<TlsFiles> tls;
  Limits limits;
  OriginPolicy origins;
  /// Called with head only, before the body is read, on a thread of the server: an answer here ends the request. The
  /// place to ask for a token before eight megabytes arrive. Its `body` is empty.
  std::function<std::optional<Response>(const Request&)> before_body;
  /// Called on a thread of the server after each answer; must be quick.
  std::function<void(const Access&)> on_access;
  /// Told what an operator should know: a handler threw, descriptors ran out. Called on a thread of the server.
  std::function<void(const Fault&)> on_fault;
};

struct ServerCounts {
  std::size_t connections = 0;
  std::uint64_t accepted = 0;
  std::uint64_t turned_away = 0;  ///< over a connection limit, or for lack of descriptors
  std::size_t body_bytes = 0;
};

/// An HTTP/1.1 server that knows nothing of jobs. Its life:
///
///   1. start()  binds, listens and serves; a fault names the address and what to do;
///   2. requests run handlers of the router on the server's threads, one at a time per connection, answered in order;
///   3. stop()   no more connections, answers under way are finished until the deadline, streams end, threads join.
///
/// The router must outlive the server; two servers may share one router. Replies and sinks may outlive both.
class Server {
 public:
  [[nodiscard]] static Expected<std::unique_ptr<Server>, Fault> start(const Router& router, ServerOptions options);
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;
  ~Server();  ///< stops at once if stop() was not called

  [[nodiscard]] std::uint16_t port() const;
  [[nodiscard]] ServerCounts counts() const;

  /// Reads certificate and key again: new connections use them, old ones keep theirs. A fault changes nothing.
  [[nodiscard]] Expected<void, Fault> reload_tls();

  /// Waits at most a little more than `within`. Not to be called on a thread of the server.
  void stop(Duration within = seconds(5));

 private:
  class Impl;
  explicit Server(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace mingyue::http
