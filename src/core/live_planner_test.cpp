#include "core/live_planner.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <random>
#include <set>

#include "core/a_centre.hpp"
#include "sched/plan_book.hpp"

namespace mingyue::core {
namespace {

using namespace testing;

constexpr sched::PlanSettings counting{.counted_nodes = 1, .keeps_from = 1};

/// A centre whose plan is kept, and repaired from what its log says.
class KeptCentre : public TestCentre {
 public:
  explicit KeptCentre(int nodes) : TestCentre(nodes, 4) {
    give(GrantCredits{root, "poor", Credits{20'000'000}, ""});
    heard_ = log.size();
  }

  void plan_on() {
    for (; heard_ < log.size(); ++heard_) feed_.hear(log[heard_].body);
    std::optional<PlanResult> result;
    if (begun_) {
      if (auto news = feed_.take(state, now)) result = planner_.go_on(now, std::move(*news));
    }
    steps += result ? 1 : 0;
    if (!result) {
      PlannerInput input = planner_input(state, now);
      feed_.begin(state, input);
      result = planner_.whole(std::move(input));
      begun_ = true;
      ++wholes;
    }
    const AdoptPlan adopts = adoption_of(*result, PlanMade{}, true);
    std::visit([&](auto& plan) { book.take(std::move(plan)); }, result->plan);
    const auto decided = give(adopts);
    ASSERT_TRUE(decided.has_value());
    settled = adopts.starts.empty() && adopts.preemptions.empty();
    std::vector<model::AttemptId> starting;
    for (const auto& [id, attempt] : state.attempts)
      if (!attempt.started_at) starting.push_back(attempt.id);
    for (const auto& id : starting) EXPECT_TRUE(give(ReportLaunched{id}).has_value());
  }

  /// What the plan says of who waits is what a whole one would say of who may not run, and why.
  void check_waits() {
    std::map<model::JobId, sched::WaitingView> views;
    const PlannerInput input = planner_input(state, now);
    for (const sched::WaitingView& view : input.snapshot.waiting) views.emplace(view.id, view);
    for (const sched::Wait& wait : book.plan().waits) {
      const auto view = views.find(wait.job);
      ASSERT_NE(view, views.end()) << wait.job.raw() << " does not wait";
      const bool blocked = view->second.blocked != sched::Blocked::no && !view->second.blocked_until;
      if (view->second.blocked != sched::Blocked::budget) {
        ASSERT_EQ(blocked, is_blocked(wait.code)) << wait.job.raw() << ": code " << static_cast<int>(wait.code)
                                                  << ", blocked " << static_cast<int>(view->second.blocked);
      }
      views.erase(view);
    }
    ASSERT_TRUE(views.empty()) << views.begin()->first.raw() << " waits and is not in the plan";
  }

  static bool is_blocked(sched::WaitCode code) {
    using enum sched::WaitCode;
    return code == held || code == dependency || code == array_bound || code == budget;
  }

  sched::PlanBook book;
  bool settled = false;  ///< the last plan changed nothing
  int steps = 0;
  int wholes = 0;

