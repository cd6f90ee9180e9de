#pragma once

#include <array>
#include <map>
#include <string>
#include <vector>

#include "base/id_map.hpp"
#include "core/event.hpp"
#include "core/state.hpp"
#include "ledger/rows.hpp"

/// The ledger's book of resource-time: a fold of the log that shares no code with the core's own leases, and proves
/// them.
///
/// For each partition and each resource (cores, cards of a type): capacity × time = the sum of the classes, in whole
/// milliseconds, at every event. record() checks it for the pools of which the event changes a count; between its
/// changes, a pool whose counts sum to its capacity cannot leave the law, and that they do is checked at each change.
/// So an event costs the same however many partitions there are. Rows come out as classes become known for good: the
/// work of a running attempt since its last checkpoint has no row yet, and `open_rows` shows it as productive so far.
namespace mingyue::ledger {

struct PoolKey {
  std::string partition;
  std::string card_type;  ///< empty: cores
  friend auto operator<=>(const PoolKey&, const PoolKey&) = default;
};
DESCRIBE(PoolKey, partition, card_type)

/// One partition's cores, or its cards of one type.
struct Pool {
  PoolKey key;
  std::int64_t capacity = 0;
  std::int64_t busy = 0;           ///< held by leases
  std::int64_t idle = 0;           ///< free, on nodes that may be used
  std::int64_t down = 0;           ///< free, on lost nodes
  std::int64_t drained = 0;        ///< free, on drained nodes
  std::int64_t others = 0;         ///< used by others than the centre's jobs
  std::int64_t wish_promised = 0;  ///< how idle was last said to divide
  std::int64_t wish_stranded = 0;
  Instant since;  ///< the integrals below go up to here: while no count changes they grow by themselves
  ResourceTime capacity_time;
  ResourceTime busy_time;
  ResourceTime settled;                                ///< of busy_time, what has its class for good
  std::array<ResourceTime, use_class_count> totals{};  ///< by UseClass - 1
  std::array<std::int64_t, use_class_count>
      open_count{};  ///< by UseClass - 1: of the idle or unavailable row being written
  std::array<Instant, use_class_count> open_from{};
};
DESCRIBE(Pool, key, capacity, busy, idle, down, drained, wish_promised, wish_stranded, since, capacity_time, busy_time,
         settled, totals, open_count, open_from, others)

struct BookNode {
  std::uint32_t cores_pool = 0;  ///< place in Book::pools; of no meaning without cores
  std::uint32_t cards_pool = 0;  ///< ... or cards
  std::int32_t cores = 0;
  std::int32_t cards = 0;
  std::int32_t cores_busy = 0;
  std::int32_t cards_busy = 0;
  bool down = false;
  bool drained = false;
  bool maintained = false;  ///< a maintenance window is open: planned, and counted as drained
  std::int32_t cores_others = 0;
  std::int32_t cards_others = 0;
};
DESCRIBE(BookNode, cores_pool, cards_pool, cores, cards, cores_busy, cards_busy, down, drained, maintained,
         cores_others, cards_others)

/// What an attempt holds on a node.
struct BookLease {
  std::uint32_t node = 0;
  std::int32_t cores = 0;
  std::int32_t cards = 0;
};
DESCRIBE(BookLease, node, cores, cards)

/// What it holds of a pool.
struct BookHold {
  std::uint32_t pool = 0;
  std::int64_t count = 0;
};
DESCRIBE(BookHold, pool, count)

struct BookAttempt {
  model::AttemptId id;
  std::uint32_t owner = 0;  ///< place in Book::owners
  bool started = false;
  Instant from;  ///< everything before has its class for good
  std::vector<BookLease> leases;
  std::vector<BookHold> holds;  ///< by pool
};
DESCRIBE(BookAttempt, id, owner, started, from, leases, holds)

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

/// A quantum device. Its meter says afterwards what its time was spent on; what is not yet said has no class.
struct BookQpu {
  Instant since;                                       ///< it is the centre's
  Instant metered_to;                                  ///< everything before has its class for good
  bool gone = false;                                   ///< it was taken from the centre's file, then
  std::array<ResourceTime, use_class_count> totals{};  ///< by UseClass - 1
};
DESCRIBE(BookQpu, since, metered_to, gone, totals)

struct Book {
  std::vector<BookNode> nodes;
  std::vector<Pool> pools;  ///< in the order of their keys
  IdMap<model::JobId, BookAttempt> attempts;
  std::vector<Owner> owners;  ///< in the order of their first job
  std::map<Owner, std::uint32_t> owner_numbers;
  IdMap<model::JobId, BookJob> jobs;                 ///< by first id of the array
  std::map<model::JobId, std::int64_t> array_sizes;  ///< by first id; only arrays
  std::map<std::string, BookQpu> qpus;               ///< by name; those that were removed too
};
DESCRIBE(Book, nodes, pools, attempts, owners, owner_numbers, jobs, array_sizes, qpus)

/// A UsageRow before it has names.
struct Use {
  static constexpr std::uint32_t nobody = ~std::uint32_t{0};
  std::uint32_t pool = 0;  ///< place in Book::pools
  UseClass use = UseClass::unwanted;
  std::int64_t count = 0;
  Instant from;
  Instant to;
  model::AttemptId attempt;      ///< job 0: idle or unavailable
  std::uint32_t owner = nobody;  ///< place in Book::owners; nobody: idle or unavailable
};
/// The row, while the book is as record() left it.
[[nodiscard]] UsageRow row_of(const Book& book, const Use& use);

/// Folds one event, and adds what it settles of cores and cards; what a quantum
/// device's reading settles is in the rows of the second form only.
void record(Book& book, const core::Event& event, std::vector<Use>& settled);
/// ... as rows.
void record(Book& book, const core::Event& event, std::vector<Row>& rows);

/// What has no row yet, as if it were settled now: running attempts as productive (or start), idle and unavailable as
/// they stand, what a quantum device's meter has not said yet as unwanted. With the stored rows, the sum is capacity ×
/// time up to `now`.
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
