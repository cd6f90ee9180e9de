#include "twin/simulation.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>
#include <stdexcept>

#include "base/invariant.hpp"
#include "base/prng.hpp"
#include "core/effect.hpp"
#include "ports/memory_log_store.hpp"
#include "runtime/kernel.hpp"
#include "sched/plan.hpp"
#include "twin/lease_laws.hpp"
#include "twin/replay.hpp"
#include "twin/sim_engine.hpp"

namespace mingyue::twin {
namespace {

using model::JobId;

constexpr std::int64_t epoch_ms = 1'790'000'000'000;  // some day in 2026: the log shows dates

model::Centre draw_centre(Prng& prng) {
  model::Centre centre{.name = "simulated"};
  centre.card_types = {{"a100", "NVIDIA", "CUDA_VISIBLE_DEVICES", Bytes{80LL << 30}}};
  centre.partitions = {{"main", hours(24)}, {"cards", hours(12)}};
  centre.classes = {{"low", 0, false}, {"normal", 100, false}, {"high", 200, true}};
  centre.projects = {{.name = "science"}, {.name = "industry", .shares = 3}, {.name = "poor", .has_budget = true}};
  centre.users = {{"ann", model::Role::member, {"science"}}, {"bob", model::Role::member, {"industry", "poor"}}};
  centre.prices = {{"", Credits{1'000'000}}, {"a100", Credits{10'000'000}}};
  const auto nodes = prng.between(1, 6);
  for (std::int64_t i = 0; i < nodes; ++i) {
    const bool cards = prng.chance(1, 3);
    centre.nodes.push_back({.id = model::NodeId{static_cast<std::uint32_t>(i)},
                            .name = fmt::format("n{}", i),
                            .partition = cards ? "cards" : "main",
                            .cores = CoreCount{static_cast<std::int32_t>(prng.between(1, 16))},
                            .memory = Bytes{64LL << 30},
                            .card_type = cards ? "a100" : "",
                            .cards = CardCount{cards ? static_cast<std::int32_t>(prng.between(1, 8)) : 0},
                            .is_virtual = true});
  }
  for (model::Partition& partition : centre.partitions) {
    const auto count = std::ranges::count(centre.nodes, partition.name, &model::Node::partition);
    if (count < 2 || prng.chance(1, 2)) continue;
    partition.spares = static_cast<std::int32_t>(prng.between(1, count - 1));
    partition.spares_for = static_cast<std::int32_t>(prng.between(1, 2));
  }
  if (prng.chance(1, 2)) centre.policy.move_pause = minutes(prng.between(1, 60));
  return centre;
}

class Simulation {
 public:
  explicit Simulation(std::uint64_t seed)
      : prng_(seed),
        work_(prng_.split("work")),
        faults_(prng_.split("faults")),
        engine_(prng_.split("engine"), draw_engine_faults()) {
    crashes_ = faults_.chance(2, 3);
    node_losses_ = faults_.chance(1, 2);
    disk_faults_ = faults_.chance(1, 2);
    clock_jumps_ = faults_.chance(1, 2);
    slow_disk_ = faults_.chance(2, 3);
    store_.hold();
  }

  Outcome run() {
    try {
      story();
      outcome_.ok = true;
    } catch (const std::exception& broken) {
      outcome_.broken = broken.what();
    }
    outcome_.last_draw = prng_.next() ^ work_.next() ^ faults_.next();
    return outcome_;
  }

 private:
  EngineFaults draw_engine_faults() {
    EngineFaults some;
    for (auto* chance : {&some.program_fails, &some.program_killed, &some.program_lost, &some.launch_fails,
                         &some.ignores_term, &some.report_repeated, &some.report_late, &some.report_nonsense}) {
      if (faults_.chance(1, 2)) *chance = 0;
    }
    return some;
  }

  void story() {
    const model::Centre centre = draw_centre(work_);
    engine_.advance(clock());
    execute(core::ConfigureCentre{centre, {{"poor", Credits{50'000'000}}}});
    store_.sync();
    const auto steps = work_.between(100, 400);
    for (outcome_.steps = 0; outcome_.steps < static_cast<std::uint64_t>(steps); ++outcome_.steps) {
      step();
      check();
    }
    calm();
    check_end();
  }

