#include "host/log_chain.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace mingyue::host {

std::optional<std::string> LogChain::next(const ports::Record& record) {
  const Hash computed = ports::record_hash(hash_, record);
  if (auto gap = next_checked(record)) return gap;
  if (computed != record.hash) return "its hash does not follow from its content and the record before it";
  return std::nullopt;
}

std::optional<std::string> LogChain::next_checked(const ports::Record& record) {
  const std::uint64_t expected = seq_ + 1;
  seq_ = record.seq;
  hash_ = record.hash;
  if (record.seq == expected + 1) return fmt::format("record {} is missing", expected);
  if (record.seq != expected) return fmt::format("records {} to {} are missing", expected, record.seq - 1);
  return std::nullopt;
}

std::optional<Hash> read_hash(const Statement& row, int column) {
  const std::string_view bytes = row.blob(column);
  Hash hash;
  if (bytes.size() != hash.size()) return std::nullopt;
  std::copy(bytes.begin(), bytes.end(), hash.begin());
  return hash;
}

std::optional<std::string> read_record(const Statement& row, ports::Record& record) {
  record.seq = static_cast<std::uint64_t>(row.integer(0));
  record.at = Instant(row.integer(1));
  const std::int64_t number = row.integer(2);
  record.payload = row.blob(3);
  const auto hash = read_hash(row, 4);
  if (!hash) return "its hash does not have 32 bytes";
  record.hash = *hash;
  if (number < 0 || number > UINT32_MAX) return fmt::format("its number {} is no event's", number);
  record.number = static_cast<std::uint32_t>(number);
  return std::nullopt;
}

Expected<std::optional<Hash>, Fault> hash_of_record(Database& database, std::uint64_t seq) {
  if (seq == 0) return std::optional(Hash{});
  TRY(statement, database.prepare("SELECT hash FROM log WHERE seq = ?"));
  statement.bind(seq);
  TRY(row, statement.next());
  if (!row) return std::optional<Hash>();
  return read_hash(statement, 0);
}

Fault corrupt_log(std::uint64_t seq, const std::string& why) {
  return {
      "corrupt-log",
      fmt::format("the log is damaged at record {}: {}. Nothing was changed. `mingyue log verify` shows all damage; "
                  "then restore the data directory from a backup, or give up what follows with "
                  "`mingyue log cut --at {}` (the damaged file is kept aside)",
                  seq, why, seq)};
}

Expected<LogChain, Fault> read_chain(Database& database, std::uint64_t first_seq,
                                     const std::function<bool(const ports::Record&)>& each, CheckedRange checked) {
  const std::uint64_t before = std::max<std::uint64_t>(first_seq, 1) - 1;
  LogChain chain(before, {});
  const auto damaged = [&chain](Fault fault) -> Fault {
    // SQLite found its own structure broken; we can say at least after which record.
    return fault.code == "corrupt" ? corrupt_log(chain.seq() + 1, fault.message) : fault;
  };
  auto hash = hash_of_record(database, before);
  if (!hash) return std::unexpected(damaged(std::move(hash).error()));
  if (!*hash) {
    TRY(last, database.integer("SELECT max(seq) FROM log"));
    if (static_cast<std::uint64_t>(last.value_or(0)) < before) return chain;  // Asked for what is not yet there.
    return std::unexpected(corrupt_log(before, "it is missing, or its hash is"));
  }
  chain = LogChain(before, **hash);
  TRY(statement, database.prepare("SELECT seq, at_ms, number, payload, hash FROM log WHERE seq > ? ORDER BY seq"));
  statement.bind(before);
  ports::Record record;
  for (;;) {
    auto row = statement.next();
    if (!row) return std::unexpected(damaged(std::move(row).error()));
    if (!*row) return chain;
    const std::uint64_t expected = chain.seq() + 1;
    auto wrong = read_record(statement, record);
    const bool is_checked = checked.first <= record.seq && record.seq <= checked.last;
    if (auto broken = is_checked ? chain.next_checked(record) : chain.next(record); broken || wrong) {
      // A gap is at the record that should have been here.
      return std::unexpected(corrupt_log(expected, record.seq == expected && wrong ? *wrong : *broken));
    }
    if (!each(record)) return chain;
  }
}

}  // namespace mingyue::host
