#pragma once

#include <cstdint>
#include <span>
#include <utility>
#include <vector>

#include "base/time.hpp"
#include "sched/bin.hpp"
#include "sched/count_profile.hpp"
#include "sched/demand.hpp"
#include "sched/empty_nodes.hpp"
#include "sched/shared_levels.hpp"

/// The nodes of LinePlanner: what runs on each, how many are free over time, and what is promised.
///
/// There are two lanes:
///
///   whole nodes   interchangeable within a kind. A promise is a count over time (sched/count_profile.hpp), exact
///                 because a node that is free is as good as any other; nodes are named when the job starts.
///   parts         share a node. A node that is shared is a *bin*, open while something runs in it; a part fits beside
///                 what runs and what is promised there, and may keep the bin open longer only if a whole node is free
///                 then. A promised part in no running bin opens one: a whole node, for as long as it is used.
namespace mingyue::sched {

class LineNodes {
 public:
  LineNodes(const std::vector<LineNode>& nodes, Instant now);

  /// On all nodes, those that are down too.
  [[nodiscard]] bool ever_fits(const Demand& demand) const;
  [[nodiscard]] bool ever_fits(const Request& request) const;

  // --- what happens ---

  void advance(Instant now);
  void set_available(std::int32_t node, bool available, Instant now);
  /// The job runs there until `end`.
  void run(JobNumber job, const Taken& taken, Instant end);
  /// The job's nodes (a node may be named twice) are its own no more.
  void release(JobNumber job, std::span<const std::int32_t> nodes, Instant now);
  /// The job goes on until `end`, longer than it was to.
  void prolong(JobNumber job, std::span<const std::int32_t> nodes, Instant end);

  // --- starting ---

  /// Until when a job of this shape may run if it starts now and delays nothing that is promised; `now` if it cannot
  /// start. Its part does not go on a node of `avoid`.
  [[nodiscard]] Instant may_run_until(const Demand& demand, std::span<const std::int32_t> avoid = {}) const;
  /// Starts it; may_run_until says that it can. Appends its nodes: whole ones, then that of the part.
  void start(JobNumber job, const Demand& demand, Instant end, std::vector<std::int32_t>& chosen,
             std::span<const std::int32_t> avoid = {});

  // --- promising ---

  /// An earliest start, and the bin of the part; -1: its own.
  struct Spot {
    Instant at = never;
    std::int32_t bin = -1;
  };
  /// The earliest start not before `from` and before `before`. Bins of `avoid` are not for its part. If there are whole
  /// nodes too, the part gets a node of its own; what starts now is more frugal (may_run_until).
  [[nodiscard]] Spot earliest(const Demand& demand, Duration wall, Instant from, Instant before = never,
                              std::span<const std::int32_t> avoid = {}) const;
  /// The earliest start of all at once, promised. Exact while the demands are of whole nodes. Otherwise the demands are
  /// placed one after another in their order, which may miss a start in rare packings; after 32 starts at which each
  /// would fit by itself and they do not fit together, every part is promised a node of its own.
  Instant promise(JobNumber job, const Request& request, Duration wall, Instant from);
  Instant promise(JobNumber job, const Demand& demand, Duration wall, Instant from);
  /// The start that promise() would give.
  [[nodiscard]] Instant earliest(JobNumber job, const Request& request, Duration wall, Instant from);
  /// All that is promised is so no more.
  void take_back();

  /// Stops the program if what is counted over time does not agree with the nodes one by one.
  void check() const;

 private:
  struct Node {
    LineNode is;
    std::int32_t local = 0;  ///< its number within its kind
    bool available = true;
    std::int32_t level = -1;  ///< in Kind::shared; less than 0: not there
    Bin bin;
  };
  struct Kind {
    Room total;
    std::vector<std::int32_t> nodes;
    CountProfile whole;  ///< nodes on which nothing runs, over time, by the wall limits of what runs
    EmptyNodes empty;
    SharedLevels shared;  ///< nodes on which something runs, by local number
  };
  struct Opened {
    std::int32_t kind = 0;
    Bin bin;
  };
  /// What a promise has taken.
  struct Promised {
    JobNumber job = 0;
    std::int32_t bin = -1;  ///< that it is in; -1: none
    std::int32_t kind = 0;
    std::int32_t count = 0;  ///< nodes that it needs, or for which its bin stays open, over [from, to)
    Instant from;
    Instant to;
  };
  /// Nodes whose empty_from moves together are counted together.
  struct Move {
    std::int32_t kind = 0;
    Instant was;
    Instant is;
    std::int32_t nodes = 0;
  };

  void index_shared(Node& node);
  [[nodiscard]] Instant empty_from(const Node& node) const;
  void move(Move& open, const Move& one);
  void flush(Move& open);
  [[nodiscard]] std::int32_t choose_bin(const Kind& kind, const Demand& demand, Instant end,
                                        std::span<const std::int32_t> avoid) const;
  [[nodiscard]] static Instant earliest_in(const Kind& kind, const Bin& bin, const Demand& demand, Duration wall,
                                           Instant from, Instant before);
  [[nodiscard]] Bin& bin_of(std::int32_t bin);
  void book(JobNumber job, const Demand& demand, Duration wall, const Spot& spot);
  [[nodiscard]] bool book_all(JobNumber job, const Request& request, Duration wall, Instant at);
  void book_alone(JobNumber job, const Request& request, Duration wall, Instant at);
  void undo(std::size_t promises);
  [[nodiscard]] Instant next_change(const Request& request, Instant after) const;
  [[nodiscard]] std::vector<std::pair<std::int32_t, std::int32_t>> nodes_by_kind(const Request& request,
                                                                                 bool parts_too) const;
  [[nodiscard]] Instant count_fits(const std::vector<std::pair<std::int32_t, std::int32_t>>& nodes, Duration wall,
                                   Instant from) const;

  Instant now_;
  std::vector<Node> nodes_;
  std::vector<Kind> kinds_;
  std::vector<Promised> promised_;
  std::vector<Opened> opened_;  ///< bins on nodes not yet named
};

}  // namespace mingyue::sched
