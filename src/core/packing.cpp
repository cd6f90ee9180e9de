#include "core/packing.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <vector>

#include "model/node_kinds.hpp"
#include "sched/context.hpp"

namespace mingyue::core {
namespace {

using sched::NodeFacts;
using sched::Room;
using sched::Shape;
using sched::ShapePart;

/// A count of tasks for each kind of task.
using Tasks = std::vector<std::int32_t>;

/// Looks at every way to fill the nodes, one node after the other, and keeps the sets of tasks that are then still
/// without a place.
///
/// Why `never` is a proof: only two things are left out. A filling to which one more of the job's tasks could be added:
/// the fuller one leaves no more tasks over, so that what works with the first works with the second. And what is left
/// over once it exceeds what the remaining nodes could take of one kind alone, or have of one resource. Equal nodes
/// have equal fillings, and equal remainders have equal futures, so each is kept once.
class ExhaustiveSearch {
 public:
  ExhaustiveSearch(std::span<const NodeFacts> nodes, const Shape& shape) {
    for (const ShapePart& part : shape.parts) add(part);
    for (const NodeFacts& node : nodes) add(node);
  }

  [[nodiscard]] Packing search() {
    for (const Kind& kind : kinds_) wanted_.push_back(kind.tasks);
    left_.assign(kinds_.size(), 0);
    for (Group& group : groups_) {
      if (!find_fillings(group)) return Packing::undecided;
      for (std::size_t k = 0; k < kinds_.size(); ++k) left_[k] += std::int64_t{most(group, k)} * group.nodes;
      room_left_ += group.room * group.nodes;
    }
    std::set<Tasks> open{wanted_};
    for (const Group& group : groups_) {
      for (std::int32_t n = 0; n < group.nodes; ++n) {
        room_left_ -= group.room;
        for (std::size_t k = 0; k < kinds_.size(); ++k) left_[k] -= most(group, k);
        std::set<Tasks> next;
        for (const Tasks& tasks : open) {
          for (const Tasks& filling : group.fillings) {
            if (++steps_ > packing_steps_max) return Packing::undecided;
            Tasks rest = without(tasks, filling);
            if (std::ranges::all_of(rest, [](std::int32_t count) { return count == 0; })) return Packing::fits;
            if (has_hope(rest)) next.insert(std::move(rest));
          }
        }
        if (next.empty()) return Packing::never;
        open = std::move(next);
      }
    }
    return Packing::never;
  }

 private:
  /// Equal tasks, whichever parts they belong to.
  struct Kind {
    Room need;
    std::int32_t card_type = 0;
    bool on_spares = false;
    std::int32_t tasks = 0;
  };
  /// Equal nodes.
  struct Group {
    Room room;
    std::int32_t card_type = 0;
    bool spare = false;
    std::int32_t nodes = 0;
    std::vector<Tasks> fillings;  ///< to none of which a task can be added
  };

  void add(const ShapePart& part) {
    const auto same = [&](const Kind& kind) {
      return kind.need == part.need && kind.card_type == part.card_type && kind.on_spares == part.on_spares;
    };
    auto kind = std::ranges::find_if(kinds_, same);
    if (kind == kinds_.end()) kind = kinds_.insert(kind, {part.need, part.card_type, part.on_spares, 0});
    kind->tasks += part.tasks;
  }

  void add(const NodeFacts& node) {
    const auto same = [&](const Group& group) {
      return group.room == node.total && group.card_type == node.card_type && group.spare == node.spare;
    };
    auto group = std::ranges::find_if(groups_, same);
    if (group == groups_.end()) group = groups_.insert(group, {node.total, node.card_type, node.spare, 0, {}});
    ++group->nodes;
  }

  /// How many tasks of a kind fit into this room of such a node.
  [[nodiscard]] std::int32_t most(const Group& group, std::size_t k, const Room& room) const {
    const Kind& kind = kinds_[k];
    const bool suits = sched::suits({.need = kind.need, .card_type = kind.card_type, .on_spares = kind.on_spares},
                                    {.card_type = group.card_type, .spare = group.spare});
    return suits ? sched::times(kind.need, room, kind.tasks) : 0;
  }
  [[nodiscard]] std::int32_t most(const Group& group, std::size_t k) const { return most(group, k, group.room); }

  /// False: there are too many.
  bool find_fillings(Group& group) {
    Tasks filling(kinds_.size(), 0);
    return fill(group, filling, 0, group.room);
  }

  bool fill(Group& group, Tasks& filling, std::size_t kind, const Room& room) {
    if (++steps_ > packing_steps_max) return false;
    if (kind == kinds_.size()) {
      for (std::size_t k = 0; k < kinds_.size(); ++k)
        if (filling[k] < kinds_[k].tasks && most(group, k, room) > 0) return true;
      group.fillings.push_back(filling);
      return true;
    }
    for (std::int32_t count = most(group, kind, room); count >= 0; --count) {
      filling[kind] = count;
      if (!fill(group, filling, kind + 1, room - kinds_[kind].need * count)) return false;
    }
    filling[kind] = 0;
    return true;
  }

  [[nodiscard]] static Tasks without(const Tasks& tasks, const Tasks& placed) {
    Tasks rest = tasks;
    for (std::size_t k = 0; k < rest.size(); ++k) rest[k] = std::max(0, rest[k] - placed[k]);
    return rest;
  }

  [[nodiscard]] bool has_hope(const Tasks& rest) const {
    Room needed;
    for (std::size_t k = 0; k < kinds_.size(); ++k) {
      if (rest[k] > left_[k]) return false;
      needed += kinds_[k].need * rest[k];
    }
    return sched::fits(needed, room_left_);
  }

