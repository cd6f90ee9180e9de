#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "sched/room.hpp"

/// Jobs that ask for the same look the same to the planner: they share one Shape, and with it the work of finding out
/// when there is room.
namespace mingyue::sched {

/// The card types of the centre, by number in the order of their names.
class CardTypes {
 public:
  static constexpr std::int32_t none = -1;     ///< a node without cards; a task that wants none
  static constexpr std::int32_t unknown = -2;  ///< a type that no node has
  explicit CardTypes(const std::vector<NodeView>& nodes);
  [[nodiscard]] std::int32_t number_of(std::string_view name) const;
  [[nodiscard]] const std::string& name_of(std::int32_t type) const { return names_[static_cast<std::size_t>(type)]; }
  [[nodiscard]] std::int32_t count() const { return static_cast<std::int32_t>(names_.size()); }

 private:
  std::vector<std::string> names_;
};

struct ShapePart {
  Room need;  ///< of one task
  std::int32_t card_type = CardTypes::none;
  std::int32_t tasks = 1;
  std::int32_t most = 1;  ///< of an elastic part more than `tasks`
  model::Placement placement = model::Placement::any;
  std::int32_t first_rank = 0;
  bool on_spares = false;  ///< it may stand on spare nodes
};

/// What a job may have beyond what it says.
struct Allowance {
  std::int32_t tasks_most = INT32_MAX;  ///< of an elastic job, in all
  bool spares = false;                  ///< it may stand on spare nodes
};
[[nodiscard]] Allowance allowance_of(const WaitingView& job);

/// What a job asks for, with every card type and the number of tasks decided.
struct Shape {
  std::vector<ShapePart> parts;
  Duration wall;
  std::int32_t tasks = 0;
  /// A single task is the common case and takes short cuts.
  [[nodiscard]] bool is_single_task() const { return tasks == 1 && parts.size() == 1; }
};

using ShapeId = std::int32_t;

/// All shapes of one plan, numbered as they come.
class Shapes {
 public:
  explicit Shapes(const CardTypes& types) : types_(types) {}

  /// The shapes that would each satisfy the job, an elastic one with its fewest tasks. More than one only where a part
  /// takes cards of any type: then one for each type (parts decide together, at most `variants_max` combinations).
  [[nodiscard]] std::vector<ShapeId> of(const model::JobSpec& spec, Duration wall, const Allowance& allowance = {});
  /// The same shape with so many tasks in all; nothing where it may not have so many.
  [[nodiscard]] std::optional<ShapeId> with_tasks(ShapeId id, std::int32_t tasks);
  /// The most tasks that the shape may have, in all.
  [[nodiscard]] std::int32_t tasks_most(ShapeId id) const;
  [[nodiscard]] ShapeId add(Shape shape);
  [[nodiscard]] const Shape& operator[](ShapeId id) const { return shapes_[static_cast<std::size_t>(id)]; }

  static constexpr std::size_t variants_max = 16;

 private:
  const CardTypes& types_;
  std::vector<Shape> shapes_;
  std::map<std::vector<std::int64_t>, ShapeId> known_;
};

}  // namespace mingyue::sched
