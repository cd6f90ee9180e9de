#include <algorithm>

#include "core/decide.hpp"

/// Partitions in which the engine's own queue decides, and nodes that others use beside the centre.
namespace mingyue::core {
namespace {

/// What a node has beside the attempts of the centre: a copy, from which a placement takes.
struct Room {
  model::NodeId node;
  model::Slots cores;
  model::Slots cards;
  Bytes memory;
};

/// All that is not leased, whoever else uses it: the engine knows better than our last look what others hold.
Room room_of(const State& state, model::NodeId id) {
  const NodeState& node = state.nodes[id.raw()];
  Room room{id, node.cores_free, node.cards_free, node.memory_free + node.others_memory};
  room.cores.add(node.others_cores);
  room.cards.add(node.others_cards);
  return room;
}

std::optional<model::NodeId> find_node(const State& state, const std::string& name) {
  const auto it = std::ranges::find(state.centre.nodes, name, &model::Node::name);
  return it == state.centre.nodes.end() ? std::nullopt : std::optional(it->id);
}

/// What others still hold beside what has been taken from `room`.
OthersOnNode rest_of_others(const State& state, const Room& room, model::AttemptId placed) {
  const NodeState& node = state.nodes[room.node.raw()];
  model::Slots cores = room.cores;
  model::Slots cards = room.cards;
  return {room.node,
          cores.take_lowest(std::min(cores.count(), node.others_cores.count())),
          cards.take_lowest(std::min(cards.count(), node.others_cards.count())),
          std::min(room.memory, node.others_memory),
          node.others_until,
          placed};
}

}  // namespace

bool is_guest(const State& state, const model::JobSpec& spec) {
  const auto it = std::ranges::find(state.centre.partitions, spec.partition, &model::Partition::name);
  return it != state.centre.partitions.end() && it->guest;
}

OthersOnNode no_others(model::NodeId node) { return {.node = node, .cores = {}, .cards = {}}; }

Decision decide_one(const State& state, const ReportPlaced& command, Instant) {
  const Attempt* attempt = state.find(command.attempt);
  if (attempt == nullptr || !attempt->handed_over()) return Events{};
  const model::JobSpec& spec = state.spec(state.jobs.at(command.attempt.job));
  const auto tasks_in_all = static_cast<std::int32_t>(command.nodes.size());
  model::Lease lease;
  std::vector<Room> rooms;
  auto next = command.nodes.begin();
  for (const model::Part& part : spec.parts) {
    std::int32_t left = spec.tasks_of(part, tasks_in_all);
    for (; left > 0 && next != command.nodes.end(); --left, ++next) {
      const auto node = find_node(state, *next);
      if (!node) continue;  // of the engine's nodes, but not of the centre's: it counts for nobody here
      auto room = std::ranges::find(rooms, *node, &Room::node);
      if (room == rooms.end()) room = rooms.insert(rooms.end(), room_of(state, *node));
      const std::int32_t cores = std::min(room->cores.count(), part.need.cores.raw());
      const std::int32_t cards = std::min(room->cards.count(), part.need.cards.raw());
      const Bytes memory = std::min(room->memory, part.need.memory);
      const bool all = cores == part.need.cores.raw() && cards == part.need.cards.raw() && memory == part.need.memory;
      if (!all && !command.at_last) return Events{};
      room->memory -= memory;
      lease.add({.node = *node,
                 .tasks = 1,
                 .cores = room->cores.take_lowest(cores),
                 .cards = room->cards.take_lowest(cards),
                 .memory = memory});
    }
  }
  if (lease.shares().empty()) return Events{};
  Events events;
  for (const Room& room : rooms)
    if (state.nodes[room.node.raw()].others()) events.emplace_back(rest_of_others(state, room, command.attempt));
  events.emplace_back(AttemptPlaced{command.attempt, std::move(lease)});
  return events;
}

Decision decide_one(const State& state, const ReportOthers& command, Instant) {
  if (command.node.raw() >= state.nodes.size()) return Events{};
  const NodeState& node = state.nodes[command.node.raw()];
  Room room = room_of(state, command.node);
  const std::int32_t cores = std::clamp(command.cores.raw(), 0, room.cores.count());
  const std::int32_t cards = std::clamp(command.cards.raw(), 0, room.cards.count());
  OthersOnNode others{command.node,      node.others_cores,
                      node.others_cards, std::clamp(command.memory, Bytes{0}, room.memory),
                      command.until,     {}};
  // While they hold as many as before, these are the same ones.
  if (others.cores.count() != cores) others.cores = room.cores.take_lowest(cores);
  if (others.cards.count() != cards) others.cards = room.cards.take_lowest(cards);
  const bool same = others.cores == node.others_cores && others.cards == node.others_cards &&
                    others.memory == node.others_memory && others.until == node.others_until;
  return same ? Events{} : Events{std::move(others)};
}

}  // namespace mingyue::core
