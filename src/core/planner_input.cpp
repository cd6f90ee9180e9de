#include "core/planner_input.hpp"

#include <algorithm>

#include "core/money.hpp"
#include "core/qpus.hpp"
#include "core/reservations.hpp"

namespace mingyue::core {
namespace {

using sched::Blocked;

constexpr Duration others_unknown = days(30);
constexpr Duration others_overdue = minutes(5);

const model::PriorityClass& class_of(const State& state, const std::string& name) {
  static const model::PriorityClass none;
  const auto it = std::ranges::find(state.centre.classes, name, &model::PriorityClass::name);
  return it == state.centre.classes.end() ? none : *it;
}

std::int32_t partition_index(const model::Centre& centre, const std::string& name) {
  const auto it = std::ranges::find(centre.partitions, name, &model::Partition::name);
  return it == centre.partitions.end() ? 0 : static_cast<std::int32_t>(it - centre.partitions.begin());
}

void add_nodes(const State& state, sched::Snapshot& out) {
  out.nodes.reserve(state.nodes.size());
  for (const model::Node& node : state.centre.nodes) {
    const NodeState& now = state.nodes[node.id.raw()];
    out.nodes.push_back(
        {.id = node.id,
         .name = node.name,
         .partition = partition_index(state.centre, node.partition),
         .switch_name = node.switch_name,
         .card_type = node.card_type,
         .total = {node.cores, node.memory, node.cards},
         .free = {CoreCount{now.cores_free.count()}, now.memory_free, CardCount{now.cards_free.count()}},
         .available = state.available(node.id),
         .spare = state.kinds.of(node.id).spare});
  }
}

/// It could go on elsewhere, and has not been moved just now.
bool movable(const State& state, const Job& job, const Attempt& attempt, Instant now) {
  const Duration pause = state.centre.policy.move_pause;
  return pause > Duration{} && attempt.started_at && (!job.past->moved_at || now - *job.past->moved_at >= pause);
}

void add_reservations(const State& state, sched::Snapshot& out) {
  for (const auto& [id, reservation] : state.reservations) {
    out.reservations.push_back({.name = reservation.name,
                                .partition = partition_index(state.centre, reservation.partition),
                                .maintenance = reservation.kind == model::ReservationKind::maintenance,
                                .nodes = reservation.nodes,
                                .windows = windows_ahead(reservation, out.now)});
  }
}

/// When the attempt is off nodes that are reserved for others: it is asked to end when their window begins.
Instant cleared_by(const State& state, const Attempt& attempt, const model::JobSpec& spec, Instant now) {
  Instant first = never;
  for (const auto& share : attempt.lease.shares()) {
    const auto reserved = state.reserved.find(share.node);
    if (reserved == state.reserved.end()) continue;
    for (const model::ReservationId id : reserved->second) {
      const model::Reservation& reservation = state.reservations.at(id);
      if (reservation.name == spec.reservation) continue;
      if (const auto window = window_at(reservation, now)) first = std::min(first, std::max(window->from, now));
    }
  }
  return first == never ? never : first + (spec.checkpoint.signal != 0 ? spec.checkpoint.grace : end_grace);
}

void add_running(const State& state, PlannerInput& input) {
  sched::Snapshot& out = input.snapshot;
  for (const auto& [id, attempt] : state.attempts) {
    if (attempt.handed_over()) continue;  // it holds nothing
    const Job& job = state.jobs.at(id);
    const model::JobSpec& spec = state.spec(job);
    const Instant ran_from = attempt.started_at.value_or(attempt.held_from());
    sched::RunningView view{
        .attempt = attempt.id,
        .partition = partition_index(state.centre, spec.partition),
        .rank = class_of(state, spec.priority_class).rank,
        .preemptible = spec.preemptible && out.now - attempt.granted_at >= state.centre.policy.preempt_exempt,
        .ending = attempt.end_reason.has_value() || attempt.notice_until.has_value(),
        .grace = spec.checkpoint.signal != 0 ? spec.checkpoint.grace : end_grace,
        .unsaved = out.now - attempt.checkpoint_at.value_or(ran_from),
        .ends_by = ends_by(state, attempt),
        .project = spec.project,
        .user = spec.user};
    view.uncounted = out.now - attempt.held_from();  // its use is added when it ends
    if (attempt.moves) view.moves_for = attempt.noticed_by;
    if (view.preemptible && !view.ending && movable(state, job, attempt, out.now)) {
      input.specs.push_back(job.spec);
      view.movable = true;
      view.wall = spec.wall;
      view.spec = &spec;
    }
    if (!state.reserved.empty()) view.ends_by = std::min(view.ends_by, cleared_by(state, attempt, spec, out.now));
    for (const auto& share : attempt.lease.shares()) {
      const sched::Room room{CoreCount{share.cores_a_task()}, share.memory, CardCount{share.cards_a_task()}};
      view.holds.insert(view.holds.end(), static_cast<std::size_t>(share.tasks), {share.node, room});
    }
    out.running.push_back(std::move(view));
  }
}

/// What others hold, as work that nobody can end.
void add_others(const State& state, sched::Snapshot& out) {
  for (const model::Node& node : state.centre.nodes) {
    const NodeState& now = state.nodes[node.id.raw()];
    if (!now.others()) continue;
    // Where the engine knows no end, or it is overdue, nothing is promised there soon.
    const Instant until = now.others_until.value_or(out.now + others_unknown);
    out.running.push_back(
        {.attempt = {sched::others_on(node.id), 0},
         .partition = partition_index(state.centre, node.partition),
         .ends_by = std::max(until, out.now + others_overdue),
         .holds = {{node.id,
                    {CoreCount{now.others_cores.count()}, now.others_memory, CardCount{now.others_cards.count()}}}}});
  }
}

}  // namespace

/// The reservation that the job asks for, by its place in the snapshot; -1: it asks for none, or not for one that is
/// there and that it may use.
std::int32_t WaitingViews::inside(const model::JobSpec& spec) const {
  if (spec.reservation.empty()) return -1;
  std::int32_t place = 0;
  for (const auto& [id, reservation] : state_.reservations) {
    if (reservation.name == spec.reservation) return may_use(reservation, spec) ? place : -1;
    ++place;
  }
  return -1;
}

void WaitingViews::see(const Shared<model::JobSpec>& shared) {
  const model::JobSpec& spec = *shared;
  last_ = &spec;
  specs_.push_back(shared);
  const model::PriorityClass& priority = class_of(state_, spec.priority_class);
  common_ = {.partition = partition_index(state_.centre, spec.partition),
             .rank = priority.rank,
             .preempts = priority.preempts,
             .preemptible = spec.preemptible,
             .project = spec.project,
             .user = spec.user,
             .wall = spec.wall,
             .spec = &spec};
  const auto tasks = tasks_within_budget(state_, spec);
  over_budget_ = !tasks;
  common_.tasks_most = tasks.value_or(common_.tasks_most);
  common_.reservation = inside(spec);
  reservation_over_ = !spec.reservation.empty() && common_.reservation < 0;
  seats_ = {};
  if (const model::QpuNeed* qpu = spec.qpu()) seats_ = qpu_seats(state_, *qpu);
}

sched::WaitingView WaitingViews::of(const Job& job) {
  const model::JobSpec& spec = state_.spec(job);
  if (&spec != last_) see(job.spec);
  sched::WaitingView view = common_;
  view.id = job.id;
  view.goes_on = may_hold_spares(state_, job) && !spec.preemptible;
  view.eligible_since = job.eligible_since;
  const auto array = state_.arrays.find(job.first);
  if (job.state == model::JobState::held) {
    view.blocked = Blocked::held;
  } else if (!job.dependencies->empty()) {
    view.blocked = Blocked::dependency;
    view.blocked_by = "job " + std::to_string(job.dependencies->front().job.raw());
  } else if (reservation_over_) {
    view.blocked = Blocked::reservation_over;
    view.blocked_by = spec.reservation;
  } else if (job.past->not_before > now_) {
    view.blocked = Blocked::retry_delay;
    view.blocked_until = job.past->not_before;
  } else if (spec.array_at_once > 0 && array != state_.arrays.end() && array->second.active >= spec.array_at_once) {
    view.blocked = Blocked::array_bound;
    view.blocked_by = std::to_string(spec.array_at_once);
  } else if (over_budget_) {
    view.blocked = Blocked::budget;
    view.blocked_by = spec.project;
  } else if (spec.qpu() != nullptr && seats_.free <= 0) {
    view.blocked = seats_.in_service == 0 ? Blocked::qpu_out : Blocked::qpu_shared;
    view.blocked_by = seats_.devices;
  }
  return view;
}

Instant next_preemptible(const State& state, Instant now) {
  Instant next = never;
  if (state.waiting == 0) return next;
  for (const auto& [id, attempt] : state.attempts) {
    const Instant from = attempt.granted_at + state.centre.policy.preempt_exempt;
    if (from > now && state.spec(state.jobs.at(id)).preemptible) next = std::min(next, from);
  }
  return next;
}

std::optional<std::int32_t> tasks_within_budget(const State& state, const model::JobSpec& spec) {
  const auto project = std::ranges::find(state.centre.projects, spec.project, &model::Project::name);
  if (project == state.centre.projects.end() || !project->has_budget) return spec.tasks();
  const auto account = state.accounts.find(spec.project);
  if (account == state.accounts.end()) return std::nullopt;
  const auto estimate = [&](std::int32_t tasks) {
    return price_at_limit(state.centre, state.kinds, spec, tasks, AnyCard::cheapest);
  };
  // The largest that is covered; an estimate only grows with the tasks.
  const Credits available = account->second.available();
  std::int32_t covered = spec.tasks_least() - 1;
  std::int32_t open = spec.tasks();
  while (covered < open) {
    const std::int32_t middle = covered + (open - covered + 1) / 2;
    if (estimate(middle) <= available)
      covered = middle;
    else
      open = middle - 1;
  }
  return covered >= spec.tasks_least() ? std::optional(covered) : std::nullopt;
}

bool may_hold_spares(const State& state, const Job& job) {
  const model::JobSpec& spec = state.spec(job);
  if (spec.preemptible || job.past->nodes_hit == 0) return spec.preemptible;
  const std::uint32_t partition = model::partition_number(state.centre, spec.partition);
  return partition != model::NodeKinds::no_partition && state.centre.partitions[partition].spares > 0 &&
         job.past->nodes_hit >= state.centre.partitions[partition].spares_for;
}

PlannerInput planner_input(const State& state, Instant now) {
  PlannerInput input;
  sched::Snapshot& out = input.snapshot;
  out.now = now;
  out.partitions = state.centre.partitions;
  out.policy = state.centre.policy;
  out.projects = state.centre.projects;
  add_nodes(state, out);
  add_reservations(state, out);
  add_running(state, input);
  add_others(state, out);
  out.waiting.reserve(state.waiting);
  WaitingViews views(state, now, input.specs);
  for (const auto& [id, job] : state.jobs)
    if (waits(job)) out.waiting.push_back(views.of(job));
  for (const auto& [name, usage] : state.usage) {
    const sched::UsageView view{name, usage.at(now, state.centre.policy.fair_share_half_life)};
    (name.find('/') == std::string::npos ? out.project_usage : out.user_usage).push_back(view);
  }
  return input;
}

}  // namespace mingyue::core
