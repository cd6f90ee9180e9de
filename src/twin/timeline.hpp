#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "core/event.hpp"

namespace mingyue::twin {

/// What became of a scenario, a line for each thing that people would tell: `0:20 wide starts on n0 n1`. Jobs and nodes
/// by their names, time from the beginning, in whole seconds. It says what the core decided, whether or not that
/// reached the disk before the daemon died.
class Timeline {
 public:
  using Tell = std::function<void(const std::string&)>;
  explicit Timeline(Tell tell) : tell_(std::move(tell)) {}

  void hear(std::int64_t at_ms, const core::EventBody& event);
  void say(std::int64_t at_ms, const std::string& what) const;

 private:
  // One for each kind of event that people would tell; of all others nothing is said.
  [[nodiscard]] std::string words(const core::JobSubmitted& e) const;
  [[nodiscard]] std::string words(const core::JobHeld& e) const;
  [[nodiscard]] std::string words(const core::JobReleased& e) const;
  [[nodiscard]] std::string words(const core::LeaseGranted& e) const;
  [[nodiscard]] std::string words(const core::PreemptionNoticed& e) const;
  [[nodiscard]] std::string words(const core::AttemptEnded& e) const;
  [[nodiscard]] std::string words(const core::JobRequeued& e) const;
  [[nodiscard]] std::string words(const core::JobEnded& e) const;
  [[nodiscard]] std::string words(const core::NodeDrained& e) const;
  [[nodiscard]] std::string words(const core::NodeResumed& e) const;
  [[nodiscard]] std::string words(const core::NodeLost& e) const;
  [[nodiscard]] std::string words(const core::NodeRestored& e) const;
  [[nodiscard]] std::string words(const core::IncidentOpened& e) const;
  template <class Event>
  [[nodiscard]] std::string words(const Event&) const {
    return {};
  }

  [[nodiscard]] std::string job(model::JobId id) const;
  [[nodiscard]] std::string node(model::NodeId id) const;

  Tell tell_;  ///< empty: nobody listens
  std::map<model::JobId, std::string> jobs_;
  std::vector<std::string> nodes_;
};

}  // namespace mingyue::twin
