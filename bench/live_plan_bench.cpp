#include <fmt/format.h>

#include <algorithm>
#include <ctime>
#include <random>

#include "core/event.hpp"
#include "sched/kept_plan.hpp"
#include "sched/plan_book.hpp"

/// What one plan of the live centre costs: `live_plan_bench [NODES JOBS]`. Snapshot in, plan out, with an order by all
/// terms, a promise and a reason for each waiting job; and the hash that names it. Then what it costs to go on from it:
/// a running job has ended, or a job has come; step, hash, and the plan put together for whoever looks.
namespace {
using namespace mingyue;

double cpu() { return static_cast<double>(std::clock()) / CLOCKS_PER_SEC; }

/// Twenty early ends and twenty arrivals, in turn, a second apart; whoever reaches the limit meanwhile ends too.
void go_on(const sched::Snapshot& s) {
  sched::KeptPlan kept(s, {});
  sched::PlanBook book;
  sched::Plan whole = kept.plan();
  std::vector<model::JobId> granted;
  for (const sched::Start& start : whole.starts) granted.push_back(start.job);
  book.take(std::move(whole));
  std::vector<double> of_ends;
  std::vector<double> of_arrivals;
  std::vector<double> looks;
  std::size_t starts = 0;
  std::size_t moved = 0;
  Instant now = s.now;
  std::mt19937_64 draw(2);
  std::vector<bool> over(s.running.size());
  const auto end = [&](sched::PlanNews& news, std::size_t one) {
    if (!over[one]) news.ended.push_back(s.running[one].attempt.job);
    over[one] = true;
  };
  for (int i = 0; i < 40; ++i) {
    now = now + seconds(1);
    sched::PlanNews news{.granted = std::move(granted)};
    if (i % 2 == 0) {
      std::size_t one = draw() % s.running.size();
      while (over[one]) one = draw() % s.running.size();
      end(news, one);
    } else {
      sched::WaitingView job = s.waiting[draw() % s.waiting.size()];
      job.id = model::JobId{static_cast<std::uint64_t>(2'000'000 + i)};
      job.eligible_since = now;
      news.waiting = {job};
    }
    for (std::size_t one = 0; one < s.running.size(); ++one)
      if (s.running[one].ends_by <= now) end(news, one);
    const double begin = cpu();
    auto step = kept.go_on(now, std::move(news));
    if (!step) {
      fmt::print("        a whole plan is needed\n");
      return;
    }
    (void)core::plan_hash(*step);
    const double stepped = cpu();
    (i % 2 == 0 ? of_ends : of_arrivals).push_back(stepped - begin);
    granted.clear();
    for (const sched::Start& start : step->starts) granted.push_back(start.job);
    starts += step->starts.size();
    moved += step->repromised.size();
    book.take(std::move(*step));
    const double taken = cpu();
    (void)book.plan();
    looks.push_back(cpu() - taken);
  }
  const auto words = [](std::vector<double>& times) {
    const double first = times.front();
    std::ranges::sort(times);
    return fmt::format("{:.1f} ms (first {:.1f}, worst {:.1f})", times[times.size() / 2] * 1e3, first * 1e3,
                       times.back() * 1e3);
  };
  fmt::print(
      "        goes on: after an end {}, after an arrival {} (target 10); put together {}; {} started, {} promises "
      "moved\n",
      words(of_ends), words(of_arrivals), words(looks), starts, moved);
}

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
  go_on(s);
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
