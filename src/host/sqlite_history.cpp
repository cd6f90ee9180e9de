#include "host/sqlite_history.hpp"

#include <algorithm>
#include <concepts>
#include <cstdint>
#include <tuple>
#include <variant>

#include "base/text.hpp"
#include "host/read_tables.hpp"
#include "host/schema.hpp"

namespace mingyue::host {
namespace {

/// Connections kept open between questions; more are opened when more threads ask at once.
constexpr std::size_t idle_max = 8;

std::int32_t within(std::int32_t limit) { return std::clamp(limit, std::int32_t{1}, std::int32_t{10'000}); }

/// Ids and records' numbers lie in the tables as signed numbers; the largest means "no bound".
std::int64_t signed_number(std::uint64_t number) {
  return static_cast<std::int64_t>(std::min<std::uint64_t>(number, INT64_MAX));
}

std::int64_t signed_id(model::JobId id) { return signed_number(id.raw()); }

/// A WHERE clause that grows, and the values of its parameters, which it owns.
class Where {
 public:
  template <class Value>
  void add(std::string_view condition, Value value) {
    text_ += text_.empty() ? " WHERE " : " AND ";
    text_ += condition;
    push(std::move(value));
  }
  template <class Value>
  void add_if(std::string_view condition, const std::optional<Value>& value) {
    if (value) add(condition, *value);
  }

  [[nodiscard]] const std::string& text() const { return text_; }

  /// Binds the parameters after number `index`; returns the number of the last one.
  int bind(Statement& statement, int index = 0) const {
    for (const auto& value : values_) {
      ++index;
      std::visit([&](const auto& v) { statement.put(index, v); }, value);
    }
    return index;
  }

 private:
  void push(std::string value) { values_.emplace_back(std::move(value)); }
  void push(std::int64_t value) { values_.emplace_back(value); }
  void push(Instant value) { push(value.raw()); }

  std::string text_;
  std::vector<std::variant<std::int64_t, std::string>> values_;
};

/// All rows of the statement, each read by `read`.
template <class Row, class Read>
Expected<std::vector<Row>, Fault> collect(Statement& statement, Read read) {
  std::vector<Row> rows;
  for (;;) {
    TRY(more, statement.next());
    if (!more) return rows;
    if constexpr (std::same_as<std::invoke_result_t<Read, const Statement&>, Row>) {
      rows.push_back(read(statement));
    } else {
      TRY(row, read(statement));
      rows.push_back(std::move(row));
    }
  }
}

/// All but states and paging.
Where where_of(const ports::JobFilter& filter) {
  Where where;
  where.add_if("user = ?", filter.user);
  where.add_if("project = ?", filter.project);
  where.add_if("partition = ?", filter.partition);
  if (filter.kind) where.add("kind = ?", enum_word(*filter.kind));
  where.add_if("name = ?", filter.name);
  if (filter.array) where.add("array_id = ?", signed_id(*filter.array));
  where.add_if("submitted_ms >= ?", filter.submitted_from);
  where.add_if("submitted_ms < ?", filter.submitted_to);
  return where;
}

Expected<ports::UsageSum, Fault> read_sum(const Statement& row) {
  const auto use = enum_from_word<ledger::UseClass>(row.text(2));
  const auto kind = enum_from_word<model::WorkKind>(row.text(5));
  if (!use) return std::unexpected(unknown_word("usage.class", row.text(2)));
  if (!kind) return std::unexpected(unknown_word("usage.kind", row.text(5)));
  // SQLite goes to floating point where a product leaves 64 bits. We do not round: we say so.
  if (!row.is_integer(7))
    return fault("corrupt",
                 "usage: a sum of resource-time needs more than 64 bits; look for rows "
                 "of `usage` with impossible times or counts");
  return ports::UsageSum{.partition = std::string(row.text(0)),
                         .card_type = std::string(row.text(1)),
                         .use = *use,
                         .project = std::string(row.text(3)),
                         .user = std::string(row.text(4)),
                         .kind = *kind,
                         .time = ResourceTime(row.integer(7)),
                         .job = model::JobId(static_cast<std::uint64_t>(row.integer(6)))};
}

}  // namespace

class SqliteHistory::Lent {
 public:
  Lent(const SqliteHistory& owner, Database database) : owner_(&owner), database_(std::move(database)) {}
  Lent(Lent&& other) noexcept : owner_(std::exchange(other.owner_, nullptr)), database_(std::move(other.database_)) {}
  Lent& operator=(Lent&&) = delete;
  ~Lent() {
    if (owner_ == nullptr) return;
    const std::lock_guard guard(owner_->mutex_);
    if (owner_->idle_.size() < idle_max) owner_->idle_.push_back(std::move(database_));
  }
  Database* operator->() { return &database_; }

 private:
  const SqliteHistory* owner_;
  Database database_;
};

Expected<std::unique_ptr<SqliteHistory>, Fault> SqliteHistory::open(const std::string& data) {
  TRY(database, open_reader(data));
  std::unique_ptr<SqliteHistory> history(new SqliteHistory(data));
  history->idle_.push_back(std::move(database));
  return history;
}

Expected<SqliteHistory::Lent, Fault> SqliteHistory::lend() const {
  {
    const std::lock_guard guard(mutex_);
    if (!idle_.empty()) {
      Lent lent(*this, std::move(idle_.back()));
      idle_.pop_back();
      return lent;
    }
  }
  TRY(database, open_reader(data_));
  return Lent(*this, std::move(database));
}

Expected<std::vector<ledger::JobRow>, Fault> SqliteHistory::jobs(const ports::JobFilter& filter) const {
  Where where = where_of(filter);
  if (filter.before != model::JobId(UINT64_MAX)) where.add("id < ?", signed_id(filter.before));

  // One branch for each state: `state IN (...)` would sort all jobs that ever succeeded, while the index of one state
  // has its newest ids at its end. And ids first, whole rows only for the page that is left of them.
  std::vector<Where> branches(std::max<std::size_t>(filter.states.size(), 1), where);
  // A user, project, name or array has fewer jobs than a state: the + keeps SQLite from preferring the state's index.
  const bool narrow = filter.user || filter.project || filter.name || filter.array;
  for (std::size_t i = 0; i < filter.states.size(); ++i)
    branches[i].add(narrow ? "+state = ?" : "state = ?", enum_word(filter.states[i]));
  const std::string newest = " ORDER BY id DESC LIMIT " + std::to_string(within(filter.limit));
  std::string ids;
  for (const Where& branch : branches) {
    if (!ids.empty()) ids += " UNION ALL ";
    ids += "SELECT id FROM (SELECT id FROM jobs" + branch.text() + newest + ")";
  }
  TRY(database, lend());
  TRY(statement,
      database->prepare(std::string("SELECT ") + job_columns + " FROM jobs WHERE id IN (" + ids + ")" + newest));
  int parameters = 0;
  for (const Where& branch : branches) parameters = branch.bind(statement, parameters);
  return collect<ledger::JobRow>(statement, read_job);
}

Expected<std::map<model::JobState, std::int64_t>, Fault> SqliteHistory::job_counts(
    const ports::JobFilter& filter) const {
  const Where where = where_of(filter);
  TRY(database, lend());
  TRY(statement,
      database->prepare("SELECT state, COUNT(*) FROM jobs" + where.text() + " GROUP BY state ORDER BY state"));
  where.bind(statement);
  std::map<model::JobState, std::int64_t> counts;
  for (;;) {
    TRY(more, statement.next());
    if (!more) return counts;
    const auto state = enum_from_word<model::JobState>(statement.text(0));
    if (!state) return std::unexpected(unknown_word("jobs.state", statement.text(0)));
    const bool wanted = filter.states.empty() || std::ranges::find(filter.states, *state) != filter.states.end();
    if (wanted) counts[*state] = statement.integer(1);
  }
}

Expected<std::optional<ledger::JobRow>, Fault> SqliteHistory::job(model::JobId id) const {
  if (id.raw() > INT64_MAX) return std::optional<ledger::JobRow>();
  TRY(database, lend());
  TRY(statement, database->prepare(std::string("SELECT ") + job_columns + " FROM jobs WHERE id = ?"));
  statement.bind(id.raw());
  TRY(found, statement.next());
  if (!found) return std::optional<ledger::JobRow>();
  TRY(row, read_job(statement));
  return std::optional(std::move(row));
}

Expected<std::vector<ledger::AttemptRow>, Fault> SqliteHistory::attempts(model::JobId id) const {
  TRY(database, lend());
  TRY(statement,
      database->prepare(std::string("SELECT ") + attempt_columns + " FROM attempts WHERE job = ? ORDER BY attempt"));
  statement.bind(signed_id(id));
  return collect<ledger::AttemptRow>(statement, read_attempt);
}

Expected<std::vector<ports::UsageSum>, Fault> SqliteHistory::usage(const ports::UsageQuery& query) const {
  if (query.from >= query.to) return std::vector<ports::UsageSum>();
  // The first two parameters are the period. A row counts for the part of it that lies within.
  Where where;
  where.add_if("partition = ?", query.partition);
  where.add_if("project = ?", query.project);
  where.add_if("user = ?", query.user);
  if (query.kind) where.add("kind = ?", enum_word(*query.kind));
  if (query.job) where.add("job = ?", signed_id(*query.job));
  if (query.as_of) where.add("seq <= ?", signed_number(*query.as_of));
  std::string conditions = where.text();
  conditions += conditions.empty() ? " WHERE " : " AND ";
  // The planner uses the small index of jobs only when it sees that the job is not 0.
  if (query.job && query.job->raw() != 0) conditions += "job <> 0 AND ";
  TRY(database, lend());
  TRY(statement,
      database->prepare("WITH period(first, last) AS (VALUES (?, ?)) "
                        "SELECT partition, card_type, class, project, user, kind, " +
                        std::string(query.by_job ? "job" : "0") +
                        ", sum(count * (min(to_ms, last) - max(from_ms, first))) FROM period CROSS JOIN usage" +
                        conditions +
                        "from_ms < last AND to_ms > first AND from_ms < to_ms "
                        "GROUP BY partition, card_type, class, project, user, kind" +
                        (query.by_job ? ", job" : "")));
  statement.bind(query.from, query.to);
  where.bind(statement, 2);
  TRY(sums, collect<ports::UsageSum>(statement, read_sum));
  // In the order of the classes' numbers, not of their words.
  std::ranges::sort(sums, {}, [](const ports::UsageSum& sum) {
    return std::tie(sum.partition, sum.card_type, sum.use, sum.project, sum.user, sum.kind, sum.job);
  });
  return sums;
}

Expected<std::vector<ledger::IncidentRow>, Fault> SqliteHistory::incidents(const ports::IncidentFilter& filter) const {
  Where where;
  if (filter.before != model::IncidentId(UINT64_MAX)) where.add("id < ?", signed_number(filter.before.raw()));
  where.add_if("kind = ?", filter.kind);
  where.add_if("node = ?", filter.node);
  if (filter.job) where.add("job = ?", signed_id(*filter.job));
  std::string conditions = where.text();
  if (filter.open_only) conditions += conditions.empty() ? " WHERE closed_ms IS NULL" : " AND closed_ms IS NULL";
  TRY(database, lend());
  TRY(statement, database->prepare(std::string("SELECT ") + incident_columns + " FROM incidents" + conditions +
                                   " ORDER BY id DESC LIMIT " + std::to_string(within(filter.limit))));
  where.bind(statement);
  return collect<ledger::IncidentRow>(statement, read_incident);
}

Expected<std::vector<ledger::PostingRow>, Fault> SqliteHistory::postings(const std::string& account, Instant from,
                                                                         Instant to, std::int32_t limit) const {
  TRY(database, lend());
  const std::string select =
      std::string("SELECT ") + posting_columns + " FROM postings WHERE at_ms >= ?1 AND at_ms < ?2 ";
  TRY(statement, database->prepare(select + (account.empty() ? "" : "AND (debit = ?4 OR credit = ?4) ") +
                                   "ORDER BY at_ms DESC, id DESC LIMIT ?3"));
  if (account.empty())
    statement.bind(from, to, within(limit));
  else
    statement.bind(from, to, within(limit), account);
  return collect<ledger::PostingRow>(statement, read_posting);
}

}  // namespace mingyue::host