 private:
  PlannerFeed feed_;
  LivePlanner planner_{counting};
  std::size_t heard_ = 0;
  bool begun_ = false;
};

TEST(LivePlanner, AJobIsFreeWhenTheOneBeforeItHasEnded) {
  KeptCentre centre(1);
  const auto first = centre.submit(a_job());
  auto spec = a_job();
  spec.dependencies = {{model::DependencyKind::after_ok, first}};
  const auto second = centre.submit(spec);
  centre.plan_on();
  ASSERT_EQ(centre.book.plan().waits.size(), 1u);
  EXPECT_EQ(centre.book.plan().waits[0].code, sched::WaitCode::dependency);
  centre.end(first);
  centre.plan_on();
  EXPECT_TRUE(centre.state.attempts.contains(second));
  EXPECT_EQ(centre.steps, 1);
}

TEST(LivePlanner, NoMoreOfAnArrayStartThanMay) {
  KeptCentre centre(4);
  auto spec = a_job();
  spec.indices = {0, 1, 2, 3, 4, 5};
  spec.array_at_once = 2;
  centre.submit(spec);
  do centre.plan_on();
  while (!centre.settled);
  centre.check_waits();
  EXPECT_EQ(centre.state.attempts.size(), 2u);
  const int wholes = centre.wholes;
  for (int i = 0; i < 4; ++i) {
    centre.end(centre.state.attempts.begin()->first);
    do centre.plan_on();
    while (!centre.settled);
    centre.check_waits();
    EXPECT_EQ(centre.state.attempts.size(), 2u);
  }
  EXPECT_GT(centre.steps, 0);
  EXPECT_LE(centre.wholes, wholes + 4);
}

/// The least that was left while somebody waited for more is what counts.
TEST(LivePlanner, MoneyThatComesBackFreesWhoWaitedForIt) {
  KeptCentre centre(2);  // `poor` has 20 credits; a core-hour is one
  const auto big = [](std::int32_t cores, std::int64_t hours_long) {
    auto spec = a_job();
    spec.project = "poor";
    spec.wall = hours(hours_long);
    spec.parts[0].need.cores = CoreCount{cores};
    return spec;
  };
  const auto first = centre.submit(big(4, 4));          // 16 of 20
  const auto never_enough = centre.submit(big(4, 24));  // 96
  centre.plan_on();
  ASSERT_TRUE(centre.state.attempts.contains(first));
  const auto second = centre.submit(big(3, 1));  // 3 of the 4 that are left
  do centre.plan_on();
  while (!centre.settled);
  ASSERT_TRUE(centre.state.attempts.contains(second));
  const auto third = centre.submit(big(1, 2));  // 2 of 1
  do centre.plan_on();
  while (!centre.settled);
  ASSERT_FALSE(centre.state.attempts.contains(third));
  centre.now = centre.now + minutes(1);
  centre.end(second);  // nearly all of its 3 come back
  do centre.plan_on();
  while (!centre.settled);
  EXPECT_TRUE(centre.state.attempts.contains(third));
  EXPECT_FALSE(centre.state.attempts.contains(never_enough));
}

TEST(LivePlanner, ANodeThatGoesCallsForAWholePlan) {
  KeptCentre centre(2);
  centre.submit(a_job());
  centre.plan_on();
  EXPECT_EQ(centre.wholes, 1);
  centre.give(DrainNode{root, "n1", "test"});
  centre.plan_on();
  EXPECT_EQ(centre.wholes, 2);
}

TEST(LivePlanner, ThePlanAlwaysKnowsWhoMayRun) {
  int steps = 0;
  for (std::uint64_t seed = 1; seed <= 40; ++seed) {
    SCOPED_TRACE(seed);
    std::mt19937_64 draw(seed);
    const auto below = [&](std::size_t n) { return static_cast<std::size_t>(draw() % n); };
    KeptCentre centre(2);
    std::vector<model::JobId> jobs;
    const auto some = [&] { return jobs[below(jobs.size())]; };
    for (int i = 0; i < 150; ++i) {
      centre.now = centre.now + milliseconds(static_cast<std::int64_t>(below(120'000)));
      switch (below(9)) {
        case 0:
        case 1:
        case 2: {
          auto spec = a_job();
          spec.wall = minutes(static_cast<std::int64_t>(1 + below(200)));
          spec.parts[0].need.cores = CoreCount{static_cast<std::int32_t>(1 + below(4))};
          if (below(4) == 0) spec.project = "poor";
          if (below(3) == 0 && !jobs.empty()) {
            const auto target = some();
            if (centre.state.find(target) != nullptr)
              spec.dependencies = {
                  {below(2) == 0 ? model::DependencyKind::after_ok : model::DependencyKind::after, target}};
          }
          if (below(5) == 0) {
            for (std::int32_t e = 0; e < 5; ++e) spec.indices.push_back(e);
            spec.array_at_once = static_cast<std::int32_t>(1 + below(3));
          }
          const std::size_t count = std::max<std::size_t>(1, spec.indices.size());
          const auto id = centre.submit(spec);
          for (std::size_t e = 0; e < count; ++e) jobs.push_back(model::JobId{id.raw() + e});
          break;
        }
        case 3:
        case 4:
        case 5:
          if (!centre.state.attempts.empty()) {
            auto it = centre.state.attempts.begin();
            std::advance(it, static_cast<std::ptrdiff_t>(below(centre.state.attempts.size())));
            const model::JobId job = it->first;
            centre.end(job, below(4) == 0 ? model::AttemptEnd{.exit_code = 1} : model::AttemptEnd{});
          }
          break;
        case 6:
          if (!jobs.empty()) (void)centre.give(HoldJob{root, some()});
          break;
        case 7:
          if (!jobs.empty()) (void)centre.give(ReleaseJob{root, some()});
          break;
        default:
          if (!jobs.empty()) (void)centre.give(CancelJob{root, some()});
          break;
      }
      if (next_wakeup(centre.state) <= centre.now) (void)centre.give(WakeUp{});
      if (below(3) > 0) centre.plan_on();
      if (::testing::Test::HasFatalFailure()) return;
      do centre.plan_on();
      while (!centre.settled && !::testing::Test::HasFatalFailure());
      centre.check_waits();
      if (::testing::Test::HasFatalFailure()) return;
    }
    steps += centre.steps;
  }
  EXPECT_GT(steps, 3'000);
}

}  // namespace
}  // namespace mingyue::core
