#pragma once

#include <fmt/format.h>

#include "core/command.hpp"

/// The pieces of `decide`, one file for each kind of command. Not for use outside core.
namespace mingyue::core {

using Events = std::vector<EventBody>;

// decide_jobs.cpp
Decision decide_one(const State&, const SubmitJob&, Instant);
Decision decide_one(const State&, const CancelJob&, Instant);
Decision decide_one(const State&, const HoldJob&, Instant);
Decision decide_one(const State&, const ReleaseJob&, Instant);

// decide_attempts.cpp
Decision decide_one(const State&, const AdoptPlan&, Instant);
Decision decide_one(const State&, const WakeUp&, Instant);
Decision decide_one(const State&, const ReportLaunched&, Instant);
Decision decide_one(const State&, const ReportProgress&, Instant);
Decision decide_one(const State&, const ReportSilent&, Instant);

// decide_guests.cpp
Decision decide_one(const State&, const ReportPlaced&, Instant);
Decision decide_one(const State&, const ReportOthers&, Instant);
/// The job's partition is one in which the engine's own queue decides.
[[nodiscard]] bool is_guest(const State& state, const model::JobSpec& spec);
/// The node is nobody else's any more.
[[nodiscard]] OthersOnNode no_others(model::NodeId node);

// decide_ends.cpp
Decision decide_one(const State&, const ReportEnded&, Instant);
Decision decide_one(const State&, const ReportNode&, Instant);

// decide_centre.cpp
Decision decide_one(const State&, const ConfigureCentre&, Instant);
Decision decide_one(const State&, const DrainNode&, Instant);
Decision decide_one(const State&, const ResumeNode&, Instant);
Decision decide_one(const State&, const CloseIncident&, Instant);
Decision decide_one(const State&, const GrantCredits&, Instant);
Decision decide_one(const State&, const SetProject&, Instant);
Decision decide_one(const State&, const SetUser&, Instant);
Decision decide_one(const State&, const IssueToken&, Instant);
Decision decide_one(const State&, const RevokeToken&, Instant);

// decide_reservations.cpp
Decision decide_one(const State&, const ReserveNodes&, Instant);
Decision decide_one(const State&, const EndReservation&, Instant);
/// Windows that open and close by now.
void turn_reservations(const State& state, Events& events, Instant now);

// decide_qpus.cpp
Decision decide_one(const State&, const ReportQpu&, Instant);
Decision decide_one(const State&, const ReportQpuOut&, Instant);
Decision decide_one(const State&, const ReportQpuIn&, Instant);
Decision decide_one(const State&, const ReportQpuUse&, Instant);
Decision decide_one(const State&, const ReportQpuFault&, Instant);
Decision decide_one(const State&, const DrainQpu&, Instant);
Decision decide_one(const State&, const ResumeQpu&, Instant);

/// The job's outcome, and the outcomes of those that can never start without its success, in the order of their ids.
void end_job(const State& state, Events& events, model::JobId job, model::JobState outcome, std::string reason);

/// Numbers incidents within one decision.
class Incidents {
 public:
  explicit Incidents(const State& state) : next_(state.next_incident.raw()) {}
  IncidentOpened open(IncidentKind kind, model::AttemptId attempt, std::optional<model::NodeId> node,
                      std::string message) {
    return {model::IncidentId{next_++}, kind, attempt, node, std::move(message)};
  }

 private:
  std::uint64_t next_;
};

/// Asks an attempt to end: one that is to make room has its own grace.
void request_end(const State& state, Events& events, const Attempt& attempt, EndReason reason, std::string by);

/// All that follows from the end of an attempt: its own event, the charge, an incident, and the job's next step.
void end_attempt(const State& state, Events& events, Incidents& incidents, const Attempt& attempt,
                 const model::AttemptEnd& end, Instant now);

Expected<void> require_operator(const Actor& by, std::string_view to_do);

}  // namespace mingyue::core
