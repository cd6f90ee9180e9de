#include "sched/plan_book.hpp"

#include <algorithm>
#include <unordered_map>
#include <utility>

namespace mingyue::sched {

void PlanBook::take(Plan whole) {
  steps_.clear();
  places_.clear();
  plan_ = std::move(whole);
  replan_at_ = plan_.replan_at;
}

void PlanBook::take(PlanStep step) {
  replan_at_ = step.replan_at;
  steps_.push_back(std::move(step));
}

const Plan& PlanBook::plan() {
  if (steps_.empty()) return plan_;
  std::unordered_map<std::uint64_t, std::optional<Instant>> repromised;
  std::unordered_map<std::uint64_t, std::optional<Wait>> instead;  // nothing: it waits no longer
  for (PlanStep& step : steps_) {
    for (const Start& start : step.starts) instead.insert_or_assign(start.job.raw(), std::nullopt);
    for (const model::JobId job : step.gone) instead.insert_or_assign(job.raw(), std::nullopt);
    for (Wait& wait : step.waits) instead.insert_or_assign(wait.job.raw(), std::move(wait));
    for (const Repromise& one : step.repromised) {
      if (const auto new_one = instead.find(one.job.raw()); new_one != instead.end() && new_one->second)
        new_one->second->promised = one.promised;
      else
        repromised.insert_or_assign(one.job.raw(), one.promised);
    }
  }
  std::vector<Wait> come;
  for (auto& [job, wait] : instead)
    if (wait) come.push_back(std::move(*wait));
  // By the place that the whole plan or the order gave; at one place who came stands before who was there, and those
  // who came by their ids. It does not matter when somebody looked before.
  const auto come_place = [](const Wait& wait) { return std::int64_t{wait.place} * 2 - 1; };
  std::ranges::sort(come, {}, [&](const Wait& wait) { return std::pair(come_place(wait), wait.job); });
  if (places_.empty())
    for (const Wait& wait : plan_.waits) places_.push_back(std::int64_t{wait.place} * 2);
  std::vector<Wait> all;
  std::vector<std::int64_t> places;
  all.reserve(plan_.waits.size() + come.size());
  places.reserve(plan_.waits.size() + come.size());
  const auto add = [&](Wait& wait, std::int64_t place) {
    places.push_back(place);
    all.push_back(std::move(wait));
    all.back().place = static_cast<std::int32_t>(all.size());
  };
  auto next = come.begin();
  for (std::size_t i = 0; i < plan_.waits.size(); ++i) {
    Wait& wait = plan_.waits[i];
    for (; next != come.end() && std::pair(come_place(*next), next->job) < std::pair(places_[i], wait.job); ++next)
      add(*next, come_place(*next));
    if (instead.contains(wait.job.raw())) continue;
    if (const auto it = repromised.find(wait.job.raw()); it != repromised.end()) wait.promised = it->second;
    add(wait, places_[i]);
  }
  for (; next != come.end(); ++next) add(*next, come_place(*next));
  plan_.waits = std::move(all);
  places_ = std::move(places);
  PlanStep& last = steps_.back();
  plan_.at = last.at;
  plan_.starts = std::move(last.starts);
  plan_.preemptions.clear();
  plan_.idle = std::move(last.idle);
  plan_.replan_at = last.replan_at;
  steps_.clear();
  return plan_;
}

}  // namespace mingyue::sched
