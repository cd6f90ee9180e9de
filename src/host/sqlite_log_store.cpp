#include "host/sqlite_log_store.hpp"

#include <fmt/format.h>
#include <sys/stat.h>

#include <algorithm>
#include <chrono>

#include "base/invariant.hpp"
#include "host/schema.hpp"

namespace mingyue::host {
namespace {

// The write-ahead log goes back into the database when the writer has been idle for a moment and it is worth it (4
// MiB), or, under load without a pause, at 64 MiB: then the writer's next group waits for it, some 0.1 to 0.3 s.
constexpr int frames_worth = 1'000;
constexpr int frames_max = 16'000;
constexpr std::chrono::milliseconds idle{200};

std::string_view bytes_of(const Hash& hash) { return {reinterpret_cast<const char*>(hash.data()), hash.size()}; }

std::chrono::milliseconds milliseconds_of(Duration d) { return std::chrono::milliseconds(d.raw()); }

Expected<void, Fault> configure(Database& database, const std::string& path) {
  TRY(mode, database.text("PRAGMA journal_mode = WAL"));
  if (mode != "wal") {
    return fault("cannot-open", fmt::format("{}: this file system cannot share memory between processes, which a "
                                            "write-ahead log needs; put the data directory on a local disk",
                                            path));
  }
  return database.execute(
      "PRAGMA synchronous = FULL; PRAGMA wal_autocheckpoint = 0; PRAGMA journal_size_limit = 67108864; "
      "PRAGMA cache_size = -32768; PRAGMA temp_store = MEMORY");
}

/// A database file that is gone while its companions are there was lost or is being cut. SQLite would begin a new one
/// and throw the write-ahead log away.
Expected<void, Fault> refuse_lost_database(const std::string& path) {
  struct stat facts {};
  const auto holds_something = [&](const std::string& file) {
    return ::stat(file.c_str(), &facts) == 0 && facts.st_size > 0;
  };
  if (holds_something(path)) return {};
  if (holds_something(path + "-wal")) {
    return fault("corrupt",
                 fmt::format("{0}: is missing or empty, but {0}-wal is not; put the file back, or restore the "
                             "data directory from a backup",
                             path));
  }
  if (holds_something(path + ".new")) {
    return fault("corrupt",
                 fmt::format("{0}: is missing, but {0}.new is there: a cut of the log was interrupted; rename "
                             "the newest cut-*.db back to it and cut again",
                             path));
  }
  return {};
}

Expected<ports::Head, Fault> stored_head(Database& database, const std::string& path) {
  TRY(statement,
      database.prepare("SELECT head.seq, head.hash, log.at_ms FROM head LEFT JOIN log ON log.seq = head.seq"));
  TRY(row, statement.next());
  const auto hash = row ? read_hash(statement, 1) : std::nullopt;
  if (!hash) return fault("corrupt", fmt::format("{}: does not say where its log ends; restore a backup", path));
  return ports::Head{
      .seq = static_cast<std::uint64_t>(statement.integer(0)), .hash = *hash, .at = Instant(statement.integer(2))};
}

/// The newest snapshot that belongs to this log; 0 when there is none.
Expected<std::uint64_t, Fault> newest_fitting_snapshot(Database& database) {
  TRY(seq, database.integer("SELECT max(snapshots.seq) FROM snapshots JOIN log ON log.seq = snapshots.seq AND "
                            "log.hash = snapshots.log_hash"));
  return static_cast<std::uint64_t>(seq.value_or(0));
}

/// Every record after the newest snapshot follows from the one before it, and the last one is the head. Returns which
/// records that were.
Expected<CheckedRange, Fault> verify_end(Database& database, const ports::Head& head, std::uint64_t verify_min) {
  TRY(snapshot, newest_fitting_snapshot(database));
  const std::uint64_t before = std::min(snapshot, head.seq > verify_min ? head.seq - verify_min : 0);
  TRY(chain, read_chain(database, before + 1, [](const ports::Record&) { return true; }));
  if (chain.seq() < head.seq) {
    return std::unexpected(
        corrupt_log(chain.seq() + 1, fmt::format("the records from there to {} are missing", head.seq)));
  }
  if (chain.seq() > head.seq)
    return std::unexpected(corrupt_log(head.seq + 1, "the log says that it ends before this record"));
  if (chain.hash() != head.hash)
    return std::unexpected(corrupt_log(head.seq, "it is not the record that the log ends with"));
  return CheckedRange{.first = before + 1, .last = head.seq};
}

}  // namespace

Expected<std::unique_ptr<SqliteLogStore>, Fault> SqliteLogStore::open(const std::string& data,
                                                                      SqliteLogOptions options) {
  CHECK_OK(make_data_directory(data));
  TRY(lock, DataLock::take(data));
  const std::string path = database_path(data);
  CHECK_OK(refuse_lost_database(path));
  TRY(database, Database::open(path, Database::Access::create));
  CHECK_OK(configure(database, path));
  CHECK_OK(bring_up_to_date(database, path));
  CHECK_OK(sync_directory(data));

  auto head = stored_head(database, path);
  if (!head && head.error().code == "corrupt") head = fault("corrupt-log", head.error().message);
  if (!head) return std::unexpected(std::move(head).error());
  TRY(checked, verify_end(database, *head, options.verify_min));
  TRY(rows, database.text("SELECT value FROM meta WHERE key = 'rows'"));

  TRY(record, database.prepare("INSERT INTO log(seq, at_ms, number, payload, hash) VALUES (?, ?, ?, ?, ?)"));
  TRY(new_head, database.prepare("UPDATE head SET seq = ?, hash = ?"));
  TRY(snapshot,
      database.prepare("INSERT OR REPLACE INTO snapshots(seq, log_hash, bytes, bytes_hash) VALUES (?, ?, ?, ?)"));
  TRY(row_writer, RowWriter::prepare(database));
  Statements statements{.record = std::move(record),
                        .head = std::move(new_head),
                        .snapshot = std::move(snapshot),
                        .rows = std::move(row_writer)};
  return std::unique_ptr<SqliteLogStore>(new SqliteLogStore(data, options, std::move(lock), std::move(database),
                                                            std::move(statements), *head, checked, rows == "stale"));
}

SqliteLogStore::SqliteLogStore(std::string data, SqliteLogOptions options, DataLock lock, Database database,
                               Statements statements, ports::Head head, CheckedRange checked, bool rows_stale)
    : data_(std::move(data)),
      options_(options),
      lock_(std::move(lock)),
      head_(head),
      checked_(checked),
      rows_stale_(rows_stale),
      database_(std::move(database)),
      statements_(std::move(statements)),
      durable_(head.seq, head.hash),
      checkpoint_at_(frames_max),
      asked_seq_(head.seq) {
  const auto count_frames = [](void* frames, sqlite3*, const char*, int count) {
    *static_cast<int*>(frames) = count;
    return SQLITE_OK;
  };
  sqlite3_wal_hook(database_.raw(), count_frames, &wal_frames_);
  writer_ = std::thread([this] { run(); });
}

SqliteLogStore::~SqliteLogStore() {
  {
    const std::lock_guard guard(mutex_);
    closing_ = true;
  }
  work_.notify_all();
  progress_.notify_all();
  writer_.join();
}

void SqliteLogStore::append(ports::Batch batch, std::move_only_function<void()> done) {
  const std::size_t weight = batch.records.size() + batch.rows.size();
  push({.batch = std::move(batch), .done = std::move(done), .snapshot = std::nullopt, .weight = weight});
}

void SqliteLogStore::save_snapshot(ports::StoredSnapshot snapshot) {
  {
    // Only the newest is of use: one that still waits gives up its place, so that they cannot pile up.
    const std::lock_guard guard(mutex_);
    INVARIANT(snapshot.seq <= asked_seq_, "snapshot at {}, log at {}", snapshot.seq, asked_seq_);
    for (Item& item : queue_) item.snapshot.reset();
  }
  push({.batch = {}, .done = {}, .snapshot = std::move(snapshot), .weight = 0});
}

void SqliteLogStore::push(Item item) {
  std::unique_lock guard(mutex_);
  const bool is_writer = std::this_thread::get_id() == writer_.get_id();
  if (!is_writer && item.weight > 0) {
    progress_.wait_for(guard, milliseconds_of(options_.queue_wait_max),
                       [&] { return weight_ + item.weight <= options_.queue_max || weight_ == 0 || stalled_; });
  }
  for (const ports::Record& record : item.batch.records) {
    INVARIANT(record.seq == asked_seq_ + 1, "record {} after {}", record.seq, asked_seq_);
    asked_seq_ = record.seq;
  }
  weight_ += item.weight;
  ++items_asked_;
  queue_.push_back(std::move(item));
  guard.unlock();
  work_.notify_one();
}

std::optional<Fault> SqliteLogStore::stalled() const {
  const std::lock_guard guard(mutex_);
  return stalled_;
}

void SqliteLogStore::flush() {
  std::unique_lock guard(mutex_);
  const std::uint64_t asked = items_asked_;
  progress_.wait(guard, [&] { return items_finished_ >= asked || stalled_; });
}

void SqliteLogStore::run() {
  for (;;) {
    std::vector<Item> group = take_group();
    if (group.empty()) return;
    make_durable(group);
    if (wal_frames_ >= checkpoint_at_) checkpoint();
  }
}

/// Waits for work; a snapshot is a group of its own. Empty: the store is closing and nothing waits.
std::vector<SqliteLogStore::Item> SqliteLogStore::take_group() {
  std::unique_lock guard(mutex_);
  const auto ready = [&] { return !queue_.empty() || closing_; };
  if (wal_frames_ >= frames_worth && !work_.wait_for(guard, idle, ready)) {
    guard.unlock();
    checkpoint();
    guard.lock();
  }
  work_.wait(guard, ready);
  std::vector<Item> group;
  std::size_t weight = 0;
  while (!queue_.empty() && (group.empty() || weight + queue_.front().weight <= options_.group_max)) {
    const bool is_snapshot = queue_.front().weight == 0 && queue_.front().snapshot.has_value();
    if (is_snapshot && !group.empty()) break;
    weight += queue_.front().weight;
    group.push_back(std::move(queue_.front()));
    queue_.pop_front();
    if (is_snapshot) break;
  }
  return group;
}

/// Commits the group, however long that takes, and calls back. Gives up only when closing.
void SqliteLogStore::make_durable(std::vector<Item>& group) {
  Duration pause = options_.retry_min;
  for (;;) {
    auto result = commit(group);
    std::unique_lock guard(mutex_);
    if (result) {
      stalled_.reset();
      break;
    }
    stalled_ = std::move(result).error();
    progress_.notify_all();
    if (closing_) {
      queue_.clear();
      return;
    }
    work_.wait_for(guard, milliseconds_of(pause), [&] { return closing_; });
    pause = std::min(pause * 2, options_.retry_max);
  }
  std::size_t weight = 0;
  for (Item& item : group) {
    weight += item.weight;
    if (item.done) item.done();
  }
  {
    const std::lock_guard guard(mutex_);
    weight_ -= weight;
    items_finished_ += group.size();
  }
  progress_.notify_all();
}

Expected<void, Fault> SqliteLogStore::commit(const std::vector<Item>& group) {
  if (group.front().snapshot) {
    // A failure is not an error: the log is enough, and the next snapshot comes soon.
    (void)store_snapshot(*group.front().snapshot);
    return {};
  }
  LogChain chain = durable_;
  TRY(transaction, Transaction::begin(database_));
  for (const Item& item : group) {
    for (const ports::Record& record : item.batch.records) {
      const auto broken = chain.next(record);
      INVARIANT(!broken, "record {}: {}", record.seq, *broken);
      CHECK_OK(statements_.record.run(record.seq, record.at, record.number, Blob{record.payload},
                                      Blob{bytes_of(record.hash)}));
    }
    for (const ledger::Row& row : item.batch.rows) CHECK_OK(statements_.rows.write(row, chain.seq()));
  }
  if (chain.seq() != durable_.seq()) CHECK_OK(statements_.head.run(chain.seq(), Blob{bytes_of(chain.hash())}));
  CHECK_OK(transaction.commit());
  durable_ = chain;
  return {};
}

Expected<void, Fault> SqliteLogStore::store_snapshot(const ports::StoredSnapshot& snapshot) {
  TRY(transaction, Transaction::begin(database_));
  const Hash bytes_hash = hash_of(snapshot.bytes);
  CHECK_OK(statements_.snapshot.run(snapshot.seq, Blob{bytes_of(snapshot.log_hash)}, Blob{snapshot.bytes},
                                    Blob{bytes_of(bytes_hash)}));
  CHECK_OK(database_.execute(
      "DELETE FROM snapshots WHERE seq NOT IN (SELECT seq FROM snapshots ORDER BY seq DESC LIMIT 2)"));
  return transaction.commit();
}

/// Moves what it can from the write-ahead log into the database; waits for nobody. When all of it went, the next commit
/// begins the write-ahead log anew.
void SqliteLogStore::checkpoint() {
  int frames = 0;
  int moved = 0;
  const int code = sqlite3_wal_checkpoint_v2(database_.raw(), nullptr, SQLITE_CHECKPOINT_PASSIVE, &frames, &moved);
  const bool complete = code == SQLITE_OK && frames == moved;
  // A reader or a full disk was in the way: the next try comes when there is again something worth it.
  checkpoint_at_ = complete ? frames_max : std::max(frames_max, wal_frames_ + frames_worth);
  if (complete) wal_frames_ = 0;
}

Expected<void, Fault> SqliteLogStore::read(std::uint64_t first_seq,
                                           const std::function<bool(const ports::Record&)>& each) const {
  TRY(database, Database::open(database_path(data_), Database::Access::read_only));
  auto chain = read_chain(database, first_seq, each, checked_);
  if (!chain) return std::unexpected(std::move(chain).error());
  return {};
}

Expected<std::optional<ports::StoredSnapshot>, Fault> SqliteLogStore::newest_snapshot() const {
  TRY(database, Database::open(database_path(data_), Database::Access::read_only));
  TRY(statement, database.prepare("SELECT snapshots.seq, snapshots.log_hash, bytes, bytes_hash FROM snapshots "
                                  "JOIN log ON log.seq = snapshots.seq AND log.hash = snapshots.log_hash "
                                  "ORDER BY snapshots.seq DESC"));
  for (;;) {
    TRY(row, statement.next());
    if (!row) return std::optional<ports::StoredSnapshot>();
    const auto log_hash = read_hash(statement, 1);
    const auto bytes_hash = read_hash(statement, 3);
    // A damaged snapshot costs a longer replay and nothing else: the one before it will do, or the log alone.
    if (!log_hash || bytes_hash != hash_of(statement.blob(2))) continue;
    return ports::StoredSnapshot{.seq = static_cast<std::uint64_t>(statement.integer(0)),
                                 .log_hash = *log_hash,
                                 .bytes = std::string(statement.blob(2))};
  }
}

Expected<void, Fault> SqliteLogStore::rebuild_rows(const std::function<std::optional<RowsUpTo>()>& next) {
  TRY(database, Database::open(database_path(data_), Database::Access::read_write));
  CHECK_OK(configure(database, database_path(data_)));
  TRY(writer, RowWriter::prepare(database));
  TRY(transaction, Transaction::begin(database));
  CHECK_OK(clear_read_tables(database));
  while (const std::optional<RowsUpTo> given = next()) {
    for (const ledger::Row& row : given->rows) CHECK_OK(writer.write(row, given->seq));
  }
  CHECK_OK(set_meta(database, "rows", "current"));
  CHECK_OK(transaction.commit());
  rows_stale_ = false;
  return {};
}

}  // namespace mingyue::host
