#include "sched/context.hpp"

#include <algorithm>

#include "sched/overdue.hpp"

namespace mingyue::sched {

Context::Context(const Snapshot& s) : snapshot(s), types(s.nodes), shapes(types) {
  for (const NodeView& node : s.nodes)
    if (switches_.empty() || switches_.back() != node.switch_name) switches_.push_back(node.switch_name);
  std::sort(switches_.begin(), switches_.end());
  switches_.erase(std::unique(switches_.begin(), switches_.end()), switches_.end());
  closed_to_others_ = closed_to_others(s);
  for (const ReservationView& reservation : s.reservations)
    closed_to_its_jobs_.push_back(closed_to_its_jobs(reservation, s.now));
}

const ReservationView* Context::reservation_of(std::int32_t section) const {
  const auto s = static_cast<std::size_t>(section);
  return s < snapshot.partitions.size() ? nullptr : &snapshot.reservations[s - snapshot.partitions.size()];
}

std::int32_t Context::partition_of(std::int32_t section) const {
  const ReservationView* reservation = reservation_of(section);
  return reservation == nullptr ? section : reservation->partition;
}

bool Context::closes(std::int32_t section) const {
  return std::ranges::any_of(snapshot.reservations,
                             [&](const ReservationView& one) { return one.partition == partition_of(section); });
}

bool Context::holds(std::int32_t section, const NodeView& node) const {
  if (node.partition != partition_of(section)) return false;
  const ReservationView* reservation = reservation_of(section);
  return reservation == nullptr ||
         (!reservation->maintenance && std::ranges::binary_search(reservation->nodes, node.id));
}

Instant Context::end_of(const RunningView& run) const { return assumed_end(run.ends_by, snapshot.now); }

Instant Context::end_if_asked(const RunningView& run) const {
  return std::min(end_of(run), snapshot.now + std::max(run.grace, seconds(1)));
}

bool Context::gives_way(const RunningView& run, const WaitingView& job) const {
  if (!run.preemptible || run.partition != job.partition) return false;
  if (job.preempts && run.rank < job.rank) return true;
  return job.goes_on && std::ranges::any_of(run.holds, [&](const Hold& hold) {
           const auto node = view_of(hold.node);
           return node && snapshot.nodes[*node].spare;
         });
}

std::optional<std::size_t> Context::view_of(model::NodeId id) const {
  const auto found = std::lower_bound(snapshot.nodes.begin(), snapshot.nodes.end(), id,
                                      [](const NodeView& node, model::NodeId wanted) { return node.id < wanted; });
  if (found == snapshot.nodes.end() || found->id != id) return std::nullopt;
  return static_cast<std::size_t>(found - snapshot.nodes.begin());
}

std::vector<NodeFacts> Context::nodes_of(std::int32_t section, std::span<const model::NodeId> resumed) const {
  std::vector<NodeFacts> nodes;
  const Closed* own = nullptr;
  if (reservation_of(section) != nullptr)
    own = &closed_to_its_jobs_[static_cast<std::size_t>(section) - snapshot.partitions.size()];
  for (std::size_t i = 0; i < snapshot.nodes.size(); ++i) {
    const NodeView& view = snapshot.nodes[i];
    if (!holds(section, view)) continue;
    if (!view.available && !std::binary_search(resumed.begin(), resumed.end(), view.id)) continue;
    const auto on = std::lower_bound(switches_.begin(), switches_.end(), view.switch_name);
    nodes.push_back({.view = i,
                     .id = view.id,
                     .switch_number = static_cast<std::int32_t>(on - switches_.begin()),
                     .card_type = view.total.cards > CardCount{0} ? types.number_of(view.card_type) : CardTypes::none,
                     .total = view.total,
                     .spare = view.spare,
                     .closed = own});
    if (own == nullptr && !closed_to_others_.empty() && !closed_to_others_[i].empty())
      nodes.back().closed = &closed_to_others_[i];
  }
  return nodes;
}

std::vector<model::NodeId> Context::away_of(std::int32_t section) const {
  std::vector<model::NodeId> away;
  for (const NodeView& view : snapshot.nodes)
    if (!view.available && holds(section, view)) away.push_back(view.id);
  return away;
}

Calendar Context::calendar_of(std::int32_t section, std::span<const model::NodeId> resumed, Windows windows) const {
  std::vector<NodeFacts> nodes = nodes_of(section, resumed);
  if (windows == Windows::ignored)
    for (NodeFacts& node : nodes) node.closed = nullptr;
  std::vector<Room> free;
  free.reserve(nodes.size());
  for (const NodeFacts& node : nodes) free.push_back(snapshot.nodes[node.view].free);
  Calendar calendar(snapshot.now, std::move(nodes), free);
  for (const RunningView& run : snapshot.running)
    for (const auto& [node, room] : holds_on(calendar.nodes(), run)) calendar.release(node, end_of(run), room);
  return calendar;
}

bool Context::reserved_now(model::NodeId node) const {
  return std::ranges::any_of(snapshot.reservations, [&](const ReservationView& one) {
    return std::ranges::binary_search(one.nodes, node) && std::ranges::any_of(one.windows, [&](const Window& w) {
             return w.from <= snapshot.now && snapshot.now < w.to;
           });
  });
}

std::optional<std::vector<std::string>> Context::first_reserved(std::span<const NodeFacts> nodes,
                                                                const Booking& booking) const {
  const Window* first = nullptr;
  const ReservationView* whose = nullptr;
  for (const ReservationView& reservation : snapshot.reservations) {
    const bool there = std::ranges::any_of(booking.nodes, [&](NodeIndex node) {
      return std::ranges::binary_search(reservation.nodes, nodes[static_cast<std::size_t>(node)].id);
    });
    if (!there) continue;
    for (const Window& window : reservation.windows) {
      if (window.closed >= booking.end || window.to <= booking.start) continue;
      if (first == nullptr || window.from < first->from) first = &window, whose = &reservation;
      break;
    }
  }
  if (first == nullptr) return std::nullopt;
  if (first->from > snapshot.now) return std::vector<std::string>{whose->name, print_instant(first->from)};
  return std::vector<std::string>{whose->name, "", print_instant(first->to)};
}

void Context::release_victims(Calendar& calendar, const std::vector<Candidate>& candidates) const {
  for (const Candidate& candidate : candidates) {
    for (const std::size_t i : candidate.victims) {
      const RunningView& run = snapshot.running[i];
      for (const auto& [node, room] : holds_on(calendar.nodes(), run))
        calendar.release(node, end_if_asked(run), end_of(run), room);
    }
  }
}

std::optional<NodeIndex> Context::index_of(std::span<const NodeFacts> nodes, model::NodeId id) {
  const auto found = std::lower_bound(nodes.begin(), nodes.end(), id,
                                      [](const NodeFacts& node, model::NodeId wanted) { return node.id < wanted; });
  if (found == nodes.end() || found->id != id) return std::nullopt;
  return static_cast<NodeIndex>(found - nodes.begin());
}

std::vector<std::pair<NodeIndex, Room>> Context::holds_on(std::span<const NodeFacts> nodes, const RunningView& run) {
  std::vector<std::pair<NodeIndex, Room>> holds;
  for (const Hold& hold : run.holds)
    if (const auto node = index_of(nodes, hold.node)) holds.emplace_back(*node, hold.room);
  return holds;
}

}  // namespace mingyue::sched
