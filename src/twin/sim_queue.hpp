#pragma once

#include <deque>
#include <map>
#include <optional>
#include <set>
#include <vector>

#include "model/attempt.hpp"
#include "model/centre.hpp"

namespace mingyue::twin {

/// The own queue of a simulated engine, for partitions in which it decides: first come, first served, each task on the
/// first node that has room beside what the queue has placed and what others hold. Like a real one it knows nothing of
/// drains, budgets and leases.
class SimQueue {
 public:
  explicit SimQueue(std::vector<model::Node> nodes) : nodes_(std::move(nodes)), others_(nodes_.size()) {}

  /// Looked at from `ready` on; twice is once.
  void add(const model::LaunchOrder& order, Instant ready);
  [[nodiscard]] bool has(model::AttemptId attempt) const;
  /// Waits no longer; false: it did not.
  bool remove(model::AttemptId attempt);
  /// Only these go on waiting.
  void keep(const std::set<model::AttemptId>& standing);
  /// What it was placed on is free again.
  void release(model::AttemptId attempt) { placed_.erase(attempt); }

  /// At most what nothing that was placed holds; what they really got is the answer.
  std::pair<CoreCount, CardCount> set_others(model::NodeId node, CoreCount cores, CardCount cards);
  void lose(model::NodeId node) { lost_.insert(node); }
  void restore(model::NodeId node) { lost_.erase(node); }

  /// Orders that start by `now`, with their nodes.
  [[nodiscard]] std::vector<model::LaunchOrder> step(Instant now);
  /// When the first becomes ready; `never` where all that wait are, for want of room.
  [[nodiscard]] Instant next(Instant now) const;

 private:
  struct Room {
    std::int32_t cores = 0;
    std::int32_t cards = 0;
    Bytes memory;
  };
  struct Waiting {
    model::LaunchOrder order;
    Instant ready;
  };
  [[nodiscard]] std::vector<Room> free_rooms() const;
  [[nodiscard]] bool place(model::LaunchOrder& order) const;

  std::vector<model::Node> nodes_;
  std::vector<Room> others_;
  std::set<model::NodeId> lost_;
  std::deque<Waiting> waiting_;
  std::map<model::AttemptId, std::vector<model::TaskOrder>> placed_;
};

}  // namespace mingyue::twin
