#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "base/expected.hpp"
#include "base/hash.hpp"
#include "core/event.hpp"
#include "twin/scenario.hpp"

namespace mingyue::twin {

/// One simulated life of a whole centre: its nodes and users, hours or days of work, and faults; a scenario, written
/// (scenario.hpp) or drawn from a seed (swarm.hpp). The kernel and the planner are those of the live centre; engine,
/// disk and clock are simulated.
///
/// Safety is checked at every step: leases, ledger and core agree, no attempt starts twice, no job has two attempts at
/// once. Of every lease that was granted the laws of twin/lease_laws.hpp are checked. Then the faults stop and liveness
/// is checked: every job that can end, ends; every acknowledged job has exactly one outcome in history; the classes sum
/// to capacity × time; the log, read from its first record, gives the same state, and its decisions made again are the
/// same.
struct Outcome {
  bool ok = false;
  std::string broken;  ///< the sentence that did not hold
  std::string law;     ///< ... without what differs from run to run: two failures of one law have the same
  std::uint64_t steps = 0;
  std::uint64_t events = 0;
  std::uint64_t jobs = 0;  ///< acknowledged
  std::uint64_t attempts = 0;
  std::uint64_t crashes = 0;
  std::uint64_t node_losses = 0;
  std::uint64_t disk_faults = 0;
  std::uint64_t elastic = 0;     ///< attempts with fewer tasks than the most that their jobs may have
  std::uint64_t on_spares = 0;   ///< attempts that held a spare node
  std::uint64_t moves = 0;       ///< attempts that were asked to go on elsewhere
  std::uint64_t plan_steps = 0;  ///< plans that went on from the one before
  std::int64_t simulated_ms = 0;
  Hash state{};                 ///< at the end
  Hash log{};                   ///< of the last record
  std::uint64_t last_draw = 0;  ///< says that the whole story was the same

  friend bool operator==(const Outcome&, const Outcome&) = default;
};

/// A law of one's own: hears every event that was decided, and says what is wrong with it.
using Law = std::function<std::optional<std::string>(const core::Event&)>;

struct RunOptions {
  std::vector<Law> laws;                         ///< beside those that always hold
  std::function<void(const std::string&)> tell;  ///< hears the timeline
};

/// A scenario whose words nobody knows is refused, with all that is wrong with it. What the scenario expects and does
/// not happen is a broken law.
[[nodiscard]] Expected<Outcome, std::vector<Refusal>> simulate(const Scenario& scenario,
                                                               const RunOptions& options = {});
/// The scenario that the seed draws.
[[nodiscard]] Outcome simulate(std::uint64_t seed, const RunOptions& options = {});

struct SeedRun {
  std::uint64_t seeds = 0;
  std::uint64_t failed = 0;
  Outcome sum;  ///< counts of all seeds together
};

/// Runs seeds first, first + 1, ...: each twice, and compares. `tell` gets a line for each failure, with the command
/// that reproduces it.
[[nodiscard]] SeedRun run_seeds(std::uint64_t first, std::uint64_t count,
                                const std::function<void(const std::string&)>& tell);

}  // namespace mingyue::twin
