#pragma once

#include <array>
#include <map>
#include <string>
#include <vector>

#include "core/event.hpp"
#include "core/state.hpp"
#include "ledger/rows.hpp"

/// The ledger's book of resource-time: a fold of the log that shares no code with the core's own leases, and proves
/// them.
///
/// For each partition and each resource (cores, cards of a type): capacity × time = the sum of the classes, in whole
/// milliseconds, at every event; record() checks it. Rows come out as classes become known for good: the work of a
/// running attempt since its last checkpoint has no row yet, and `open_rows` shows it as productive so far.
namespace mingyue::ledger {

/// One partition's cores, or its cards of one type.
struct Pool {
  std::int64_t capacity = 0;
  std::int64_t busy = 0;     ///< held by leases
  std::int64_t idle = 0;     ///< free, on nodes that may be used
  std::int64_t down = 0;     ///< free, on lost nodes
  std::int64_t drained = 0;  ///< free, on drained nodes
  sched::IdleClasses wish;   ///< how idle was last said to divide
  Instant since;             ///< the integrals below go up to here
  ResourceTime capacity_time;
  ResourceTime busy_time;
  ResourceTime settled;                  ///< of busy_time, what has its class for good
  std::vector<ResourceTime> totals;      ///< by UseClass - 1
  std::vector<std::int64_t> open_count;  ///< by UseClass - 1: the idle and unavailable row that is being written
  std::vector<Instant> open_from;
};
DESCRIBE(Pool, capacity, busy, idle, down, drained, wish, since, capacity_time, busy_time, settled, totals, open_count,
         open_from)

struct PoolKey {
  std::string partition;
  std::string card_type;  ///< empty: cores
  friend auto operator<=>(const PoolKey&, const PoolKey&) = default;
};
DESCRIBE(PoolKey, partition, card_type)

struct BookNode {
  std::string partition;
  std::string card_type;
  std::int64_t cores = 0;
  std::int64_t cards = 0;
  std::int64_t cores_busy = 0;
  std::int64_t cards_busy = 0;
  bool down = false;
  bool drained = false;
};
DESCRIBE(BookNode, partition, card_type, cores, cards, cores_busy, cards_busy, down, drained)

struct BookLease {
  std::uint32_t node = 0;
  std::int64_t cores = 0;
  std::int64_t cards = 0;
};
DESCRIBE(BookLease, node, cores, cards)

struct BookAttempt {
  model::AttemptId id;
  bool started = false;
  Instant from;  ///< everything before has its class for good
  std::vector<BookLease> leases;
};
DESCRIBE(BookAttempt, id, started, from, leases)

/// Who a job's time belongs to. Kept once for all jobs of one project, user and kind.
struct Owner {
  std::string project;
  std::string user;
  model::WorkKind kind = model::WorkKind::general;
  friend auto operator<=>(const Owner&, const Owner&) = default;
};
DESCRIBE(Owner, project, user, kind)

struct BookJob {
  std::uint32_t owner = 0;  ///< index into Book::owners
  std::int32_t live = 1;    ///< elements that have not ended
};
DESCRIBE(BookJob, owner, live)

struct Book {
  std::vector<BookNode> nodes;
  std::map<PoolKey, Pool> pools;
  std::map<model::JobId, BookAttempt> attempts;
  std::vector<Owner> owners;  ///< in the order of their first job
  std::map<Owner, std::uint32_t> owner_numbers;
  std::map<model::JobId, BookJob> jobs;              ///< by first id of the array
  std::map<model::JobId, std::int64_t> array_sizes;  ///< by first id; only arrays
};
DESCRIBE(Book, nodes, pools, attempts, owners, owner_numbers, jobs, array_sizes)

/// Folds one event, and adds the rows that it settles.
void record(Book& book, const core::Event& event, std::vector<Row>& rows);

/// What has no row yet, as if it were settled now: running attempts as productive (or start), idle and unavailable as
/// they stand. With the stored rows, the sum is capacity × time up to `now`.
[[nodiscard]] std::vector<UsageRow> open_rows(const Book& book, Instant now);

/// Capacity × time of each pool from the first configuration to `now`, with the sum by class; the live scoreboard.
struct PoolSum {
  PoolKey key;
  ResourceTime capacity;
  std::array<ResourceTime, use_class_count> classes{};  ///< by UseClass - 1
};
[[nodiscard]] std::vector<PoolSum> sums(const Book& book, Instant now);

/// The book against the core's state: busy and free of every node agree. A disagreement is an INVARIANT.
void check(const Book& book, const core::State& state);

}  // namespace mingyue::ledger
