#pragma once

#include <deque>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "base/invariant.hpp"
#include "sched/plan.hpp"
#include "sched/room.hpp"

/// Builders for the tests of the planner. Every default is here, so that a test shows only what matters:
///
///   Scene scene = a_snapshot().nodes(3, 8);
///   scene.running(1).on("n0", 8).until(2 * 60);
///   scene.waiting(2).tasks(3).cores(8).wall(60);
///   const Plan plan = scene.plan();
///
/// A scene is a value: copy it to try two futures. Times are minutes after `Scene::zero`. Nodes are n0, n1, ... in
/// partition `main`.
namespace mingyue::sched::testing {

class Scene;

class RunningBuilder {
 public:
  RunningBuilder(Scene& scene, std::size_t index) : scene_(scene), index_(index) {}
  RunningBuilder& on(const std::string& node, int cores, int cards = 0, Bytes memory = {});
  RunningBuilder& until(std::int64_t minute);
  RunningBuilder& preemptible(std::int64_t unsaved_minutes, std::int64_t grace_s = 30);
  RunningBuilder& ending();
  RunningBuilder& rank(int rank);
  RunningBuilder& by(const std::string& project, const std::string& user);
  /// Preemptible, and may be moved: one task, as it stands on the first node that was named.
  RunningBuilder& movable(std::int64_t unsaved_minutes, std::int64_t wall_minutes = 60);

 private:
  RunningView& view();
  Scene& scene_;
  std::size_t index_;
};

class WaitingBuilder {
 public:
  WaitingBuilder(Scene& scene, std::size_t index) : scene_(scene), index_(index) {}
  WaitingBuilder& tasks(int n) { return part().tasks = n, *this; }
  WaitingBuilder& tasks(int least, int most) { return part().tasks_least = least, part().tasks = most, *this; }
  WaitingBuilder& cores(int n) { return part().need.cores = CoreCount(n), *this; }
  WaitingBuilder& memory(Bytes bytes) { return part().need.memory = bytes, *this; }
  WaitingBuilder& cards(int n, const std::string& type = {}) {
    part().need.cards = CardCount(n);
    part().need.card_type = type;
    return *this;
  }
  WaitingBuilder& place(model::Placement placement) { return part().placement = placement, *this; }
  /// A further part; what follows describes it.
  WaitingBuilder& and_part();
  WaitingBuilder& wall(std::int64_t minutes);
  WaitingBuilder& rank(int rank);
  WaitingBuilder& preempts();
  WaitingBuilder& preemptible();
  WaitingBuilder& goes_on();
  WaitingBuilder& in(int partition);
  WaitingBuilder& by(const std::string& project, const std::string& user);
  WaitingBuilder& since(std::int64_t minute);
  WaitingBuilder& blocked(Blocked why, const std::string& by = {});
  WaitingBuilder& retries_at(std::int64_t minute);
  WaitingBuilder& inside(const std::string& reservation);
  WaitingBuilder& deadline(std::int64_t minute);

 private:
  WaitingView& view();
  model::JobSpec& spec();
  model::Part& part() { return spec().parts.back(); }
  Scene& scene_;
  std::size_t index_;
};

class Scene {
 public:
  static constexpr Instant zero{1'800'000'000'000};

  Scene() {
    partition("main");
    snapshot_.policy.weight_size = 0;  // so that jobs which differ in nothing else go by their ids
    snapshot_.policy.shortest_first = {};
  }

  Scene& partition(const std::string& name, Duration wall_max = days(30)) {
    snapshot_.partitions.push_back({name, wall_max});
    return *this;
  }
  /// Adds to the partition named last.
  Scene& node(const std::string& name, int cores, int cards = 0, const std::string& card_type = {},
              const std::string& switch_name = {}, Bytes memory = Bytes(std::int64_t{64} << 30)) {
    const Room total{CoreCount(cores), memory, CardCount(cards)};
    snapshot_.nodes.push_back({.id = model::NodeId(static_cast<std::uint32_t>(snapshot_.nodes.size())),
                               .name = name,
                               .partition = static_cast<std::int32_t>(snapshot_.partitions.size()) - 1,
                               .switch_name = switch_name,
                               .card_type = card_type,
                               .total = total,
                               .free = total});
    return *this;
  }
  Scene& nodes(int n, int cores, int cards = 0, const std::string& card_type = {}) {
    for (int i = 0; i < n; ++i) node("n" + std::to_string(snapshot_.nodes.size()), cores, cards, card_type);
    return *this;
  }
  Scene& away(const std::string& name) {
    named(name).available = false;
    return *this;
  }
  Scene& spare(const std::string& name) {
    named(name).spare = true;
    return *this;
  }
  /// The last partition's nodes by name, in windows of minutes; others are off them a minute before.
  Scene& reserve(const std::string& name, const std::vector<std::string>& nodes,
                 const std::vector<std::pair<std::int64_t, std::int64_t>>& windows, bool maintenance = false) {
    ReservationView view{.name = name,
                         .partition = static_cast<std::int32_t>(snapshot_.partitions.size()) - 1,
                         .maintenance = maintenance};
    for (const std::string& node : nodes) view.nodes.push_back(named(node).id);
    for (const auto& [from, to] : windows)
      view.windows.push_back({zero + minutes(from - 1), zero + minutes(from), zero + minutes(to)});
    snapshot_.reservations.push_back(std::move(view));
    return *this;
  }
  Scene& now(std::int64_t minute) {
    snapshot_.now = zero + minutes(minute);
    return *this;
  }
  Scene& project(const std::string& name, int shares, const std::string& parent = {}, int merit = 100) {
    snapshot_.projects.push_back({.name = name, .parent = parent, .shares = shares, .merit = merit});
    return *this;
  }
  Scene& used(const std::string& name, std::int64_t usage) {
    auto& list = name.find('/') == std::string::npos ? snapshot_.project_usage : snapshot_.user_usage;
    list.push_back({name, usage});
    return *this;
  }

