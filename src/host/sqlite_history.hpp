#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "host/sqlite.hpp"
#include "ports/history.hpp"

namespace mingyue::host {

/// Answers from the read tables of DATA/centre.db, over connections of its own that only read: beside a running writer,
/// from any thread, committed rows only. Every answer is computed by SQL in whole numbers.
///
/// What ports::History leaves open: incidents and postings come newest first, like jobs; a posting belongs to an
/// account that it debits or credits, and the empty account asks for all; limits are brought into 1..10,000.
class SqliteHistory final : public ports::History {
 public:
  [[nodiscard]] static Expected<std::unique_ptr<SqliteHistory>, Fault> open(const std::string& data);

  Expected<std::vector<ledger::JobRow>, Fault> jobs(const ports::JobFilter& filter) const override;
  Expected<std::map<model::JobState, std::int64_t>, Fault> job_counts(const ports::JobFilter& filter) const override;
  Expected<std::optional<ledger::JobRow>, Fault> job(model::JobId id) const override;
  Expected<std::vector<ledger::AttemptRow>, Fault> attempts(model::JobId id) const override;
  Expected<std::vector<ports::UsageSum>, Fault> usage(const ports::UsageQuery& query) const override;
  Expected<std::vector<ledger::IncidentRow>, Fault> incidents(const ports::IncidentFilter& filter) const override;
  Expected<std::vector<ledger::PostingRow>, Fault> postings(const std::string& account, Instant from, Instant to,
                                                            std::int32_t limit) const override;

 private:
  /// A connection lent to one question.
  class Lent;
  explicit SqliteHistory(std::string data) : data_(std::move(data)) {}
  [[nodiscard]] Expected<Lent, Fault> lend() const;

  const std::string data_;
  mutable std::mutex mutex_;
  mutable std::vector<Database> idle_;
};

}  // namespace mingyue::host
