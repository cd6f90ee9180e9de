#include <fmt/format.h>

#include <ctime>
#include <random>

#include "core/event.hpp"
#include "sched/plan.hpp"

/// What one plan of the live centre costs: `live_plan_bench [NODES JOBS]`. Snapshot in, plan out, with an order by all
/// terms, a promise and a reason for each waiting job; and the hash that names it.
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
  const auto timed_plan = [&](double& took) {
    const double begin = cpu();
    sched::Plan plan = sched::plan(s);
    took = cpu() - begin;
    return plan;
  };
  double first = 0;  // with memory that the program has never used
  double again = 0;
  const sched::Plan plan = timed_plan(first);
  (void)timed_plan(again);
  const double begin = cpu();
  const Hash hash = core::plan_hash(plan);
  const double hashed = cpu() - begin;
  std::size_t promised = 0;
  for (const sched::Wait& wait : plan.waits) promised += wait.promised.has_value() ? 1 : 0;
  fmt::print(
      "{:>7} jobs on {:>6} nodes x 8: {:7.1f} ms the first time, {:7.1f} again (target for 100,000 on 10,000: 1,000), "
      "and {:5.1f} for the hash, {}; {} start, {} promised\n",
      jobs, nodes, first * 1e3, again * 1e3, hashed * 1e3, print_hex(hash).substr(0, 8), plan.starts.size(), promised);
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
