#include <algorithm>
#include <map>
#include <ranges>
#include <tuple>
#include <utility>

#include "ports/memory_log_store.hpp"

/// The questions of ports::History, asked of rows in memory. Written apart from the SQL that answers the same ones
/// (host/sqlite_history.cpp), and compared with it by one suite of tests.
namespace mingyue::ports {
namespace {

std::size_t within(std::int32_t limit) { return static_cast<std::size_t>(std::clamp(limit, 1, 10'000)); }

template <class T>
bool fits(const std::optional<T>& wanted, const T& value) {
  return !wanted || *wanted == value;
}

bool fits(const JobFilter& filter, const ledger::JobRow& job) {
  const bool state = filter.states.empty() || std::ranges::find(filter.states, job.state) != filter.states.end();
  return state && job.id < filter.before && fits(filter.user, job.user) && fits(filter.project, job.project) &&
         fits(filter.partition, job.partition) && fits(filter.name, job.name) && fits(filter.kind, job.kind) &&
         fits(filter.array, job.array) && (!filter.submitted_from || job.submitted_at >= *filter.submitted_from) &&
         (!filter.submitted_to || job.submitted_at < *filter.submitted_to);
}

bool fits(const IncidentFilter& filter, const ledger::IncidentRow& incident) {
  return incident.incident < filter.before && (!filter.open_only || !incident.closed_at) &&
         fits(filter.kind, incident.kind) && fits(filter.node, incident.node) && fits(filter.job, incident.attempt.job);
}

bool fits(const UsageQuery& query, const ledger::UsageRow& row, std::uint64_t seq) {
  return seq <= query.as_of.value_or(UINT64_MAX) && query.from < query.to && row.from < query.to &&
         row.to > query.from && row.from < row.to && fits(query.partition, row.partition) &&
         fits(query.project, row.project) && fits(query.user, row.user) && fits(query.kind, row.kind) &&
         fits(query.job, row.attempt.job);
}

}  // namespace

Expected<std::vector<ledger::JobRow>, Fault> MemoryLogStore::jobs(const JobFilter& filter) const {
  const std::lock_guard guard(mutex_);
  std::vector<ledger::JobRow> found;
  for (const auto& [id, job] : jobs_ | std::views::reverse) {
    if (found.size() == within(filter.limit)) break;
    if (fits(filter, job)) found.push_back(job);
  }
  return found;
}

Expected<std::map<model::JobState, std::int64_t>, Fault> MemoryLogStore::job_counts(const JobFilter& filter) const {
  const std::lock_guard guard(mutex_);
  JobFilter all = filter;
  all.before = model::JobId(UINT64_MAX);
  std::map<model::JobState, std::int64_t> counts;
  for (const auto& [id, job] : jobs_)
    if (fits(all, job)) ++counts[job.state];
  return counts;
}

Expected<std::optional<ledger::JobRow>, Fault> MemoryLogStore::job(model::JobId id) const {
  const std::lock_guard guard(mutex_);
  const auto found = jobs_.find(id);
  return found == jobs_.end() ? std::optional<ledger::JobRow>() : std::optional(found->second);
}

Expected<std::vector<ledger::AttemptRow>, Fault> MemoryLogStore::attempts(model::JobId id) const {
  const std::lock_guard guard(mutex_);
  std::vector<ledger::AttemptRow> found;
  for (auto at = attempts_.lower_bound({.job = id, .number = INT32_MIN}); at != attempts_.end() && at->first.job == id;
       ++at)
    found.push_back(at->second);
  return found;
}

Expected<std::vector<UsageSum>, Fault> MemoryLogStore::usage(const UsageQuery& query) const {
  const std::lock_guard guard(mutex_);
  using Key =
      std::tuple<std::string, std::string, ledger::UseClass, std::string, std::string, model::WorkKind, model::JobId>;
  std::map<Key, ResourceTime> sums;
  for (const auto& [row, seq] : usage_) {
    if (!fits(query, row, seq)) continue;
    const Duration time = std::min(row.to, query.to) - std::max(row.from, query.from);
    sums[{row.partition, row.card_type, row.use, row.project, row.user, row.kind,
          query.by_job ? row.attempt.job : model::JobId()}] += held(row.count, time);
  }
  std::vector<UsageSum> found;
  for (const auto& [key, time] : sums) {
    const auto& [partition, card_type, use, project, user, kind, job] = key;
    found.push_back({.partition = partition,
                     .card_type = card_type,
                     .use = use,
                     .project = project,
                     .user = user,
                     .kind = kind,
                     .time = time,
                     .job = job});
  }
  return found;
}

Expected<std::vector<ledger::IncidentRow>, Fault> MemoryLogStore::incidents(const IncidentFilter& filter) const {
  const std::lock_guard guard(mutex_);
  std::vector<ledger::IncidentRow> found;
  for (const auto& [id, incident] : incidents_ | std::views::reverse) {
    if (found.size() == within(filter.limit)) break;
    if (fits(filter, incident)) found.push_back(incident);
  }
  return found;
}

Expected<std::vector<ledger::PostingRow>, Fault> MemoryLogStore::postings(const std::string& account, Instant from,
                                                                          Instant to, std::int32_t limit) const {
  const std::lock_guard guard(mutex_);
  // By time, and by the order in which they were posted; newest first, like the rest.
  std::vector<std::pair<Instant, std::size_t>> places;
  for (std::size_t i = 0; i < postings_.size(); ++i) {
    const ledger::PostingRow& posting = postings_[i];
    if (posting.at < from || posting.at >= to) continue;
    if (account.empty() || posting.debit == account || posting.credit == account) places.emplace_back(posting.at, i);
  }
  std::ranges::sort(places, std::ranges::greater{});
  if (places.size() > within(limit)) places.resize(within(limit));
  std::vector<ledger::PostingRow> found;
  for (const auto& [at, i] : places) found.push_back(postings_[i]);
  return found;
}

}  // namespace mingyue::ports
