#include <algorithm>
#include <map>
#include <unordered_set>

#include "sched/counted_plan.hpp"
#include "sched/moves.hpp"
#include "sched/room.hpp"
#include "sched/shortage.hpp"

/// Moves in a partition that counts: for jobs of one part, work that stands on one node each. Which nodes to clear is
/// chosen by cost; that it works is tried, by planning once more as it would be.
namespace mingyue::sched {
namespace {

struct Movable {
  std::size_t running = 0;
  std::int64_t cost = 0;
  Room room;
};

constexpr std::int64_t behind_all = INT64_MAX - 1;  ///< a place in line

/// A node on which more tasks would fit without some of what runs there.
struct Cleared {
  NodeIndex node = 0;
  std::vector<std::size_t> victims;
  std::int64_t cost = 0;
  std::int32_t tasks = 0;  ///< more than now
};

std::map<NodeIndex, std::vector<Movable>> movable_by_node(const Context& context, std::span<const NodeFacts> nodes,
                                                          std::int32_t partition, const std::vector<char>& claimed) {
  std::map<NodeIndex, std::vector<Movable>> by_node;
  const auto& running = context.snapshot.running;
  for (std::size_t i = 0; i < running.size(); ++i) {
    if (!running[i].movable || claimed[i] != 0 || running[i].partition != partition) continue;
    const auto holds = Context::holds_on(nodes, running[i]);
    if (holds.empty() || holds.size() != running[i].holds.size()) continue;
    const NodeIndex node = holds.front().first;
    if (std::ranges::any_of(holds, [&](const auto& hold) { return hold.first != node; })) continue;
    Movable one{i, cost_of_move(context, nodes, running[i]), {}};
    for (const auto& hold : holds) one.room += hold.second;
    by_node[node].push_back(one);
  }
  for (auto& [node, all] : by_node) {
    std::ranges::sort(all, [&](const Movable& a, const Movable& b) {
      return a.cost != b.cost ? a.cost < b.cost : running[a.running].attempt > running[b.running].attempt;
    });
  }
  return by_node;
}

}  // namespace

void CountedPlan::move_for_first(std::vector<Candidate>& candidates) {
  Candidate* first = first_in_pieces(context_, candidates);
  if (first == nullptr) return;
  const Shape shape = context_.shapes[first->shapes.front()];
  if (shape.parts.size() != 1 || !enough_in_number(nodes_, free_, shape)) return;
  const ShapePart& part = shape.parts.front();
  std::vector<Cleared> cleared;
  for (const auto& [node, movable] : movable_by_node(context_, nodes_, partition_, claimed_)) {
    if (!suits(part, nodes_[static_cast<std::size_t>(node)])) continue;
    Room room = free_[static_cast<std::size_t>(node)];
    const std::int32_t now = times(part.need, room, part.tasks);
    Cleared one{.node = node, .victims = {}};
    for (const Movable& victim : movable) {
      room += victim.room;
      one.victims.push_back(victim.running);
      one.cost += victim.cost;
      one.tasks = times(part.need, room, part.tasks) - now;
      if (one.tasks > 0) break;
    }
    if (one.tasks > 0) cleared.push_back(std::move(one));
  }
  std::ranges::sort(
      cleared, [](const Cleared& a, const Cleared& b) { return a.cost != b.cost ? a.cost < b.cost : a.node < b.node; });
  std::int32_t tasks = tasks_that_fit(nodes_, free_, part, part.tasks);
  std::vector<std::size_t> victims;
  std::int64_t cost = 0;
  Instant out = context_.snapshot.now;
  for (const Cleared& one : cleared) {
    if (tasks >= part.tasks || victims.size() + one.victims.size() > movable_max) break;
    tasks += one.tasks;
    cost += one.cost;
    victims.insert(victims.end(), one.victims.begin(), one.victims.end());
    for (const std::size_t i : one.victims) out = std::max(out, context_.end_if_asked(context_.snapshot.running[i]));
  }
  if (tasks < part.tasks || victims.empty() || out >= first->booking->start) return;
  const Room& total = nodes_[static_cast<std::size_t>(cleared.front().node)].total;
  const std::int64_t gain = weight(total, part.need) * part.tasks * (first->booking->start - out).raw();
  if (gain <= cost || !works(candidates, *first, victims, out)) return;
  for (const std::size_t i : victims) claimed_[i] = 1;
  std::ranges::sort(victims);
  first->victims = std::move(victims);
  first->moves = true;
  first->booking->start = out;
  first->booking->end = out + first->job->wall;
}

/// If these ended at `out`, the first would start then, they would start again then, and nobody would start later than
/// is planned.
bool CountedPlan::works(const std::vector<Candidate>& candidates, const Candidate& first,
                        const std::vector<std::size_t>& victims, Instant out) const {
  const Snapshot& snapshot = context_.snapshot;
  Snapshot other;
  other.now = snapshot.now;
  other.nodes = snapshot.nodes;
  other.running = snapshot.running;
  for (const std::size_t i : victims) other.running[i].ends_by = out;
  PartitionLine line(other, partition_, Backfill::conservative, PartitionLine::Away::left_out);
  submit(line, candidates, candidates.size());
  std::uint64_t stand_in = UINT64_MAX;  // for the next attempt of one that runs here still
  for (const std::size_t i : victims) {
    const RunningView& run = snapshot.running[i];
    const Allowance allowance{.spares = true};
    if (!line.ever_fits(*run.spec, allowance)) return false;
    line.submit(model::JobId(stand_in), *run.spec, run.wall, behind_all, out, allowance);
    --stand_in;
  }
  std::unordered_set<std::uint64_t> started;
  for (const Start& start : line.step(other.now)) started.insert(start.job.raw());
  const auto starts_by = [&](model::JobId job, Instant latest) {
    return started.contains(job.raw()) || line.promise(job).value_or(never) <= latest;
  };
  for (std::uint64_t job = UINT64_MAX; job > stand_in; --job)
    if (!starts_by(model::JobId(job), out)) return false;
  return starts_by(first.job->id, out) && std::ranges::all_of(candidates, [&](const Candidate& candidate) {
           return !candidate.booking || starts_by(candidate.job->id, candidate.booking->start);
         });
}

}  // namespace mingyue::sched
