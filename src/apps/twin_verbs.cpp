#include "apps/twin_verbs.hpp"

#include <cstdlib>

#include "base/text.hpp"
#include "twin/simulation.hpp"

namespace mingyue::apps {

int twin_seeds_verb(client::Session& session, const std::string& first, std::uint64_t count) {
  char* end = nullptr;
  const std::uint64_t from = std::strtoull(first.c_str(), &end, 0);
  if (*end != '\0' || first.empty()) {
    fmt::print(stderr, "mingyue: {}\n", session.text("twin.first", shown(first)));
    return static_cast<int>(client::Exit::usage);
  }
  twin::SeedRun sum;
  constexpr std::uint64_t at_once = 25;
  for (std::uint64_t done = 0; done < count; done += at_once) {
    const auto run = twin::run_seeds(from + done, std::min(at_once, count - done),
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
    fmt::print(stderr, "{}\n", session.text("twin.progress", sum.seeds, count, sum.failed));
  }
  client::out(session.text("twin.sum", sum.seeds, sum.failed, sum.sum.jobs, sum.sum.attempts, sum.sum.events,
                           sum.sum.crashes, sum.sum.node_losses, sum.sum.disk_faults,
                           static_cast<double>(sum.sum.simulated_ms) / 86'400'000.0) +
              "\n");
  return sum.failed == 0 ? 0 : 1;
}

}  // namespace mingyue::apps
