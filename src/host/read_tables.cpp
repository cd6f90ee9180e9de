#include "host/read_tables.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.hpp"

namespace mingyue::host {
namespace {

// Names of nodes have no comma (base/units.hpp, is_name), so that a list of them is plain text.
std::string join(const std::vector<std::string>& names) {
  std::string text;
  for (const std::string& name : names) {
    if (!text.empty()) text += ',';
    text += name;
  }
  return text;
}

std::vector<std::string> split(std::string_view text) {
  std::vector<std::string> names;
  while (!text.empty()) {
    const std::size_t comma = std::min(text.find(','), text.size());
    names.emplace_back(text.substr(0, comma));
    text.remove_prefix(std::min(comma + 1, text.size()));
  }
  return names;
}

constexpr const char* write_job = R"sql(
INSERT INTO jobs(id, array_id, array_index, name, user, project, partition, kind, priority_class, state, reason, attempts,
                 submitted_ms, started_ms, ended_ms, exit_code, tasks, cores, cards, workdir, comment, charged_micro)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20, ?21, ?22)
ON CONFLICT(id) DO UPDATE SET
  array_id = ?2, array_index = ?3, name = ?4, user = ?5, project = ?6, partition = ?7, kind = ?8, priority_class = ?9,
  state = ?10, reason = ?11, attempts = ?12, submitted_ms = ?13, started_ms = ?14, ended_ms = ?15, exit_code = ?16,
  tasks = ?17, cores = ?18, cards = ?19, workdir = ?20, comment = ?21, charged_micro = ?22)sql";

constexpr const char* write_attempt = R"sql(
INSERT INTO attempts(job, attempt, granted_ms, started_ms, ended_ms, outcome, exit_code, signal, message, nodes,
                     last_step, steps, checkpoint, cpu_ms, memory_peak_bytes, lost_ms, backfill)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17)
ON CONFLICT(job, attempt) DO UPDATE SET
  granted_ms = ?3, started_ms = ?4, ended_ms = ?5, outcome = ?6, exit_code = ?7, signal = ?8, message = ?9, nodes = ?10,
  last_step = ?11, steps = ?12, checkpoint = ?13, cpu_ms = ?14, memory_peak_bytes = ?15, lost_ms = ?16,
  backfill = ?17)sql";

constexpr const char* write_usage = R"sql(
INSERT INTO usage(partition, card_type, class, count, from_ms, to_ms, job, attempt, project, user, kind, seq)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?))sql";

constexpr const char* write_incident = R"sql(
INSERT OR REPLACE INTO incidents(id, kind, job, attempt, node, message, opened_ms, closed_ms, how)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?))sql";

constexpr const char* write_posting = R"sql(
INSERT INTO postings(at_ms, debit, credit, amount_micro, job, attempt, text)
VALUES (?, ?, ?, ?, ?, ?, ?))sql";

}  // namespace

Expected<RowWriter, Fault> RowWriter::prepare(Database& database) {
  RowWriter writer;
  TRY(job, database.prepare(write_job));
  TRY(attempt, database.prepare(write_attempt));
  TRY(usage, database.prepare(write_usage));
  TRY(incident, database.prepare(write_incident));
  TRY(posting, database.prepare(write_posting));
  writer.job_ = std::move(job);
  writer.attempt_ = std::move(attempt);
  writer.usage_ = std::move(usage);
  writer.incident_ = std::move(incident);
  writer.posting_ = std::move(posting);
  return writer;
}

Expected<void, Fault> RowWriter::write(const ledger::Row& row, std::uint64_t seq) {
  struct Writer {
    RowWriter& tables;
    std::uint64_t seq;

    Expected<void, Fault> operator()(const ledger::JobRow& r) const {
      return tables.job_.run(r.id.raw(), r.array.raw(), r.array_index, r.name, r.user, r.project, r.partition,
                             enum_word(r.kind), r.priority_class, enum_word(r.state), r.reason, r.attempts,
                             r.submitted_at, r.started_at, r.ended_at, r.exit_code, r.tasks, r.cores, r.cards,
                             r.workdir, r.comment, r.charged.raw());
    }
    Expected<void, Fault> operator()(const ledger::AttemptRow& r) const {
      const std::string nodes = join(r.nodes);
      return tables.attempt_.run(r.attempt.job.raw(), r.attempt.number, r.granted_at, r.started_at, r.ended_at,
                                 r.outcome, r.exit_code, r.signal, r.message, nodes, r.last_step, r.steps, r.checkpoint,
                                 r.cpu_ms, r.memory_peak.raw(), r.lost.raw(), r.backfill);
    }
    Expected<void, Fault> operator()(const ledger::UsageRow& r) const {
      return tables.usage_.run(r.partition, r.card_type, enum_word(r.use), r.count, r.from, r.to, r.attempt.job.raw(),
                               r.attempt.number, r.project, r.user, enum_word(r.kind), seq);
    }
    Expected<void, Fault> operator()(const ledger::IncidentRow& r) const {
      return tables.incident_.run(r.incident.raw(), r.kind, r.attempt.job.raw(), r.attempt.number, r.node, r.message,
                                  r.opened_at, r.closed_at, r.how);
    }
    Expected<void, Fault> operator()(const ledger::PostingRow& r) const {
      return tables.posting_.run(r.at, r.debit, r.credit, r.amount.raw(), r.attempt.job.raw(), r.attempt.number,
                                 r.text);
    }
  };
  return std::visit(Writer{*this, seq}, row);
}

