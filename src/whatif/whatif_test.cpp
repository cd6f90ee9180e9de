#include <gtest/gtest.h>

#include "core/planner_input.hpp"
#include "forecast/log_note.hpp"
#include "whatif/answer.hpp"

namespace mingyue::whatif {
namespace {

using model::JobId;

constexpr Instant noon{1'785'672'000'000};
const core::Actor root{"root", model::Role::operator_};

/// A centre of equal nodes of 8 cores, driven by hand.
class Live {
 public:
  explicit Live(int nodes) {
    model::Centre centre{.name = "live"};
    centre.partitions = {{"main", days(30)}};
    centre.classes = {{"normal", 100, false}};
    centre.projects = {{.name = "p"}};
    centre.users = {{"u", model::Role::member, {"p"}}};
    centre.policy.shortest_first = {};
    for (int i = 0; i < nodes; ++i) {
      centre.nodes.push_back({.id = model::NodeId{static_cast<std::uint32_t>(i)},
                              .name = "n" + std::to_string(i),
                              .partition = "main",
                              .cores = CoreCount{8},
                              .memory = Bytes{8LL << 30},
                              .is_virtual = true});
    }
    run(core::ConfigureCentre{centre, {}});
  }

  static model::JobSpec spec(int tasks, Duration wall) {
    model::JobSpec spec;
    spec.name = "job";
    spec.user = "u";
    spec.project = "p";
    spec.partition = "main";
    spec.priority_class = "normal";
    spec.wall = wall;
    spec.parts.push_back({.name = "main", .tasks = tasks, .need = {.cores = CoreCount{8}}, .command = {"true"}});
    return spec;
  }
  JobId submit(const model::JobSpec& spec) {
    const JobId id = state.next_job;
    run(core::SubmitJob{root, spec, "", {}});
    return id;
  }
  void plan() {
    const core::PlannerInput input = core::planner_input(state, now);
    const sched::Plan plan = sched::plan(input.snapshot);
    run(core::AdoptPlan{plan.starts, plan.preemptions, plan.idle, {}, false});
    for (const sched::Start& start : plan.starts) run(core::ReportLaunched{state.attempts.at(start.job).id});
  }
  void run(const core::Command& command) {
    auto decided = core::decide(state, command, now);
    ASSERT_TRUE(decided.has_value()) << decided.error().message;
    std::vector<ledger::Row> rows;
    for (core::EventBody& body : *decided) {
      core::Event event{now, std::move(body)};
      ledger::record(book, event, rows);
      core::apply(state, event);
    }
  }

