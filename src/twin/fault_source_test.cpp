#include "twin/fault_source.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <map>

#include "twin/plain_centre.hpp"

namespace mingyue::twin {
namespace {

constexpr Instant start{0};

std::vector<Fault> faults_of(const FaultPlan& plan, const model::Centre& centre, Duration time,
                             std::uint64_t seed = 1) {
  auto source = FaultSource::make(plan, centre, start, seed);
  if (!source) throw std::runtime_error(source.error().message);
  std::vector<Fault> faults;
  while (source->next_at() < start + time) faults.push_back(source->next());
  return faults;
}

TEST(FaultSource, HasItsRate) {
  const model::Centre centre = plain_centre(100, 64, 8, 10);
  // 10 a thousand node-days, 100 nodes, 10,000 days: 10,000 faults, give or take 100.
  const auto faults = faults_of(plain_faults(10'000), centre, days(10'000));
  EXPECT_NEAR(static_cast<double>(faults.size()), 10'000, 400);
  EXPECT_TRUE(std::ranges::is_sorted(faults, {}, &Fault::at));
}

TEST(FaultSource, ACategoryThatIsAddedMovesNoOther) {
  const model::Centre centre = plain_centre(100, 64, 8, 10);
  FaultPlan plan = plain_faults(10'000);
  const auto alone = faults_of(plan, centre, days(1'000));
  plan.categories.push_back({.name = "bug", .per_million_node_days = 20'000, .takes = Takes::job, .silent = 100});
  plan.switches = {.per_million_switch_days = 5'000};
  plan.stragglers = {.per_million_node_days = 3'000, .factor = 1'500, .noticed_after = hours(1), .repair = {}};
  std::vector<Fault> again;
  for (Fault& fault : faults_of(plan, centre, days(1'000))) {
    if (fault.name == "node-lost") again.push_back(std::move(fault));
  }
  ASSERT_EQ(alone.size(), again.size());
  for (std::size_t i = 0; i < alone.size(); ++i) {
    EXPECT_EQ(alone[i].at, again[i].at);
    EXPECT_EQ(alone[i].nodes, again[i].nodes);
    EXPECT_EQ(alone[i].repair, again[i].repair);
  }
}

TEST(FaultSource, LemonsCauseTheirShare) {
  FaultPlan plan = plain_faults(10'000);
  plan.lemons = {.nodes = 20, .faults = 300};
  std::map<std::uint32_t, int> by_node;
  const auto faults = faults_of(plan, plain_centre(100, 64, 8, 10), days(10'000));
  for (const Fault& fault : faults) ++by_node[fault.nodes.front()];
  std::vector<int> counts;
  for (const auto& [node, count] : by_node) counts.push_back(count);
  std::ranges::sort(counts, std::greater<>());
  const double share = static_cast<double>(counts[0] + counts[1]) / static_cast<double>(faults.size());
  EXPECT_NEAR(share, 0.3, 0.02);
  EXPECT_LT(counts[2], counts[1] / 5);
}

TEST(FaultSource, ASwitchTakesItsNodesAndPowerARow) {
  FaultPlan plan;
  plan.switches = {.per_million_switch_days = 50'000, .repair = {.typical = hours(2)}};
  plan.power = {.per_thousand_years = 20'000, .takes = PowerTakes::spine, .repair = {.typical = hours(4)}};
  int switches = 0;
  int power = 0;
  for (const Fault& fault : faults_of(plan, plain_centre(100, 64, 8, 10), days(1'000))) {
    (fault.name == "switch" ? switches : power) += 1;
    EXPECT_EQ(fault.nodes.size(), fault.name == "switch" ? 10U : 100U);
    EXPECT_EQ(fault.repair, fault.name == "switch" ? hours(2) : hours(4));
  }
  EXPECT_NEAR(switches, 500, 100);
  EXPECT_NEAR(power, 55, 30);
}

TEST(FaultSource, RefusesSwitchesAndRowsThatThereAreNot) {
  model::Centre centre = plain_centre(4, 64, 8, 2);
  FaultPlan power;
  power.power = {.per_thousand_years = 1'000, .takes = PowerTakes::spine, .repair = {}};
  for (auto& one : centre.switches) one.above.clear();
  EXPECT_EQ(FaultSource::make(power, centre, start, 1).error().field, "power.takes");
  FaultPlan switches;
  switches.switches = {.per_million_switch_days = 1'000, .repair = {}};
  for (auto& node : centre.nodes) node.switch_name.clear();
  EXPECT_EQ(FaultSource::make(switches, centre, start, 1).error().field, "switches");
}

}  // namespace
}  // namespace mingyue::twin
