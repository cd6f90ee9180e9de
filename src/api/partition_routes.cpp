#include <algorithm>
#include <map>

#include "api/parts.hpp"
#include "wire/partitions.hpp"

/// Partitions, with what a job may ask of each; and switches.
namespace mingyue::api {
namespace {

std::optional<Credits> price_of(const model::Centre& centre, std::string_view card_type) {
  const auto found = std::ranges::find(centre.prices, card_type, &model::Price::card_type);
  return found == centre.prices.end() ? std::nullopt : std::optional(found->per_hour);
}

wire::PartitionCards& cards_of(wire::PartitionView& view, const model::Centre& centre, const std::string& type) {
  const auto known = std::ranges::find(view.cards, type, &wire::PartitionCards::type);
  if (known != view.cards.end()) return *known;
  wire::PartitionCards& cards = view.cards.emplace_back();
  cards.type = type;
  cards.per_hour = price_of(centre, type);
  const auto described = std::ranges::find(centre.card_types, type, &model::CardType::name);
  if (described == centre.card_types.end()) return cards;
  cards.vendor = described->vendor;
  cards.memory = described->memory;
  return cards;
}

std::vector<wire::PartitionView> partitions_of(const core::State& state) {
  const model::Centre& centre = state.centre;
  std::vector<wire::PartitionView> views;
  std::map<std::string_view, std::size_t> places;
  for (const model::Partition& partition : centre.partitions) {
    places.emplace(partition.name, views.size());
    wire::PartitionView& view = views.emplace_back();
    view.name = partition.name;
    view.is_default = views.size() == 1;
    if (partition.wall_max > Duration{}) view.wall = partition.wall_max;
    view.engine = partition.engine;
    view.guest = partition.guest;
    view.spares = partition.spares;
    view.spares_for = partition.spares > 0 ? partition.spares_for : 0;
    view.core_per_hour = price_of(centre, "");
  }
  for (const model::Node& node : centre.nodes) {
    const auto place = places.find(node.partition);
    if (place == places.end() || (node.cores == CoreCount{0} && node.cards == CardCount{0})) continue;
    wire::PartitionView& view = views[place->second];
    ++view.nodes;
    if (node.is_virtual) ++view.nodes_virtual;
    if (state.available(node.id)) ++view.nodes_up;
    view.cores += node.cores.raw();
    view.cores_on_a_node = std::max(view.cores_on_a_node, node.cores.raw());
    view.memory_on_a_node = std::max(view.memory_on_a_node, node.memory);
    if (node.cards == CardCount{0}) continue;
    wire::PartitionCards& cards = cards_of(view, centre, node.card_type);
    cards.count += node.cards.raw();
    cards.on_a_node = std::max(cards.on_a_node, node.cards.raw());
  }
  return views;
}

std::vector<wire::SwitchView> switches_of(const model::Centre& centre) {
  std::map<std::string_view, std::int32_t> nodes;
  for (const model::Node& node : centre.nodes)
    if (node.cores > CoreCount{0} || node.cards > CardCount{0}) ++nodes[node.switch_name];
  std::vector<wire::SwitchView> views;
  for (const model::Switch& one : centre.switches) views.push_back({one.name, one.above, nodes[one.name]});
  return views;
}

}  // namespace

void add_partition_routes(Parts& parts, Routes& routes) {
  routes.add(
      {.method = "GET",
       .pattern = "/v1/partitions",
       .id = "listPartitions",
       .summary = "Partitions, the default one first: what they have, how long a job may be, what an hour costs",
       .answers = {json_of<std::vector<wire::PartitionView>>()}},
      [&parts](Call call) {
        answer(parts, std::move(call),
               [](const runtime::View& view, const Call&) -> Expected<std::vector<wire::PartitionView>, http::Problem> {
                 return partitions_of(view.state);
               });
      });
  routes.add(
      {.method = "GET",
       .pattern = "/v1/switches",
       .id = "listSwitches",
       .summary = "Switches, and the one above each",
       .answers = {json_of<std::vector<wire::SwitchView>>()}},
      [&parts](Call call) {
        answer(parts, std::move(call),
               [](const runtime::View& view, const Call&) -> Expected<std::vector<wire::SwitchView>, http::Problem> {
                 return switches_of(view.state.centre);
               });
      });
}

}  // namespace mingyue::api
