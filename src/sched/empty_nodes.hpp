#pragma once

#include <cstdint>
#include <vector>

/// Nodes of one kind on which nothing runs, by the leaf switch they hang on; names them when a job starts.
namespace mingyue::sched {

class EmptyNodes {
 public:
  /// `switch_of[i]` numbers the leaf switch of node i from 0. All nodes begin as not empty.
  explicit EmptyNodes(std::vector<std::int32_t> switch_of = {});

  void insert(std::int32_t node);
  void erase(std::int32_t node);
  [[nodiscard]] std::int32_t size() const { return size_; }

  /// Takes `count` out, on as few switches as can be: the switch where they fit most tightly; when no switch has so
  /// many, the fullest ones first and the rest where it fits most tightly. Ties go to the lower number.
  void take(std::int32_t count, std::vector<std::int32_t>& nodes);

 private:
  struct Leaf {
    std::int32_t first = 0;  ///< into order_
    std::int32_t size = 0;
    std::int32_t empty = 0;
    std::int32_t hint = 0;  ///< no empty node before it
  };
  void take_from(Leaf& leaf, std::int32_t count, std::vector<std::int32_t>& nodes);

  std::vector<Leaf> leaves_;
  std::vector<std::int32_t> order_;    ///< nodes by switch, then by number
  std::vector<std::int32_t> place_;    ///< of a node in order_
  std::vector<std::int32_t> leaf_of_;  ///< of a node
  std::vector<char> empty_;            ///< by place
  std::int32_t size_ = 0;
};

}  // namespace mingyue::sched
