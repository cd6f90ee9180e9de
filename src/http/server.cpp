#include "http/server.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <openssl/ssl.h>
#include <signal.h>
#include <sys/socket.h>

#include <algorithm>
#include <ctime>
#include <deque>
#include <mutex>

#include "base/invariant.hpp"
#include "http/connection.hpp"
#include "http/net.hpp"
#include "http/worker.hpp"

namespace mingyue::http {
namespace {

constexpr std::chrono::milliseconds tick_every{100};
constexpr std::chrono::milliseconds back_off_for{100};
/// Connections turned away are held for a moment, so that the client can read why.
constexpr std::size_t turned_away_max = 64;
constexpr std::chrono::milliseconds turned_away_for{500};

AddressKey key_of(const asio::ip::address& address) {
  AddressKey key{};
  if (address.is_v4()) {
    key = asio::ip::make_address_v6(asio::ip::v4_mapped, address.to_v4()).to_bytes();
  } else {
    key = address.to_v6().to_bytes();
    if (!address.to_v6().is_v4_mapped()) std::fill(key.begin() + 8, key.end(), static_cast<unsigned char>(0));
  }
  return key;
}

int choose_http(SSL*, const unsigned char** out, unsigned char* out_size, const unsigned char* in, unsigned in_size,
                void*) {
  static constexpr unsigned char ours[] = "\x08http/1.1";
  unsigned char* chosen = nullptr;
  const int found = SSL_select_next_proto(&chosen, out_size, ours, sizeof ours - 1, in, in_size);
  *out = chosen;
  return found == OPENSSL_NPN_NEGOTIATED ? SSL_TLSEXT_ERR_OK : SSL_TLSEXT_ERR_ALERT_FATAL;
}

Expected<std::shared_ptr<asio::ssl::context>, Fault> load_tls(const TlsFiles& files) {
  auto context = std::make_shared<asio::ssl::context>(asio::ssl::context::tls_server);
  error_code error;
  SSL_CTX_set_min_proto_version(context->native_handle(), TLS1_2_VERSION);
  // A client may not ask for one handshake after another on our time.
  SSL_CTX_set_options(context->native_handle(), SSL_OP_NO_RENEGOTIATION);
  // Ten thousand idle connections need no 34 KiB of buffers each.
  SSL_CTX_set_mode(context->native_handle(), SSL_MODE_RELEASE_BUFFERS);
  SSL_CTX_set_alpn_select_cb(context->native_handle(), choose_http, nullptr);
  context->use_certificate_chain_file(files.certificate_file, error);
  if (error) return fault("tls", fmt::format("cannot use certificate {}: {}", files.certificate_file, error.message()));
  context->use_private_key_file(files.key_file, asio::ssl::context::pem, error);
  if (error) return fault("tls", fmt::format("cannot use key {}: {}", files.key_file, error.message()));
  if (SSL_CTX_check_private_key(context->native_handle()) != 1) {
    return fault("tls", fmt::format("the key {} does not belong to {}", files.key_file, files.certificate_file));
  }
  return context;
}

}  // namespace

// ---- Worker

Worker::Worker(Shared& shared) : shared_(shared), io_(1), ticker_(io_) {}

Worker::~Worker() { INVARIANT(!thread_.joinable(), "a worker is joined before it goes"); }

void Worker::start() {
  tick();
  // Signals belong to the main thread; and a write to an upgraded socket whose other end has gone must fail with EPIPE
  // rather than end the process.
  sigset_t all;
  sigset_t before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  thread_ = std::thread([this] { io_.run(); });
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
}

void Worker::stop(Clock::duration within) {
  asio::post(io_, [this, within] {
    stopping_ = true;
    stop_at_ = std::min(stop_at_, Clock::now() + within);
    signal_all();
    ticker_.cancel();  // Ticks faster from now on.
  });
}

void Worker::join() {
  if (thread_.joinable()) thread_.join();
}

void Worker::adopt(Socket socket, const AddressKey& key, const std::shared_ptr<asio::ssl::context>& tls) {
  const std::uint64_t id = next_id_++;
  auto connection = std::make_unique<Connection>(*this, id, std::move(socket), key);
  if (tls) connection->secure(*tls);
  Connection& entered = *connection;
  connections_.emplace(id, std::move(connection));
  asio::co_spawn(io_.get_executor(), entered.run(), [this, id](const std::exception_ptr& trouble) {
    INVARIANT(trouble == nullptr, "a connection's coroutine ends without an exception");
    // Not at once: the coroutine that ends here may have been resumed from within one of the connection's functions.
    asio::post(io_, [this, id] { remove(id); });
  });
}

void Worker::wake(std::uint64_t connection) {
  asio::post(io_, [this, connection] {
    if (const auto found = connections_.find(connection); found != connections_.end()) found->second->signal();
  });
}

void Worker::remove(std::uint64_t connection) {
  const auto found = connections_.find(connection);
  INVARIANT(found != connections_.end(), "a connection is removed once");
  shared_.census.leave(found->second->key());
  connections_.erase(found);
}

/// A signalled connection may end, and others with it; so ids are collected first and looked up one by one.
void Worker::signal_all() {
  std::vector<std::uint64_t> ids;
  ids.reserve(connections_.size());
  for (const auto& [id, connection] : connections_) ids.push_back(id);
  for (const std::uint64_t id : ids) {
    if (const auto found = connections_.find(id); found != connections_.end()) found->second->signal();
  }
}

/// One look at every connection ten times a second costs a millisecond for 10 000 of them, 1 % of a core; a timer for
/// each wait of each connection would cost every request its share of a timer heap.
void Worker::tick() {
  const Clock::time_point now = Clock::now();
  if (now >= stop_at_) {
    for (const auto& [id, connection] : connections_) connection->cut();
    signal_all();
  }
  due_.clear();
  for (const auto& [id, connection] : connections_) {
    if (connection->is_due(now)) due_.push_back(id);
  }
  for (const std::uint64_t id : due_) {
    if (const auto found = connections_.find(id); found != connections_.end()) found->second->signal();
  }
  if (stopping_ && connections_.empty()) return;
  ticker_.expires_after(stopping_ ? tick_every / 10 : tick_every);
  ticker_.async_wait([this](const error_code&) { tick(); });
}

std::string_view Worker::date() {
  const std::int64_t second = std::time(nullptr);
  if (second != date_second_) {
    date_second_ = second;
    date_ = http_date(second);
  }
  return date_;
}

// ---- Server

/// Accepts on the first worker's thread and deals connections out in turn.
class Server::Impl {
 public:
  Impl(const Router& router, ServerOptions options) : shared(router, std::move(options)) {
    const int threads = std::clamp(shared.options.threads, 1, 64);
    for (int index = 0; index < threads; ++index) workers.push_back(std::make_unique<Worker>(shared));
    acceptor.emplace(workers.front()->io());
    back_off.emplace(workers.front()->io());
    sweeper.emplace(workers.front()->io());
  }
  ~Impl() { stop(Duration(0)); }

