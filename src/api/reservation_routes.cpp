#include <fmt/format.h>

#include <algorithm>

#include "api/body.hpp"
#include "api/parts.hpp"
#include "api/reservation_sight.hpp"
#include "core/reservations.hpp"
#include "wire/requests.hpp"

/// Reservations: nodes set aside for projects and users, or for maintenance.
namespace mingyue::api {
namespace {

wire::ReservationView view_of(const core::State& state, const model::Reservation& reservation, const Caller& caller) {
  wire::ReservationView view{.name = reservation.name,
                             .kind = reservation.kind,
                             .open = reservation.open,
                             .partition = reservation.partition,
                             .start = reservation.start,
                             .end = reservation.end,
                             .made_at = reservation.made_at};
  for (const model::NodeId node : reservation.nodes) view.nodes.push_back(state.centre.nodes.at(node.raw()).name);
  if (reservation.every > Duration{0}) {
    view.every = reservation.every;
    view.until = reservation.until;
  }
  if (!sees_all(state, reservation, caller)) return view;
  view.projects = reservation.projects;
  view.users = reservation.users;
  view.by = reservation.by;
  view.why = reservation.why;
  for (const auto& [job, attempt] : state.attempts) {
    if (core::State::spec(state.jobs.at(job)).reservation == reservation.name &&
        attempt.lease.on_any(reservation.nodes))
      view.jobs.push_back(job);
  }
  return view;
}

void list_reservations(Parts& parts, Call call) {
  answer(parts, std::move(call),
         [](const runtime::View& view, const Call& on) -> Expected<std::vector<wire::ReservationView>, http::Problem> {
           std::vector<wire::ReservationView> all;
           for (const auto& [id, reservation] : view.state.reservations)
             all.push_back(view_of(view.state, reservation, on.caller));
           std::ranges::stable_sort(all, {}, &wire::ReservationView::start);
           return all;
         });
}

void show_reservation(Parts& parts, Call call, const std::string& name, int status) {
  const auto look = [name](const runtime::View& view,
                           const Call& on) -> Expected<wire::ReservationView, http::Problem> {
    const model::Reservation* reservation = core::find_reservation(view.state, name);
    if (reservation == nullptr) {
      return Unexpected<http::Problem>(
          problem_of(Refusal{"unknown-reservation", "name", fmt::format("there is no reservation {}", shown(name)),
                             "see: mingyue reservations", 0}));
    }
    return view_of(view.state, *reservation, on.caller);
  };
  look_then(parts, std::move(call), look, [status](Call on, const wire::ReservationView& view) {
    on.reply.send(http::Response::json(formats::write_json(view, formats::JsonStyle::api), status));
  });
}

void make_reservation(Parts& parts, Call call) {
  auto body = read_body<wire::ReservationRequest>(call);
  if (!body) return call.refuse(body.error());
  if (body->why.size() > 400) {
    return call.refuse(
        {.status = 422, .refusal = {"bad-value", "why", "the reason is longer than 400 bytes", "say it shorter", 0}});
  }
  core::ReserveNodes wish{.by = call.caller.actor(),
                          .name = std::move(body->name),
                          .kind = body->kind,
                          .partition = std::move(body->partition),
                          .nodes = body->nodes.value_or(std::vector<std::string>{}),
                          .count = body->count,
                          .start = body->start,
                          .end = body->end,
                          .lasts = body->lasts.value_or(Duration{}),
                          .every = body->every.value_or(Duration{}),
                          .until = body->until,
                          .projects = body->projects.value_or(std::vector<std::string>{}),
                          .users = body->users.value_or(std::vector<std::string>{}),
                          .why = std::move(body->why),
                          .force = body->force};
  const std::string name = wish.name;
  command(
      parts, std::move(call), std::move(wish),
      [&parts, name](Call on, const runtime::Done&) { show_reservation(parts, std::move(on), name, 201); },
      Names::InBody);
}

void end_reservation(Parts& parts, Call call) {
  core::EndReservation wish{call.caller.actor(), std::string(call.param("name"))};
  command(parts, std::move(call), std::move(wish),
          [](Call on, const runtime::Done&) { on.reply.send(http::Response::empty()); });
}

}  // namespace

void add_reservation_routes(Parts& parts, Routes& routes) {
  routes.add({.method = "GET",
              .pattern = "/v1/reservations",
              .id = "listReservations",
              .summary = "Reservations and maintenance that are not over, the next one first",
              .answers = {json_of<std::vector<wire::ReservationView>>()}},
             [&parts](Call call) { list_reservations(parts, std::move(call)); });
  routes.add({.method = "GET",
              .pattern = "/v1/reservations/{name}",
              .id = "showReservation",
              .summary = "One reservation",
              .answers = {json_of<wire::ReservationView>()}},
             [&parts](Call call) {
               const std::string name(call.param("name"));
               show_reservation(parts, std::move(call), name, 200);
             });
  routes.add({.method = "POST",
              .pattern = "/v1/reservations",
              .id = "reserveNodes",
              .summary = "Set nodes aside: named ones, or so many; once, or again and again",
              .access = Access::operators,
              .bodies = {json_of<wire::ReservationRequest>()},
              .status = 201,
              .answers = {json_of<wire::ReservationView>()},
              .errors = {409}},
             [&parts](Call call) { make_reservation(parts, std::move(call)); });
  routes.add({.method = "DELETE",
              .pattern = "/v1/reservations/{name}",
              .id = "endReservation",
              .summary = "The nodes are as they were before; jobs inside go on",
              .access = Access::operators,
              .status = 204},
             [&parts](Call call) { end_reservation(parts, std::move(call)); });
}

}  // namespace mingyue::api
