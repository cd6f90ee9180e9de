#include "sched/reasons.hpp"

#include <algorithm>
#include <map>
#include <set>

#include "sched/changes.hpp"
#include "sched/delays.hpp"
#include "sched/partition_planner.hpp"
#include "sched/shortage.hpp"

namespace mingyue::sched {
namespace {

/// One section on the walk.
struct Stage {
  Calendar before;                ///< running work and the bookings of all candidates passed so far
  std::vector<Room> free;         ///< now, less the starts passed so far
  std::optional<Delays> delays;   ///< none: the partition counts
  std::set<ShapeId> too_big_now;  ///< shapes that did not fit into `free`; it only shrinks
  std::optional<Calendar> open;   ///< as `before`, if nothing were reserved; none: nothing is
  std::set<ShapeId> too_big;      ///< ... and shapes that cannot start there now
};

class Walk {
 public:
  Walk(Context& context, const std::vector<Queued>& queue, const std::vector<std::vector<Candidate>>& candidates,
       const std::vector<std::unique_ptr<CountedPlan>>& counted)
      : context_(context), queue_(queue), candidates_(candidates) {
    for (const RunningView& run : context.snapshot.running)
      if (run.ending && run.moves_for != model::JobId{}) moving_[run.moves_for].push_back(run.attempt);
    stages_.reserve(candidates.size());
    counted_.resize(candidates.size());
    for (std::size_t p = 0; p < candidates.size(); ++p) {
      const auto section = static_cast<std::int32_t>(p);
      if (counted[p]) {  // its stage stays empty
        counted_[p].emplace(*counted[p]);
        stages_.push_back({Calendar(context.snapshot.now, {}, {}), {}, {}, {}, {}, {}});
        continue;
      }
      Stage stage{context.calendar_of(section), {}, Delays{context, section, candidates[p]}, {}, {}, {}};
      context.release_victims(stage.before, candidates[p]);
      for (std::size_t i = 0; i < stage.before.nodes().size(); ++i)
        stage.free.push_back(stage.before.free_now(static_cast<NodeIndex>(i)));
      if (context.reservation_of(section) == nullptr && context.closes(section)) {
        stage.open = context.calendar_of(section, {}, Context::Windows::ignored);
        context.release_victims(*stage.open, candidates[p]);
      }
      stages_.push_back(std::move(stage));
    }
  }

  std::vector<Wait> run() {
    waits_.reserve(queue_.size());
    for (const Queued& queued : queue_) {
      const Candidate* candidate = queued.kind == Queued::Kind::candidate ? &of(queued) : nullptr;
      if (candidate == nullptr || !starts_now(*candidate)) explain(queued, candidate);
      if (candidate != nullptr) pass(queued, *candidate);
    }
    add_delays();
    add_resumes();
    return std::move(waits_);
  }

 private:
  [[nodiscard]] const Candidate& of(const Queued& queued) const {
    return candidates_[static_cast<std::size_t>(queued.section)][queued.candidate];
  }
  [[nodiscard]] Stage& stage_of(const Queued& queued) { return stages_[static_cast<std::size_t>(queued.section)]; }

  [[nodiscard]] std::optional<CountedReasons>& counted_of(const Queued& queued) {
    return counted_[static_cast<std::size_t>(queued.section)];
  }

  void pass(const Queued& queued, const Candidate& candidate) {
    if (auto& counted = counted_of(queued)) return counted->pass(candidate);
    Stage& stage = stage_of(queued);
    stage.delays->pass(queued.candidate);
    if (!candidate.booking) return;
    stage.before.add(*candidate.booking);
    if (stage.open) stage.open->add(*candidate.booking);
    if (candidate.booking->start > context_.snapshot.now) return;
    for (const auto& [node, room] : candidate.booking->takes) stage.free[static_cast<std::size_t>(node)] -= room;
  }

