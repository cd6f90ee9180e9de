#include "model/environment.hpp"

#include <gtest/gtest.h>

#include <map>

namespace mingyue::model {
namespace {

std::map<std::string, std::string> as_map(const Environment& environment) {
  return {environment.begin(), environment.end()};
}

TaskPlace place(const std::string& node, std::vector<std::int32_t> cores, std::vector<std::int32_t> cards = {}) {
  TaskPlace at;
  at.node_name = node;
  at.lease.cores = std::move(cores);
  at.lease.memory = Bytes(512LL << 20);
  at.lease.cards = std::move(cards);
  at.visible_variable = "CUDA_VISIBLE_DEVICES";
  return at;
}

JobSpec a_job(std::int32_t tasks) {
  JobSpec job;
  job.name = "sweep";
  job.user = "ada";
  job.project = "demo";
  job.partition = "main";
  job.priority_class = "normal";
  job.parts.resize(1);
  job.parts[0].name = "main";
  job.parts[0].tasks = tasks;
  return job;
}

TEST(Environment, OfASingleTask) {
  const JobSpec job = a_job(1);
  AttemptFacts facts;
  facts.job = JobId(12);
  facts.centre_name = "moon";
  facts.places = {place("n1", {0, 1}, {3})};
  const Environment environment = task_environment(job, facts, 0);
  EXPECT_TRUE(std::is_sorted(environment.begin(), environment.end()));
  const std::map<std::string, std::string> expected{
      {"CUDA_VISIBLE_DEVICES", "3"},   {"MINGYUE_ATTEMPT", "1"},      {"MINGYUE_CARDS", "1"},
      {"MINGYUE_CHECKPOINT_LAST", ""}, {"MINGYUE_CORES", "2"},        {"MINGYUE_JOB_ID", "12"},
      {"MINGYUE_JOB_NAME", "sweep"},   {"MINGYUE_MEMORY_MB", "512"},  {"MINGYUE_NODES", "n1"},
      {"MINGYUE_PART", "main"},        {"MINGYUE_PARTITION", "main"}, {"MINGYUE_PART_TASK", "0"},
      {"MINGYUE_PROJECT", "demo"},     {"MINGYUE_TASK", "0"},         {"MINGYUE_TASKS", "1"},
      {"OMP_NUM_THREADS", "2"},        {"SLURMD_NODENAME", "n1"},     {"SLURM_CLUSTER_NAME", "moon"},
      {"SLURM_CPUS_ON_NODE", "2"},     {"SLURM_CPUS_PER_TASK", "2"},  {"SLURM_GPUS_ON_NODE", "1"},
      {"SLURM_JOBID", "12"},           {"SLURM_JOB_ACCOUNT", "demo"}, {"SLURM_JOB_CPUS_PER_NODE", "2"},
      {"SLURM_JOB_GPUS", "3"},         {"SLURM_JOB_ID", "12"},        {"SLURM_JOB_NAME", "sweep"},
      {"SLURM_JOB_NODELIST", "n1"},    {"SLURM_JOB_NUM_NODES", "1"},  {"SLURM_JOB_PARTITION", "main"},
      {"SLURM_JOB_QOS", "normal"},     {"SLURM_JOB_USER", "ada"},     {"SLURM_LOCALID", "0"},
      {"SLURM_MEM_PER_NODE", "512"},   {"SLURM_NNODES", "1"},         {"SLURM_NODEID", "0"},
      {"SLURM_NODELIST", "n1"},        {"SLURM_NPROCS", "1"},         {"SLURM_NTASKS", "1"},
      {"SLURM_PROCID", "0"},           {"SLURM_RESTART_COUNT", "0"},  {"SLURM_TASKS_PER_NODE", "1"},
  };
  EXPECT_EQ(as_map(environment), expected);
}

TEST(Environment, OfAGangHasRanks) {
  const JobSpec job = a_job(3);
  AttemptFacts facts;
  facts.job = JobId(12);
  facts.attempt = 2;
  facts.places = {place("n2", {0, 1}), place("n1", {4}), place("n2", {2}, {0})};
  const auto all = task_environments(job, facts);
  ASSERT_EQ(all.size(), 3U);
  auto last = as_map(all[2]);
  EXPECT_EQ(last["RANK"], "2");
  EXPECT_EQ(last["WORLD_SIZE"], "3");
  EXPECT_EQ(last["LOCAL_RANK"], "1");
  EXPECT_EQ(last["LOCAL_WORLD_SIZE"], "2");
  EXPECT_EQ(last["NODE_RANK"], "0");
  EXPECT_EQ(last["MINGYUE_NODES"], "n2,n1,n2");
  EXPECT_EQ(last["SLURM_NODELIST"], "n[2,1]");
  EXPECT_EQ(last["SLURM_TASKS_PER_NODE"], "2,1");
  EXPECT_EQ(last["SLURM_JOB_CPUS_PER_NODE"], "3,1");
  EXPECT_EQ(last["SLURM_CPUS_ON_NODE"], "3");
  EXPECT_EQ(last["SLURM_MEM_PER_NODE"], "1024");
  EXPECT_EQ(last["SLURM_RESTART_COUNT"], "1");
  EXPECT_EQ(last["CUDA_VISIBLE_DEVICES"], "0");
  // A task without cards must not see those of its neighbour.
  EXPECT_EQ(as_map(all[0]).at("CUDA_VISIBLE_DEVICES"), "");
  EXPECT_EQ(all[1], task_environment(job, facts, 1));
}

TEST(Environment, OfPartsNamesThePart) {
  JobSpec job = a_job(1);
  job.parts.push_back(job.parts[0]);
  job.parts[1].name = "workers";
  job.parts[1].tasks = 2;
  AttemptFacts facts;
  facts.places = {place("n1", {0}), place("n1", {1}), place("n1", {2})};
  auto last = as_map(task_environment(job, facts, 2));
  EXPECT_EQ(last["MINGYUE_PART"], "workers");
  EXPECT_EQ(last["MINGYUE_PART_TASK"], "1");
  EXPECT_EQ(last["MINGYUE_TASK"], "2");
  EXPECT_EQ(last["SLURM_TASKS_PER_NODE"], "3");
}

TEST(Environment, OfAnArrayElement) {
  JobSpec job = a_job(1);
  job.indices = {0, 10, 20};
  AttemptFacts facts;
  facts.job = JobId(101);
  facts.array = JobId(100);
  facts.index = 10;
  facts.places = {place("n1", {0})};
  auto of = as_map(task_environment(job, facts, 0));
  EXPECT_EQ(of["MINGYUE_ARRAY_ID"], "100");
  EXPECT_EQ(of["MINGYUE_ARRAY_INDEX"], "10");
  EXPECT_EQ(of["SLURM_ARRAY_JOB_ID"], "100");
  EXPECT_EQ(of["SLURM_ARRAY_TASK_ID"], "10");
  EXPECT_EQ(of["SLURM_ARRAY_TASK_COUNT"], "3");
  EXPECT_EQ(of["SLURM_ARRAY_TASK_MAX"], "20");
  EXPECT_EQ(of["SLURM_ARRAY_TASK_STEP"], "10");
  EXPECT_EQ(expand_output_pattern("%x-%j-%A-%a-%u-%t.txt", job, facts), "sweep-101-100-10-ada-%t.txt");
  facts.array = JobId{};
  EXPECT_EQ(expand_output_pattern("%A_%a%", job, facts), "101_0%");
}

TEST(Environment, TheDocumentWinsOverSlurmButNotOverRanks) {
  JobSpec job = a_job(2);
  job.parts[0].environment = {{"MY", "1"}, {"OMP_NUM_THREADS", "7"}, {"RANK", "9"}, {"SLURM_NTASKS", "8"}};
  AttemptFacts facts;
  facts.places = {place("n1", {0}), place("n1", {1})};
  auto of = as_map(task_environment(job, facts, 1));
  EXPECT_EQ(of["MY"], "1");
  EXPECT_EQ(of["OMP_NUM_THREADS"], "7");
  EXPECT_EQ(of["SLURM_NTASKS"], "8");
  EXPECT_EQ(of["RANK"], "1");
}

TEST(Environment, AListTooLongForTheKernelIsLeftOut) {
  const JobSpec job = a_job(10'000);
  AttemptFacts facts;
  for (int i = 0; i < 10'000; ++i) facts.places.push_back(place("node" + std::to_string(10'000 + i), {0}));
  const auto of = as_map(task_environment(job, facts, 5));
  EXPECT_FALSE(of.contains("MINGYUE_NODES"));
  EXPECT_EQ(of.at("SLURM_NODELIST"), "node[10000-19999]");
  EXPECT_EQ(of.at("SLURM_TASKS_PER_NODE"), "1(x10000)");
}

TEST(CompactNames, DrawNeighboursTogether) {
  EXPECT_EQ(compact_names({"node001", "node002", "node003", "node007"}), "node[001-003,007]");
  EXPECT_EQ(compact_names({"login", "n9", "n10", "n11"}), "login,n9,n[10-11]");
  EXPECT_EQ(compact_names({"7", "8"}), "[7-8]");
  EXPECT_EQ(compact_names({"a1b", "a2b"}), "a1b,a2b");
  EXPECT_EQ(compact_names({}), "");
}

}  // namespace
}  // namespace mingyue::model
