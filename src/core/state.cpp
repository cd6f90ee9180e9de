#include "core/state.hpp"

#include <algorithm>

#include "base/codec.hpp"
#include "core/index.hpp"

namespace mingyue::core {
namespace {

/// What of a state is written; the indexes are computed again.
struct Written {
  Instant now;
  model::Centre centre;
  model::JobId next_job;
  model::IncidentId next_incident;
  std::vector<NodeState> nodes;
  IdMap<model::JobId, Job> jobs;
  IdMap<model::JobId, Attempt> attempts;
  std::map<model::JobId, Array> arrays;
  std::map<std::string, Account> accounts;
  std::map<std::string, DecayedUsage> usage;
  std::map<std::string, KeyUse> keys;
  std::map<std::string, Token> tokens;
  std::map<model::IncidentId, Incident> incidents;
  std::vector<sched::IdleClasses> idle;
  std::map<model::JobId, Shared<model::JobSpec>> specs;
  model::ReservationId next_reservation{1};
  std::map<model::ReservationId, model::Reservation> reservations;
  std::map<std::string, QpuState> qpus;
  std::map<std::string, DecayedUsage> qpu_usage;
};
DESCRIBE(Written, now, centre, next_job, next_incident, nodes, jobs, attempts, arrays, accounts, usage, keys, tokens,
         incidents, idle, specs, next_reservation, reservations, qpus, qpu_usage)

/// Members in the order of Written, without copying the state into one.
void write_state(codec::Writer& out, const State& s) {
  out.put_unsigned(19);
  codec::write(out, s.now);
  codec::write(out, s.centre);
  codec::write(out, s.next_job);
  codec::write(out, s.next_incident);
  codec::write(out, s.nodes);
  codec::write(out, s.jobs);
  codec::write(out, s.attempts);
  codec::write(out, s.arrays);
  codec::write(out, s.accounts);
  codec::write(out, s.usage);
  codec::write(out, s.keys);
  codec::write(out, s.tokens);
  codec::write(out, s.incidents);
  codec::write(out, s.idle);
  // The elements of an array follow each other, and share one.
  std::vector<const Job*> firsts;
  for (const auto& [id, job] : s.jobs)
    if (firsts.empty() || firsts.back()->first != job.first) firsts.push_back(&job);
  out.put_unsigned(firsts.size());
  for (const Job* job : firsts) {
    codec::write(out, job->first);
    codec::write(out, job->spec);
  }
  codec::write(out, s.next_reservation);
  codec::write(out, s.reservations);
  codec::write(out, s.qpus);
  codec::write(out, s.qpu_usage);
}

}  // namespace

// The engine enforces the wall limit itself, checkpoint grace included; the core asks only when it did not.
constexpr Duration wall_backstop = seconds(20);

Instant deadline_of(const State& state, const Attempt& attempt) {
  const model::Policy& policy = state.centre.policy;
  if (attempt.end_reason) return attempt.overdue ? never : attempt.end_by + policy.end_limit;
  Instant due = never;
  if (attempt.notice_until) due = *attempt.notice_until;
  if (attempt.handed_over()) return due;  // the engine's queue may take its time
  if (!attempt.started_at) return std::min(due, attempt.held_from() + policy.launch_limit);
  const Job& job = state.jobs.at(attempt.id.job);
  return std::min(due, *attempt.started_at + state.spec(job).wall + wall_backstop);
}

Instant next_wakeup(const State& state) {
  Instant next = never;
  if (!state.attempt_deadlines.empty()) next = std::min(next, state.attempt_deadlines.front().first);
  if (!state.job_deadlines.empty()) next = std::min(next, state.job_deadlines.begin()->first);
  if (!state.latest_starts.empty()) next = std::min(next, state.latest_starts.begin()->first + milliseconds(1));
  for (const auto& [id, reservation] : state.reservations)
    next = std::min(next, reservation.open ? reservation.end : reservation.start);
  return next;
}

std::string encode_state(const State& state) {
  codec::Writer out;
  write_state(out, state);
  return out.take();
}

std::optional<State> decode_state(std::string_view bytes) {
  auto written = codec::decode<Written>(bytes);
  if (!written) return std::nullopt;
  State s;
  s.now = written->now;
  s.centre = std::move(written->centre);
  s.next_job = written->next_job;
  s.next_incident = written->next_incident;
  s.nodes = std::move(written->nodes);
  s.jobs = std::move(written->jobs);
  s.attempts = std::move(written->attempts);
  s.arrays = std::move(written->arrays);
  s.accounts = std::move(written->accounts);
  s.usage = std::move(written->usage);
  s.keys = std::move(written->keys);
  s.tokens = std::move(written->tokens);
  s.incidents = std::move(written->incidents);
  s.idle = std::move(written->idle);
  s.next_reservation = written->next_reservation;
  s.reservations = std::move(written->reservations);
  s.qpus = std::move(written->qpus);
  s.qpu_usage = std::move(written->qpu_usage);
  if (s.nodes.size() != s.centre.nodes.size()) return std::nullopt;
  for (auto& [id, job] : s.jobs) {
    const auto spec = written->specs.find(job.first);
    if (spec == written->specs.end()) return std::nullopt;
    job.spec = spec->second;
  }
  for (const auto& [id, attempt] : s.attempts) {
    if (!s.jobs.contains(id)) return std::nullopt;
  }
  build_indexes(s);
  return s;
}

Hash state_hash(const State& state) { return hash_of(encode_state(state)); }

}  // namespace mingyue::core
