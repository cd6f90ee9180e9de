#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/describe.hpp"
#include "base/time.hpp"
#include "model/job.hpp"
#include "model/reservation.hpp"

/// The body of GET /v1/plan/picture: what runs and what is promised, as bars over time.
namespace mingyue::wire {

struct PictureBar {
  std::string state;  ///< `running`, `starting`, `promised`; `others`: used by others than the centre's jobs, `job` 0
  model::JobId job;
  std::string name;
  std::string user;
  std::string project;
  std::string partition;
  std::string priority_class;
  model::WorkKind kind = model::WorkKind::general;
  std::int64_t cores = 0;
  std::int64_t cards = 0;
  std::vector<std::string> nodes;  ///< empty: promised to no named nodes yet
  Instant start;
  std::optional<Instant> end;       ///< by its wall limit, or by when its end was asked; none: nobody knows
  std::optional<bool> is_backfill;  ///< a promise that comes before that of a job which stands before it in the queue;
                                    ///< of what runs it is in the job's attempts
  std::string why;
};
DESCRIBE(PictureBar, state, job, name, user, project, partition, priority_class, kind, cores, cards, nodes, start, end,
         is_backfill, why)

/// A time in which nodes are set aside.
struct PictureWindow {
  std::string name;
  model::ReservationKind kind = model::ReservationKind::work;
  bool open = false;
  std::string partition;
  std::vector<std::string> nodes;
  Instant start;
  Instant end;
  std::string why;
};
DESCRIBE(PictureWindow, name, kind, open, partition, nodes, start, end, why)

struct PlanPicture {
  Instant at;
  Instant plan_at;               ///< when the plan was made
  std::vector<PictureBar> bars;  ///< what runs first, then promises; each by start
  std::vector<PictureWindow> windows;
  std::int64_t left_off = 0;    ///< bars beyond the limit, the last of them
  std::int64_t unpromised = 0;  ///< waiting jobs without a promise, which are no bar
};
DESCRIBE(PlanPicture, at, plan_at, bars, windows, left_off, unpromised)

}  // namespace mingyue::wire
