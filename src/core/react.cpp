#include <algorithm>

#include "core/decide.hpp"
#include "core/effect.hpp"
#include "model/environment.hpp"

namespace mingyue::core {
namespace {

/// The Unix account of a user.
std::string account_of(const model::Centre& centre, const std::string& user) {
  const auto known = std::ranges::find(centre.users, user, &model::User::name);
  return known == centre.users.end() || known->account.empty() ? user : known->account;
}

/// What each task of a guest partition's job needs, nowhere yet: so many cores and cards from 0. Of an elastic job the
/// fewest tasks: more might never fit, and nobody here sees what is free.
std::vector<model::TaskLease> leases_asked(const model::JobSpec& spec) {
  std::vector<model::TaskLease> leases;
  for (const model::Part& part : spec.parts) {
    const model::TaskLease one{.cores = model::Slots::all(part.need.cores.raw()).indices(),
                               .memory = part.need.memory,
                               .cards = model::Slots::all(part.need.cards.raw()).indices()};
    leases.insert(leases.end(), static_cast<std::size_t>(spec.tasks_of(part, spec.tasks_least())), one);
  }
  return leases;
}

std::vector<Effect> ask(const State& state, const LeaseGranted& event) {
  return {LaunchAttempt{launch_order(state, state.attempts.at(event.attempt.job))}};
}

std::vector<Effect> ask(const State& state, const PreemptionNoticed& event) {
  const Job& job = state.jobs.at(event.attempt.job);
  const std::int32_t signal = state.spec(job).checkpoint.signal;
  if (signal == 0) return {};
  return {SignalAttempt{event.attempt, signal}};
}

std::vector<Effect> ask(const State&, const EndRequested& event) { return {EndAttempt{event.attempt, event.grace}}; }
// A node that is said to be lost may live on: what runs there must end before the job's next attempt begins.
std::vector<Effect> ask(const State&, const AttemptEnded& event) {
  if (event.end.cause == model::EndCause::node_lost)
    return {EndAttempt{event.attempt, Duration{0}}, ForgetAttempt{event.attempt}};
  return {ForgetAttempt{event.attempt}};
}

// An attempt that would not end is asked again, without grace.
std::vector<Effect> ask(const State&, const IncidentOpened& event) {
  if (event.kind != IncidentKind::end_overdue) return {};
  return {EndAttempt{event.attempt, Duration{0}}};
}

template <class T>
std::vector<Effect> ask(const State&, const T&) {
  return {};
}

}  // namespace

std::vector<Effect> react(const State& state, const Event& event) {
  return std::visit([&](const auto& body) { return ask(state, body); }, event.body);
}

std::vector<Effect> standing_effects(const State& state) {
  std::vector<Effect> effects;
  for (const auto& [id, attempt] : state.attempts) {
    if (!attempt.started_at) effects.emplace_back(LaunchAttempt{launch_order(state, attempt)});
    if (attempt.end_reason) {
      const Duration grace = attempt.end_by > state.now ? attempt.end_by - state.now : Duration{0};
      effects.emplace_back(EndAttempt{attempt.id, grace});
    }
  }
  return effects;
}

std::string engine_of(const State& state, const Attempt& attempt) {
  const auto& all = state.centre.partitions;
  const auto partition =
      std::ranges::find(all, state.spec(state.jobs.at(attempt.id.job)).partition, &model::Partition::name);
  return partition == all.end() ? std::string() : partition->engine;
}

model::LaunchOrder launch_order(const State& state, const Attempt& attempt) {
  const Job& job = state.jobs.at(attempt.id.job);
  const model::JobSpec& spec = state.spec(job);
  const bool element = job.array_index >= 0;
  model::AttemptFacts facts{.job = job.id,
                            .array = element ? job.first : model::JobId{},
                            .index = std::max(0, job.array_index),
                            .attempt = attempt.id.number,
                            .checkpoint_last = job.past->checkpoint_last,
                            .centre_name = state.centre.name};
  const bool guest = is_guest(state, spec);
  const std::vector<model::TaskLease> leases = guest ? leases_asked(spec) : attempt.lease.form();
  for (const model::TaskLease& lease : leases) {
    const model::Node& node = guest ? model::Node{} : state.centre.nodes.at(lease.node.raw());
    const auto type = std::ranges::find(state.centre.card_types, node.card_type, &model::CardType::name);
    facts.places.push_back({node.name, lease, type == state.centre.card_types.end() ? "" : type->visible_variable});
  }
  std::vector<model::Environment> environments = model::task_environments(spec, facts);
  model::LaunchOrder order{.attempt = attempt.id,
                           .granted_at = attempt.granted_at,
                           .job_name = spec.name,
                           .user = spec.user,
                           .workdir = spec.workdir,
                           .output = model::expand_output_pattern(spec.output, spec, facts),
                           .wall = spec.wall,
                           .checkpoint = spec.checkpoint,
                           .hang_after = spec.hang_after,
                           .terminal = spec.terminal,
                           .checkpoint_last = job.past->checkpoint_last,
                           .checkpoint_owner = job.id};
  if (const auto partition = std::ranges::find(state.centre.partitions, spec.partition, &model::Partition::name);
      partition != state.centre.partitions.end() && !partition->engine.empty()) {
    order.engine = partition->engine;
    order.engine_partition = partition->engine_partition;
    order.account = account_of(state.centre, spec.user);
    order.guest = partition->guest;
  }
  std::int32_t rank = 0;
  for (const model::Part& part : spec.parts) {
    const std::int32_t tasks = spec.tasks_of(part, static_cast<std::int32_t>(leases.size()));
    for (std::int32_t task = 0; task < tasks; ++task, ++rank) {
      const model::TaskLease& lease = leases.at(rank);
      const model::Node& node = guest ? model::Node{} : state.centre.nodes.at(lease.node.raw());
      order.tasks.push_back({.rank = rank,
                             .node_name = node.name,
                             .node_is_virtual = node.is_virtual,
                             .lease = lease,
                             .script = part.script,
                             .command = part.command,
                             .environment = std::move(environments.at(rank)),
                             .card_type = lease.cards.empty() ? std::string()
                                          : guest             ? part.need.card_type
                                                              : node.card_type});
    }
  }
  return order;
}

}  // namespace mingyue::core
