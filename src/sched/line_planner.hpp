#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>
#include <vector>

#include "base/time.hpp"
#include "sched/room.hpp"

/// The planner of one partition, kept from event to event: jobs arrive, start, end; `step(now)` says what starts. What
/// it costs follows from what changed, and not from how much there is.
///
/// What a job asks for is a gang of equal tasks. Its tasks fill nodes: as many whole nodes as they fill, and the rest
/// on one node that it may share (`Demand`). So there are two lanes:
///
///   whole nodes   interchangeable within a kind (equal room, equal card type). A promise is a count over time
///                 (sched/count_profile.hpp), exact because a node that is free is as good as any other; nodes are
///                 named when the job starts.
///   parts         share a node. A node that is shared is a *bin*, open while something runs in it; a part fits beside
///                 what runs and what is promised there, and may keep the bin open longer only if a whole node is free
///                 then. A promised part in no running bin opens one: a whole node, for as long as it is used.
///
/// The policies carry their names from the literature:
///
///   fcfs           first come, first served: nothing overtakes.
///   easy           EASY (D. Lifka, "The ANL/IBM SP Scheduling System", JSSPP 1995): the first that cannot start is
///                  promised its earliest start; whatever does not delay that one may start.
///   easy_sjbf      the same, and the shortest request is tried first ("shortest job backfilled first"; D. Tsafrir,
///                  Y. Etsion, D. G. Feitelson, IEEE TPDS 18(6), 2007).
///   aged           EASY in the order of sched/line_order.hpp, aged shortest first: the default.
///   conservative   everyone is promised the earliest start that delays nobody before them (Mu'alem and Feitelson
///   2001).
namespace mingyue::sched {

enum class Backfill : std::uint8_t { fcfs = 1, easy = 2, easy_sjbf = 3, conservative = 4, aged = 5 };
[[nodiscard]] std::optional<Backfill> parse_backfill(std::string_view name);
[[nodiscard]] std::string_view print_backfill(Backfill policy);

/// Where a job stands in the line of this policy.
[[nodiscard]] std::int64_t key_of(Backfill policy, Instant submitted, Duration wall, std::int64_t size);

/// Nodes are numbered from 0 in the order given.
struct LineNode {
  Room total;
  std::int32_t kind = 0;  ///< nodes of one kind are interchangeable: equal room and card type; from 0 without gaps
  std::int32_t leaf = 0;  ///< its leaf switch, from 0
};

/// What a job asks of one kind of node.
struct Demand {
  std::int32_t kind = 0;
  std::int32_t whole = 0;  ///< nodes of which it has all
  Room whole_room;         ///< taken of each
  Room part;               ///< taken of one more node; all zero: none
  [[nodiscard]] bool has_part() const { return part != Room{}; }
  friend bool operator==(const Demand&, const Demand&) = default;
};

/// How `tasks` tasks of `need` fill nodes of this total; nothing if not even one fits.
[[nodiscard]] std::optional<Demand> demand_of(std::int32_t kind, const Room& total, std::int32_t tasks,
                                              const Room& need);

using JobNumber = std::uint64_t;  ///< of the caller; unique among waiting and running jobs

struct LineStart {
  JobNumber job = 0;
  std::vector<std::int32_t> nodes;  ///< the whole ones, then that of the part
};

class LinePlanner {
 public:
  LinePlanner(std::vector<LineNode> nodes, Backfill policy, Instant now);
  ~LinePlanner();
  LinePlanner(const LinePlanner& other);
  LinePlanner(LinePlanner&&) noexcept;
  LinePlanner& operator=(const LinePlanner&) = delete;
  LinePlanner& operator=(LinePlanner&&) noexcept;

  /// The job waits. A lower key comes first; ties go to the lower number; `key_of` gives the policy's own. Refused
  /// demands (more than the partition has, counting nodes that are down) are the caller's to find: `ever_fits`.
  void arrive(JobNumber job, std::int64_t key, const Demand& demand, Duration wall);
  void leave(JobNumber job);  ///< it no longer waits, and did not start
  void end(JobNumber job, Instant now);
  /// What runs there goes on until `end`.
  void set_available(std::int32_t node, bool available, Instant now);

  [[nodiscard]] bool ever_fits(const Demand& demand) const;

  /// What starts now, in the order in which it was chosen; it counts as running from here on.
  [[nodiscard]] std::vector<LineStart> step(Instant now);

  /// The promised start that the last step() gave, under `conservative` to each job, under `easy` to the first.
  [[nodiscard]] std::optional<Instant> promise(JobNumber job) const;

  /// The first in line.
  [[nodiscard]] std::optional<JobNumber> first() const;
  [[nodiscard]] std::size_t waiting() const;
  [[nodiscard]] std::size_t running() const;

 private:
  struct Inside;
  std::unique_ptr<Inside> in_;
};

}  // namespace mingyue::sched
