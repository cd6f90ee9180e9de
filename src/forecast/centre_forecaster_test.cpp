#include "forecast/centre_forecaster.hpp"

#include <gtest/gtest.h>

#include <queue>

#include "base/prng.hpp"
#include "core/a_centre.hpp"

namespace mingyue::forecast {
namespace {

using core::testing::a_job;
using core::testing::root;
using core::testing::TestCentre;
using model::JobId;

/// A centre whose every job takes half of what its user asked for, and a forecaster that is told its log.
class World {
 public:
  explicit World(int nodes = 4) : centre(nodes, 4) {}

  JobId submit(int nodes, Duration wall, const std::string& user = "ann") {
    model::JobSpec job = a_job("work");
    job.user = user;
    job.wall = wall;
    job.parts.front().tasks = nodes;
    job.parts.front().need.cores = CoreCount{4};
    return centre.submit(job);
  }
  /// Runs on until then; every hour people are told what the forecaster says.
  void run(Instant until) {
    while (true) {
      plan();
      const Instant next = ends_.empty() ? until : std::min(until, ends_.top().first);
      if (next >= next_look_ && next_look_ < until) {
        centre.now = std::max(centre.now, next_look_);
        next_look_ = next_look_ + hours(1);
        looks.push_back(look(*forecaster));
        forecaster->stated(looks.back());
        continue;
      }
      if (next >= until) break;
      centre.now = ends_.top().first;
      const JobId job = ends_.top().second;
      ends_.pop();
      if (centre.state.attempts.contains(job)) centre.end(job);
      tell();
    }
    centre.now = until;
    tell();
  }
  void plan() {
    std::set<JobId> before;
    for (const auto& [id, attempt] : centre.state.attempts) before.insert(id);
    centre.plan();
    for (const auto& [id, attempt] : centre.state.attempts) {
      if (before.contains(id)) continue;
      ends_.emplace(centre.now + Duration{centre.state.spec(centre.state.jobs.at(id)).wall.raw() / 2}, id);
    }
    tell();
  }
  void tell() {
    for (; told_ < centre.log.size(); ++told_)
      if (const auto note = note_of(centre.log[told_])) forecaster->fold(*note);
  }
  [[nodiscard]] Moment moment() const {
    return {core::planner_input(centre.state, centre.now), centre.state.centre.classes};
  }
  [[nodiscard]] CentreStarts look(const CentreForecaster& by) const { return by.look(moment()); }

  /// A day of it: some hundred jobs of two users, more than there is room for at once.
  void a_day(std::uint64_t seed) {
    Prng draw(seed);
    const Instant begin = centre.now;
    for (int i = 0; i < 60; ++i) {
      submit(static_cast<int>(draw.between(1, 4)), minutes(45 * draw.between(1, 3)), draw.chance(1, 2) ? "ann" : "bob");
      run(begin + minutes(24 * (i + 1)));
    }
  }

  TestCentre centre;
  std::optional<CentreForecaster> forecaster{std::in_place};
  std::vector<CentreStarts> looks;

