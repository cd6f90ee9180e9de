// A pilot holds one of Slurm's allocations and runs in it what the engine sends (docs/engines/slurm.md, "Pilots").
//
//   to the engine    hello SECRET JOB ATTEMPT...   who we are, and what runs here
//                    ended ATTEMPT STATUS          repeated on every new connection until `noted`
//   from the engine  run ATTEMPT FOLDER · signal ATTEMPT NUMBER · end ATTEMPT MILLISECONDS · noted ATTEMPT · leave

#include <arpa/inet.h>
#include <fcntl.h>
#include <netdb.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <map>
#include <set>

#include "engines/shim/command.hpp"
#include "engines/slurm/step/step.hpp"

namespace mingyue::engines::slurm {
namespace {

constexpr std::int64_t reconnect_every_ms = 1000;
constexpr std::size_t line_max = 8192;

class Pilot {
 public:
  Pilot()
      : signals_(signals_by_descriptor()),
        idle_ms_(std::max<std::int64_t>(parse_count(variable("MINGYUE_PILOT_IDLE_MS")), 1000)),
        busy_at_(steady_ms()) {
    ::prctl(PR_SET_CHILD_SUBREAPER, 1);
  }

  int run() {
    if (!signals_ || variable("MINGYUE_PILOT_SECRET").empty()) return exit_trouble;
    for (;;) {
      reap();
      if (running_.empty() && (leaving_ || steady_ms() - busy_at_ >= idle_ms_)) return 0;
      if (!socket_ && steady_ms() >= connect_at_) connect();
      wait();
      read_signals();
      if (socket_) read_lines();
      flush();
    }
  }

 private:
  void wait() {
    pollfd fds[2] = {{signals_.get(), POLLIN, 0}, {socket_.get(), POLLIN, 0}};
    if (socket_ && !out_.empty()) fds[1].events |= POLLOUT;
    std::int64_t left = 1000;
    if (!socket_) left = std::min(left, connect_at_ - steady_ms());
    (void)::poll(fds, socket_ ? 2 : 1, static_cast<int>(std::clamp<std::int64_t>(left, 1, 1000)));
  }

