#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "ledger/book.hpp"
#include "ports/history.hpp"
#include "wire/views.hpp"

/// The ledger's lines from two halves: rows that are settled and stored, and what is still open in the book.
///
/// A row belongs to exactly one half. The book is read at one moment of the core, which is the end of a batch with
/// number `seq`; the stored rows are those of batches up to `seq`, whatever has been settled since. So each partition's
/// classes sum to capacity × time, to the millisecond, however busy the centre is.
namespace mingyue::api {

enum class LedgerBy : std::uint8_t { none, project, user, kind, job };

struct LedgerQuestion {
  Instant from;
  Instant to;
  std::optional<std::string> partition;
  std::optional<std::string> project;
  std::optional<std::string> user;
  std::optional<model::WorkKind> kind;
  LedgerBy by = LedgerBy::none;

  /// Idle time belongs to nobody: a question narrowed to someone has no whole partitions.
  [[nodiscard]] bool is_narrowed() const { return project || user || kind; }
};

/// What the book says at one moment; taken on the core's thread.
struct OpenLedger {
  std::uint64_t seq = 0;
  Instant now;
  std::vector<ledger::UsageRow> rows;
  std::vector<ledger::PoolSum> sums;  ///< of the whole life, for comparison
};

/// Groups of one answer beyond which it is no answer.
inline constexpr std::size_t groups_max = 50'000;

struct LedgerLines {
  std::vector<wire::LedgerLine> lines;
  std::vector<wire::UsageLine> usage;
};
/// `stored` are the answers to the same question `as_of` open.seq.
[[nodiscard]] LedgerLines ledger_lines(const LedgerQuestion& question, const OpenLedger& open,
                                       const std::vector<ports::UsageSum>& stored);

/// For a question about the whole life up to open.now, without a filter: the lines against the book's own integrals,
/// which share no code with the rows. Empty, or what disagrees.
[[nodiscard]] std::string disagreement(const std::vector<wire::LedgerLine>& lines, const OpenLedger& open);

}  // namespace mingyue::api
