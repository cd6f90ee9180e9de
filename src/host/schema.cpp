#include "host/schema.hpp"

#include <fmt/format.h>
#include <sys/stat.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <cstring>

namespace mingyue::host {
namespace {

// SQLite's application_id, so that `file` and we can tell a log from any other database: "Mgyu".
constexpr std::int64_t application_id = 0x4d677975;

constexpr const char* format_1 = R"sql(
CREATE TABLE meta(
  key TEXT PRIMARY KEY,
  value TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE log(
  seq INTEGER PRIMARY KEY,
  at_ms INTEGER NOT NULL,
  number INTEGER NOT NULL,
  payload BLOB NOT NULL,
  hash BLOB NOT NULL
) STRICT;

-- The end of the log, written with every append: a chain alone cannot tell that its last links are missing.
CREATE TABLE head(
  one INTEGER PRIMARY KEY CHECK (one = 1),
  seq INTEGER NOT NULL,
  hash BLOB NOT NULL
) STRICT;
INSERT INTO head VALUES (1, 0, zeroblob(32));

CREATE TABLE snapshots(
  seq INTEGER PRIMARY KEY,
  log_hash BLOB NOT NULL,
  bytes BLOB NOT NULL,
  bytes_hash BLOB NOT NULL
) STRICT;

CREATE TABLE jobs(
  id INTEGER PRIMARY KEY,
  array_id INTEGER NOT NULL,
  array_index INTEGER NOT NULL,
  name TEXT NOT NULL,
  user TEXT NOT NULL,
  project TEXT NOT NULL,
  partition TEXT NOT NULL,
  kind TEXT NOT NULL,
  priority_class TEXT NOT NULL,
  state TEXT NOT NULL,
  reason TEXT NOT NULL,
  attempts INTEGER NOT NULL,
  submitted_ms INTEGER NOT NULL,
  started_ms INTEGER,
  ended_ms INTEGER,
  exit_code INTEGER NOT NULL,
  tasks INTEGER NOT NULL,
  cores INTEGER NOT NULL,
  cards INTEGER NOT NULL,
  workdir TEXT NOT NULL,
  comment TEXT NOT NULL,
  charged_micro INTEGER NOT NULL
) STRICT;
-- Every index ends at the id by itself, so "newest first" needs no sorting.
CREATE INDEX jobs_by_user ON jobs(user);
CREATE INDEX jobs_by_project ON jobs(project);
CREATE INDEX jobs_by_name ON jobs(name);
CREATE INDEX jobs_by_array ON jobs(array_id);
CREATE INDEX jobs_by_state ON jobs(state);
CREATE INDEX jobs_by_submission ON jobs(submitted_ms);

CREATE TABLE attempts(
  job INTEGER NOT NULL,
  attempt INTEGER NOT NULL,
  granted_ms INTEGER NOT NULL,
  started_ms INTEGER,
  ended_ms INTEGER,
  outcome TEXT NOT NULL,
  exit_code INTEGER NOT NULL,
  signal INTEGER NOT NULL,
  message TEXT NOT NULL,
  nodes TEXT NOT NULL,
  last_step INTEGER NOT NULL,
  steps INTEGER NOT NULL,
  checkpoint TEXT NOT NULL,
  cpu_ms INTEGER NOT NULL,
  memory_peak_bytes INTEGER NOT NULL,
  lost_ms INTEGER NOT NULL,
  backfill INTEGER NOT NULL,
  UNIQUE (job, attempt)
) STRICT;

CREATE TABLE usage(
  id INTEGER PRIMARY KEY,
  partition TEXT NOT NULL,
  card_type TEXT NOT NULL,
  class TEXT NOT NULL,
  count INTEGER NOT NULL,
  from_ms INTEGER NOT NULL,
  to_ms INTEGER NOT NULL,
  job INTEGER NOT NULL,
  attempt INTEGER NOT NULL,
  project TEXT NOT NULL,
  user TEXT NOT NULL,
  kind TEXT NOT NULL,
  seq INTEGER NOT NULL  -- of the record that settled it, or a later one of the same batch
) STRICT;
-- Questions are about a period, mostly a recent one: rows that end after its beginning are few.
CREATE INDEX usage_by_end ON usage(to_ms);
CREATE INDEX usage_by_job ON usage(job) WHERE job <> 0;

CREATE TABLE incidents(
  id INTEGER PRIMARY KEY,
  kind TEXT NOT NULL,
  job INTEGER NOT NULL,
  attempt INTEGER NOT NULL,
  node TEXT NOT NULL,
  message TEXT NOT NULL,
  opened_ms INTEGER NOT NULL,
  closed_ms INTEGER,
  how TEXT NOT NULL
) STRICT;
CREATE INDEX incidents_open ON incidents(id) WHERE closed_ms IS NULL;

CREATE TABLE postings(
  id INTEGER PRIMARY KEY,
  at_ms INTEGER NOT NULL,
  debit TEXT NOT NULL,
  credit TEXT NOT NULL,
  amount_micro INTEGER NOT NULL,
  job INTEGER NOT NULL,
  attempt INTEGER NOT NULL,
  text TEXT NOT NULL
) STRICT;
CREATE INDEX postings_by_debit ON postings(debit, at_ms);
CREATE INDEX postings_by_credit ON postings(credit, at_ms);
)sql";

// Views for people with an SQL shell: instants as ISO text in UTC, credits and hours as decimal numbers.
constexpr const char* views_1 = R"sql(
CREATE VIEW log_view AS SELECT
  seq, strftime('%Y-%m-%dT%H:%M:%fZ', at_ms / 1000.0, 'unixepoch') AS at, number, length(payload) AS payload_bytes,
  lower(hex(hash)) AS hash
FROM log;

CREATE VIEW jobs_view AS SELECT
  id, array_id, array_index, name, user, project, partition, kind, priority_class, state, reason, attempts,
  strftime('%Y-%m-%dT%H:%M:%fZ', submitted_ms / 1000.0, 'unixepoch') AS submitted,
  strftime('%Y-%m-%dT%H:%M:%fZ', started_ms / 1000.0, 'unixepoch') AS started,
  strftime('%Y-%m-%dT%H:%M:%fZ', ended_ms / 1000.0, 'unixepoch') AS ended,
  (started_ms - submitted_ms) / 1000.0 AS waited_s, (ended_ms - started_ms) / 1000.0 AS turned_s,
  exit_code, tasks, cores, cards, workdir, comment, charged_micro / 1000000.0 AS charged
FROM jobs;

CREATE VIEW attempts_view AS SELECT
  job, attempt,
  strftime('%Y-%m-%dT%H:%M:%fZ', granted_ms / 1000.0, 'unixepoch') AS granted,
  strftime('%Y-%m-%dT%H:%M:%fZ', started_ms / 1000.0, 'unixepoch') AS started,
  strftime('%Y-%m-%dT%H:%M:%fZ', ended_ms / 1000.0, 'unixepoch') AS ended,
  outcome, exit_code, signal, message, nodes, last_step, steps, checkpoint, cpu_ms / 1000.0 AS cpu_s,
  memory_peak_bytes, lost_ms / 1000.0 AS lost_s, backfill
FROM attempts;

CREATE VIEW usage_view AS SELECT
  partition, card_type, class, count,
  strftime('%Y-%m-%dT%H:%M:%fZ', from_ms / 1000.0, 'unixepoch') AS "from",
  strftime('%Y-%m-%dT%H:%M:%fZ', to_ms / 1000.0, 'unixepoch') AS "to",
  count * (to_ms - from_ms) / 3600000.0 AS unit_hours, job, attempt, project, user, kind, seq
FROM usage;

CREATE VIEW incidents_view AS SELECT
  id, kind, job, attempt, node, message,
  strftime('%Y-%m-%dT%H:%M:%fZ', opened_ms / 1000.0, 'unixepoch') AS opened,
  strftime('%Y-%m-%dT%H:%M:%fZ', closed_ms / 1000.0, 'unixepoch') AS closed, how
FROM incidents;

CREATE VIEW postings_view AS SELECT
  id, strftime('%Y-%m-%dT%H:%M:%fZ', at_ms / 1000.0, 'unixepoch') AS at, debit, credit,
  amount_micro / 1000000.0 AS amount, job, attempt, text
FROM postings;
)sql";

Expected<void, Fault> create_format_1(Database& database) {
  CHECK_OK(database.execute(fmt::format("PRAGMA application_id = {}", application_id)));
  CHECK_OK(database.execute(format_1));
  CHECK_OK(database.execute(views_1));
  const auto now = std::chrono::time_point_cast<std::chrono::milliseconds>(std::chrono::system_clock::now());
  return set_meta(database, "created", print_instant(Instant(now.time_since_epoch().count())));
}

// Step n brings format n to n + 1. A step, once released, stays as it is.
using Step = Expected<void, Fault> (*)(Database&);
constexpr std::array<Step, format_newest> ladder{create_format_1};

/// The format of what lies there; 0 for an empty database.
Expected<int, Fault> format_of(Database& database, const std::string& path) {
  TRY(has_meta, database.integer("SELECT count(*) FROM sqlite_schema WHERE type = 'table' AND name = 'meta'"));
  TRY(id, database.integer("PRAGMA application_id"));
  if (has_meta == 1 && id == application_id) {
    TRY(format, database.integer("SELECT CAST(value AS INTEGER) FROM meta WHERE key = 'format'"));
    if (format && *format > 0) return static_cast<int>(*format);
    return fault("corrupt", fmt::format("{}: does not say its format; keep a copy of it, then restore a backup", path));
  }
  TRY(tables, database.integer("SELECT count(*) FROM sqlite_schema"));
  if (tables == 0) return 0;
  return fault("corrupt", fmt::format("{}: is a database, but not a Mingyue log; move it away, or name another data "
                                      "directory",
                                      path));
}

Fault newer_format(const std::string& path, int format) {
  return {"wrong-version", fmt::format("{}: has format {}, this version reads up to {}; install the newer Mingyue that "
                                       "wrote it, or restore a backup from before the upgrade",
                                       path, format, format_newest)};
}

}  // namespace

