#include <fmt/format.h>
#include <sys/resource.h>

#include <cstdio>
#include <ctime>
#include <string_view>

#include "base/prng.hpp"
#include "base/units.hpp"
#include "sched/line_planner.hpp"

/// What a plan costs, in CPU time of one core: the whole queue examined and promised (with conservative, a promise for
/// everyone), and again after one job ends or arrives.
///
///   plan_bench                     the sizes with a target, and how it grows
///   plan_bench JOBS NODES POLICY   one size, as a row of figures for programs (bench/plot_growth.py draws them)
namespace {
using namespace mingyue;
using sched::Room;

double cpu() { return static_cast<double>(std::clock()) / CLOCKS_PER_SEC; }

std::int32_t draw_cards(Prng& prng) {
  // Cards per job as on Seren (Acme, NSDI '24), with some larger gangs: half are of one card.
  const auto dice = prng.below(1000);
  if (dice < 540) return 1;
  if (dice < 640) return 2;
  if (dice < 740) return 4;
  if (dice < 970) return 8;
  if (dice < 980) return 16;
  if (dice < 988) return 32;
  if (dice < 993) return 64;
  if (dice < 998) return 128;
  return 256 << prng.below(3);
}

/// Milliseconds of CPU time.
struct Cost {
  double whole = 0;  ///< the first plan of the whole queue
  double end = 0;    ///< after an end, on average
  double end_worst = 0;
  double arrival = 0;
  double arrival_worst = 0;
};

Cost cost_of(std::int32_t nodes, std::int32_t jobs, sched::Backfill policy) {
  const Room total{CoreCount{128}, Bytes{0}, CardCount{8}};
  std::vector<sched::LineNode> all;
  for (std::int32_t i = 0; i < nodes; ++i) all.push_back({total, 0, i / 32});
  sched::LinePlanner planner(std::move(all), policy, Instant{0});
  Prng prng(1);
  sched::JobNumber next = 0;
  const auto arrive = [&](std::int64_t t) {
    const std::int32_t cards = draw_cards(prng);
    const std::int32_t each = std::min(cards, 8);
    const Room need{CoreCount{each * 16}, Bytes{0}, CardCount{each}};
    constexpr std::int64_t minutes_of[] = {10, 30, 60, 120, 240, 480, 720, 1440, 2880, 4320};
    const Duration wall = prng.chance(1, 2) ? minutes(minutes_of[prng.below(10)])
                                            : minutes(1 + static_cast<std::int64_t>(prng.below(4320)));
    planner.arrive(next++, sched::key_of(policy, Instant{t}, wall, cards),
                   *sched::demand_of(0, total, cards / each, need), wall);
  };
  // Fill the machine: what runs is what a while of the same work leaves running.
  std::vector<sched::JobNumber> running;
  while (planner.waiting() < 50) {
    arrive(0);
    if (next % 64 == 0) {
      for (const auto& one : planner.step(Instant{0})) running.push_back(one.job);
    }
  }
  while (planner.waiting() < static_cast<std::size_t>(jobs)) arrive(1);
  double begin = cpu();
  auto starts = planner.step(Instant{2});
  const double whole = cpu() - begin;
  for (const auto& one : starts) running.push_back(one.job);
  constexpr int rounds = 20;
  double worst_end = 0, sum_end = 0, sum_arrive = 0, worst_arrive = 0;
  for (int i = 0; i < rounds; ++i) {
    const std::size_t which = prng.below(running.size());
    planner.end(running[which], Instant{1000 + i});
    running.erase(running.begin() + static_cast<std::ptrdiff_t>(which));
    begin = cpu();
    for (const auto& one : planner.step(Instant{1000 + i})) running.push_back(one.job);
    sum_end += cpu() - begin;
    worst_end = std::max(worst_end, cpu() - begin);
    arrive(1000 + i);
    begin = cpu();
    for (const auto& one : planner.step(Instant{1000 + i})) running.push_back(one.job);
    sum_arrive += cpu() - begin;
    worst_arrive = std::max(worst_arrive, cpu() - begin);
  }
  return {.whole = whole * 1000,
          .end = sum_end / rounds * 1000,
          .end_worst = worst_end * 1000,
          .arrival = sum_arrive / rounds * 1000,
          .arrival_worst = worst_arrive * 1000};
}

void measure(std::int32_t nodes, std::int32_t jobs, sched::Backfill policy, const char* target) {
  const Cost cost = cost_of(nodes, jobs, policy);
  fmt::print(
      "{:>7} waiting, {:>6} nodes x 8, {:<12}: whole plan {:8.1f} ms (target {}); after an end {:.2f} ms, worst "
      "{:.2f}; after an arrival {:.2f}, worst {:.2f} (target under 10)\n",
      jobs, nodes, sched::print_backfill(policy), cost.whole, target, cost.end, cost.end_worst, cost.arrival,
      cost.arrival_worst);
}

/// `plan_bench JOBS NODES POLICY`
int measure_one(std::string_view jobs, std::string_view nodes, std::string_view policy) {
  const auto jobs_read = parse_integer(jobs, 100, 1'000'000);
  const auto nodes_read = parse_integer(nodes, 10, 100'000);
  const auto policy_read = sched::parse_backfill(policy);
  if (!jobs_read || !nodes_read || !policy_read) {
    fmt::print(stderr, "plan_bench: 100 to 1000000 jobs, 10 to 100000 nodes, and a policy by its name\n");
    return 2;
  }
  const auto cost =
      cost_of(static_cast<std::int32_t>(*nodes_read), static_cast<std::int32_t>(*jobs_read), *policy_read);
  fmt::print("jobs,nodes,policy,whole_ms,end_ms,end_worst_ms,arrival_ms,arrival_worst_ms\n");
  fmt::print("{},{},{},{:.2f},{:.3f},{:.3f},{:.3f},{:.3f}\n", *jobs_read, *nodes_read,
             sched::print_backfill(*policy_read), cost.whole, cost.end, cost.end_worst, cost.arrival,
             cost.arrival_worst);
  return 0;
}
}  // namespace

int main(int count, char** arguments) {
  using sched::Backfill;
  if (count == 4) return measure_one(arguments[1], arguments[2], arguments[3]);
  measure(1'250, 6'000, Backfill::aged, "under 300");
  measure(1'250, 6'000, Backfill::conservative, "under 300");
  measure(10'000, 100'000, Backfill::aged, "under 1000");
  measure(10'000, 100'000, Backfill::conservative, "under 1000");
  fmt::print("How it grows with jobs and with nodes:\n");
  for (const std::int32_t jobs : {10'000, 30'000}) measure(10'000, jobs, Backfill::conservative, "under 1000");
  for (const std::int32_t nodes : {1'000, 3'000}) measure(nodes, 100'000, Backfill::conservative, "under 1000");
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  fmt::print("{} MB at most\n", usage.ru_maxrss / 1024);
}
