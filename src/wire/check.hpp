#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/describe.hpp"
#include "base/expected.hpp"
#include "base/units.hpp"
#include "model/job.hpp"

/// The body of POST /v1/jobs/check: what the centre would say of a job, without taking it.
namespace mingyue::wire {

/// The job as it was understood.
struct CheckedJob {
  std::string name;
  std::string user;
  std::string project;
  std::string partition;
  std::string priority_class;
  model::WorkKind kind = model::WorkKind::general;
  std::int32_t tasks = 1;        ///< of an elastic job the most
  std::int32_t tasks_least = 1;  ///< the fewest with which it starts
  std::int64_t cores = 0;        ///< of all tasks
  std::int64_t cards = 0;
  std::string card_type;  ///< empty: any, or none
  Bytes memory;           ///< of all tasks
  std::int32_t qubits = 0;
  Duration wall;
  std::int64_t elements = 1;  ///< of an array
  bool preemptible = false;
  bool hold = false;
};
DESCRIBE(CheckedJob, name, user, project, partition, priority_class, kind, tasks, tasks_least, cores, cards, card_type,
         memory, qubits, wall, elements, preemptible, hold)

/// When it would likely start: the 10th percentile, the median and the 90th of some futures under run times as they
/// were learnt here. Nobody else submits in them.
struct CheckedStart {
  Instant earliest;
  Instant likely;
  Instant latest;
  std::int32_t futures = 0;
};
DESCRIBE(CheckedStart, earliest, likely, latest, futures)

struct JobCheck {
  bool good = false;            ///< it would be taken
  std::vector<Refusal> errors;  ///< else why not, in the order of lines
  std::vector<std::string> notes;
  std::optional<CheckedJob> job;           ///< where it could be read
  std::optional<Credits> credits_at_most;  ///< one attempt (of an array: of each element) of its whole wall limit;
                                           ///< quantum devices, paid for by use, not included
  std::optional<Credits> available;        ///< of its project, where that has a budget
  bool covered = true;                     ///< the budget lets it start (an array: an element of it)
  std::optional<Instant> promised;         ///< its start if all that runs and waits uses its whole wall limit
  std::optional<CheckedStart> start;
  std::string start_sentence;  ///< the same in words; or why nothing can be said
};
DESCRIBE(JobCheck, good, errors, notes, job, credits_at_most, available, covered, promised, start, start_sentence)

}  // namespace mingyue::wire
