#include "twin/sim_queue.hpp"

#include <algorithm>

namespace mingyue::twin {

using model::AttemptId;

void SimQueue::add(const model::LaunchOrder& order, Instant ready) {
  if (!has(order.attempt) && !placed_.contains(order.attempt)) waiting_.push_back({order, ready});
}

bool SimQueue::has(AttemptId attempt) const {
  return std::ranges::any_of(waiting_, [&](const Waiting& one) { return one.order.attempt == attempt; });
}

bool SimQueue::remove(AttemptId attempt) {
  return std::erase_if(waiting_, [&](const Waiting& one) { return one.order.attempt == attempt; }) > 0;
}

void SimQueue::keep(const std::set<AttemptId>& standing) {
  std::erase_if(waiting_, [&](const Waiting& one) { return !standing.contains(one.order.attempt); });
}

std::vector<SimQueue::Room> SimQueue::free_rooms() const {
  std::vector<Room> free;
  for (const model::Node& node : nodes_) {
    const Room& others = others_[node.id.raw()];
    free.push_back({node.cores.raw() - others.cores, node.cards.raw() - others.cards, node.memory});
  }
  for (const auto& [attempt, tasks] : placed_) {
    for (const model::TaskOrder& task : tasks) {
      Room& room = free[task.lease.node.raw()];
      room.cores -= static_cast<std::int32_t>(task.lease.cores.size());
      room.cards -= static_cast<std::int32_t>(task.lease.cards.size());
      room.memory -= task.lease.memory;
    }
  }
  return free;
}

std::pair<CoreCount, CardCount> SimQueue::set_others(model::NodeId node, CoreCount cores, CardCount cards) {
  Room& others = others_.at(node.raw());
  others = {};
  const Room free = free_rooms()[node.raw()];
  others.cores = std::clamp(cores.raw(), 0, free.cores);
  others.cards = std::clamp(cards.raw(), 0, free.cards);
  return {CoreCount{others.cores}, CardCount{others.cards}};
}

bool SimQueue::place(model::LaunchOrder& order) const {
  std::vector<Room> free = free_rooms();
  return std::ranges::all_of(order.tasks, [&](model::TaskOrder& task) {
    const auto cores = static_cast<std::int32_t>(task.lease.cores.size());
    const auto cards = static_cast<std::int32_t>(task.lease.cards.size());
    const auto fits = [&](const model::Node& node) {
      const Room& room = free[node.id.raw()];
      return node.partition == order.engine_partition && !lost_.contains(node.id) && room.cores >= cores &&
             room.cards >= cards && room.memory >= task.lease.memory &&
             (cards == 0 || task.card_type.empty() || task.card_type == node.card_type);
    };
    const auto node = std::ranges::find_if(nodes_, fits);
    if (node == nodes_.end()) return false;
    Room& room = free[node->id.raw()];
    room.cores -= cores;
    room.cards -= cards;
    room.memory -= task.lease.memory;
    task.lease.node = node->id;
    task.node_name = node->name;
    return true;
  });
}

std::vector<model::LaunchOrder> SimQueue::step(Instant now) {
  std::vector<model::LaunchOrder> starting;
  while (!waiting_.empty() && waiting_.front().ready <= now) {
    model::LaunchOrder order = waiting_.front().order;
    if (!place(order)) break;
    placed_.emplace(order.attempt, order.tasks);
    waiting_.pop_front();
    starting.push_back(std::move(order));
  }
  return starting;
}

Instant SimQueue::next(Instant now) const {
  if (waiting_.empty() || waiting_.front().ready <= now) return never;
  return waiting_.front().ready;
}

}  // namespace mingyue::twin
