#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <unordered_map>
#include <utility>
#include <vector>

#include "sched/line_nodes.hpp"
#include "sched/line_planner.hpp"
#include "sched/promised_line.hpp"
#include "sched/queue_gauge.hpp"
#include "sched/waiting_line.hpp"

/// The inside of LinePlanner, for its files alone: line_planner.cpp (who waits and who runs), line_start.cpp (one job
/// starts, or is promised a start), line_easy.cpp (the policies that promise one start at a time), line_overloaded.cpp
/// (whom the default promises it while hardly anybody can be served soon),
/// line_conservative.cpp (a promise for everyone) and line_offers.cpp (what lets them move up).
namespace mingyue::sched {

struct LinePlanner::Inside {
  using Place = WaitingLine::Place;
  static constexpr Place the_first{INT64_MIN, 0};
  static constexpr Place after_all{INT64_MAX, UINT64_MAX};
  static constexpr Duration soon = minutes(1);  ///< who asks for no more is soon done

  struct Job {
    JobNumber number = 0;
    std::int64_t key = 0;
    std::int32_t shape = 0;
    std::int32_t alternative = 0;  ///< that is promised
    std::int32_t tag = 0;          ///< the caller's own
    Duration wall;
    Instant not_before{0};
    Instant promised = never;
    LineNodes::Promise promise = LineNodes::none;
    bool listed = false;              ///< in Shape::promised
    bool again = false;               ///< it was interrupted
    Instant end;                      ///< by its wall limit
    std::vector<std::int32_t> nodes;  ///< where it runs; empty: it waits
  };
  /// Jobs that ask for the same.
  struct Shape {
    Demand demand;                      ///< if there are no alternatives
    std::vector<Request> alternatives;  ///< more than one, or one that a Demand cannot say
    WaitingLine line;                   ///< of the policies that promise one start at a time
    PromisedLine promised;              ///< of conservative
    Place untried = the_first;          ///< within a pass: those before it do not fit together now
    std::int64_t width = 0;             ///< LineNodes::width, of alternatives that of the first
    /// So many whole nodes, or one part of a node.
    [[nodiscard]] bool plain() const { return alternatives.empty(); }
    /// Both, which have a promise like so many whole nodes, but may start now beside others.
    [[nodiscard]] bool mixed() const { return plain() && demand.whole > 0 && demand.has_part(); }
  };

  using Due = std::pair<Instant, std::int32_t>;  ///< a running job is expected to end then

  // Who is there (line_planner.cpp).
  [[nodiscard]] static Place place(const Job& job) { return {job.key, job.number}; }
  [[nodiscard]] Place line_place(const Job& job) const;
  [[nodiscard]] Job& job_of(JobNumber number, const char* what);
  std::int32_t add(Job job);
  void forget(JobNumber number);
  void line_up(std::int32_t slot);
  void line_out(std::int32_t slot);
  void advance(Instant to);
  [[nodiscard]] bool is_true(const Due& due) const;
  void expect_end(std::int32_t slot, Instant end);

  // One job (line_start.cpp).
  void start(std::int32_t slot, LineStart&& where, std::vector<LineStart>& starts);
  void start_one(std::int32_t slot, std::vector<LineStart>& starts);
  [[nodiscard]] bool start_request(std::int32_t slot, std::vector<LineStart>& starts);
  [[nodiscard]] bool start_if_it_fits(std::int32_t slot, std::vector<LineStart>& starts);
  void start_promised(std::int32_t slot, std::vector<LineStart>& starts);
  [[nodiscard]] Instant might_run_until(const Shape& shape) const;
  Instant promise(std::int32_t slot, Instant from);
  void take_back(std::int32_t slot);

  // EASY and its kin (line_easy.cpp).
  void easy(std::vector<LineStart>& starts);
  [[nodiscard]] std::int32_t start_in_order(std::vector<LineStart>& starts);
  [[nodiscard]] bool waited_for(std::int32_t head) const;
  void backfill(std::vector<LineStart>& starts);

