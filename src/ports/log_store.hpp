#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "base/expected.hpp"
#include "base/hash.hpp"
#include "base/time.hpp"
#include "ledger/rows.hpp"

/// The append-only log of a centre, its snapshots, and the read tables that are written with it.
namespace mingyue::ports {

/// One event as it lies in the log. `hash` = BLAKE2b-256 of the previous record's hash followed by
/// codec{seq, at, number} and the payload (record_hash below): the log is a chain from a first hash of zeros.
struct Record {
  std::uint64_t seq = 0;  ///< from 1, without gaps
  Instant at;
  std::uint32_t number = 0;  ///< core::event_number
  std::string payload;       ///< core::encode_event
  Hash hash{};
};

[[nodiscard]] Hash record_hash(const Hash& before, const Record& record);

struct Head {
  std::uint64_t seq = 0;  ///< 0: empty
  Hash hash{};
  Instant at;
};

/// Records that become durable together with the rows that follow from them.
struct Batch {
  std::vector<Record> records;
  std::vector<ledger::Row> rows;
};

/// A state at one point of the log, to start a replay from.
struct StoredSnapshot {
  std::uint64_t seq = 0;
  Hash log_hash{};    ///< of record `seq`
  std::string bytes;  ///< core state and ledger book, encoded by the runtime
};

/// Appends are asked in order and become durable in order; `done` is called once for each, in order, from the store's
/// own thread (or at once, in memory). When the world fails (disk full, read-only), the store keeps the batch and tries
/// again until it succeeds or the store is closed: `stalled()` says why, and the runtime refuses new work meanwhile.
/// Nothing is ever acknowledged that is not durable.
class LogStore {
 public:
  virtual ~LogStore() = default;
  [[nodiscard]] virtual Head head() const = 0;  ///< as of opening
  virtual void append(Batch batch, std::move_only_function<void()> done) = 0;
  [[nodiscard]] virtual std::optional<Fault> stalled() const = 0;

  /// Records from `first_seq` on, in order, until `each` returns false.
  virtual Expected<void, Fault> read(std::uint64_t first_seq, const std::function<bool(const Record&)>& each) const = 0;
  [[nodiscard]] virtual Expected<std::optional<StoredSnapshot>, Fault> newest_snapshot() const = 0;
  /// Queued behind the appends before it; keeps the newest two. A failure is not an error: the log is enough.
  virtual void save_snapshot(StoredSnapshot snapshot) = 0;
  /// Waits until everything asked so far is durable or the store is stalled.
  virtual void flush() = 0;
};

}  // namespace mingyue::ports
