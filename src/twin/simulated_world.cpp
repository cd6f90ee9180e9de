#include "twin/simulated_world.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <exception>

#include "base/invariant.hpp"
#include "sched/plan.hpp"
#include "twin/sim_reservations.hpp"

namespace mingyue::twin {
namespace {

using model::JobId;

constexpr std::int64_t epoch_ms = 1'790'000'000'000;  // some day in 2026: the log shows dates
constexpr std::int64_t far_ms = INT64_MAX;
constexpr std::int64_t key_life_ms = 86'400'000;

/// What differs between two failures of one law is left out: the place of an invariant says which it is, other
/// sentences are told apart by their words.
std::string law_of(const std::string& broken) {
  if (const auto at = broken.find(": invariant broken"); at != std::string::npos) return broken.substr(0, at);
  std::string law;
  for (const char c : broken)
    if (c < '0' || c > '9') law += c;
  return law;
}

}  // namespace

SimulatedWorld::SimulatedWorld(WorldSettings settings, const RunOptions& options)
    : settings_(std::move(settings)),
      options_(options),
      engine_(Prng(settings_.engine_seed), settings_.engine, settings_.centre.nodes),
      timeline_(options.tell),
      planner_(settings_.plans) {
  store_.hold();
}

Outcome SimulatedWorld::run(const std::vector<Step>& story) {
  try {
    engine_.advance(clock());
    const auto configured = execute(core::ConfigureCentre{settings_.centre, {{"poor", Credits{50'000'000}}}});
    INVARIANT(configured.has_value(), "the centre is refused: {}", configured ? "" : configured.error().message);
    store_.sync();
    writes_due_ms_.clear();
    for (const Step& step : story) {
      if (step.at_ms > elapsed_ms_) go_on_until(step.at_ms);
      step.act(*this);
      plan();
      check();
    }
    go_on_until(std::max({elapsed_ms_, disk_full_until_ms_, back_at_ms_.value_or(0)}));
    calm();
    check_end();
    outcome_.ok = true;
  } catch (const std::exception& broken) {
    outcome_.broken = broken.what();
    outcome_.law = law_of(outcome_.broken);
  }
  outcome_.last_draw = engine_.last_draw();
  return outcome_;
}

Instant SimulatedWorld::instant(std::int64_t elapsed_ms) { return Instant{epoch_ms + elapsed_ms}; }
Instant SimulatedWorld::clock() const { return Instant{epoch_ms + elapsed_ms_ + ahead_ms_}; }
Instant SimulatedWorld::world() const { return Instant{epoch_ms + elapsed_ms_}; }

// ---- time

void SimulatedWorld::go_on_until(std::int64_t until_ms) {
  std::int64_t moved_ms = elapsed_ms_;
  for (int still = 0;; ++still) {
    const std::int64_t next = next_ms();
    if (next > until_ms) break;
    if (next > moved_ms + 1) still = 0;
    INVARIANT(still < 10'000, "the centre is busy and time does not pass");
    elapsed_ms_ = moved_ms = next;
    happen();
  }
  elapsed_ms_ = until_ms;
}

std::int64_t SimulatedWorld::next_ms() const {
  std::int64_t next = far_ms;
  const auto soon = [&](Instant t, std::int64_t ahead_ms) {
    if (t != never) next = std::min(next, std::max(elapsed_ms_ + 1, t.raw() - epoch_ms - ahead_ms));
  };
  soon(engine_.next(), 0);
  if (back_at_ms_) return std::min(next, std::max(elapsed_ms_, *back_at_ms_));
  // The centre's clock may have jumped back behind the log's time, which then stands still until the clock has caught
  // up.
  soon(core::next_wakeup(kernel_.state()), ahead_ms_);
  // Time alone makes a new plan once a second at most: while an attempt is overdue, what waits for it is promised anew
  // at every instant.
  if (replan_at_)
    next = std::min(next, std::max({elapsed_ms_ + 1, planned_ms_ + 1'000, replan_at_->raw() - epoch_ms - ahead_ms_}));
  if (dirty_) next = std::min(next, std::max(elapsed_ms_ + 1, plan_not_before_ms_));
  if (!placements_.empty()) next = std::min(next, elapsed_ms_ + 1'000);
  return std::min(next, next_write_ms());
}

void SimulatedWorld::happen() {
  engine_.advance(world());
  if (back_at_ms_) {
    (void)engine_.take_reports(world());  // it speaks to nobody
    if (elapsed_ms_ < *back_at_ms_) return;
    back_at_ms_.reset();
    recover();
  }
  for (const auto& report : engine_.take_reports(world())) hear(report);
  place();
  if (core::next_wakeup(kernel_.state()) <= log_now()) execute(core::WakeUp{});
  write_due();
  plan();
  check();
}

/// When something has changed, or time has, as the live centre does (runtime/centre.cpp).
void SimulatedWorld::plan() {
  if (back_at_ms_) return;
  if (replan_at_ && *replan_at_ <= log_now() && elapsed_ms_ >= planned_ms_ + 1'000) dirty_ = true;
  if (!dirty_ || elapsed_ms_ < plan_not_before_ms_) return;
  const Instant now = log_now();
  core::PlanMade made{.saw = kernel_.head().seq, .at = now, .keeps = 0, .hash = {}};
  core::PlanResult result = make_plan(now);
  made.step = step_;
  // Steps go on from what is recorded.
  const core::AdoptPlan adopts =
      core::adoption_of(result, std::move(made), step_ > 0 || kept_ || result.hash != plan_hash_);
  plan_hash_ = std::move(result.hash);
  std::visit([&](const auto& plan) { replan_at_ = plan.replan_at; }, result.plan);
  planned_ms_ = elapsed_ms_;
  const auto adopted = execute(adopts);
  INVARIANT(adopted.has_value(), "a plan is refused");
  const auto granted = static_cast<std::size_t>(std::ranges::count_if(
      *adopted, [](const core::Event& event) { return std::holds_alternative<core::LeaseGranted>(event.body); }));
  // What was dropped, and what preemptions free, is thought about again, but not at once.
  dirty_ = granted != adopts.starts.size() || !adopts.preemptions.empty();
  plan_not_before_ms_ = elapsed_ms_ + (dirty_ ? 1'000 : 0);
  const auto look_at = [&](Instant t) { replan_at_ = std::min(replan_at_.value_or(never), t); };
  if (step_ > 0)  // the order is renewed although nothing happens any more
    look_at(now + milliseconds(std::max<std::int64_t>(1, renew_at_ms_ - elapsed_ms_)));
  else if (const Instant t = core::next_preemptible(kernel_.state(), now); t != never)
    look_at(t);
}

/// A step from the plan before, where there is one; else a whole plan.
core::PlanResult SimulatedWorld::make_plan(Instant now) {
  if (kept_ && elapsed_ms_ < renew_at_ms_) {
    if (auto news = feed_.take(kernel_.state(), now)) {
      if (auto step = planner_.go_on(now, std::move(*news))) {
        ++step_;
        ++outcome_.plan_steps;
        return std::move(*step);
      }
    }
  }
  core::PlannerInput input = core::planner_input(kernel_.state(), now);
  feed_.begin(kernel_.state(), input);
  core::PlanResult whole = planner_.whole(std::move(input));
  kept_ = std::get<sched::Plan>(whole.plan).waits.size() >= settings_.plans.keeps_from;
  step_ = 0;
  renew_at_ms_ = elapsed_ms_ + 600'000;
  return whole;
}

void SimulatedWorld::place() {
  placements_.each_try(
      log_now(),
      [this](const core::ReportPlaced& command) {
        execute(command);
        const core::Attempt* attempt = kernel_.state().find(command.attempt);
        return attempt == nullptr || !attempt->handed_over();
      },
      [this](const ports::EngineReport& report) { hear(report); });
}

void SimulatedWorld::hear(const ports::EngineReport& report) {
  if (placements_.keeps(report, log_now())) return;
  if (const auto* r = std::get_if<ports::OthersSeen>(&report))
    execute(core::ReportOthers{r->node, r->cores, r->cards, r->memory, r->until});
  if (const auto* r = std::get_if<ports::Launched>(&report)) execute(core::ReportLaunched{r->attempt});
  if (const auto* r = std::get_if<ports::Ended>(&report)) execute(core::ReportEnded{r->attempt, r->end});
  if (const auto* r = std::get_if<ports::Progressed>(&report)) execute(core::ReportProgress{r->attempt, r->progress});
  if (const auto* r = std::get_if<ports::Silent>(&report)) execute(core::ReportSilent{r->attempt, r->silent_for});
  if (const auto* r = std::get_if<ports::NodeSeen>(&report))
    execute(core::ReportNode{r->node, r->reachable, r->message});
}

Expected<std::vector<core::Event>> SimulatedWorld::execute(const core::Command& command) {
  auto events = kernel_.execute(command, clock());
  if (events) {
    dirty_ = dirty_ || !events->empty();
    for (const core::Event& event : *events) feed_.hear(event.body);
    check_reservations(kernel_.state(), *events);
    for (const core::Event& event : *events) {
      timeline_.hear(elapsed_ms_, event.body);
      for (const Law& law : options_.laws) {
        if (const auto broken = law(event)) throw std::logic_error(*broken);
      }
    }
  }
  auto pending = kernel_.take_pending();
  if (pending.empty()) return events;
  // Effects only once the batch is durable, and only in this life of the daemon.
  store_.append(std::move(pending.batch), [this, life = life_, effects = std::move(pending.effects)] {
    if (life != life_) return;
    for (const core::Effect& effect : effects) perform(effect);
  });
  const std::int64_t due = elapsed_ms_ + disk_delay_ms_;
  writes_due_ms_.push_back(writes_due_ms_.empty() ? due : std::max(due, writes_due_ms_.back()));
  return events;
}

void SimulatedWorld::perform(const core::Effect& effect) {
  if (const auto* e = std::get_if<core::LaunchAttempt>(&effect)) engine_.launch(e->order);
  if (const auto* e = std::get_if<core::SignalAttempt>(&effect)) engine_.signal(e->attempt, e->signal);
  if (const auto* e = std::get_if<core::EndAttempt>(&effect)) engine_.end(e->attempt, e->grace);
  if (const auto* e = std::get_if<core::ForgetAttempt>(&effect)) engine_.forget(e->attempt);
}

void SimulatedWorld::recover() {
  engine_.daemon_died();
  placements_ = {};
  kernel_ = runtime::Kernel{};
  plan_hash_.clear();
  kept_ = false;
  replan_at_.reset();
  dirty_ = true;
  const auto recovered = kernel_.recover(store_);
  INVARIANT(recovered.has_value(), "recovery failed: {}", recovered ? "" : recovered.error().message);
  std::vector<model::AttemptId> standing;
  for (const auto& [id, attempt] : kernel_.state().attempts) standing.push_back(attempt.id);
  engine_.reconcile(standing);
  for (const model::NodeId node : lost_) execute(core::ReportNode{node, false, "does not answer"});
  for (const core::Effect& effect : core::standing_effects(kernel_.state())) perform(effect);
}

// ---- the disk

std::int64_t SimulatedWorld::next_write_ms() const {
  if (writes_due_ms_.empty()) return far_ms;
  return std::max({elapsed_ms_, writes_due_ms_.front(), disk_full_until_ms_});
}

void SimulatedWorld::write_due() {
  const auto due = std::ranges::upper_bound(writes_due_ms_, elapsed_ms_) - writes_due_ms_.begin();
  if (due == 0) return;
  if (elapsed_ms_ < disk_full_until_ms_) {
    store_.fail_next(1);
    store_.sync(1);
    return;
  }
  store_.sync(static_cast<std::size_t>(due));
  writes_due_ms_.erase(writes_due_ms_.begin(), writes_due_ms_.begin() + due);
}

void SimulatedWorld::fill_disk(Duration time) {
  ++outcome_.disk_faults;
  disk_full_until_ms_ = std::max(disk_full_until_ms_, elapsed_ms_ + time.raw());
  timeline_.say(elapsed_ms_, "the disk is full");
}

// ---- people

std::optional<JobId> SimulatedWorld::find_job(const std::string& name) const {
  std::size_t element = 0;
  std::string whole = name;
  if (const auto bracket = name.find('['); bracket != std::string::npos && name.ends_with(']')) {
    const auto index = parse_integer(name.substr(bracket + 1, name.size() - bracket - 2), 0, 1'000'000);
    if (!index) return std::nullopt;
    element = static_cast<std::size_t>(*index);
    whole = name.substr(0, bracket);
  }
  const auto it = asked_.find(whole);
  if (it == asked_.end() || element >= it->second.count) return std::nullopt;
  return JobId{it->second.first.raw() + element};
}

void SimulatedWorld::submit(const Submission& submission) {
  if (back_at_ms_) return;
  said_.insert_or_assign(submission.spec.name, submission);
  engine_.set_program(submission.spec.name, submission.program);
  core::SubmitJob command{somebody(), submission.spec, submission.key, {}};
  auto& dependencies = command.spec.edit().dependencies;
  for (const auto& [kind, name] : submission.after) {
    const auto job = find_job(name);
    if (!job) continue;
    dependencies.push_back({kind, *job});
    const auto row = store_.job(*job);
    if (row && *row && model::ended((*row)->state))
      command.ended_targets.push_back({*job, (*row)->state == model::JobState::succeeded});
  }
  std::ranges::sort(dependencies);
  const auto twice = std::ranges::unique(dependencies);
  dependencies.erase(twice.begin(), twice.end());
  const JobId first = kernel_.state().next_job;
  const auto events = execute(command);
  if (!events)
    return timeline_.say(elapsed_ms_, fmt::format("{} is refused: {}", submission.spec.name, events.error().code));
  if (events->empty()) return;
  asked_[submission.spec.name] = {.first = first,
                                  .count = std::max<std::size_t>(1, submission.spec.indices.size()),
                                  .seq = kernel_.head().seq,
                                  .at = log_now(),
                                  .command = std::move(command)};
}

void SimulatedWorld::repeat(const std::string& job) {
  const auto said = said_.find(job);
  if (back_at_ms_ || said == said_.end() || said->second.key.empty()) return;
  const auto asked = asked_.find(job);
  if (asked == asked_.end()) return submit(Submission(said->second));  // lost, or refused
  if ((log_now() - asked->second.at).raw() > key_life_ms) return;      // a key answers the same for a day
  const auto again = execute(asked->second.command);
  INVARIANT(again && again->empty(), "a repeated submission was taken for a new one");
}

void SimulatedWorld::command(const core::Command& command) {
  if (back_at_ms_) return;
  if (const auto done = execute(command); !done)
    timeline_.say(elapsed_ms_, fmt::format("a command is refused: {}", done.error().code));
}

// ---- faults

void SimulatedWorld::crash(const Crash& how) {
  if (back_at_ms_) return;
  ++outcome_.crashes;
  ++life_;
  timeline_.say(elapsed_ms_, "the daemon dies");
  if (how.snapshot) store_.save_snapshot(kernel_.snapshot());
  store_.crash(std::min(how.kept, store_.waiting()));
  store_.hold();
  writes_due_ms_.clear();
  // What was not durable never happened; those who were not answered must ask again.
  const std::uint64_t durable = store_.durable_head().seq;
  std::erase_if(asked_, [&](const auto& asked) { return asked.second.seq > durable; });
  back_at_ms_ = elapsed_ms_ + how.down.raw();
  if (how.down > Duration{0}) return;
  back_at_ms_.reset();
  recover();
}

model::NodeId SimulatedWorld::node_named(const std::string& name) const {
  const auto& nodes = settings_.centre.nodes;
  const auto at = std::ranges::find(nodes, name, &model::Node::name);
  return model::NodeId{static_cast<std::uint32_t>(at - nodes.begin())};
}

void SimulatedWorld::lose_node(const std::string& name) {
  const model::NodeId node = node_named(name);
  if (node.raw() >= settings_.centre.nodes.size() || !lost_.insert(node).second) return;
  ++outcome_.node_losses;
  engine_.lose_node(node, world());
}

void SimulatedWorld::set_others(const std::string& name, CoreCount cores, CardCount cards, Duration lasts) {
  const model::NodeId node = node_named(name);
  if (node.raw() >= settings_.centre.nodes.size()) return;
  const auto until = lasts > Duration{} ? std::optional(world() + lasts) : std::nullopt;
  engine_.set_others(node, cores, cards, until, world());
}

void SimulatedWorld::restore_node(const std::string& name) {
  const model::NodeId node = node_named(name);
  if (lost_.erase(node) == 0) return;
  engine_.restore_node(node);
  if (!back_at_ms_) execute(core::ReportNode{node, true, ""});
}

void SimulatedWorld::jump_clock(Duration ahead) {
  ahead_ms_ = ahead.raw();
  timeline_.say(elapsed_ms_, "the clock jumps");
}

}  // namespace mingyue::twin
