#include "apps/twin_verbs.hpp"

#include <cstdlib>
#include <fstream>
#include <iostream>
#include <iterator>
#include <optional>

#include "base/text.hpp"
#include "twin/minimise.hpp"
#include "twin/simulation.hpp"
#include "twin/swarm.hpp"

namespace mingyue::apps {
namespace {

using client::Exit;

std::optional<std::uint64_t> seed_of(const client::Session& session, const char* option, const std::string& text) {
  char* end = nullptr;
  const std::uint64_t seed = std::strtoull(text.c_str(), &end, 0);
  if (*end == '\0' && !text.empty()) return seed;
  fmt::print(stderr, "mingyue: {}\n", session.text("twin.first", option, shown(text)));
  return std::nullopt;
}

bool write_file(const client::Session& session, const std::string& path, const twin::Scenario& scenario) {
  std::ofstream file(path, std::ios::binary | std::ios::trunc);
  file << write_scenario(scenario);
  file.close();
  if (file) return true;
  fmt::print(stderr, "mingyue: {}\n", session.text("twin.unwritten", shown(path, 200)));
  return false;
}

/// Runs it, and where that is wished makes it small and writes it.
int run_one(client::Session& session, twin::Scenario scenario, const std::string& write, bool minimise,
            const std::string& name) {
  const twin::RunOptions heard{.laws = {}, .tell = [](const std::string& line) { client::out(line + "\n"); }};
  const auto outcome = twin::simulate(scenario, minimise ? twin::RunOptions{} : heard);
  if (!outcome) return static_cast<int>(client::tell(session, client::Failure{422, outcome.error()}, name));
  if (outcome->ok) {
    client::out(session.text("twin.held", outcome->jobs, outcome->attempts, outcome->events, outcome->crashes,
                             outcome->node_losses, outcome->disk_faults,
                             static_cast<double>(outcome->simulated_ms) / 3'600'000.0) +
                "\n");
  } else {
    client::out(outcome->broken + "\n");
    if (minimise) {
      const std::size_t before = scenario.story.size();
      const twin::Minimised small = twin::minimise_failure(scenario);
      scenario = small.scenario;
      scenario.comments.push_back(outcome->broken);
      client::out(session.text("twin.minimised", before, scenario.story.size(), small.runs) + "\n");
      if (write.empty()) client::out(write_scenario(scenario));
    }
  }
  if (!write.empty() && !write_file(session, write, scenario)) return static_cast<int>(Exit::job_failed);
  return outcome->ok ? 0 : static_cast<int>(Exit::job_failed);
}

}  // namespace

int twin_seeds_verb(client::Session& session, const TwinSeedsOptions& options) {
  if (!options.seed.empty()) {
    const auto seed = seed_of(session, "--seed", options.seed);
    if (!seed) return static_cast<int>(Exit::usage);
    const twin::Swarm swarm = twin::draw_swarm(*seed);
    client::out(fmt::format("seed {:#x}, {}\n", *seed, words_of(swarm.choices)));
    return run_one(session, swarm.scenario, options.write, options.minimise, fmt::format("{:#x}", *seed));
  }
  const auto from = seed_of(session, "--first", options.first);
  if (!from) return static_cast<int>(Exit::usage);
  twin::SeedRun sum;
  constexpr std::uint64_t at_once = 25;
  for (std::uint64_t done = 0; done < options.count; done += at_once) {
    const auto run = twin::run_seeds(*from + done, std::min(at_once, options.count - done),
                                     [](const std::string& line) { client::out(line + "\n"); });
    sum.seeds += run.seeds;
    sum.failed += run.failed;
    sum.sum.events += run.sum.events;
    sum.sum.jobs += run.sum.jobs;
    sum.sum.attempts += run.sum.attempts;
    sum.sum.crashes += run.sum.crashes;
    sum.sum.node_losses += run.sum.node_losses;
    sum.sum.disk_faults += run.sum.disk_faults;
    sum.sum.simulated_ms += run.sum.simulated_ms;
    fmt::print(stderr, "{}\n", session.text("twin.progress", sum.seeds, options.count, sum.failed));
  }
  client::out(session.text("twin.sum", sum.seeds, sum.failed, sum.sum.jobs, sum.sum.attempts, sum.sum.events,
                           sum.sum.crashes, sum.sum.node_losses, sum.sum.disk_faults,
                           static_cast<double>(sum.sum.simulated_ms) / 86'400'000.0) +
              "\n");
  return sum.failed == 0 ? 0 : static_cast<int>(Exit::job_failed);
}

int twin_scenario_verb(client::Session& session, const TwinScenarioOptions& options) {
  std::string text;
  if (options.file == "-") {
    text.assign(std::istreambuf_iterator<char>(std::cin), {});
  } else {
    std::ifstream file(options.file, std::ios::binary);
    text.assign(std::istreambuf_iterator<char>(file), {});
    if (!file.good() && text.empty()) {
      fmt::print(stderr, "mingyue: {}\n", session.text("twin.unread", shown(options.file, 200)));
      return static_cast<int>(Exit::not_found);
    }
  }
  auto scenario = twin::read_scenario(text);
  if (!scenario) return static_cast<int>(client::tell(session, client::Failure{422, scenario.error()}, options.file));
  return run_one(session, std::move(*scenario), options.write, options.minimise, options.file);
}

}  // namespace mingyue::apps