  void explain(const Queued& queued, const Candidate* candidate) {
    Wait wait{.job = queued.job->id, .priority = *queued.terms, .place = queued.place};
    if (candidate != nullptr && candidate->booking) {
      wait.promised = candidate->booking->start;
      const Calendar& before = stage_of(queued).before;
      for (const NodeIndex node : candidate->booking->nodes)
        wait.promised_nodes.push_back(before.nodes()[static_cast<std::size_t>(node)].id);
    }
    switch (queued.kind) {
      case Queued::Kind::blocked:
        explain_blocked(wait, *queued.job);
        break;
      case Queued::Kind::wall_exceeds:
        explain_wall(wait, queued);
        break;
      case Queued::Kind::too_large:
        explain_too_large(wait, queued);
        break;
      case Queued::Kind::candidate:
        explain_candidate(wait, queued, *candidate);
        break;
      case Queued::Kind::handed_over:
        return;  // it starts
    }
    waits_.push_back(std::move(wait));
  }

  void explain_wall(Wait& wait, const Queued& queued) {
    const Duration wall_max = context_.snapshot.partitions[static_cast<std::size_t>(queued.job->partition)].wall_max;
    wait.code = WaitCode::wall_exceeds;
    wait.args = Words{print_duration(wall_max)};
    if (auto other = other_partition(queued)) return set(wait, std::move(*other));
    set(wait, {ChangeCode::shorter_wall, {print_duration(wall_max)}});
  }

  void explain_too_large(Wait& wait, const Queued& queued) {
    if (auto& counted = counted_of(queued)) {
      counted->explain_too_large(wait, queued.shapes);
      if (tried_++ < tried_max)
        if (auto other = other_partition(queued)) set(wait, std::move(*other));
      return;
    }
    const Stage& stage = stage_of(queued);
    std::vector<Room> totals;
    for (const NodeFacts& node : stage.before.nodes()) totals.push_back(node.total);
    const Shape& shape = best_variant(stage, totals, queued.shapes);
    wait.code = WaitCode::too_large;
    wait.args = shortage(stage.before.nodes(), totals, shape, context_.types);
    blame_spares(wait, stage, totals, shape);
    const ReservationView* inside = context_.reservation_of(queued.section);
    if (inside != nullptr && wait.code == WaitCode::too_large) wait.args.edit().push_back(inside->name);
    if (tried_++ >= tried_max) return;
    Change change = change_of_too_large(context_, queued.section, queued.shapes);
    if (change.code != ChangeCode::resume_nodes)
      if (auto other = other_partition(queued)) change = std::move(*other);
    set(wait, std::move(change));
  }

  void explain_candidate(Wait& wait, const Queued& queued, const Candidate& candidate) {
    if (candidate.floor > context_.snapshot.now) {
      wait.code = WaitCode::retry_delay;
      wait.args = Words{print_instant(candidate.floor)};
      return wait_for_promise(wait);
    }
    Stage& stage = stage_of(queued);
    auto& counted = counted_of(queued);
    const auto moving = moving_.find(candidate.job->id);  // by a plan before this one
    const bool moves = candidate.moves || moving != moving_.end();
    const auto attempts = moving != moving_.end() ? moving->second
                          : counted               ? counted->asked_to_end(candidate)
                                                  : asked_to_end(stage, candidate);
    if (!attempts.empty()) {
      wait.code = moves ? WaitCode::moving : WaitCode::preempting;
      for (const model::AttemptId attempt : attempts) wait.args.edit().push_back(print(attempt));
      return wait_for_promise(wait);
    }
    if (const ReservationView* inside = context_.reservation_of(queued.section)) {
      if (explain_inside(wait, *inside, candidate)) return wait_for_promise(wait);
    }
    if (counted) {
      counted->explain(wait, candidate);
      wait_for_promise(wait);
      if (tried_++ < tried_max)
        if (auto other = other_partition(queued)) set(wait, std::move(*other));
      return;
    }
    if (auto reserved = reserved_for(stage, candidate)) {
      wait.code = WaitCode::reserved;
      wait.args = std::move(*reserved);
    } else if (const auto now_on = fit_now(stage, candidate)) {
      wait.code = WaitCode::would_delay;
      stage.delays->ask(queued.candidate, *now_on);
      asked_.push_back({waits_.size(), static_cast<std::size_t>(queued.section), queued.candidate});
    } else {
      const Shape& shape = best_variant(stage, stage.free, queued.shapes);
      wait.code = WaitCode::resources;
      wait.args = shortage(stage.before.nodes(), stage.free, shape, context_.types);
      if (tried_ < tried_max) blame_spares(wait, stage, stage.free, shape);
    }
    wait_for_promise(wait);
    if (tried_++ >= tried_max) return;
    if (auto change = nearest_change(stage, queued, wait.code))
      set(wait, std::move(*change));
    else
      open_.push_back({waits_.size(), static_cast<std::size_t>(queued.section), queued.candidate});
  }

