#pragma once

#include <cstdint>
#include <set>
#include <span>
#include <utility>
#include <vector>

#include "base/time.hpp"
#include "sched/bin.hpp"
#include "sched/closed_times.hpp"
#include "sched/count_profile.hpp"
#include "sched/demand.hpp"
#include "sched/empty_nodes.hpp"
#include "sched/hole_index.hpp"
#include "sched/shared_levels.hpp"

/// The nodes of LinePlanner: what runs on each, how many are free over time, and what is promised.
///
/// There are two lanes:
///
///   whole nodes   interchangeable within a kind. A promise is a count over time (sched/count_profile.hpp), exact
///                 because a node that is free is as good as any other; nodes are named when the job starts.
///   parts         share a node. A node that is shared is a *bin* (sched/bin.hpp), open while something is in it; a
///                 part fits beside what runs and what is promised there, and may keep the bin open longer only if a
///                 whole node is free then. A promised part in no bin opens one: a whole node, for as long as it is
///                 used, that is named when the first of the bin starts.
///
/// With few promises at a time (EASY has one), a place for a part is looked for in bin after bin. With many
/// (conservative), the holes of all bins are indexed for each size of part (sched/hole_index.hpp): a promise then costs
/// some microseconds, plus some tenths for each size that is asked for.
namespace mingyue::sched {

class LineNodes {
 public:
  enum class Promises : std::uint8_t { few, many };
  LineNodes(const std::vector<LineNode>& nodes, Instant now, Promises promises);

  /// On all nodes, those that are down too.
  [[nodiscard]] bool ever_fits(const Demand& demand) const;
  [[nodiscard]] bool ever_fits(const Request& request) const;
  /// How much of the nodes it takes, in 1/1024 of a node; of a part, what it takes of cards, or else of cores.
  [[nodiscard]] std::int64_t width(const Demand& demand) const;
  [[nodiscard]] std::int64_t width(const Request& request) const;
  /// On the nodes that are available, were they empty.
  [[nodiscard]] bool fits_now(const Request& request) const;

  /// No node of this kind may be used over these times. Before anything runs or is promised.
  void close(std::int32_t kind, const Closed& times);
  /// The first time after now at which nodes that are closed open again; `never` if there is none.
  [[nodiscard]] Instant next_opening() const;
  [[nodiscard]] std::int32_t available() const { return available_; }
  /// Available, and nothing runs there.
  [[nodiscard]] std::int32_t empty() const;
  [[nodiscard]] std::int32_t empty(std::int32_t kind) const;

  // --- what happens ---

  void advance(Instant now);
  void set_available(std::int32_t node, bool available, Instant now);
  /// The job runs there until `end`.
  void run(JobNumber job, const Taken& taken, Instant end);
  /// The job's nodes (a node may be named twice) are its own no more.
  void release(JobNumber job, std::span<const std::int32_t> nodes, Instant now);
  /// The job goes on until `end`, longer than it was to.
  void prolong(JobNumber job, std::span<const std::int32_t> nodes, Instant end);

  // --- starting what is not promised ---

  /// Until when a job of this shape may run if it starts now and delays nothing that is promised; `now` if it cannot
  /// start. Its part does not go on a node of `avoid`.
  [[nodiscard]] Instant may_run_until(const Demand& demand, std::span<const std::int32_t> avoid = {}) const;
  /// Starts it; may_run_until says that it can. Appends its nodes: whole ones, then that of the part.
  void start(JobNumber job, const Demand& demand, Instant end, std::vector<std::int32_t>& chosen,
             std::span<const std::int32_t> avoid = {});

  // --- promising ---

  /// So many will be made: a hint.
  void reserve(std::size_t promises) { promised_.reserve(promised_.size() + promises); }

  using Promise = std::int32_t;
  static constexpr Promise none = -1;

  /// Promises the earliest start not before `from`; none if there is never room.
  [[nodiscard]] Promise promise(JobNumber job, const Demand& demand, Duration wall, Instant from);
  /// All at once. Exact while the demands are of whole nodes. Otherwise the demands are placed one after another in
  /// their order, which may miss a start in rare packings; after 32 starts at which each would fit by itself and they
  /// do not fit together, every part is promised a node of its own.
  [[nodiscard]] Promise promise(JobNumber job, const Request& request, Duration wall, Instant from);
  /// A demand of whole nodes and a part is promised a node for its part. Now, the part may have a place beside others.
  [[nodiscard]] Promise promise_now(JobNumber job, const Demand& demand, Duration wall);
  [[nodiscard]] Instant start_of(Promise promise) const;  ///< `never` of none
  void take_back(Promise promise);
  void take_back_all();
  /// What is promised for now runs. Appends its nodes.
  void begin(Promise promise, std::vector<std::int32_t>& chosen);
  /// Room that was promised has been lost since the promises were made: nodes went down, or running work goes on.
  [[nodiscard]] bool broken() const { return broken_; }