  core::State state;
  ledger::Book book;
  Instant now = noon;
};

TEST(WhatIf, WithoutAChangeBothFuturesAreTheSame) {
  Live live(4);
  live.submit(Live::spec(4, hours(1)));
  live.plan();
  const JobId next = live.submit(Live::spec(2, hours(1)));
  const auto answer = ask(live.state, live.book, live.now, {.futures = 5}, 2);
  ASSERT_TRUE(answer.has_value());
  ASSERT_EQ(answer->jobs.size(), 1u);
  EXPECT_EQ(answer->jobs[0].job, next);
  EXPECT_EQ(*answer->jobs[0].before, answer->jobs[0].after);
  EXPECT_LT(answer->jobs[0].after.early, noon + hours(1));  // run times are drawn
  EXPECT_EQ(answer->before.started, 1);
  const auto limits = ask(live.state, live.book, live.now, {}, 1);
  EXPECT_EQ(limits->jobs[0].after.early, noon + hours(1));  // one future: whole limits
}

TEST(WhatIf, RunTimesAreDrawnFromWhatWasLearnt) {
  Live live(4);
  live.submit(Live::spec(4, hours(10)));
  live.plan();
  live.submit(Live::spec(2, hours(1)));
  forecast::RunTimes learnt;
  const auto facts = forecast::facts_of(Live::spec(4, hours(10)));
  for (int i = 0; i < 200; ++i) learnt.ended(facts, minutes(30));
  const Question question{.futures = 20};
  const auto answer = ask(live.state, live.book, live.now, question, 2, &learnt);
  ASSERT_TRUE(answer.has_value());
  EXPECT_TRUE(answer->learnt);
  // Jobs like the one that runs took half an hour, and not some length up to ten.
  EXPECT_GT(answer->jobs[0].after.middle, noon + minutes(25));
  EXPECT_LT(answer->jobs[0].after.middle, noon + minutes(35));
  const auto again = ask(live.state, live.book, live.now, question, 1, &learnt);
  EXPECT_EQ(again->jobs[0].after, answer->jobs[0].after);
  const auto uniform = ask(live.state, live.book, live.now, question, 2);
  EXPECT_FALSE(uniform->learnt);
  EXPECT_GT(uniform->jobs[0].after.middle, noon + hours(2));
}

TEST(WhatIf, DrainedNodesMakeAGangWait) {
  Live live(4);
  live.submit(Live::spec(2, hours(1)));
  live.plan();
  const JobId gang = live.submit(Live::spec(2, hours(1)));
  const auto answer = ask(live.state, live.book, live.now, {.drain = {"n2", "n3"}, .horizon = days(1)}, 1);
  ASSERT_TRUE(answer.has_value());
  EXPECT_EQ(answer->jobs[0].job, gang);
  EXPECT_EQ(answer->jobs[0].before->middle, noon);
  EXPECT_EQ(answer->jobs[0].after.middle, noon + hours(1));
  ASSERT_EQ(answer->before.pools.size(), 1u);
  EXPECT_EQ(answer->before.pools[0].capacity, 32);
  EXPECT_EQ(answer->before.pools[0].used_millionths, 1'000'000 / 24);
}

TEST(WhatIf, MoreNodesAndAJobThatIsNotThereYet) {
  Live live(2);
  live.submit(Live::spec(2, hours(3)));
  live.plan();
  const JobId waits = live.submit(Live::spec(2, hours(1)));
  const auto answer =
      ask(live.state, live.book, live.now, {.add = {{"n0", 2}}, .submit = {Live::spec(4, hours(1))}}, 2);
  ASSERT_TRUE(answer.has_value()) << answer.error().message;
  ASSERT_EQ(answer->jobs.size(), 2u);
  EXPECT_EQ(answer->jobs[0].job, waits);
  EXPECT_EQ(answer->jobs[0].after.middle, noon);
  EXPECT_TRUE(answer->jobs[1].asked);
  EXPECT_EQ(answer->jobs[1].after.middle, noon + hours(3));  // two run for an hour, two for three
  EXPECT_FALSE(answer->jobs[1].before);
}

TEST(WhatIf, DependenciesAndArraysGoOn) {
  Live live(1);
  const JobId first = live.submit(Live::spec(1, hours(1)));
  live.plan();
  model::JobSpec after = Live::spec(1, hours(1));
  after.dependencies = {{model::DependencyKind::after_ok, first}};
  const JobId second = live.submit(after);
  model::JobSpec array = Live::spec(1, hours(2));
  array.parts[0].need.cores = CoreCount{1};
  array.indices = {0, 1, 2};
  array.array_at_once = 1;
  live.submit(array);
  const auto answer = ask(live.state, live.book, live.now, {}, 1);
  ASSERT_TRUE(answer.has_value());
  ASSERT_EQ(answer->jobs.size(), 4u);
  std::vector<std::int64_t> hours_after;
  for (const JobOutlook& job : answer->jobs) {
    ASSERT_TRUE(job.after.middle) << job.job.raw();
    hours_after.push_back((*job.after.middle - noon).raw() / hours(1).raw());
  }
  EXPECT_EQ(answer->jobs[0].job, second);
  EXPECT_EQ(answer->before.waiting, 0);
  // One element at a time: each two hours behind the one before it.
  EXPECT_EQ(hours_after[2] - hours_after[1], 2);
  EXPECT_EQ(hours_after[3] - hours_after[2], 2);
}

TEST(WhatIf, WhatTheCoreRefusesIsRefused) {
  Live live(1);
  const auto unknown = ask(live.state, live.book, live.now, {.drain = {"n9"}}, 1);
  ASSERT_FALSE(unknown.has_value());
  EXPECT_EQ(unknown.error().code, "unknown-node");
  const auto large = ask(live.state, live.book, live.now, {.submit = {Live::spec(2, hours(1))}}, 1);
  ASSERT_FALSE(large.has_value());
}

TEST(WhatIf, TheAnswerIsTheSameWithAnyNumberOfThreads) {
  Live live(6);
  for (int i = 0; i < 40; ++i) live.submit(Live::spec(1 + i % 6, minutes(20 + 7 * i)));
  live.plan();
  const Question question{.drain = {"n1"}, .futures = 9};
  const auto one = ask(live.state, live.book, live.now, question, 1);
  const auto three = ask(live.state, live.book, live.now, question, 3);
  ASSERT_TRUE(one && three);
  ASSERT_EQ(one->jobs.size(), three->jobs.size());
  for (std::size_t i = 0; i < one->jobs.size(); ++i) EXPECT_EQ(one->jobs[i].after, three->jobs[i].after);
  EXPECT_EQ(one->events, three->events);
}

}  // namespace
}  // namespace mingyue::whatif
