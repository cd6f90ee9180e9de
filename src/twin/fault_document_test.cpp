#include "twin/fault_document.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <sstream>

#include "formats/parse.hpp"

namespace mingyue::twin {
namespace {

Expected<FaultPlan, std::vector<Refusal>> read(const std::string& text) {
  auto tree = formats::parse_yaml(text);
  if (!tree) throw std::runtime_error(tree.error().message);
  return read_faults(*tree);
}

/// The only refusal of a text, as `code message`.
std::string refusal(const std::string& text) {
  const auto plan = read(text);
  if (plan) return "accepted";
  std::string all;
  for (const Refusal& one : plan.error()) all += (all.empty() ? "" : "; ") + one.code + " " + one.message;
  return all;
}

constexpr const char* whole = R"(
name: all of it
categories:
  - {name: card, per-1000-node-days: 1.338, takes: node, silent: 0.1, repair: {median: 8h, sigma: 1.25}}
  - {name: bug, per-1000-node-days: 0.5, takes: job}
lemons: {nodes: 0.015, faults: 0.2}
switches: {per-1000-switch-days: 0.25, repair: 2h}
power: {per-year: 1.5, takes: spine, repair: {mean: 4h}}
stragglers: {per-1000-node-days: 0.3, factor: 1.5, noticed-after: 30m, repair: 1d}
response: {job-detection: 5s, node-detection: 15s, hang-detection: 10m, restart: 90s}
)";

TEST(FaultDocument, ReadsEverySection) {
  const auto plan = read(whole);
  ASSERT_TRUE(plan) << plan.error().front().message;
  ASSERT_EQ(plan->categories.size(), 2U);
  EXPECT_EQ(plan->categories[0].per_million_node_days, 1'338);
  EXPECT_EQ(plan->categories[0].silent, 100);
  EXPECT_EQ(plan->categories[0].repair.law, Repair::Law::log_normal);
  EXPECT_EQ(plan->categories[1].takes, Takes::job);
  EXPECT_EQ(plan->lemons->faults, 200);
  EXPECT_EQ(plan->switches->per_million_switch_days, 250);
  EXPECT_EQ(plan->power->per_thousand_years, 1'500);
  EXPECT_EQ(plan->power->repair.law, Repair::Law::exponential);
  EXPECT_EQ(plan->stragglers->factor, 1'500);
  EXPECT_EQ(plan->response.restart, seconds(90));
}

TEST(FaultDocument, RefusesWithLineColumnAndReason) {
  const auto category = [](const std::string& rest) { return "categories:\n  - {name: a, " + rest + "}\n"; };
  EXPECT_EQ(refusal(category("per-1000-node-days: -1, takes: job")),
            "out-of-range line 2, column 15: categories[0].per-1000-node-days is \"-1\", below nothing");
  EXPECT_EQ(refusal(category("per-1000-node-days: 1, takes: job, silent: 1.5")),
            "out-of-range line 2, column 50: categories[0].silent is \"1.5\", more than all of them");
  EXPECT_EQ(refusal(category("per-1000-node-days: 1, takes: job, weight: 3")),
            "unknown-field line 2, column 50: there is no field \"weight\" in categories[0]");
  EXPECT_EQ(refusal(category("per-1000-node-days: often, takes: job")),
            "bad-value line 2, column 15: categories[0].per-1000-node-days is \"often\", it should be a number");
  EXPECT_EQ(refusal(category("per-1000-node-days: 0.0001, takes: job")),
            "bad-value line 2, column 15: categories[0].per-1000-node-days is \"0.0001\", which has more than three "
            "decimals");
  EXPECT_EQ(refusal(category("takes: job")),
            "missing-field line 2, column 5: categories[0].per-1000-node-days is missing");
}

TEST(FaultDocument, RefusesWhatTheWorldCannotDo) {
  EXPECT_EQ(refusal("categories: [{name: a, per-1000-node-days: 1, takes: job, repair: 1h}]").substr(0, 11),
            "not-allowed");  // nothing to repair
  EXPECT_EQ(refusal("categories: [{name: a, per-1000-node-days: 1, takes: node, repair: {mean: 1h, sigma: 1}}]")
                .substr(0, 11),
            "not-allowed");
  EXPECT_EQ(refusal("lemons: {nodes: 0.2, faults: 0.1}").substr(0, 12), "out-of-range");
  EXPECT_EQ(refusal("stragglers: {per-1000-node-days: 1, factor: 0.9, noticed-after: 1m, repair: 1h}").substr(0, 12),
            "out-of-range");
  EXPECT_EQ(refusal("power: {per-year: 1, takes: rack, repair: 1h}").substr(0, 9), "bad-value");
  EXPECT_EQ(refusal("name: nothing").substr(0, 13), "missing-field");
  EXPECT_EQ(refusal("categories: [{name: a, per-1000-node-days: 1, takes: job}, {name: a, per-1000-node-days: 1, "
                    "takes: job}]")
                .substr(0, 9),
            "duplicate");
}

TEST(FaultDocument, RatesOfOneFileAndResponsesOfAnother) {
  const FaultPlan rates = *read("categories: [{name: a, per-1000-node-days: 1, takes: job}]");
  const FaultPlan response = *read("response: {restart: 2m}");
  const auto merged = merge_faults(std::array{rates, response});
  ASSERT_TRUE(merged);
  EXPECT_EQ(merged->categories.size(), 1U);
  EXPECT_EQ(merged->response.restart, minutes(2));
  EXPECT_EQ(merge_faults(std::array{rates, rates}).error().code, "duplicate");
}

TEST(FaultDocument, TheExamplesAreReadAndHaveTheirRates) {
  const auto rate_of = [](const std::string& name) {
    std::ifstream file(MINGYUE_EXAMPLES "/faults/" + name);
    std::ostringstream text;
    text << file.rdbuf();
    const auto plan = read(text.str());
    if (!plan) throw std::runtime_error(name + ": " + plan.error().front().message);
    std::int64_t rate = 0;
    for (const FaultCategory& category : plan->categories) rate += category.per_million_node_days;
    return rate;
  };
  EXPECT_NEAR(static_cast<double>(rate_of("llama3.yaml")), 3'790, 5);
  EXPECT_EQ(rate_of("rsc1.yaml"), 6'500);
  EXPECT_EQ(rate_of("plain-3.79.yaml"), 3'790);
  EXPECT_EQ(rate_of("plain-6.5.yaml"), 6'500);
  EXPECT_EQ(rate_of("good-centre.yaml"), 0);
}

}  // namespace
}  // namespace mingyue::twin
