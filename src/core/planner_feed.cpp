#include "core/planner_feed.hpp"

#include <algorithm>
#include <utility>

namespace mingyue::core {
namespace {

using sched::Blocked;

/// Events that say nothing to a plan: what they change is in another event, or in nothing that a plan looks at.
template <class Event>
constexpr bool says_nothing =
    std::is_same_v<Event, AttemptStarted> || std::is_same_v<Event, ProgressMade> ||
    std::is_same_v<Event, EndRequested> || std::is_same_v<Event, ChargePosted> ||
    std::is_same_v<Event, IncidentOpened> || std::is_same_v<Event, IncidentClosed> ||
    std::is_same_v<Event, IdleClassified> || std::is_same_v<Event, TokenIssued> ||
    std::is_same_v<Event, TokenRevoked> || std::is_same_v<Event, PlanMade> || std::is_same_v<Event, QpuMetered>;

Credits left(const State& state, const std::string& project) {
  const auto account = state.accounts.find(project);
  return account == state.accounts.end() ? Credits{} : account->second.available();
}

}  // namespace

void PlannerFeed::begin(const State& state, const PlannerInput& input) {
  whole_ = false;
  touched_.clear();
  granted_.clear();
  ended_.clear();
  after_.clear();
  poor_.clear();
  bound_.clear();
  seatless_.clear();
  for (const sched::WaitingView& view : input.snapshot.waiting)
    if (view.blocked != Blocked::no) know(state, view);
}

/// What might end the wait of a job that is blocked.
void PlannerFeed::know(const State& state, const sched::WaitingView& view) {
  const Job& job = state.jobs.at(view.id);
  if (view.blocked == Blocked::dependency) after_[job.dependencies->front()].push_back(view.id);
  if (view.blocked == Blocked::budget) {
    const Credits now = left(state, view.project);
    const auto [known, is_new] = poor_.try_emplace(view.project, now);
    if (!is_new) known->second = std::min(known->second, now);
  }
  if (view.blocked == Blocked::array_bound) bound_[job.first].insert(view.id);
  if (view.blocked == Blocked::qpu_out || view.blocked == Blocked::qpu_shared) seatless_.insert(view.id);
}

void PlannerFeed::touch(model::JobId job) {
  touched_.insert(job);
  if (touched_.size() > touched_most) whole_ = true;
}

void PlannerFeed::hear(const EventBody& body) {
  if (whole_) return;
  std::visit(
      [this]<class Event>(const Event& event) {
        if constexpr (std::is_same_v<Event, JobSubmitted>) {
          const std::size_t count = std::max<std::size_t>(1, event.spec->indices.size());
          for (std::size_t i = 0; i < count && !whole_; ++i) touch(model::JobId{event.first.raw() + i});
        } else if constexpr (std::is_same_v<Event, LeaseGranted>) {
          granted_.push_back(event.attempt.job);
        } else if constexpr (std::is_same_v<Event, AttemptEnded>) {
          ended_.push_back(event.attempt.job);
          touch(event.attempt.job);
        } else if constexpr (std::is_same_v<Event, JobEnded>) {
          touch(event.job);
        } else if constexpr (std::is_same_v<Event, JobHeld> || std::is_same_v<Event, JobReleased> ||
                             std::is_same_v<Event, JobRequeued>) {
          touch(event.job);
        } else if constexpr (!says_nothing<Event>) {
          whole_ = true;
        }
      },
      body);
}

/// Those whose dependency is no more: of all that wait for the same, one stands for the others.
void PlannerFeed::touch_freed(const State& state) {
  for (auto one = after_.begin(); one != after_.end();) {
    std::vector<model::JobId>& jobs = one->second;
    const auto gone = [&](model::JobId job) { return state.find(job) == nullptr; };
    while (!jobs.empty() && gone(jobs.back())) jobs.pop_back();
    if (!jobs.empty()) {
      const auto& open = *state.find(jobs.back())->dependencies;
      if (!open.empty() && open.front() == one->first) {
        ++one;
        continue;
      }
    }
    for (const model::JobId job : jobs) touch(job);
    one = after_.erase(one);
  }
}

/// Elements of arrays: those of whom another may run now, and those of whom none may any longer.
void PlannerFeed::touch_bound(const State& state) {
  const auto full = [&](model::JobId first, const model::JobSpec& spec) {
    const auto array = state.arrays.find(first);
    return array != state.arrays.end() && array->second.active >= spec.array_at_once;
  };
  for (auto& [first, elements] : bound_) {
    while (!elements.empty() && state.find(*elements.begin()) == nullptr) elements.erase(elements.begin());
    if (elements.empty() || full(first, state.spec(*state.find(*elements.begin())))) continue;
    for (const model::JobId job : elements) touch(job);
  }
  for (const model::JobId job : granted_) {
    const Job* granted = state.find(job);
    if (granted == nullptr) continue;
    const model::JobSpec& spec = state.spec(*granted);
    if (spec.array_at_once == 0 || !full(granted->first, spec)) continue;
    const std::size_t count = std::max<std::size_t>(1, spec.indices.size());
    for (std::size_t i = 0; i < count && !whole_; ++i) touch(model::JobId{granted->first.raw() + i});
  }
}

std::optional<PlannerFeed::News> PlannerFeed::take(const State& state, Instant now) {
  const auto richer = [&](const auto& project) { return left(state, project.first) > project.second; };
  if (std::ranges::any_of(poor_, richer) || seatless_.size() > seated_most) whole_ = true;
  touch_freed(state);
  touch_bound(state);
  for (const model::JobId job : seatless_) touch(job);
  if (whole_) return std::nullopt;
  News out;
  WaitingViews views(state, now, out.specs);
  for (const model::JobId id : std::exchange(touched_, {})) {
    const Job* job = state.find(id);
    if (job != nullptr && !waits(*job)) continue;  // it runs: its start was the plan's
    seatless_.erase(id);
    if (job == nullptr) {
      out.news.gone.push_back(id);
      continue;
    }
    if (const auto bound = bound_.find(job->first); bound != bound_.end()) {
      bound->second.erase(id);
      if (bound->second.empty()) bound_.erase(bound);
    }
    sched::WaitingView view = views.of(*job);
    if (view.blocked != Blocked::no) know(state, view);
    out.news.waiting.push_back(std::move(view));
  }
  out.news.granted = std::exchange(granted_, {});
  out.news.ended = std::exchange(ended_, {});
  return out;
}

}  // namespace mingyue::core