  static void blame_spares(Wait& wait, const Stage& stage, const std::vector<Room>& rooms, const Shape& shape) {
    const std::int32_t spares = spares_missed(stage.before.nodes(), rooms, shape);
    if (spares == 0) return;
    wait.code = WaitCode::spares;
    wait.args = Words{std::to_string(spares)};
  }

  /// What leaves the job as it is comes first, then what takes least away from it.
  [[nodiscard]] std::optional<Change> nearest_change(const Stage& stage, const Queued& queued, WaitCode code) {
    if (code == WaitCode::would_delay || code == WaitCode::reserved)
      for (const ShapeId id : queued.shapes)
        if (auto change = shorter_wall(stage.before, context_.shapes[id])) return change;
    if (auto change = other_partition(queued)) return change;
    using Try = std::optional<Change> (*)(const Calendar&, const Shape&);
    for (const Try attempt : {Try{fewer_tasks}, Try{fewer_cores}})
      for (const ShapeId id : queued.shapes)
        if (auto change = attempt(stage.before, context_.shapes[id])) return change;
    return std::nullopt;
  }

  [[nodiscard]] std::optional<Change> other_partition(const Queued& queued) const {
    if (queued.job->reservation >= 0) return std::nullopt;  // it is elsewhere only without its reservation
    const auto here = static_cast<std::size_t>(queued.section);
    std::vector<ShapeId> with_wall;
    if (counted_[here]) with_wall = context_.shapes.of(*queued.job->spec, queued.job->wall, allowance_of(*queued.job));
    const std::span<const ShapeId> shapes = counted_[here] ? with_wall : queued.shapes;
    for (std::size_t p = 0; p < context_.snapshot.partitions.size(); ++p) {
      const model::Partition& partition = context_.snapshot.partitions[p];
      if (static_cast<std::int32_t>(p) == queued.job->partition || counted_[p]) continue;
      if (partition.wall_max > Duration{} && queued.job->wall > partition.wall_max) continue;
      for (const ShapeId id : shapes)
        if (stages_[p].before.at(context_.shapes[id], id, context_.snapshot.now))
          return Change{ChangeCode::other_partition, {partition.name}};
    }
    return std::nullopt;
  }

  [[nodiscard]] std::vector<model::AttemptId> asked_to_end(const Stage& stage, const Candidate& candidate) const {
    if (candidate.victims.empty()) return ending_for(context_, stage.before.nodes(), candidate);
    std::vector<model::AttemptId> attempts;
    for (const std::size_t i : candidate.victims) attempts.push_back(context_.snapshot.running[i].attempt);
    return attempts;
  }

  /// Of a job that runs inside a reservation: that this has not begun, or has no room for it. False: neither.
  [[nodiscard]] bool explain_inside(Wait& wait, const ReservationView& inside, const Candidate& candidate) const {
    const Instant now = context_.snapshot.now;
    const bool open = std::ranges::any_of(inside.windows, [&](const Window& w) { return w.from <= now && now < w.to; });
    if (open && candidate.booking) return false;
    wait.code = candidate.booking ? WaitCode::reservation : WaitCode::reservation_short;
    wait.args = Words{inside.name};
    if (candidate.booking) wait.args.edit().push_back(print_instant(inside.windows.front().from));
    return true;
  }

  /// If nothing but a reservation keeps it from starting now: which, and from when on; where that has begun: until
  /// when.
  [[nodiscard]] std::optional<std::vector<std::string>> reserved_for(Stage& stage, const Candidate& candidate) const {
    if (!stage.open) return std::nullopt;
    const Instant now = context_.snapshot.now;
    for (const ShapeId id : candidate.shapes) {
      if (stage.too_big.contains(id)) continue;
      const auto booking = stage.open->at(context_.shapes[id], id, now);
      if (booking) return context_.first_reserved(stage.open->nodes(), *booking);
      stage.too_big.insert(id);
    }
    return std::nullopt;
  }

