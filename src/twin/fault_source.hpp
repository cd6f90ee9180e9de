#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/expected.hpp"
#include "model/centre.hpp"
#include "twin/fault_plan.hpp"

namespace mingyue::twin {

enum class FaultKind : std::uint8_t { node, job, several_nodes, slow_node };

/// Something that breaks at a point in time.
struct Fault {
  Instant at;
  FaultKind kind = FaultKind::node;
  std::string name;                  ///< of the category; `switch`, `power`, `straggler`
  std::string where;                 ///< the node, the switch, or the centre
  std::vector<std::uint32_t> nodes;  ///< that it takes, slows, or on one of whose cards it is; in order
  bool silent = false;
  Duration repair;
  std::uint64_t card = 0;  ///< of a fault that takes a job: any number; the card hit is its remainder
};

/// The faults of a centre, in the order of time, without end. Each category draws its times, places, repairs and
/// silences from streams of its own, so that a category that is added or changed leaves the others' faults where they
/// were. Faults of nodes that are already down are given out too: the world skips them, and what is left is the rate
/// per node-day in use.
class FaultSource {
 public:
  /// Refusals: switch events where no node has a switch, power events of a spine where no leaf switch has one above.
  [[nodiscard]] static Expected<FaultSource> make(const FaultPlan& plan, const model::Centre& centre, Instant from,
                                                  std::uint64_t seed);

  /// Of the next fault; `never` when there will be none.
  [[nodiscard]] Instant next_at() const;
  [[nodiscard]] Fault next();

  /// Interruptions of a job that runs on one node for a million days, as the plan has it; power events, of which there
  /// are few, are left out.
  [[nodiscard]] std::int64_t per_million_node_days() const { return rate_; }

 private:
  struct Place {
    std::string name;
    std::vector<std::uint32_t> nodes;
  };
  struct Stream {
    Fault like;     ///< what its faults have in common
    Duration mean;  ///< between two of them, in the whole centre
    Repair repair;
    std::int32_t silent = 0;    ///< thousandths
    std::vector<Place> places;  ///< one of these; empty: one node
    Prng times, where, repairs, silences;
    Instant next_at;
  };
  FaultSource(const FaultPlan& plan, const model::Centre& centre);
  void add(Fault like, Duration mean, const Repair& repair, std::int32_t silent, std::vector<Place> places,
           Instant from, const Prng& root);
  [[nodiscard]] std::uint32_t draw_node(Prng& prng) const;

  const model::Centre* centre_;
  std::vector<Stream> streams_;
  std::vector<std::uint32_t> lemons_, others_;  ///< together all nodes
  std::int32_t lemon_faults_ = 0;               ///< thousandths
  std::int64_t rate_ = 0;
};

}  // namespace mingyue::twin
