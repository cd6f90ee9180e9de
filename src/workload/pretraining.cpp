#include "workload/pretraining.hpp"

#include <algorithm>
#include <tuple>

namespace mingyue::workload {
namespace {

constexpr std::uint32_t teams = 8;

/// As on Seren: of the card-time of its large jobs, 66 % ends by cancellation and 12 % by failure.
End draw_end(Prng& prng) {
  const std::uint64_t at = prng.below(1000);
  if (at < 664) return End::cancelled;
  return at < 788 ? End::failed : End::succeeded;
}

}  // namespace

Expected<std::vector<TraceJob>> pretraining_jobs(const PretrainingOptions& options, std::int32_t machine, Int128 wanted,
                                                 Duration window, std::uint64_t seed) {
  std::vector<std::int32_t> sizes = options.cards;
  std::erase_if(sizes, [&](std::int32_t cards) { return cards > machine || cards <= 0; });
  if (sizes.empty())
    return refuse("does-not-fit", "cards", "no pre-training job fits a machine of so few cards",
                  "a larger machine, smaller jobs (--giants-cards), or a mix without them: venus-mix");
  if (options.run_max <= Duration(0) || options.run_max > run_max || options.median <= Duration(0) ||
      options.sigma < 0 || options.sigma > 8 * one)
    return refuse("out-of-range", "run", "run times of pre-training jobs are none, or beyond ten years");

  const Prng root(seed);
  Prng draws = root.split("pretraining");
  Prng requests = root.split("pretraining requests");
  const Choice team = Choice::zipf(teams);
  std::vector<TraceJob> jobs;
  Int128 there = 0;
  while (there < wanted) {
    TraceJob job;
    const std::int32_t cards = sizes[draws.below(sizes.size())];
    job.run = draw_log_normal(draws, options.median, options.sigma, options.run_max);
    job.submit = Duration(static_cast<std::int64_t>(draws.below(static_cast<std::uint64_t>(window.raw()))));
    const Shape shape = shape_of(cards);
    job.tasks = shape.tasks;
    job.cards_per_task = shape.cards_per_task;
    job.cores_per_task = shape.cards_per_task;
    job.request = drawn_request(job.run, requests);
    job.checkpoint = options.checkpoint;
    job.user = pretraining_users + team.draw(draws);
    job.project = job.user;
    job.end = draw_end(draws);
    const Int128 time = static_cast<Int128>(cards) * job.run.raw();
    if (there + time - wanted > wanted - there) break;
    there += time;
    jobs.push_back(job);
  }
  std::ranges::stable_sort(jobs, {}, &TraceJob::submit);
  for (std::size_t i = 0; i < jobs.size(); ++i) jobs[i].number = static_cast<std::int64_t>(i) + 1;
  return jobs;
}

}  // namespace mingyue::workload
