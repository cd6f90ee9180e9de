#pragma once

#include "workload/chance.hpp"
#include "workload/trace_job.hpp"

namespace mingyue::workload {

/// How the jobs of a cluster end, as published: shares of all jobs, and of all card-time, in thousandths. What is left
/// to 1,000 succeeds. Large jobs are cancelled far more often than small ones.
struct EndShares {
  int cancelled_jobs = 0;
  int cancelled_time = 0;
  int failed_jobs = 0;
  int failed_time = 0;
};

/// How much is in large jobs, those above the mean card-time of a job: shares of all jobs and of all card-time.
struct LargeJobs {
  std::int64_t mean_ms = 0;  ///< card-milliseconds of a job
  Fixed jobs = 0;
  Fixed time = 0;
};

/// Draws ends so that both shares come out: one chance for large jobs and one for the others, from two equations with
/// two unknowns. Where the shares contradict each other, those of card-time win.
class Ends {
 public:
  Ends() = default;
  Ends(const EndShares& shares, const LargeJobs& large);
  [[nodiscard]] End draw(Prng& prng, std::int64_t card_ms) const;

 private:
  struct Chances {
    Fixed cancelled = 0;
    Fixed failed = 0;
  };
  std::int64_t mean_ms_ = 0;
  Chances large_, small_;
};

}  // namespace mingyue::workload
