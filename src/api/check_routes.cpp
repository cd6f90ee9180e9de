#include <fmt/format.h>

#include <algorithm>
#include <chrono>

#include "api/posted_job.hpp"
#include "core/money.hpp"
#include "sched/sentence.hpp"
#include "whatif/answer.hpp"
#include "wire/check.hpp"

/// POST /v1/jobs/check: what would come of a job, without taking it. Nothing is changed.
///
///   1. the body is read as a submission's is, with all its faults;
///   2. the core's own `decide` says whether it would take it;
///   3. a copy of the state is run on until the job starts (whatif/answer.hpp), on the thread for such questions.
namespace mingyue::api {
namespace {

constexpr Duration horizon = days(30);
constexpr std::int32_t futures_max = 16;
constexpr std::chrono::milliseconds time_max{1'500};  ///< for further futures; one is always run

wire::CheckedJob checked_job(const model::JobSpec& spec) {
  wire::CheckedJob job{.name = spec.name,
                       .user = spec.user,
                       .project = spec.project,
                       .partition = spec.partition,
                       .priority_class = spec.priority_class,
                       .kind = spec.kind,
                       .tasks = spec.tasks(),
                       .tasks_least = spec.tasks_least(),
                       .qubits = spec.qpu() == nullptr ? 0 : spec.qpu()->qubits,
                       .wall = spec.wall,
                       .elements = static_cast<std::int64_t>(std::max<std::size_t>(1, spec.indices.size())),
                       .preemptible = spec.preemptible,
                       .hold = spec.hold};
  for (const model::Part& part : spec.parts) {
    job.cores += static_cast<std::int64_t>(part.tasks) * part.need.cores.raw();
    job.cards += static_cast<std::int64_t>(part.tasks) * part.need.cards.raw();
    job.memory = job.memory + part.need.memory * part.tasks;
    if (part.need.cards > CardCount{0} && job.card_type.empty()) job.card_type = part.need.card_type;
  }
  return job;
}

/// To the minute, as forecasts are told.
std::string minute(Instant t) { return print_instant(t).substr(0, 16) + "Z"; }

std::string sentence_of(const wire::JobCheck& check, const whatif::NewJobStart& start, Instant now, Language language) {
  const bool zh = language == Language::zh;
  if (!check.promised) {
    if (start.wait) return sched::sentence(*start.wait, language);
    return zh ? "按目前所知，30 天内不会开始" : "as far as is known now, it would not start within 30 days";
  }
  if (*check.promised <= now) return zh ? "会立即开始" : "it would start at once";
  std::string text =
      fmt::format(fmt::runtime(zh ? "若运行中与排队中的作业都用满时限，将于 {} 开始"
                                  : "it would start at {}, if all that runs and waits now uses its whole wall limit"),
                  minute(*check.promised));
  if (check.start && check.start->likely < *check.promised)
    text += fmt::format(fmt::runtime(zh ? "；预计 {} 左右" : "; likely about {}"), minute(check.start->likely));
  return text;
}

/// What does not need a look into the future.
std::string known_at_once(const core::State& state, const model::JobSpec& spec, Language language) {
  const bool zh = language == Language::zh;
  if (spec.hold) return zh ? "提交后保持挂起，放行后才会开始" : "it would be held, and starts when it is released";
  const auto& all = state.centre.partitions;
  const auto partition = std::ranges::find(all, spec.partition, &model::Partition::name);
  if (partition == all.end() || !partition->guest) return {};
  return zh ? fmt::format("何时开始由引擎 {} 自身的队列决定", partition->engine)
            : fmt::format("the own queue of engine {} would decide when it starts", partition->engine);
}

/// One moment of the centre, for itself; empty where nothing is to be run on.
struct Moment {
  std::optional<core::State> state;
  ledger::Book book;
  Instant now;
  std::shared_ptr<const forecast::RunTimes> run_times;
};

/// On the core's thread: what `decide` and the accounts say; and a copy to run on, if it would be taken.
Moment look(const runtime::View& view, const core::SubmitJob& wish, Language language, wire::JobCheck& check) {
  const model::JobSpec& spec = *wish.spec;
  if (const auto decided = core::decide(view.state, core::Command(wish), view.now); !decided) {
    check.errors.push_back(decided.error());
  }
  check.good = check.errors.empty();
  const auto elements = static_cast<std::int64_t>(std::max<std::size_t>(1, spec.indices.size()));
  check.credits_at_most =
      core::price_at_limit(view.state.centre, view.state.kinds, spec, spec.tasks(), core::AnyCard::dearest) * elements;
  const auto& projects = view.state.centre.projects;
  const auto project = std::ranges::find(projects, spec.project, &model::Project::name);
  if (project != projects.end() && project->has_budget) {
    const auto account = view.state.accounts.find(spec.project);
    check.available = account == view.state.accounts.end() ? Credits{} : account->second.available();
    check.covered = core::within_budget(view.state, spec);
  }
  if (!check.good) return {};
  check.start_sentence = known_at_once(view.state, spec, language);
  if (!check.start_sentence.empty()) return {};
  return {view.state, view.book, view.now, view.run_times};
}

void run_on(Moment moment, const core::SubmitJob& wish, Language language, wire::JobCheck& check) {
  const auto begin = std::chrono::steady_clock::now();
  const Instant now = moment.now;
  const auto start = whatif::start_of(std::move(*moment.state), std::move(moment.book), now,
                                      {*wish.spec, wish.ended_targets}, horizon, futures_max, moment.run_times.get(),
                                      [begin] { return std::chrono::steady_clock::now() - begin < time_max; });
  if (!start) return;  // decide has just taken it
  check.promised = start->at_limits;
  if (start->drawn.early && start->drawn.middle && start->drawn.late)
    check.start = wire::CheckedStart{*start->drawn.early, *start->drawn.middle, *start->drawn.late, start->futures};
  check.start_sentence = sentence_of(check, *start, now, language);
}

struct Asked {
  Call call;
  core::SubmitJob wish;
  wire::JobCheck check;
};

void check_wish(Parts& parts, Call call, core::SubmitJob wish, wire::JobCheck check) {
  if (!wish.spec->dependencies.empty()) {
    auto targets = ended_targets(wish.spec, parts.history);
    if (!targets) return call.refuse(problem_of(targets.error()));
    wish.ended_targets = std::move(*targets);
  }
  const auto box = std::make_shared<Asked>(std::move(call), std::move(wish), std::move(check));
  const auto work = [&parts, box] {
    Moment moment;
    parts.centre.ask_and_wait(
        [&](const runtime::View& view) { moment = look(view, box->wish, box->call.language, box->check); });
    if (moment.state) run_on(std::move(moment), box->wish, box->call.language, box->check);
    box->call.send(box->check);
  };
  if (!parts.explainers.post(work)) box->call.refuse(busy());
}

void check_read(Parts& parts, Call call, const model::Centre& centre) {
  wire::JobCheck check;
  auto read = read_posted(call, centre);
  if (!read) {
    check.errors = std::move(read).error();
    return call.send(check);
  }
  check.job = checked_job(read->spec);
  check.notes = std::move(read->notes);
  core::SubmitJob wish{.by = call.caller.actor(), .spec = std::move(read->spec)};
  check_wish(parts, std::move(call), std::move(wish), std::move(check));
}

void check_job(Parts& parts, Call call) {
  if (const auto checked = check_posted(call); !checked) return call.refuse(checked.error());
  // What has ended in the state is in the tables once they have caught up with it: dependencies are looked up there.
  using Described = std::shared_ptr<const model::Centre>;
  const auto look = [&parts](const runtime::View& view, const Call&) -> Expected<Described, http::Problem> {
    return parts.described.renew(view.state.centre);
  };
  look_then_read(parts, std::move(call), look, [&parts](Call on, const Described& centre, Durable::Reached) {
    check_read(parts, std::move(on), *centre);
  });
}

}  // namespace

void add_check_route(Parts& parts, Routes& routes) {
  routes.add({.method = "POST",
              .pattern = "/v1/jobs/check",
              .id = "checkJob",
              .summary = "What would come of a job, without submitting it: all its faults, what it would cost at most, "
                         "whether its budget covers that, when it would start",
              .access = Access::submitters,
              .query = posted_params(),
              .bodies = posted_bodies(),
              .answers = {json_of<wire::JobCheck>()},
              .errors = {415},
              .options = {.needs_body = true}},
             [&parts](Call call) { check_job(parts, std::move(call)); });
}

}  // namespace mingyue::api