  [[nodiscard]] Instant clock() const { return Instant{epoch_ms + elapsed_ + jump_}; }
  [[nodiscard]] Instant world() const { return Instant{epoch_ms + elapsed_}; }

  void step() {
    const auto dice = work_.below(100);
    if (dice < 25)
      submit();
    else if (dice < 30)
      meddle();
    else
      pass_time();
    if (faults_.chance(1, 60) && crashes_) crash();
    if (faults_.chance(1, 80) && node_losses_) lose_node();
    if (faults_.chance(1, 10)) restore_node();
    if (faults_.chance(1, 80) && disk_faults_) {
      store_.fail_next(faults_.between(1, 5));
      ++outcome_.disk_faults;
    }
    if (faults_.chance(1, 60) && clock_jumps_) jump_ = faults_.between(-7'200'000, 7'200'000);
    if (!slow_disk_ || faults_.chance(1, 2)) store_.sync(slow_disk_ ? faults_.between(1, 4) : SIZE_MAX);
    plan();
  }

  model::JobSpec draw_job() {
    const bool ann = work_.chance(1, 2);
    model::JobSpec job{.name = fmt::format("job-{}", ++names_), .user = ann ? "ann" : "bob"};
    job.project = ann ? "science" : work_.chance(1, 3) ? "poor" : "industry";
    job.partition = work_.chance(1, 4) ? "cards" : "main";
    job.priority_class = std::array{"low", "normal", "normal", "high"}[work_.below(4)];
    job.preemptible = work_.chance(1, 3);
    job.hold = work_.chance(1, 20);
    job.wall = minutes(work_.between(1, 240));
    job.retry = {.attempts = static_cast<std::int32_t>(work_.between(1, 4)), .delay = seconds(work_.between(0, 90))};
    if (work_.chance(1, 2)) job.checkpoint = {.signal = 10, .grace = seconds(work_.between(1, 120))};
    if (work_.chance(1, 6)) {
      for (std::int32_t i = 0, n = static_cast<std::int32_t>(work_.between(2, 9)); i < n; ++i) job.indices.push_back(i);
      job.array_at_once = static_cast<std::int32_t>(work_.below(4));
    }
    if (work_.chance(1, 10)) job.deadline = world() + hours(3);
    const auto next = kernel_.state().next_job.raw();
    for (int i = 0; i < 2 && next > 1 && work_.chance(1, 4); ++i) {
      job.dependencies.push_back(
          {static_cast<model::DependencyKind>(work_.between(1, 3)), JobId{1 + work_.below(next - 1)}});
    }
    const int parts = work_.chance(1, 8) ? 2 : 1;
    for (int i = 0; i < parts; ++i) {
      model::Part part{
          .name = fmt::format("p{}", i), .tasks = static_cast<std::int32_t>(work_.between(1, 3)), .command = {"work"}};
      part.need.cores = CoreCount{static_cast<std::int32_t>(work_.between(1, 8))};
      part.need.memory = Bytes{work_.between(1, 16) << 30};
      if (job.partition == "cards" && work_.chance(2, 3))
        part.need.cards = CardCount{static_cast<std::int32_t>(work_.between(1, 4))};
      if (i == 0 && work_.chance(1, 4)) {
        part.tasks_least = part.tasks;
        part.tasks += static_cast<std::int32_t>(work_.between(1, 4));
      }
      job.parts.push_back(std::move(part));
    }
    return job;
  }

  void submit() {
    core::SubmitJob command{{"root", model::Role::operator_}, draw_job(), "", {}};
    if (work_.chance(1, 2)) command.idempotency_key = fmt::format("key-{}", names_);
    for (const auto& dependency : command.spec->dependencies) {
      const auto row = store_.job(dependency.job);
      if (row && *row && model::ended((*row)->state))
        command.ended_targets.push_back({dependency.job, (*row)->state == model::JobState::succeeded});
    }
    const auto expected = std::max<std::size_t>(1, command.spec->indices.size());
    const JobId first = kernel_.state().next_job;
    auto events = execute(command);
    if (!events || events->empty()) return;
    for (std::size_t i = 0; i < expected; ++i) asked_.push_back({JobId{first.raw() + i}, kernel_.head().seq});
    if (command.idempotency_key.empty() || !work_.chance(1, 3)) return;
    const auto again = execute(command);
    INVARIANT(again && again->empty(), "a repeated submission was taken for a new one");
  }

