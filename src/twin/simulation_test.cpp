#include "twin/simulation.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <sstream>
#include <string>

#include "twin/swarm.hpp"

namespace mingyue::twin {
namespace {

TEST(Simulation, NothingIsLostUnderFaults) {
  std::string told;
  const SeedRun run = run_seeds(1, 40, [&](const std::string& line) { told += line + "\n"; });
  EXPECT_EQ(run.failed, 0U) << told;
  // The story must be worth telling: a seed test that never crashes proves nothing.
  EXPECT_GT(run.sum.crashes, 20U);
  EXPECT_GT(run.sum.node_losses, 10U);
  EXPECT_GT(run.sum.disk_faults, 10U);
  EXPECT_GT(run.sum.attempts, 500U);
  EXPECT_GT(run.sum.elastic, 10U);
  EXPECT_GT(run.sum.on_spares, 10U);
  EXPECT_GT(run.sum.plan_steps, 100U);
  EXPECT_GT(run.sum.moves, 0U);
}

TEST(Simulation, SeedsThatOnceFailedHold) {
  std::ifstream seeds(MINGYUE_SEEDS);
  ASSERT_TRUE(seeds.is_open());
  for (std::string line; std::getline(seeds, line);) {
    if (line.empty() || line[0] == '#') continue;
    // The seed, a hash of the scenario that it drew, and what that once broke.
    std::istringstream words(line);
    std::string number, hash;
    words >> number >> hash;
    const std::uint64_t seed = std::stoull(number, nullptr, 0);
    EXPECT_EQ(short_hash(draw_swarm(seed).scenario), hash)
        << "the seed " << number << " draws another scenario than it did; write its old one to tests/scenarios";
    const Outcome outcome = simulate(seed);
    EXPECT_TRUE(outcome.ok) << line << ": " << outcome.broken;
  }
}

TEST(Simulation, EveryWrittenScenarioGoesAsItExpects) {
  std::vector<std::filesystem::path> files;
  for (const auto& entry : std::filesystem::directory_iterator(MINGYUE_SCENARIOS))
    if (entry.path().extension() == ".txt") files.push_back(entry.path());
  std::ranges::sort(files);
  ASSERT_GE(files.size(), 6U);
  for (const auto& file : files) {
    std::ifstream in(file);
    const std::string text{std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
    const auto scenario = read_scenario(text);
    ASSERT_TRUE(scenario.has_value()) << file << ":" << scenario.error()[0].line << ": " << scenario.error()[0].message;
    std::string timeline;
    const RunOptions options{.laws = {}, .tell = [&](const std::string& line) { timeline += line + "\n"; }};
    const auto outcome = simulate(*scenario, options);
    ASSERT_TRUE(outcome.has_value()) << file << ":" << outcome.error()[0].line << ": " << outcome.error()[0].message;
    EXPECT_TRUE(outcome->ok) << file << ": " << outcome->broken << "\n" << timeline;
    EXPECT_TRUE(scenario->comments.size() >= 1 && !scenario->expected.empty()) << file << " says what it is about";
  }
}

TEST(Simulation, AScenarioWrittenAndReadAgainIsTheSameStory) {
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    const Scenario drawn = draw_swarm(seed).scenario;
    const auto read = read_scenario(write_scenario(drawn));
    ASSERT_TRUE(read.has_value()) << seed << ": " << read.error()[0].message;
    EXPECT_EQ(*read, drawn) << seed;
    if (seed > 4) continue;
    const auto outcome = simulate(*read);
    ASSERT_TRUE(outcome.has_value());
    EXPECT_EQ(*outcome, simulate(seed)) << seed;
  }
}

TEST(Swarm, ChoosesEachKindForAboutHalfOfTheSeeds) {
  std::map<std::string, int> chosen;
  int bare = 0;
  for (std::uint64_t seed = 0; seed < 400; ++seed) {
    const Swarm swarm = draw_swarm(seed);
    for (const SwarmChoice& choice : swarm.choices) ++chosen[choice.kind];
    bare += std::ranges::none_of(swarm.choices, &SwarmChoice::fault) ? 1 : 0;
    EXPECT_EQ(swarm.scenario.comments[1], words_of(swarm.choices));
  }
  EXPECT_GE(chosen.size(), 30U);
  for (const auto& [kind, times] : chosen) EXPECT_TRUE(times > 150 && times < 250) << kind << " " << times;
  EXPECT_LT(bare, 5) << "hardly a seed is without any fault";
}

TEST(Swarm, LeavesOutOfTheScenarioWhatItDidNotChoose) {
  for (std::uint64_t seed = 0; seed < 200; ++seed) {
    const Swarm swarm = draw_swarm(seed);
    for (const char* verb : {"crash", "lose-node", "fill-disk", "slow-disk", "jump-clock", "cancel", "hold", "drain"}) {
      const bool said = std::ranges::find(swarm.choices, verb, &SwarmChoice::kind) != swarm.choices.end();
      const bool happens =
          std::ranges::find(swarm.scenario.story, verb, &ScenarioLine::verb) != swarm.scenario.story.end();
      EXPECT_EQ(said, happens) << seed << " " << verb;
    }
  }
}

}  // namespace
}  // namespace mingyue::twin
