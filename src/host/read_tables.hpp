#pragma once

#include "host/sqlite.hpp"
#include "ledger/rows.hpp"

/// The read tables: how a row of the ledger becomes a row of SQL, and back.
namespace mingyue::host {

/// Writes rows: jobs, attempts and incidents over what their key held before, usage and postings as new ones.
class RowWriter {
 public:
  [[nodiscard]] static Expected<RowWriter, Fault> prepare(Database& database);
  /// `seq`: the last record of the batch that the row came with.
  [[nodiscard]] Expected<void, Fault> write(const ledger::Row& row, std::uint64_t seq);

 private:
  Statement job_;
  Statement attempt_;
  Statement usage_;
  Statement incident_;
  Statement posting_;
};

/// Empties all read tables.
[[nodiscard]] Expected<void, Fault> clear_read_tables(Database& database);

/// The columns to select, in the order in which the readers below expect them.
extern const char* const job_columns;
extern const char* const attempt_columns;
extern const char* const incident_columns;
extern const char* const posting_columns;

/// Read the row that the statement is on. The fault is a word that is no enumerator: somebody edited the table.
[[nodiscard]] Expected<ledger::JobRow, Fault> read_job(const Statement& row);
[[nodiscard]] ledger::AttemptRow read_attempt(const Statement& row);
[[nodiscard]] ledger::IncidentRow read_incident(const Statement& row);
[[nodiscard]] ledger::PostingRow read_posting(const Statement& row);

/// The fault for a word in an enumerator's column that this version does not know.
[[nodiscard]] Fault unknown_word(std::string_view column, std::string_view word);

}  // namespace mingyue::host
