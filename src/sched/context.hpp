#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include "sched/calendar.hpp"
#include "sched/plan.hpp"

/// What all steps of one plan share.
namespace mingyue::sched {

/// A waiting job that could run: it is not blocked (or only until a known instant) and its partition is large enough.
struct Candidate {
  const WaitingView* job = nullptr;
  std::int32_t place = 0;            ///< in the order, from 1
  std::span<const ShapeId> shapes;   ///< any of them will do
  std::int32_t line_shape = -1;      ///< in a partition that counts: what it asks of its line
  Instant floor;                     ///< no start before
  std::optional<Booking> booking;    ///< what the plan gives it
  std::vector<std::size_t> victims;  ///< running work that is asked to end for it, by index into Snapshot::running
  bool moves = false;                ///< the victims go on elsewhere (sched/moves.hpp)
};

/// The snapshot, and what is worked out from it once.
class Context {
 public:
  explicit Context(const Snapshot& snapshot);
  Context(const Context&) = delete;

  const Snapshot& snapshot;
  const CardTypes types;
  Shapes shapes;

  /// When the room of running work comes back at the latest; of what has outlived its limit, sched/overdue.hpp.
  [[nodiscard]] Instant end_of(const RunningView& run) const;
  /// When it would come back if it were asked to end now.
  [[nodiscard]] Instant end_if_asked(const RunningView& run) const;

  /// Whether the job may have this work asked to end: by its class; or, where it goes on, because the work stands on
  /// spares.
  [[nodiscard]] bool gives_way(const RunningView& run, const WaitingView& job) const;

  /// Index into Snapshot::nodes; nothing for a node that is not there (any more).
  [[nodiscard]] std::optional<std::size_t> view_of(model::NodeId id) const;

  // What is planned by itself is a section: each partition, for the work of no reservation, and behind those each
  // reservation, for its own. A node that is reserved is in two, and never open in both at once.
  [[nodiscard]] std::size_t sections() const { return snapshot.partitions.size() + snapshot.reservations.size(); }
  [[nodiscard]] std::int32_t section_of(const WaitingView& job) const {
    return job.reservation < 0 ? job.partition
                               : static_cast<std::int32_t>(snapshot.partitions.size()) + job.reservation;
  }
  /// Null: the section is a partition.
  [[nodiscard]] const ReservationView* reservation_of(std::int32_t section) const;
  [[nodiscard]] std::int32_t partition_of(std::int32_t section) const;
  /// Some node of the section is closed at some time.
  [[nodiscard]] bool closes(std::int32_t section) const;

  /// The nodes of a section that can be used: those that are available, and `resumed` as if they were (in the order of
  /// ids).
  [[nodiscard]] std::vector<NodeFacts> nodes_of(std::int32_t section,
                                                std::span<const model::NodeId> resumed = {}) const;
  /// Those that are down or drained.
  [[nodiscard]] std::vector<model::NodeId> away_of(std::int32_t section) const;

  enum class Windows : std::uint8_t { kept, ignored };
  /// The calendar of these nodes with nothing in it but running work; as if nothing were reserved, if `ignored`.
  [[nodiscard]] Calendar calendar_of(std::int32_t section, std::span<const model::NodeId> resumed = {},
                                     Windows windows = Windows::kept) const;

  /// The node is in an open window (and not only soon to be).
  [[nodiscard]] bool reserved_now(model::NodeId node) const;
  /// The reservation that a booking of a partition's nodes would be the first to run into: its name, and when it
  /// begins; where it has begun, an empty text, and when it ends. Nothing if it runs into none.
  [[nodiscard]] std::optional<std::vector<std::string>> first_reserved(std::span<const NodeFacts> nodes,
                                                                       const Booking& booking) const;

  /// Gives back early what those who are asked to end hold.
  void release_victims(Calendar& calendar, const std::vector<Candidate>& candidates) const;

  /// What a lease holds of these nodes, which are in ascending order of their ids.
  [[nodiscard]] static std::vector<std::pair<NodeIndex, Room>> holds_on(std::span<const NodeFacts> nodes,
                                                                        const RunningView& run);
  [[nodiscard]] static std::optional<NodeIndex> index_of(std::span<const NodeFacts> nodes, model::NodeId id);

 private:
  [[nodiscard]] bool holds(std::int32_t section, const NodeView& node) const;

  std::vector<std::string> switches_;
  std::vector<Closed> closed_to_others_;    ///< by place in the snapshot
  std::vector<Closed> closed_to_its_jobs_;  ///< by reservation
};

}  // namespace mingyue::sched
