#include "api/output_pump.hpp"

#include <filesystem>
#include <utility>

namespace mingyue::api {
namespace {

constexpr std::chrono::milliseconds look_every{100};
/// Where nothing comes, the job is looked at so often: its attempt may have ended without a word, or another begun.
constexpr std::chrono::milliseconds job_every{500};
constexpr std::size_t piece_bytes = 64 * 1024;
constexpr int pieces_per_turn = 8;

}  // namespace

struct OutputPump::Signal {
  std::mutex mutex;
  std::condition_variable wake;
  bool rung = false;
  bool stopping = false;

  void ring() {
    {
      const std::lock_guard lock(mutex);
      rung = true;
    }
    wake.notify_one();
  }
  /// False: stop.
  bool wait(std::chrono::milliseconds within) {
    std::unique_lock lock(mutex);
    wake.wait_for(lock, within, [this] { return rung || stopping; });
    rung = false;
    return !stopping;
  }
};

OutputPump::OutputPump(runtime::Centre& centre, const ports::History& history, const EngineAccess& engine)
    : centre_(centre), history_(history), engine_(engine), signal_(std::make_shared<Signal>()), thread_([this] {
        run();
      }) {}

OutputPump::~OutputPump() { stop(); }

bool OutputPump::has_room() const { return count_ < followers_max; }

void OutputPump::add(http::ByteSink sink, const OutputWish& wish) {
  // The queue belongs to the sink's connection, and may ring after we have gone.
  sink.on_room([signal = signal_] { signal->ring(); });
  auto follower = std::make_unique<Follower>(
      Follower{.sink = std::move(sink), .wish = wish, .reader = nullptr, .news_at = Clock::now()});
  {
    const std::lock_guard lock(mutex_);
    added_.push_back(std::move(follower));
    ++count_;
  }
  signal_->ring();
}

void OutputPump::stop() {
  {
    const std::lock_guard lock(signal_->mutex);
    signal_->stopping = true;
  }
  signal_->wake.notify_one();
  if (thread_.joinable()) thread_.join();
}

OutputPump::Pumped OutputPump::pump(Follower& f) {
  if (f.sink.closed()) return Pumped::Ended;
  if (f.wish.attempt.number == 0) return f.wish.follow ? Pumped::Nothing : Pumped::Ended;
  if (!f.reader) {
    f.reader =
        std::make_unique<engines::OutputReader>(engine_.attempt_folder(f.wish.attempt), f.wish.task, f.wish.stream);
  }
  bool something = false;
  for (int i = 0; i < pieces_per_turn; ++i) {
    const engines::OutputPiece piece = f.reader->read(f.wish.offset, piece_bytes);
    if (piece.bytes.empty()) {
      f.attempt_complete = piece.complete;
      if (!f.wish.follow || (piece.complete && !f.wish.next_attempts)) return Pumped::Ended;
      break;
    }
    const http::Sent sent = f.sink.send(piece.bytes);
    f.full = sent == http::Sent::Full;
    switch (sent) {
      case http::Sent::Closed:
        return Pumped::Ended;
      case http::Sent::Full:
        return something ? Pumped::Something : Pumped::Nothing;
      case http::Sent::Queued:
        break;
    }
    f.wish.offset = piece.offset + static_cast<std::int64_t>(piece.bytes.size());
    something = true;
  }
  return something ? Pumped::Something : Pumped::Nothing;
}

/// One question to the core for all followers to whom nothing came for a while.
void OutputPump::ask_for_jobs(std::vector<std::unique_ptr<Follower>>& followers) {
  const auto now = Clock::now();
  std::vector<Follower*> silent;
  for (const auto& f : followers) {
    if (f->wish.follow && !f->full && (f->attempt_complete || now - f->news_at >= job_every)) silent.push_back(f.get());
  }
  if (silent.empty()) return;
  std::vector<Follower*> ended;
  centre_.ask_and_wait([&](const runtime::View& view) {
    for (Follower* f : silent) {
      f->news_at = now;
      const core::Job* job = view.state.find(f->wish.attempt.job);
      const auto attempt = view.state.attempts.find(f->wish.attempt.job);
      const bool in_force = attempt != view.state.attempts.end() && attempt->second.id.number == f->wish.attempt.number;
      if (job == nullptr) {
        ended.push_back(f);
      } else if (!in_force && !f->wish.next_attempts) {
        f->wish.follow = false;  // one more turn takes what came last, and ends
      } else if (!in_force && job->attempts > f->wish.attempt.number) {
        f->begin_next();
      }
    }
  });
  for (Follower* f : ended) settle_ended(*f);
}

/// The job has ended. It may have had attempts that this follower has not come to.
void OutputPump::settle_ended(Follower& f) {
  const auto row = history_.job(f.wish.attempt.job);
  const bool is_known = row && *row && model::ended((**row).state);
  if (row && !is_known) return;  // its end is not on the disk yet: ask again
  if (is_known && f.wish.next_attempts && (**row).attempts > f.wish.attempt.number)
    f.begin_next();
  else
    f.wish.follow = false;
}

void OutputPump::run() {
  std::vector<std::unique_ptr<Follower>> followers;
  bool more = false;
  while (signal_->wait(more ? std::chrono::milliseconds(0) : look_every)) {
    {
      const std::lock_guard lock(mutex_);
      for (auto& f : added_) followers.push_back(std::move(f));
      added_.clear();
    }
    more = false;
    std::erase_if(followers, [&](std::unique_ptr<Follower>& f) {
      const Pumped pumped = pump(*f);
      if (pumped == Pumped::Something) {
        more = true;
        f->news_at = Clock::now();
      }
      if (pumped != Pumped::Ended) return false;
      f->sink.close();
      --count_;
      return true;
    });
    if (!more) ask_for_jobs(followers);
  }
  for (const auto& f : followers) f->sink.close();
}

}  // namespace mingyue::api
