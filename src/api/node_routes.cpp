#include <fmt/format.h>

#include <algorithm>

#include "api/body.hpp"
#include "api/feed.hpp"
#include "api/node_view.hpp"
#include "api/parts.hpp"
#include "http/text.hpp"
#include "wire/requests.hpp"

/// Nodes, and what operators do with them.
namespace mingyue::api {
namespace {

http::Problem unknown_node(const core::State& state, std::string_view name) {
  std::vector<std::string> names;
  for (const model::Node& node : state.centre.nodes) names.push_back(node.name);
  const std::string nearest = nearest_word(name, names);
  return problem_of(
      Refusal{"unknown-node", "name", fmt::format("there is no node {}", shown(name)),
              nearest.empty() ? std::string("see: mingyue nodes") : fmt::format("did you mean {}?", nearest), 0});
}

void list_nodes(Parts& parts, Call call) {
  if (http::list_has(call.request.header("accept"), "text/event-stream"))
    return parts.feed->follow_nodes(std::move(call));
  answer(parts, std::move(call),
         [](const runtime::View& view, const Call&) -> Expected<std::vector<wire::NodeView>, http::Problem> {
           return node_views(view.state);
         });
}

/// One node with its limits: what this engine can really enforce there.
void show_node(Parts& parts, Call call, const std::string& name) {
  struct Seen {
    wire::NodeView view;
    model::Node node;
  };
  const auto look = [name](const runtime::View& view, const Call&) -> Expected<Seen, http::Problem> {
    auto all = node_views(view.state);
    const auto found = std::ranges::find(all, name, &wire::NodeView::name);
    const auto node = std::ranges::find(view.state.centre.nodes, name, &model::Node::name);
    if (found == all.end() || node == view.state.centre.nodes.end())
      return Unexpected<http::Problem>(unknown_node(view.state, name));
    return Seen{std::move(*found), *node};
  };
  look_then(parts, std::move(call), look, [&parts](Call on, Seen seen) {
    for (const ports::LimitFact& fact : parts.engine.limits(seen.node))
      seen.view.limits.push_back({fact.limit, fact.enforced, fact.how});
    on.send(seen.view);
  });
}

void drain_node(Parts& parts, Call call) {
  auto body = read_body<wire::DrainRequest>(call);
  if (!body) return call.refuse(body.error());
  if (body->reason.size() > 400) {
    return call.refuse(
        {.status = 422,
         .refusal = {"bad-value", "reason", "the reason is longer than 400 bytes", "say it shorter", 0}});
  }
  const std::string name(call.param("name"));
  core::DrainNode wish{call.caller.actor(), name, std::move(body->reason)};
  command(parts, std::move(call), std::move(wish),
          [&parts, name](Call on, const runtime::Done&) { show_node(parts, std::move(on), name); });
}

void resume_node(Parts& parts, Call call) {
  const std::string name(call.param("name"));
  core::ResumeNode wish{call.caller.actor(), name};
  command(parts, std::move(call), std::move(wish),
          [&parts, name](Call on, const runtime::Done&) { show_node(parts, std::move(on), name); });
}

}  // namespace

void add_node_routes(Parts& parts, Routes& routes) {
  routes.add({.method = "GET",
              .pattern = "/v1/nodes",
              .id = "listNodes",
              .summary = "All nodes; Accept: text/event-stream follows: all of them first, then each that changed",
              .answers = {json_of<std::vector<wire::NodeView>>(), {"text/event-stream", nullptr}}},
             [&parts](Call call) { list_nodes(parts, std::move(call)); });
  routes.add({.method = "GET",
              .pattern = "/v1/nodes/{name}",
              .id = "showNode",
              .summary = "One node, with the limits that hold there",
              .answers = {json_of<wire::NodeView>()}},
             [&parts](Call call) {
               const std::string name(call.param("name"));
               show_node(parts, std::move(call), name);
             });
  routes.add({.method = "POST",
              .pattern = "/v1/nodes/{name}/drain",
              .id = "drainNode",
              .summary = "Nothing new starts on the node; what runs there goes on",
              .access = Access::operators,
              .bodies = {json_of<wire::DrainRequest>()},
              .answers = {json_of<wire::NodeView>()}},
             [&parts](Call call) { drain_node(parts, std::move(call)); });
  routes.add({.method = "POST",
              .pattern = "/v1/nodes/{name}/resume",
              .id = "resumeNode",
              .summary = "Work may start on the node again",
              .access = Access::operators,
              .answers = {json_of<wire::NodeView>()}},
             [&parts](Call call) { resume_node(parts, std::move(call)); });
}

}  // namespace mingyue::api
