#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <mutex>

namespace mingyue::api {

/// How far the log is known to be durable, and what waits for more of it.
///
/// The state that questions see is a few milliseconds ahead of the disk; the read tables are on the disk. An answer
/// made of both waits until the tables have all that the state had: then nothing is missing and nothing is counted
/// twice.
class Durable {
 public:
  enum class Reached { Yes, Late };
  using Then = std::move_only_function<void(Reached)>;
  static constexpr std::chrono::seconds wait_max{5};

  /// Everything up to `seq` is durable.
  void rise(std::uint64_t seq);
  [[nodiscard]] std::uint64_t seq() const;

  /// Calls `then` once `seq` is durable, on whatever thread found that out: it must be quick. Late: it is not, although
  /// we waited long; the log is stalled.
  void when(std::uint64_t seq, Then then);
  /// Looks for what waits too long; called a few times a second.
  void tick();
  /// Calls everything that waits, as late.
  void stop();

 private:
  struct Waiting {
    Then then;
    std::chrono::steady_clock::time_point until;
  };
  void release(bool all);

  mutable std::mutex mutex_;
  std::uint64_t seq_ = 0;
  bool stopped_ = false;
  std::multimap<std::uint64_t, Waiting> waiting_;
};

}  // namespace mingyue::api