 private:
  using End = std::pair<Instant, JobId>;
  std::priority_queue<End, std::vector<End>, std::greater<>> ends_;
  Instant next_look_{1'790'000'000'000};
  std::size_t told_ = 0;
};

TEST(CentreForecaster, SaysThatTooLittleHasEnded) {
  World world;
  world.submit(4, hours(1));
  const JobId waits = world.submit(4, hours(1));
  world.plan();
  const CentreStarts seen = world.look(*world.forecaster);
  EXPECT_EQ(seen.of(waits), nullptr);
  EXPECT_EQ(seen.why_not(waits), NoForecast::too_little);
  EXPECT_EQ(seen.why_not(JobId{99}), NoForecast::not_yet);
}

TEST(CentreForecaster, LearnsHowLongJobsReallyRun) {
  World world;
  world.a_day(1);
  world.run(world.centre.now + days(10));  // a week ago nothing came either
  // Half of what is asked is what jobs take: the second starts when half of the first's limit is over.
  const JobId first = world.submit(4, minutes(90));
  const JobId second = world.submit(4, minutes(90));
  world.plan();
  ASSERT_TRUE(world.centre.state.attempts.contains(first));
  const CentreStarts seen = world.look(*world.forecaster);
  const StartForecast* start = seen.of(second);
  ASSERT_NE(start, nullptr);
  EXPECT_LE(start->earliest, world.centre.now + minutes(45));
  EXPECT_GE(start->latest, world.centre.now + minutes(45));
  EXPECT_NEAR(start->supposed.middle.raw() / 60'000, 45, 10);
  EXPECT_EQ(*world.centre.newest.waits.front().promised, world.centre.now + minutes(90));  // the plan must assume it
}

TEST(CentreForecaster, HeldAndBlockedJobsStandInNoLine) {
  World world;
  world.a_day(2);
  const JobId one = world.submit(4, hours(1));
  ASSERT_TRUE(world.centre.give(core::HoldJob{root, one}));
  world.tell();
  EXPECT_EQ(world.look(*world.forecaster).why_not(one), NoForecast::not_in_line);
  ASSERT_TRUE(world.centre.give(core::ReleaseJob{root, one}));
  world.tell();
  EXPECT_NE(world.look(*world.forecaster).of(one), nullptr);
}

TEST(CentreForecaster, WhatIsCutShortTeachesNoLength) {
  World world;
  world.a_day(3);
  world.run(world.centre.now + days(1));
  const std::uint64_t before = world.forecaster->ended();
  const JobId job = world.submit(1, hours(10));
  world.plan();
  world.centre.now = world.centre.now + minutes(1);
  world.centre.end(job, {.cause = model::EndCause::lost});
  world.tell();
  EXPECT_EQ(world.forecaster->ended(), before);
  const JobId other = world.submit(1, hours(10), "bob");
  world.plan();
  world.centre.end(other, {.cause = model::EndCause::exited, .exit_code = 93});
  world.tell();
  EXPECT_EQ(world.forecaster->ended(), before + 1);  // a program that fails has run so long
}

TEST(CentreForecaster, TheSameLogAndMomentsGiveTheSameForecasts) {
  World one;
  World other;
  one.a_day(4);
  other.a_day(4);
  ASSERT_EQ(one.looks.size(), other.looks.size());
  std::size_t forecasts = 0;
  for (std::size_t i = 0; i < one.looks.size(); ++i) {
    EXPECT_EQ(one.looks[i].starts, other.looks[i].starts);
    forecasts += one.looks[i].starts.size();
  }
  EXPECT_GT(forecasts, 50U);
  EXPECT_GT(one.forecaster->calibration().count().settled, 20);
  EXPECT_EQ(one.forecaster->save(), other.forecaster->save());
}

TEST(CentreForecaster, ALogReadAgainTeachesTheSame) {
  World world;
  // Nothing was said to anybody, so that all it knows is of the log.
  Prng draw(5);
  for (int i = 0; i < 80; ++i) world.submit(static_cast<int>(draw.between(1, 4)), minutes(60));
  for (int i = 0; i < 60; ++i) {
    world.plan();
    world.centre.now = world.centre.now + minutes(10);
    if (!world.centre.state.attempts.empty()) world.centre.end(world.centre.state.attempts.begin()->first);
    world.tell();
  }
  CentreForecaster again;
  for (const core::Event& event : world.centre.log)
    if (const auto note = note_of(event)) again.fold(*note);
  EXPECT_EQ(again.save(), world.forecaster->save());
  EXPECT_EQ(world.look(again).starts, world.look(*world.forecaster).starts);
  EXPECT_FALSE(world.look(again).starts.empty());
}

TEST(CentreForecaster, SavedLoadedAndToldTheRestItWasNeverAway) {
  World world;
  world.a_day(6);
  const std::string saved = world.forecaster->save();
  auto loaded = CentreForecaster::load(saved);
  ASSERT_TRUE(loaded);
  EXPECT_EQ(loaded->save(), saved);
  EXPECT_EQ(world.look(*loaded).starts, world.look(*world.forecaster).starts);
  const std::size_t from = world.centre.log.size();
  const Instant now = world.centre.now;
  for (int i = 0; i < 20; ++i) world.submit(1 + i % 4, minutes(45));
  for (int i = 0; i < 10; ++i) {
    world.plan();
    world.centre.now = world.centre.now + minutes(20);
    world.centre.end(world.centre.state.attempts.begin()->first);
  }
  world.tell();
  ASSERT_GT(world.centre.now, now);
  for (std::size_t i = from; i < world.centre.log.size(); ++i)
    if (const auto note = note_of(world.centre.log[i])) loaded->fold(*note);
  EXPECT_EQ(loaded->save(), world.forecaster->save());
  EXPECT_FALSE(CentreForecaster::load(saved.substr(1)));
  EXPECT_FALSE(CentreForecaster::load(saved.substr(0, saved.size() - 1)));
}

TEST(CentreForecaster, StopsWhenItIsToldTo) {
  World world;
  world.a_day(7);
  for (int i = 0; i < 20; ++i) world.submit(4, hours(1));
  world.plan();
  int asked = 0;
  const CentreStarts seen = world.forecaster->look(world.moment(), [&] { return ++asked < 3; });
  EXPECT_TRUE(seen.starts.empty());
  EXPECT_LE(asked, 5);
}

}  // namespace
}  // namespace mingyue::forecast
