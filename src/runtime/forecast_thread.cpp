#include "runtime/forecast_thread.hpp"

#include <sys/resource.h>
#include <unistd.h>

#include <chrono>
#include <utility>

namespace mingyue::runtime {
namespace {

using Steady = std::chrono::steady_clock;

/// Beyond so many notes the log is read instead: some 60 MB.
constexpr std::size_t notes_max = 500'000;
/// One reading of the log: a longer one would keep the store from clearing its write-ahead log.
constexpr std::uint64_t records_a_time = 20'000;
/// A copy is made for the next snapshot when so much more was learnt.
constexpr std::uint64_t save_every = 50'000;
constexpr std::chrono::seconds durable_within{5};
/// Nine parts of ten of the time it rests.
constexpr int rests = 9;

}  // namespace

/// Where the core puts its answer; outlives this thread if the core is slower.
struct ForecastThread::Mailbox {
  std::mutex mutex;
  std::condition_variable came;
  std::optional<Seen> seen;
};

ForecastThread::ForecastThread(const ports::LogStore& store, Duration gap, Learnt saved, Ask ask)
    : store_(store), gap_(gap), ask_(std::move(ask)), first_(std::move(saved)), thread_([this] { run(); }) {}

ForecastThread::~ForecastThread() { stop(); }

void ForecastThread::note(std::uint64_t seq, const core::Event& event) {
  auto note = forecast::note_of(event);
  const std::lock_guard lock(mutex_);
  noted_seq_ = seq;
  if (!note) return;
  if (notes_.size() >= notes_max) {
    notes_.clear();
    dropped_ = true;
    wake_.notify_one();
  }
  if (!dropped_) notes_.push_back({seq, std::move(*note)});
}

std::shared_ptr<const forecast::CentreStarts> ForecastThread::newest() const {
  const std::lock_guard lock(mutex_);
  return newest_;
}

std::shared_ptr<const forecast::RunTimes> ForecastThread::run_times() const {
  const std::lock_guard lock(mutex_);
  return run_times_;
}

Learnt ForecastThread::saved() const {
  const std::lock_guard lock(mutex_);
  return saved_;
}

void ForecastThread::stop() {
  {
    const std::lock_guard lock(mutex_);
    if (stop_.exchange(true)) return;
  }
  wake_.notify_all();
  thread_.join();
  if (forecaster_ == nullptr || behind_ || dropped_) return;  // the copy that was made before must do
  learn_up_to(UINT64_MAX);
  save();
}

void ForecastThread::run() {
  ::setpriority(PRIO_PROCESS, static_cast<id_t>(::gettid()), 10);
  forecaster_ = std::make_unique<forecast::CentreForecaster>();
  if (auto loaded = forecast::CentreForecaster::load(first_.bytes)) {
    *forecaster_ = std::move(*loaded);
    learnt_seq_ = first_.seq;
    const std::lock_guard lock(mutex_);
    saved_ = std::move(first_);
  }
  while (!stop_) {
    const auto begin = Steady::now();
    if (behind_) read_log();
    if (!behind_ && !stop_) look();
    if (!stop_ && learnt_seq_ >= saved_.seq + save_every) save();
    const auto took = Steady::now() - begin;
    rest(Steady::now() + std::max<Steady::duration>(std::chrono::milliseconds(gap_.raw()), took * rests));
  }
}

void ForecastThread::rest(Steady::time_point until) {
  std::unique_lock lock(mutex_);
  wake_.wait_until(lock, until, [&] { return stop_ || dropped_; });
  behind_ = behind_ || std::exchange(dropped_, false);
}

/// Takes notes up to that record.
void ForecastThread::learn_up_to(std::uint64_t seq) {
  std::deque<Numbered> taken;
  {
    const std::lock_guard lock(mutex_);
    while (!notes_.empty() && notes_.front().seq <= seq) {
      taken.push_back(std::move(notes_.front()));
      notes_.pop_front();
    }
    learnt_seq_ = std::max(learnt_seq_, std::min(seq, noted_seq_));
  }
  for (const Numbered& one : taken) forecaster_->fold(one.note);
}

/// From the log, up to where it now ends; notes that came meanwhile and lie before that are dropped.
void ForecastThread::read_log() {
  for (std::uint64_t records = 1; records > 0 && !stop_;) {
    records = 0;
    const auto read = store_.read(learnt_seq_ + 1, [&](const ports::Record& record) {
      if (auto body = core::decode_event(record.number, record.payload)) {
        if (const auto note = forecast::note_of({record.at, std::move(*body)})) forecaster_->fold(*note);
      }
      learnt_seq_ = record.seq;
      return ++records < records_a_time && !stop_;
    });
    if (!read || stop_) return;  // tried again after a rest
    if (records < records_a_time) {
      const std::lock_guard lock(mutex_);
      while (!notes_.empty() && notes_.front().seq <= learnt_seq_) notes_.pop_front();
      behind_ = false;
      break;
    }
  }
}

std::optional<ForecastThread::Seen> ForecastThread::ask_core() {
  const auto box = std::make_shared<Mailbox>();
  ask_([box](Seen seen) {
    {
      const std::lock_guard lock(box->mutex);
      box->seen = std::move(seen);
    }
    box->came.notify_one();
  });
  std::unique_lock lock(box->mutex);
  while (!box->came.wait_for(lock, std::chrono::milliseconds(100), [&] { return box->seen.has_value(); })) {
    if (stop_) return std::nullopt;
  }
  return std::move(box->seen);
}

void ForecastThread::look() {
  auto seen = ask_core();
  if (!seen) return;
  // Until all that the core knew is durable, and with it noted here.
  const auto give_up = Steady::now() + durable_within;
  while (true) {
    {
      const std::lock_guard lock(mutex_);
      if (dropped_) return;
      if (noted_seq_ >= seen->seq || learnt_seq_ >= seen->seq) break;
    }
    if (stop_ || Steady::now() > give_up) return;
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
  }
  if (learnt_seq_ > seen->seq) return;  // read from the log meanwhile: the next look is of now
  learn_up_to(seen->seq);
  auto starts = std::make_shared<const forecast::CentreStarts>(
      forecaster_->look(std::move(seen->moment), [this] { return !stop_; }));
  if (stop_) return;
  forecaster_->stated(*starts);
  std::shared_ptr<const forecast::RunTimes> run_times;
  if (starts->enough && forecaster_->ended() != copied_at_) {
    run_times = std::make_shared<const forecast::RunTimes>(forecaster_->run_times());
    copied_at_ = forecaster_->ended();
  }
  const std::lock_guard lock(mutex_);
  newest_ = std::move(starts);
  if (run_times) run_times_ = std::move(run_times);
}

void ForecastThread::save() {
  Learnt learnt{learnt_seq_, forecaster_->save()};
  const std::lock_guard lock(mutex_);
  saved_ = std::move(learnt);
}

}  // namespace mingyue::runtime
