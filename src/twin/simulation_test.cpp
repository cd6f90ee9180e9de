#include "twin/simulation.hpp"

#include <gtest/gtest.h>

#include <fstream>
#include <string>

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
  EXPECT_GT(run.sum.moves, 0U);
}

TEST(Simulation, SeedsThatOnceFailedHold) {
  std::ifstream seeds(MINGYUE_SEEDS);
  ASSERT_TRUE(seeds.is_open());
  for (std::string line; std::getline(seeds, line);) {
    if (line.empty() || line[0] == '#') continue;
    // The number is first; what the seed once broke follows.
    const std::uint64_t seed = std::stoull(line, nullptr, 0);
    const Outcome outcome = simulate(seed);
    EXPECT_TRUE(outcome.ok) << line << ": " << outcome.broken;
  }
}

}  // namespace
}  // namespace mingyue::twin
