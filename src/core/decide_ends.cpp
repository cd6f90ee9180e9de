#include <algorithm>

#include "core/decide.hpp"
#include "core/money.hpp"

/// What follows from the end of an attempt. The table in docs/decisions/0004-ends.md in code.
namespace mingyue::core {
namespace {

using model::AttemptEnd;
using model::EndCause;
using model::JobState;

constexpr std::int32_t exit_do_not_retry = 93;

enum class Next { succeed, fail, cancel, time_out, retry, requeue };

/// What an end means: for the work since the last checkpoint, for the bill, for the job.
struct Meaning {
  Next next = Next::fail;
  Verdict verdict = Verdict::lost;
  bool centre_pays_lost = false;  ///< a fault is the centre's loss, a timeout is the job's
  std::optional<IncidentKind> incident;
  std::string reason;
};

std::string exit_text(const AttemptEnd& end) {
  std::string text = fmt::format("exit code {}", end.exit_code);
  if (!end.message.empty()) text += ": " + end.message;
  return text;
}

Meaning meaning_of_request(EndReason reason) {
  switch (reason) {
    case EndReason::cancelled:
      return {Next::cancel, Verdict::kept, false, {}, "cancelled"};
    case EndReason::preempted:
      return {Next::requeue, Verdict::lost, true, {}, "preempted"};
    case EndReason::moved:
      return {Next::requeue, Verdict::lost, true, {}, "moved, to make room for another job"};
    case EndReason::wall:
      return {Next::time_out, Verdict::lost, false, {}, "reached its wall limit"};
    case EndReason::hang:
      return {Next::retry, Verdict::lost, false, IncidentKind::hang, "hung: no output and no progress"};
    case EndReason::launch_limit:
      return {Next::retry, Verdict::lost, true, IncidentKind::launch_failed, "did not start within the launch limit"};
    case EndReason::reserved:
      return {Next::requeue, Verdict::lost, true, {}, "made room for a reservation"};
  }
  return {};
}

EndReason noticed_for(const Attempt& attempt) {
  if (attempt.noticed_by == model::JobId{}) return EndReason::reserved;
  return attempt.moves ? EndReason::moved : EndReason::preempted;
}

Meaning meaning_of(const Attempt& attempt, const model::JobSpec& spec, const AttemptEnd& end) {
  if (end.cause == EndCause::exited && end.exit_code == 0) return {Next::succeed, Verdict::kept, false, {}, ""};
  if (end.cause == EndCause::node_lost) {
    return {Next::retry, Verdict::lost, true, IncidentKind::node_lost, "its node was lost: " + end.message};
  }
  if (attempt.end_reason) return meaning_of_request(*attempt.end_reason);
  switch (end.cause) {
    case EndCause::wall:
      return {Next::time_out, Verdict::lost, false, {}, "reached its wall limit"};
    case EndCause::memory:
      return {Next::fail, Verdict::lost, false, IncidentKind::memory,
              end.message.empty() ? "used more memory than it asked for" : end.message};
    case EndCause::launch_failed:
      return {Next::fail, Verdict::lost, true, IncidentKind::launch_failed, "could not be started: " + end.message};
    case EndCause::lost:
      return {Next::retry, Verdict::lost, true, IncidentKind::lost, "lost: " + end.message};
    case EndCause::signalled:
    case EndCause::ended:
      if (attempt.notice_until) return meaning_of_request(noticed_for(attempt));
      return {Next::retry, Verdict::lost, true, IncidentKind::killed, fmt::format("killed by signal {}", end.signal)};
    default:
      break;
  }
  if (attempt.notice_until) return meaning_of_request(noticed_for(attempt));  // it checkpointed and left
  if (end.exit_code == exit_do_not_retry)
    return {Next::fail, Verdict::lost, false, {}, exit_text(end) + " (do not retry)"};
  return {spec.retry.on_exit ? Next::retry : Next::fail, Verdict::lost, false, {}, exit_text(end)};
}

ChargePosted charge(const State& state, const Attempt& attempt, const model::JobSpec& spec, const Meaning& meaning,
                    Instant now) {
  const Credits whole = price_of(state.centre, state.kinds, attempt.lease, now - attempt.held_from());
  Credits waived;
  if (meaning.verdict == Verdict::lost && meaning.centre_pays_lost) {
    const Instant safe = attempt.checkpoint_at.value_or(attempt.held_from());
    waived = std::min(whole, price_of(state.centre, state.kinds, attempt.lease, now - safe));
  }
  return {spec.project, attempt.id, whole - waived, waived};
}

}  // namespace

void end_attempt(const State& state, Events& events, Incidents& incidents, const Attempt& attempt,
                 const AttemptEnd& end, Instant now) {
  const Job& job = state.jobs.at(attempt.id.job);
  const model::JobSpec& spec = state.spec(job);
  const Meaning meaning = meaning_of(attempt, spec, end);
  const bool counts = meaning.next == Next::retry || meaning.next == Next::fail;
  events.emplace_back(AttemptEnded{attempt.id, end, meaning.verdict, counts});
  events.emplace_back(charge(state, attempt, spec, meaning, now));
  if (meaning.incident) {
    events.emplace_back(
        incidents.open(*meaning.incident, attempt.id, attempt.first_node(),
                       fmt::format("attempt {} of {}: {}", attempt.id.number, spec.name, meaning.reason)));
  }
  switch (meaning.next) {
    case Next::succeed:
      return end_job(state, events, job.id, JobState::succeeded, "");
    case Next::cancel:
      return end_job(state, events, job.id, JobState::cancelled, meaning.reason);
    case Next::time_out:
      return end_job(state, events, job.id, JobState::timed_out, meaning.reason);
    case Next::fail:
      return end_job(state, events, job.id, JobState::failed, meaning.reason);
    case Next::requeue:
      events.emplace_back(JobRequeued{job.id, now, meaning.reason});
      return;
    case Next::retry:
      break;
  }
  const std::int64_t step = std::max(attempt.last.step, end.last_step);
  const bool progressed = step > job.past->best_step || attempt.checkpoint_at;
  const std::int32_t without_progress = progressed ? 0 : job.past->without_progress + 1;
  if (without_progress >= state.centre.policy.attempts_without_progress_max) {
    const std::string reason =
        fmt::format("no progress in {} attempts; the last: {}", without_progress, meaning.reason);
    events.emplace_back(incidents.open(IncidentKind::no_progress, attempt.id, std::nullopt, reason));
    return end_job(state, events, job.id, JobState::failed, reason);
  }
  if (job.past->attempts_counted + 1 >= spec.retry.attempts) {
    std::string reason = meaning.reason;
    if (spec.retry.attempts > 1) reason += fmt::format("; all {} attempts are used", spec.retry.attempts);
    return end_job(state, events, job.id, JobState::failed, reason);
  }
  events.emplace_back(JobRequeued{job.id, now + spec.retry.delay, meaning.reason});
}

Decision decide_one(const State& state, const ReportEnded& command, Instant now) {
  const Attempt* attempt = state.find(command.attempt);
  if (attempt == nullptr) return Events{};  // said before, or of an attempt given up
  Events events;
  events.reserve(3);  // of an attempt without a fault: its end, the charge, the job's end
  Incidents incidents(state);
  end_attempt(state, events, incidents, *attempt, command.end, now);
  return events;
}

Decision decide_one(const State& state, const ReportNode& command, Instant now) {
  if (command.node.raw() >= state.nodes.size()) return Events{};
  const NodeState& node = state.nodes[command.node.raw()];
  if (command.reachable) return node.down ? Events{NodeRestored{command.node}} : Events{};
  if (node.down) return Events{};
  Events events{NodeLost{command.node, command.message}};
  Incidents incidents(state);
  const std::string& name = state.centre.nodes[command.node.raw()].name;
  events.emplace_back(
      incidents.open(IncidentKind::node_lost, {}, command.node, fmt::format("node {}: {}", name, command.message)));
  for (const auto& [id, attempt] : state.attempts) {
    if (!attempt.lease.on(command.node)) continue;
    const AttemptEnd end{.cause = EndCause::node_lost, .last_step = attempt.last.step, .message = name};
    end_attempt(state, events, incidents, attempt, end, now);
  }
  return events;
}

}  // namespace mingyue::core
