#include <fmt/format.h>

#include <map>

#include "base/invariant.hpp"
#include "sched/plan.hpp"
#include "twin/lease_laws.hpp"
#include "twin/replay.hpp"
#include "twin/simulated_world.hpp"

/// What must hold of a simulated centre: at every step, and once its faults have stopped.
namespace mingyue::twin {

using model::JobId;

void SimulatedWorld::check() {
  ++outcome_.steps;
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
void SimulatedWorld::calm() {
  engine_.stop_faults();
  disk_delay_ms_ = 0;
  lost_.clear();
  for (const model::Node& node : kernel_.state().centre.nodes) {
    engine_.restore_node(node.id);
    engine_.set_others(node.id, CoreCount{}, CardCount{}, std::nullopt, world());
    execute(core::ReportNode{node.id, true, ""});
    execute(core::ResumeNode{somebody(), node.name});
  }
  execute(core::GrantCredits{somebody(), "poor", Credits{1'000'000'000'000}, ""});
  std::vector<JobId> held;
  for (const auto& [id, job] : kernel_.state().jobs) {
    if (job.state == model::JobState::held) held.push_back(id);
  }
  for (const JobId id : held) execute(core::ReleaseJob{somebody(), id});
  for (int rounds = 0; !kernel_.state().jobs.empty(); ++rounds) {
    if (rounds % 1'000 == 999) give_up_unplaceable();
    INVARIANT(rounds < 40'000, "{} jobs have not ended long after the faults did; the first: {}",
              kernel_.state().jobs.size(), story_of(kernel_.state().jobs.begin()->second));
    elapsed_ms_ = std::min(next_ms(), elapsed_ms_ + 600'000);
    happen();
  }
  elapsed_ms_ = std::max(elapsed_ms_, next_write_ms() == INT64_MAX ? 0 : next_write_ms());
  write_due();
  check();
}

/// Parts that can never stand beside each other are refused at submission where that is proven (core/packing.hpp).
/// What could not be decided there may wait for ever, and people end it.
void SimulatedWorld::give_up_unplaceable() {
  // A report of a loss that came late, after the node was back: an engine that sees the node says so again.
  for (const model::Node& node : kernel_.state().centre.nodes) execute(core::ReportNode{node.id, true, ""});
  const auto plan = sched::plan(core::planner_input(kernel_.state(), log_now()).snapshot, settings_.plans);
  for (const auto& wait : plan.waits) {
    const bool never = wait.code == sched::WaitCode::too_large || wait.code == sched::WaitCode::spares;
    if (!never || wait.promised || kernel_.state().find(wait.job) == nullptr) continue;
    INVARIANT(kernel_.state().spec(kernel_.state().jobs.at(wait.job)).parts.size() > 1,
              "job {} of one part was accepted and can never run ({}): {} tasks of {} cores, {} GiB, {} cards",
              wait.job.raw(), fmt::join(*wait.args, "; "),
              kernel_.state().spec(kernel_.state().jobs.at(wait.job)).tasks(),
              kernel_.state().spec(kernel_.state().jobs.at(wait.job)).parts[0].need.cores.raw(),
              kernel_.state().spec(kernel_.state().jobs.at(wait.job)).parts[0].need.memory.raw() >> 30,
              kernel_.state().spec(kernel_.state().jobs.at(wait.job)).parts[0].need.cards.raw());
    execute(core::CancelJob{somebody(), wait.job});
  }
  if (engine_.running() > 0) return;
  // The engine's own queue finds no place for the first that it was given, although nothing else is there.
  for (const auto& [id, attempt] : kernel_.state().attempts) {
    if (!attempt.handed_over() || attempt.end_reason ||
        kernel_.state().spec(kernel_.state().jobs.at(id)).parts.size() == 1)
      continue;
    execute(core::CancelJob{somebody(), id});
    return;
  }
}

/// A job that should have ended, and what the planner says of it.
std::string SimulatedWorld::story_of(const core::Job& job) const {
  std::string story = fmt::format(
      "job {} state {} attempts {}; {} ms simulated, clock {} ms from the log's time, {} programs run", job.id.raw(),
      static_cast<int>(job.state), job.attempts, elapsed_ms_, (clock() - kernel_.state().now).raw(), engine_.running());
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
  const auto plan = sched::plan(core::planner_input(kernel_.state(), log_now()).snapshot, settings_.plans);
  for (const auto& wait : plan.waits) {
    if (wait.job != job.id) continue;
    story += fmt::format(", wait code {} ({})", static_cast<int>(wait.code), fmt::join(*wait.args, "; "));
    if (wait.promised) story += fmt::format(", promised in {} ms", (*wait.promised - clock()).raw());
  }
  for (const auto& start : plan.starts) {
    if (start.job == job.id) story += ", the plan starts it and decide drops it";
  }
  return story;
}

void SimulatedWorld::check_end() {
  INVARIANT(engine_.running() == 0, "{} programs still run", engine_.running());
  std::vector<JobId> acknowledged;
  for (const auto& [name, asked] : asked_)
    for (std::size_t i = 0; i < asked.count; ++i) acknowledged.push_back(JobId{asked.first.raw() + i});
  for (const JobId job : acknowledged) {
    const auto row = store_.job(job);
    INVARIANT(row && *row, "job {} was acknowledged and is not in history", job.raw());
    INVARIANT(model::ended((*row)->state), "job {} was acknowledged and has no outcome", job.raw());
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
  for (const JobId job : acknowledged) INVARIANT(ends[job] == 1, "job {} has {} outcomes", job.raw(), ends[job]);
  outcome_.state = core::state_hash(kernel_.state());
  INVARIANT(core::state_hash(again.state()) == outcome_.state, "the log replayed gives another state");
  const auto decided = replay(store_, {}, settings_.plans);
  INVARIANT(decided.has_value(), "replay: {}", decided ? "" : decided.error().message);
  INVARIANT(!decided->divergence, "decided again, record {} is {}, and was {}", decided->divergence->seq,
            decided->divergence->decided, decided->divergence->recorded);
  INVARIANT(decided->as_recorded == 0, "{} records of plans do not say of what state", decided->as_recorded);
  check_ledger();
  outcome_.log = kernel_.head().hash;
  outcome_.events = kernel_.head().seq;
  outcome_.jobs = acknowledged.size();
  outcome_.attempts = attempts;
  outcome_.elastic = laws.elastic();
  outcome_.on_spares = laws.on_spares();
  outcome_.moves = laws.moves();
  outcome_.simulated_ms = elapsed_ms_;
}

void SimulatedWorld::check_ledger() {
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

}  // namespace mingyue::twin
