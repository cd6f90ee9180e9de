#include "engines/slurm/slurm_loop.hpp"

#include <signal.h>

#include <algorithm>
#include <cerrno>

namespace mingyue::engines::slurm {
namespace {

constexpr std::int64_t sweep_every_ms = 100;

}  // namespace

SlurmEngine::Loop::Loop(SlurmOptions options, Identity identity, std::string step, Fd root_lock,
                        ports::ReportSink& sink)
    : options_(std::move(options)),
      identity_(std::move(identity)),
      step_(std::move(step)),
      root_lock_(std::move(root_lock)),
      sink_(sink),
      records_(options_.engine.shared + "/records"),
      tokens_(options_.engine.token_file, options_.engine.key_file, options_.engine.admin),
      rest_(options_.engine.rest, options_.connections),
      commands_(options_.engine.commands),
      pilots_(options_.pilots, *this) {}

Expected<void, Errno> SlurmEngine::Loop::start() {
  if (options_.pilots.use) open_pilots();
  // Signals are for the daemon's other threads.
  sigset_t all;
  sigset_t before;
  ::sigfillset(&all);
  ::pthread_sigmask(SIG_SETMASK, &all, &before);
  thread_ = std::thread([this] { run(); });
  ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
  return {};
}

SlurmEngine::Loop::~Loop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  room_.notify_all();
  rest_.wake();
  if (thread_.joinable()) thread_.join();
}

void SlurmEngine::Loop::post(Request request) {
  {
    std::unique_lock lock(mutex_);
    // A sink that asks from inside a report is on our own thread, and must not wait for itself.
    const bool may_wait = std::this_thread::get_id() != thread_.get_id();
    room_.wait(lock, [&] { return !may_wait || requests_.size() < options_.waiting_max || stopping_; });
    if (stopping_) return;
    requests_.push_back(std::move(request));
    if (requests_.size() > 1) return;  // the thread has been woken
  }
  rest_.wake();
}

EngineFacts SlurmEngine::Loop::facts() const {
  const std::lock_guard lock(mutex_);
  return facts_;
}

void SlurmEngine::Loop::run() {
  for (;;) {
    if (!take_requests()) return;
    wait();
    rest_.work();
    commands_.work();
    pilots_.work();
    tick();
  }
}

bool SlurmEngine::Loop::take_requests() {
  // At most 256 at once, so that many launches do not keep ends from being seen.
  for (int taken = 0; taken < 256; ++taken) {
    std::optional<Request> request;
    {
      const std::lock_guard lock(mutex_);
      if (stopping_) return false;
      if (requests_.empty()) return true;
      request = std::move(requests_.front());
      requests_.pop_front();
    }
    room_.notify_one();
    std::visit([this](const auto& asked) { perform(asked); }, *request);
  }
  return true;
}

void SlurmEngine::Loop::wait() {
  std::vector<pollfd> fds;
  commands_.await(fds);
  pilots_.await(fds);
  const std::int64_t now = steady_ms();
  std::int64_t next = std::min({commands_.due(), pilots_.due(), watch_at_, now + 1000});
  if (!looking_ && look_at_ > 0) next = std::min(next, look_at_);
  if (!attempts_.empty()) next = std::min({next, read_at_, ends_at_, sweep_at_});
  if (!queue_.empty() && submitting_ < static_cast<std::size_t>(options_.connections))
    next = std::min(next, submit_at_);
  {
    const std::lock_guard lock(mutex_);
    if (!requests_.empty()) next = now;
  }
  rest_.wait(fds, static_cast<int>(std::clamp<std::int64_t>(next - now, 0, 1000)));
}

/// Everything that time makes due, in the order in which one thing leads to the next.
void SlurmEngine::Loop::tick() {
  const std::int64_t now = steady_ms();
  if (dialect_ == nullptr && now >= speak_at_) speak();
  admit();
  if (now >= sweep_at_) {
    // What goes through all attempts is not done for every answer that comes.
    sweep_at_ = now + std::max(sweep_every_ms, static_cast<std::int64_t>(attempts_.size()) / 20);
    for (auto& [id, attempt] : attempts_)
      if (attempt.kill_at > 0 && now >= attempt.kill_at) end_now(attempt);
    publish_facts();
  }
  send_cancels();
  if (now >= watch_at_) watch_nodes();
  if (now >= read_at_) {
    // A thousand attempts a second at most: over a network each look costs a round trip.
    read_at_ = now + std::max<std::int64_t>(1000, static_cast<std::int64_t>(attempts_.size()));
    for (auto& [id, attempt] : attempts_) {
      if (attempt.phase != Phase::in_slurm && attempt.phase != Phase::piloted) continue;
      if (attempt.state == JobState::running || attempt.state == JobState::completing) read(attempt);
    }
  }
  if (now >= ends_at_) read_ends();
  if (!accounting_ && now >= account_at_) ask_accounting();
  look();
}

void SlurmEngine::Loop::speak() {
  if (asking_dialect_) return;
  const auto token = tokens_.token(wall_clock_s());
  if (!token) {
    trouble_ = token.error().message;
    speak_at_ = steady_ms() + 2000;
    return;
  }
  asking_dialect_ = true;
  rest_.send({.path = "/openapi/v3", .body = {}, .user = options_.engine.admin, .token = *token},
             [this](const RestAnswer& answer) {
               asking_dialect_ = false;
               speak_at_ = steady_ms() + 2000;
               if (!answer.answered || answer.status != 200) {
                 trouble_ = "slurmrestd at " + options_.engine.rest + ": " +
                            (answer.answered ? "HTTP " + std::to_string(answer.status) : answer.trouble);
                 return;
               }
               dialect_ = choose_dialect(answer.body);
               trouble_ = dialect_ != nullptr ? ""
                                              : "slurmrestd at " + options_.engine.rest +
                                                    " speaks no version of the interface that is known here";
             });
}

void SlurmEngine::Loop::publish_facts() {
  EngineFacts facts{.release = release_,
                    .version = dialect_ == nullptr ? 0 : dialect_->version,
                    .trouble = trouble_,
                    .pilots = static_cast<std::int64_t>(pilots_.count()),
                    .look_ms = look_took_ms_};
  for (const auto& [id, attempt] : attempts_) {
    facts.waiting += attempt.phase == Phase::queued || attempt.phase == Phase::submitting ? 1 : 0;
    facts.in_slurm += attempt.phase == Phase::in_slurm ? 1 : 0;
    facts.in_pilots += attempt.phase == Phase::piloted ? 1 : 0;
  }
  const std::lock_guard lock(mutex_);
  facts_ = std::move(facts);
}

}  // namespace mingyue::engines::slurm
