#include "twin/minimise.hpp"

#include <gtest/gtest.h>

#include <algorithm>

#include "twin/swarm.hpp"

namespace mingyue::twin {
namespace {

/// Broken on purpose: a centre preempts.
std::optional<std::string> nobody_is_preempted(const core::Event& event) {
  if (const auto* e = std::get_if<core::PreemptionNoticed>(&event.body))
    return "job " + std::to_string(e->attempt.job.raw()) + " is preempted";
  if (const auto* e = std::get_if<core::EndRequested>(&event.body); e && e->reason == core::EndReason::preempted)
    return "job " + std::to_string(e->attempt.job.raw()) + " is preempted";
  return std::nullopt;
}

/// The first seed whose scenario is long and breaks the law.
Scenario a_long_failure(const RunOptions& options) {
  for (std::uint64_t seed = 1; seed < 4'000; ++seed) {
    const Swarm swarm = draw_swarm(seed);
    const auto chosen = [&](const char* kind) {
      return std::ranges::find(swarm.choices, kind, &SwarmChoice::kind) != swarm.choices.end();
    };
    if (swarm.scenario.story.size() < 150 || !chosen("preemptible") || !chosen("classes")) continue;
    if (!simulate(seed, options).ok) return swarm.scenario;
  }
  return {};
}

TEST(Minimise, LeavesAHandfulOfManyLinesThatBreaksTheSameLaw) {
  const RunOptions options{.laws = {nobody_is_preempted}, .tell = {}};
  const Scenario scenario = a_long_failure(options);
  ASSERT_GE(scenario.story.size(), 150U);
  const Minimised small = minimise_failure(scenario, options);
  const std::string text = write_scenario(small.scenario);
  EXPECT_TRUE(small.finished) << small.runs;
  EXPECT_LE(small.scenario.story.size(), 5U) << text;
  EXPECT_GE(small.scenario.story.size(), 2U) << text;  // who is preempted, and who preempts
  EXPECT_LE(small.scenario.settings.size(), 2U) << text;
  const auto read = read_scenario(text);
  ASSERT_TRUE(read.has_value()) << text;
  const auto again = simulate(*read, options);
  ASSERT_TRUE(again.has_value()) << text;
  EXPECT_FALSE(again->ok) << text;
  EXPECT_EQ(again->law, simulate(scenario, options)->law);
  EXPECT_TRUE(simulate(*read)->ok) << "with the true laws nothing is broken: " << simulate(*read)->broken;
}

TEST(Minimise, EndsWhereNoLineCanBeSpared) {
  Scenario scenario;
  for (int i = 0; i < 300; ++i)
    scenario.story.push_back({.at_ms = i * 1'001, .verb = "v", .subject = std::to_string(i), .fields = {{"n", "64m"}}});
  const auto has = [](const Scenario& candidate, const char* subject) {
    return std::ranges::find(candidate.story, subject, &ScenarioLine::subject) != candidate.story.end();
  };
  const Minimised small = minimise(scenario, [&](const Scenario& candidate) {
    return has(candidate, "7") && has(candidate, "131") && has(candidate, "298");
  });
  ASSERT_EQ(small.scenario.story.size(), 3U);
  EXPECT_EQ(small.scenario.story[1], (ScenarioLine{.at_ms = 0, .verb = "v", .subject = "131", .fields = {}}));
  EXPECT_LT(small.runs, 300U);
}

TEST(Minimise, FindsTheSmallestNumberThatIsNeeded) {
  Scenario scenario;
  scenario.story.push_back({.at_ms = 7'207'123, .verb = "v", .subject = "", .fields = {{"a", "900s"}, {"b", "x1"}}});
  const Minimised small = minimise(scenario, [](const Scenario& candidate) {
    if (candidate.story.empty()) return false;
    const std::string* a = candidate.story[0].find("a");
    return a != nullptr && std::stoi(*a) >= 37 && candidate.story[0].at_ms >= 3'600'000;
  });
  EXPECT_EQ(*small.scenario.story[0].find("a"), "37s");
  EXPECT_EQ(small.scenario.story[0].find("b"), nullptr);
  EXPECT_EQ(small.scenario.story[0].at_ms, 7'200'000);
}

TEST(Minimise, StopsAtItsBoundWithWhatItHas) {
  Scenario scenario;
  for (int i = 0; i < 100; ++i) scenario.story.push_back({.at_ms = i, .verb = "v", .subject = "", .fields = {}});
  const Minimised small = minimise(
      scenario, [](const Scenario& candidate) { return candidate.story.size() >= 50; }, 7);
  EXPECT_FALSE(small.finished);
  EXPECT_EQ(small.runs, 7U);
  EXPECT_GE(small.scenario.story.size(), 50U);
}

}  // namespace
}  // namespace mingyue::twin
