#pragma once

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <string>
#include <string_view>

#include "http/head.hpp"
#include "http/server.hpp"
#include "http/text.hpp"

/// For the tests of this folder: a client that says exactly what it is told, and a server with the usual routes.
namespace mingyue::http::testing {

/// What came back.
struct TestAnswer {
  int status = 0;
  Fields headers;
  std::string body;
};

/// Blocking, with a bound of 10 seconds on every read, so that a broken server fails a test instead of hanging it.
class TestClient {
 public:
  explicit TestClient(std::uint16_t port, int receive_buffer = 0)
      : fd_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    if (receive_buffer > 0) ::setsockopt(fd_.get(), SOL_SOCKET, SO_RCVBUF, &receive_buffer, sizeof receive_buffer);
    const timeval within{.tv_sec = 10, .tv_usec = 0};
    ::setsockopt(fd_.get(), SOL_SOCKET, SO_RCVTIMEO, &within, sizeof within);
    ::setsockopt(fd_.get(), SOL_SOCKET, SO_SNDTIMEO, &within, sizeof within);
    connect(port);
  }

  void connect(std::uint16_t port) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    EXPECT_EQ(::connect(fd_.get(), reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
  }

  /// False when the server no longer listens.
  bool send(std::string_view text) {
    while (!text.empty()) {
      const ssize_t sent = ::send(fd_.get(), text.data(), text.size(), MSG_NOSIGNAL);
      if (sent <= 0) return false;
      text.remove_prefix(static_cast<std::size_t>(sent));
    }
    return true;
  }

  /// One read into the buffer; false at the end.
  bool fill() {
    char bytes[16 * 1024];
    const ssize_t count = ::recv(fd_.get(), bytes, sizeof bytes, 0);
    if (count <= 0) return false;
    buffer_.append(bytes, static_cast<std::size_t>(count));
    return true;
  }

  /// Everything up to and with the marker; what there was when the end came first.
  std::string read_until(std::string_view marker) {
    while (buffer_.find(marker) == std::string::npos) {
      if (!fill()) return std::exchange(buffer_, {});
    }
    return take(buffer_.find(marker) + marker.size());
  }

  std::string read_bytes(std::size_t count) {
    while (buffer_.size() < count && fill()) {
    }
    return take(std::min(count, buffer_.size()));
  }

  std::string read_all() {
    while (fill()) {
    }
    return std::exchange(buffer_, {});
  }

  /// True when the server ends the connection and nothing more came before.
  bool ended() { return buffer_.empty() && read_all().empty(); }

  TestAnswer read_answer(std::string_view method = "GET") {
    TestAnswer answer = read_answer_head();
    if (method == "HEAD" || answer.status == 204 || answer.status == 304 || answer.status < 200) return answer;
    if (answer.headers.get("transfer-encoding") == "chunked") {
      while (true) {
        const std::string line = read_until("\r\n");
        const std::size_t size = line.empty() ? 0 : std::stoul(line, nullptr, 16);
        answer.body += read_bytes(size);
        read_bytes(2);
        if (size == 0) return answer;
      }
    }
    answer.body = read_bytes(std::stoul(std::string(answer.headers.get("content-length", "0"))));
    return answer;
  }

  TestAnswer read_answer_head() {
    const std::string head = read_until("\r\n\r\n");
    TestAnswer answer;
    if (head.size() < 12) return answer;
    answer.status = std::stoi(head.substr(9, 3));
    for (std::size_t at = head.find("\r\n") + 2; at < head.size() && head[at] != '\r'; at = head.find("\r\n", at) + 2) {
      const std::string line = head.substr(at, head.find("\r\n", at) - at);
      const auto field = parse_field_line(line);
      EXPECT_TRUE(field.has_value()) << line;
      if (field) answer.headers.add(field->name, field->value);
    }
    return answer;
  }

  /// `more` are header lines with their CRLF.
  TestAnswer ask(std::string_view method, std::string_view target, std::string_view body = {},
                 std::string_view more = {}) {
    std::string text =
        std::string(method) + " " + std::string(target) + " HTTP/1.1\r\nHost: localhost\r\n" + std::string(more);
    if (!body.empty()) text += "Content-Length: " + std::to_string(body.size()) + "\r\n";
    text += "\r\n";
    text += body;
    send(text);
    return read_answer(method);
  }

  void end_output() { ::shutdown(fd_.get(), SHUT_WR); }
  void close() { fd_.reset(); }
  /// Closes with a reset, as a machine that forgot us would.
  void reset() {
    const linger now{.l_onoff = 1, .l_linger = 0};
    ::setsockopt(fd_.get(), SOL_SOCKET, SO_LINGER, &now, sizeof now);
    fd_.reset();
  }
  [[nodiscard]] int fd() const { return fd_.get(); }

 private:
  std::string take(std::size_t count) {
    std::string taken = buffer_.substr(0, count);
    buffer_.erase(0, count);
    return taken;
  }

  UniqueFd fd_;
  std::string buffer_;
};

/// Lets a test wait for something that another thread does, at most 10 seconds.
class Latch {
 public:
  void open() {
    const std::lock_guard lock(mutex_);
    open_ = true;
    changed_.notify_all();
  }
  [[nodiscard]] bool wait() {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, std::chrono::seconds(10), [this] { return open_; });
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  bool open_ = false;
};

/// Waits until the condition holds, at most 10 seconds.
template <class Condition>
[[nodiscard]] bool eventually(Condition condition) {
  const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(10);
  while (!condition()) {
    if (std::chrono::steady_clock::now() > end) return false;
    ::usleep(2000);
  }
  return true;
}

inline std::unique_ptr<Server> start(const Router& router, ServerOptions options = {}) {
  auto server = Server::start(router, std::move(options));
  EXPECT_TRUE(server.has_value()) << (server ? "" : server.error().message);
  return server ? std::move(*server) : nullptr;
}

/// GET /hello, POST /echo, GET /jobs/{id}.
inline Router usual_routes() {
  Router router;
  router.on("GET", "/hello", [](const Request&, Reply reply) { reply.send(Response::text("hello\n")); });
  router.on("POST", "/echo", [](Request request, Reply reply) { reply.send(Response::text(std::move(request.body))); });
  router.on("GET", "/jobs/{id}", [](const Request& request, Reply reply) {
    reply.send(Response::text(std::string(request.param("id")) + "?" + std::string(request.query.get("view"))));
  });
  return router;
}

}  // namespace mingyue::http::testing
