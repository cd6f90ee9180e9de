#include <algorithm>

#include "sched/moves.hpp"
#include "sched/partition_planner.hpp"
#include "sched/room.hpp"

namespace mingyue::sched {
namespace {
constexpr int moves_tried = 4;  ///< each leaves out one who could not go on elsewhere after all
}

/// Where work that is moved could start again.
std::optional<Booking> PartitionPlanner::elsewhere(const RunningView& run, Instant start) {
  for (const ShapeId id : context_.shapes.of(*run.spec, run.wall, {.spares = true}))
    if (auto booking = calendar_.at(context_.shapes[id], id, start)) return booking;
  return std::nullopt;
}

std::vector<Victim> PartitionPlanner::movable_in(std::int32_t partition) {
  std::vector<Victim> movable;
  const auto& running = context_.snapshot.running;
  for (std::size_t i = 0; i < running.size(); ++i) {
    const RunningView& run = running[i];
    if (!run.movable || claimed_[i] || run.partition != partition) continue;
    Victim victim{.running = i,
                  .attempt = run.attempt,
                  .holds = Context::holds_on(calendar_.nodes(), run),
                  .out = context_.end_if_asked(run),
                  .end = context_.end_of(run),
                  .work = cost_of_move(context_, calendar_.nodes(), run)};
    if (!victim.holds.empty()) movable.push_back(std::move(victim));
  }
  std::ranges::sort(movable, [](const Victim& a, const Victim& b) {
    return a.work != b.work ? a.work < b.work : a.attempt > b.attempt;
  });
  if (movable.size() > movable_max) movable.resize(movable_max);
  std::erase_if(movable,
                [&](const Victim& one) { return !elsewhere(context_.snapshot.running[one.running], one.out); });
  return movable;
}

void PartitionPlanner::move_for_first(std::vector<Candidate>& candidates) {
  Candidate* first = first_in_pieces(context_, candidates);
  if (first == nullptr) return;
  std::vector<Room> free;
  for (std::size_t i = 0; i < calendar_.nodes().size(); ++i)
    free.push_back(calendar_.timeline(static_cast<NodeIndex>(i)).steps().front().free);
  const bool in_pieces = std::ranges::any_of(
      first->shapes, [&](ShapeId id) { return enough_in_number(calendar_.nodes(), free, context_.shapes[id]); });
  if (!in_pieces) return;
  std::vector<Victim> movable = movable_in(first->job->partition);
  for (int i = 0; i < moves_tried && !movable.empty(); ++i) {
    const auto stuck = move(*first, movable);
    if (!stuck) return;
    std::erase_if(movable, [&](const Victim& victim) { return victim.running == *stuck; });
  }
}

/// Moves some of them, or nobody, for the candidate. Answers with one who, as the others would go, has nowhere to go
/// on.
std::optional<std::size_t> PartitionPlanner::move(Candidate& first, const std::vector<Victim>& movable) {
  const Booking before = *first.booking;
  // All others keep what is promised to them: only the candidate's own booking is taken out.
  calendar_.remove(before);
  auto claimed = claim(calendar_, context_.shapes, first.shapes, before.start, movable);
  if (!claimed) {
    calendar_.add(before);
    return std::nullopt;
  }
  const auto& running = context_.snapshot.running;
  std::int64_t cost = 0;
  for (const std::size_t i : claimed->victims) cost += cost_of_move(context_, calendar_.nodes(), running[i]);
  std::int64_t gain = 0;
  for (const auto& [node, room] : claimed->booking.takes) {
    gain += weight(calendar_.nodes()[static_cast<std::size_t>(node)].total, room) *
            (before.start - claimed->booking.start).raw();
  }
  if (gain <= cost) {
    calendar_.add(before);
    return std::nullopt;
  }
  const auto release = [&](std::int32_t sign) {
    for (const std::size_t i : claimed->victims)
      for (const auto& [node, room] : Context::holds_on(calendar_.nodes(), running[i]))
        calendar_.release(node, context_.end_if_asked(running[i]), context_.end_of(running[i]), room * sign);
  };
  release(+1);
  calendar_.add(claimed->booking);
  std::vector<Booking> again;
  for (const std::size_t i : claimed->victims) {
    auto booking = elsewhere(running[i], claimed->booking.start);
    if (!booking) {
      for (const Booking& one : again) calendar_.remove(one);
      calendar_.remove(claimed->booking);
      release(-1);
      calendar_.add(before);
      return i;
    }
    calendar_.add(*booking);
    again.push_back(std::move(*booking));
  }
  for (const std::size_t i : claimed->victims) claimed_[i] = true;
  first.victims = std::move(claimed->victims);
  first.moves = true;
  first.booking = std::move(claimed->booking);
  return std::nullopt;
}

}  // namespace mingyue::sched
