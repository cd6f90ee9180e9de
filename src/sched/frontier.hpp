#pragma once

#include <cstdint>
#include <vector>

#include "sched/shape.hpp"

namespace mingyue::sched {

/// What a search for one shape has taught about all that ask for at least as much.
///
/// Once a shape was found not to fit before t, every shape that needs no less, on no fewer tasks, for no shorter time,
/// does not fit before t either, as long as room is only taken. So jobs of one shape continue where the last left off,
/// and jobs that differ only in their wall limit help each other too.
class Frontier {
 public:
  explicit Frontier(Instant now) : now_(now) {}

  /// No start before this one can be found.
  [[nodiscard]] Instant bound(const Shape& shape) const;
  /// There is no start before `start`.
  void raise(const Shape& shape, Instant start);
  /// Room was given back from `from` on: forget what that could have changed.
  void lower(Instant from);

 private:
  struct Mark {
    Duration wall;
    Instant start;
  };
  /// Shapes that differ only in their wall limits; marks by wall, ascending.
  struct Group {
    std::vector<ShapePart> parts;
    std::vector<Mark> marks;
  };
  /// Looking through more groups costs more than it saves.
  static constexpr std::size_t groups_max = 256;

  Instant now_;
  std::vector<Group> groups_;
};

}  // namespace mingyue::sched
