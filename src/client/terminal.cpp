#include <fcntl.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <csignal>
#include <thread>

#include "client/interrupt.hpp"
#include "client/job_verbs.hpp"
#include "client/output_follow.hpp"
#include "client/terminal_link.hpp"
#include "engines/shim/frames.hpp"

/// The caller's terminal joined to that of a job: bytes typed here go there, what is shown there is shown here.
namespace mingyue::client {
namespace {

using Steady = std::chrono::steady_clock;
using std::chrono::milliseconds;

constexpr auto away_max = std::chrono::minutes(1);
constexpr auto settle = milliseconds(60);  ///< after joining: what is on its way both ways arrives

volatile std::sig_atomic_t window_changed = 0;
extern "C" void note_window(int) { window_changed = 1; }

/// Raw mode, and news of the window's size, for as long as this lives.
class RawMode {
 public:
  RawMode() : is_terminal_(tcgetattr(STDIN_FILENO, &before_) == 0) {
    struct sigaction noting {};
    noting.sa_handler = &note_window;
    sigaction(SIGWINCH, &noting, &window_before_);
    if (!is_terminal_) return;
    termios raw = before_;
    cfmakeraw(&raw);
    tcsetattr(STDIN_FILENO, TCSADRAIN, &raw);
  }
  ~RawMode() {
    if (is_terminal_) tcsetattr(STDIN_FILENO, TCSADRAIN, &before_);
    sigaction(SIGWINCH, &window_before_, nullptr);
  }
  RawMode(const RawMode&) = delete;
  RawMode& operator=(const RawMode&) = delete;

 private:
  termios before_{};
  struct sigaction window_before_ {};
  bool is_terminal_;
};

bool write_all(std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t n = write(STDOUT_FILENO, bytes.data(), bytes.size());
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(n));
  }
  return true;
}

enum class Ended { job, line, reader };

/// One joining, until the job's terminal ends or the line does.
class Visit {
 public:
  /// `shown` counts the bytes of the terminal that were shown, by this visit and those before.
  Visit(const Session& session, const std::string& id, TerminalLink& link, std::int64_t& shown)
      : session_(session), id_(id), link_(link), shown_(shown) {}

  Ended talk() {
    window_changed = 1;
    if (!catch_up()) return Ended::line;
    while (!ended_) {
      if (!tell_window()) return Ended::line;
      std::array<pollfd, 2> polls{{{link_.fd(), POLLIN, 0}, {typing_ ? STDIN_FILENO : -1, POLLIN, 0}}};
      if (::poll(polls.data(), polls.size(), 1'000) < 0 && errno != EINTR) return Ended::line;
      if ((polls[1].revents & (POLLIN | POLLHUP | POLLERR)) != 0 && !type()) return Ended::line;
      std::string text;
      if (!hear(text)) return ended_ ? Ended::job : Ended::line;
      if (!show(text)) return Ended::reader;
    }
    return Ended::job;
  }

 private:
  /// Shows what was there before, and joins it with what has come since.
  bool catch_up() {
    std::string joined;
    if (!tell_window()) return false;
    std::string captured;
    const OutputOf of{.id = id_};
    const std::string path = fmt::format("/v1/jobs/{}/output?task=0&offset={}", of.id, shown_);
    const auto read = session_.connection.ask({.path = path});
    if (read) captured = read->body;
    const auto until = Steady::now() + settle;
    while (Steady::now() < until && !ended_) {
      std::string text;
      if (!hear(text)) break;
      joined += text;
      std::this_thread::sleep_for(milliseconds(5));
    }
    return show(captured) && show(joined.substr(shown_twice(captured, joined)));
  }

  bool tell_window() {
    if (window_changed == 0) return true;
    window_changed = 0;
    winsize size{};
    if (ioctl(STDIN_FILENO, TIOCGWINSZ, &size) != 0 || size.ws_row == 0) return true;
    return link_.send(engines::encode_window(size.ws_row, size.ws_col));
  }

  bool type() {
    std::array<char, 4'096> typed;
    const ssize_t n = ::read(STDIN_FILENO, typed.data(), typed.size());
    if (n < 0 && (errno == EINTR || errno == EAGAIN)) return true;
    if (n > 0)
      return link_.send(engines::encode_frame(engines::FrameKind::data, {typed.data(), static_cast<std::size_t>(n)}));
    typing_ = false;
    return link_.send(engines::encode_frame(engines::FrameKind::data, "\x04"));  // end of input, as Ctrl-D says it
  }

  bool hear(std::string& text) {
    std::string bytes;
    const bool alive = link_.receive(bytes);
    frames_.add(bytes);
    while (const auto frame = frames_.next()) {
      if (frame->kind == engines::FrameKind::data)
        text += frame->bytes;
      else if (frame->kind == engines::FrameKind::exit)
        ended_ = true;
    }
    return alive && !frames_.broken();
  }

  bool show(std::string_view text) {
    shown_ += static_cast<std::int64_t>(text.size());
    return write_all(text);
  }

  const Session& session_;
  const std::string& id_;
  TerminalLink& link_;
  std::int64_t& shown_;
  engines::FrameReader frames_;
  bool typing_ = true;
  bool ended_ = false;
};

/// Until the job runs or has ended; Ctrl-C meanwhile cancels it.
Expected<bool, Failure> wait_to_run(const Session& session, const std::string& id) {
  const Interrupts interrupts;
  bool cancelled = false;
  for (milliseconds pause{20};;) {
    TRY(detail, get_one<wire::JobDetail>(session, "/v1/jobs/" + id));
    if (model::ended(detail.job.state)) return false;
    if (detail.job.state == model::JobState::running && !cancelled) return true;
    if (interrupts.count() > 0 && !cancelled) {
      cancelled = true;
      CHECK_OK(session.connection.ask({.method = "POST", .path = "/v1/jobs/" + id + "/cancel"}));
    }
    std::this_thread::sleep_for(pause);
    pause = std::min(pause * 3 / 2, milliseconds(500));
  }
}

}  // namespace

Expected<void, Failure> join_terminal(const Session& session, const std::string& id) {
  std::int64_t shown = 0;
  auto heard = Steady::now();
  for (;;) {
    TRY(runs, wait_to_run(session, id));
    if (!runs) return {};
    auto link = TerminalLink::open(session.connection, id);
    if (link) {
      const RawMode raw;
      Visit visit(session, id, *link, shown);
      if (visit.talk() != Ended::line) return {};
      heard = Steady::now();
    } else {
      const int status = link.error().status;
      const bool for_now = status == 0 || status == 409 || status == 503;
      if (!for_now || Steady::now() - heard > away_max) return Unexpected<Failure>(std::move(link).error());
    }
    std::this_thread::sleep_for(milliseconds(200));  // the centre restarts, or the attempt ended just now
  }
}

}  // namespace mingyue::client
