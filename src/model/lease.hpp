#pragma once

#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

#include "base/describe.hpp"
#include "base/units.hpp"
#include "model/ids.hpp"
#include "model/slots.hpp"

/// What an attempt holds, from its grant to its end.
namespace mingyue::model {

/// What one task of an attempt holds on one node, by index.
struct TaskLease {
  NodeId node;
  std::vector<std::int32_t> cores;  ///< core indices on the node, ascending
  Bytes memory;
  std::vector<std::int32_t> cards;  ///< card indices on the node, ascending
  friend bool operator==(const TaskLease&, const TaskLease&) = default;
};
DESCRIBE(TaskLease, node, cores, memory, cards)

/// What equal tasks of consecutive ranks hold on one node. The first of them has the lowest cores and cards, the next
/// one those that follow.
struct NodeShare {
  NodeId node;
  std::int32_t tasks = 1;
  Slots cores;   ///< of all these tasks
  Slots cards;   ///< of all these tasks
  Bytes memory;  ///< of each of them

  [[nodiscard]] std::int32_t cores_a_task() const { return cores.count() / tasks; }
  [[nodiscard]] std::int32_t cards_a_task() const { return cards.count() / tasks; }
  /// `i` from 0.
  [[nodiscard]] TaskLease task(std::int32_t i) const;
};

/// An attempt's whole lease, in the order of ranks. A gang of a thousand tasks on 125 nodes is 125 shares.
///
/// In the log it is a sequence of TaskLease by rank, so `form()` and `of()` are what the codec (base/codec.hpp) calls.
class Lease {
 public:
  /// Of the ranks that follow those added before. Joins the share before it where both together are one.
  void add(NodeShare share);
  void reserve(std::size_t shares) { shares_.reserve(shares); }

  [[nodiscard]] const std::vector<NodeShare>& shares() const { return shares_; }
  [[nodiscard]] std::int32_t tasks() const;
  [[nodiscard]] std::int32_t nodes() const;  ///< how many different ones
  [[nodiscard]] bool on(NodeId node) const;
  [[nodiscard]] bool on_any(const std::vector<NodeId>& ascending) const;

  /// `each(TaskLease)` for all tasks by rank.
  template <class Each>
  void each_task(Each each) const {
    for (const NodeShare& share : shares_)
      for (std::int32_t i = 0; i < share.tasks; ++i) each(share.task(i));
  }

  using Form = std::vector<TaskLease>;
  [[nodiscard]] Form form() const;
  /// Nothing where a list of indices does not ascend from 0 or above.
  [[nodiscard]] static std::optional<Lease> of(const Form& tasks);

 private:
  std::vector<NodeShare> shares_;
};

}  // namespace mingyue::model
