#include "host/sqlite.hpp"

#include <fmt/format.h>
#include <sys/stat.h>

#include <cerrno>
#include <cstring>

namespace mingyue::host {
namespace {

std::string file_of(sqlite3* db) {
  const char* name = db == nullptr ? nullptr : sqlite3_db_filename(db, "main");
  return name == nullptr || *name == '\0' ? "the database" : name;
}

Fault fault_about(const std::string& file, int code, int error_number, const char* words) {
  const auto make = [&](const char* name, std::string message) {
    return Fault{name, fmt::format("{}: {}", file, message)};
  };
  const Fault full = make("disk-full", "the disk, a quota or a limit on files is full; free space or raise the limit");
  const Fault read_only = make(
      "read-only", "cannot be written; mount the file system writable, or correct the file's owner and permissions");
  switch (code & 0xff) {
    case SQLITE_FULL:
      return full;
    case SQLITE_READONLY:
      return read_only;
    case SQLITE_IOERR:
      if (error_number == ENOSPC || error_number == EDQUOT || error_number == EFBIG) return full;
      if (error_number == EROFS || error_number == EACCES || error_number == EPERM) return read_only;
      return make("io-error", fmt::format("the disk reports an error ({}; {}); look at the kernel's log and the disk's "
                                          "health before anything else",
                                          words, error_number == 0 ? "no error number" : std::strerror(error_number)));
    case SQLITE_CORRUPT:
      return make("corrupt", fmt::format("the file is damaged ({}); keep a copy of it, then restore a backup", words));
    case SQLITE_NOTADB:
      return make("corrupt", "is not a database; move it away, or name another data directory");
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
      return make("busy", "another program holds it locked; close it (an SQL shell with an open transaction?)");
    case SQLITE_CANTOPEN:
    case SQLITE_PERM:
    case SQLITE_AUTH:
      if (error_number == ENOSPC || error_number == EDQUOT) return full;
      if (error_number == EROFS) return read_only;
      return make("cannot-open",
                  fmt::format("cannot be opened ({}); check that it exists and who may read and write it",
                              error_number == 0 ? words : std::strerror(error_number)));
    default:
      return make("sqlite", fmt::format("SQLite says: {} (code {})", words, code));
  }
}

}  // namespace

Fault sqlite_fault(sqlite3* db, int code) {
  // SQLite keeps the system's error number only in some places; in the others errno still has it, since every call here
  // begins with none.
  int error_number = errno;
  if (error_number == 0 && db != nullptr) error_number = sqlite3_system_errno(db);
  return fault_about(file_of(db), code, error_number, db == nullptr ? sqlite3_errstr(code) : sqlite3_errmsg(db));
}

void Statement::put(int index, std::string_view text) {
  note(sqlite3_bind_text64(raw_.get(), index, text.data() == nullptr ? "" : text.data(), text.size(), SQLITE_STATIC,
                           SQLITE_UTF8));
}

void Statement::put(int index, Blob blob) {
  // A null pointer would be SQL's NULL, and an empty payload is not null.
  note(sqlite3_bind_blob64(raw_.get(), index, blob.bytes.data() == nullptr ? "" : blob.bytes.data(), blob.bytes.size(),
                           SQLITE_STATIC));
}

Expected<bool, Fault> Statement::next() {
  if (bind_error_ != SQLITE_OK) return std::unexpected(sqlite_fault(sqlite3_db_handle(raw_.get()), bind_error_));
  errno = 0;
  const int code = sqlite3_step(raw_.get());
  if (code == SQLITE_ROW) return true;
  if (code == SQLITE_DONE) return false;
  Fault fault = sqlite_fault(sqlite3_db_handle(raw_.get()), code);
  reset();
  return std::unexpected(std::move(fault));
}

Expected<void, Fault> Statement::finish() {
  for (;;) {
    TRY(row, next());
    if (!row) break;
  }
  reset();
  return {};
}

std::string_view Statement::text(int column) const {
  const auto* text = reinterpret_cast<const char*>(sqlite3_column_text(raw_.get(), column));
  return text == nullptr ? std::string_view()
                         : std::string_view(text, static_cast<std::size_t>(sqlite3_column_bytes(raw_.get(), column)));
}

std::string_view Statement::blob(int column) const {
  const auto* bytes = static_cast<const char*>(sqlite3_column_blob(raw_.get(), column));
  return bytes == nullptr ? std::string_view()
                          : std::string_view(bytes, static_cast<std::size_t>(sqlite3_column_bytes(raw_.get(), column)));
}

void Statement::reset() {
  sqlite3_reset(raw_.get());
  bind_error_ = SQLITE_OK;
}

Expected<Database, Fault> Database::open_uri(const std::string& uri, int flags, const std::string& path) {
  sqlite3* raw = nullptr;
  const int code = sqlite3_open_v2(uri.c_str(), &raw, flags | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE, nullptr);
  Database database(raw);
  if (code != SQLITE_OK) {
    const int error_number = raw == nullptr ? 0 : sqlite3_system_errno(raw);
    return std::unexpected(
        fault_about(path, code, error_number, raw == nullptr ? sqlite3_errstr(code) : sqlite3_errmsg(raw)));
  }
  sqlite3_busy_timeout(raw, 5'000);
  // Opening is lazy. Reading one page now tells a database from a photograph.
  if (auto pages = database.integer("PRAGMA page_count"); !pages) return std::unexpected(std::move(pages).error());
  return database;
}

namespace {

/// `file:` with the characters that mean something in a URI escaped.
std::string immutable_uri(const std::string& path) {
  std::string uri = "file:";
  for (const char c : path) {
    if (c == '?' || c == '#' || c == '%')
      uri += fmt::format("%{:02x}", static_cast<unsigned>(c));
    else
      uri += c;
  }
  return uri + "?immutable=1";
}

bool is_empty(const std::string& path) {
  struct stat facts {};
  return ::stat(path.c_str(), &facts) != 0 || facts.st_size == 0;
}

}  // namespace

Expected<Database, Fault> Database::open(const std::string& path, Access access) {
  switch (access) {
    case Access::create:
      return open_uri(path, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, path);
    case Access::read_write:
      return open_uri(path, SQLITE_OPEN_READWRITE, path);
    case Access::read_only:
      break;
  }
  auto database = open_uri(path, SQLITE_OPEN_READONLY, path);
  // A reader of a write-ahead log shares an index file with the writer. Where that file cannot be made (a read-only
  // disk) and there is no log to index, nobody writes, and the database may be read as it lies.
  const bool no_index = !database && (database.error().code == "cannot-open" || database.error().code == "read-only");
  if (no_index && !is_empty(path) && is_empty(path + "-wal"))
    return open_uri(immutable_uri(path), SQLITE_OPEN_READONLY | SQLITE_OPEN_URI, path);
  return database;
}

Expected<Statement, Fault> Database::prepare(std::string_view sql) {
  sqlite3_stmt* raw = nullptr;
  errno = 0;
  const int code = sqlite3_prepare_v3(raw_.get(), sql.data(), static_cast<int>(sql.size()), SQLITE_PREPARE_PERSISTENT,
                                      &raw, nullptr);
  if (code != SQLITE_OK) return std::unexpected(sqlite_fault(raw_.get(), code));
  return Statement(raw);
}

Expected<void, Fault> Database::execute(const std::string& sql) {
  errno = 0;
  const int code = sqlite3_exec(raw_.get(), sql.c_str(), nullptr, nullptr, nullptr);
  if (code != SQLITE_OK) return std::unexpected(sqlite_fault(raw_.get(), code));
  return {};
}

Expected<std::optional<std::int64_t>, Fault> Database::integer(std::string_view sql) {
  TRY(statement, prepare(sql));
  TRY(row, statement.next());
  if (!row || statement.is_null(0)) return std::optional<std::int64_t>();
  return std::optional(statement.integer(0));
}

Expected<std::optional<std::string>, Fault> Database::text(std::string_view sql) {
  TRY(statement, prepare(sql));
  TRY(row, statement.next());
  if (!row || statement.is_null(0)) return std::optional<std::string>();
  return std::optional(std::string(statement.text(0)));
}

Expected<Transaction, Fault> Transaction::begin(Database& database) {
  CHECK_OK(database.execute("BEGIN IMMEDIATE"));
  return Transaction(database);
}

Transaction::~Transaction() {
  // Some errors have rolled back already; then there is nothing left to do.
  if (database_ != nullptr && sqlite3_get_autocommit(database_->raw()) == 0) (void)database_->execute("ROLLBACK");
}

Expected<void, Fault> Transaction::commit() {
  CHECK_OK(database_->execute("COMMIT"));
  database_ = nullptr;
  return {};
}

}  // namespace mingyue::host