  Expected<void, Fault> listen();
  void stop(Duration within);
  void accept_next();

  Shared shared;
  std::vector<std::unique_ptr<Worker>> workers;
  std::mutex tls_mutex;
  std::shared_ptr<asio::ssl::context> tls;

 private:
  struct TurnedAway {
    Socket socket;
    Clock::time_point until;
  };

  void welcome(const error_code& error, Socket socket, Worker& worker);
  void turn_away(Socket socket, std::string reason);
  void make_room_and_wait(const error_code& error);
  void sweep();

  std::optional<asio::basic_socket_acceptor<Tcp, Executor>> acceptor;
  std::optional<Timer> back_off;
  std::optional<Timer> sweeper;  ///< lets go of those turned away
  std::deque<TurnedAway> turned_away;
  UniqueFd reserve;  ///< given up when descriptors run out, to accept and close one connection
  std::size_t next_worker = 0;
  bool started = false;
  bool stopped = false;
  bool closing = false;  ///< the first worker's thread only
  Clock::time_point fault_told_at{};
};

Expected<void, Fault> Server::Impl::listen() {
  const ServerOptions& options = shared.options;
  const auto failed = [&](std::string_view step, const error_code& error, std::string_view hint) {
    return fault("listen",
                 fmt::format("cannot {} {}:{}: {}{}", step, options.host, options.port, error.message(), hint));
  };
  error_code error;
  const std::string host = options.host == "localhost" ? "127.0.0.1" : options.host;
  const asio::ip::address address = asio::ip::make_address(host, error);
  if (error) return failed("listen at", error, "; give an address such as 127.0.0.1, 0.0.0.0 or ::");
  if (options.tls) {
    TRY(loaded, load_tls(*options.tls));
    tls = std::move(loaded);
  }
  const Tcp::endpoint endpoint(address, options.port);
  acceptor->open(endpoint.protocol(), error);
  if (error) return failed("open a socket for", error, "");
  acceptor->set_option(asio::socket_base::reuse_address(true), error);
  if (address.is_v6()) acceptor->set_option(asio::ip::v6_only(!address.is_unspecified()), error);
  acceptor->bind(endpoint, error);
  if (error == asio::error::address_in_use) {
    return failed("bind", error, "; another program uses the port: choose another, or stop it");
  }
  if (error) return failed("bind", error, "");
  acceptor->listen(4096, error);
  if (error) return failed("listen at", error, "");
  shared.port = acceptor->local_endpoint(error).port();
  reserve.reset(::open("/dev/null", O_RDONLY | O_CLOEXEC));

  for (const auto& worker : workers) worker->start();
  started = true;
  asio::post(workers.front()->io(), [this] {
    accept_next();
    sweep();
  });
  return {};
}

void Server::Impl::stop(Duration within) {
  if (!started || stopped) return;
  stopped = true;
  asio::post(workers.front()->io(), [this] {
    closing = true;
    error_code ignored;
    acceptor->close(ignored);
    back_off->cancel();
    sweeper->cancel();
    turned_away.clear();
  });
  for (const auto& worker : workers) worker->stop(std::chrono::milliseconds(within.raw()));
  for (const auto& worker : workers) worker->join();
}

void Server::Impl::accept_next() {
  if (closing) return;
  Worker& worker = *workers[next_worker];
  next_worker = (next_worker + 1) % workers.size();
  acceptor->async_accept(worker.io().get_executor(), [this, &worker](const error_code& error, Socket socket) {
    welcome(error, std::move(socket), worker);
  });
}

void Server::Impl::welcome(const error_code& error, Socket socket, Worker& worker) {
  if (closing) return;
  if (error == asio::error::no_descriptors || error.value() == ENFILE || error == asio::error::no_memory ||
      error == asio::error::no_buffer_space) {
    make_room_and_wait(error);
    return;
  }
  // Any other error is that of one connection which ended before we took it.
  if (error) return accept_next();
  ++shared.accepted;
  error_code gone;
  const Tcp::endpoint peer = socket.remote_endpoint(gone);
  if (gone) return accept_next();
  const AddressKey key = key_of(peer.address());
  switch (shared.census.enter(key)) {
    case Census::Verdict::TooMany:
      turn_away(std::move(socket), "the server has all the connections it can hold");
      break;
    case Census::Verdict::TooManyFromThere:
      turn_away(std::move(socket), "your address has all the connections it may hold");
      break;
    case Census::Verdict::Welcome: {
      std::shared_ptr<asio::ssl::context> context;
      {
        const std::lock_guard lock(tls_mutex);
        context = tls;
      }
      if (&worker == workers.front().get()) {
        worker.adopt(std::move(socket), key, context);
      } else {
        asio::post(worker.io(), [&worker, socket = std::move(socket), key, context]() mutable {
          worker.adopt(std::move(socket), key, context);
        });
      }
    }
  }
  accept_next();
}

/// Says 503 without waiting for anything, keeps the socket for a moment and closes it. Through TLS nothing can be said
/// before a handshake, which we cannot afford here.
void Server::Impl::turn_away(Socket socket, std::string reason) {
  ++shared.turned_away;
  const bool can_tell = !shared.options.tls && turned_away.size() < turned_away_max;
  if (!can_tell) return;
  const Response response = problem_response(problems::overloaded(std::move(reason)));
  const std::string date = http_date(std::time(nullptr));
  std::string text;
  write_response_head(text, response, {.content_length = response.body.size(), .keep_alive = false, .date = date});
  text += response.body;
  const int fd = socket.native_handle();
  static_cast<void>(::send(fd, text.data(), text.size(), MSG_DONTWAIT | MSG_NOSIGNAL));
  ::shutdown(fd, SHUT_WR);
  turned_away.push_back({std::move(socket), Clock::now() + turned_away_for});
}

/// Without descriptors a connection can neither be taken nor refused: it would wait in the system's queue until the
/// client gives up. We give up our reserve, take it, say goodbye by closing it, and wait a moment for better times.
void Server::Impl::make_room_and_wait(const error_code& error) {
  const int listening = acceptor->native_handle();
  for (int count = 0; count < 64; ++count) {
    reserve.reset();
    const int unwanted = ::accept4(listening, nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK);
    if (unwanted >= 0) {
      ++shared.turned_away;
      ::close(unwanted);
    }
    reserve.reset(::open("/dev/null", O_RDONLY | O_CLOEXEC));
    if (unwanted < 0) break;
  }
  if (Clock::now() - fault_told_at > std::chrono::seconds(10)) {
    fault_told_at = Clock::now();
    shared.report("descriptors", "cannot accept connections: " + error.message() + "; raise LimitNOFILE");
  }
  back_off->expires_after(back_off_for);
  back_off->async_wait([this](const error_code&) { accept_next(); });
}

void Server::Impl::sweep() {
  if (closing) return;
  const Clock::time_point now = Clock::now();
  while (!turned_away.empty() && turned_away.front().until <= now) turned_away.pop_front();
  // What the client has sent meanwhile is read away: closing over it would reset the connection.
  for (TurnedAway& client : turned_away) {
    char bytes[4096];
    static_cast<void>(::recv(client.socket.native_handle(), bytes, sizeof bytes, MSG_DONTWAIT));
  }
  sweeper->expires_after(tick_every);
  sweeper->async_wait([this](const error_code&) { sweep(); });
}

Expected<std::unique_ptr<Server>, Fault> Server::start(const Router& router, ServerOptions options) {
  auto impl = std::make_unique<Impl>(router, std::move(options));
  CHECK_OK(impl->listen());
  return std::unique_ptr<Server>(new Server(std::move(impl)));
}

Server::Server(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Server::~Server() = default;

std::uint16_t Server::port() const { return impl_->shared.port; }

ServerCounts Server::counts() const {
  const Shared& shared = impl_->shared;
  return {.connections = shared.census.connections(),
          .accepted = shared.accepted,
          .turned_away = shared.turned_away,
          .body_bytes = shared.body_bytes};
}

Expected<void, Fault> Server::reload_tls() {
  if (!impl_->shared.options.tls) return fault("tls", "this server does not speak TLS");
  TRY(loaded, load_tls(*impl_->shared.options.tls));
  const std::lock_guard lock(impl_->tls_mutex);
  impl_->tls = std::move(loaded);
  return {};
}

void Server::stop(Duration within) { impl_->stop(within); }

}  // namespace mingyue::http
