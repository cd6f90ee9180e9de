#pragma once

#include <map>
#include <optional>
#include <queue>
#include <vector>

#include "base/prng.hpp"
#include "forecast/start_time.hpp"

/// A small centre for the tests: sixteen nodes of one core, a stream of jobs with true run times, a planner and a
/// Forecaster told the same.
namespace mingyue::forecast::testing {

inline constexpr sched::Room a_node{CoreCount{1}, Bytes{0}, CardCount{0}};

struct TestJob {
  Instant submit;
  Duration run;
  Duration limit;
  std::int32_t size = 1;
  std::uint64_t user = 1;
};

/// Users of their own habits; work for four fifths of what sixteen nodes can do. Slower jobs come as much more rarely.
inline std::vector<TestJob> a_stream(std::size_t jobs, std::uint64_t seed, std::int64_t slower_percent = 100) {
  Prng draw(seed);
  std::vector<TestJob> stream;
  Instant now{0};
  for (std::size_t i = 0; i < jobs; ++i) {
    const auto user = static_cast<std::int64_t>(1 + draw.below(12));
    now = now + seconds(draw.between(0, 2 * 680 * slower_percent / 100));
    TestJob job{.submit = now, .size = static_cast<std::int32_t>(draw.between(1, 6)), .user = std::uint64_t(user)};
    job.limit = minutes(60 * user);
    job.run = Duration{job.limit.raw() / 1000 * draw.between(10, 120 + 10 * user) * slower_percent / 100};
    job.run = std::min(job.run, job.limit);
    stream.push_back(job);
  }
  return stream;
}

class TestCentre {
 public:
  explicit TestCentre(const ForecastOptions& options = {.futures = 4}) : forecaster(options) {}

  /// Runs on until `until`, asking for a forecast of each job that must wait.
  void run(const std::vector<TestJob>& stream, Instant until = never) {
    while (true) {
      Instant now = next_ < stream.size() ? stream[next_].submit : never;
      if (!ends_.empty()) now = std::min(now, ends_.top().first);
      if (now == never || now > until) return;
      for (; !ends_.empty() && ends_.top().first == now; ends_.pop()) {
        planner.end(ends_.top().second, now);
        forecaster.ended(ends_.top().second, now);
      }
      const std::size_t first = next_;
      for (; next_ < stream.size() && stream[next_].submit == now; ++next_) {
        const TestJob& job = stream[next_];
        const auto demand = *sched::demand_of(0, a_node, job.size, a_node);
        const std::int64_t key = sched::key_of(sched::Backfill::aged, now, job.limit, job.size);
        planner.arrive(next_, key, demand, job.limit);
        forecaster.submitted({next_, {.user = job.user, .size = job.size, .limit = job.limit}, demand, key}, now);
      }
      for (const sched::LineStart& start : planner.step(now)) {
        started[start.job] = now;
        forecaster.started(start.job, now);
        ends_.emplace(now + stream[start.job].run, start.job);
      }
      for (std::size_t job = first; job < next_; ++job) {
        if (const auto one = forecaster.forecast(job, planner, now)) {
          forecasts.push_back(*one);
          forecaster.stated(*one);
        }
      }
      now_ = now;
    }
  }
  [[nodiscard]] Instant now() const { return now_; }

  sched::LinePlanner planner{std::vector<sched::LineNode>(16, {a_node, 0, 0}), sched::Backfill::aged, Instant{0}};
  Forecaster forecaster;
  std::vector<StartForecast> forecasts;
  std::map<sched::JobNumber, Instant> started;

 private:
  using End = std::pair<Instant, sched::JobNumber>;
  std::priority_queue<End, std::vector<End>, std::greater<>> ends_;
  std::size_t next_ = 0;
  Instant now_{0};
};

}  // namespace mingyue::forecast::testing
