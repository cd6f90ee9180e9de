#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/describe.hpp"
#include "base/units.hpp"
#include "model/centre.hpp"
#include "wire/views.hpp"

/// Bodies that clients send, beside job documents; and small answers that are no view of a noun.
namespace mingyue::wire {

/// POST /v1/nodes/{name}/drain
struct DrainRequest {
  std::string reason;
};
DESCRIBE(DrainRequest, reason)

/// POST /v1/reservations
struct ReservationRequest {
  std::string name;
  model::ReservationKind kind = model::ReservationKind::work;
  std::string partition;                          ///< empty: that of the nodes, else the centre's first
  std::optional<std::vector<std::string>> nodes;  ///< either these ...
  std::int32_t count = 0;                         ///< ... or so many
  std::optional<Instant> start;                   ///< default now
  std::optional<Instant> end;                     ///< either this ...
  std::optional<Duration> lasts;                  ///< ... or this
  std::optional<Duration> every;                  ///< again after so long
  std::optional<Instant> until;                   ///< with `every`: no window begins then or later
  std::optional<std::vector<std::string>> projects;
  std::optional<std::vector<std::string>> users;
  std::string why;
  bool force = false;  ///< also over work that may run there then
};
DESCRIBE(ReservationRequest, name, kind, partition, nodes, count, start, end, lasts, every, until, projects, users, why,
         force)

/// POST /v1/incidents/{id}/close
struct CloseRequest {
  std::string how;
};
DESCRIBE(CloseRequest, how)

/// PUT /v1/projects/{name}; what is left out keeps its value, or has the default of a new project.
struct ProjectRequest {
  std::optional<std::string> parent;
  std::optional<std::int32_t> shares;
  std::optional<std::int32_t> merit;
  std::optional<bool> has_budget;
};
DESCRIBE(ProjectRequest, parent, shares, merit, has_budget)

/// POST /v1/projects/{name}/credits
struct CreditsRequest {
  Credits amount;  ///< negative: taken back
};
DESCRIBE(CreditsRequest, amount)

/// PUT /v1/users/{name}
struct UserRequest {
  std::optional<model::Role> role;
  std::optional<std::vector<std::string>> projects;
};
DESCRIBE(UserRequest, role, projects)

/// POST /v1/tokens
struct TokenRequest {
  std::string token;  ///< its public name
  std::string user;
  model::Role role = model::Role::member;
};
DESCRIBE(TokenRequest, token, user, role)

/// More nodes like one that is there.
struct MoreNodesRequest {
  std::string like;
  std::int32_t count = 1;
};
DESCRIBE(MoreNodesRequest, like, count)

/// A job document or script that is only asked about.
struct DocumentRequest {
  std::string type;  ///< as the Content-Type of POST /v1/jobs
  std::string text;
};
DESCRIBE(DocumentRequest, type, text)

struct WeightsRequest {
  std::optional<std::int32_t> by_class;
  std::optional<std::int32_t> fair_share;
  std::optional<std::int32_t> age;
  std::optional<std::int32_t> size;
  std::optional<std::int32_t> merit;
};
DESCRIBE(WeightsRequest, by_class, fair_share, age, size, merit)

/// POST /v1/whatif
struct WhatIfRequest {
  std::optional<std::vector<std::string>> drain;
  std::optional<std::vector<std::string>> resume;
  std::optional<std::vector<MoreNodesRequest>> add;
  std::optional<WeightsRequest> weights;
  std::optional<std::vector<DocumentRequest>> submit;
  std::optional<Duration> horizon;      ///< default 7 days
  std::optional<std::int32_t> futures;  ///< default 1
  std::optional<std::int64_t> seed;
};
DESCRIBE(WhatIfRequest, drain, resume, add, weights, submit, horizon, futures, seed)

/// GET /v1/health
struct Health {
  std::string status;
};
DESCRIBE(Health, status)

/// The event `progress` of GET /v1/jobs/events.
struct JobProgress {
  model::JobId id;
  std::int32_t attempt = 0;
  ProgressView progress;
};
DESCRIBE(JobProgress, id, attempt, progress)

/// A waiting job in the plan.
struct PlanWait {
  model::JobId job;
  std::int32_t place = 0;  ///< in the order, from 1
  std::string sentence;
  std::string advice;
  std::optional<Instant> promised;  ///< its start, if every running job uses its whole wall limit
  std::vector<std::string> nodes;   ///< where, by rank
  sched::PriorityTerms priority;
};
DESCRIBE(PlanWait, job, place, sentence, advice, promised, nodes, priority)

/// GET /v1/plan
struct PlanView {
  Instant at;
  std::int64_t waiting = 0;     ///< in all; `waits` may hold fewer
  std::vector<PlanWait> waits;  ///< in the order of the queue
  std::vector<sched::IdleClasses> idle;
};
DESCRIBE(PlanView, at, waiting, waits, idle)

}  // namespace mingyue::wire
