// Finding the control groups that this process may use.

#include "engines/control_groups.hpp"

#include <gmock/gmock.h>

#include "engines/cores.hpp"
#include "engines/engine_testing.hpp"
#include "engines/environment.hpp"
#include "engines/shim/groups.hpp"
#include "engines/shim/order.hpp"

namespace mingyue::engines {
namespace {

using namespace testing;

TEST(ControlGroups, AreFoundInAFullV2Hierarchy) {
  const auto groups = mounted_groups("30 23 0:26 / /sys/fs/cgroup rw,nosuid shared:9 - cgroup2 cgroup2 rw,nsdelegate\n",
                                     "0::/system.slice/mingyue.service\n");
  EXPECT_EQ(groups.unified, "/sys/fs/cgroup/system.slice/mingyue.service");
  EXPECT_EQ(groups.memory, "");
}

TEST(ControlGroups, AreFoundInAHybrid) {
  const auto groups = mounted_groups(
      "1 2 0:3 / /sys/fs/cgroup/memory rw - cgroup cgroup rw,memory\n"
      "4 2 0:5 / /sys/fs/cgroup/pids rw - cgroup cgroup rw,pids\n"
      "6 2 0:7 / /sys/fs/cgroup/unified rw - cgroup2 cgroup2 rw\n",
      "8:pids:/\n4:memory:/jobs/x\n3:cpuset:/\n0::/\n");
  EXPECT_EQ(groups.unified, "/sys/fs/cgroup/unified");
  EXPECT_EQ(groups.memory, "/sys/fs/cgroup/memory/jobs/x");
  EXPECT_EQ(groups.pids, "/sys/fs/cgroup/pids");
}

TEST(ControlGroups, AreFoundThroughAMountOfAPart) {
  const auto groups = mounted_groups("1 2 0:3 /docker/abc /sys/fs/cgroup/memory ro - cgroup cgroup rw,memory\n",
                                     "4:memory:/docker/abc/inner\n");
  EXPECT_EQ(groups.memory, "/sys/fs/cgroup/memory/inner");
}

TEST(ControlGroups, AreNoneWhereNothingIsMounted) {
  EXPECT_EQ(mounted_groups("22 1 0:21 / /proc rw - proc proc rw\n", "0::/\n"), engines::ControlGroups{});
  EXPECT_EQ(mounted_groups("", ""), engines::ControlGroups{});
}

TEST(ControlGroups, ThatCannotBeWrittenAreNotUsed) {
  const engines::ControlGroups claimed{.unified = "/proc/no/such", .memory = "/proc/no/such", .pids = "/proc/no/such"};
  EXPECT_EQ(tried_groups(claimed, MINGYUE_SHIM, "trial"), engines::ControlGroups{});
}

TEST(ControlGroups, ThatAreOnlyFoldersAreNotBelieved) {
  // Plain files take every limit and hold none; only the trial tells.
  std::string folder = (std::filesystem::temp_directory_path() / "mingyue-groups-XXXXXX").string();
  ASSERT_NE(::mkdtemp(folder.data()), nullptr);
  std::filesystem::create_directories(folder + "/trial");
  for (const char* file : {"memory.limit_in_bytes", "pids.max", "cgroup.procs"})
    std::ofstream(folder + "/trial/" + file);
  EXPECT_EQ(tried_groups({.memory = folder, .pids = folder}, MINGYUE_SHIM, "trial"), engines::ControlGroups{});
  std::filesystem::remove_all(folder);
}

TEST(ControlGroups, OfFullV2LimitEachTaskOfAGang) {
  // The files that a v2 kernel would have made, in an ordinary folder: what would the kernel be told?
  std::string folder = (std::filesystem::temp_directory_path() / "mingyue-groups-XXXXXX").string();
  ASSERT_NE(::mkdtemp(folder.data()), nullptr);
  for (const char* task : {"", "/0", "/1"}) {
    std::filesystem::create_directories(folder + "/a" + task);
    for (const char* file :
         {"memory.max", "memory.swap.max", "memory.oom.group", "pids.max", "cgroup.subtree_control", "cgroup.kill"})
      std::ofstream(folder + "/a" + task + "/" + file);
    std::ofstream(folder + "/a" + task + "/memory.events")
        << "low 0\noom 2\noom_kill " << (*task == '\0' ? 0 : task[1] - '0') << "\n";
    std::ofstream(folder + "/a" + task + "/memory.peak") << "1000\n";
    std::ofstream(folder + "/a" + task + "/cpu.stat") << "usage_usec 2500000\nuser_usec 1\n";
  }
  ShimOrder order{.processes_max = 77,
                  .groups = {.unified = folder + "/a", .unified_memory = true, .unified_pids = true}};
  order.tasks = {{.rank = 0, .memory_max = 1 << 20}, {.rank = 1, .memory_max = 2 << 20}};
  Groups groups(order);
  EXPECT_EQ(text_of(folder + "/a/pids.max"), "77");
  EXPECT_EQ(text_of(folder + "/a/cgroup.subtree_control"), "+memory");
  EXPECT_EQ(text_of(folder + "/a/1/memory.max"), "2097152");
  EXPECT_EQ(text_of(folder + "/a/1/memory.oom.group"), "1");
  EXPECT_TRUE(groups.limits_memory(0));
  EXPECT_EQ(groups.memory_kills(0), 0);
  EXPECT_EQ(groups.memory_kills(1), 1);
  EXPECT_EQ(groups.memory_peak(), 2000);
  EXPECT_EQ(groups.cpu_ms(), 2500);
  EXPECT_TRUE(groups.kill());
  EXPECT_EQ(text_of(folder + "/a/cgroup.kill"), "1");
  std::filesystem::remove_all(folder);
}

TEST(CoreMap, GivesEveryCoreAllItsThreads) {
  const CoreMap map({{0, 4}, {1, 5}, {2, 6}, {3, 7}});
  EXPECT_THAT(map.processors({1, 2}), ::testing::ElementsAre(1, 2, 5, 6));
  EXPECT_TRUE(map.processors({1, 4}).empty()) << "a core that does not exist pins nothing";
  EXPECT_TRUE(map.processors({}).empty());
}

TEST(CoreMap, KnowsThisMachine) { EXPECT_GE(CoreMap::of_this_machine().size(), 1u); }

TEST(TaskEnvironment, LetsTheJobOverruleCustomsAndNotFacts) {
  OrderBuilder order(3);
  order.each([](auto& task) {
    task.environment = {{"HOME", "/job/home"}, {"MASTER_PORT", "29500"}, {"MINGYUE_PROGRESS", "/elsewhere"}};
  });
  const model::LaunchOrder& launch = order;
  const auto list =
      task_environment(launch, launch.tasks[0], {.progress = "/a/progress", .checkpoint = "/c", .master_port = 1234},
                       {.path = "/bin", .home = "/root", .user = "root", .temporary = "/tmp"});
  EXPECT_THAT(list, ::testing::IsSupersetOf(
                        {"HOME=/job/home", "MASTER_PORT=1234", "MINGYUE_PROGRESS=/a/progress", "PATH=/bin"}));
  EXPECT_THAT(list, ::testing::Not(::testing::Contains("MINGYUE_PROGRESS=/elsewhere")));
}

TEST(ShimOrder, ComesBackAsItWasWritten) {
  engines::ShimOrder order{.attempt = "4711.2",
                           .workdir = "/data",
                           .terminal = true,
                           .wall_ms = 60'000,
                           .checkpoint_signal = 10,
                           .hang_after_ms = 5,
                           .groups = {.memory = "/sys/x"}};
  order.tasks.push_back(
      {.rank = 3, .command = {"a", "", "b c"}, .environment = {"A=1"}, .cpus = {0, 5}, .memory_max = -1});
  const std::string bytes = encode(order);
  EXPECT_EQ(decode_order(bytes), order);
  for (std::size_t size = 0; size < bytes.size(); ++size) EXPECT_FALSE(decode_order(bytes.substr(0, size))) << size;
  EXPECT_FALSE(decode_order(bytes + "x"));
}

TEST(EndRecord, ComesBackAsItWasWrittenOnOneLineEach) {
  std::string path = (std::filesystem::temp_directory_path() / "mingyue-end-XXXXXX").string();
  ASSERT_NE(::mkdtemp(path.data()), nullptr);
  const AttemptFolder folder(path);
  reserve_end(folder);
  EXPECT_FALSE(read_end(folder));
  engines::EndRecord end{.cause = "signalled",
                         .exit_code = 0,
                         .signal = 11,
                         .task = 4,
                         .cpu_ms = 12,
                         .memory_peak = 34,
                         .message = "two\nlines"};
  ASSERT_TRUE(write_end(folder, end));
  end.message = "two lines";
  EXPECT_EQ(read_end(folder), end);
  std::filesystem::remove_all(path);
}

}  // namespace
}  // namespace mingyue::engines
