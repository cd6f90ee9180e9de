#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include "host/sqlite.hpp"
#include "ports/log_store.hpp"

/// Reading the log's rows, and checking that each record follows from the one before it.
namespace mingyue::host {

/// Follows the chain: `next` takes records in order and says what is wrong with one, or nothing.
class LogChain {
 public:
  /// Begins after record `seq`, whose hash is `hash`.
  LogChain(std::uint64_t seq, const Hash& hash) : seq_(seq), hash_(hash) {}

  [[nodiscard]] std::optional<std::string> next(const ports::Record& record);
  /// The same for a record that was checked before: looks at its number only.
  [[nodiscard]] std::optional<std::string> next_checked(const ports::Record& record);

  [[nodiscard]] std::uint64_t seq() const { return seq_; }
  [[nodiscard]] const Hash& hash() const { return hash_; }

 private:
  std::uint64_t seq_;
  Hash hash_;
};

/// The record on the statement's row (seq, at_ms, number, payload, hash), or what is wrong with the row's form.
[[nodiscard]] std::optional<std::string> read_record(const Statement& row, ports::Record& record);

/// The hash in a column, or nothing where it does not have 32 bytes.
[[nodiscard]] std::optional<Hash> read_hash(const Statement& row, int column);

/// The hash of record `seq`; zeros for 0; nothing where there is no such record.
[[nodiscard]] Expected<std::optional<Hash>, Fault> hash_of_record(Database& database, std::uint64_t seq);

/// Fault `corrupt-log`: names the first bad record and what an operator can do.
[[nodiscard]] Fault corrupt_log(std::uint64_t seq, const std::string& why);

/// Records that this process has checked already, both ends included.
struct CheckedRange {
  std::uint64_t first = UINT64_MAX;
  std::uint64_t last = 0;
};

/// Reads records from `first_seq` on and checks each against the one before it, until `each` returns false or the log
/// ends. Faults: `corrupt-log`, and those of SQLite. Returns where it stopped.
[[nodiscard]] Expected<LogChain, Fault> read_chain(Database& database, std::uint64_t first_seq,
                                                   const std::function<bool(const ports::Record&)>& each,
                                                   CheckedRange checked = {});

}  // namespace mingyue::host
