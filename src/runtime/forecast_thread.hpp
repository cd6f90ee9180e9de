#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <thread>

#include "forecast/centre_forecaster.hpp"
#include "ports/log_store.hpp"
#include "runtime/kernel.hpp"

namespace mingyue::runtime {

/// Learns from the log, beside the core, and says every few seconds when waiting jobs will start.
///
///   1. construct   with what was saved; it reads the rest of the log by itself, while the centre already works;
///   2. note()      every durable event, in order;
///   3. newest()    the newest look; any thread;
///   4. stop()      then saved() has all that was noted.
///
/// A look is made of the centre at one record of the log, when everything up to that record has been learnt. It takes
/// the core what the input of a plan costs, and this thread what running that plan forward costs; nine parts of ten of
/// its time it rests, and it yields to all others. Notes that are not taken soon enough are dropped and read from the
/// log instead.
class ForecastThread {
 public:
  /// The centre at its newest record, which may not be durable yet.
  struct Seen {
    forecast::Moment moment;
    std::uint64_t seq = 0;
  };
  /// Asks the core; the answer comes on any thread, or never if the centre stops.
  using Ask = std::function<void(std::move_only_function<void(Seen)>)>;

  ForecastThread(const ports::LogStore& store, Duration gap, Learnt saved, Ask ask);
  ~ForecastThread();

  void note(std::uint64_t seq, const core::Event& event);
  [[nodiscard]] std::shared_ptr<const forecast::CentreStarts> newest() const;
  /// What was learnt of run times up to the newest look; null while too little has ended.
  [[nodiscard]] std::shared_ptr<const forecast::RunTimes> run_times() const;
  void stop();
  /// For a snapshot: the newest copy that was made; after stop() all that was noted.
  [[nodiscard]] Learnt saved() const;

 private:
  struct Numbered {
    std::uint64_t seq = 0;
    forecast::Note note;
  };
  struct Mailbox;

  void run();
  void rest(std::chrono::steady_clock::time_point until);
  void learn_up_to(std::uint64_t seq);
  void read_log();
  void look();
  [[nodiscard]] std::optional<Seen> ask_core();
  void save();

  const ports::LogStore& store_;
  const Duration gap_;
  const Ask ask_;

  // This thread alone, until stop().
  Learnt first_;
  std::unique_ptr<forecast::CentreForecaster> forecaster_;
  std::uint64_t learnt_seq_ = 0;
  bool behind_ = true;           ///< part of the log was not noted: read it
  std::uint64_t copied_at_ = 0;  ///< CentreForecaster::ended() of run_times_

  mutable std::mutex mutex_;
  std::condition_variable wake_;
  std::deque<Numbered> notes_;
  std::uint64_t noted_seq_ = 0;  ///< the newest that is durable
  bool dropped_ = false;
  std::shared_ptr<const forecast::CentreStarts> newest_;
  std::shared_ptr<const forecast::RunTimes> run_times_;
  Learnt saved_;

  std::atomic<bool> stop_ = false;
  std::thread thread_;  // last: it uses the rest
};

}  // namespace mingyue::runtime