  std::vector<Kind> kinds_;
  std::vector<Group> groups_;
  Tasks wanted_;
  std::vector<std::int64_t> left_;  ///< by kind: what the nodes not yet filled could take of it alone
  Room room_left_;
  int steps_ = 0;
};

/// A partition with all its nodes whole, up and empty.
class EmptyPartition {
 public:
  EmptyPartition(const model::Partition& partition, const model::Centre& centre)
      : snapshot_(of(partition, centre)), context_(snapshot_), nodes_(context_.nodes_of(0)) {
    for (const NodeFacts& node : nodes_) rooms_.push_back(node.total);
  }

  /// A part that takes cards of any type takes all of one type; so there are variants of the job, of which one will do.
  [[nodiscard]] Packing pack(const model::JobSpec& job) {
    const auto variants = context_.shapes.of(job, job.wall, {.spares = job.preemptible});
    for (const auto id : variants)
      if (sched::place(nodes_, rooms_, context_.shapes[id])) return Packing::fits;
    if (variants.size() == sched::Shapes::variants_max) return Packing::undecided;  // These may not be all.
    if (job.parts.size() == 1) return Packing::never;                               // One part is placed exactly.
    for (const auto id : variants) {
      const Packing answer = pack_exhaustively(nodes_, context_.shapes[id]);
      if (answer != Packing::never) return answer;
    }
    return Packing::never;
  }

  /// How many tasks of the job's one part fit, all with cards of one type.
  [[nodiscard]] std::int64_t room_for(const model::JobSpec& job) {
    std::int64_t best = 0;
    for (const auto id : context_.shapes.of(job, job.wall, {.spares = job.preemptible})) {
      const ShapePart& part = context_.shapes[id].parts.front();
      std::int64_t tasks = 0;
      for (const NodeFacts& node : nodes_)
        if (sched::suits(part, node)) tasks += sched::times(part.need, node.total, part.tasks);
      best = std::max(best, tasks);
    }
    return best;
  }

  [[nodiscard]] std::size_t size() const { return nodes_.size(); }

 private:
  static sched::Snapshot of(const model::Partition& partition, const model::Centre& centre) {
    sched::Snapshot snapshot;
    snapshot.partitions = {partition};
    const std::vector<bool> spare = model::spare_nodes(centre);
    for (std::size_t i = 0; i < centre.nodes.size(); ++i) {
      const model::Node& node = centre.nodes[i];
      if (node.partition != partition.name) continue;
      const Room all{node.cores, node.memory, node.cards};
      snapshot.nodes.push_back(
          {.id = node.id, .name = {}, .card_type = node.card_type, .total = all, .free = all, .spare = spare[i]});
    }
    return snapshot;
  }

  sched::Snapshot snapshot_;
  sched::Context context_;
  std::vector<NodeFacts> nodes_;
  std::vector<Room> rooms_;
};

bool takes_any_card(const model::Part& part) { return part.need.cards > CardCount{} && part.need.card_type.empty(); }

/// `use partition "b" or `, where the whole job has a place there; nothing otherwise.
std::string elsewhere(const model::JobSpec& job, const model::Centre& centre) {
  for (const model::Partition& other : centre.partitions) {
    if (other.name == job.partition || (other.wall_max > Duration{} && job.wall > other.wall_max)) continue;
    if (EmptyPartition(other, centre).pack(job) == Packing::fits)
      return fmt::format("use partition \"{}\" or ", other.name);
  }
  return {};
}

}  // namespace

Packing pack_exhaustively(std::span<const NodeFacts> nodes, const Shape& shape) {
  return ExhaustiveSearch(nodes, shape).search();
}

/// With cards of one type in the whole partition, "of any type" leaves no choice, and the count is exact too.
static bool one_card_type(const std::string& partition, const model::Centre& centre) {
  const std::string* type = nullptr;
  for (const model::Node& node : centre.nodes) {
    if (node.cards == CardCount{0} || node.partition != partition) continue;
    if (type != nullptr && *type != node.card_type) return false;
    type = &node.card_type;
  }
  return true;
}

std::optional<Refusal> why_never_together(const model::JobSpec& valid, const model::Centre& centre) {
  // One part whose nodes are known is counted: model::validate has done that, and the count is exact.
  if (valid.parts.size() == 1 && !takes_any_card(valid.parts.front())) return std::nullopt;
  if (valid.parts.size() == 1 && one_card_type(valid.partition, centre)) return std::nullopt;
  const auto partition = std::ranges::find(centre.partitions, valid.partition, &model::Partition::name);
  EmptyPartition empty(*partition, centre);
  if (empty.pack(valid) != Packing::never) return std::nullopt;
  if (valid.parts.size() == 1) {
    const std::int64_t most = empty.room_for(valid);
    return Refusal{
        "does-not-fit", "tasks",
        fmt::format("job needs {} tasks at once, all with cards of one type; partition \"{}\" has room for {}",
                    valid.tasks_least(), valid.partition, most),
        fmt::format("{}tasks: {}", elsewhere(valid, centre), most)};
  }
  return Refusal{"does-not-fit", "parts",
                 fmt::format("each of the {} parts fits into partition \"{}\", but not all beside each other: its {} "
                             "nodes, all empty, have no place for these {} tasks at once",
                             valid.parts.size(), valid.partition, empty.size(), valid.tasks_least()),
                 elsewhere(valid, centre) + "ask for fewer or smaller tasks"};
}

}  // namespace mingyue::core
