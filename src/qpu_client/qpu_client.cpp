#include "qpu_client/qpu_client.hpp"

#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdlib>
#include <thread>
#include <utility>

namespace mingyue::qpu_client {
namespace {

constexpr std::chrono::milliseconds again_after{50};
constexpr std::chrono::milliseconds again_after_max{2'000};

constexpr std::string_view tcp = "tcp:";

/// `tcp:HOST:PORT`, a name or an address.
int connect_tcp(const std::string& socket) {
  const auto colon = socket.rfind(':');
  const std::string host = socket.substr(tcp.size(), colon - tcp.size());
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  if (colon <= tcp.size() || ::getaddrinfo(host.c_str(), socket.c_str() + colon + 1, &hints, &found) != 0) return -1;
  int fd = -1;
  for (const addrinfo* at = found; at != nullptr && fd < 0; at = at->ai_next) {
    fd = ::socket(at->ai_family, at->ai_socktype | SOCK_CLOEXEC, at->ai_protocol);
    if (fd >= 0 && ::connect(fd, at->ai_addr, at->ai_addrlen) != 0) {
      ::close(fd);
      fd = -1;
    }
  }
  ::freeaddrinfo(found);
  const int one = 1;
  if (fd >= 0) ::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
  return fd;
}

std::string variable(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? std::string() : value;
}

}  // namespace

Expected<Devices> Devices::from_environment() {
  Options options{.socket = variable("MINGYUE_QPU_SOCKET"), .key = variable("MINGYUE_QPU_KEY")};
  if (options.socket.empty() || options.key.empty())
    return refuse("no-qpu", "", "this program does not run as a job with quantum devices",
                  "submit it with `qpu:` in its document");
  return connect(std::move(options));
}

Expected<Devices> Devices::connect(Options options) {
  Devices devices(std::move(options));
  CHECK_OK(devices.reach());
  return devices;
}

Devices::Devices(Devices&& other) noexcept
    : options_(std::move(other.options_)),
      fd_(std::exchange(other.fd_, -1)),
      last_(other.last_),
      frames_(std::move(other.frames_)),
      open_(std::move(other.open_)),
      answers_(std::move(other.answers_)),
      devices_(std::move(other.devices_)) {}

Devices::~Devices() { disconnect(); }

void Devices::disconnect() {
  if (fd_ >= 0) ::close(fd_);
  fd_ = -1;
  frames_ = {};
}

bool Devices::send(const std::string& bytes) {
  for (std::size_t at = 0; at < bytes.size();) {
    const ssize_t count = ::send(fd_, bytes.data() + at, bytes.size() - at, MSG_NOSIGNAL);
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) return false;
    at += static_cast<std::size_t>(count);
  }
  return true;
}

bool Devices::receive() {
  std::array<char, 65'536> buffer;
  ssize_t count = 0;
  do count = ::recv(fd_, buffer.data(), buffer.size(), 0);
  while (count < 0 && errno == EINTR);
  if (count <= 0) return false;
  frames_.add({buffer.data(), static_cast<std::size_t>(count)});
  while (auto frame = frames_.next()) {
    open_.erase(frame->request);
    const Number number = frame->request;
    answers_.insert_or_assign(number, std::move(*frame));
  }
  return !frames_.broken();
}

bool Devices::connect_once() {
  disconnect();
  if (options_.socket.starts_with(tcp)) {
    fd_ = connect_tcp(options_.socket);
    return fd_ >= 0;
  }
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (options_.socket.size() >= sizeof address.sun_path) return false;
  options_.socket.copy(address.sun_path, options_.socket.size());
  fd_ = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  return fd_ >= 0 && ::connect(fd_, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0;
}

/// Connected, greeted, and everything asked again that was not answered.
Expected<void> Devices::reach() {
  const auto give_up = std::chrono::steady_clock::now() + options_.patience;
  for (auto pause = again_after;; pause = std::min(pause * 2, again_after_max)) {
    const Number greeting = ++last_;
    wire::Writer hello;
    hello.u32(wire::version);
    hello.text(options_.key);
    if (connect_once() && send(encode(wire::Frame{wire::Verb::hello, greeting, hello.take()}))) {
      while (!answers_.contains(greeting) && receive()) continue;
      const auto answered = answers_.extract(greeting);
      if (answered && answered.mapped().verb == wire::Verb::refused) {
        const auto why = wire::decode_refused(answered.mapped().body);
        return refuse(why ? why->code : "bad-frame", "", why ? why->message : "the centre cannot be understood",
                      why ? why->hint : "");
      }
      if (answered) {
        wire::Reader in(answered.mapped().body);
        (void)in.text();
        (void)in.u8();
        devices_ = wire::read_devices(in);
        const bool sent = std::ranges::all_of(open_, [this](const auto& one) { return send(one.second); });
        if (sent) return {};
      }
    }
    disconnect();
    if (std::chrono::steady_clock::now() + pause > give_up)
      return refuse("no-centre", "", "the centre cannot be reached at " + options_.socket, "is it running?");
    std::this_thread::sleep_for(pause);
  }
}

Devices::Number Devices::ask(wire::Verb verb, std::string body) {
  const Number number = ++last_;
  const auto& frame = open_[number] = encode(wire::Frame{verb, number, std::move(body)});
  if (fd_ >= 0 && !send(frame)) disconnect();  // asked again when somebody waits for the answer
  return number;
}

Expected<std::string> Devices::answer(Number number) {
  while (!answers_.contains(number)) {
    if (fd_ >= 0 && receive()) continue;
    CHECK_OK(reach());
  }
  wire::Frame frame = std::move(answers_.extract(number).mapped());
  if (frame.verb == wire::Verb::done) return std::move(frame.body);
  const auto why = wire::decode_refused(frame.body);
  if (!why) return refuse("bad-frame", "", "the centre cannot be understood", "use the client of its version");
  return refuse(why->code, "", why->message, why->hint);
}

Devices::Number Devices::submit(const wire::Batch& batch) { return ask(wire::Verb::run, wire::encode(batch)); }

Expected<wire::Result> Devices::wait(Number number) {
  TRY(body, answer(number));
  auto result = wire::decode_result(body);
  if (!result) return refuse("bad-frame", "", "the result cannot be read", "use the client of the centre's version");
  return std::move(*result);
}

Expected<bool> Devices::cancel(Number number) {
  wire::Writer out;
  out.u64(number);
  TRY(body, answer(ask(wire::Verb::cancel, out.take())));
  return wire::Reader(body).u8() != 0;
}

Expected<Devices::Session> Devices::begin_session(std::uint32_t seconds, const std::string& device) {
  wire::Writer out;
  out.u32(seconds);
  out.text(device);
  TRY(body, answer(ask(wire::Verb::session, out.take())));
  wire::Reader in(body);
  return Session{.device = in.text(), .until_ms = in.i64()};
}

Expected<void> Devices::end_session() {
  const auto ended = answer(ask(wire::Verb::end_session, {}));
  if (!ended) return Unexpected<Refusal>(ended.error());
  return {};
}

Expected<Devices::Place> Devices::place(Number number) {
  wire::Writer out;
  out.u64(number);
  TRY(body, answer(ask(wire::Verb::place, out.take())));
  wire::Reader in(body);
  Place place{.place = in.u32(), .start_ms = in.i64(), .device = in.text()};
  if (place.start_ms == -1) place.start_ms.reset();
  return place;
}

}  // namespace mingyue::qpu_client