  /// Where it would go if only what is free now counted.
  [[nodiscard]] std::optional<Booking> fit_now(Stage& stage, const Candidate& candidate) {
    for (const ShapeId id : candidate.shapes) {
      if (stage.too_big_now.contains(id)) continue;
      const Shape& shape = context_.shapes[id];
      if (auto nodes = place(stage.before.nodes(), stage.free, shape))
        return stage.before.booking(shape, id, context_.snapshot.now, std::move(*nodes));
      stage.too_big_now.insert(id);
    }
    return std::nullopt;
  }

  /// Of several card types, the one that comes nearest.
  [[nodiscard]] const Shape& best_variant(const Stage& stage, const std::vector<Room>& rooms,
                                          std::span<const ShapeId> shapes) const {
    const Shape* best = &context_.shapes[shapes.front()];
    if (shapes.size() == 1) return *best;
    std::int64_t most = -1;
    for (const ShapeId id : shapes) {
      std::int64_t score = 0;  // tasks that fit count first, then cards that are free
      for (const ShapePart& part : context_.shapes[id].parts) {
        score += std::int64_t{tasks_that_fit(stage.before.nodes(), rooms, part, part.tasks)} * 1'000'000;
        for (std::size_t i = 0; i < rooms.size(); ++i)
          if (suits(part, stage.before.nodes()[i])) score += rooms[i].cards.raw();
      }
      if (score > most) most = score, best = &context_.shapes[id];
    }
    return *best;
  }

  static void set(Wait& wait, Change change) {
    wait.change = change.code;
    wait.change_args = std::move(change.args);
  }

  static void wait_for_promise(Wait& wait) {
    if (!wait.promised) return;
    wait.change = ChangeCode::wait_for;
  }

  void add_delays() {
    std::vector<std::map<std::size_t, Delays::Delay>> answers;
    for (Stage& stage : stages_)
      answers.push_back(stage.delays ? stage.delays->answers() : std::map<std::size_t, Delays::Delay>{});
    for (const Asked& asked : asked_) {
      Wait& wait = waits_[asked.wait];
      const auto answer = answers[asked.section].find(asked.candidate);
      if (answer == answers[asked.section].end()) {
        // Room for it, nobody in its way, and yet it does not start: only where several parts were packed differently.
        wait.code = WaitCode::resources;
        const Candidate& candidate = candidates_[asked.section][asked.candidate];
        const std::string tasks = std::to_string(context_.shapes[candidate.shapes.front()].tasks);
        wait.args = Words{"tasks", tasks, tasks, ""};
        continue;
      }
      const Candidate& culprit = candidates_[asked.section][answer->second.candidate];
      wait.args = Words{std::to_string(culprit.job->id.raw()),
                        answer->second.by > Duration{} ? print_duration(answer->second.by) : std::string()};
    }
  }

  struct Asked {
    std::size_t wait = 0;
    std::size_t section = 0;
    std::size_t candidate = 0;
  };

  /// Would jobs for which nothing else helped start now if drained and down nodes came back? Planned to find out.
  void add_resumes() {
    for (std::size_t p = 0; p < stages_.size(); ++p) {
      std::vector<Asked> open;
      for (const Asked& one : open_)
        if (one.section == p) open.push_back(one);
      const std::vector<model::NodeId> away = context_.away_of(static_cast<std::int32_t>(p));
      if (open.empty() || away.empty()) continue;
      const std::int32_t last = place_of(open.back());
      const Trial with_all = plan_again(p, last, away);
      std::map<std::vector<model::NodeId>, Trial> with_some;
      for (const Asked& one : open) {
        if (!starts_now(with_all.at(place_of(one)))) continue;
        // Fewer may do: those that it would start on, and those that others before it would move to. If so, name only
        // them.
        const std::vector<model::NodeId> some =
            used_up_to(with_all, place_of(one), context_.nodes_of(static_cast<std::int32_t>(p), away));
        auto again = with_some.find(some);
        if (again == with_some.end() && with_some.size() < resume_trials_max)
          again = with_some.emplace(some, plan_again(p, last, some)).first;
        const bool enough = again != with_some.end() && starts_now(again->second.at(place_of(one)));
        Change change{ChangeCode::resume_nodes, {}};
        for (const model::NodeId id : enough ? some : away)
          change.args.push_back(context_.snapshot.nodes[*context_.view_of(id)].name);
        set(waits_[one.wait], std::move(change));
      }
    }
  }

  static constexpr std::size_t resume_trials_max = 8;

  using Trial = std::map<std::int32_t, Candidate>;  ///< by place

