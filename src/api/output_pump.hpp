#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include "api/engine_access.hpp"
#include "engines/output_file.hpp"
#include "http/byte_stream.hpp"
#include "ports/history.hpp"
#include "runtime/centre.hpp"

namespace mingyue::api {

/// What a follower of output wants.
struct OutputWish {
  model::AttemptId attempt;    ///< number 0: none has begun yet
  bool next_attempts = false;  ///< goes on with later attempts until the job ends; otherwise with this one alone
  std::int32_t task = 0;
  engines::OutputStream stream = engines::OutputStream::out;
  std::int64_t offset = 0;  ///< in the first attempt
  bool follow = false;      ///< otherwise ends with what is there now
};

/// Carries output from files to clients: one thread for all of them. It looks ten times a second for what is new, and
/// goes on at once where a client has taken what was queued for it. A slow client costs its own queue and nothing else.
///
/// A followed stream ends when its attempt's output is complete and the job will have no other, or when the client
/// goes.
class OutputPump {
 public:
  static constexpr std::size_t followers_max = 4'096;

  OutputPump(runtime::Centre& centre, const ports::History& history, const EngineAccess& engine);
  ~OutputPump();
  OutputPump(const OutputPump&) = delete;
  OutputPump& operator=(const OutputPump&) = delete;

  [[nodiscard]] bool has_room() const;
  void add(http::ByteSink sink, const OutputWish& wish);
  void stop();

 private:
  using Clock = std::chrono::steady_clock;
  struct Signal;  // outlives the pump: clients' threads ring it
  struct Follower {
    http::ByteSink sink;
    OutputWish wish;
    std::unique_ptr<engines::OutputReader> reader;
    Clock::time_point news_at;  ///< when something last came
    bool attempt_complete = false;
    bool full = false;  ///< the client's queue; on_room rings

    /// What the attempt before left unsaid has been read, or is not there.
    void begin_next() {
      ++wish.attempt.number;
      wish.offset = 0;
      reader.reset();
      attempt_complete = false;
    }
  };
  enum class Pumped { Nothing, Something, Ended };

  void run();
  [[nodiscard]] Pumped pump(Follower& follower);
  void ask_for_jobs(std::vector<std::unique_ptr<Follower>>& followers);
  void settle_ended(Follower& follower);

  runtime::Centre& centre_;
  const ports::History& history_;
  const EngineAccess& engine_;
  std::shared_ptr<Signal> signal_;
  std::atomic<std::size_t> count_ = 0;
  std::mutex mutex_;
  std::vector<std::unique_ptr<Follower>> added_;
  std::thread thread_;
};

}  // namespace mingyue::api
