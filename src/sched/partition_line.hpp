#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <unordered_set>
#include <vector>

#include "sched/job_requests.hpp"
#include "sched/line_planner.hpp"
#include "sched/plan.hpp"

/// LinePlanner for a partition of a real centre: speaks of jobs, tasks and node ids, and turns them into demands and
/// back. Built from a snapshot at any moment; then kept from event to event, or asked for one step and dropped. A copy
/// goes on by itself: that is how futures are tried.
namespace mingyue::sched {

class PartitionLine {
 public:
  /// Nodes that cannot be used: left out (what runs there is then nobody's concern, and they count for nothing), or
  /// kept, because they may come back.
  enum class Away : std::uint8_t { left_out, kept };

  /// With the partition's nodes and what runs there; nobody waits yet. For the work of no reservation: nodes are closed
  /// to it in the windows of all, as they are now known.
  PartitionLine(const Snapshot& snapshot, std::int32_t partition, Backfill policy, Away away);
  /// The same for the jobs of a reservation, by its place in the snapshot: its nodes, open in its windows.
  [[nodiscard]] static PartitionLine inside(const Snapshot& snapshot, std::int32_t reservation, Backfill policy,
                                            Away away);

  /// What jobs ask, by number, from 0: those that ask for the same have one, whatever their wall limits.
  [[nodiscard]] std::int32_t shape_of(const model::JobSpec& spec, const Allowance& allowance = {});

  /// False: the partition can never hold it.
  [[nodiscard]] bool ever_fits(std::int32_t shape) const { return fits_[static_cast<std::size_t>(shape)]; }
  [[nodiscard]] bool ever_fits(const model::JobSpec& spec, const Allowance& allowance = {});

  /// The job waits; a lower key comes first, ties go to the lower id. It must ever fit.
  void submit(model::JobId job, const model::JobSpec& spec, Duration wall, std::int64_t key, Instant not_before,
              const Allowance& allowance = {});
  void submit(model::JobId job, std::int32_t shape, Duration wall, std::int64_t key, Instant not_before);
  /// So many will come: a hint.
  void reserve(std::size_t jobs) { planner_->reserve(jobs); }
  void rekey(model::JobId job, std::int64_t key) { planner_->rekey(job.raw(), key); }
  void leave(model::JobId job) { planner_->leave(job.raw()); }  ///< it waits no longer, and did not start
  void end(model::JobId job, Instant now);                      ///< of one that holds nothing here: nothing changes
  void set_available(model::NodeId node, bool available, Instant now);  ///< only of nodes that were kept

  /// What starts now.
  [[nodiscard]] std::vector<Start> step(Instant now);
  /// The start that the last step() promised.
  [[nodiscard]] std::optional<Instant> promise(model::JobId job) const { return planner_->promise(job.raw()); }
  /// As LinePlanner's.
  void tell_moved() { planner_->tell_moved(); }
  [[nodiscard]] std::span<const JobNumber> moved() const { return planner_->moved(); }
  [[nodiscard]] Instant end_of(model::JobId job) const { return planner_->end_of(job.raw()); }
  [[nodiscard]] std::optional<Instant> next_end() { return planner_->next_end(); }
  /// When to ask again though nothing has happened (LinePlanner::next_due).
  [[nodiscard]] std::optional<Instant> next_due() const { return planner_->next_due(); }
  [[nodiscard]] Instant now() const { return planner_->now(); }  ///< of the newest thing that it heard of
  [[nodiscard]] bool waits(model::JobId job) const { return planner_->waits(job.raw()); }
  [[nodiscard]] bool runs(model::JobId job) const { return running_.contains(job.raw()); }

  /// For those who run the plan forward by themselves (forecast/lookahead.hpp): the planner, and what jobs of a shape
  /// ask of it.
  [[nodiscard]] const LinePlanner& planner() const { return *planner_; }
  [[nodiscard]] std::vector<Request> requests(std::int32_t shape) const;
  [[nodiscard]] std::size_t waiting() const { return planner_->waiting(); }

  PartitionLine(const PartitionLine& other);
  PartitionLine(PartitionLine&&) noexcept = default;
  PartitionLine& operator=(const PartitionLine&) = delete;
  PartitionLine& operator=(PartitionLine&&) noexcept = default;

 private:
  PartitionLine(const Snapshot& snapshot, std::int32_t partition, const ReservationView* inside, Backfill policy,
                Away away);

  using Ways = std::vector<JobRequest>;
  std::vector<NodeKind> kinds_;
  std::vector<model::NodeId> ids_;                           ///< by the planner's number
  std::vector<std::int32_t> number_of_;                      ///< by node id; -1: not of this partition
  std::map<std::vector<std::int64_t>, std::int32_t> known_;  ///< what jobs ask → shape
  std::vector<std::shared_ptr<const Ways>> shapes_;
  std::vector<std::int32_t> in_planner_;  ///< by shape: the planner's number for it; -1: it has none yet
  std::vector<bool> fits_;                ///< by shape: the partition can hold it, whatever is down just now
  std::unordered_set<JobNumber> running_;
  std::unique_ptr<LinePlanner> planner_;
};

}  // namespace mingyue::sched