  [[nodiscard]] std::int32_t place_of(const Asked& asked) const {
    return candidates_[asked.section][asked.candidate].place;
  }

  /// The section's queue up to a place, planned as if these nodes were available: also what is too large without
  /// them.
  [[nodiscard]] Trial plan_again(std::size_t section, std::int32_t last_place, std::span<const model::NodeId> resumed) {
    std::vector<Candidate> again;
    for (const Queued& queued : queue_) {
      if (queued.place > last_place) break;
      const bool could_run = queued.kind == Queued::Kind::candidate || queued.kind == Queued::Kind::too_large;
      if (!could_run || static_cast<std::size_t>(queued.section) != section) continue;
      again.push_back({.job = queued.job,
                       .place = queued.place,
                       .shapes = queued.shapes,
                       .floor = queued.floor,
                       .booking = {},
                       .victims = {}});
    }
    PartitionPlanner(context_, static_cast<std::int32_t>(section), resumed)
        .plan(again, PartitionPlanner::Preempting::not_allowed);
    Trial trial;
    for (Candidate& candidate : again) trial.emplace(candidate.place, std::move(candidate));
    return trial;
  }

  [[nodiscard]] bool starts_now(const Candidate& candidate) const {
    return candidate.booking && candidate.booking->start <= context_.snapshot.now;
  }

  /// The unavailable nodes on which the candidates up to a place have bookings, in the order of ids.
  [[nodiscard]] std::vector<model::NodeId> used_up_to(const Trial& trial, std::int32_t last_place,
                                                      std::span<const NodeFacts> nodes) const {
    std::set<model::NodeId> used;
    for (const auto& [place, candidate] : trial) {
      if (place > last_place) break;
      if (!candidate.booking) continue;
      for (const auto& [node, room] : candidate.booking->takes) {
        const NodeFacts& facts = nodes[static_cast<std::size_t>(node)];
        if (!context_.snapshot.nodes[facts.view].available) used.insert(facts.id);
      }
    }
    return {used.begin(), used.end()};
  }

  Context& context_;
  const std::vector<Queued>& queue_;
  const std::vector<std::vector<Candidate>>& candidates_;
  std::vector<Stage> stages_;
  std::vector<std::optional<CountedReasons>> counted_;            ///< by section: of those that count
  std::map<model::JobId, std::vector<model::AttemptId>> moving_;  ///< for whom, and who
  std::vector<Wait> waits_;
  std::vector<Asked> asked_;  ///< would_delay: whom, and by how long, is answered at the end
  std::vector<Asked> open_;   ///< nothing but waiting helped so far
  int tried_ = 0;
};

}  // namespace

void explain_blocked(Wait& wait, const WaitingView& job) {
  switch (job.blocked) {
    case Blocked::no:
    case Blocked::retry_delay:  // of an unknown end: else it would be a candidate
      wait.code = WaitCode::retry_delay;
      wait.args = Words{""};
      break;
    case Blocked::held:
      wait.code = WaitCode::held;
      wait.change = ChangeCode::release_it;
      break;
    case Blocked::dependency:
      wait.code = WaitCode::dependency;
      wait.args = Words{job.blocked_by};
      wait.change = ChangeCode::cancel_dependency;
      break;
    case Blocked::array_bound:
      wait.code = WaitCode::array_bound;
      wait.args = Words{job.blocked_by};
      break;
    case Blocked::budget:
      wait.code = WaitCode::budget;
      wait.args = Words{job.project};
      wait.change = ChangeCode::more_budget;
      wait.change_args = {job.project};
      break;
    case Blocked::reservation_over:
      wait.code = WaitCode::reservation_over;
      wait.args = Words{job.blocked_by};
      break;
    case Blocked::qpu_out:
      wait.code = WaitCode::qpu_out;
      wait.args = Words{job.blocked_by};
      break;
    case Blocked::qpu_shared:
      wait.code = WaitCode::qpu_shared;
      wait.args = Words{job.blocked_by};
      break;
  }
}

std::vector<Wait> reasons(Context& context, const std::vector<Queued>& queue,
                          const std::vector<std::vector<Candidate>>& candidates,
                          const std::vector<std::unique_ptr<CountedPlan>>& counted) {
  return Walk(context, queue, candidates, counted).run();
}

}  // namespace mingyue::sched
