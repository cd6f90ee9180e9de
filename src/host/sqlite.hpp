#pragma once

#include <sqlite3.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/expected.hpp"
#include "base/time.hpp"

/// Thin RAII over SQLite's C API. Nothing throws; every error is a Fault whose code says who must act, and whose
/// message names the file and what to do:
///
///   disk-full    there is no room, or no quota: free some
///   read-only    the file or its file system cannot be written
///   io-error     the disk reports an error of its own
///   corrupt      the file is damaged, or no database at all
///   busy         another program holds the file locked
///   cannot-open  no such file or directory, or no permission
///   sqlite       anything else, in SQLite's words
namespace mingyue::host {

/// The fault for SQLite's present error on `db`.
[[nodiscard]] Fault sqlite_fault(sqlite3* db, int code);

/// Bytes that are not text.
struct Blob {
  std::string_view bytes;
};

/// A prepared statement. To change something: `run(parameters...)`. To ask: `bind(parameters...)`, then `next()` until
/// false. Text and blobs are not copied: what is bound must live until the statement has run or is reset.
class Statement {
 public:
  Statement() = default;
  explicit Statement(sqlite3_stmt* raw) : raw_(raw) {}

  template <class... Values>
  [[nodiscard]] Expected<void, Fault> run(const Values&... values) {
    bind(values...);
    return finish();
  }
  /// Begins anew with these parameters, in order from the first.
  template <class... Values>
  void bind(const Values&... values) {
    reset();
    int index = 0;
    (put(++index, values), ...);
  }
  /// One parameter, numbered from 1; for statements whose number of parameters is known only at run time.
  void put(int index, std::int64_t value) { note(sqlite3_bind_int64(raw_.get(), index, value)); }
  void put(int index, std::int32_t value) { put(index, std::int64_t{value}); }
  void put(int index, std::uint32_t value) { put(index, std::int64_t{value}); }
  void put(int index, std::uint64_t value) { put(index, static_cast<std::int64_t>(value)); }
  void put(int index, bool value) { put(index, std::int64_t{value ? 1 : 0}); }
  void put(int index, Instant value) { put(index, value.raw()); }
  void put(int index, std::string_view text);
  void put(int index, const std::string& text) { put(index, std::string_view(text)); }
  void put(int index, const char* text) { put(index, std::string_view(text)); }
  void put(int index, Blob blob);
  template <class T>
  void put(int index, const std::optional<T>& value) {
    if (value)
      put(index, *value);
    else
      note(sqlite3_bind_null(raw_.get(), index));
  }

  /// True: the statement is on a row. False: it is at its end.
  [[nodiscard]] Expected<bool, Fault> next();

  /// Columns of the row, numbered from 0. Views live until the next call of next() or reset().
  [[nodiscard]] std::int64_t integer(int column) const { return sqlite3_column_int64(raw_.get(), column); }
  [[nodiscard]] std::string_view text(int column) const;
  [[nodiscard]] std::string_view blob(int column) const;
  [[nodiscard]] bool is_null(int column) const { return sqlite3_column_type(raw_.get(), column) == SQLITE_NULL; }
  [[nodiscard]] bool is_integer(int column) const { return sqlite3_column_type(raw_.get(), column) == SQLITE_INTEGER; }
  [[nodiscard]] std::optional<Instant> instant(int column) const {
    return is_null(column) ? std::nullopt : std::optional(Instant(integer(column)));
  }

  void reset();

 private:
  struct Finalize {
    void operator()(sqlite3_stmt* raw) const { sqlite3_finalize(raw); }
  };
  void note(int code) {
    if (code != SQLITE_OK && bind_error_ == SQLITE_OK) bind_error_ = code;
  }
  [[nodiscard]] Expected<void, Fault> finish();

  std::unique_ptr<sqlite3_stmt, Finalize> raw_;
  int bind_error_ = SQLITE_OK;
};

/// A connection. Used by one thread at a time.
class Database {
 public:
  enum class Access { create, read_write, read_only };

  /// `read_only` also works beside a writing process, and on a disk that cannot be written.
  [[nodiscard]] static Expected<Database, Fault> open(const std::string& path, Access access);

  [[nodiscard]] Expected<Statement, Fault> prepare(std::string_view sql);
  /// Runs statements without parameters, separated by `;`.
  [[nodiscard]] Expected<void, Fault> execute(const std::string& sql);
  /// The first column of the first row; nothing when there is no row or it is null.
  [[nodiscard]] Expected<std::optional<std::int64_t>, Fault> integer(std::string_view sql);
  [[nodiscard]] Expected<std::optional<std::string>, Fault> text(std::string_view sql);

  [[nodiscard]] sqlite3* raw() const { return raw_.get(); }

 private:
  struct Close {
    void operator()(sqlite3* raw) const { sqlite3_close_v2(raw); }
  };
  explicit Database(sqlite3* raw) : raw_(raw) {}
  [[nodiscard]] static Expected<Database, Fault> open_uri(const std::string& uri, int flags, const std::string& path);

  std::unique_ptr<sqlite3, Close> raw_;
};

/// All or nothing: rolls back unless committed.
class Transaction {
 public:
  [[nodiscard]] static Expected<Transaction, Fault> begin(Database& database);
  Transaction(Transaction&& other) noexcept : database_(std::exchange(other.database_, nullptr)) {}
  Transaction& operator=(Transaction&&) = delete;
  ~Transaction();

  [[nodiscard]] Expected<void, Fault> commit();

 private:
  explicit Transaction(Database& database) : database_(&database) {}
  Database* database_;
};

}  // namespace mingyue::host
