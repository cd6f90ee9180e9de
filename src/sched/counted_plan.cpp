#include "sched/counted_plan.hpp"

#include <algorithm>
#include <set>

#include "base/invariant.hpp"
#include "sched/idle.hpp"
#include "sched/room.hpp"
#include "sched/shortage.hpp"

namespace mingyue::sched {

CountedPlan::CountedPlan(Context& context, std::int32_t partition)
    : context_(context),
      partition_(partition),
      line_(context.snapshot, partition, Backfill::conservative, PartitionLine::Away::left_out),
      nodes_(context.nodes_of(partition)),
      claimed_(context.snapshot.running.size(), 0) {
  const Instant now = context.snapshot.now;
  for (const NodeFacts& node : nodes_) {
    free_.push_back(context.snapshot.nodes[node.view].free);
    if (node.closed == nullptr) continue;
    const auto next = std::ranges::find_if(*node.closed, [&](const auto& one) { return one.first > now; });
    if (next != node.closed->end()) closings_.push_back(next->first);
  }
  if (!context.closes(partition)) return;
  std::ranges::sort(closings_);
  closings_.erase(std::ranges::unique(closings_).begin(), closings_.end());
  free_unclosed_ = free_;
  for (std::size_t i = 0; i < nodes_.size(); ++i)
    if (nodes_[i].closed != nullptr && closed_at(*nodes_[i].closed, now)) free_[i] = Room{};
}

Instant CountedPlan::floor_of(const Candidate& candidate) const {
  return candidate.floor > context_.snapshot.now ? candidate.floor : Instant{0};
}

/// To a line of its own: what is asked has other numbers there.
void CountedPlan::submit(PartitionLine& line, const std::vector<Candidate>& candidates, std::size_t count) const {
  for (std::size_t i = 0; i < count; ++i) {
    const WaitingView& job = *candidates[i].job;
    line.submit(job.id, *job.spec, job.wall, candidates[i].place, floor_of(candidates[i]), allowance_of(job));
  }
}

void CountedPlan::plan(std::vector<Candidate>& candidates) {
  const Instant now = context_.snapshot.now;
  line_.reserve(candidates.size());
  for (const Candidate& one : candidates)
    line_.submit(one.job->id, one.line_shape, one.job->wall, one.place, floor_of(one));
  std::map<model::JobId, std::vector<model::NodeId>> starts;
  for (Start& start : line_.step(now)) starts.emplace(start.job, std::move(start.nodes));
  int claims = 0;
  for (std::size_t i = 0; i < candidates.size(); ++i) {
    Candidate& candidate = candidates[i];
    const model::JobId job = candidate.job->id;
    if (const auto start = starts.find(job); start != starts.end()) {
      book_start(candidate, start->second);
    } else if (const auto promise = line_.promise(job); promise && *promise < never) {
      candidate.booking = Booking{.start = *promise,
                                  .end = *promise + candidate.job->wall,
                                  .shape = candidate.shapes.front(),
                                  .nodes = {},
                                  .takes = {}};
      if ((candidate.job->preempts || candidate.job->goes_on) && candidate.floor <= now && claims < claims_max) {
        ++claims;
        preempt_for(candidates, i);
      }
    }
  }
  move_for_first(candidates);
}

void CountedPlan::book_start(Candidate& candidate, const std::vector<model::NodeId>& nodes) {
  const Instant now = context_.snapshot.now;
  const auto tasks = static_cast<std::int32_t>(nodes.size());
  const ShapeId shape = context_.shapes.with_tasks(candidate.shapes.front(), tasks).value_or(candidate.shapes.front());
  candidate.booking = Booking{.start = now, .end = now + candidate.job->wall, .shape = shape, .nodes = {}, .takes = {}};
  for (const model::NodeId node : nodes) candidate.booking->nodes.push_back(*Context::index_of(nodes_, node));
  take(candidate, false);
}

/// What a start takes of the room that is free now; or gives back.
void CountedPlan::take(const Candidate& started, bool back) {
  std::size_t rank = 0;
  for (const ShapePart& part : context_.shapes[started.booking->shape].parts) {
    for (std::int32_t t = 0; t < part.tasks; ++t, ++rank) {
      const auto node = static_cast<std::size_t>(started.booking->nodes[rank]);
      for (std::vector<Room>* rooms : {&free_, &free_unclosed_}) {
        if (rooms->empty()) continue;
        if (back)
          (*rooms)[node] += part.need;
        else
          (*rooms)[node] -= part.need;
      }
    }
  }
}

/// When the candidate would start if these were asked to end now: behind all before it, ahead of all after it.
Instant CountedPlan::start_without(const std::vector<Candidate>& candidates, std::size_t index,
                                   const std::vector<std::size_t>& victims) const {
  Snapshot other;
  other.now = context_.snapshot.now;
  other.nodes = context_.snapshot.nodes;
  other.running = context_.snapshot.running;
  other.reservations = context_.snapshot.reservations;
  for (const std::size_t i : victims) other.running[i].ends_by = context_.end_if_asked(context_.snapshot.running[i]);
  PartitionLine line(other, partition_, Backfill::conservative, PartitionLine::Away::left_out);
  submit(line, candidates, index + 1);
  const model::JobId job = candidates[index].job->id;
  for (const Start& start : line.step(other.now)) {
    if (start.job == job) return other.now;
  }
  return line.promise(job).value_or(never);
}

std::vector<model::AttemptId> CountedPlan::ending_for(const Candidate& candidate) const {
  std::vector<model::AttemptId> attempts;
  if (!candidate.booking || !(candidate.job->preempts || candidate.job->goes_on)) return attempts;
  bool decides = false;
  for (const RunningView& run : context_.snapshot.running) {
    if (!run.ending || !context_.gives_way(run, *candidate.job)) continue;
    const Instant end = context_.end_of(run);
    if (end > candidate.booking->start) continue;
    attempts.push_back(run.attempt);
    decides = decides || end == candidate.booking->start;
  }
  return decides ? attempts : std::vector<model::AttemptId>{};
}

void CountedPlan::preempt_for(std::vector<Candidate>& candidates, std::size_t index) {
  Candidate& candidate = candidates[index];
  const Instant before = candidate.booking->start;
  if (!ending_for(candidate).empty()) return;
  struct Victim {
    std::size_t running = 0;
    std::int64_t work = 0;
  };
  std::vector<Victim> victims;
  const auto& running = context_.snapshot.running;
  for (std::size_t i = 0; i < running.size(); ++i) {
    const RunningView& run = running[i];
    if (run.ending || claimed_[i] != 0 || !context_.gives_way(run, *candidate.job) ||
        context_.end_if_asked(run) >= before)
      continue;
    std::int64_t work = 0;
    for (const auto& [node, room] : Context::holds_on(nodes_, run))
      work += weight(nodes_[static_cast<std::size_t>(node)].total, room) * run.unsaved.raw();
    victims.push_back({i, work});
  }
  // Cheapest first, of equals the newest; the smallest number of them that brings the start to the last of their ends.
  std::ranges::sort(victims, [&](const Victim& a, const Victim& b) {
    return a.work != b.work ? a.work < b.work : running[a.running].attempt > running[b.running].attempt;
  });
  const auto first = [&](std::size_t count) {
    std::vector<std::size_t> some;
    for (std::size_t i = 0; i < count; ++i) some.push_back(victims[i].running);
    return some;
  };
  const auto suffices = [&](const std::vector<std::size_t>& some) {
    Instant out = context_.snapshot.now;
    for (const std::size_t i : some) out = std::max(out, context_.end_if_asked(running[i]));
    return start_without(candidates, index, some) <= out;
  };
  if (victims.empty() || !suffices(first(victims.size()))) return;
  std::size_t low = 1;
  std::size_t high = victims.size();
  while (low < high) {
    const std::size_t middle = (low + high) / 2;
    if (suffices(first(middle)))
      high = middle;
    else
      low = middle + 1;
  }
  std::vector<std::size_t> chosen = first(high);
  // The dearest of them that it can do without are let go.
  constexpr std::size_t tries = 8;
  const std::size_t last = chosen.size() > tries ? chosen.size() - tries : 0;
  for (std::size_t i = chosen.size(); i > last && chosen.size() > 1; --i) {
    std::vector<std::size_t> without = chosen;
    without.erase(without.begin() + static_cast<std::ptrdiff_t>(i - 1));
    if (suffices(without)) chosen = std::move(without);
  }
  Instant out = context_.snapshot.now;
  for (const std::size_t i : chosen) {
    claimed_[i] = 1;
    out = std::max(out, context_.end_if_asked(running[i]));
  }
  std::ranges::sort(chosen);
  candidate.victims = std::move(chosen);
  candidate.booking->start = out;
  candidate.booking->end = out + candidate.job->wall;
}

/// Nodes that close before any of those who wait would be done are held back for who has reserved them.
void CountedPlan::hold_for_reservations(const std::vector<Candidate>& candidates, std::int64_t& cores,
                                        std::map<std::int32_t, std::int64_t>& cards) const {
  if (closings_.empty()) return;
  const Instant now = context_.snapshot.now;
  Instant shortest = never;
  for (const Candidate& candidate : candidates) {
    if (candidate.floor <= now && (!candidate.booking || candidate.booking->start > now))
      shortest = std::min(shortest, now + candidate.job->wall);
  }
  if (shortest == never) return;
  for (std::size_t i = 0; i < nodes_.size(); ++i) {
    const NodeFacts& node = nodes_[i];
    const bool closes = node.closed != nullptr && std::ranges::any_of(*node.closed, [&](const auto& one) {
                          return one.first > now && one.first < shortest;
                        });
    if (!closes) continue;
    const Room here = least(free_[i], node.total);
    cores += here.cores.raw();
    if (node.card_type >= 0) cards[node.card_type] += here.cards.raw();
  }
}

void CountedPlan::classify_idle(const std::vector<Candidate>& candidates, std::vector<IdleClasses>& idle) const {
  // What is held back is what those who are promised next need, as far as it is there: counted over the partition.
  const Candidate* next = nullptr;
  for (const Candidate& candidate : candidates) {
    if (!candidate.booking || candidate.booking->start <= context_.snapshot.now) continue;
    if (next == nullptr || candidate.booking->start < next->booking->start) next = &candidate;
  }
  Room free;
  std::map<std::int32_t, std::int64_t> cards;
  std::int64_t cores_held = 0;
  std::map<std::int32_t, std::int64_t> cards_held;
  std::vector<Room> for_all = free_;  // without spares
  for (std::size_t i = 0; i < nodes_.size(); ++i) {
    const Room here = least(free_[i], nodes_[i].total);
    free += here;
    if (nodes_[i].card_type >= 0) cards[nodes_[i].card_type] += here.cards.raw();
    if (!nodes_[i].spare) continue;
    cores_held += here.cores.raw();
    if (nodes_[i].card_type >= 0) cards_held[nodes_[i].card_type] += here.cards.raw();
    for_all[i] = Room{};
  }
  if (next != nullptr) {
    for (const ShapePart& part : context_.shapes[next->booking->shape].parts) {
      cores_held += std::int64_t{part.need.cores.raw()} * part.tasks;
      if (part.card_type >= 0) cards_held[part.card_type] += std::int64_t{part.need.cards.raw()} * part.tasks;
    }
  }
  hold_for_reservations(candidates, cores_held, cards_held);
  for (std::size_t i = 0; i < nodes_.size(); ++i) {  // closed, and not yet in a window: nobody else may
    const NodeFacts& node = nodes_[i];
    const bool closed = node.closed != nullptr && closed_at(*node.closed, context_.snapshot.now);
    if (!closed || context_.reserved_now(node.id)) continue;
    const Room waits = least(free_unclosed_[i], node.total);
    free += waits;
    cores_held += waits.cores.raw();
    if (node.card_type < 0) continue;
    cards[node.card_type] += waits.cards.raw();
    cards_held[node.card_type] += waits.cards.raw();
  }
  const IdleAmounts wanted = wanted_by(context_, nodes_, for_all, candidates);
  divide_idle(context_, partition_, {.cores = free.cores.raw(), .cards = cards},
              {.cores = cores_held, .cards = cards_held}, wanted, idle);
}

// --- reasons ---

namespace {

std::vector<std::int64_t> parts_of(const Shape& shape) {
  std::vector<std::int64_t> parts;
  for (const ShapePart& part : shape.parts) {
    parts.insert(parts.end(), {part.need.cores.raw(), part.need.memory.raw(), part.need.cards.raw(), part.card_type,
                               part.tasks, static_cast<std::int64_t>(part.placement), part.on_spares ? 1 : 0});
  }
  return parts;
}

}  // namespace

const CountedReasons::Known& CountedReasons::known(ShapeId id, Duration wall) {
  const Shape& shape = plan_.context_.shapes[id];
  const Instant now = plan_.context_.snapshot.now;
  // Limits between the same two closings are answered alike.
  const auto closings = std::ranges::lower_bound(plan_.closings_, now + wall) - plan_.closings_.begin();
  const auto [entry, is_new] = known_.try_emplace({id, closings});
  if (!is_new) return entry->second;
  Known& known = entry->second;
  std::vector<Room> rooms = free_;
  for (std::size_t i = 0; i < rooms.size() && !plan_.closings_.empty(); ++i) {
    const Closed* closed = plan_.nodes_[i].closed;
    if (closed == nullptr) continue;
    if (std::ranges::any_of(*closed, [&](const auto& one) { return one.first < now + wall && one.second > now; }))
      rooms[i] = Room{};
  }
  known.fits = place(plan_.nodes_, std::move(rooms), shape).has_value();
  if (known.fits) return known;
  if (!plan_.free_unclosed_.empty()) {
    if (auto nodes = place(plan_.nodes_, plan_.free_unclosed_, shape)) {
      const Booking now_on{.start = now, .end = now + wall, .shape = id, .nodes = std::move(*nodes), .takes = {}};
      known.reserved = plan_.context_.first_reserved(plan_.nodes_, now_on);
    }
  }
  known.spares_missed = spares_missed(plan_.nodes_, free_, shape);
  known.missing = known.spares_missed > 0 ? Words{std::to_string(known.spares_missed)}
                                          : shortage(plan_.nodes_, free_, shape, plan_.context_.types);
  return known;
}

std::vector<model::AttemptId> CountedReasons::asked_to_end(const Candidate& candidate) const {
  if (candidate.victims.empty()) return plan_.ending_for(candidate);
  std::vector<model::AttemptId> attempts;
  for (const std::size_t i : candidate.victims) attempts.push_back(plan_.context_.snapshot.running[i].attempt);
  return attempts;
}

void CountedReasons::explain(Wait& wait, const Candidate& candidate) {
  const Known* nearest = nullptr;
  for (const ShapeId id : candidate.shapes) {
    const Known& one = known(id, candidate.job->wall);
    if (nearest == nullptr || one.fits) nearest = &one;
    if (one.fits) break;
  }
  INVARIANT(nearest != nullptr, "job {} waits for room and has no shape", candidate.job->id.raw());
  if (nearest->reserved) {
    wait.code = WaitCode::reserved;
    wait.args = *nearest->reserved;
    return;
  }
  if (!nearest->fits) {
    wait.code = nearest->spares_missed > 0 ? WaitCode::spares : WaitCode::resources;
    wait.args = nearest->missing;
    return;
  }
  if (soonest_ != nullptr && soonest_->booking->start < plan_.context_.snapshot.now + candidate.job->wall) {
    wait.code = WaitCode::would_delay;
    wait.args = kept_for_;
    return;
  }
  wait.code = WaitCode::resources;  // room for it, and not together
  const std::string tasks = std::to_string(plan_.context_.shapes[candidate.shapes.front()].tasks);
  wait.args = Words{"tasks", tasks, tasks, ""};
}

void CountedReasons::explain_too_large(Wait& wait, std::span<const ShapeId> shapes) {
  const Shape& shape = plan_.context_.shapes[shapes.front()];
  const auto [entry, is_new] = too_large_.try_emplace(parts_of(shape));
  if (is_new) {
    std::vector<Room> totals;
    for (const NodeFacts& node : plan_.nodes_) totals.push_back(node.total);
    Known& known = entry->second;
    known.spares_missed = spares_missed(plan_.nodes_, totals, shape);
    known.missing = known.spares_missed > 0 ? Words{std::to_string(known.spares_missed)}
                                            : shortage(plan_.nodes_, totals, shape, plan_.context_.types);
  }
  const Known& known = entry->second;
  wait.code = known.spares_missed > 0 ? WaitCode::spares : WaitCode::too_large;
  wait.args = known.missing;
}

void CountedReasons::pass(const Candidate& candidate) {
  if (!candidate.booking || candidate.booking->start <= plan_.context_.snapshot.now) return;
  if (soonest_ != nullptr && candidate.booking->start >= soonest_->booking->start) return;
  soonest_ = &candidate;
  kept_for_ = Words{std::to_string(candidate.job->id.raw()), std::string()};
}

}  // namespace mingyue::sched
