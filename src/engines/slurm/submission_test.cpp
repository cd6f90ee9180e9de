#include "engines/slurm/submission.hpp"

#include <gmock/gmock.h>

namespace mingyue::engines::slurm {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

constexpr std::int64_t mib = 1 << 20;

model::TaskOrder a_task(int rank, const std::string& node, int cores, std::int64_t memory_mb, int cards = 0) {
  model::TaskOrder task{.rank = rank, .node_name = node, .command = {"true"}};
  for (int i = 0; i < cores; ++i) task.lease.cores.push_back(i);
  for (int i = 0; i < cards; ++i) task.lease.cards.push_back(i);
  task.lease.memory = Bytes(memory_mb * mib);
  if (cards > 0) task.card_type = "a100";
  return task;
}

model::LaunchOrder an_order(std::vector<model::TaskOrder> tasks) {
  model::LaunchOrder order{.attempt = {model::JobId(4711), 2}, .job_name = "gang", .user = "alice"};
  order.wall = minutes(10);
  order.tasks = std::move(tasks);
  order.engine_partition = "batch";
  order.account = "alice";
  return order;
}

Submission submission(const model::LaunchOrder& order, const NodeBook& nodes = {}) {
  SlurmOptions options;
  options.engine.shared = "/shared";
  return submission_of(order, options, nodes, {"east", "0a1b2c3d"}, "/shared/bin/it's");
}

std::string variable(const Submission& s, const std::string& wanted) {
  for (const auto& [name, value] : s.environment)
    if (name == wanted) return value;
  return "";
}

TEST(Submission, OfOneTaskIsItsNodeItsCoresAndItsMemory) {
  const auto s = submission(an_order({a_task(0, "n1", 4, 300, 2)}));
  ASSERT_THAT(s.components, SizeIs(1));
  const Component& c = s.components[0];
  EXPECT_THAT(c.nodes, ElementsAre("n1"));
  EXPECT_EQ(c.tasks, 1);
  EXPECT_EQ(c.cpus_a_task, 4);
  EXPECT_EQ(c.memory_mb_a_node, 300);
  EXPECT_EQ(c.cards, "gpu:a100:2");
  EXPECT_EQ(s.comment, "mingyue:east:0a1b2c3d:4711.2");
  EXPECT_EQ(s.limit_min, 12) << "a little above the wall limit of 10";
  EXPECT_EQ(variable(s, "MINGYUE_STEP_FOLDER"), "/shared/4711.2");
}

TEST(Submission, HasAScriptThatIsTheProgramWhereItsPathIsAFirstLine) {
  EXPECT_EQ(script_of("/shared/bin/step-1.0", "batch"), "#!/shared/bin/step-1.0 batch\n");
  EXPECT_EQ(script_of("/shared/bin/it's", "batch"), "#!/bin/sh\nexec '/shared/bin/it'\\''s' batch\n");
  const std::string longest = "/" + std::string(246, 'x');  // and "#!", and " batch"
  EXPECT_EQ(script_of(longest, "batch"), "#!" + longest + " batch\n");
  EXPECT_EQ(script_of(longest + "x", "batch"), "#!/bin/sh\nexec '" + longest + "x' batch\n");
}

TEST(Submission, OfAGangIsTheSameOfEachNode) {
  const auto s = submission(
      an_order({a_task(0, "n3", 2, 200), a_task(1, "n1", 2, 200), a_task(2, "n3", 2, 200), a_task(3, "n1", 2, 200)}));
  ASSERT_THAT(s.components, SizeIs(1));
  const Component& c = s.components[0];
  EXPECT_THAT(c.nodes, ElementsAre("n3", "n1"));
  EXPECT_EQ(c.tasks, 4);
  EXPECT_EQ(c.tasks_a_node, 2);
  EXPECT_EQ(c.cpus_a_task, 2);
  EXPECT_EQ(c.memory_mb_a_node, 400);
  EXPECT_EQ(variable(s, "MINGYUE_STEP_SHAPES"), "2:2");
}

TEST(Submission, OfUnequalNodesHasAComponentForEachKind) {
  const auto s = submission(an_order(
      {a_task(0, "n1", 1, 100), a_task(1, "n2", 3, 300, 1), a_task(2, "n3", 1, 100), a_task(3, "n2", 1, 100)}));
  ASSERT_THAT(s.components, SizeIs(2));
  EXPECT_THAT(s.components[0].nodes, ElementsAre("n1", "n3"));
  EXPECT_EQ(s.components[0].tasks, 2);
  EXPECT_EQ(s.components[0].memory_mb_a_node, 100);
  EXPECT_EQ(s.components[0].cards, "");
  EXPECT_THAT(s.components[1].nodes, ElementsAre("n2"));
  EXPECT_EQ(s.components[1].tasks, 1) << "its tasks are of different sizes: Slurm sees one, with all of their CPUs";
  EXPECT_EQ(s.components[1].cpus_a_task, 4);
  EXPECT_EQ(s.components[1].memory_mb_a_node, 400);
  EXPECT_EQ(s.components[1].cards, "gpu:a100:1");
  EXPECT_EQ(variable(s, "MINGYUE_STEP_SHAPES"), "1:1,2:0");
}

TEST(Submission, CountsCpusWhereSlurmDoes) {
  const NodeBook nodes{
      {"n1", NodeRow{.name = "n1", .threads_a_core = 2, .card_type = "a100", .card_gres = "gpu:a100", .cards = 8}}};
  EXPECT_EQ(submission(an_order({a_task(0, "n1", 4, 300)}), nodes).components[0].cpus_a_task, 8);
}

TEST(Submission, OfAGuestNamesNoNode) {
  auto order = an_order({a_task(0, "", 2, 200, 1), a_task(1, "", 2, 200, 1)});
  order.guest = true;
  const auto s = submission(order);
  ASSERT_THAT(s.components, SizeIs(1));
  EXPECT_THAT(s.components[0].nodes, IsEmpty());
  EXPECT_EQ(s.components[0].tasks, 2);
  EXPECT_EQ(s.components[0].cpus_a_task, 2);
  EXPECT_EQ(s.components[0].cards_a_task, "gpu:a100:1");
}

TEST(Submission, TakesTheKindOfMpiFromTheJob) {
  auto order = an_order({a_task(0, "n1", 1, 100)});
  order.tasks[0].environment = {{"SLURM_MPI_TYPE", "pmix"}};
  EXPECT_EQ(variable(submission(order), "MINGYUE_STEP_MPI"), "pmix");
}

TEST(StepOrder, HasTheAccountsOwnPlaces) {
  SlurmOptions options;
  options.engine.shared = "/shared";
  auto order = an_order({a_task(0, "n1", 1, 100), a_task(1, "n2", 1, 100)});
  order.checkpoint_owner = model::JobId(4711);
  order.output = "out-%t.txt";
  const ShimOrder step = step_order(order, options, {"alice", 1000, 1000, "/home/alice"});
  EXPECT_EQ(step.workdir, "/shared/4711.2/work");
  EXPECT_EQ(step.checkpoint_folder, "/shared/checkpoints/4711");
  EXPECT_EQ(step.wall_ms, 600'000);
  EXPECT_EQ(step.tasks[1].output, "out-1.txt");
  EXPECT_THAT(step.tasks[0].environment, ::testing::Contains("HOME=/home/alice"));
  EXPECT_THAT(step.tasks[0].environment, ::testing::Contains("USER=alice"));
  EXPECT_THAT(step.tasks[0].environment, ::testing::Contains(::testing::StartsWith("MASTER_PORT=2")));
}

TEST(Identity, OfAnotherCentreOrEpochIsNotOurs) {
  const Identity identity{"east", "0a1b2c3d"};
  EXPECT_EQ(ours(identity, "mingyue:east:0a1b2c3d:4711.2"), "4711.2");
  EXPECT_EQ(ours(identity, "mingyue:east:ffffffff:4711.2"), std::nullopt);
  EXPECT_EQ(ours(identity, "mingyue:west:0a1b2c3d:4711.2"), std::nullopt);
  EXPECT_TRUE(of_centre("east", "mingyue:east:ffffffff:4711.2"));
  EXPECT_FALSE(of_centre("eas", "mingyue:east:ffffffff:4711.2"));
}

TEST(Account, ThatCannotRunIsRefusedWithAWayOut) {
  EXPECT_NE(find_account("no-such-account").error().find("centre's file"), std::string::npos);
  EXPECT_NE(find_account("root").error().find("root's"), std::string::npos);
}

}  // namespace
}  // namespace mingyue::engines::slurm
