#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "base/describe.hpp"
#include "base/units.hpp"
#include "model/attempt.hpp"
#include "model/ids.hpp"
#include "model/job.hpp"

/// Rows of the read tables: history in plain values, a pure fold of the log (ledger/history.hpp), stored in the same
/// transaction as the events that they follow from, so that ended jobs cost no memory.
namespace mingyue::ledger {

/// A job as history shows it. Written whole at submission and whenever its state changes; the key is `id`.
struct JobRow {
  model::JobId id;
  model::JobId array;             ///< first id of its array; its own id when it is not an element of one
  std::int32_t array_index = -1;  ///< -1: not an element of an array
  std::string name;
  std::string user;
  std::string project;
  std::string partition;
  model::WorkKind kind = model::WorkKind::general;
  std::string priority_class;
  model::JobState state = model::JobState::queued;
  std::string reason;
  std::int32_t attempts = 0;
  Instant submitted_at;
  std::optional<Instant> started_at;  ///< of the first attempt that ran
  std::optional<Instant> ended_at;
  std::int32_t exit_code = 0;  ///< of the last attempt
  std::int32_t tasks = 1;
  std::int32_t cores = 0;  ///< of all tasks
  std::int32_t cards = 0;
  std::string workdir;
  std::string comment;
  Credits charged;
};
DESCRIBE(JobRow, id, array, array_index, name, user, project, partition, kind, priority_class, state, reason, attempts,
         submitted_at, started_at, ended_at, exit_code, tasks, cores, cards, workdir, comment, charged)

/// One attempt. Written at its grant, start and end; the key is (job, number).
struct AttemptRow {
  model::AttemptId attempt;
  Instant granted_at;
  std::optional<Instant> started_at;
  std::optional<Instant> ended_at;
  std::string outcome;  ///< `running`, or the cause of its end
  std::int32_t exit_code = 0;
  std::int32_t signal = 0;
  std::string message;
  std::vector<std::string> nodes;  ///< by rank
  std::int64_t last_step = -1;
  std::int64_t steps = -1;
  std::string checkpoint;
  std::int64_t cpu_ms = 0;
  Bytes memory_peak;
  Duration lost;  ///< run time thrown away
  bool backfill = false;
};
DESCRIBE(AttemptRow, attempt, granted_at, started_at, ended_at, outcome, exit_code, signal, message, nodes, last_step,
         steps, checkpoint, cpu_ms, memory_peak, lost, backfill)

/// The classes of DESIGN section 6. Each core and each card is in exactly one at every instant.
enum class UseClass : std::uint8_t {
  productive = 1,
  checkpoint = 2,
  start = 3,
  lost = 4,  // used
  promised = 5,
  stranded = 6,
  unwanted = 7,  // idle
  down = 8,
  drained = 9,       // unavailable
  calibration = 10,  // unavailable: quantum devices only
  maintenance = 11,  // unavailable: quantum devices only; nodes in maintenance are drained
  others = 12,       // used, but not by the centre's jobs: nodes of an engine that people also use by themselves
};
DESCRIBE_ENUM(UseClass, productive, checkpoint, start, lost, promised, stranded, unwanted, down, drained, calibration,
              maintenance, others)
inline constexpr int use_class_count = 12;
/// The first ones: those that cores and cards of nodes can be in; and `others`, where nodes are shared.
inline constexpr int node_class_count = 9;
/// ... and quantum devices.
inline constexpr int qpu_class_count = 11;

/// `count` cores or cards of a partition were in one class from `from` to `to`. Insert-only: a row is written when its
/// class is known for good, so the work of a running attempt since its last checkpoint has no row yet.
///
/// Quantum devices are the partition `qpus`, and each is a card of a type by its own name. What one did between two
/// readings of its meter is laid end to end: the lengths are exact, the order within is not known.
struct UsageRow {
  std::string partition;
  std::string card_type;  ///< empty: cores
  UseClass use = UseClass::unwanted;
  std::int64_t count = 0;
  Instant from;
  Instant to;
  model::AttemptId attempt;  ///< job 0: idle or unavailable
  std::string project;
  std::string user;
  model::WorkKind kind = model::WorkKind::general;
};
DESCRIBE(UsageRow, partition, card_type, use, count, from, to, attempt, project, user, kind)

struct IncidentRow {
  model::IncidentId incident;
  std::string kind;
  model::AttemptId attempt;
  std::string node;
  std::string message;
  Instant opened_at;
  std::optional<Instant> closed_at;
  std::string how;
};
DESCRIBE(IncidentRow, incident, kind, attempt, node, message, opened_at, closed_at, how)

/// Double entry: every posting debits one account and credits another.
struct PostingRow {
  Instant at;
  std::string debit;   ///< `project:demo`, `centre:grants`
  std::string credit;  ///< `centre:income`, `centre:losses`
  Credits amount;
  model::AttemptId attempt;
  std::string text;
};
DESCRIBE(PostingRow, at, debit, credit, amount, attempt, text)

using Row = std::variant<JobRow, AttemptRow, UsageRow, IncidentRow, PostingRow>;

}  // namespace mingyue::ledger
