#include <fmt/format.h>

#include <chrono>
#include <ctime>
#include <random>

#include "core/command.hpp"
#include "core/planner_input.hpp"
#include "ledger/book.hpp"
#include "whatif/answer.hpp"

/// What if, asked of a full centre of 10,000 cards with a standing queue: `whatif_bench [WAITING] [FUTURES]`. From the
/// question to the first answer (one future with and without the change), and for many seven-day futures on two
/// threads.
namespace {
using namespace mingyue;

constexpr Instant noon{1'785'672'000'000};
constexpr int nodes = 1'250;

struct Live {
  core::State state;
  ledger::Book book;
  Instant now = noon;

  void run(core::Command command) {
    auto decided = core::decide(state, std::move(command), now);
    if (!decided) {
      fmt::print("refused: {}\n", decided.error().message);
      std::exit(1);
    }
    std::vector<ledger::Use> uses;
    for (core::EventBody& body : *decided) {
      core::Event event{now, std::move(body)};
      uses.clear();
      ledger::record(book, event, uses);
      core::apply(state, event);
    }
  }
};

double wall_now() { return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count(); }
}  // namespace

int main(int argc, char** argv) {
  const int waiting = argc > 1 ? std::stoi(argv[1]) : 20'000;
  const int futures = argc > 2 ? std::stoi(argv[2]) : 100;
  std::mt19937_64 draw(1);
  model::Centre centre{.name = "full"};
  centre.card_types = {{"card", "", "CUDA_VISIBLE_DEVICES", Bytes{0}}};
  centre.partitions = {{"main", days(30)}};
  centre.classes = {{"normal", 100, false}};
  for (int p = 0; p < 40; ++p) centre.projects.push_back({.name = fmt::format("p{}", p)});
  for (int u = 0; u < 400; ++u)
    centre.users.push_back({fmt::format("u{}", u), model::Role::member, {fmt::format("p{}", u % 40)}});
  for (int s = 0; s * 32 < nodes; ++s) centre.switches.push_back({fmt::format("leaf{}", s), ""});
  for (int i = 0; i < nodes; ++i) {
    centre.nodes.push_back({.id = model::NodeId{static_cast<std::uint32_t>(i)},
                            .name = fmt::format("n{}", i),
                            .partition = "main",
                            .switch_name = fmt::format("leaf{}", i / 32),
                            .cores = CoreCount{64},
                            .memory = Bytes{std::int64_t{1} << 40},
                            .card_type = "card",
                            .cards = CardCount{8},
                            .is_virtual = true});
  }
  Live live;
  live.run(core::ConfigureCentre{centre, {}});
  constexpr int sizes[] = {1, 1, 1, 1, 1, 1, 2, 2, 4, 8, 8, 8, 16, 32, 64, 128, 256};
  const core::Actor root{"root", model::Role::operator_};
  const auto submit = [&] {
    core::SubmitJob wish{.by = root};
    model::JobSpec& spec = wish.spec.edit();
    const int cards = sizes[draw() % std::size(sizes)];
    const int a_task = std::min(cards, 8);
    const auto user = static_cast<int>(draw() % 400);
    spec.name = "job";
    spec.user = fmt::format("u{}", user);
    spec.project = fmt::format("p{}", user % 40);
    spec.partition = "main";
    spec.priority_class = "normal";
    spec.wall = seconds(600 + static_cast<std::int64_t>(draw() % 86'400));
    spec.parts.push_back({.name = "main",
                          .tasks = cards / a_task,
                          .need = {CoreCount{a_task * 8}, Bytes{0}, CardCount{a_task}, "card"},
                          .command = {"true"}});
    live.run(std::move(wish));
  };
  const auto plan = [&] {
    const core::PlannerInput input = core::planner_input(live.state, live.now);
    const sched::Plan made = sched::plan(input.snapshot);
    live.run(core::AdoptPlan{made.starts, made.preemptions, made.idle, {}, false});
    for (const sched::Start& start : made.starts) live.run(core::ReportLaunched{live.state.attempts.at(start.job).id});
  };
  while (live.state.attempts.size() < live.state.jobs.size() || live.state.attempts.size() < 500) {
    for (int i = 0; i < 100; ++i) submit();
    plan();
    if (live.state.jobs.size() > live.state.attempts.size()) break;  // full: the rest waits
  }
  while (live.state.waiting < static_cast<std::size_t>(waiting)) submit();
  plan();
  live.now = live.now + hours(1);
  fmt::print("{} nodes x 8 cards, {} jobs run, {} wait\n", nodes, live.state.attempts.size(), live.state.waiting);

  whatif::Question question;
  for (int i = 0; i < 32; ++i) question.drain.push_back(fmt::format("n{}", i));
  double begin = wall_now();
  auto answer = whatif::ask(live.state, live.book, live.now, question, 2);
  if (!answer) return 1;
  fmt::print("first answer, a switch drained, seven days: {:.2f} s (target 1); {} events\n", wall_now() - begin,
             answer->events);
  question.futures = futures;
  begin = wall_now();
  const double cpu = static_cast<double>(std::clock()) / CLOCKS_PER_SEC;
  answer = whatif::ask(live.state, live.book, live.now, question, 2);
  if (!answer) return 1;
  fmt::print(
      "{} seven-day futures, with and without: {:.1f} s, {:.1f} CPU s (target for 100 futures: 60 s on two cores)\n",
      futures, wall_now() - begin, static_cast<double>(std::clock()) / CLOCKS_PER_SEC - cpu);
}