  RunningBuilder running(std::uint64_t job) {
    snapshot_.running.push_back(
        {.attempt = {model::JobId(job), 1}, .ends_by = zero + hours(1), .project = "p", .user = "u"});
    return {*this, snapshot_.running.size() - 1};
  }
  WaitingBuilder waiting(std::uint64_t job) {
    model::JobSpec spec;
    spec.parts.emplace_back();
    specs_.push_back(std::move(spec));
    snapshot_.waiting.push_back(
        {.id = model::JobId(job), .project = "p", .user = "u", .wall = hours(1), .eligible_since = zero});
    spec_of_.push_back(specs_.size() - 1);
    return {*this, snapshot_.waiting.size() - 1};
  }

  /// The snapshot as it is now; good for as long as the scene does not change.
  const Snapshot& snapshot() {
    for (std::size_t i = 0; i < snapshot_.waiting.size(); ++i) snapshot_.waiting[i].spec = &specs_[spec_of_[i]];
    for (RunningView& run : snapshot_.running) {
      const auto spec = spec_of_running_.find(run.attempt);
      run.spec = spec == spec_of_running_.end() ? nullptr : &specs_[spec->second];
    }
    return snapshot_;
  }
  Snapshot& edit() { return snapshot_; }
  Plan plan() { return sched::plan(snapshot()); }

  /// What the centre would do with a plan: grants the starts, asks those to end who are to be preempted, keeps the
  /// promises.
  void carry_out(const Plan& plan) {
    for (const Preemption& preemption : plan.preemptions)
      for (RunningView& run : snapshot_.running)
        if (run.attempt == preemption.attempt) {
          run.ending = true;
          if (preemption.move) run.moves_for = preemption.by;
          run.ends_by = std::min(run.ends_by, snapshot_.now + std::max(run.grace, seconds(1)));
        }
    for (const Start& start : plan.starts) grant(start);
    snapshot_.promises = promises_of(plan);
  }

  /// By place in the snapshot: it waits no longer.
  void drop_waiting(std::size_t i) {
    snapshot_.waiting.erase(snapshot_.waiting.begin() + static_cast<std::ptrdiff_t>(i));
    spec_of_.erase(spec_of_.begin() + static_cast<std::ptrdiff_t>(i));
  }

  void end(model::AttemptId attempt) {
    std::erase_if(snapshot_.running, [&](const RunningView& run) {
      if (run.attempt != attempt) return false;
      for (const Hold& hold : run.holds) snapshot_.nodes[hold.node.raw()].free += hold.room;
      return true;
    });
  }

  NodeView& named(const std::string& name) {
    for (NodeView& node : snapshot_.nodes)
      if (node.name == name) return node;
    invariant_broken("the scene has such a node", __FILE__, __LINE__, name);
  }

 private:
  friend class RunningBuilder;
  friend class WaitingBuilder;

  void grant(const Start& start) {
    for (std::size_t i = 0; i < snapshot_.waiting.size(); ++i) {
      const WaitingView job = snapshot_.waiting[i];
      if (job.id != start.job) continue;
      RunningView run{.attempt = {job.id, 1},
                      .partition = job.partition,
                      .rank = job.rank,
                      .preemptible = job.preemptible,
                      .grace = seconds(30),
                      .ends_by = snapshot_.now + job.wall,
                      .project = job.project,
                      .user = job.user};
      std::size_t rank = 0;
      const model::JobSpec& spec = specs_[spec_of_[i]];
      for (const model::Part& part : spec.parts)
        for (int t = 0; t < spec.tasks_of(part, static_cast<std::int32_t>(start.nodes.size())); ++t) {
          const Room room{part.need.cores, part.need.memory, part.need.cards};
          run.holds.push_back({start.nodes[rank++], room});
          snapshot_.nodes[run.holds.back().node.raw()].free -= room;
        }
      snapshot_.running.push_back(std::move(run));
      snapshot_.waiting.erase(snapshot_.waiting.begin() + static_cast<std::ptrdiff_t>(i));
      spec_of_.erase(spec_of_.begin() + static_cast<std::ptrdiff_t>(i));
      return;
    }
    invariant_broken("a start is of a waiting job", __FILE__, __LINE__, std::to_string(start.job.raw()));
  }

