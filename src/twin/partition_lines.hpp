#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "model/centre.hpp"
#include "sched/line_planner.hpp"

namespace mingyue::twin {

/// A line and its planner for each partition of a centre, and which of them takes a job.
///
/// A partition may have several kinds of nodes (equal cores, memory and cards make a kind). A job runs on nodes of one
/// kind: the first that it would ever fit, in the order of the partitions and then of the nodes in the centre's file.
/// A job that asks for no cards goes to a kind without cards if it fits one anywhere, so that it keeps no cards from
/// those who need them.
class PartitionLines {
 public:
  PartitionLines(const model::Centre& centre, sched::Backfill policy, Instant now);

  struct Spot {
    std::int32_t partition = 0;
    std::int32_t kind = 0;
    std::int32_t tasks_a_node = 1;  ///< on a node of which the job has all
    sched::Demand demand;
  };
  /// Where so many tasks that each need this go; nothing if they never fit anywhere.
  [[nodiscard]] std::optional<Spot> spot_for(std::int32_t tasks, const sched::Room& need) const;

  [[nodiscard]] std::size_t size() const { return partitions_.size(); }
  [[nodiscard]] sched::LinePlanner& line(std::int32_t partition) { return at(partition).line; }
  [[nodiscard]] const sched::LinePlanner& line(std::int32_t partition) const { return at(partition).line; }
  [[nodiscard]] const std::string& name(std::int32_t partition) const { return at(partition).name; }
  [[nodiscard]] const std::string& card_type(const Spot& spot) const;  ///< of its kind; empty: none
  /// The partition of this name; nothing if it has no nodes.
  [[nodiscard]] std::optional<std::int32_t> find(const std::string& name) const;

  /// The centre's number of a node that a line names, and back.
  [[nodiscard]] std::int32_t node_of(std::int32_t partition, std::int32_t in_line) const;
  [[nodiscard]] std::int32_t partition_of(std::uint32_t node) const { return places_[node].partition; }
  void set_available(std::uint32_t node, bool available, Instant now);

  /// When a line must be asked again though nothing has happened (LinePlanner::next_due).
  [[nodiscard]] std::optional<Instant> next_due() const;
  [[nodiscard]] std::size_t waiting() const;
  [[nodiscard]] std::size_t running() const;

 private:
  struct Kind {
    sched::Room total;
    std::string card_type;
  };
  struct Partition {
    std::string name;
    std::vector<Kind> kinds;
    std::vector<std::int32_t> nodes;  ///< by their number in the line
    sched::LinePlanner line;
  };
  struct Place {
    std::int32_t partition = 0;
    std::int32_t in_line = 0;
  };
  [[nodiscard]] Partition& at(std::int32_t partition) { return partitions_[static_cast<std::size_t>(partition)]; }
  [[nodiscard]] const Partition& at(std::int32_t partition) const {
    return partitions_[static_cast<std::size_t>(partition)];
  }
  [[nodiscard]] std::optional<Spot> spot_among(std::int32_t tasks, const sched::Room& need, bool with_cards) const;

  std::vector<Partition> partitions_;  ///< those with nodes, as the centre's file has them
  std::vector<Place> places_;          ///< by the centre's number of a node
};

}  // namespace mingyue::twin
