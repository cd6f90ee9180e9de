#include "host/log_verifier.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "host/log_chain.hpp"
#include "host/schema.hpp"

namespace mingyue::host {
namespace {

// A reader keeps the write-ahead log from beginning anew: 50,000 records are read in some 50 ms.
constexpr std::uint64_t chunk = 50'000;
constexpr std::size_t list_max = 100;

class Verifier {
 public:
  Verifier(Database database, const VerifyOptions& options) : database_(std::move(database)), options_(options) {}

  Expected<Verification, Fault> verify() {
    CHECK_OK(find_end());
    CHECK_OK(verify_records());
    if (auto read = verify_snapshots(); !read) {
      if (read.error().code != "corrupt") return std::unexpected(std::move(read).error());
      result_.structure = read.error().message;
    }
    if (options_.structure && result_.structure.empty()) CHECK_OK(verify_structure());
    return std::move(result_);
  }

 private:
  void bad(std::uint64_t seq, std::string why) {
    if (!result_.first_bad) result_.first_bad = Verification::Bad{seq, std::move(why)};
    ++result_.bad;
  }

  /// In one statement, so that a daemon cannot append between the two numbers.
  Expected<void, Fault> find_end() {
    TRY(statement, database_.prepare("SELECT (SELECT seq FROM head), (SELECT max(seq) FROM log)"));
    TRY(row, statement.next());
    if (row) head_seq_ = static_cast<std::uint64_t>(statement.integer(0));
    if (row) last_seq_ = static_cast<std::uint64_t>(statement.integer(1));
    return {};
  }

  Expected<void, Fault> verify_records() {
    const std::uint64_t last_seq = std::max(head_seq_, last_seq_);
    const std::uint64_t before = std::max<std::uint64_t>(options_.from, 1) - 1;
    TRY(hash, hash_of_record(database_, before));
    if (!hash && before < last_seq) bad(before, "it is missing, or its hash is");
    LogChain chain(before, hash.value_or(Hash{}));
    std::optional<Instant> time;
    while (chain.seq() < last_seq) {
      const std::uint64_t chunk_before = chain.seq();
      if (auto read = verify_chunk(chain, time, last_seq); !read) {
        // SQLite cannot follow its own pages here; what lies behind stays unread.
        if (read.error().code != "corrupt") return std::unexpected(std::move(read).error());
        bad(chain.seq() + 1, read.error().message);
        return {};
      }
      if (options_.progress) options_.progress(chain.seq() - before, last_seq - before);
      if (chain.seq() == chunk_before) break;
    }
    if (chain.seq() < head_seq_) {
      bad(chain.seq() + 1, "it is missing, and all after it");
      if (result_.gaps.size() < list_max) result_.gaps.push_back({chain.seq() + 1, head_seq_});
    } else if (chain.seq() > head_seq_) {
      bad(head_seq_ + 1, "the log says that it ends before this record");
    }
    return {};
  }

  Expected<void, Fault> verify_chunk(LogChain& chain, std::optional<Instant>& time, std::uint64_t last_seq) {
    TRY(statement, database_.prepare("SELECT seq, at_ms, number, payload, hash FROM log WHERE seq > ? AND seq <= ? "
                                     "ORDER BY seq LIMIT ?"));
    statement.bind(chain.seq(), last_seq, chunk);
    ports::Record record;
    for (;;) {
      TRY(more, statement.next());
      if (!more) return {};
      const std::uint64_t expected = chain.seq() + 1;
      const auto wrong = read_record(statement, record);
      const auto broken = chain.next(record);
      if (record.seq != expected) {
        bad(expected, *broken);
        if (result_.gaps.size() < list_max) result_.gaps.push_back({expected, record.seq - 1});
      } else if (broken) {
        bad(record.seq, wrong ? *wrong : *broken);
      }
      if (time && record.at < *time && result_.backwards.size() < list_max)
        result_.backwards.push_back({record.seq, *time - record.at});
      time = record.at;
      ++result_.records;
      result_.head = {.seq = record.seq, .hash = record.hash, .at = record.at};
      if (record.seq == head_seq_ && !broken) CHECK_OK(verify_head(record));
    }
  }

  /// The row of `head` says the same as the record that it names.
  Expected<void, Fault> verify_head(const ports::Record& record) {
    TRY(statement, database_.prepare("SELECT hash FROM head WHERE seq = ?"));
    statement.bind(record.seq);
    TRY(more, statement.next());
    // Beside a running daemon the head has moved on; then there is nothing to compare.
    if (more && read_hash(statement, 0) != record.hash) bad(record.seq, "it is not the record that the log ends with");
    return {};
  }

  Expected<void, Fault> verify_snapshots() {
    TRY(statement,
        database_.prepare("SELECT snapshots.seq, snapshots.log_hash, bytes, bytes_hash, log.hash FROM snapshots "
                          "LEFT JOIN log ON log.seq = snapshots.seq ORDER BY snapshots.seq"));
    for (;;) {
      TRY(more, statement.next());
      if (!more) return {};
      ++result_.snapshots;
      const auto log_hash = read_hash(statement, 1);
      const bool fits = log_hash && log_hash == read_hash(statement, 4);
      const bool whole = read_hash(statement, 3) == hash_of(statement.blob(2));
      if (!fits || !whole) result_.snapshots_bad.push_back(static_cast<std::uint64_t>(statement.integer(0)));
    }
  }

  Expected<void, Fault> verify_structure() {
    auto answer = database_.text("PRAGMA quick_check(1)");
    if (!answer && answer.error().code != "corrupt") return std::unexpected(std::move(answer).error());
    if (!answer)
      result_.structure = answer.error().message;
    else if (*answer != "ok")
      result_.structure = answer->value_or("no answer");
    return {};
  }

  Database database_;
  const VerifyOptions& options_;
  std::uint64_t head_seq_ = 0;  ///< as the log says
  std::uint64_t last_seq_ = 0;  ///< as it is
  Verification result_;
};

}  // namespace

Expected<Verification, Fault> verify_log(const std::string& data, const VerifyOptions& options) {
  TRY(database, open_reader(data));
  return Verifier(std::move(database), options).verify();
}

}  // namespace mingyue::host
