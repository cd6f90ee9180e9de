#include "sched/shortage.hpp"

#include <algorithm>
#include <array>

#include "base/units.hpp"

namespace mingyue::sched {
namespace {

struct Resource {
  const char* name;
  std::int64_t (*of)(const Room&);
};

constexpr std::array<Resource, 3> resources = {{
    {"cards", [](const Room& r) -> std::int64_t { return r.cards.raw(); }},
    {"cores", [](const Room& r) -> std::int64_t { return r.cores.raw(); }},
    {"memory", [](const Room& r) -> std::int64_t { return r.memory.raw(); }},
}};

std::string print_amount(const Resource& resource, std::int64_t amount) {
  amount = std::max<std::int64_t>(amount, 0);
  return resource.of == resources[2].of ? print_bytes(Bytes(amount)) : std::to_string(amount);
}

std::vector<std::string> answer(const Resource& resource, std::int64_t there_is, std::int64_t needed,
                                const ShapePart& part, const CardTypes& types) {
  const bool typed = resource.of == resources[0].of && part.card_type >= 0;
  return {resource.name, print_amount(resource, there_is), print_amount(resource, needed),
          typed ? types.name_of(part.card_type) : std::string()};
}

/// A single task fits on no node: the first resource of which no node has enough; else what the node with most cards,
/// cores and memory lacks.
std::vector<std::string> shortage_of_task(std::span<const NodeFacts> nodes, const std::vector<Room>& rooms,
                                          const ShapePart& part, const CardTypes& types) {
  const Room* best = nullptr;
  Room most;
  for (std::size_t i = 0; i < nodes.size(); ++i) {
    if (!suits(part, nodes[i])) continue;
    most = {std::max(most.cores, rooms[i].cores), std::max(most.memory, rooms[i].memory),
            std::max(most.cards, rooms[i].cards)};
    const auto key = [](const Room& r) { return std::tuple(r.cards, r.cores, r.memory); };
    if (best == nullptr || key(*best) < key(rooms[i])) best = &rooms[i];
  }
  for (const Resource& resource : resources)
    if (resource.of(most) < resource.of(part.need))
      return answer(resource, resource.of(most), resource.of(part.need), part, types);
  for (const Resource& resource : resources)
    if (best != nullptr && resource.of(*best) < resource.of(part.need))
      return answer(resource, resource.of(*best), resource.of(part.need), part, types);
  return {"nodes", "0", "1", ""};
}

std::vector<std::string> shortage_of_part(std::span<const NodeFacts> nodes, const std::vector<Room>& rooms,
                                          const ShapePart& part, const CardTypes& types) {
  std::int32_t per_node = 0;  // on the roomiest empty node
  for (const NodeFacts& node : nodes)
    if (suits(part, node)) per_node = std::max(per_node, times(part.need, node.total, part.tasks));
  if (part.tasks == 1 || per_node == 0) return shortage_of_task(nodes, rooms, part, types);
  const std::int32_t fit = tasks_that_fit(nodes, rooms, part, part.tasks);
  if (per_node == 1) return {"nodes", std::to_string(fit), std::to_string(part.tasks), ""};
  Room all;
  for (std::size_t i = 0; i < nodes.size(); ++i)
    if (suits(part, nodes[i])) all += rooms[i];
  for (const Resource& resource : resources) {
    const std::int64_t needed = resource.of(part.need) * part.tasks;
    if (resource.of(all) < needed) return answer(resource, resource.of(all), needed, part, types);
  }
  return {"tasks", std::to_string(fit), std::to_string(part.tasks), ""};
}

}  // namespace

std::int32_t tasks_that_fit(std::span<const NodeFacts> nodes, const std::vector<Room>& rooms, const ShapePart& part,
                            std::int32_t most) {
  std::int64_t tasks = 0;
  for (std::size_t i = 0; i < nodes.size() && tasks < most; ++i)
    if (suits(part, nodes[i])) tasks += times(part.need, rooms[i], most);
  return static_cast<std::int32_t>(std::min<std::int64_t>(tasks, most));
}

std::int32_t spares_missed(std::span<const NodeFacts> nodes, const std::vector<Room>& rooms, const Shape& shape) {
  const auto spares = std::ranges::count_if(nodes, &NodeFacts::spare);
  if (spares == 0) return 0;
  Shape anywhere = shape;
  for (ShapePart& part : anywhere.parts) part.on_spares = true;
  return place(nodes, rooms, anywhere) ? static_cast<std::int32_t>(spares) : 0;
}

std::vector<std::string> shortage(std::span<const NodeFacts> nodes, const std::vector<Room>& rooms, const Shape& shape,
                                  const CardTypes& types) {
  for (const ShapePart& part : shape.parts)
    if (tasks_that_fit(nodes, rooms, part, part.tasks) < part.tasks) return shortage_of_part(nodes, rooms, part, types);
  // Each part alone would fit, all together do not.
  Room all;
  Room needed;
  for (const Room& room : rooms) all += room;
  for (const ShapePart& part : shape.parts) needed += part.need * part.tasks;
  for (const Resource& resource : resources)
    if (resource.of(all) < resource.of(needed))
      return answer(resource, resource.of(all), resource.of(needed), ShapePart{}, types);
  std::vector<Room> left = rooms;
  std::int32_t placed = 0;
  for (const ShapePart& part : shape.parts) {
    std::int32_t tasks = part.tasks;
    for (std::size_t i = 0; i < nodes.size() && tasks > 0; ++i) {
      if (!suits(part, nodes[i])) continue;
      const std::int32_t here = times(part.need, left[i], tasks);
      left[i] -= part.need * here;
      tasks -= here;
      placed += here;
    }
  }
  return {"tasks", std::to_string(std::min(placed, shape.tasks - 1)), std::to_string(shape.tasks), ""};
}

}  // namespace mingyue::sched
