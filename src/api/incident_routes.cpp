#include <fmt/format.h>

#include "api/body.hpp"
#include "api/incident_view.hpp"
#include "api/parts.hpp"
#include "wire/requests.hpp"

/// Incidents: what an operator should look at.
namespace mingyue::api {
namespace {

ports::IncidentFilter filter_of(const Query& query) {
  ports::IncidentFilter filter{.open_only = !query.flag("all"),
                               .kind = query.text("kind"),
                               .node = query.text("node"),
                               .limit = static_cast<std::int32_t>(query.number("limit").value_or(100))};
  if (const auto job = query.number("job")) filter.job = model::JobId(static_cast<std::uint64_t>(*job));
  if (const auto before = query.number("before"))
    filter.before = model::IncidentId(static_cast<std::uint64_t>(*before));
  return filter;
}

struct Nothing {};

void list_incidents(Parts& parts, Call call) {
  const auto look = [](const runtime::View&, const Call&) -> Expected<Nothing, http::Problem> { return Nothing{}; };
  look_then_read(parts, std::move(call), look, [&parts](Call on, Nothing, Durable::Reached) {
    auto rows = parts.history.incidents(filter_of(on.query));
    if (!rows) return on.refuse(problem_of(rows.error()));
    std::vector<wire::IncidentView> all;
    for (ledger::IncidentRow& row : *rows) all.push_back(incident_view(std::move(row), on.language));
    on.send(all);
  });
}

void close_incident(Parts& parts, Call call) {
  const auto id = parse_integer(call.param("id"), 1, INT64_MAX);
  if (!id) {
    return call.refuse(http::problems::malformed(
        "id", fmt::format("\"{}\" is no incident's number", shown(call.param("id"))), "give a number from 1"));
  }
  auto body = read_body<wire::CloseRequest>(call);
  if (!body) return call.refuse(body.error());
  core::CloseIncident wish{call.caller.actor(), model::IncidentId(static_cast<std::uint64_t>(*id)),
                           std::move(body->how)};
  command(parts, std::move(call), std::move(wish),
          [](Call on, const runtime::Done&) { on.reply.send(http::Response::empty()); });
}

}  // namespace

void add_incident_routes(Parts& parts, Routes& routes) {
  routes.add(
      {.method = "GET",
       .pattern = "/v1/incidents",
       .id = "listIncidents",
       .summary = "Open incidents, newest first",
       .query = {flag_param("all", "with closed ones"),
                 word_param("kind", enum_words<core::IncidentKind>(), "of this kind"),
                 text_param("node", "on this node"), number_param("job", 1, INT64_MAX, "of this job"),
                 number_param("before", 1, INT64_MAX, "older than this incident: the last id of the page before"),
                 number_param("limit", 1, 10'000, "at most so many; default 100")},
       .answers = {json_of<std::vector<wire::IncidentView>>()}},
      [&parts](Call call) { list_incidents(parts, std::move(call)); });
  routes.add({.method = "POST",
              .pattern = "/v1/incidents/{id}/close",
              .id = "closeIncident",
              .summary = "An incident has been dealt with",
              .access = Access::operators,
              .bodies = {json_of<wire::CloseRequest>()},
              .status = 204},
             [&parts](Call call) { close_incident(parts, std::move(call)); });
}

}  // namespace mingyue::api
