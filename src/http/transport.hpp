#pragma once

#include <memory>
#include <utility>

#include "http/net.hpp"

namespace mingyue::http {

/// A connection's bytes, plain or through TLS: the one place that knows which. Callbacks run on the connection's
/// thread.
class Transport {
 public:
  explicit Transport(Socket socket) : socket_(std::move(socket)) {}

  void secure(asio::ssl::context& context) { tls_ = std::make_unique<asio::ssl::stream<Socket&>>(socket_, context); }
  [[nodiscard]] bool is_secure() const { return tls_ != nullptr; }
  [[nodiscard]] Socket& socket() { return socket_; }

  template <class Callback>
  void handshake(Callback callback) {
    tls_->async_handshake(asio::ssl::stream_base::server, std::move(callback));
  }
  template <class Callback>
  void say_goodbye(Callback callback) {
    tls_->async_shutdown(std::move(callback));
  }
  template <class Callback>
  void read_some(asio::mutable_buffer into, Callback callback) {
    if (tls_) {
      tls_->async_read_some(into, std::move(callback));
    } else {
      socket_.async_read_some(into, std::move(callback));
    }
  }
  template <class Buffers, class Callback>
  void write_some(const Buffers& from, Callback callback) {
    if (tls_) {
      tls_->async_write_some(from, std::move(callback));
    } else {
      socket_.async_write_some(from, std::move(callback));
    }
  }
  void end_output() {
    error_code ignored;
    socket_.shutdown(Tcp::socket::shutdown_send, ignored);
  }
  /// Operations under way end soon, with an error.
  void close() {
    error_code ignored;
    socket_.close(ignored);
  }

 private:
  Socket socket_;
  std::unique_ptr<asio::ssl::stream<Socket&>> tls_;
};

}  // namespace mingyue::http
