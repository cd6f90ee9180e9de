#include "twin/timeline.hpp"

#include <fmt/format.h>

#include "base/text.hpp"
#include "twin/scenario.hpp"

namespace mingyue::twin {

void Timeline::say(std::int64_t at_ms, const std::string& what) const {
  if (tell_) tell_(print_scenario_time(at_ms / 1000 * 1000) + " " + what);
}

std::string Timeline::job(model::JobId id) const {
  const auto it = jobs_.find(id);
  return it == jobs_.end() ? fmt::format("job {}", id.raw()) : it->second;
}

std::string Timeline::node(model::NodeId id) const {
  return id.raw() < nodes_.size() ? nodes_[id.raw()] : fmt::format("node {}", id.raw());
}

void Timeline::hear(std::int64_t at_ms, const core::EventBody& event) {
  if (!tell_) return;
  if (const auto* configured = std::get_if<core::CentreConfigured>(&event)) {
    nodes_.clear();
    for (const model::Node& node : configured->centre.nodes) nodes_.push_back(node.name);
  }
  if (const auto* submitted = std::get_if<core::JobSubmitted>(&event)) {
    const model::JobSpec& spec = *submitted->spec;
    if (spec.indices.empty()) jobs_[submitted->first] = spec.name;
    for (std::size_t i = 0; i < spec.indices.size(); ++i)
      jobs_[model::JobId{submitted->first.raw() + i}] = fmt::format("{}[{}]", spec.name, i);
  }
  const std::string what = std::visit([this](const auto& e) { return words(e); }, event);
  if (!what.empty()) say(at_ms, what);
}

std::string Timeline::words(const core::JobSubmitted& e) const { return e.spec->name + " is submitted"; }
std::string Timeline::words(const core::JobHeld& e) const { return job(e.job) + " is held"; }
std::string Timeline::words(const core::JobReleased& e) const { return job(e.job) + " is released"; }

std::string Timeline::words(const core::LeaseGranted& e) const {
  if (e.lease.shares().empty()) return job(e.attempt.job) + " is handed over to its engine";
  std::string where;
  for (const model::NodeShare& share : e.lease.shares()) {
    const std::string name = " " + node(share.node);
    if (!where.ends_with(name)) where += name;
  }
  return fmt::format("{} starts{} on{}{}", job(e.attempt.job), e.attempt.number > 1 ? " again" : "", where,
                     e.backfill ? ", backfill" : "");
}

std::string Timeline::words(const core::PreemptionNoticed& e) const {
  return fmt::format("{} is preempted for {}", job(e.attempt.job), job(e.by));
}
std::string Timeline::words(const core::AttemptEnded& e) const {
  return fmt::format("{} ends: {}", job(e.attempt.job), enum_word(e.end.cause));
}
std::string Timeline::words(const core::JobRequeued& e) const { return job(e.job) + " waits again"; }
std::string Timeline::words(const core::JobEnded& e) const {
  return fmt::format("{} has {}", job(e.job), enum_word(e.state));
}
std::string Timeline::words(const core::NodeDrained& e) const { return node(e.node) + " is drained"; }
std::string Timeline::words(const core::NodeResumed& e) const { return node(e.node) + " is resumed"; }
std::string Timeline::words(const core::NodeLost& e) const { return node(e.node) + " is lost"; }
std::string Timeline::words(const core::NodeRestored& e) const { return node(e.node) + " is back"; }
std::string Timeline::words(const core::IncidentOpened& e) const { return "incident: " + enum_word(e.kind); }

}  // namespace mingyue::twin