  // --- promises that could be earlier (with many promises) ---

  /// Whole nodes have come free over [from, to).
  struct NodesGained {
    std::int32_t kind = 0;
    Instant from;
    Instant to;
    std::int32_t nodes = 0;
  };
  /// There is a hole for parts of this size now, or a longer one than before.
  struct PartGained {
    std::int32_t kind = 0;
    Room part;
    Instant from;
    Instant until;
  };
  struct Gains {
    std::vector<NodesGained> nodes;
    std::vector<PartGained> parts;
    /// There is room in its own bin just before the promised part of this job begins, from then on.
    std::vector<std::pair<JobNumber, Instant>> slides;
    void clear() { nodes.clear(), parts.clear(), slides.clear(); }
    [[nodiscard]] bool empty() const { return nodes.empty() && parts.empty() && slides.empty(); }
  };
  /// What has come free since the last time; the caller takes it away.
  [[nodiscard]] Gains& gains() { return gains_; }

  using Run = CountProfile::Run;
  /// The first time not before `from`, and before `before`, at which so many whole nodes are free, and until when.
  [[nodiscard]] Run next_run(std::int32_t kind, std::int32_t nodes, Instant from, Instant before = never) const;
  /// So many whole nodes are free at most over [from, to).
  [[nodiscard]] std::int32_t most(std::int32_t kind, Instant from, Instant to) const;
  /// The same, from where it really begins.
  [[nodiscard]] Instant run_began(std::int32_t kind, std::int32_t nodes, Instant at) const;
  /// Fewer than so many are free over [from, to) at some time.
  [[nodiscard]] bool fewer_than(std::int32_t kind, std::int32_t nodes, Instant from, Instant to) const;
  /// Where the first hole for such a part begins whose bin closes in [from, to).
  [[nodiscard]] Instant first_closing(std::int32_t kind, const Room& part, Instant from, Instant to);

  /// A promise of whole nodes begins at `start` instead; the caller knows that there is room.
  void move_whole(Promise promise, Instant start);
  /// Jobs whose promised parts are alone in bins that open in (from, to]; some of them, the earliest.
  [[nodiscard]] std::vector<JobNumber> alone_in_bins(std::int32_t kind, Instant from, Instant to) const;

  /// A promise of a part moves to the earliest start in [from, its own), if there is one. True if it has moved.
  [[nodiscard]] bool move_part(Promise& promise, Instant from);
  /// The room of a promise is free while something better is looked for. Then it is put back, or dropped.
  void lift(Promise promise);
  void put_back(Promise promise);
  void drop(Promise promise);

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
  /// A size of part, and where it fits.
  struct Size {
    Room room;
    HoleIndex holes;
  };
  struct Kind {
    Room total;
    std::vector<std::int32_t> nodes;
    CountProfile whole;  ///< nodes that are no bin and not promised, over time, by the wall limits of what runs
    Closed closed;       ///< then there are none, whatever runs
    EmptyNodes empty;
    SharedLevels shared;                                 ///< nodes on which something runs, by local number
    std::vector<Size> sizes;                             ///< with many promises: those asked for
    std::set<std::pair<Instant, std::int32_t>> singles;  ///< opened bins with one promise in them, by when they open
  };
  /// A bin on a node that is not yet named.
  struct Opened {
    std::int32_t kind = -1;  ///< -1: free to be used again
    Bin bin;
  };
  struct Promised {
    JobNumber job = 0;
    Demand demand;
    Instant from;
    Instant to;
    std::int32_t count = 0;  ///< whole nodes
    std::int32_t bin = -1;   ///< that its part is in; -1: none
    bool alone = false;      ///< it was lifted, and its bin is no more
    Promise next = none;     ///< of the same job
  };
  /// Nodes whose empty_from moves together are counted together.
  struct Move {
    std::int32_t kind = 0;
    Instant was;
    Instant is;
    std::int32_t nodes = 0;
  };
  /// An earliest start, and the bin of the part; -1: its own.
  struct Spot {
    Instant at = never;
    std::int32_t bin = -1;
  };
  /// Where a hole of a bin stands in the indexes of its kind.
  struct Indexed {
    std::uint32_t size = 0;  ///< place in Kind::sizes
    Instant from;
  };
  /// What is free in a bin from then on.
  struct Step {
    Instant at;
    Room free;
  };
  using Counts = std::vector<std::pair<std::int32_t, std::int32_t>>;  ///< nodes by kind