  void meddle() {
    const auto next = kernel_.state().next_job.raw();
    const JobId some{1 + work_.below(std::max<std::uint64_t>(1, next))};
    const core::Actor by{"root", model::Role::operator_};
    switch (work_.below(6)) {
      case 0:
        execute(core::CancelJob{by, some});
        break;
      case 1:
        execute(core::HoldJob{by, some});
        break;
      case 2:
        execute(core::ReleaseJob{by, some});
        break;
      case 3:
        execute(core::DrainNode{by, some_node(), "for a look"});
        break;
      case 4:
        execute(core::ResumeNode{by, some_node()});
        break;
      default:
        execute(core::GrantCredits{by, "poor", Credits{work_.between(1, 50'000'000)}, ""});
        break;
    }
  }

  std::string some_node() { return fmt::format("n{}", work_.below(kernel_.state().centre.nodes.size() + 1)); }

  void pass_time() {
    // To the next thing that happens, or a drawn while.
    std::int64_t until = elapsed_ + work_.between(1, 600'000);
    for (const Instant t : {engine_.next()}) {
      if (t != never) until = std::min(until, std::max(elapsed_ + 1, t.raw() - epoch_ms));
    }
    const Instant wake = core::next_wakeup(kernel_.state());
    if (wake != never) until = std::min(until, std::max(elapsed_ + 1, wake.raw() - epoch_ms - jump_));
    elapsed_ = until;
    engine_.advance(world());
    for (const auto& report : engine_.take_reports(world())) hear(report);
    if (core::next_wakeup(kernel_.state()) <= clock()) execute(core::WakeUp{});
  }

  void hear(const ports::EngineReport& report) {
    if (const auto* r = std::get_if<ports::Launched>(&report)) execute(core::ReportLaunched{r->attempt});
    if (const auto* r = std::get_if<ports::Ended>(&report)) execute(core::ReportEnded{r->attempt, r->end});
    if (const auto* r = std::get_if<ports::Progressed>(&report)) execute(core::ReportProgress{r->attempt, r->progress});
    if (const auto* r = std::get_if<ports::Silent>(&report)) execute(core::ReportSilent{r->attempt, r->silent_for});
    if (const auto* r = std::get_if<ports::NodeSeen>(&report))
      execute(core::ReportNode{r->node, r->reachable, r->message});
  }

  Expected<std::vector<core::Event>> execute(const core::Command& command) {
    auto events = kernel_.execute(command, clock());
    auto pending = kernel_.take_pending();
    if (pending.empty()) return events;
    // Effects only once the batch is durable, and only in this life of the daemon.
    store_.append(std::move(pending.batch), [this, life = life_, effects = std::move(pending.effects)] {
      if (life != life_) return;
      for (const core::Effect& effect : effects) perform(effect);
    });
    return events;
  }

  void perform(const core::Effect& effect) {
    if (const auto* e = std::get_if<core::LaunchAttempt>(&effect)) engine_.launch(e->order);
    if (const auto* e = std::get_if<core::SignalAttempt>(&effect)) engine_.signal(e->attempt, e->signal);
    if (const auto* e = std::get_if<core::EndAttempt>(&effect)) engine_.end(e->attempt, e->grace);
    if (const auto* e = std::get_if<core::ForgetAttempt>(&effect)) engine_.forget(e->attempt);
  }

  void plan() {
    // Twice: a plan's reasons and promises are of the state before its own grants.
    const core::PlannerInput input = core::planner_input(kernel_.state(), std::max(clock(), kernel_.state().now));
    sched::Plan plan = sched::plan(input.snapshot);
    std::string hash = print_hex(core::plan_hash(plan));
    core::PlanMade made{.saw = kernel_.head().seq, .at = input.snapshot.now, .keeps = 0, .hash = hash};
    const bool news = hash != plan_hash_;
    plan_hash_ = std::move(hash);
    replan_at_ = plan.replan_at;
    execute(core::AdoptPlan{std::move(plan.starts), std::move(plan.preemptions), std::move(plan.idle), std::move(made),
                            news});
    if (const Instant t = core::next_preemptible(kernel_.state(), input.snapshot.now); t != never)
      replan_at_ = std::min(replan_at_.value_or(never), t);
  }

  void crash() {
    ++outcome_.crashes;
    ++life_;
    if (faults_.chance(1, 3)) store_.save_snapshot(kernel_.snapshot());
    store_.crash(faults_.below(store_.waiting() + 1));
    store_.hold();
    // What was not durable never happened; those who were not answered must ask again.
    const std::uint64_t durable = store_.durable_head().seq;
    std::erase_if(asked_, [&](const Asked& asked) { return asked.seq > durable; });
    engine_.daemon_died();
    recover();
  }

  void recover() {
    kernel_ = runtime::Kernel{};
    plan_hash_.clear();
    const auto recovered = kernel_.recover(store_);
    INVARIANT(recovered.has_value(), "recovery failed: {}", recovered ? "" : recovered.error().message);
    std::vector<model::AttemptId> standing;
    for (const auto& [id, attempt] : kernel_.state().attempts) standing.push_back(attempt.id);
    engine_.reconcile(standing);
    for (const core::Effect& effect : core::standing_effects(kernel_.state())) perform(effect);
  }

  void lose_node() {
    const auto count = kernel_.state().centre.nodes.size();
    const model::NodeId node{static_cast<std::uint32_t>(faults_.below(count))};
    if (!lost_.insert(node).second) return;
    ++outcome_.node_losses;
    engine_.lose_node(node, world());
  }

  void restore_node() {
    if (lost_.empty()) return;
    const model::NodeId node = *lost_.begin();
    lost_.erase(lost_.begin());
    engine_.restore_node(node);
    execute(core::ReportNode{node, true, ""});
  }

  void check() {
    kernel_.check();
    INVARIANT(engine_.starts_max() <= 1, "an attempt was started {} times", engine_.starts_max());
    INVARIANT(engine_.one_attempt_each(), "two attempts of one job ran at once");
    if (outcome_.steps % 16 == 0) {
      const auto bytes = core::encode_state(kernel_.state());
      const auto decoded = core::decode_state(bytes);
      INVARIANT(decoded && core::encode_state(*decoded) == bytes, "a state read back is not the state written");
    }
  }

  /// The faults stop; everything that can end must end.
  void calm() {
    engine_.stop_faults();
    crashes_ = node_losses_ = disk_faults_ = clock_jumps_ = slow_disk_ = false;
    store_.release();
    store_.fail_next(0);
    store_.sync();
    const core::Actor by{"root", model::Role::operator_};
    lost_.clear();
    for (const model::Node& node : kernel_.state().centre.nodes) {
      engine_.restore_node(node.id);
      execute(core::ReportNode{node.id, true, ""});
      execute(core::ResumeNode{by, node.name});
    }
    execute(core::GrantCredits{by, "poor", Credits{1'000'000'000'000}, ""});
    std::vector<JobId> held;
    for (const auto& [id, job] : kernel_.state().jobs) {
      if (job.state == model::JobState::held) held.push_back(id);
    }
    for (const JobId id : held) execute(core::ReleaseJob{by, id});
    for (int rounds = 0; !kernel_.state().jobs.empty(); ++rounds) {
      if (rounds % 1'000 == 999) give_up_unplaceable();
      INVARIANT(rounds < 20'000, "{} jobs have not ended long after the faults did; the first: {}",
                kernel_.state().jobs.size(), story_of(kernel_.state().jobs.begin()->second));
      calm_step();
      if (rounds % 64 == 0) check();
    }
    store_.sync();
    check();
  }

  /// Parts that can never stand beside each other are refused at submission where that is proven (core/packing.hpp).
  /// What could not be decided there may wait for ever, and people end it.
  void give_up_unplaceable() {
    // A report of a loss that came late, after the node was back: an engine that sees the node says so again.
    for (const model::Node& node : kernel_.state().centre.nodes) execute(core::ReportNode{node.id, true, ""});
    const auto plan =
        sched::plan(core::planner_input(kernel_.state(), std::max(clock(), kernel_.state().now)).snapshot);
    for (const auto& wait : plan.waits) {
      const bool never = wait.code == sched::WaitCode::too_large || wait.code == sched::WaitCode::spares;
      if (!never || wait.promised || kernel_.state().find(wait.job) == nullptr) continue;
      INVARIANT(kernel_.state().spec(kernel_.state().jobs.at(wait.job)).parts.size() > 1,
                "job {} of one part was accepted and can never run ({}): {} tasks of {} cores, {} GiB, {} cards",
                wait.job.raw(), fmt::join(wait.args, "; "),
                kernel_.state().spec(kernel_.state().jobs.at(wait.job)).tasks(),
                kernel_.state().spec(kernel_.state().jobs.at(wait.job)).parts[0].need.cores.raw(),
                kernel_.state().spec(kernel_.state().jobs.at(wait.job)).parts[0].need.memory.raw() >> 30,
                kernel_.state().spec(kernel_.state().jobs.at(wait.job)).parts[0].need.cards.raw());
      execute(core::CancelJob{{"root", model::Role::operator_}, wait.job});
    }
  }

  /// A job that should have ended, and what the planner says of it.
  std::string story_of(const core::Job& job) {
    std::string story = fmt::format(
        "job {} state {} attempts {}; {} ms simulated, clock {} ms from the log's time, {} programs run", job.id.raw(),
        static_cast<int>(job.state), job.attempts, elapsed_, (clock() - kernel_.state().now).raw(), engine_.running());
    for (const auto& [id, attempt] : kernel_.state().attempts) {
      story += fmt::format(" [attempt {} granted {} ms ago, started {}, end asked {}, due in {}]",
                           model::print(attempt.id), (kernel_.state().now - attempt.granted_at).raw(),
                           attempt.started_at.has_value(), attempt.end_reason.has_value(),
                           (core::deadline_of(kernel_.state(), attempt) - kernel_.state().now).raw());
    }
    for (const auto& dependency : *job.dependencies) story += fmt::format(", waits for job {}", dependency.job.raw());
    if (const auto it = kernel_.state().attempts.find(job.id); it != kernel_.state().attempts.end()) {
      story += fmt::format(", started {}, end asked {}, due {}", it->second.started_at.has_value(),
                           it->second.end_reason.has_value(),
                           core::deadline_of(kernel_.state(), it->second).raw() - clock().raw());
    }
    const auto plan =
        sched::plan(core::planner_input(kernel_.state(), std::max(clock(), kernel_.state().now)).snapshot);
    for (const auto& wait : plan.waits) {
      if (wait.job != job.id) continue;
      story += fmt::format(", wait code {} ({})", static_cast<int>(wait.code), fmt::join(wait.args, "; "));
      if (wait.promised) story += fmt::format(", promised in {} ms", (*wait.promised - clock()).raw());
    }
    for (const auto& start : plan.starts) {
      if (start.job == job.id) story += ", the plan starts it and decide drops it";
    }
    return story;
  }

  void calm_step() {
    const std::uint64_t before = kernel_.head().seq;
    plan();
    if (kernel_.head().seq != before) return;  // grants and their reports first
    std::int64_t until = elapsed_ + 600'000;
    const auto soon = [&](Instant t, std::int64_t offset) {
      if (t != never) until = std::min(until, std::max(elapsed_ + 1, t.raw() - epoch_ms - offset));
    };
    soon(engine_.next(), 0);
    soon(core::next_wakeup(kernel_.state()), jump_);
    if (replan_at_) soon(*replan_at_, jump_);
    // The clock may have jumped back behind the log's time, which then stands still until the clock has caught up.
    elapsed_ = until;
    engine_.advance(world());
    for (const auto& report : engine_.take_reports(world())) hear(report);
    if (core::next_wakeup(kernel_.state()) <= std::max(clock(), kernel_.state().now)) execute(core::WakeUp{});
  }

  void check_end() {
    INVARIANT(engine_.running() == 0, "{} programs still run", engine_.running());
    for (const Asked& asked : asked_) {
      const auto row = store_.job(asked.job);
      INVARIANT(row && *row, "job {} was acknowledged and is not in history", asked.job.raw());
      INVARIANT(model::ended((*row)->state), "job {} was acknowledged and has no outcome", asked.job.raw());
    }
    std::map<JobId, int> ends;
    std::uint64_t attempts = 0;
    runtime::Kernel again;
    LeaseLaws laws;
    for (const ports::Record& record : store_.records()) {
      const auto body = core::decode_event(record.number, record.payload);
      if (const auto* end = std::get_if<core::JobEnded>(&*body)) ++ends[end->job];
      if (std::holds_alternative<core::LeaseGranted>(*body)) ++attempts;
      laws.see({record.at, *body});
      const auto replayed = again.replay(record);
      INVARIANT(replayed.has_value(), "replay: {}", replayed ? "" : replayed.error().message);
    }
    for (const Asked& asked : asked_)
      INVARIANT(ends[asked.job] == 1, "job {} has {} outcomes", asked.job.raw(), ends[asked.job]);
    outcome_.state = core::state_hash(kernel_.state());
    INVARIANT(core::state_hash(again.state()) == outcome_.state, "the log replayed gives another state");
    const auto decided = replay(store_);
    INVARIANT(decided.has_value(), "replay: {}", decided ? "" : decided.error().message);
    INVARIANT(!decided->divergence, "decided again, record {} is {}, and was {}", decided->divergence->seq,
              decided->divergence->decided, decided->divergence->recorded);
    INVARIANT(decided->as_recorded == 0, "{} records of plans do not say of what state", decided->as_recorded);
    check_ledger();
    outcome_.log = kernel_.head().hash;
    outcome_.events = kernel_.head().seq;
    outcome_.jobs = asked_.size();
    outcome_.attempts = attempts;
    outcome_.elastic = laws.elastic();
    outcome_.on_spares = laws.on_spares();
    outcome_.moves = laws.moves();
    outcome_.simulated_ms = elapsed_;
  }

  void check_ledger() {
    const Instant now = kernel_.state().now;
    std::map<ledger::PoolKey, ResourceTime> rows;
    const auto stored = store_.usage({.from = Instant{0}, .to = now});
    INVARIANT(stored.has_value(), "history does not answer");
    for (const auto& sum : *stored) rows[{sum.partition, sum.card_type}] += sum.time;
    for (const auto& row : ledger::open_rows(kernel_.book(), now))
      rows[{row.partition, row.card_type}] += held(row.count, row.to - row.from);
    for (const auto& pool : ledger::sums(kernel_.book(), now)) {
      INVARIANT(rows[pool.key] == pool.capacity, "partition {} {}: the rows sum to {}, capacity is {}",
                pool.key.partition, pool.key.card_type, rows[pool.key].raw(), pool.capacity.raw());
    }
  }

  struct Asked {
    JobId job;
    std::uint64_t seq = 0;  ///< acknowledged once this is durable
  };

  Prng prng_;
  Prng work_;
  Prng faults_;
  ports::MemoryLogStore store_;
  SimEngine engine_;
  runtime::Kernel kernel_;
  std::vector<Asked> asked_;
  std::set<model::NodeId> lost_;
  std::int64_t elapsed_ = 0;
  std::int64_t jump_ = 0;
  std::optional<Instant> replan_at_;
  std::string plan_hash_;
  std::uint64_t life_ = 0;
  std::uint64_t names_ = 0;
  bool crashes_, node_losses_, disk_faults_, clock_jumps_, slow_disk_;
  Outcome outcome_;
};

}  // namespace

Outcome simulate(std::uint64_t seed) {
  throw_on_broken_invariant(true);
  return Simulation(seed).run();
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
    run.sum.moves += once.moves;
    run.sum.simulated_ms += once.simulated_ms;
    const bool same = once == twice;
    if (once.ok && same) continue;
    ++run.failed;
    tell(fmt::format("seed {:#x}: {}\n  again: mingyue twin seeds --first {:#x} --count 1", seed,
                     same ? once.broken : "two runs of this seed differ: " + once.broken + " / " + twice.broken, seed));
  }
  return run;
}

}  // namespace mingyue::twin
