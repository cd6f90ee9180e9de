#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "base/expected.hpp"
#include "base/shared.hpp"
#include "core/event.hpp"
#include "core/state.hpp"

/// Commands: wishes of people and programs, and reports of engines. They are not logged; the events that they lead to
/// are.
namespace mingyue::core {

/// Who asks. The API has checked that they are who they say; `decide` says whether they may.
struct Actor {
  std::string user;
  model::Role role = model::Role::member;
};

struct ConfigureCentre {
  model::Centre centre;  ///< node ids are assigned by decide; jobs keep running on nodes that keep their names
  std::vector<std::pair<std::string, Credits>> grants;  ///< of projects that are new
};

/// A dependency's target that has ended before: what history says of it.
struct EndedTarget {
  model::JobId job;
  bool succeeded = false;
};

struct SubmitJob {
  Actor by;
  Shared<model::JobSpec> spec;
  std::string idempotency_key;
  std::vector<EndedTarget> ended_targets;
};

/// For an array's first id: all its elements, unless `element_only`.
struct CancelJob {
  Actor by;
  model::JobId job;
};
struct HoldJob {
  Actor by;
  model::JobId job;
};
struct ReleaseJob {
  Actor by;
  model::JobId job;
};

/// A plan's result. What no longer holds is dropped; the next plan sees why.
struct AdoptPlan {
  std::vector<sched::Start> starts;
  std::vector<sched::Preemption> preemptions;
  std::vector<sched::IdleClasses> idle;
  std::optional<PlanMade> made;  ///< what plan it is; recorded first, where it is news or anything comes of it
  bool news = false;             ///< it says something else than the plan before it
};

/// Time has come to next_wakeup().
struct WakeUp {};

struct ReportLaunched {
  model::AttemptId attempt;
};
/// The engine's own queue has put an attempt of a guest partition on these nodes. Answered with nothing while what it
/// holds there is still held by an attempt whose end is not yet known; with `at_last` it takes what there is.
struct ReportPlaced {
  model::AttemptId attempt;
  std::vector<std::string> nodes;  ///< by rank
  bool at_last = false;
};
/// All that others hold of a node now.
struct ReportOthers {
  model::NodeId node;
  CoreCount cores;
  CardCount cards;
  Bytes memory;
  std::optional<Instant> until;
};
struct ReportEnded {
  model::AttemptId attempt;
  model::AttemptEnd end;
};
struct ReportProgress {
  model::AttemptId attempt;
  model::Progress progress;
};
struct ReportSilent {
  model::AttemptId attempt;
  Duration silent_for;
};
struct ReportNode {
  model::NodeId node;
  bool reachable = true;
  std::string message;
};

struct DrainNode {
  Actor by;
  std::string node;
  std::string reason;
};
struct ResumeNode {
  Actor by;
  std::string node;
};
struct CloseIncident {
  Actor by;
  model::IncidentId incident;
  std::string how;
};
struct GrantCredits {
  Actor by;
  std::string project;
  Credits amount;
  std::string idempotency_key;
};
struct SetProject {
  Actor by;
  model::Project project;
};
struct SetUser {
  Actor by;
  model::User user;
};
struct IssueToken {
  Actor by;
  std::string token;
  std::string user;
  model::Role role = model::Role::member;
  std::string hash;
};
struct RevokeToken {
  Actor by;
  std::string token;
};

/// Sets nodes aside: named ones, or so many as the centre chooses.
struct ReserveNodes {
  Actor by;
  std::string name;
  model::ReservationKind kind = model::ReservationKind::work;
  std::string partition;           ///< empty: that of the named nodes, else the centre's first
  std::vector<std::string> nodes;  ///< either these ...
  std::int32_t count = 0;          ///< ... or so many
  std::optional<Instant> start;    ///< none: now
  std::optional<Instant> end;      ///< either this ...
  Duration lasts;                  ///< ... or this
  Duration every;                  ///< 0: once
  std::optional<Instant> until;    ///< with `every`
  std::vector<std::string> projects;
  std::vector<std::string> users;
  std::string why;
  bool force = false;  ///< also over work that runs there then: at the start it is asked to end, and waits again
};
/// Its window ends now, or never begins; jobs inside go on.
struct EndReservation {
  Actor by;
  std::string name;
};

/// A quantum device says what it is.
struct ReportQpu {
  std::string qpu;
  model::QpuFacts facts;
};
struct ReportQpuOut {
  std::string qpu;
  model::QpuOut out = model::QpuOut::down;
  std::string why;
  std::optional<Instant> back_at;
};
/// Nothing but a drain keeps it out any more.
struct ReportQpuIn {
  std::string qpu;
};
/// What its time was spent on. Begins where the last reading ended.
struct ReportQpuUse {
  std::string qpu;
  model::QpuReading reading;
};
struct ReportQpuFault {
  std::string qpu;
  bool lied = false;
  model::AttemptId attempt;  ///< whose batch it was; job 0: nobody's
  std::string message;
};

/// It takes no more work; what runs there is let end.
struct DrainQpu {
  Actor by;
  std::string qpu;
  std::string reason;
};
struct ResumeQpu {
  Actor by;
  std::string qpu;
};

using Command = std::variant<ConfigureCentre, SubmitJob, CancelJob, HoldJob, ReleaseJob, AdoptPlan, WakeUp,
                             ReportLaunched, ReportEnded, ReportProgress, ReportSilent, ReportNode, DrainNode,
                             ResumeNode, CloseIncident, GrantCredits, SetProject, SetUser, IssueToken, RevokeToken,
                             ReserveNodes, EndReservation, ReportQpu, ReportQpuOut, ReportQpuIn, ReportQpuUse,
                             ReportQpuFault, DrainQpu, ResumeQpu, ReportPlaced, ReportOthers>;

/// The events that follow, none where nothing is to be done (a report said twice, a job cancelled twice), or a refusal.
using Decision = Expected<std::vector<EventBody>>;

/// Changes nothing. `now` is never before state.now.
[[nodiscard]] Decision decide(const State& state, const Command& command, Instant now);

/// Folds a fact into the state. Never says no.
void apply(State& state, const Event& event);

}  // namespace mingyue::core