  void connect() {
    connect_at_ = steady_ms() + reconnect_every_ms;
    const std::string address(variable("MINGYUE_PILOT_ADDRESS"));
    const std::size_t colon = address.rfind(':');
    if (colon == std::string::npos) return;
    sockaddr_in to{};
    to.sin_family = AF_INET;
    to.sin_port = htons(static_cast<std::uint16_t>(parse_count(address.substr(colon + 1))));
    // The engine gives an address, not a name: a static program cannot ask every name service.
    if (::inet_pton(AF_INET, address.substr(0, colon).c_str(), &to.sin_addr) != 1) return;
    Fd socket(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
    if (!socket) return;
    if (::connect(socket.get(), reinterpret_cast<sockaddr*>(&to), sizeof to) != 0) {
      if (errno != EINPROGRESS) return;
      pollfd ready{socket.get(), POLLOUT, 0};
      int error = 0;
      socklen_t size = sizeof error;
      if (::poll(&ready, 1, 2000) != 1 || ::getsockopt(socket.get(), SOL_SOCKET, SO_ERROR, &error, &size) != 0 ||
          error != 0)
        return;
    }
    socket_ = std::move(socket);
    in_.clear();
    out_ = "hello " + std::string(variable("MINGYUE_PILOT_SECRET")) + " " + std::string(variable("SLURM_JOB_ID"));
    for (const auto& [pid, attempt] : running_) out_ += " " + attempt;
    out_ += "\n";
    for (const auto& [attempt, status] : ended_) tell_end(attempt, status);
  }

  void tell_end(const std::string& attempt, int status) {
    out_ += "ended " + attempt + " " + std::to_string(status) + "\n";
  }

  void flush() {
    while (socket_ && !out_.empty()) {
      const ssize_t n = ::send(socket_.get(), out_.data(), out_.size(), MSG_NOSIGNAL);
      if (n < 0 && errno == EINTR) continue;
      if (n < 0 && errno != EAGAIN) drop();
      if (n <= 0) return;
      out_.erase(0, static_cast<std::size_t>(n));
    }
  }

  void drop() {
    socket_.reset();
    out_.clear();
    connect_at_ = steady_ms() + reconnect_every_ms;
  }

  void read_lines() {
    char chunk[16384];
    for (;;) {
      const ssize_t n = ::recv(socket_.get(), chunk, sizeof chunk, 0);
      if (n < 0 && errno == EINTR) continue;
      if (n < 0 && errno == EAGAIN) break;
      if (n <= 0) return drop();
      in_.append(chunk, static_cast<std::size_t>(n));
    }
    for (std::size_t end; (end = in_.find('\n')) != std::string::npos; in_.erase(0, end + 1)) obey(in_.substr(0, end));
    if (in_.size() > line_max) drop();
  }

  void obey(std::string_view line) {
    const auto word = [&line] {
      const std::size_t end = std::min(line.find(' '), line.size());
      const std::string text(line.substr(0, end));
      line.remove_prefix(std::min(end + 1, line.size()));
      return text;
    };
    const std::string verb = word();
    if (verb == "leave") {
      leaving_ = true;
      return;
    }
    const std::string attempt = word();
    if (verb == "run") return start(attempt, std::string(line));
    if (verb == "noted") {
      ended_.erase(attempt);
      return;
    }
    const auto it = std::ranges::find_if(running_, [&](const auto& entry) { return entry.second == attempt; });
    if (it == running_.end()) return;
    const std::int64_t value = parse_count(line);
    if (value < 0) return;
    if (verb == "signal") command(it->first, {ShimCommand::Kind::signal, value});
    if (verb == "end") command(it->first, {ShimCommand::Kind::end, value});
  }

  static void command(pid_t pid, ShimCommand command) {
    sigval value{};
    value.sival_ptr = reinterpret_cast<void*>(encode_command(command));  // NOLINT: 64 bits, as the shim reads them
    (void)::sigqueue(pid, command_signal, value);
  }

  void start(const std::string& attempt, const std::string& path) {
    if (!seen_.insert(attempt).second) return;
    busy_at_ = steady_ms();
    const pid_t pid = ::fork();
    if (pid == 0) {
      socket_.reset();
      ::prctl(PR_SET_CHILD_SUBREAPER, 1);
      ::_exit(attend(path));
    }
    if (pid > 0) {
      running_.emplace(pid, attempt);
    } else {
      seen_.erase(attempt);
      tell_end(attempt, exit_trouble);
    }
  }

  /// In a process of its own: one attempt, from its claim to its end.
  static int attend(const std::string& path) {
    Fd signals = signals_by_descriptor();
    const AttemptFolder folder(path);
    if (!signals || ::chdir(path.c_str()) != 0) return exit_trouble;
    const auto claimed = claim_for_job(folder);
    if (!claimed) return exit_trouble;
    if (!*claimed) return exit_not_mine;
    auto order = read_order(folder);
    if (!order || order->tasks.size() != 1) {
      (void)write_end(folder, {.cause = "launch_failed", .message = "the order cannot be read"});
      return exit_trouble;
    }
    return supervise_alone(folder, std::move(*order), std::move(signals), true);
  }

  void reap() {
    int status = 0;
    for (pid_t pid; (pid = ::waitpid(-1, &status, WNOHANG)) > 0;) {
      const auto it = running_.find(pid);
      if (it == running_.end()) continue;
      const int code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
      ended_.emplace(it->second, code);
      if (socket_) tell_end(it->second, code);
      running_.erase(it);
      busy_at_ = steady_ms();
    }
    flush();
  }

  void read_signals() {
    signalfd_siginfo info{};
    while (::read(signals_.get(), &info, sizeof info) == static_cast<ssize_t>(sizeof info)) {
      if (info.ssi_signo != SIGTERM) continue;
      // Slurm wants the allocation back. Whether it has told our children too, or only us: they end once.
      leaving_ = true;
      for (const auto& [pid, attempt] : running_) (void)::kill(pid, SIGTERM);
    }
  }

  Fd signals_;
  std::int64_t idle_ms_;
  std::int64_t busy_at_;
  std::int64_t connect_at_ = 0;
  bool leaving_ = false;
  Fd socket_;
  std::string in_;
  std::string out_;
  std::map<pid_t, std::string> running_;
  std::map<std::string, int> ended_;  ///< and not noted by the engine
  std::set<std::string> seen_;
};

}  // namespace

int run_pilot() { return Pilot().run(); }

}  // namespace mingyue::engines::slurm
