#pragma once

#include <cstddef>
#include <deque>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "ports/history.hpp"
#include "ports/log_store.hpp"

namespace mingyue::ports {

/// Which records the store keeps to be read again. A twin's year has more of them than memory.
enum class KeepRecords { all, since_snapshot, none };
enum class KeepRows { all, none };

struct MemoryLogOptions {
  KeepRecords records = KeepRecords::all;
  KeepRows rows = KeepRows::all;
};

/// A log and its history in memory, for tests and the twin. Deterministic, no I/O, safe from any thread.
///
/// An append is durable at once, and `done` runs inside append() (or, for one made inside a `done`, after that one).
/// A simulated disk is made of three things:
///
///   hold()       from now on appends stay volatile, like writes that no one has synced;
///   sync()       makes them durable, the oldest first, and calls back;
///   crash()      the power goes: what is volatile is gone, whole batches at a time, and its callbacks with it;
///   fail_next()  the next attempts to make anything durable fail: the store is stalled until an attempt succeeds.
///   Every
///                append (while not on hold) and every sync() is one attempt.
///
/// A store object outlives the runtime over it as a disk does: reopen() begins a new life with the same content.
class MemoryLogStore final : public LogStore, public History {
 public:
  explicit MemoryLogStore(MemoryLogOptions options = {}) : options_(options) {}
  /// The durable records that are kept, for a fork.
  [[nodiscard]] std::vector<Record> records() const;

  // LogStore.
  [[nodiscard]] Head head() const override;
  void append(Batch batch, std::move_only_function<void()> done) override;
  [[nodiscard]] std::optional<Fault> stalled() const override;
  /// Fault `not-kept` for records that `options` dropped.
  Expected<void, Fault> read(std::uint64_t first_seq, const std::function<bool(const Record&)>& each) const override;
  [[nodiscard]] Expected<std::optional<StoredSnapshot>, Fault> newest_snapshot() const override;
  void save_snapshot(StoredSnapshot snapshot) override;
  void flush() override { sync(); }

  // The disk.
  void hold();
  /// Makes at most `batches` (snapshots count as one) durable, the oldest first; all by default, which ends nothing:
  /// the store stays on hold until release().
  void sync(std::size_t batches = SIZE_MAX);
  void release();  ///< syncs, and ends the hold
  /// Forgets what is volatile but the oldest `kept` batches, which had just reached the disk, unacknowledged. Ends
  /// stalls and holds, and opens the store anew.
  void crash(std::size_t kept = 0);
  /// Opens the store anew after an orderly end: everything volatile is made durable first.
  void reopen();
  void fail_next(std::size_t attempts, Fault fault = {"disk-full", "the simulated disk is full"});

  [[nodiscard]] Head durable_head() const;
  [[nodiscard]] std::size_t waiting() const;  ///< batches and snapshots that are volatile

  // History.
  Expected<std::vector<ledger::JobRow>, Fault> jobs(const JobFilter& filter) const override;
  Expected<std::map<model::JobState, std::int64_t>, Fault> job_counts(const JobFilter& filter) const override;
  Expected<std::optional<ledger::JobRow>, Fault> job(model::JobId id) const override;
  Expected<std::vector<ledger::AttemptRow>, Fault> attempts(model::JobId id) const override;
  Expected<std::vector<UsageSum>, Fault> usage(const UsageQuery& query) const override;
  Expected<std::vector<ledger::IncidentRow>, Fault> incidents(const IncidentFilter& filter) const override;
  Expected<std::vector<ledger::PostingRow>, Fault> postings(const std::string& account, Instant from, Instant to,
                                                            std::int32_t limit) const override;

 private:
  struct Item {
    Batch batch;
    std::move_only_function<void()> done;
    std::optional<StoredSnapshot> snapshot;
  };

  void drain(std::size_t batches);
  void keep(Item& item);
  void keep(StoredSnapshot snapshot);
  void keep_row(ledger::Row row);

  const MemoryLogOptions options_;
  mutable std::mutex mutex_;

  // Durable.
  Head head_;
  std::deque<Record> records_;             ///< the last of all; seqs without gaps, ending at head_.seq
  std::vector<StoredSnapshot> snapshots_;  ///< at most two, the newest last
  std::map<model::JobId, ledger::JobRow> jobs_;
  std::map<model::AttemptId, ledger::AttemptRow> attempts_;
  struct Usage {
    ledger::UsageRow row;
    std::uint64_t seq = 0;  ///< the last record of its batch
  };
  std::vector<Usage> usage_;
  std::map<model::IncidentId, ledger::IncidentRow> incidents_;
  std::vector<ledger::PostingRow> postings_;

  // Volatile.
  Head opened_;
  std::uint64_t asked_seq_ = 0;
  std::deque<Item> waiting_;
  std::size_t failures_ = 0;
  Fault failure_;
  std::optional<Fault> stalled_;
  bool on_hold_ = false;
  bool draining_ = false;
};

}  // namespace mingyue::ports
