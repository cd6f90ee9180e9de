#include "engines/slurm/tables.hpp"

#include <gmock/gmock.h>

#include <random>

#include "engines/slurm/recorded_testing.hpp"

namespace mingyue::engines::slurm {
namespace {

using ::testing::ElementsAre;
using ::testing::Field;
using ::testing::SizeIs;

TEST(Tables, JobsAreReadAsSqueuePrintsThem) {
  const auto rows = read_jobs(recorded("squeue.txt"));
  ASSERT_THAT(rows, SizeIs(6));
  EXPECT_EQ(rows[4].id, 7);
  EXPECT_EQ(rows[4].state, JobState::running);
  EXPECT_EQ(rows[4].nodes, "node[1,3]");
  EXPECT_EQ(rows[4].comment, "mingyue:east:0a1b2c3d:4711.2");
  EXPECT_EQ(rows[3].state, JobState::pending);
  EXPECT_EQ(rows[3].reason, "PartitionConfig");
  EXPECT_EQ(rows[1].state, JobState::over);
  EXPECT_EQ(rows[1].word, "FAILED");
  EXPECT_EQ(rows[5].comment, "a person | with a bar");
}

TEST(Tables, ComponentsOfAHeterogeneousJobAreOneJob) {
  const auto running = read_jobs("5+1|COMPLETED|node[1-2]|None|c\n5+0|RUNNING|node3|None|c\n6_[1-5]|PENDING||x|d\n");
  ASSERT_THAT(running, SizeIs(1));
  EXPECT_EQ(running[0].id, 5);
  EXPECT_EQ(running[0].state, JobState::running);
  EXPECT_EQ(running[0].nodes, "node[1-2],node3");
  const auto lost = read_jobs("5+0|CANCELLED|node3|None|c\n5+1|NODE_FAIL|node[1-2]|None|c\n5+2|CANCELLED|n|None|c\n");
  EXPECT_EQ(lost.at(0).word, "NODE_FAIL");
  EXPECT_EQ(read_jobs("5+1|CANCELLED|n|None|c\n5+0|FAILED|m|None|c\n").at(0).word, "FAILED");
}

TEST(Tables, NodesAreReadWithTheirCards) {
  const auto rows = read_nodes(recorded("sinfo.txt"));
  ASSERT_THAT(rows, SizeIs(4));
  EXPECT_EQ(rows[0].name, "node1");
  EXPECT_EQ(rows[0].state, "mixed");
  EXPECT_EQ(rows[0].partition, "batch");
  EXPECT_EQ(rows[0].cpus, 8);
  EXPECT_EQ(rows[0].memory_mb, 16000);
  EXPECT_EQ(rows[0].card_type, "a100");
  EXPECT_EQ(rows[0].card_gres, "gpu:a100");
  EXPECT_EQ(rows[0].cards, 8);
  EXPECT_TRUE(takes_work(rows[0]));
}

TEST(Tables, NodeStatesLoseTheirMarks) {
  const auto rows = read_nodes(
      "n1|down*|batch|64|2:16:2|1000|(null)|Not responding\n"
      "n2|drained|batch|64|2:16:2|1000|npu:ascend910:8(S:0-3),gpu:0|kernel, 5|6\n"
      "n3|idle~|batch|64|2:16:2|1000|npu:4|none\n"
      "n4|draining@|batch|64|2:16:2|1000|craynetwork:4|reboot\n");
  ASSERT_THAT(rows, SizeIs(4));
  EXPECT_TRUE(is_down(rows[0]));
  EXPECT_FALSE(rows[0].responds);
  EXPECT_EQ(rows[0].reason, "Not responding");
  EXPECT_EQ(rows[0].threads_a_core, 2);
  EXPECT_FALSE(is_down(rows[1]));
  EXPECT_FALSE(takes_work(rows[1]));
  EXPECT_EQ(rows[1].reason, "kernel, 5|6");
  EXPECT_EQ(rows[1].card_type, "ascend910");
  EXPECT_EQ(rows[1].card_gres, "npu:ascend910");
  EXPECT_TRUE(takes_work(rows[2]));
  EXPECT_EQ(rows[2].card_type, "npu");
  EXPECT_EQ(rows[2].card_gres, "npu");
  EXPECT_EQ(rows[3].state, "draining");
  EXPECT_EQ(rows[3].cards, 0);
}

TEST(Tables, MachinesNameEachNodeOnce) {
  const auto topology = read_topology(
      "SwitchName=leaf1 Level=0 LinkSpeed=1 Nodes=n[1-2]\n"
      "SwitchName=leaf2 Level=0 LinkSpeed=1 Nodes=n3\n"
      "SwitchName=spine Level=1 LinkSpeed=1 Nodes=n[1-3] Switches=leaf[1-2]\n");
  const auto machines = machines_of(read_nodes("n1|idle|batch*|64|2:16:2|1024|gpu:a100:8|none\n"
                                               "n1|idle|debug|64|2:16:2|1024|gpu:a100:8|none\n"
                                               "n3|idle|batch*|64|2:16:2|1024|(null)|none\n"),
                                    topology);
  ASSERT_THAT(machines.nodes, SizeIs(2));
  EXPECT_THAT(machines.nodes[0].partitions, ElementsAre("batch", "debug"));
  EXPECT_EQ(machines.nodes[0].cores, CoreCount(32));
  EXPECT_EQ(machines.nodes[0].memory, Bytes(1LL << 30));
  EXPECT_EQ(machines.nodes[0].switch_name, "leaf1");
  EXPECT_EQ(machines.nodes[1].switch_name, "leaf2");
  EXPECT_THAT(machines.switches, ElementsAre(model::EngineSwitch{"leaf1", "spine"},
                                             model::EngineSwitch{"leaf2", "spine"}, model::EngineSwitch{"spine", ""}));
}

TEST(Tables, HoldingsSayWhatAJobHoldsAndUntilWhen) {
  const auto rows = read_holdings(recorded("holdings.txt"));
  ASSERT_THAT(rows, SizeIs(2));
  EXPECT_EQ(rows[0].cpus, 8);
  EXPECT_EQ(rows[0].memory_mb, 800);
  EXPECT_EQ(rows[0].cards, 4);
  EXPECT_THAT(rows[0].nodes, ElementsAre("node1", "node3"));
  EXPECT_EQ(rows[0].ends_s, 1795805659);
  EXPECT_EQ(rows[1].user, "games");
  EXPECT_EQ(rows[1].cards, 1);
  EXPECT_EQ(rows[1].comment, "a person | with a bar");
}

TEST(Tables, TypedAndPlainCardsAreTheSameCards) {
  const auto rows = read_holdings("5|RUNNING|u|p|cpu=1,mem=1G,node=1,gres/gpu=4,gres/gpu:a100=4|n1|N/A||\n");
  ASSERT_THAT(rows, SizeIs(1));
  EXPECT_EQ(rows[0].cards, 4);
  EXPECT_EQ(rows[0].memory_mb, 1024);
  EXPECT_EQ(rows[0].ends_s, 0);
}

TEST(Tables, AccountingIsRead) {
  const auto rows = read_accounting(recorded("sacct.txt"));
  ASSERT_THAT(rows, SizeIs(7));
  EXPECT_EQ(rows[0].word, "CANCELLED by 0");
  EXPECT_EQ(state_of(rows[0].word), JobState::over);
  EXPECT_EQ(rows[1].word, "NODE_FAIL");
  EXPECT_EQ(rows[6].comment, "mingyue:east:0a1b2c3d:4710.1");
}

TEST(Tables, NumbersOfSlurm) {
  EXPECT_EQ(read_memory_mb("16000M"), 16000);
  EXPECT_EQ(read_memory_mb("62.50G"), 64000);
  EXPECT_EQ(read_memory_mb("2048K"), 2);
  EXPECT_EQ(read_memory_mb("1T"), 1024 * 1024);
  EXPECT_EQ(read_memory_mb("x"), std::nullopt);
  EXPECT_EQ(read_duration_ms("00:00.087"), 87);
  EXPECT_EQ(read_duration_ms("2-03:04:05"), ((2 * 24 + 3) * 3600 + 4 * 60 + 5) * 1000LL);
  EXPECT_EQ(read_duration_ms("17"), std::nullopt);
  EXPECT_EQ(read_time_s("1970-01-02T00:00:01"), 86401);
  EXPECT_EQ(read_time_s("2024-02-29T12:00:00"), 1709208000);
  EXPECT_EQ(read_time_s("1795805659"), 1795805659);
  EXPECT_EQ(read_time_s("N/A"), std::nullopt);
}

TEST(Tables, OfGarbageAreEmptyOrSmall) {
  std::mt19937 random(11);
  const std::string kept = recorded("squeue.txt") + recorded("sinfo.txt") + recorded("holdings.txt");
  for (int i = 0; i < 2000; ++i) {
    std::string text = kept.substr(0, random() % kept.size());
    for (int k = 0; k < 20; ++k) text[random() % std::max<std::size_t>(text.size(), 1)] = static_cast<char>(random());
    (void)read_jobs(text);
    (void)read_nodes(text);
    (void)read_holdings(text);
    (void)read_accounting(text);
    (void)read_topology(text);
  }
}

}  // namespace
}  // namespace mingyue::engines::slurm
