#include "runtime/forecast_thread.hpp"

#include <gtest/gtest.h>

#include <future>

#include "core/a_centre.hpp"
#include "ports/memory_log_store.hpp"

namespace mingyue::runtime {
namespace {

using core::testing::a_job;
using core::testing::TestCentre;

/// A centre that has run some jobs, and its log.
class Logged {
 public:
  Logged() : centre(2, 4) {}
  void run_jobs(int count) {
    for (int i = 0; i < count; ++i) {
      const model::JobId job = centre.submit(a_job("job" + std::to_string(i % 3)));
      centre.plan();
      centre.now = centre.now + minutes(10 + i % 7);
      centre.end(job);
    }
    write();
  }
  /// Puts into the store what is not there yet.
  void write() {
    ports::Batch batch;
    for (; written_ < centre.log.size(); ++written_) {
      const core::Event& event = centre.log[written_];
      ports::Record record{.seq = written_ + 1,
                           .at = event.at,
                           .number = core::event_number(event.body),
                           .payload = core::encode_event(event.body)};
      record.hash = hash_ = ports::record_hash(hash_, record);
      batch.records.push_back(std::move(record));
    }
    store.append(std::move(batch), [] {});
  }
  [[nodiscard]] ForecastThread::Seen seen() const {
    return {{core::planner_input(centre.state, centre.now), centre.state.centre.classes}, centre.log.size()};
  }

  TestCentre centre;
  ports::MemoryLogStore store;

 private:
  std::size_t written_ = 0;
  Hash hash_{};
};

/// What a thread knows that begins with `saved` and reads the rest of the log.
Learnt after_reading(const Logged& logged, Learnt saved) {
  std::promise<void> asked;
  // It asks the core when it has read the log; it is given no answer, and waits until it is stopped.
  ForecastThread thread(logged.store, milliseconds(1), std::move(saved), [&](const auto&) { asked.set_value(); });
  asked.get_future().wait();
  thread.stop();
  return thread.saved();
}

TEST(ForecastThread, ReadsTheLogAndKnowsWhatItWouldHaveBeenTold) {
  Logged logged;
  std::promise<void> asked;
  ForecastThread told(logged.store, milliseconds(1), {}, [&](const auto&) { asked.set_value(); });
  asked.get_future().wait();
  logged.run_jobs(40);
  for (std::size_t i = 0; i < logged.centre.log.size(); ++i) told.note(i + 1, logged.centre.log[i]);
  told.stop();
  const Learnt of_told = told.saved();
  EXPECT_EQ(of_told.seq, logged.centre.log.size());
  const Learnt of_read = after_reading(logged, {});
  EXPECT_EQ(of_read.seq, of_told.seq);
  EXPECT_EQ(of_read.bytes, of_told.bytes);
}

TEST(ForecastThread, GoesOnFromWhatWasSaved) {
  Logged logged;
  logged.run_jobs(25);
  const Learnt saved = after_reading(logged, {});
  logged.run_jobs(25);
  const Learnt from_saved = after_reading(logged, saved);
  const Learnt from_nothing = after_reading(logged, {});
  EXPECT_EQ(from_saved.seq, logged.centre.log.size());
  EXPECT_EQ(from_saved.bytes, from_nothing.bytes);
  const Learnt from_rubbish = after_reading(logged, {saved.seq, "rubbish"});
  EXPECT_EQ(from_rubbish.bytes, from_nothing.bytes);
}

TEST(ForecastThread, LooksAtTheCentreWhenAllThatItKnewIsDurable) {
  Logged logged;
  logged.run_jobs(25);
  model::JobSpec whole = a_job("whole");
  whole.parts.front().tasks = 2;
  whole.parts.front().need.cores = CoreCount{4};
  logged.centre.submit(whole);
  logged.centre.plan();
  const model::JobId waits = logged.centre.submit(whole);
  std::atomic<int> asked = 0;
  ForecastThread thread(logged.store, milliseconds(1), {},
                        [&](std::move_only_function<void(ForecastThread::Seen)> give) {
                          if (asked++ < 50) give(logged.seen());
                        });
  while (asked == 0) std::this_thread::yield();
  EXPECT_EQ(thread.newest(), nullptr);  // what the core knows is not durable yet
  for (std::size_t i = 0; i < logged.centre.log.size(); ++i) thread.note(i + 1, logged.centre.log[i]);
  logged.write();
  while (thread.newest() == nullptr) std::this_thread::yield();
  const auto starts = thread.newest();
  EXPECT_NE(starts->of(waits), nullptr);
  EXPECT_NE(thread.run_times(), nullptr);
  thread.stop();
}

}  // namespace
}  // namespace mingyue::runtime
