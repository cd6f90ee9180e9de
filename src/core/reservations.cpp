#include "core/reservations.hpp"

#include <algorithm>

namespace mingyue::core {
namespace {

using model::Reservation;

/// The n-th window from the present one.
sched::Window window(const Reservation& r, std::int64_t n) {
  const Instant from = r.start + r.every * n;
  return {.closed = from - reservation_margin, .from = from, .to = from + (r.end - r.start)};
}

/// How many there are from the present one on.
std::int64_t window_count(const Reservation& r) {
  if (r.every <= Duration{0} || r.until <= r.start) return 1;
  return ((r.until - r.start).raw() + r.every.raw() - 1) / r.every.raw();
}

/// The first that is not over.
std::int64_t first_ahead(const Reservation& r, Instant now) {
  if (now < r.end) return 0;
  return r.every > Duration{0} ? (now - r.end).raw() / r.every.raw() + 1 : 1;
}

}  // namespace

std::optional<sched::Window> window_at(const Reservation& r, Instant now) {
  const std::int64_t n = first_ahead(r, now);
  return n < window_count(r) ? std::optional(window(r, n)) : std::nullopt;
}

std::vector<sched::Window> windows_ahead(const Reservation& r, Instant now) {
  std::vector<sched::Window> windows;
  const std::int64_t count = window_count(r);
  for (std::int64_t n = first_ahead(r, now); n < count; ++n) {
    if (windows.size() == windows_planned) {
      // Nobody is promised anything beside windows so far ahead; nearer ones will be known in time.
      const Instant last = window(r, count - 1).to;
      windows.push_back({.closed = window(r, n).closed, .from = last, .to = last});
      break;
    }
    windows.push_back(window(r, n));
  }
  return windows;
}

std::optional<Instant> first_overlap(const Reservation& a, const Reservation& b) {
  const std::int64_t a_count = window_count(a);
  const std::int64_t b_count = window_count(b);
  for (std::int64_t i = 0, j = 0; i < a_count && j < b_count;) {
    const sched::Window one = window(a, i);
    const sched::Window other = window(b, j);
    if (one.from < other.to && other.from < one.to) return std::max(one.from, other.from);
    one.to <= other.from ? ++i : ++j;
  }
  return std::nullopt;
}

const Reservation* find_reservation(const State& state, std::string_view name) {
  for (const auto& [id, reservation] : state.reservations)
    if (reservation.name == name) return &reservation;
  return nullptr;
}

bool may_use(const Reservation& reservation, const model::JobSpec& spec) {
  return std::ranges::find(reservation.users, spec.user) != reservation.users.end() ||
         std::ranges::find(reservation.projects, spec.project) != reservation.projects.end();
}

bool open_to(const State& state, const model::JobSpec& spec, model::NodeId node, Instant now) {
  const Instant end = now + spec.wall;
  const Reservation* own = nullptr;
  if (!spec.reservation.empty()) {
    own = find_reservation(state, spec.reservation);
    if (own == nullptr || !may_use(*own, spec) || !std::ranges::binary_search(own->nodes, node)) return false;
    const auto window = window_at(*own, now);
    if (!window || now < window->from || end > window->to) return false;
  }
  const auto reserved = state.reserved.find(node);
  if (reserved == state.reserved.end()) return true;
  return std::ranges::all_of(reserved->second, [&](model::ReservationId id) {
    const Reservation& other = state.reservations.at(id);
    if (&other == own) return true;
    const auto window = window_at(other, now);
    return !window || end <= window->from;
  });
}

Instant ends_by(const State& state, const Attempt& attempt) {
  const model::JobSpec& spec = state.spec(state.jobs.at(attempt.id.job));
  const Instant end = attempt.started_at.value_or(attempt.held_from()) + spec.wall;
  if (attempt.end_reason) return std::min(end, attempt.end_by);
  if (attempt.notice_until) return std::min(end, *attempt.notice_until + end_grace);
  return end;
}

}  // namespace mingyue::core