  [[nodiscard]] bool fits_on(std::vector<std::int32_t> nodes, const Request& request) const;
  void index_shared(Node& node);
  [[nodiscard]] Instant empty_from(const Node& node) const;
  void move(Move& open, const Move& one);
  void flush(Move& open);
  void count(Kind& kind, Instant from, Instant to, std::int32_t nodes);
  void give(std::int32_t kind, Instant from, Instant to, std::int32_t nodes);
  void give_open(std::int32_t kind, Instant from, Instant to, std::int32_t nodes);
  [[nodiscard]] std::int32_t choose_bin(const Kind& kind, const Demand& demand, Instant end,
                                        std::span<const std::int32_t> avoid) const;

  // Bins, by number: those of the nodes, then the opened ones.
  [[nodiscard]] Bin& bin_of(std::int32_t bin);
  [[nodiscard]] std::int32_t kind_of(std::int32_t bin) const;
  [[nodiscard]] bool is_node(std::int32_t bin) const { return static_cast<std::size_t>(bin) < nodes_.size(); }
  template <class Visit>
  void each_hole(const Bin& bin, const Room& part, Visit visit) const;
  void spread(const Bin& bin);
  void spread_too(const BinHold& hold);
  void index_holes(std::int32_t bin);
  void index_size(Kind& kind, std::size_t size, std::int32_t bin, Instant reach);
  void forget_holes(std::int32_t bin);
  void hold_too(std::int32_t bin, const BinHold& hold);
  [[nodiscard]] Size& size_of(std::int32_t kind, const Room& part);
  std::int32_t open(std::int32_t kind, Bin bin);
  void settle(std::int32_t bin);
  void note_gain(std::int32_t bin, Instant from, Instant to);
  [[nodiscard]] std::int32_t name(std::int32_t bin);

  [[nodiscard]] static Instant earliest_in(const Kind& kind, const Bin& bin, const Demand& demand, Duration wall,
                                           Instant from, Instant before);
  [[nodiscard]] Spot earliest_in_bins(const Demand& demand, Duration wall, Instant from, Instant before,
                                      std::span<const std::int32_t> avoid) const;
  [[nodiscard]] Spot earliest(const Demand& demand, Duration wall, Instant from, Instant before = never,
                              std::span<const std::int32_t> avoid = {});
  [[nodiscard]] Promise book(JobNumber job, const Demand& demand, Duration wall, const Spot& spot);
  [[nodiscard]] Promise book_all(JobNumber job, const Request& request, Duration wall, Instant at);
  [[nodiscard]] Promise book_alone(JobNumber job, const Request& request, Duration wall, Instant at);
  void take_back_one(Promise promise);
  [[nodiscard]] Instant next_change(const Request& request, Instant after) const;
  [[nodiscard]] Instant count_fits(const Counts& nodes, Duration wall, Instant from) const;

  bool many_;
  bool broken_ = false;
  Instant now_;
  std::int32_t available_ = 0;  ///< nodes
  std::vector<Node> nodes_;
  std::vector<Kind> kinds_;
  std::vector<Promised> promised_;
  std::vector<Promise> free_promises_;
  std::vector<Opened> opened_;
  std::vector<std::int32_t> free_opened_;
  std::vector<std::vector<Indexed>> indexed_;  ///< by bin, as they were put in: so they are taken out without a search
  Gains gains_;
  Instant left_from_;        ///< what has just left a bin was there from then
  Instant left_to_;          ///< until then
  std::vector<Step> steps_;  ///< of the bin that is looked at
  std::vector<std::pair<Instant, Room>> ends_;
  std::vector<Hole> before_;  ///< of the bin that something comes into
};

/// The holes of the bin that is spread out in steps_. Its last step is where it closes.
template <class Visit>
void LineNodes::each_hole(const Bin& bin, const Room& part, Visit visit) const {
  bool open = false;
  Instant from;
  for (std::size_t i = 0; i + 1 < steps_.size(); ++i) {
    const bool free = fits(part, steps_[i].free);
    if (free && !open) from = steps_[i].at;
    if (!free && open) visit(Hole{from, steps_[i].at, false, 0});
    open = free;
  }
  if (open) visit(Hole{from, bin.closes, true, 0});
}

}  // namespace mingyue::sched
