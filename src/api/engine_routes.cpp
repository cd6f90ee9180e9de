#include <fmt/format.h>

#include <algorithm>

#include "api/parts.hpp"
#include "base/text.hpp"
#include "wire/views.hpp"

/// Engines of many machines.
namespace mingyue::api {
namespace {

wire::EngineView view_of(const core::State& state, const model::Engine& engine) {
  wire::EngineView view{.name = engine.name, .kind = engine.kind};
  for (const model::Partition& partition : state.centre.partitions) {
    if (partition.engine != engine.name) continue;
    view.partitions.push_back(partition.name + (partition.guest ? " (guest)" : ""));
    for (const model::Node& node : state.centre.nodes) {
      if (node.partition != partition.name || (node.cores == CoreCount{0} && node.cards == CardCount{0})) continue;
      ++view.nodes;
      view.cores += node.cores.raw();
      view.cards += node.cards.raw();
    }
  }
  return view;
}

void add_live(const Parts& parts, std::vector<wire::EngineView>& views) {
  const auto live = parts.engine.engines();
  for (wire::EngineView& view : views) {
    const auto found = std::ranges::find(live, view.name, [](const auto& one) { return one.first; });
    if (found == live.end()) {
      view.state = "unreachable";
      view.why = "it was not there when the centre was started, and its nodes were taken from what was known before";
      continue;
    }
    const ports::EngineStatus& status = found->second;
    view.state = status.reachable ? "up" : "unreachable";
    view.version = status.version;
    view.speaks = status.speaks;
    view.why = status.why;
    view.attempts = status.attempts;
    view.pilots = status.pilots;
  }
}

void list_engines(Parts& parts, Call call) {
  const auto look = [](const runtime::View& view,
                       const Call&) -> Expected<std::vector<wire::EngineView>, http::Problem> {
    std::vector<wire::EngineView> views;
    for (const model::Engine& engine : view.state.centre.engines) views.push_back(view_of(view.state, engine));
    return views;
  };
  look_then(parts, std::move(call), look, [&parts](Call on, std::vector<wire::EngineView> views) {
    add_live(parts, views);
    on.send(views);
  });
}

void show_engine(Parts& parts, Call call) {
  const std::string name(call.param("name"));
  const auto look = [name](const runtime::View& view,
                           const Call&) -> Expected<std::vector<wire::EngineView>, http::Problem> {
    const auto& all = view.state.centre.engines;
    const auto engine = std::ranges::find(all, name, &model::Engine::name);
    if (engine != all.end()) return std::vector{view_of(view.state, *engine)};
    std::vector<std::string> names;
    for (const model::Engine& one : all) names.push_back(one.name);
    const std::string nearest = nearest_word(name, names);
    return Unexpected<http::Problem>(problem_of(
        Refusal{"unknown-engine", "name", fmt::format("there is no engine {}", shown(name)),
                nearest.empty() ? std::string("see: mingyue engines") : fmt::format("did you mean {}?", nearest), 0}));
  };
  look_then(parts, std::move(call), look, [&parts](Call on, std::vector<wire::EngineView> views) {
    add_live(parts, views);
    on.send(views.front());
  });
}

}  // namespace

void add_engine_routes(Parts& parts, Routes& routes) {
  routes.add({.method = "GET",
              .pattern = "/v1/engines",
              .id = "listEngines",
              .summary = "Engines of many machines; this machine's own is not among them",
              .answers = {json_of<std::vector<wire::EngineView>>()}},
             [&parts](Call call) { list_engines(parts, std::move(call)); });
  routes.add({.method = "GET",
              .pattern = "/v1/engines/{name}",
              .id = "showEngine",
              .summary = "One engine: what it drives, how it is spoken to, whether it answers",
              .answers = {json_of<wire::EngineView>()}},
             [&parts](Call call) { show_engine(parts, std::move(call)); });
}

}  // namespace mingyue::api
