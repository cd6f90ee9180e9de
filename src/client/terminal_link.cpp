#include "client/terminal_link.hpp"

#include <curl/curl.h>
#include <poll.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <chrono>

namespace mingyue::client {
namespace {

constexpr int wait_ms_max = 10'000;
constexpr std::size_t head_bytes_max = 64 * 1024;

Failure away(const std::string& url, std::string_view why) {
  return {0, {Refusal{"unreachable", "", say("no.answer", url, why), say("no.answer.hint")}}};
}

/// `host:port` of a URL.
std::string authority_of(const std::string& url) {
  const auto begin = url.find("://");
  const std::string rest = begin == std::string::npos ? url : url.substr(begin + 3);
  return rest.substr(0, rest.find('/'));
}

std::size_t content_length(std::string head) {
  std::ranges::transform(head, head.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  const auto at = head.find("\r\ncontent-length:");
  if (at == std::string::npos) return 0;
  return static_cast<std::size_t>(std::strtoul(head.c_str() + at + 17, nullptr, 10));
}

}  // namespace

class TerminalLink::Impl {
 public:
  Impl() = default;
  ~Impl() { curl_easy_cleanup(curl_); }
  Impl(const Impl&) = delete;
  Impl& operator=(const Impl&) = delete;

  Expected<void, Failure> connect(const Connection& connection, const std::string& id) {
    TRY(to, connection.target());
    curl_easy_setopt(curl_, CURLOPT_URL, to.url.c_str());
    curl_easy_setopt(curl_, CURLOPT_CONNECT_ONLY, 1L);
    curl_easy_setopt(curl_, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(curl_, CURLOPT_PROXY, "");
    curl_easy_setopt(curl_, CURLOPT_CONNECTTIMEOUT_MS, 5'000L);
    curl_easy_setopt(curl_, CURLOPT_TCP_KEEPALIVE, 1L);
    curl_easy_setopt(curl_, CURLOPT_TCP_KEEPIDLE, 30L);
    curl_easy_setopt(curl_, CURLOPT_TCP_KEEPINTVL, 10L);
    curl_easy_setopt(curl_, CURLOPT_TCP_NODELAY, 1L);
    if (!connection.where().ca.empty()) curl_easy_setopt(curl_, CURLOPT_CAINFO, connection.where().ca.c_str());
    if (const CURLcode code = curl_easy_perform(curl_); code != CURLE_OK) {
      return Unexpected<Failure>(away(to.url, curl_easy_strerror(code)));
    }
    if (curl_easy_getinfo(curl_, CURLINFO_ACTIVESOCKET, &socket_) != CURLE_OK)
      return Unexpected<Failure>(away(to.url, "the connection is gone"));
    return upgrade(to, id);
  }

  [[nodiscard]] int fd() const { return static_cast<int>(socket_); }

  bool send(std::string_view bytes) {
    const auto until = std::chrono::steady_clock::now() + std::chrono::milliseconds(wait_ms_max);
    while (!bytes.empty()) {
      std::size_t sent = 0;
      const CURLcode code = curl_easy_send(curl_, bytes.data(), bytes.size(), &sent);
      bytes.remove_prefix(sent);
      if (code == CURLE_OK) continue;
      if (code != CURLE_AGAIN || std::chrono::steady_clock::now() > until) return false;
      wait(POLLOUT, 100);
    }
    return true;
  }

  bool receive(std::string& bytes) {
    bytes = std::exchange(behind_head_, {});
    std::array<char, 16 * 1024> buffer;
    for (;;) {
      std::size_t count = 0;
      const CURLcode code = curl_easy_recv(curl_, buffer.data(), buffer.size(), &count);
      if (code == CURLE_AGAIN) return true;
      if (code != CURLE_OK || count == 0) return !bytes.empty();
      bytes.append(buffer.data(), count);
      if (bytes.size() > (1U << 18U)) return true;
    }
  }

 private:
  void wait(short events, int ms) const {
    pollfd one{fd(), events, 0};
    ::poll(&one, 1, ms);
  }

  /// More bytes, within the time; false: none came.
  bool read_more(std::string& text) {
    const auto until = std::chrono::steady_clock::now() + std::chrono::milliseconds(wait_ms_max);
    while (std::chrono::steady_clock::now() < until) {
      std::string some;
      if (!receive(some)) return false;
      text += some;
      if (!some.empty()) return true;
      wait(POLLIN, 100);
    }
    return false;
  }

  Expected<void, Failure> upgrade(const Connection::Target& to, const std::string& id) {
    const std::string request = fmt::format(
        "GET /v1/jobs/{}/terminal HTTP/1.1\r\nHost: {}\r\nAuthorization: Bearer {}\r\nConnection: Upgrade\r\n"
        "Upgrade: mingyue-terminal\r\n\r\n",
        id, authority_of(to.url), to.token);
    std::string text;
    bool alive = send(request);
    while (alive && text.find("\r\n\r\n") == std::string::npos && text.size() < head_bytes_max) alive = read_more(text);
    const auto end = text.find("\r\n\r\n");
    if (end == std::string::npos || text.size() < 12) return Unexpected<Failure>(away(to.url, "no answer"));
    const std::string head = text.substr(0, end + 2);
    behind_head_ = text.substr(end + 4);
    const int status = std::atoi(head.substr(9, 3).c_str());
    if (status == 101) return {};
    Answer answer{.status = status, .body = std::exchange(behind_head_, {})};
    while (answer.body.size() < std::min(content_length(head), head_bytes_max) && read_more(answer.body)) {
    }
    return Unexpected<Failure>(failure_of(answer));
  }

  CURL* curl_ = curl_easy_init();
  curl_socket_t socket_ = -1;
  std::string behind_head_;
};

TerminalLink::TerminalLink(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
TerminalLink::TerminalLink(TerminalLink&&) noexcept = default;
TerminalLink& TerminalLink::operator=(TerminalLink&&) noexcept = default;
TerminalLink::~TerminalLink() = default;

Expected<TerminalLink, Failure> TerminalLink::open(const Connection& connection, const std::string& id) {
  auto impl = std::make_unique<Impl>();
  CHECK_OK(impl->connect(connection, id));
  return TerminalLink(std::move(impl));
}

int TerminalLink::fd() const { return impl_->fd(); }
bool TerminalLink::send(std::string_view bytes) { return impl_->send(bytes); }
bool TerminalLink::receive(std::string& bytes) { return impl_->receive(bytes); }

std::size_t shown_twice(std::string_view captured, std::string_view joined) {
  for (std::size_t count = std::min(captured.size(), joined.size()); count > 0; --count) {
    if (captured.ends_with(joined.substr(0, count))) return count;
  }
  return 0;
}

}  // namespace mingyue::client
