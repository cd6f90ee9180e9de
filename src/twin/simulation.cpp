#include "twin/simulation.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/invariant.hpp"
#include "twin/scenario_actions.hpp"
#include "twin/swarm.hpp"

namespace mingyue::twin {
namespace {

/// What was expected and did not happen, or happened and was not to.
void check_expected(const Scenario& scenario, const std::vector<std::string>& timeline, Outcome& outcome) {
  for (const Expectation& expected : scenario.expected) {
    const bool happened = std::ranges::any_of(timeline, [&](const std::string& line) {
      return expected.never ? line.substr(line.find(' ') + 1).starts_with(expected.text) : line == expected.text;
    });
    if (happened != expected.never) continue;
    outcome.ok = false;
    outcome.broken =
        fmt::format("line {}: {}: {}", expected.line,
                    expected.never ? "this happened and should not" : "this did not happen", expected.text);
    outcome.law = "expected " + expected.text;
    return;
  }
}

}  // namespace

Expected<Outcome, std::vector<Refusal>> simulate(const Scenario& scenario, const RunOptions& options) {
  throw_on_broken_invariant(true);
  auto prepared = ready(scenario);
  if (!prepared) return std::unexpected(std::move(prepared).error());
  std::vector<std::string> timeline;
  RunOptions heard{.laws = options.laws, .tell = options.tell};
  if (!scenario.expected.empty()) {
    heard.tell = [&](const std::string& line) {
      timeline.push_back(line);
      if (options.tell) options.tell(line);
    };
  }
  Outcome outcome = SimulatedWorld(std::move(prepared->settings), heard).run(prepared->story);
  if (outcome.ok) check_expected(scenario, timeline, outcome);
  return outcome;
}

Outcome simulate(std::uint64_t seed, const RunOptions& options) {
  const auto outcome = simulate(draw_swarm(seed).scenario, options);
  INVARIANT(outcome.has_value(), "the seed {:#x} draws what nobody reads: line {}: {}", seed,
            outcome ? 0 : outcome.error().front().line, outcome ? "" : outcome.error().front().message);
  return *outcome;
}

SeedRun run_seeds(std::uint64_t first, std::uint64_t count, const std::function<void(const std::string&)>& tell) {
  SeedRun run;
  for (std::uint64_t seed = first; seed < first + count; ++seed) {
    const Outcome once = simulate(seed);
    const Outcome twice = simulate(seed);
    ++run.seeds;
    run.sum.steps += once.steps;
    run.sum.events += once.events;
    run.sum.jobs += once.jobs;
    run.sum.attempts += once.attempts;
    run.sum.crashes += once.crashes;
    run.sum.node_losses += once.node_losses;
    run.sum.disk_faults += once.disk_faults;
    run.sum.elastic += once.elastic;
    run.sum.on_spares += once.on_spares;
    run.sum.plan_steps += once.plan_steps;
    run.sum.moves += once.moves;
    run.sum.simulated_ms += once.simulated_ms;
    const bool same = once == twice;
    if (once.ok && same) continue;
    ++run.failed;
    tell(fmt::format("seed {:#x} ({}): {}\n  again: mingyue twin seeds --seed {:#x} --minimise", seed,
                     words_of(draw_swarm(seed).choices),
                     same ? once.broken : "two runs of this seed differ: " + once.broken + " / " + twice.broken, seed));
  }
  return run;
}

}  // namespace mingyue::twin
