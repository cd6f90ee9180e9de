#pragma once

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "host/data_lock.hpp"
#include "host/log_chain.hpp"
#include "host/read_tables.hpp"
#include "host/sqlite.hpp"
#include "ports/log_store.hpp"

namespace mingyue::host {

struct SqliteLogOptions {
  std::size_t queue_max = 100'000;         ///< records and rows that may wait before append() begins to wait
  Duration queue_wait_max = seconds(1);    ///< how long it waits
  std::size_t group_max = 20'000;          ///< records and rows of one transaction
  Duration retry_min = milliseconds(200);  ///< between attempts while stalled: doubled up to ...
  Duration retry_max = seconds(2);
  std::uint64_t verify_min = 1'000;  ///< records at the end whose chain is checked at opening, whatever the snapshots
};

/// The log of a centre in DATA/centre.db (docs/formats/log.md), locked for this process.
///
/// A thread of its own takes all batches that wait into one transaction, so that a disk which needs a millisecond to
/// make anything durable still takes hundreds of thousands of events a second. After its COMMIT the callbacks run, in
/// order, on that thread; they must be quick and must not call flush().
///
/// The queue is bounded: when it is full, append() waits up to `queue_wait_max` for room and then goes over the bound.
/// It does not wait while the store is stalled: the runtime refuses new work then, and what engines still report is
/// little.
///
/// The destructor writes what is queued. If the world does not let it, it tries once more and drops the rest, whose
/// callbacks are never called: nothing of it was acknowledged.
class SqliteLogStore final : public ports::LogStore {
 public:
  /// Makes the directory and the database where there are none, brings an older format up to date, and checks the chain
  /// of all records after the newest snapshot. read() checks what it reads beyond that.
  ///
  /// Faults: `in-use`, `corrupt-log` (names the first bad record), `wrong-version`, and those of host/sqlite.hpp. Each
  /// says what to do.
  [[nodiscard]] static Expected<std::unique_ptr<SqliteLogStore>, Fault> open(const std::string& data,
                                                                             SqliteLogOptions options = {});
  ~SqliteLogStore() override;

  [[nodiscard]] ports::Head head() const override { return head_; }
  void append(ports::Batch batch, std::move_only_function<void()> done) override;
  [[nodiscard]] std::optional<Fault> stalled() const override;
  Expected<void, Fault> read(std::uint64_t first_seq,
                             const std::function<bool(const ports::Record&)>& each) const override;
  [[nodiscard]] Expected<std::optional<ports::StoredSnapshot>, Fault> newest_snapshot() const override;
  void save_snapshot(ports::StoredSnapshot snapshot) override;
  void flush() override;

  /// True after `mingyue log cut`: the read tables lack what the log says. The runtime folds the log from record 1 and
  /// gives all rows to rebuild_rows(), before its first append.
  [[nodiscard]] bool rows_stale() const { return rows_stale_; }
  /// Rows that follow from the records up to `seq`, and were not given before.
  struct RowsUpTo {
    std::uint64_t seq = 0;
    std::vector<ledger::Row> rows;
  };
  /// Replaces all read tables, in one transaction, by what `next` gives until it gives nothing.
  [[nodiscard]] Expected<void, Fault> rebuild_rows(const std::function<std::optional<RowsUpTo>()>& next);

 private:
  /// What waits: a batch and its callback, or a snapshot.
  struct Item {
    ports::Batch batch;
    std::move_only_function<void()> done;
    std::optional<ports::StoredSnapshot> snapshot;
    std::size_t weight = 0;
  };
  struct Statements {
    Statement record;
    Statement head;
    Statement snapshot;
    RowWriter rows;
  };

  SqliteLogStore(std::string data, SqliteLogOptions options, DataLock lock, Database database, Statements statements,
                 ports::Head head, CheckedRange checked, bool rows_stale);

  void push(Item item);
  void run();
  [[nodiscard]] std::vector<Item> take_group();
  void make_durable(std::vector<Item>& group);
  [[nodiscard]] Expected<void, Fault> commit(const std::vector<Item>& group);
  [[nodiscard]] Expected<void, Fault> store_snapshot(const ports::StoredSnapshot& snapshot);
  void checkpoint();

  const std::string data_;
  const SqliteLogOptions options_;
  const DataLock lock_;
  const ports::Head head_;
  const CheckedRange checked_;
  bool rows_stale_;

  // The writer's own, after opening.
  Database database_;
  Statements statements_;
  LogChain durable_;
  int wal_frames_ = 0;
  int checkpoint_at_;

  mutable std::mutex mutex_;
  std::condition_variable work_;      // something waits, or closing
  std::condition_variable progress_;  // room in the queue, a group finished, or stalled
  std::deque<Item> queue_;
  std::size_t weight_ = 0;   // of the queue and of what is being written
  std::uint64_t asked_seq_;  // of the last record that append() took
  std::uint64_t items_asked_ = 0;
  std::uint64_t items_finished_ = 0;
  std::optional<Fault> stalled_;
  bool closing_ = false;

  std::thread writer_;
};

}  // namespace mingyue::host
