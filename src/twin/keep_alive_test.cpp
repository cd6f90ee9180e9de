#include <fmt/format.h>
#include <gtest/gtest.h>

#include "report/write.hpp"
#include "twin/plain_centre.hpp"
#include "twin/trace_run.hpp"

/// What faults and checkpoints cost a job, and where the ledger counts it.
namespace mingyue::twin {
namespace {

struct Job {
  std::int32_t nodes = 1;
  Duration run;
  Duration request;
  workload::End end = workload::End::succeeded;
};

std::unique_ptr<workload::Source> jobs_of(const std::vector<Job>& jobs) {
  workload::Trace trace{.facts = {.unit = workload::Unit::cards, .cards = 8'000'000}};
  for (const Job& one : jobs) {
    workload::TraceJob job{.number = static_cast<std::int64_t>(trace.jobs.size()) + 1,
                           .run = one.run,
                           .request = one.request == Duration{} ? one.run : one.request};
    job.tasks = one.nodes;
    job.cores_per_task = job.cards_per_task = 8;
    job.end = one.end;
    trace.jobs.push_back(job);
  }
  return workload::replay(std::move(trace));
}

TraceRun run(const std::vector<Job>& jobs, TraceRunOptions options) {
  const auto source = jobs_of(jobs);
  auto done = run_trace(*source, options);
  if (!done) throw std::runtime_error(done.error().message);
  return std::move(*done);
}

CheckpointPolicy rule(const std::string& text, Duration write = write_default) {
  return *parse_checkpoint(text, write);
}

FaultPlan only(FaultCategory category) { return {.name = "test", .categories = {std::move(category)}}; }

TEST(KeepAlive, WritingIsAClassOfTheLedgerAndMakesTheRunLonger) {
  const TraceRun done = run({{.nodes = 2, .run = hours(30)}},
                            {.centre = plain_centre(2, 8, 8, 2), .checkpoint = rule("hourly", seconds(10))});
  const auto whole = report::whole_centre(done.report);
  EXPECT_EQ(whole.resource_ms.checkpoint, held(16, seconds(10) * 29));  // none after the last hour
  EXPECT_EQ(whole.resource_ms.productive, held(16, hours(30)));
  EXPECT_EQ(whole.resource_ms.lost, ResourceTime{0});
  EXPECT_EQ(done.report.header.to - done.report.header.from, hours(30) + seconds(290));
  EXPECT_EQ(done.report.keep_alive.overall.resource_ms.checkpoint, whole.resource_ms.checkpoint);
}

TEST(KeepAlive, AJobThatFailsLosesWhatItHadNotSaved) {
  const TraceRun done = run({{.nodes = 1, .run = minutes(150), .end = workload::End::failed}},
                            {.centre = plain_centre(1, 8, 8, 1), .checkpoint = rule("hourly", Duration{0})});
  const auto whole = report::whole_centre(done.report);
  EXPECT_EQ(whole.resource_ms.lost, held(8, minutes(30)));
  EXPECT_EQ(whole.resource_ms.productive, held(8, hours(2)));
}

/// The ledger and the jobs' own account say the same of everything that a fault costs.
TEST(KeepAlive, LedgerAndJobsAgreeOnWhatFaultsCost) {
  const FaultPlan plan = only({.name = "node", .per_million_node_days = 400'000, .repair = {.typical = hours(1)}});
  for (const char* text : {"hourly", "20m", "auto"}) {
    const TraceRun done = run({{.nodes = 3, .run = days(6), .request = days(60)}},
                              {.centre = plain_centre(4, 8, 8, 4), .faults = plan, .checkpoint = rule(text)});
    const auto& kept = done.report.keep_alive.overall;
    const auto ledger = report::whole_centre(done.report).resource_ms;
    EXPECT_GT(kept.interruptions, 3) << text;
    EXPECT_EQ(kept.resource_ms.productive, held(24, days(6))) << text;
    EXPECT_EQ(ledger.productive, kept.resource_ms.productive) << text;
    EXPECT_EQ(ledger.start, kept.resource_ms.restart) << text;
    // A write that a fault cuts short is lost in the ledger, and writing to the job.
    EXPECT_EQ(ledger.lost + ledger.checkpoint,
              kept.resource_ms.lost_work + kept.resource_ms.detection + kept.resource_ms.checkpoint)
        << text;
    EXPECT_EQ(kept.resource_ms.restart, held(24, seconds(90) * kept.interruptions)) << text;
    EXPECT_EQ(kept.resource_ms.detection, held(24, seconds(15) * kept.interruptions)) << text;
  }
}

TEST(KeepAlive, AFaultOfAJobLeavesItsNodeInUse) {
  const FaultPlan plan = only({.name = "bug", .per_million_node_days = 1'000'000, .takes = Takes::job});
  const TraceRun done = run({{.nodes = 2, .run = days(5), .request = days(50)}},
                            {.centre = plain_centre(2, 8, 8, 2), .faults = plan, .checkpoint = rule("hourly")});
  const auto& kept = done.report.keep_alive.overall;
  EXPECT_GT(kept.interruptions, 3);
  EXPECT_EQ(kept.resource_ms.detection, held(16, seconds(5) * kept.interruptions));
  EXPECT_EQ(kept.resource_ms.waiting, ResourceTime{0});
  EXPECT_EQ(report::whole_centre(done.report).resource_ms.down, ResourceTime{0});
}

TEST(KeepAlive, ASilentFaultIsNoticedByTheHangTimeOut) {
  const FaultPlan plan =
      only({.name = "hang", .per_million_node_days = 1'000'000, .takes = Takes::job, .silent = 1'000});
  const TraceRun done = run({{.nodes = 2, .run = days(5), .request = days(50)}},
                            {.centre = plain_centre(2, 8, 8, 2), .faults = plan, .checkpoint = rule("hourly")});
  const auto& kept = done.report.keep_alive.overall;
  EXPECT_GT(kept.interruptions, 3);
  EXPECT_EQ(kept.resource_ms.detection, held(16, minutes(10) * kept.interruptions));
}

TEST(KeepAlive, AStragglerSlowsItsGangUntilItIsTakenOut) {
  FaultPlan plan{.name = "slow"};
  plan.stragglers = {
      .per_million_node_days = 200'000, .factor = 2'000, .noticed_after = hours(1), .repair = {.typical = hours(1)}};
  const TraceRun done = run({{.nodes = 4, .run = days(20), .request = days(90)}},
                            {.centre = plain_centre(5, 8, 8, 5), .faults = plan, .checkpoint = rule("30m")});
  const auto& kept = done.report.keep_alive.overall;
  EXPECT_GT(kept.interruptions, 3);
  EXPECT_EQ(kept.resource_ms.productive, held(32, days(20)));
  // Half of each slow hour, as far as no write fell into it.
  const double hours_slow = static_cast<double>(kept.resource_ms.slowed.raw()) / 32 / 3'600'000;
  EXPECT_NEAR(hours_slow, 0.5 * static_cast<double>(kept.interruptions),
              0.02 * static_cast<double>(kept.interruptions));
}

TEST(KeepAlive, ASwitchInterruptsAllOfItsJobsAtOnce) {
  FaultPlan plan{.name = "switches"};
  plan.switches = {.per_million_switch_days = 300'000, .repair = {.typical = hours(2)}};
  const TraceRun done =
      run({{.nodes = 1, .run = days(30), .request = days(90)}, {.nodes = 1, .run = days(30), .request = days(90)}},
          {.centre = plain_centre(2, 8, 8, 2), .faults = plan, .checkpoint = rule("hourly")});
  ASSERT_EQ(done.report.incident_totals.size(), 1U);
  const auto& totals = done.report.incident_totals.front();
  EXPECT_EQ(totals.kind, "switch");
  EXPECT_EQ(totals.jobs, 2 * totals.incidents);
  EXPECT_EQ(done.report.incidents.front().node, "leaf0");
}

TEST(KeepAlive, TheSameSeedGivesTheSameBytes) {
  FaultPlan plan = only({.name = "node",
                         .per_million_node_days = 300'000,
                         .repair = {.law = Repair::Law::log_normal, .typical = hours(1), .sigma = workload::one},
                         .silent = 300});
  plan.stragglers = {.per_million_node_days = 100'000, .factor = 1'500, .noticed_after = hours(1), .repair = {}};
  const auto bytes = [&] {
    return report::write_json(run({{.nodes = 3, .run = days(9), .request = days(60)}, {.nodes = 1, .run = days(4)}},
                                  {.centre = plain_centre(4, 8, 8, 2), .faults = plan, .checkpoint = rule("auto")})
                                  .report);
  };
  EXPECT_EQ(bytes(), bytes());
}

/// A job of 9,000 cards on 10,000, the response of a good centre, and checkpoints that take 5 s.
double effective(std::int64_t rate) {
  FaultPlan plan = plain_faults(rate / 2);
  plan.categories.push_back({.name = "job", .per_million_node_days = rate - rate / 2, .takes = Takes::job});
  const TraceRun done = run({{.nodes = 1'125, .run = days(91), .request = days(182)}},
                            {.centre = plain_centre(1'250, 8, 8, 32), .faults = plan, .checkpoint = rule("auto")});
  return done.report.keep_alive.overall.effective;
}

TEST(KeepAlive, NineThousandCardsAreWellUsed) {
  EXPECT_GE(effective(6'500), 0.96);
  EXPECT_GE(effective(3'790), 0.97);
}

TEST(KeepAlive, TheAutomaticIntervalLosesAtMostATwentiethMoreThanTheBest) {
  // Few nodes, each of which fails a hundred times as often, are the same to the job as many that are sound.
  const FaultPlan plan = only({.name = "job", .per_million_node_days = 600'000, .takes = Takes::job});
  const auto effective_at = [&](const std::string& text) {
    const TraceRun done =
        run({{.nodes = 12, .run = days(91), .request = days(182)}},
            {.centre = plain_centre(12, 8, 8, 12), .faults = plan, .checkpoint = rule(text), .seed = 7});
    return done.report.keep_alive.overall.effective;
  };
  double best = 0;
  for (const char* text : {"150s", "200s", "240s", "270s", "300s", "330s", "360s", "400s", "450s", "600s"}) {
    best = std::max(best, effective_at(text));
  }
  EXPECT_LE(1 - effective_at("auto"), 1.05 * (1 - best));
}

TEST(Partitions, AJobWithoutCardsKeepsNoCardsFromOthers) {
  model::Centre centre = plain_centre(4, 8, 8, 4);
  centre.partitions.push_back({"cpu", duration_max});
  for (std::uint32_t i = 4; i < 6; ++i) {
    model::Node node = centre.nodes.front();
    node.id = model::NodeId{i};
    node.name = fmt::format("c{}", i);
    node.partition = "cpu";
    node.card_type.clear();
    node.cards = CardCount{0};
    centre.nodes.push_back(std::move(node));
  }
  workload::Trace trace{.facts = {.unit = workload::Unit::cards, .cards = 32}};
  const auto add = [&](std::int32_t tasks, std::int32_t cores, std::int32_t cards) {
    workload::TraceJob job{.run = hours(1), .request = hours(1)};
    job.tasks = tasks;
    job.cores_per_task = cores;
    job.cards_per_task = cards;
    trace.jobs.push_back(job);
  };
  add(2, 8, 0);  // fills the CPU nodes
  add(4, 8, 8);  // fills the others at the same time
  add(3, 8, 0);  // fits no CPU partition: it waits for nodes with cards
  const auto source = workload::replay(std::move(trace));
  const auto done = run_trace(*source, {.centre = centre});
  ASSERT_TRUE(done);
  EXPECT_EQ(done->refused, 0U);
  ASSERT_EQ(done->report.totals.size(), 2U);
  EXPECT_EQ(done->report.totals[1].pool.partition, "cpu");
  EXPECT_EQ(done->report.totals[1].resource_ms.productive, held(16, hours(1)));
  EXPECT_EQ(done->report.totals[0].resource_ms.productive, held(32, hours(1)));
  EXPECT_EQ(done->report.waits.overall.wait.longest, hours(1));
}

}  // namespace
}  // namespace mingyue::twin
