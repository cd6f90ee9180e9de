#include "engines/shim/terminal.hpp"

#include <fcntl.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>

namespace mingyue::engines {
namespace {
constexpr std::size_t unsent_max = 4U << 20U;  // a client that is this far behind is let go
constexpr std::size_t typed_max = 64U << 10U;  // beyond it we stop reading from clients
constexpr std::size_t clients_max = 32;
constexpr int finish_ms = 1000;
}  // namespace

Expected<void, std::string> Terminal::open() {
  const auto trouble = [](const char* what) { return std::unexpected(std::string(what) + ": " + Errno{errno}.text()); };
  master_ = Fd(::posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC | O_NONBLOCK));
  if (!master_ || ::grantpt(master_.get()) != 0 || ::unlockpt(master_.get()) != 0) return trouble("no pseudo-terminal");
  task_side_ = Fd(::ioctl(master_.get(), TIOCGPTPEER, O_RDWR | O_NOCTTY | O_CLOEXEC));
  if (!task_side_) return trouble("no pseudo-terminal");
  const winsize window{24, 80, 0, 0};
  (void)::ioctl(master_.get(), TIOCSWINSZ, &window);

  // The shim stands in the attempt's folder, so the name is short however long the path is.
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::strcpy(address.sun_path, "terminal");
  listener_ = Fd(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  ::unlink(address.sun_path);
  if (!listener_ || ::bind(listener_.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0 ||
      ::listen(listener_.get(), 8) != 0)
    return trouble("no socket for the terminal");
  return {};
}

void Terminal::await(std::vector<pollfd>& fds) const {
  const short when_typed = typed_.empty() ? 0 : POLLOUT;
  fds.push_back({master_.get(), static_cast<short>(POLLIN | when_typed), 0});
  fds.push_back({listener_.get(), POLLIN, 0});
  for (const Client& client : clients_) {
    const short in = typed_.size() < typed_max ? POLLIN : 0;
    const short out = client.unsent.empty() ? 0 : POLLOUT;
    // One that we want nothing from is left out: its hanging up would wake us again and again.
    fds.push_back({in != 0 || out != 0 ? client.socket.get() : -1, static_cast<short>(in | out), 0});
  }
}

void Terminal::serve(const std::function<void(std::string_view)>& shown) {
  accept_clients();
  for (Client& client : clients_) listen_to(client);
  type();
  char chunk[16384];
  for (int rounds = 0; rounds < 16; ++rounds) {
    const ssize_t n = ::read(master_.get(), chunk, sizeof chunk);
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) break;
    const std::string_view bytes(chunk, static_cast<std::size_t>(n));
    shown(bytes);
    const std::string frame = encode_frame(FrameKind::data, bytes);
    for (Client& client : clients_) tell(client, frame);
  }
  for (Client& client : clients_) tell(client, {});
  clients_.remove_if([](const Client& client) { return client.gone; });
}

void Terminal::finish(TerminalExit exit) {
  for (Client& client : clients_) tell(client, encode_exit(exit.code, exit.signal));
  const std::int64_t until = steady_ms() + finish_ms;
  for (;;) {
    std::vector<pollfd> fds;
    for (Client& client : clients_) {
      tell(client, {});
      if (!client.gone && !client.unsent.empty()) fds.push_back({client.socket.get(), POLLOUT, 0});
    }
    const std::int64_t left = until - steady_ms();
    if (fds.empty() || left <= 0) break;
    (void)::poll(fds.data(), fds.size(), static_cast<int>(left));
  }
  clients_.clear();
  listener_.reset();
  ::unlink("terminal");
}

void Terminal::accept_clients() {
  for (;;) {
    Fd socket(::accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK));
    if (!socket) return;
    if (clients_.size() < clients_max) clients_.push_back({std::move(socket), {}, {}, false});
  }
}

void Terminal::listen_to(Client& client) {
  char chunk[16384];
  while (typed_.size() < typed_max && !client.gone) {
    const ssize_t n = ::read(client.socket.get(), chunk, sizeof chunk);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0 && errno == EAGAIN) break;
    if (n <= 0) {
      client.gone = true;
      break;
    }
    client.frames.add({chunk, static_cast<std::size_t>(n)});
    while (const auto frame = client.frames.next()) {
      if (frame->kind == FrameKind::data) typed_ += frame->bytes;
      const auto window = decode_window(frame->bytes);
      if (frame->kind != FrameKind::window || !window) continue;
      const winsize size{window->rows, window->columns, 0, 0};
      (void)::ioctl(master_.get(), TIOCSWINSZ, &size);  // the kernel tells the task by SIGWINCH
    }
    if (client.frames.broken()) client.gone = true;
  }
}

void Terminal::tell(Client& client, std::string_view bytes) {
  client.unsent += bytes;
  while (!client.unsent.empty() && !client.gone) {
    const ssize_t n = ::send(client.socket.get(), client.unsent.data(), client.unsent.size(), MSG_NOSIGNAL);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0 && errno == EAGAIN) break;
    if (n <= 0)
      client.gone = true;
    else
      client.unsent.erase(0, static_cast<std::size_t>(n));
  }
  if (client.unsent.size() > unsent_max) client.gone = true;
}

void Terminal::type() {
  while (!typed_.empty()) {
    const ssize_t n = ::write(master_.get(), typed_.data(), typed_.size());
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) return;
    typed_.erase(0, static_cast<std::size_t>(n));
  }
}

}  // namespace mingyue::engines