  Snapshot snapshot_{.now = zero};
  std::deque<model::JobSpec> specs_;
  std::vector<std::size_t> spec_of_;                         ///< by waiting job
  std::map<model::AttemptId, std::size_t> spec_of_running_;  ///< of those that are movable
};

inline Scene a_snapshot() { return {}; }

inline RunningView& RunningBuilder::view() { return scene_.snapshot_.running[index_]; }
inline RunningBuilder& RunningBuilder::on(const std::string& node, int cores, int cards, Bytes memory) {
  const Room room{CoreCount(cores), memory, CardCount(cards)};
  NodeView& there = scene_.named(node);
  there.free -= room;
  view().holds.push_back({there.id, room});
  view().partition = there.partition;
  return *this;
}
inline RunningBuilder& RunningBuilder::until(std::int64_t minute) {
  return view().ends_by = Scene::zero + minutes(minute), *this;
}
inline RunningBuilder& RunningBuilder::preemptible(std::int64_t unsaved_minutes, std::int64_t grace_s) {
  view().preemptible = true;
  view().unsaved = minutes(unsaved_minutes);
  view().grace = seconds(grace_s);
  return *this;
}
inline RunningBuilder& RunningBuilder::ending() { return view().ending = true, *this; }
inline RunningBuilder& RunningBuilder::rank(int rank) { return view().rank = rank, *this; }
inline RunningBuilder& RunningBuilder::by(const std::string& project, const std::string& user) {
  view().project = project;
  view().user = user;
  return *this;
}

inline RunningBuilder& RunningBuilder::movable(std::int64_t unsaved_minutes, std::int64_t wall_minutes) {
  preemptible(unsaved_minutes);
  view().movable = true;
  view().wall = minutes(wall_minutes);
  const Hold& hold = view().holds.front();
  model::JobSpec spec;
  spec.preemptible = true;
  spec.parts.emplace_back().need = {hold.room.cores, hold.room.memory, hold.room.cards, ""};
  scene_.spec_of_running_.insert_or_assign(view().attempt, scene_.specs_.size());
  scene_.specs_.push_back(std::move(spec));
  return *this;
}

inline WaitingView& WaitingBuilder::view() { return scene_.snapshot_.waiting[index_]; }
inline model::JobSpec& WaitingBuilder::spec() { return scene_.specs_[scene_.spec_of_[index_]]; }
inline WaitingBuilder& WaitingBuilder::and_part() { return spec().parts.emplace_back(), *this; }
inline WaitingBuilder& WaitingBuilder::wall(std::int64_t minute) { return view().wall = minutes(minute), *this; }
inline WaitingBuilder& WaitingBuilder::rank(int rank) { return view().rank = rank, *this; }
inline WaitingBuilder& WaitingBuilder::preempts() { return view().preempts = true, *this; }
inline WaitingBuilder& WaitingBuilder::preemptible() { return view().preemptible = true, *this; }
inline WaitingBuilder& WaitingBuilder::goes_on() { return view().goes_on = true, *this; }
inline WaitingBuilder& WaitingBuilder::in(int partition) { return view().partition = partition, *this; }
inline WaitingBuilder& WaitingBuilder::by(const std::string& project, const std::string& user) {
  view().project = project;
  view().user = user;
  return *this;
}
inline WaitingBuilder& WaitingBuilder::since(std::int64_t minute) {
  return view().eligible_since = Scene::zero + minutes(minute), *this;
}
inline WaitingBuilder& WaitingBuilder::blocked(Blocked why, const std::string& by) {
  view().blocked = why;
  view().blocked_by = by;
  return *this;
}
inline WaitingBuilder& WaitingBuilder::retries_at(std::int64_t minute) {
  view().blocked = Blocked::retry_delay;
  view().blocked_until = Scene::zero + minutes(minute);
  return *this;
}

inline WaitingBuilder& WaitingBuilder::inside(const std::string& reservation) {
  const auto& all = scene_.snapshot_.reservations;
  for (std::size_t i = 0; i < all.size(); ++i)
    if (all[i].name == reservation) view().reservation = static_cast<std::int32_t>(i);
  return *this;
}
inline WaitingBuilder& WaitingBuilder::deadline(std::int64_t minute) {
  return spec().deadline = Scene::zero + minutes(minute), *this;
}

}  // namespace mingyue::sched::testing
