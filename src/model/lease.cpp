#include "model/lease.hpp"

#include <algorithm>
#include <set>

namespace mingyue::model {

TaskLease NodeShare::task(std::int32_t i) const {
  return {.node = node,
          .cores = cores.indices(i * cores_a_task(), cores_a_task()),
          .memory = memory,
          .cards = cards.indices(i * cards_a_task(), cards_a_task())};
}

namespace {

/// Both are of equal tasks on one node, and all that the second holds is behind what the first holds.
bool joins(const NodeShare& before, const NodeShare& share) {
  return before.node == share.node && before.memory == share.memory && before.cores_a_task() == share.cores_a_task() &&
         before.cards_a_task() == share.cards_a_task() &&
         (share.cores.empty() || before.cores.highest() < share.cores.lowest()) &&
         (share.cards.empty() || before.cards.highest() < share.cards.lowest());
}

Slots united(const Slots& a, const Slots& b) {
  // The second is behind the first: it has the size that holds both.
  Slots all = b.size() >= a.size() ? b : a;
  all.add(b.size() >= a.size() ? a : b);
  return all;
}

}  // namespace

void Lease::add(NodeShare share) {
  if (shares_.empty() || !joins(shares_.back(), share)) {
    shares_.push_back(std::move(share));
    return;
  }
  NodeShare& before = shares_.back();
  before.tasks += share.tasks;
  before.cores = united(before.cores, share.cores);
  before.cards = united(before.cards, share.cards);
}

std::int32_t Lease::tasks() const {
  std::int32_t sum = 0;
  for (const NodeShare& share : shares_) sum += share.tasks;
  return sum;
}

std::int32_t Lease::nodes() const {
  std::set<NodeId> nodes;
  for (const NodeShare& share : shares_) nodes.insert(share.node);
  return static_cast<std::int32_t>(nodes.size());
}

bool Lease::on(NodeId node) const { return std::ranges::find(shares_, node, &NodeShare::node) != shares_.end(); }

bool Lease::on_any(const std::vector<NodeId>& ascending) const {
  return std::ranges::any_of(shares_,
                             [&](const NodeShare& share) { return std::ranges::binary_search(ascending, share.node); });
}

Lease::Form Lease::form() const {
  Form tasks;
  each_task([&](TaskLease task) { tasks.push_back(std::move(task)); });
  return tasks;
}

std::optional<Lease> Lease::of(const Form& tasks) {
  Lease lease;
  for (const TaskLease& task : tasks) {
    auto cores = Slots::from(task.cores);
    auto cards = Slots::from(task.cards);
    if (!cores || !cards) return std::nullopt;
    lease.add({.node = task.node, .cores = std::move(*cores), .cards = std::move(*cards), .memory = task.memory});
  }
  return lease;
}

}  // namespace mingyue::model