  // Aged, while the partition is overloaded (line_overloaded.cpp).
  [[nodiscard]] Pressure pressure() const { return queue.overloaded() ? Pressure::overloaded : gauge.pressure(); }
  [[nodiscard]] std::int32_t start_held(std::vector<LineStart>& starts);
  [[nodiscard]] bool start_widest(Place last, std::vector<LineStart>& starts);
  [[nodiscard]] std::int32_t soonest(Place last);

  // Conservative (line_conservative.cpp, and from push on line_offers.cpp).
  /// A hole that has come free, offered to the jobs of one shape, and the first of them that would start earlier.
  struct Offer {
    enum class Kind : std::uint8_t { hole, slide, again };
    Place place;               ///< of that first one
    Place before = after_all;  ///< those from there on have been offered it
    std::int32_t slot = 0;
    std::int32_t shape = 0;
    Instant from;
    Instant until;
    Duration wall_most{INT64_MAX};  ///< longer ones are known not to fit
    Kind kind = Kind::hole;
  };
  struct LastFirst {
    bool operator()(const Offer& a, const Offer& b) const { return a.place > b.place; }
  };
  void conservative(std::vector<LineStart>& starts);
  void note_promise(std::int32_t slot);
  void start_due(std::vector<LineStart>& starts);
  void promise_in_order(Place from, std::vector<LineStart>& starts);
  void compress(std::vector<LineStart>& starts);
  void offer_gains(Place from);
  void offer_whole(const Offer& hole, Place from);
  void offer_part(const Offer& hole, Place from);
  void offer_hole(Offer hole, const PromisedLine::Hole& free, Place from);
  void offer_again();
  void push(const Offer& offer);
  std::size_t answer(std::vector<LineStart>& starts);
  void condense(std::vector<Offer>& some) const;
  [[nodiscard]] bool stands(const Offer& offer) const;
  [[nodiscard]] bool move_earlier(std::int32_t slot, const std::vector<Offer>& offers);
  [[nodiscard]] bool promise_again(std::int32_t slot);
  [[nodiscard]] bool promise_now(std::int32_t slot);

  Backfill policy;
  LineNodes nodes;
  Instant now;
  PressureGauge gauge;
  QueueGauge queue;
  std::int32_t in_use = 0;  ///< nodes, since the last step
  std::vector<Job> jobs;
  std::vector<std::int32_t> free_slots;
  std::unordered_map<JobNumber, std::int32_t> slot_of;
  std::vector<Shape> shapes;
  std::unordered_map<Demand, std::int32_t, DemandHash> shape_of;
  std::unordered_map<std::vector<Request>, std::int32_t, DemandHash> shape_of_requests;
  WaitingLine all;
  std::set<std::pair<Instant, std::int32_t>> later;  ///< waiting, but in no line before that instant
  /// Running jobs by when they are expected to end: a heap, the earliest on top. What has ended meanwhile, or is
  /// expected to end at another time, stays until it is on top: to find it would cost more than to keep it.
  std::vector<Due> ends;
  std::size_t running = 0;

  std::optional<std::int32_t> held;           ///< who keeps the one promise, whoever comes
  std::optional<std::int32_t> promised_head;  ///< the one promise of the last step, if it is not conservative

  Place promised_to = the_first;    ///< conservative: everyone before has been promised a start, if there is one
  bool unpromised = false;          ///< for some there was none: too many nodes are down
  bool unpacked = false;            ///< ... though there are nodes enough
  std::vector<Offer> offers;        ///< a heap, the first in line on top
  std::vector<Offer> later_offers;  ///< for the next step
  std::size_t asked = 0;            ///< in this step: whom a hole suits
  bool hurried = false;             ///< only what may start now is looked at in this step
  bool tells_moves = false;
  std::vector<JobNumber> moves;  ///< in this step
};

}  // namespace mingyue::sched
