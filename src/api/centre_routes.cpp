#include <algorithm>

#include "api/parts.hpp"
#include "sched/sentence.hpp"
#include "wire/requests.hpp"

/// The centre in one view, its health, and its plan.
namespace mingyue::api {
namespace {

wire::CentreView centre_view(const Parts& parts, const runtime::View& view) {
  const core::State& state = view.state;
  wire::CentreView seen{.name = state.centre.name,
                        .version = parts.options.version,
                        .now = view.now,
                        .head_seq = view.head_seq,
                        .stalled = view.stalled ? view.stalled->message : "",
                        .jobs_waiting = static_cast<std::int64_t>(state.waiting),
                        .jobs_running = static_cast<std::int64_t>(state.attempts.size())};
  for (const model::Node& node : state.centre.nodes) {
    if (node.cores == CoreCount{0} && node.cards == CardCount{0}) continue;  // no longer in the centre's file
    ++seen.nodes;
    if (node.is_virtual) ++seen.nodes_virtual;
  }
  for (const model::Partition& partition : state.centre.partitions) seen.partitions.push_back(partition.name);
  return seen;
}

wire::PlanView plan_view(const runtime::View& view, Language language, std::size_t limit) {
  wire::PlanView seen{.at = view.plan().at,
                      .waiting = static_cast<std::int64_t>(view.plan().waits.size()),
                      .waits = {},
                      .idle = view.plan().idle};
  for (std::size_t i = 0; i < std::min(limit, view.plan().waits.size()); ++i) {
    const sched::Wait& wait = view.plan().waits[i];
    wire::PlanWait row{.job = wait.job,
                       .place = wait.place,
                       .sentence = sched::sentence(wait, language),
                       .advice = sched::advice(wait, language),
                       .promised = wait.promised,
                       .nodes = {},
                       .priority = wait.priority};
    for (const model::NodeId node : wait.promised_nodes) {
      if (node.raw() < view.state.centre.nodes.size()) row.nodes.push_back(view.state.centre.nodes[node.raw()].name);
    }
    seen.waits.push_back(std::move(row));
  }
  return seen;
}

void tell_health(Parts& parts, Call call) {
  const auto look = [](const runtime::View& view, const Call&) -> Expected<wire::Health, http::Problem> {
    return wire::Health{view.stalled ? "log-stalled" : "ok"};
  };
  look_then(parts, std::move(call), look,
            [](Call on, const wire::Health& health) { on.send(health, health.status == "ok" ? 200 : 503); });
}

}  // namespace

void add_centre_routes(Parts& parts, Routes& routes) {
  routes.add({.method = "GET",
              .pattern = "/v1/health",
              .id = "health",
              .summary = "Whether the centre can accept work: 503 while its log cannot be written",
              .access = Access::anyone,
              .answers = {json_of<wire::Health>()},
              .also = {503}},
             [&parts](Call call) { tell_health(parts, std::move(call)); });
  routes.add({.method = "GET",
              .pattern = "/v1/centre",
              .id = "showCentre",
              .summary = "The centre in one view",
              .answers = {json_of<wire::CentreView>()}},
             [&parts](Call call) {
               answer(parts, std::move(call),
                      [&parts](const runtime::View& view, const Call&) -> Expected<wire::CentreView, http::Problem> {
                        return centre_view(parts, view);
                      });
             });
  routes.add({.method = "GET",
              .pattern = "/v1/plan",
              .id = "showPlan",
              .summary = "The newest plan: the queue in its order, promises, idle classes",
              .query = {number_param("limit", 1, 100'000, "at most so many waiting jobs; default 1000")},
              .answers = {json_of<wire::PlanView>()}},
             [&parts](Call call) {
               answer(parts, std::move(call),
                      [](const runtime::View& view, const Call& on) -> Expected<wire::PlanView, http::Problem> {
                        return plan_view(view, on.language,
                                         static_cast<std::size_t>(on.query.number("limit").value_or(1'000)));
                      });
             });
}

}  // namespace mingyue::api
