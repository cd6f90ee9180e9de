#include <fmt/format.h>

#include <ctime>
#include <random>

#include "sched/plan.hpp"

/// What one plan of the live centre costs: `live_plan_bench [NODES JOBS]`. Snapshot in, plan out, with an order by all
/// terms, a promise and a reason for each waiting job.
namespace {
using namespace mingyue;

double cpu() { return static_cast<double>(std::clock()) / CLOCKS_PER_SEC; }

void measure(int nodes, int jobs) {
  std::mt19937_64 draw(1);
  sched::Snapshot s;
  s.now = Instant{1'800'000'000'000};
  s.partitions = {{"main", days(30)}};
  const sched::Room total{CoreCount{64}, Bytes{std::int64_t{1} << 40}, CardCount{8}};
  for (int i = 0; i < nodes; ++i) {
    s.nodes.push_back({.id = model::NodeId{static_cast<std::uint32_t>(i)},
                       .name = fmt::format("n{}", i),
                       .switch_name = fmt::format("leaf{}", i / 32),
                       .card_type = "card",
                       .total = total,
                       .free = total});
  }
  // Full, with nodes that come free over the next two days.
  for (int i = 0; i < nodes; ++i) {
    const sched::Room held{CoreCount{64}, Bytes{0}, CardCount{8}};
    s.nodes[static_cast<std::size_t>(i)].free = {CoreCount{0}, total.memory, CardCount{0}};
    s.running.push_back({.attempt = {model::JobId{static_cast<std::uint64_t>(i) + 1}, 1},
                         .ends_by = s.now + seconds(static_cast<std::int64_t>(draw() % 172'800)),
                         .project = fmt::format("p{}", i % 40),
                         .user = fmt::format("u{}", i % 400),
                         .holds = {{model::NodeId{static_cast<std::uint32_t>(i)}, held}}});
  }
  std::vector<model::JobSpec> specs(static_cast<std::size_t>(jobs));
  constexpr int sizes[] = {1, 1, 1, 1, 1, 2, 4, 8, 8, 8, 16, 32, 64, 128, 256};
  for (int i = 0; i < jobs; ++i) {
    model::JobSpec& spec = specs[static_cast<std::size_t>(i)];
    const int cards = sizes[draw() % std::size(sizes)];
    const int a_task = std::min(cards, 8);
    spec.parts.push_back({.name = "main",
                          .tasks = cards / a_task,
                          .need = {CoreCount{a_task * 8}, Bytes{0}, CardCount{a_task}, "card"},
                          .command = {"true"}});
    s.waiting.push_back({.id = model::JobId{static_cast<std::uint64_t>(1'000'000 + i)},
                         .project = fmt::format("p{}", i % 40),
                         .user = fmt::format("u{}", i % 400),
                         .wall = seconds(600 + static_cast<std::int64_t>(draw() % 172'800)),
                         .eligible_since = s.now - seconds(static_cast<std::int64_t>(draw() % 172'800)),
                         .spec = &spec});
  }
  const double begin = cpu();
  const sched::Plan plan = sched::plan(s);
  const double took = cpu() - begin;
  std::size_t promised = 0;
  for (const sched::Wait& wait : plan.waits) promised += wait.promised.has_value() ? 1 : 0;
  fmt::print("{:>7} jobs on {:>6} nodes x 8: {:8.1f} ms (target for 100,000 on 10,000: 1,000); {} start, {} promised\n",
             jobs, nodes, took * 1e3, plan.starts.size(), promised);
}
}  // namespace

int main(int argc, char** argv) {
  if (argc == 3) {
    measure(std::stoi(argv[1]), std::stoi(argv[2]));
    return 0;
  }
  measure(1'250, 6'000);
  measure(10'000, 10'000);
  measure(10'000, 100'000);
}