std::string database_path(const std::string& data) { return data + "/centre.db"; }

Expected<void, Fault> set_meta(Database& database, std::string_view key, std::string_view value) {
  TRY(statement, database.prepare("INSERT OR REPLACE INTO meta(key, value) VALUES (?, ?)"));
  return statement.run(key, value);
}

Expected<void, Fault> bring_up_to_date(Database& database, const std::string& path) {
  TRY(format, format_of(database, path));
  if (format > format_newest) return std::unexpected(newer_format(path, format));
  for (int step = format; step < format_newest; ++step) {
    TRY(transaction, Transaction::begin(database));
    CHECK_OK(ladder[static_cast<std::size_t>(step)](database));
    CHECK_OK(set_meta(database, "format", std::to_string(step + 1)));
    CHECK_OK(transaction.commit());
  }
  return {};
}

Expected<void, Fault> check_format(Database& database, const std::string& path) {
  TRY(format, format_of(database, path));
  if (format > format_newest) return std::unexpected(newer_format(path, format));
  if (format < format_newest) {
    return fault("wrong-version",
                 fmt::format("{}: has the older format {}; start the daemon once, it brings the file up "
                             "to date",
                             path, format));
  }
  return {};
}

Expected<Database, Fault> open_reader(const std::string& data) {
  const std::string path = database_path(data);
  struct stat facts {};
  if (::stat(path.c_str(), &facts) != 0) {
    return fault("cannot-open", fmt::format("{}: {}; name the data directory of a centre", path, std::strerror(errno)));
  }
  TRY(database, Database::open(path, Database::Access::read_only));
  CHECK_OK(check_format(database, path));
  return database;
}

}  // namespace mingyue::host
