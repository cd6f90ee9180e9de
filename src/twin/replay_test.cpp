#include "twin/replay.hpp"

#include <gtest/gtest.h>

#include "core/planner_input.hpp"
#include "ports/memory_log_store.hpp"
#include "runtime/kernel.hpp"
#include "twin/plain_centre.hpp"

namespace mingyue::twin {
namespace {

constexpr Instant noon{1'785'672'000'000};
const core::Actor root{"root", model::Role::operator_};

/// A centre that is driven by hand and leaves its log in `store`.
class Recorded {
 public:
  Recorded() {
    model::Centre centre = plain_centre(2, 4, 0, 2);
    centre.nodes[0].memory = centre.nodes[1].memory = Bytes{8LL << 30};
    EXPECT_TRUE(run(core::ConfigureCentre{centre, {}}).has_value());
    centre_ = kernel_.state().centre;
  }

  model::JobId submit(std::int32_t cores, model::JobId after = {}) {
    core::SubmitJob submit{.by = root};
    model::JobSpec& spec = submit.spec.edit();
    spec.name = "work";
    spec.user = "trace";
    spec.project = "trace";
    spec.partition = centre_.partitions.front().name;
    spec.priority_class = centre_.classes.front().name;
    spec.wall = minutes(10);
    if (after != model::JobId{}) spec.dependencies.push_back({model::DependencyKind::after_ok, after});
    spec.parts.push_back({.name = "main", .need = {.cores = CoreCount{cores}}, .command = {"true"}});
    for (const model::JobId ended : failed_) submit.ended_targets.push_back({ended, false});
    const model::JobId id = kernel_.state().next_job;
    const auto accepted = run(submit);
    EXPECT_TRUE(accepted.has_value()) << accepted.error().message;
    return id;
  }

  void plan() {
    const core::PlannerInput input = core::planner_input(kernel_.state(), now_);
    sched::Plan plan = sched::plan(input.snapshot);
    core::PlanMade made{.saw = kernel_.head().seq, .at = now_, .hash = print_hex(core::plan_hash(plan))};
    EXPECT_TRUE(run(core::AdoptPlan{plan.starts, plan.preemptions, plan.idle, made, true}).has_value());
  }

  void end(model::JobId job, std::int32_t exit_code) {
    const model::AttemptId attempt = kernel_.state().attempts.at(job).id;
    EXPECT_TRUE(run(core::ReportLaunched{attempt}).has_value());
    model::AttemptEnd end{.cause = model::EndCause::exited, .exit_code = exit_code};
    EXPECT_TRUE(run(core::ReportEnded{attempt, end}).has_value());
    if (exit_code != 0) failed_.push_back(job);
  }

  Expected<std::vector<core::Event>> run(const core::Command& command) {
    now_ = now_ + seconds(1);
    auto events = kernel_.execute(command, now_);
    auto pending = kernel_.take_pending();
    if (!pending.empty()) store.append(std::move(pending.batch), [] {});
    return events;
  }

  /// A record that follows in the chain and from no decision.
  void forge(const core::EventBody& body) {
    const ports::Head head = store.durable_head();
    ports::Batch batch;
    ports::Record& record = batch.records.emplace_back();
    record.seq = head.seq + 1;
    record.at = now_;
    record.number = core::event_number(body);
    record.payload = core::encode_event(body);
    record.hash = ports::record_hash(head.hash, record);
    store.append(std::move(batch), [] {});
  }

  ports::MemoryLogStore store;

 private:
  runtime::Kernel kernel_;
  model::Centre centre_;
  Instant now_ = noon;
  std::vector<model::JobId> failed_;
};

TEST(Replay, ALogIsDecidedAgainToTheByte) {
  Recorded centre;
  const model::JobId first = centre.submit(4);
  const model::JobId second = centre.submit(2);
  centre.plan();
  centre.end(first, 0);
  (void)centre.run(core::DrainNode{root, "n1", "fans"});
  (void)centre.run(core::CancelJob{root, second});
  centre.plan();
  const auto replayed = replay(centre.store);
  ASSERT_TRUE(replayed.has_value()) << replayed.error().message;
  EXPECT_FALSE(replayed->divergence) << replayed->divergence->recorded << " / " << replayed->divergence->decided;
  EXPECT_EQ(replayed->records, centre.store.durable_head().seq);
  EXPECT_EQ(replayed->plans, 2u);
  EXPECT_EQ(replayed->starts, 2u);
  EXPECT_EQ(replayed->as_recorded, 0u);
}

TEST(Replay, AnOutcomeThatOnlyHistoryKnewIsNoDivergence) {
  Recorded centre;
  const model::JobId first = centre.submit(1);
  centre.plan();
  centre.end(first, 93);
  centre.submit(1, first);  // its target has failed: it ends as it is submitted
  const auto replayed = replay(centre.store);
  ASSERT_TRUE(replayed.has_value());
  EXPECT_FALSE(replayed->divergence) << replayed->divergence->recorded << " / " << replayed->divergence->decided;
}

TEST(Replay, AnEventThatNobodyWouldHaveDecidedIsNamed) {
  Recorded centre;
  const model::JobId job = centre.submit(1);
  const std::uint64_t sound = centre.store.durable_head().seq;
  centre.forge(core::JobEnded{job, model::JobState::succeeded, ""});
  const auto replayed = replay(centre.store);
  ASSERT_TRUE(replayed.has_value());
  ASSERT_TRUE(replayed->divergence);
  EXPECT_EQ(replayed->divergence->seq, sound + 1);
  EXPECT_EQ(replayed->divergence->recorded, "JobEnded");
  EXPECT_EQ(replayed->divergence->decided, "nothing");
}

TEST(Replay, AnotherPlanIsNamed) {
  Recorded centre;
  centre.submit(1);
  centre.forge(core::PlanMade{.saw = centre.store.durable_head().seq, .at = noon + minutes(1), .hash = "0123"});
  const auto replayed = replay(centre.store);
  ASSERT_TRUE(replayed.has_value());
  ASSERT_TRUE(replayed->divergence);
  EXPECT_EQ(replayed->divergence->recorded, "PlanMade 0123");
  EXPECT_TRUE(replayed->divergence->decided.starts_with("PlanMade "));
}

}  // namespace
}  // namespace mingyue::twin
