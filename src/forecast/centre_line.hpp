#pragma once

#include <cstdint>
#include <map>
#include <vector>

#include "core/planner_input.hpp"
#include "forecast/centre_arrivals.hpp"
#include "forecast/start_time.hpp"
#include "sched/partition_line.hpp"

/// The lines of a centre at one moment, ready to be run forward: for each partition a planner that holds who waits and
/// runs there, and what is supposed to arrive.
namespace mingyue::forecast {

/// What a forecast sees of a centre.
struct Moment {
  core::PlannerInput input;
  std::vector<model::PriorityClass> classes;
};

/// Planned by EASY, as futures of a what-if are (whatif/future.hpp), in the order of the moment: the terms of that
/// order (sched::order) are turned into time, as much as a job would have to have come earlier to stand where it
/// stands. So what arrives later finds its place among those who wait now, and among others that arrive.
///
/// Who is blocked (held, waits for a job, for its array or for its project's budget) stands in no line.
class CentreLine {
 public:
  /// Only those jobs stand in line of which `knows` says so. `arrivals` must live as long as this.
  CentreLine(Moment moment, const CentreArrivals& arrivals, const std::function<bool(model::JobId)>& knows);

  [[nodiscard]] Instant now() const { return moment_.input.snapshot.now; }
  [[nodiscard]] std::size_t partitions() const { return lines_.size(); }
  /// Valid as long as this.
  [[nodiscard]] InLine line(std::size_t partition) const;
  [[nodiscard]] Suppositions arrivals(std::size_t partition) const;

 private:
  /// One that came, and where it would stand if it came now.
  struct Again {
    Instant came_at;
    SupposedArrival arrival;
  };
  void suppose_all(const CentreArrivals& arrivals);
  void line_up(const std::function<bool(model::JobId)>& knows);
  void add_arrivals(const CentreArrivals& arrivals);
  [[nodiscard]] std::int64_t key(const sched::PriorityTerms& terms) const;

  Moment moment_;
  std::size_t waiting_ = 0;         ///< of the snapshot's: who really waits; supposed ones follow
  Duration known_;                  ///< how far the history of arrivals reaches
  std::vector<std::int64_t> keys_;  ///< by place in Snapshot::waiting
  std::vector<sched::PartitionLine> lines_;
  std::vector<std::vector<sched::JobNumber>> in_line_;
  std::vector<std::vector<Again>> again_;  ///< by partition, in the order in which they came
  std::map<std::pair<std::size_t, std::int32_t>, std::vector<sched::Request>> requests_;  ///< by partition and shape
};

}  // namespace mingyue::forecast