Expected<void, Fault> clear_read_tables(Database& database) {
  return database.execute(
      "DELETE FROM jobs; DELETE FROM attempts; DELETE FROM usage; DELETE FROM incidents; DELETE FROM postings");
}

const char* const job_columns =
    "id, array_id, array_index, name, user, project, partition, kind, priority_class, state, reason, attempts, "
    "submitted_ms, started_ms, ended_ms, exit_code, tasks, cores, cards, workdir, comment, charged_micro";
const char* const attempt_columns =
    "job, attempt, granted_ms, started_ms, ended_ms, outcome, exit_code, signal, message, nodes, last_step, steps, "
    "checkpoint, cpu_ms, memory_peak_bytes, lost_ms, backfill";
const char* const incident_columns = "id, kind, job, attempt, node, message, opened_ms, closed_ms, how";
const char* const posting_columns = "at_ms, debit, credit, amount_micro, job, attempt, text";

Fault unknown_word(std::string_view column, std::string_view word) {
  return {"corrupt",
          fmt::format("the read table's column {} holds \"{}\", which this version does not know; the log is "
                      "the truth: have the read tables rebuilt from it",
                      column, word)};
}

namespace {

std::int32_t small(const Statement& row, int column) { return static_cast<std::int32_t>(row.integer(column)); }

model::JobId job_id(const Statement& row, int column) {
  return model::JobId(static_cast<std::uint64_t>(row.integer(column)));
}

model::AttemptId attempt_id(const Statement& row, int column) {
  return {.job = job_id(row, column), .number = small(row, column + 1)};
}

std::string text(const Statement& row, int column) { return std::string(row.text(column)); }

}  // namespace

Expected<ledger::JobRow, Fault> read_job(const Statement& row) {
  const auto kind = enum_from_word<model::WorkKind>(row.text(7));
  const auto state = enum_from_word<model::JobState>(row.text(9));
  if (!kind) return std::unexpected(unknown_word("jobs.kind", row.text(7)));
  if (!state) return std::unexpected(unknown_word("jobs.state", row.text(9)));
  return ledger::JobRow{.id = job_id(row, 0),
                        .array = job_id(row, 1),
                        .array_index = small(row, 2),
                        .name = text(row, 3),
                        .user = text(row, 4),
                        .project = text(row, 5),
                        .partition = text(row, 6),
                        .kind = *kind,
                        .priority_class = text(row, 8),
                        .state = *state,
                        .reason = text(row, 10),
                        .attempts = small(row, 11),
                        .submitted_at = Instant(row.integer(12)),
                        .started_at = row.instant(13),
                        .ended_at = row.instant(14),
                        .exit_code = small(row, 15),
                        .tasks = small(row, 16),
                        .cores = small(row, 17),
                        .cards = small(row, 18),
                        .workdir = text(row, 19),
                        .comment = text(row, 20),
                        .charged = Credits(row.integer(21))};
}

ledger::AttemptRow read_attempt(const Statement& row) {
  return {.attempt = attempt_id(row, 0),
          .granted_at = Instant(row.integer(2)),
          .started_at = row.instant(3),
          .ended_at = row.instant(4),
          .outcome = text(row, 5),
          .exit_code = small(row, 6),
          .signal = small(row, 7),
          .message = text(row, 8),
          .nodes = split(row.text(9)),
          .last_step = row.integer(10),
          .steps = row.integer(11),
          .checkpoint = text(row, 12),
          .cpu_ms = row.integer(13),
          .memory_peak = Bytes(row.integer(14)),
          .lost = Duration(row.integer(15)),
          .backfill = row.integer(16) != 0};
}

ledger::IncidentRow read_incident(const Statement& row) {
  return {.incident = model::IncidentId(static_cast<std::uint64_t>(row.integer(0))),
          .kind = text(row, 1),
          .attempt = attempt_id(row, 2),
          .node = text(row, 4),
          .message = text(row, 5),
          .opened_at = Instant(row.integer(6)),
          .closed_at = row.instant(7),
          .how = text(row, 8)};
}

ledger::PostingRow read_posting(const Statement& row) {
  return {.at = Instant(row.integer(0)),
          .debit = text(row, 1),
          .credit = text(row, 2),
          .amount = Credits(row.integer(3)),
          .attempt = attempt_id(row, 4),
          .text = text(row, 6)};
}

}  // namespace mingyue::host
