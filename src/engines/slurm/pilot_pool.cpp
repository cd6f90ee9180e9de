#include "engines/slurm/pilot_pool.hpp"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>

#include "engines/slurm/identity.hpp"

namespace mingyue::engines::slurm {
namespace {

// So long an attempt waits for others like it. A job of Slurm's takes about as long to begin.
constexpr std::int64_t gather_ms = 150;
// A pilot that is not there by then has found its node taken.
constexpr std::int64_t arrive_ms = 10'000;
constexpr std::int64_t hello_ms = 5000;
constexpr std::size_t guests_max = 256;
constexpr std::size_t line_max = 1U << 20U;

/// Everything that is there; false when the other side is gone.
bool receive(const Fd& socket, std::string& text) {
  char chunk[16384];
  for (;;) {
    const ssize_t n = ::recv(socket.get(), chunk, sizeof chunk, 0);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return errno == EAGAIN;
    if (n == 0) return false;
    text.append(chunk, static_cast<std::size_t>(n));
    if (text.size() > line_max) return false;
  }
}

std::string take_word(std::string_view& line) {
  const std::size_t end = std::min(line.find(' '), line.size());
  const std::string word(line.substr(0, end));
  line.remove_prefix(std::min(end + 1, line.size()));
  return word;
}

}  // namespace

PilotPool::PilotPool(PilotOptions options, Owner& owner) : options_(std::move(options)), owner_(owner) {}

Expected<void, Errno> PilotPool::open(const std::string& reach, std::uint16_t port, std::int64_t first_number) {
  next_number_ = first_number;
  Fd socket(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!socket) return std::unexpected(Errno{errno});
  const int yes = 1;
  (void)::setsockopt(socket.get(), SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
  sockaddr_in at{};
  at.sin_family = AF_INET;
  if (::inet_pton(AF_INET, options_.listen.c_str(), &at.sin_addr) != 1) return std::unexpected(Errno{EINVAL});
  auto* const generic = reinterpret_cast<sockaddr*>(&at);
  at.sin_port = htons(port);
  // The port of last time, for pilots that are still there; where somebody else has it, any.
  if (::bind(socket.get(), generic, sizeof at) != 0) {
    at.sin_port = 0;
    if (options_.port != 0 || ::bind(socket.get(), generic, sizeof at) != 0) return std::unexpected(Errno{errno});
  }
  socklen_t size = sizeof at;
  if (::listen(socket.get(), 128) != 0 || ::getsockname(socket.get(), generic, &size) != 0)
    return std::unexpected(Errno{errno});
  listener_ = std::move(socket);
  port_ = ntohs(at.sin_port);
  address_ = reach + ":" + std::to_string(port_);
  return {};
}

void PilotPool::offer(model::AttemptId attempt, const std::string& folder, const PilotKey& key,
                      const PilotShare& share) {
  waiting_[key].push_back({attempt, folder, share, steady_ms()});
}

bool PilotPool::withdraw(model::AttemptId attempt) {
  for (auto& [key, waiting] : waiting_)
    if (std::erase_if(waiting, [&](const Waiting& one) { return one.attempt == attempt; }) > 0) return true;
  return false;
}

void PilotPool::signal(model::AttemptId attempt, int signal) {
  if (const auto it = pilot_of_.find(attempt); it != pilot_of_.end())
    send(pilots_.at(it->second), "signal " + model::print(attempt) + " " + std::to_string(signal));
}

void PilotPool::end(model::AttemptId attempt, Duration grace) {
  if (const auto it = pilot_of_.find(attempt); it != pilot_of_.end())
    send(pilots_.at(it->second),
         "end " + model::print(attempt) + " " + std::to_string(std::max<std::int64_t>(grace.raw(), 0)));
}

void PilotPool::make_way(const std::string& node) {
  for (auto& [number, pilot] : pilots_)
    if (pilot.key.node == node && !pilot.leaving) leave(pilot);
}

void PilotPool::leave(Pilot& pilot) {
  pilot.leaving = true;
  send(pilot, "leave");
}

void PilotPool::adopt(const PilotPlan& plan, std::int64_t job) {
  Pilot& pilot = pilots_[plan.number];
  pilot.number = plan.number;
  pilot.key = plan.key;
  pilot.size = plan.size;
  pilot.secret = plan.secret;
  pilot.job = job;
  pilot.begun = steady_ms();
  leave(pilot);  // how full it is, only it knows: it ends what it has
}

void PilotPool::adopt(model::AttemptId attempt, std::int64_t number) {
  if (const auto it = pilots_.find(number); it != pilots_.end()) {
    it->second.attempts.emplace(attempt, Running{});
    pilot_of_.emplace(attempt, number);
  } else {
    owner_.pilot_orphaned(attempt, 0);
  }
}

void PilotPool::started(std::int64_t number, std::int64_t job) {
  if (const auto it = pilots_.find(number); it != pilots_.end()) {
    it->second.job = job;
    it->second.begun = steady_ms();
  }
}

void PilotPool::not_started(std::int64_t number) {
  const auto it = pilots_.find(number);
  if (it == pilots_.end()) return;
  const PilotKey key = it->second.key;
  over(number);
  if (const auto waiting = waiting_.find(key); waiting != waiting_.end())
    for (const Waiting& one : std::exchange(waiting->second, {})) owner_.pilot_refused(one.attempt);
}

void PilotPool::seen(std::int64_t number, std::int64_t job, Seen seen) {
  const auto it = pilots_.find(number);
  if (it == pilots_.end()) return;
  Pilot& pilot = it->second;
  if (pilot.job == 0) pilot.job = job;
  if (seen == Seen::over) return over(number);
  if (seen == Seen::waits && steady_ms() - pilot.begun > arrive_ms) not_started(number);
}

void PilotPool::missing_from_look(std::int64_t began, const std::set<std::int64_t>& numbers) {
  std::vector<std::int64_t> gone;
  for (const auto& [number, pilot] : pilots_)
    if (pilot.job > 0 && pilot.begun < began && !numbers.contains(number)) gone.push_back(number);
  for (const std::int64_t number : gone) over(number);
}

void PilotPool::over(std::int64_t number) {
  const auto it = pilots_.find(number);
  if (it == pilots_.end()) return;
  const Pilot pilot = std::move(it->second);
  pilots_.erase(it);
  for (const auto& [attempt, running] : pilot.attempts) pilot_of_.erase(attempt);
  owner_.end_pilot(pilot.number, pilot.job);
  for (const auto& [attempt, running] : pilot.attempts) owner_.pilot_orphaned(attempt, pilot.job);
}

void PilotPool::await(std::vector<pollfd>& fds) const {
  if (listener_) fds.push_back({listener_.get(), POLLIN, 0});
  for (const Guest& guest : guests_) fds.push_back({guest.socket.get(), POLLIN, 0});
  for (const auto& [number, pilot] : pilots_)
    if (pilot.socket)
      fds.push_back({pilot.socket.get(), static_cast<short>(pilot.out.empty() ? POLLIN : POLLIN | POLLOUT), 0});
}

std::int64_t PilotPool::due() const {
  std::int64_t due = INT64_MAX;
  for (const auto& [key, waiting] : waiting_)
    if (!waiting.empty()) due = std::min(due, std::max(waiting.front().since + gather_ms, steady_ms() + 20));
  return due;
}

void PilotPool::work() {
  if (!listener_) return;
  accept_all();
  read_guests();
  std::vector<std::int64_t> numbers;
  for (const auto& [number, pilot] : pilots_) numbers.push_back(number);
  for (const std::int64_t number : numbers)
    if (const auto it = pilots_.find(number); it != pilots_.end()) read_pilot(it->second);
  for (auto& [key, waiting] : waiting_) {
    fill(key, waiting);
    if (!waiting.empty()) plan(key, waiting);
  }
  std::erase_if(waiting_, [](const auto& entry) { return entry.second.empty(); });
  const std::int64_t now = steady_ms();
  for (auto& [number, pilot] : pilots_) {
    if (!pilot.leaving && now - pilot.begun > options_.limit.raw()) leave(pilot);
    flush(pilot);
  }
}

void PilotPool::accept_all() {
  for (;;) {
    Fd socket(::accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK));
    if (!socket) return;
    if (guests_.size() >= guests_max) continue;
    const int yes = 1;
    (void)::setsockopt(socket.get(), IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
    (void)::setsockopt(socket.get(), SOL_SOCKET, SO_KEEPALIVE, &yes, sizeof yes);
    guests_.push_back({std::move(socket), {}, steady_ms() + hello_ms});
  }
}

void PilotPool::read_guests() {
  const std::int64_t now = steady_ms();
  for (Guest& guest : guests_) {
    if (!receive(guest.socket, guest.in) || now > guest.until) guest.socket.reset();
    const std::size_t end = guest.in.find('\n');
    if (!guest.socket || end == std::string::npos) continue;
    const std::string line = guest.in.substr(0, end);
    guest.in.erase(0, end + 1);
    greet(guest, line);
  }
  std::erase_if(guests_, [](const Guest& guest) { return !guest.socket; });
}

/// The secret says which pilot it is. Whoever does not know one is not answered.
void PilotPool::greet(Guest& guest, std::string_view line) {
  const bool hello = take_word(line) == "hello";
  const std::string secret = take_word(line);
  Fd socket = std::move(guest.socket);
  const auto it = std::ranges::find_if(pilots_, [&](const auto& entry) { return entry.second.secret == secret; });
  if (!hello || it == pilots_.end()) return;
  Pilot& pilot = it->second;
  const std::int64_t job = parse_count(take_word(line));
  if (pilot.job == 0 && job > 0) pilot.job = job;
  pilot.socket = std::move(socket);
  pilot.in = std::move(guest.in);
  pilot.out.clear();
  std::set<std::string> there;
  while (!line.empty()) there.insert(take_word(line));
  // What it does not name it may never have been told; what it has ended it knows, and says so again.
  for (const auto& [attempt, running] : pilot.attempts)
    if (!there.contains(model::print(attempt)) && !running.folder.empty())
      send(pilot, "run " + model::print(attempt) + " " + running.folder);
  for (const std::string& later : std::exchange(pilot.later, {})) send(pilot, later);
  read_pilot(pilot);
}

void PilotPool::read_pilot(Pilot& pilot) {
  if (!pilot.socket) return;
  const bool there = receive(pilot.socket, pilot.in);
  for (std::size_t end; (end = pilot.in.find('\n')) != std::string::npos;) {
    const std::string line = pilot.in.substr(0, end);
    pilot.in.erase(0, end + 1);
    hear(pilot, line);
  }
  if (there) return;
  pilot.socket.reset();  // it comes again, or its job is over soon
  pilot.in.clear();
  pilot.out.clear();
}

void PilotPool::hear(Pilot& pilot, std::string_view line) {
  if (take_word(line) != "ended") return;
  const std::string name = take_word(line);
  const auto attempt = attempt_named(name);
  if (!attempt) return;
  if (pilot.socket) send(pilot, "noted " + name);
  if (pilot.attempts.erase(*attempt) == 0) return;
  pilot_of_.erase(*attempt);
  owner_.pilot_ended(*attempt, static_cast<int>(parse_count(line)));
}

void PilotPool::send(Pilot& pilot, const std::string& line) {
  if (!pilot.socket) {
    pilot.later.push_back(line);
    return;
  }
  pilot.out += line;
  pilot.out += '\n';
}

void PilotPool::flush(Pilot& pilot) {
  while (pilot.socket && !pilot.out.empty()) {
    const ssize_t n = ::send(pilot.socket.get(), pilot.out.data(), pilot.out.size(), MSG_NOSIGNAL);
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) return;  // full, or gone: then reading says so
    pilot.out.erase(0, static_cast<std::size_t>(n));
  }
}

PilotPool::Pilot* PilotPool::with_room(const PilotKey& key, const PilotShare& share) {
  for (auto& [number, pilot] : pilots_) {
    if (pilot.key != key || pilot.leaving || !pilot.socket) continue;
    std::int32_t cores = pilot.size.cores - share.cores;
    std::int64_t memory_mb = pilot.size.memory_mb - share.memory_mb;
    for (const auto& [attempt, running] : pilot.attempts) {
      cores -= running.share.cores;
      memory_mb -= running.share.memory_mb;
    }
    if (cores >= 0 && memory_mb >= 0) return &pilot;
  }
  return nullptr;
}

void PilotPool::fill(const PilotKey& key, std::deque<Waiting>& waiting) {
  while (!waiting.empty()) {
    Pilot* const pilot = with_room(key, waiting.front().share);
    if (pilot == nullptr) return;
    const Waiting one = std::move(waiting.front());
    waiting.pop_front();
    if (!owner_.pilot_takes(one.attempt, pilot->number, pilot->job)) continue;
    pilot->attempts.emplace(one.attempt, Running{one.share, one.folder});
    pilot_of_.emplace(one.attempt, pilot->number);
    send(*pilot, "run " + model::print(one.attempt) + " " + one.folder);
  }
}

void PilotPool::plan(const PilotKey& key, std::deque<Waiting>& waiting) {
  const std::int64_t now = steady_ms();
  if (now - waiting.front().since < gather_ms || !owner_.may_start_pilots()) return;
  const bool coming = std::ranges::any_of(pilots_, [&](const auto& entry) {
    const Pilot& pilot = entry.second;
    return pilot.key == key && !pilot.leaving && !pilot.socket;
  });
  if (coming) return;
  if (static_cast<std::int64_t>(waiting.size()) < options_.from) {
    for (const Waiting& one : std::exchange(waiting, {})) owner_.pilot_refused(one.attempt);
    return;
  }
  // They are all placed on this node at the same time, so there is room for all of them, and for a pilot of their sum.
  PilotShare size;
  for (const Waiting& one : waiting) {
    size.cores += one.share.cores;
    size.memory_mb += one.share.memory_mb;
  }
  const PilotPlan plan{.number = next_number_++,
                       .key = key,
                       .size = size,
                       .secret = random_word(),
                       .address = address_,
                       .idle_ms = options_.idle.raw()};
  Pilot& pilot = pilots_[plan.number];
  pilot.number = plan.number;
  pilot.key = key;
  pilot.size = size;
  pilot.secret = plan.secret;
  pilot.begun = now;
  owner_.start_pilot(plan);
}

}  // namespace mingyue::engines::slurm
