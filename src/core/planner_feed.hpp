#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "core/planner_input.hpp"
#include "sched/plan_news.hpp"

namespace mingyue::core {

/// What a kept plan (sched/kept_plan.hpp) is told of the centre: from the log, and from the state for the jobs of which
/// the log spoke. So it follows from the log alone which steps a kept plan makes.
///
/// Most events say which jobs are touched. Some say nothing to a plan; all others call for a whole one: nodes lost or
/// drained, reservations, the centre's file, credits, a project that has more left than when a job waited for its
/// budget, quantum devices that change or for which many wait.
class PlannerFeed {
 public:
  struct News {
    sched::PlanNews news;
    std::vector<Shared<model::JobSpec>> specs;  ///< keeps what the news point to alive
  };

  /// A whole plan is made of this state, and what is heard from now on happens after it.
  void begin(const State& state, const PlannerInput& input);
  void hear(const EventBody& body);
  /// What has happened since begin() or the take() before this; nothing where a whole plan is needed. `state` is what
  /// all that was heard has led to. Costs what has happened; and a little for each job that waits for another, for its
  /// budget or for a quantum device.
  [[nodiscard]] std::optional<News> take(const State& state, Instant now);
  /// Nothing was heard that could matter.
  [[nodiscard]] bool empty() const { return !whole_ && touched_.empty() && granted_.empty() && ended_.empty(); }

  /// More touched jobs than these are a whole plan's.
  static constexpr std::size_t touched_most = 10'000;
  static constexpr std::size_t seated_most = 256;

 private:
  void touch(model::JobId job);
  void know(const State& state, const sched::WaitingView& view);
  void touch_freed(const State& state);
  void touch_bound(const State& state);

  bool whole_ = true;
  std::set<model::JobId> touched_;
  std::vector<model::JobId> granted_;
  std::vector<model::JobId> ended_;
  std::map<model::Dependency, std::vector<model::JobId>> after_;  ///< what jobs wait for first, and who
  std::map<std::string, Credits> poor_;  ///< projects whose budget does not cover a job that waits: what is left of it
  std::map<model::JobId, std::set<model::JobId>> bound_;  ///< arrays of which as many run as may: who waits for that
  std::set<model::JobId> seatless_;                       ///< wait for a quantum device
};

}  // namespace mingyue::core
