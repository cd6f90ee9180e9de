#include "sched/closed_times.hpp"

namespace mingyue::sched {
namespace {

void join(Closed& closed) {
  std::ranges::sort(closed);
  Closed joined;
  for (const auto& [from, to] : closed) {
    if (!joined.empty() && from <= joined.back().second)
      joined.back().second = std::max(joined.back().second, to);
    else
      joined.emplace_back(from, to);
  }
  closed = std::move(joined);
}

}  // namespace

std::vector<Closed> closed_to_others(const Snapshot& snapshot) {
  std::vector<Closed> all;
  for (const ReservationView& reservation : snapshot.reservations) {
    if (all.empty()) all.resize(snapshot.nodes.size());
    auto node = snapshot.nodes.begin();
    for (const model::NodeId id : reservation.nodes) {  // both in the order of ids
      while (node != snapshot.nodes.end() && node->id < id) ++node;
      if (node == snapshot.nodes.end()) break;
      if (node->id != id) continue;
      Closed& closed = all[static_cast<std::size_t>(node - snapshot.nodes.begin())];
      for (const Window& window : reservation.windows) closed.emplace_back(window.closed, window.to);
    }
  }
  for (Closed& closed : all) join(closed);
  return all;
}

Closed closed_to_its_jobs(const ReservationView& reservation, Instant now) {
  Closed closed;
  Instant from = now;
  for (const Window& window : reservation.windows) {
    if (window.from >= window.to) continue;  // too far ahead to be told one by one
    if (window.from > from) closed.emplace_back(from, window.from);
    from = std::max(from, window.to);
  }
  closed.emplace_back(from, never);
  return closed;
}

}  // namespace mingyue::sched
