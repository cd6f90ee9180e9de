#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/expected.hpp"
#include "ledger/rows.hpp"

/// Questions to the read tables. Answered from committed rows only; safe from any thread.
namespace mingyue::ports {

struct JobFilter {
  std::optional<std::string> user;
  std::optional<std::string> project;
  std::optional<std::string> partition;
  std::optional<std::string> name;
  std::optional<model::WorkKind> kind;
  std::optional<model::JobId> array;
  std::vector<model::JobState> states;  ///< empty: all
  std::optional<Instant> submitted_from;
  std::optional<Instant> submitted_to;
  model::JobId before{UINT64_MAX};  ///< paging: ids below this one
  std::int32_t limit = 100;         ///< 1..10,000; newest first
};

struct IncidentFilter {
  bool open_only = false;
  std::optional<std::string> kind;
  std::optional<std::string> node;
  std::optional<model::JobId> job;
  model::IncidentId before{UINT64_MAX};  ///< paging: ids below this one
  std::int32_t limit = 100;              ///< 1..10,000; newest first
};

struct UsageQuery {
  Instant from;  ///< rows are clipped to [from, to)
  Instant to;
  std::optional<std::string> partition;
  std::optional<std::string> project;
  std::optional<std::string> user;
  std::optional<model::WorkKind> kind;
  std::optional<model::JobId> job;
  /// Only rows that records up to this one settled: with the ledger's open rows of a state at `as_of`, the sum is
  /// capacity × time, exactly, whatever was settled since. That state must be the end of a batch, and durable.
  std::optional<std::uint64_t> as_of;
  bool by_job = false;  ///< sums by job as well
};

struct UsageSum {
  std::string partition;
  std::string card_type;
  ledger::UseClass use = ledger::UseClass::unwanted;
  std::string project;  ///< empty for idle and unavailable
  std::string user;
  model::WorkKind kind = model::WorkKind::general;
  ResourceTime time;
  model::JobId job;  ///< only with `by_job`; 0: idle or unavailable
};

class History {
 public:
  virtual ~History() = default;
  virtual Expected<std::vector<ledger::JobRow>, Fault> jobs(const JobFilter& filter) const = 0;
  /// How many there are in each state, of those that the filter lets through; its `before` and `limit` do not count.
  virtual Expected<std::map<model::JobState, std::int64_t>, Fault> job_counts(const JobFilter& filter) const = 0;
  virtual Expected<std::optional<ledger::JobRow>, Fault> job(model::JobId id) const = 0;
  virtual Expected<std::vector<ledger::AttemptRow>, Fault> attempts(model::JobId id) const = 0;
  /// Sums by every column of UsageSum, in their order.
  virtual Expected<std::vector<UsageSum>, Fault> usage(const UsageQuery& query) const = 0;
  virtual Expected<std::vector<ledger::IncidentRow>, Fault> incidents(const IncidentFilter& filter) const = 0;
  virtual Expected<std::vector<ledger::PostingRow>, Fault> postings(const std::string& account, Instant from,
                                                                    Instant to, std::int32_t limit) const = 0;
};

}  // namespace mingyue::ports
