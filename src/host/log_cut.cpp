#include "host/log_cut.hpp"

#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstring>
#include <optional>

#include "host/data_lock.hpp"
#include "host/log_chain.hpp"
#include "host/schema.hpp"

namespace mingyue::host {
namespace {

std::string_view bytes_of(const Hash& hash) { return {reinterpret_cast<const char*>(hash.data()), hash.size()}; }

void remove_database(const std::string& path) {
  for (const char* suffix : {"", "-wal", "-shm", "-journal"}) ::unlink((path + suffix).c_str());
}

/// Brings everything into the one file. A write-ahead log that stays behind would be replayed into the new database.
Expected<void, Fault> fold_write_ahead_log(const std::string& data, const std::string& path) {
  TRY(reader, open_reader(data));
  TRY(database, Database::open(path, Database::Access::read_write));
  TRY(busy, database.integer("PRAGMA wal_checkpoint(TRUNCATE)"));
  if (busy != 0) return fault("busy", fmt::format("{}: a program still reads it; close it and cut again", path));
  return {};
}

/// Puts `fresh` in the place of `path`, which goes to `aside`. A hard link first: then there is no instant without a
/// log.
Expected<void, Fault> swap(const std::string& path, const std::string& fresh, const std::string& aside) {
  const auto failed = [&](const char* doing) {
    return fault("io-error", fmt::format("{}: {}: {}; the log is as it was: correct that and cut again", path, doing,
                                         std::strerror(errno)));
  };
  // A file system without hard links: opening refuses a directory that has centre.db.new and no centre.db.
  if (::link(path.c_str(), aside.c_str()) != 0 && ::rename(path.c_str(), aside.c_str()) != 0)
    return failed("cannot be kept aside");
  ::unlink((path + "-shm").c_str());
  if (::rename(fresh.c_str(), path.c_str()) != 0) return failed("cannot be replaced");
  return {};
}

bool exists(const std::string& path) {
  struct stat facts {};
  return ::stat(path.c_str(), &facts) == 0;
}

/// `cut-4711-20261201T080000Z.db`
std::string aside_name(const std::string& data, std::uint64_t at) {
  const auto now = std::chrono::time_point_cast<std::chrono::milliseconds>(std::chrono::system_clock::now());
  std::string time = print_instant(Instant(now.time_since_epoch().count())).substr(0, 19);
  std::erase(time, '-');
  std::erase(time, ':');
  std::string name = fmt::format("{}/cut-{}-{}Z.db", data, at, time);
  for (int n = 2; exists(name); ++n) name = fmt::format("{}/cut-{}-{}Z-{}.db", data, at, time, n);
  return name;
}

/// Copies records 1 to at - 1, checking the chain on the way.
Expected<ports::Head, Fault> copy_records(Database& from, Database& to, std::uint64_t at,
                                          const std::function<void(std::uint64_t, std::uint64_t)>& progress) {
  TRY(insert, to.prepare("INSERT INTO log(seq, at_ms, number, payload, hash) VALUES (?, ?, ?, ?, ?)"));
  ports::Head head;
  std::optional<Fault> failed;
  const auto copy = [&](const ports::Record& record) {
    if (auto done = insert.run(record.seq, record.at, record.number, Blob{record.payload}, Blob{bytes_of(record.hash)});
        !done) {
      failed = std::move(done).error();
      return false;
    }
    head = {.seq = record.seq, .hash = record.hash, .at = record.at};
    if (progress && record.seq % 10'000 == 0) progress(record.seq, at - 1);
    return record.seq + 1 < at;
  };
  if (at > 1) {
    auto chain = read_chain(from, 1, copy);
    if (!chain) return std::unexpected(std::move(chain).error());
  }
  if (failed) return std::unexpected(std::move(*failed));
  if (head.seq + 1 != at) return std::unexpected(corrupt_log(head.seq + 1, "it is missing"));
  TRY(statement, to.prepare("UPDATE head SET seq = ?, hash = ?"));
  CHECK_OK(statement.run(head.seq, Blob{bytes_of(head.hash)}));
  return head;
}

/// Snapshots that are damaged are left behind: the log is enough.
Expected<void, Fault> copy_snapshots(Database& from, Database& to, std::uint64_t at) {
  TRY(insert, to.prepare("INSERT INTO snapshots(seq, log_hash, bytes, bytes_hash) VALUES (?, ?, ?, ?)"));
  TRY(select, from.prepare("SELECT seq, log_hash, bytes, bytes_hash FROM snapshots WHERE seq < ?"));
  select.bind(at);
  for (;;) {
    const auto more = select.next();
    if (!more || !*more) return {};
    const auto seq = static_cast<std::uint64_t>(select.integer(0));
    TRY(hash, hash_of_record(to, seq));
    if (!hash || hash != read_hash(select, 1) || read_hash(select, 3) != hash_of(select.blob(2))) continue;
    CHECK_OK(insert.run(seq, Blob{select.blob(1)}, Blob{select.blob(2)}, Blob{select.blob(3)}));
  }
}

}  // namespace

Expected<LogCut, Fault> cut_log(const std::string& data, std::uint64_t at,
                                const std::function<void(std::uint64_t done, std::uint64_t of)>& progress) {
  TRY(lock, DataLock::take(data));
  const std::string path = database_path(data);
  const std::string fresh = path + ".new";
  remove_database(fresh);

  LogCut cut;
  CHECK_OK(fold_write_ahead_log(data, path));
  {
    TRY(from, open_reader(data));
    TRY(end, from.integer("SELECT seq FROM head"));
    const auto end_seq = static_cast<std::uint64_t>(end.value_or(0));
    if (at < 1 || at > end_seq)
      return fault("bad-cut", fmt::format("the log has records 1 to {}; name the first one to give up", end_seq));
    cut.given_up = end_seq - at + 1;

    TRY(to, Database::open(fresh, Database::Access::create));
    // One file, one sync at the end: if anything happens before, the old file is still the log.
    CHECK_OK(to.execute("PRAGMA journal_mode = DELETE; PRAGMA synchronous = FULL"));
    CHECK_OK(bring_up_to_date(to, fresh));
    TRY(transaction, Transaction::begin(to));
    TRY(head, copy_records(from, to, at, progress));
    CHECK_OK(copy_snapshots(from, to, at));
    CHECK_OK(set_meta(to, "rows", "stale"));
    CHECK_OK(transaction.commit());
    cut.head = head;
  }

  cut.kept_aside = aside_name(data, at);
  CHECK_OK(swap(path, fresh, cut.kept_aside));
  CHECK_OK(sync_directory(data));
  return cut;
}

}  // namespace mingyue::host
