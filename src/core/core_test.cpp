#include <gtest/gtest.h>

#include <algorithm>
#include <ranges>

#include "core/a_centre.hpp"

namespace mingyue::core {
namespace {

using model::AttemptEnd;
using model::EndCause;
using model::JobState;
using testing::a_job;
using testing::root;
using testing::TestCentre;

TEST(Job, RunsFromSubmissionToItsOneOutcome) {
  TestCentre centre;
  const auto job = centre.submit(a_job());
  centre.plan();
  EXPECT_EQ(centre.state.jobs.at(job).state, JobState::running);
  centre.end(job);
  EXPECT_EQ(centre.outcome(job), "succeeded");
  EXPECT_TRUE(centre.state.jobs.empty());
  ASSERT_EQ(centre.effects.size(), 2U);
  EXPECT_TRUE(std::holds_alternative<LaunchAttempt>(centre.effects[0]));
  EXPECT_TRUE(std::holds_alternative<ForgetAttempt>(centre.effects[1]));
}

TEST(Job, EndedTwiceByItsEngineEndsOnce) {
  TestCentre centre;
  const auto job = centre.submit(a_job());
  centre.plan();
  const auto attempt = centre.state.attempts.at(job).id;
  centre.end(job);
  const auto again = centre.give(ReportEnded{attempt, {}});
  ASSERT_TRUE(again.has_value());
  EXPECT_TRUE(again->empty());
  EXPECT_EQ(centre.count<JobEnded>(), 1);
}

TEST(Job, IsTriedAgainAfterAFaultWithinItsBudget) {
  TestCentre centre;
  auto spec = a_job();
  spec.retry.attempts = 2;
  const auto job = centre.submit(spec);
  centre.plan();
  centre.end(job, {.cause = EndCause::signalled, .signal = 9, .last_step = 4});
  EXPECT_EQ(centre.count<IncidentOpened>(), 1);
  centre.plan();
  EXPECT_EQ(centre.state.attempts.at(job).id.number, 2);
  centre.end(job, {.cause = EndCause::signalled, .signal = 9, .last_step = 8});
  EXPECT_EQ(centre.outcome(job), "failed: killed by signal 9; all 2 attempts are used");
}

TEST(Job, ThatMakesNoProgressInThreeAttemptsIsStopped) {
  TestCentre centre;
  auto spec = a_job();
  spec.retry.attempts = 10;
  const auto job = centre.submit(spec);
  for (int i = 0; i < 3; ++i) {
    centre.plan();
    centre.end(job, {.cause = EndCause::lost, .message = "its machine restarted"});
  }
  EXPECT_EQ(centre.outcome(job), "failed: no progress in 3 attempts; the last: lost: its machine restarted");
}

TEST(Job, WithExitCode93IsNotTriedAgain) {
  TestCentre centre;
  const auto job = centre.submit(a_job());
  centre.plan();
  centre.end(job, {.exit_code = 93});
  EXPECT_EQ(centre.outcome(job), "failed: exit code 93 (do not retry)");
}

TEST(Job, GoesOnFromItsLastCheckpoint) {
  TestCentre centre;
  const auto job = centre.submit(a_job());
  centre.plan();
  centre.give(ReportProgress{centre.state.attempts.at(job).id, {.step = 120, .of = 500, .checkpoint = "ckpt-120"}});
  centre.end(job, {.cause = EndCause::signalled, .signal = 9});
  centre.plan();
  const auto* launch = std::get_if<LaunchAttempt>(&centre.effects.back());
  ASSERT_NE(launch, nullptr);
  EXPECT_EQ(launch->order.checkpoint_last, "ckpt-120");
  EXPECT_EQ(launch->order.attempt.number, 2);
}

std::string variable(const model::TaskOrder& task, std::string_view name) {
  for (const auto& [key, value] : task.environment)
    if (key == name) return value;
  return {};
}

TEST(Elastic, AnAttemptHasTheTasksOfItsLeaseAndTheNextMayHaveOthers) {
  TestCentre centre(3, 4);
  auto spec = a_job();
  spec.parts[0].tasks_least = 2;
  spec.parts[0].tasks = 8;
  spec.parts[0].need.cores = CoreCount{4};
  const auto job = centre.submit(spec);
  centre.plan();
  const auto& attempt = centre.state.attempts.at(job);
  EXPECT_EQ(attempt.lease.tasks(), 3);
  EXPECT_EQ(attempt.reserved, Credits{12'000'000}) << "three tasks of four cores for an hour";
  const auto* launch = std::get_if<LaunchAttempt>(&centre.effects.back());
  ASSERT_NE(launch, nullptr);
  ASSERT_EQ(launch->order.tasks.size(), 3U);
  EXPECT_EQ(variable(launch->order.tasks[2], "RANK"), "2");
  for (const char* name : {"WORLD_SIZE", "MINGYUE_TASKS", "SLURM_NTASKS"})
    EXPECT_EQ(variable(launch->order.tasks[2], name), "3") << name;

  centre.give(ReportNode{model::NodeId{1}, false, "no answer"});
  EXPECT_EQ(centre.state.jobs.at(job).state, JobState::queued);
  centre.plan();
  EXPECT_EQ(centre.state.attempts.at(job).lease.tasks(), 2);
  EXPECT_EQ(centre.state.attempts.at(job).id.number, 2);
}

TEST(Elastic, AStartWithTasksBeyondItsBoundsIsDropped) {
  TestCentre centre(4, 4);
  auto spec = a_job();
  spec.parts[0].tasks_least = 2;
  spec.parts[0].tasks = 3;
  const auto job = centre.submit(spec);
  const model::NodeId n0{0};
  for (const std::size_t tasks : {1, 4}) {
    centre.give(AdoptPlan{{{job, std::vector<model::NodeId>(tasks, n0)}}, {}, {}});
    EXPECT_EQ(centre.state.jobs.at(job).state, JobState::queued) << tasks;
  }
  centre.give(AdoptPlan{{{job, {n0, n0}}}, {}, {}});
  EXPECT_EQ(centre.state.attempts.at(job).lease.tasks(), 2);
}

TEST(Elastic, ABudgetBoundsTheTasks) {
  TestCentre centre(4, 4);
  auto spec = a_job();
  spec.project = "poor";
  spec.parts[0].tasks_least = 2;
  spec.parts[0].tasks = 8;
  const auto job = centre.submit(spec);
  centre.give(GrantCredits{root, "poor", Credits{1'999'999}, ""});
  centre.plan();
  EXPECT_EQ(centre.state.jobs.at(job).state, JobState::queued) << "not even two core-hours";
  centre.give(GrantCredits{root, "poor", Credits{3'500'000}, ""});
  centre.plan();
  EXPECT_EQ(centre.state.attempts.at(job).lease.tasks(), 5);
}

TEST(Spares, ALargeGangThatANodesLossInterruptedGoesOnAtOnce) {
  TestCentre centre(5, 4);
  auto described = centre.state.centre;
  described.partitions[0].spares = 1;  // n4
  ASSERT_TRUE(centre.give(ConfigureCentre{described, {}}).has_value());
  auto spec = a_job();
  spec.parts[0].tasks = 4;
  spec.parts[0].need.cores = CoreCount{4};
  const auto gang = centre.submit(spec);
  centre.plan();
  ASSERT_EQ(centre.state.jobs.at(gang).state, JobState::running);
  auto urgent = a_job("urgent");
  urgent.priority_class = "high";
  const auto other = centre.submit(urgent);
  centre.plan();
  EXPECT_EQ(centre.state.jobs.at(other).state, JobState::queued) << "the spare is not for it";
  EXPECT_EQ(centre.newest.waits.front().code, sched::WaitCode::spares);
  centre.give(AdoptPlan{{{other, {model::NodeId{4}}}}, {}, {}});
  EXPECT_EQ(centre.state.jobs.at(other).state, JobState::queued) << "whatever a plan says";

  centre.give(ReportNode{model::NodeId{1}, false, "no answer"});
  centre.plan();
  EXPECT_EQ(centre.state.jobs.at(gang).state, JobState::running);
  EXPECT_TRUE(centre.state.attempts.at(gang).lease.on(model::NodeId{4}));
  EXPECT_EQ(centre.state.jobs.at(other).state, JobState::queued);
}

TEST(Spares, AJobThatOnlyFitsWithThemIsRefused) {
  TestCentre centre(3, 4);
  auto described = centre.state.centre;
  described.partitions[0].spares = 1;
  ASSERT_TRUE(centre.give(ConfigureCentre{described, {}}).has_value());
  auto spec = a_job();
  spec.parts[0].tasks = 3;
  spec.parts[0].need.cores = CoreCount{4};
  const auto refused = centre.give(SubmitJob{root, spec, "", {}});
  ASSERT_FALSE(refused.has_value());
  EXPECT_EQ(refused.error().code, "does-not-fit");
  spec.preemptible = true;
  EXPECT_TRUE(centre.give(SubmitJob{root, spec, "", {}}).has_value());
}

TEST(Moves, WorkIsMovedSoThatWhatIsIdleComesTogether) {
  TestCentre centre(2, 4);
  auto half = a_job("half");
  half.preemptible = true;
  half.wall = hours(20);
  half.parts[0].need.cores = CoreCount{2};
  const auto first = centre.submit(half);
  auto filler = half;
  filler.preemptible = false;
  const auto gone = centre.submit(filler);
  centre.plan();
  const auto second = centre.submit(half);
  centre.plan();
  centre.end(gone);  // now two cores are free on each node
  auto whole = a_job("whole");
  whole.parts[0].need.cores = CoreCount{4};
  const auto waiting = centre.submit(whole);
  centre.now = centre.now + minutes(5);
  centre.plan();
  ASSERT_EQ(centre.count<PreemptionNoticed>(), 1);
  const bool first_moves = centre.state.attempts.at(first).moves;
  const auto moved = first_moves ? first : second;
  EXPECT_EQ(centre.state.attempts.at(moved).end_reason, EndReason::moved) << "it has no checkpoint to write";
  EXPECT_EQ(centre.newest.waits.front().code, sched::WaitCode::moving);
  centre.end(moved, {.cause = EndCause::ended});
  EXPECT_EQ(centre.state.jobs.at(moved).past->reason, "moved, to make room for another job");
  EXPECT_EQ(centre.state.jobs.at(moved).past->attempts_counted, 0);
  centre.plan();
  EXPECT_EQ(centre.state.jobs.at(waiting).state, JobState::running);
  EXPECT_EQ(centre.state.jobs.at(moved).state, JobState::running);
}

TEST(Idempotency, TheSameKeyIsTheSameJob) {
  TestCentre centre;
  const SubmitJob command{root, a_job(), "key", {}};
  ASSERT_EQ(centre.give(command)->size(), 1U);
  EXPECT_TRUE(centre.give(command)->empty());
  centre.now = centre.now + hours(25);
  EXPECT_EQ(centre.give(command)->size(), 1U) << "a key lives for a day";
}

TEST(Dependency, AfterOkWaitsForSuccess) {
  TestCentre centre;
  const auto first = centre.submit(a_job("first"));
  auto spec = a_job("second");
  spec.dependencies = {{model::DependencyKind::after_ok, first}};
  const auto second = centre.submit(spec);
  centre.plan();
  EXPECT_EQ(centre.state.jobs.at(second).state, JobState::queued);
  centre.end(first);
  centre.plan();
  EXPECT_EQ(centre.state.jobs.at(second).state, JobState::running);
}

TEST(Dependency, OnAFailureEndsWhoeverNeededItsSuccess) {
  TestCentre centre;
  const auto first = centre.submit(a_job("first"));
  auto spec = a_job("second");
  spec.dependencies = {{model::DependencyKind::after_ok, first}};
  const auto second = centre.submit(spec);
  spec.dependencies = {{model::DependencyKind::after_ok, second}};
  const auto third = centre.submit(spec);
  spec.dependencies = {{model::DependencyKind::after_any, second}};
  const auto fourth = centre.submit(spec);
  centre.plan();
  centre.end(first, {.exit_code = 93});
  EXPECT_EQ(centre.outcome(second), "cancelled: job 1 did not succeed");
  EXPECT_EQ(centre.outcome(third), "cancelled: job 2 did not succeed");
  centre.plan();
  EXPECT_EQ(centre.state.jobs.at(fourth).state, JobState::running);
}

TEST(Dependency, OnATargetThatHasJustEndedIsNotGuessed) {
  TestCentre centre;
  const auto first = centre.submit(a_job("first"));
  centre.plan();
  centre.end(first);
  auto spec = a_job("second");
  spec.dependencies = {{model::DependencyKind::after_ok, first}};
  const auto refused = centre.give(SubmitJob{root, spec, "", {}});
  ASSERT_FALSE(refused.has_value());
  EXPECT_EQ(refused.error().code, "target-ended");
  const auto told = centre.give(SubmitJob{root, spec, "", {{first, true}}});
  ASSERT_TRUE(told.has_value());
  EXPECT_EQ(told->size(), 1U) << "it waits for nothing any more";
}

TEST(Array, TheFirstIdStandsForAllElements) {
  TestCentre centre;
  auto spec = a_job("sweep");
  spec.indices = {0, 1, 2};
  const auto array = centre.submit(spec);
  auto gather = a_job("gather");
  gather.dependencies = {{model::DependencyKind::after_ok, array}};
  const auto last = centre.submit(gather);
  centre.plan();
  EXPECT_EQ(centre.state.attempts.size(), 3U);
  centre.end(array);
  centre.end(model::JobId{array.raw() + 2});
  EXPECT_FALSE(centre.state.jobs.at(last).dependencies->empty());
  centre.end(model::JobId{array.raw() + 1});
  centre.plan();
  EXPECT_EQ(centre.state.jobs.at(last).state, JobState::running);
}

TEST(Array, RunsAtMostSoManyAtOnce) {
  TestCentre centre(1, 8);
  auto spec = a_job("sweep");
  spec.indices = {0, 1, 2, 3, 4};
  spec.array_at_once = 2;
  centre.submit(spec);
  centre.plan();
  EXPECT_EQ(centre.state.attempts.size(), 2U);
}

TEST(Gang, StartsTogetherOrNotAtAll) {
  TestCentre centre(2, 4);
  auto spec = a_job("gang");
  spec.parts[0].tasks = 3;
  spec.parts[0].need.cores = CoreCount{4};
  const auto refused = centre.give(SubmitJob{root, spec, "", {}});
  ASSERT_FALSE(refused.has_value());
  EXPECT_FALSE(refused.error().hint.empty());
  spec.parts[0].tasks = 2;
  const auto job = centre.submit(spec);
  centre.plan();
  EXPECT_EQ(centre.state.attempts.at(job).lease.tasks(), 2);
}

TEST(Preemption, NoticesThenEndsThenRequeues) {
  TestCentre centre(1, 4);
  auto low = a_job("low");
  low.preemptible = true;
  low.parts[0].need.cores = CoreCount{4};
  low.checkpoint = {.signal = 10, .grace = seconds(30)};
  const auto victim = centre.submit(low);
  centre.plan();
  centre.now = centre.now + seconds(59);
  auto high = a_job("high");
  high.priority_class = "high";
  high.parts[0].need.cores = CoreCount{4};
  const auto urgent = centre.submit(high);
  centre.plan();
  EXPECT_EQ(centre.count<PreemptionNoticed>(), 0) << "work is not started only to be ended";
  EXPECT_EQ(next_preemptible(centre.state, centre.now), centre.now + seconds(1));
  centre.now = centre.now + seconds(1);
  centre.plan();
  ASSERT_EQ(centre.count<PreemptionNoticed>(), 1);
  EXPECT_TRUE(std::holds_alternative<SignalAttempt>(centre.effects.back()));
  EXPECT_EQ(next_wakeup(centre.state), centre.now + seconds(30));
  centre.now = centre.now + seconds(30);
  centre.give(WakeUp{});
  ASSERT_EQ(centre.count<EndRequested>(), 1);
  centre.end(victim, {.cause = EndCause::ended, .signal = 15});
  EXPECT_EQ(centre.state.jobs.at(victim).past->attempts_counted, 0) << "a preemption is not the job's fault";
  centre.plan();
  EXPECT_EQ(centre.state.jobs.at(urgent).state, JobState::running);
  EXPECT_EQ(centre.state.jobs.at(victim).state, JobState::queued);
}

TEST(Budget, StopsAtZeroWithoutEndingPaidWork) {
  TestCentre centre;
  centre.give(GrantCredits{root, "poor", Credits{1'500'000}, ""});  // an hour and a half of one core
  auto spec = a_job();
  spec.project = "poor";
  const auto first = centre.submit(spec);
  const auto second = centre.submit(spec);
  centre.plan();
  EXPECT_EQ(centre.state.jobs.at(first).state, JobState::running);
  EXPECT_EQ(centre.state.jobs.at(second).state, JobState::queued);
  centre.now = centre.now + minutes(10);
  centre.end(first);
  EXPECT_EQ(centre.state.accounts.at("poor").charged, Credits{166'667});
  centre.plan();
  EXPECT_EQ(centre.state.jobs.at(second).state, JobState::running) << "what was reserved and not used came back";
}

TEST(NodeLost, EndsWhatRanThereAndTheJobGoesElsewhere) {
  TestCentre centre(2, 1);
  const auto job = centre.submit(a_job());
  centre.plan();
  const auto node = centre.state.attempts.at(job).lease.shares()[0].node;
  centre.give(ReportNode{node, false, "does not answer"});
  EXPECT_TRUE(centre.state.attempts.empty());
  ASSERT_GE(centre.effects.size(), 2U);
  EXPECT_TRUE(std::holds_alternative<EndAttempt>(centre.effects[centre.effects.size() - 2])) << "the node may live on";
  centre.plan();
  EXPECT_NE(centre.state.attempts.at(job).lease.shares()[0].node, node);
  EXPECT_EQ(centre.state.accounts.at("demo").charged, Credits{0}) << "a fault is the centre's loss";
}

TEST(Rights, AMemberEndsOnlyTheirOwnJobs) {
  TestCentre centre;
  const auto job = centre.submit(a_job());
  const auto refused = centre.give(CancelJob{{"bob", model::Role::member}, job});
  ASSERT_FALSE(refused.has_value());
  EXPECT_EQ(refused.error().code, "not-allowed");
  EXPECT_TRUE(centre.give(CancelJob{{"ann", model::Role::member}, job}).has_value());
  EXPECT_EQ(centre.outcome(job), "cancelled: cancelled by ann");
}

TEST(Events, GiveTheSameStateWhenTheyAreReadBack) {
  TestCentre centre(3, 4);
  for (int i = 0; i < 20; ++i) centre.submit(a_job("j" + std::to_string(i)));
  centre.plan();
  centre.now = centre.now + minutes(3);
  centre.end(model::JobId{1});
  centre.end(model::JobId{2}, {.exit_code = 1});
  centre.give(CancelJob{root, model::JobId{3}});
  centre.plan();
  State again;
  for (const Event& event : centre.log) {
    const auto body = decode_event(event_number(event.body), encode_event(event.body));
    ASSERT_TRUE(body.has_value()) << event_name(event.body);
    apply(again, {event.at, *body});
  }
  EXPECT_EQ(state_hash(again), state_hash(centre.state));
  const auto decoded = decode_state(encode_state(centre.state));
  ASSERT_TRUE(decoded.has_value());
  EXPECT_EQ(encode_state(*decoded), encode_state(centre.state));
  check(*decoded);
}

TEST(Deadlines, FollowThePolicyWhenItChanges) {
  TestCentre centre;
  const auto job = centre.submit(a_job());
  EXPECT_EQ(next_wakeup(centre.state), never);
  const auto plan = sched::plan(planner_input(centre.state, centre.now).snapshot);
  ASSERT_TRUE(centre.give(AdoptPlan{plan.starts, {}, {}}).has_value());
  EXPECT_EQ(next_wakeup(centre.state), centre.now + minutes(5)) << "it has so long to start";
  model::Centre patient = centre.state.centre;
  patient.policy.launch_limit = minutes(30);
  ASSERT_TRUE(centre.give(ConfigureCentre{patient, {}}).has_value());
  EXPECT_EQ(next_wakeup(centre.state), centre.now + minutes(30));
  centre.now = centre.now + minutes(6);
  ASSERT_TRUE(centre.give(WakeUp{}).has_value());
  EXPECT_EQ(centre.count<EndRequested>(), 0);
  centre.now = centre.now + minutes(24);
  ASSERT_TRUE(centre.give(WakeUp{}).has_value());
  EXPECT_EQ(centre.count<EndRequested>(), 1);
  ASSERT_TRUE(centre.give(ReportEnded{centre.state.attempts.at(job).id, {}}).has_value());
  EXPECT_EQ(next_wakeup(centre.state), never);
}

TEST(Deadlines, OfManyAttemptsComeInTheirOrder) {
  TestCentre centre(4, 64);
  std::vector<model::JobId> jobs;
  for (int i = 0; i < 200; ++i) {
    auto spec = a_job();
    spec.wall = minutes(400 - i);
    jobs.push_back(centre.submit(spec));
  }
  centre.plan();
  ASSERT_EQ(centre.state.attempts.size(), 200U);
  for (int i = 0; i < 180; ++i) centre.end(jobs[static_cast<std::size_t>(i)]);  // check() looks at the index each time
  centre.now = centre.now + minutes(213);
  ASSERT_TRUE(centre.give(WakeUp{}).has_value());
  std::vector<model::JobId> ended;
  for (const Event& event : centre.log)
    if (const auto* end = std::get_if<EndRequested>(&event.body)) ended.push_back(end->attempt.job);
  ASSERT_EQ(ended.size(), 12U) << "walls of 201 to 212 minutes, and 20 seconds for the engine";
  EXPECT_TRUE(std::ranges::equal(ended, jobs | std::views::reverse | std::views::take(12)));
}

TEST(DecayedUsage, HalvesWithEveryHalfLife) {
  DecayedUsage usage;
  usage.add(1'000'000, Instant{0}, days(7));
  EXPECT_EQ(usage.at(Instant{days(7).raw()}, days(7)), 500'000);
  EXPECT_EQ(usage.at(Instant{days(21).raw()}, days(7)), 125'000);
  EXPECT_NEAR(static_cast<double>(usage.at(Instant{(days(7).raw()) / 2}, days(7))), 707'106.0, 20.0);
  EXPECT_EQ(usage.at(Instant{days(7000).raw()}, days(7)), 0);
}

}  // namespace
}  // namespace mingyue::core
