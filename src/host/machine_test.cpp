#include "host/machine.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "host/cards.hpp"
#include "host/clock.hpp"
#include "host/entropy.hpp"
#include "host/log_test_kit.hpp"
#include "host/machine_limits.hpp"
#include "host/probe.hpp"

namespace mingyue::host {
namespace {

/// A machine in a folder.
struct PaperMachine {
  testing::TempDir dir;

  PaperMachine& with(const std::string& path, const std::string& text) {
    const std::filesystem::path file = dir.path() + path;
    std::filesystem::create_directories(file.parent_path());
    std::ofstream(file) << text;
    return *this;
  }
  [[nodiscard]] GroupLimits limits() const { return group_limits(dir.path()); }
  [[nodiscard]] std::vector<std::string> cards() const {
    std::vector<std::string> found;
    for (const auto& cards : find_cards({.root = dir.path(), .ask_drivers = false}))
      found.push_back(std::to_string(cards.count.raw()) + " " + cards.type.name + " of " + cards.type.vendor);
    return found;
  }
};

using Cards = std::vector<std::string>;

TEST(Machine, ThisOneHasANameACoreAndMemory) {
  const Machine machine = look_at_machine();
  EXPECT_FALSE(machine.facts.host_name.empty());
  EXPECT_GE(machine.facts.cores.raw(), 1);
  EXPECT_EQ(machine.core_list.size(), static_cast<std::size_t>(machine.facts.cores.raw()));
  EXPECT_TRUE(std::ranges::is_sorted(machine.core_list));
  EXPECT_GT(machine.facts.memory.raw(), 64 << 20);
}

TEST(MachineLimits, NoControlGroupsNoLimits) {
  PaperMachine machine;
  EXPECT_FALSE(machine.limits().memory_bytes.has_value());
  EXPECT_FALSE(machine.limits().cpu_millicores.has_value());
}

TEST(MachineLimits, OfVersion2AreTheLeastOnTheWayUp) {
  PaperMachine machine;
  machine.with("/proc/self/mountinfo", "30 22 0:27 / /sys/fs/cgroup rw shared:4 - cgroup2 cgroup2 rw\n")
      .with("/proc/self/cgroup", "0::/system.slice/mingyue.service\n")
      .with("/sys/fs/cgroup/system.slice/mingyue.service/memory.max", "max\n")
      .with("/sys/fs/cgroup/system.slice/mingyue.service/cpu.max", "350000 100000\n")
      .with("/sys/fs/cgroup/system.slice/memory.max", "8589934592\n")
      .with("/sys/fs/cgroup/system.slice/cpu.max", "max 100000\n");
  EXPECT_EQ(machine.limits().memory_bytes, 8'589'934'592);
  EXPECT_EQ(machine.limits().cpu_millicores, 3'500);
}

TEST(MachineLimits, OfVersion1LieInAHierarchyEach) {
  PaperMachine machine;
  machine
      .with("/proc/self/mountinfo",
            "31 30 0:28 / /sys/fs/cgroup/cpu,cpuacct rw - cgroup cgroup rw,cpu,cpuacct\n"
            "34 30 0:31 / /sys/fs/cgroup/memory rw - cgroup cgroup rw,memory\n"
            "40 30 0:37 / /sys/fs/cgroup/unified rw - cgroup2 cgroup2 rw\n")
      .with("/proc/self/cgroup", "4:memory:/a/b\n2:cpu,cpuacct:/a\n0::/\n")
      .with("/sys/fs/cgroup/cpu,cpuacct/a/cpu.cfs_quota_us", "200000\n")
      .with("/sys/fs/cgroup/cpu,cpuacct/a/cpu.cfs_period_us", "100000\n")
      .with("/sys/fs/cgroup/cpu,cpuacct/cpu.cfs_quota_us", "-1\n")
      .with("/sys/fs/cgroup/memory/a/b/memory.limit_in_bytes", "1073741824\n")
      .with("/sys/fs/cgroup/memory/memory.limit_in_bytes", "9223372036854771712\n");
  EXPECT_EQ(machine.limits().memory_bytes, 1'073'741'824);
  EXPECT_EQ(machine.limits().cpu_millicores, 2'000);
}

TEST(MachineLimits, OfAContainerLieAtTheRootOfItsMount) {
  PaperMachine machine;
  machine.with("/proc/self/mountinfo", "34 30 0:31 /docker/5f3a /sys/fs/cgroup/memory ro - cgroup cgroup rw,memory\n")
      .with("/proc/self/cgroup", "4:memory:/docker/5f3a\n")
      .with("/sys/fs/cgroup/memory/memory.limit_in_bytes", "536870912\n");
  EXPECT_EQ(machine.limits().memory_bytes, 536'870'912);
}

TEST(Cards, AMachineWithoutAnyHasNone) { EXPECT_EQ(PaperMachine().cards(), Cards{}); }

TEST(Cards, NvidiaCardsAreInProcAndThoseWithADeviceFileAreOurs) {
  PaperMachine machine;
  for (const char* bus : {"0000:17:00.0", "0000:31:00.0", "0000:b1:00.0"}) {
    machine.with(std::string("/proc/driver/nvidia/gpus/") + bus + "/information",
                 "Model: \t\t NVIDIA A100-SXM4-80GB\nIRQ:   \t\t 312\nDevice Minor: \t 0\n");
  }
  EXPECT_EQ(machine.cards(), Cards{}) << "a container without a device file cannot use them";
  machine.with("/dev/nvidia0", "").with("/dev/nvidia3", "").with("/dev/nvidiactl", "").with("/dev/nvidia-uvm", "");
  EXPECT_EQ(machine.cards(), Cards{"2 a100 of NVIDIA"});
}

TEST(Cards, AscendChipsAreDeviceFilesAndTheirKindIsOnTheBus) {
  PaperMachine machine;
  for (int n = 0; n < 8; ++n) machine.with("/dev/davinci" + std::to_string(n), "");
  machine.with("/dev/davinci_manager", "");
  EXPECT_EQ(machine.cards(), Cards{"8 ascend of Huawei"});
  machine.with("/sys/bus/pci/devices/0000:01:00.0/vendor", "0x19e5\n")
      .with("/sys/bus/pci/devices/0000:01:00.0/device", "0xa222\n")  // A network card of the same vendor.
      .with("/sys/bus/pci/devices/0000:c1:00.0/vendor", "0x19e5\n")
      .with("/sys/bus/pci/devices/0000:c1:00.0/device", "0xd802\n");
  EXPECT_EQ(machine.cards(), Cards{"8 ascend910b of Huawei"});
}

TEST(Cards, HygonAndAmdCardsAreNodesOfKfd) {
  PaperMachine machine;
  const std::string nodes = "/sys/class/kfd/kfd/topology/nodes/";
  machine.with(nodes + "0/properties", "cpu_cores_count 32\nsimd_count 0\nvendor_id 0\n")
      .with(nodes + "1/properties", "cpu_cores_count 0\nsimd_count 240\nvendor_id 7572\ndevice_id 25271\n")
      .with(nodes + "2/properties", "cpu_cores_count 0\nsimd_count 240\nvendor_id 7572\ndevice_id 25271\n")
      .with(nodes + "3/properties", "cpu_cores_count 0\nsimd_count 1216\nvendor_id 4098\ndevice_id 29857\n")
      .with(nodes + "3/mem_banks/0/properties", "heap_type 1\nsize_in_bytes 206141652992\n");
  EXPECT_EQ(machine.cards(), (Cards{"2 dcu-k100 of Hygon", "1 mi300x of AMD"}));
  EXPECT_EQ(find_cards({.root = machine.dir.path(), .ask_drivers = false})[1].type.memory, Bytes(206'141'652'992));
}

TEST(Cards, ATypeIsWhatTheProductsNameSpeaksOf) {
  const auto name = [](std::string_view vendor, std::string_view product) {
    return card_type_of(vendor, product).name;
  };
  EXPECT_EQ(name("NVIDIA", "NVIDIA A100-SXM4-80GB"), "a100");
  EXPECT_EQ(name("NVIDIA", "NVIDIA H100 80GB HBM3"), "h100");
  EXPECT_EQ(name("NVIDIA", "Tesla V100-SXM2-32GB"), "v100");
  EXPECT_EQ(name("NVIDIA", "NVIDIA GeForce RTX 4090"), "rtx4090");
  EXPECT_EQ(name("NVIDIA", "NVIDIA RTX A1000"), "rtx-a1000") << "not an A100";
  EXPECT_EQ(name("NVIDIA", "Tesla T4"), "tesla-t4");
  EXPECT_EQ(card_type_of("NVIDIA", "Tesla T4").visible_variable, "CUDA_VISIBLE_DEVICES");
  EXPECT_EQ(name("Huawei", "Ascend 910B3"), "ascend910b");
  EXPECT_EQ(name("Huawei", "Ascend910B"), "ascend910b");
  EXPECT_EQ(name("Huawei", "Ascend 310P3"), "ascend-310p3");
  EXPECT_EQ(name("Hygon", "DCU K100"), "dcu-k100");
  EXPECT_EQ(name("Hygon", "DCU 6320"), "dcu-6320");
}

TEST(Cards, TheBoardsControllerIsNotAChip) {
  EXPECT_EQ(
      npu_chips(
          "\tNPU ID                         Chip ID                        Chip Logic ID                  Chip Name\n"
          "\t0                              0                              0                              Ascend "
          "910B3\n"
          "\t0                              1                              -                              Mcu\n"
          "\t5                              0                              1                              Ascend "
          "910B3\n"),
      (std::vector<std::string>{"Ascend 910B3", "Ascend 910B3"}));
  EXPECT_TRUE(npu_chips("dcmi model initialized failed\n").empty());
}

TEST(Probe, WhatHangsOrCrashesCountsAsAbsent) {
  EXPECT_EQ(ask_with_deadline([] { return std::string("well"); }, seconds(5)), "well");
  EXPECT_EQ(ask_with_deadline(
                []() -> std::string {
                  ::pause();
                  return "never";
                },
                milliseconds(50)),
            std::nullopt);
  EXPECT_EQ(ask_with_deadline([]() -> std::string { ::_exit(3); }, seconds(5)), std::nullopt);
  EXPECT_EQ(output_of({"echo", "two", "words"}, seconds(5)), "two words\n");
  EXPECT_EQ(output_of({"false"}, seconds(5)), std::nullopt);
  EXPECT_EQ(output_of({"no-such-program-here"}, seconds(5)), std::nullopt);
  EXPECT_EQ(output_of({"sleep", "60"}, milliseconds(50)), std::nullopt);
}

TEST(SystemClock, NeverGoesBackwards) {
  const SystemClock clock;
  EXPECT_GT(clock.now(), Instant(1'700'000'000'000));
  Instant last = clock.now();
  for (int i = 0; i < 10'000; ++i) {
    const Instant now = clock.now();
    EXPECT_GE(now, last);
    last = now;
  }
}

TEST(Entropy, SecretsDifferAndAreSafeToType) {
  std::set<std::string> seen;
  for (int i = 0; i < 100; ++i) seen.insert(random_secret());
  EXPECT_EQ(seen.size(), 100U);
  EXPECT_EQ(seen.begin()->size(), 43U);
  EXPECT_EQ(seen.begin()->find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"),
            std::string::npos);
  EXPECT_EQ(random_bytes(5).size(), 5U);
  EXPECT_NE(random_seed(), random_seed());
}

}  // namespace
}  // namespace mingyue::host
