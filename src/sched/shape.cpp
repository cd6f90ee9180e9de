#include "sched/shape.hpp"

#include <algorithm>

namespace mingyue::sched {

CardTypes::CardTypes(const std::vector<NodeView>& nodes) {
  for (const NodeView& node : nodes)
    if (!node.card_type.empty() && (names_.empty() || names_.back() != node.card_type))
      names_.push_back(node.card_type);
  std::sort(names_.begin(), names_.end());
  names_.erase(std::unique(names_.begin(), names_.end()), names_.end());
}

std::int32_t CardTypes::number_of(std::string_view name) const {
  if (name.empty()) return none;
  const auto found = std::lower_bound(names_.begin(), names_.end(), name);
  return found != names_.end() && *found == name ? static_cast<std::int32_t>(found - names_.begin()) : unknown;
}

ShapeId Shapes::add(Shape shape) {
  std::vector<std::int64_t> key{shape.wall.raw()};
  key.reserve(1 + shape.parts.size() * 8);
  for (const ShapePart& part : shape.parts)
    key.insert(key.end(), {part.need.cores.raw(), part.need.memory.raw(), part.need.cards.raw(), part.card_type,
                           part.tasks, part.most, static_cast<std::int64_t>(part.placement), part.on_spares ? 1 : 0});
  const auto [place, is_new] = known_.try_emplace(std::move(key), static_cast<ShapeId>(shapes_.size()));
  if (is_new) shapes_.push_back(std::move(shape));
  return place->second;
}

Allowance allowance_of(const WaitingView& job) {
  return {.tasks_most = job.tasks_most, .spares = job.preemptible || job.goes_on};
}

std::optional<ShapeId> Shapes::with_tasks(ShapeId id, std::int32_t tasks) {
  Shape shape = (*this)[id];
  const std::int32_t more = tasks - shape.tasks;
  if (more == 0) return id;
  const auto elastic = std::find_if(shape.parts.begin(), shape.parts.end(),
                                    [](const ShapePart& part) { return part.most > part.tasks; });
  if (more < 0 || elastic == shape.parts.end() || elastic->tasks + more > elastic->most) return std::nullopt;
  elastic->tasks += more;
  for (auto behind = std::next(elastic); behind != shape.parts.end(); ++behind) behind->first_rank += more;
  shape.tasks = tasks;
  return add(std::move(shape));
}

std::int32_t Shapes::tasks_most(ShapeId id) const {
  std::int32_t most = 0;
  for (const ShapePart& part : (*this)[id].parts) most += std::max(part.tasks, part.most);
  return most;
}

std::vector<ShapeId> Shapes::of(const model::JobSpec& spec, Duration wall, const Allowance& allowance) {
  Shape shape;
  shape.wall = std::max(wall, milliseconds(1));
  const std::int32_t tasks_most = std::min(allowance.tasks_most, spec.tasks());
  std::vector<std::size_t> open;  // parts that take cards of any type
  for (const model::Part& part : spec.parts) {
    const model::TaskNeed& need = part.need;
    const bool wants_cards = need.cards > CardCount{0};
    const std::int32_t type = wants_cards ? types_.number_of(need.card_type) : CardTypes::none;
    if (wants_cards && need.card_type.empty()) open.push_back(shape.parts.size());
    shape.parts.push_back({.need = {need.cores, need.memory, need.cards},
                           .card_type = wants_cards && type == CardTypes::none ? CardTypes::unknown : type,
                           .tasks = part.least(),
                           .most = std::max(part.least(), spec.tasks_of(part, tasks_most)),
                           .placement = part.placement,
                           .first_rank = shape.tasks,
                           .on_spares = allowance.spares});
    shape.tasks += part.least();
  }
  std::vector<ShapeId> variants;
  if (open.empty() || types_.count() == 0) {
    variants.push_back(add(std::move(shape)));
    return variants;
  }
  // Count in base `types`: the last open part turns fastest.
  std::vector<std::int32_t> digits(open.size(), 0);
  while (variants.size() < variants_max) {
    for (std::size_t i = 0; i < open.size(); ++i) shape.parts[open[i]].card_type = digits[i];
    variants.push_back(add(shape));
    std::size_t i = open.size();
    while (i > 0 && ++digits[i - 1] == types_.count()) digits[--i] = 0;
    if (i == 0) break;
  }
  return variants;
}

}  // namespace mingyue::sched
