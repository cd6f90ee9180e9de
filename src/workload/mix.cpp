#include "workload/mix.hpp"

#include <fmt/format.h>

#include <utility>
#include <vector>

#include "workload/fitted.hpp"

namespace mingyue::workload {
namespace {

/// How Venus' jobs end, as published: the recorded trace does not say.
constexpr EndShares venus_ends{.cancelled_jobs = 272, .cancelled_time = 399, .failed_jobs = 202, .failed_time = 85};

Expected<std::unique_ptr<Source>> base_of(std::optional<Trace> recorded, const MixOptions& options, Load load) {
  if (!recorded)
    return fitted({.cluster = Cluster::helios,
                   .cards = options.cards,
                   .load = load,
                   .window = options.window,
                   .seed = options.seed,
                   .checkpoint = options.checkpoint});
  if (recorded->facts.unit != Unit::cards)
    return refuse("not-allowed", "from", "the jobs of the trace ask for cores, and the mix is of cards",
                  "a trace of an AI cluster: helios, acme, openb, or common with # unit cards");
  return superpose(std::move(*recorded), {.machine = options.cards,
                                          .load = load,
                                          .window = options.window,
                                          .seed = options.seed,
                                          .checkpoint = options.checkpoint,
                                          .ends = venus_ends});
}

Expected<void> check(const MixOptions& options) {
  if (options.cards <= 0 || options.cards > size_max)
    return refuse("out-of-range", "cards", fmt::format("{} cards", options.cards), "1 to 10,000,000");
  if (options.load <= Load(0) || options.load > load_max)
    return refuse("out-of-range", "load", "the load is none, or more than ten times the machine", "0.955, for example");
  if (options.window <= Duration(0) || options.window > run_max)
    return refuse("out-of-range", "days", "a window is more than nothing and at most ten years");
  if (options.pretraining_percent < 0 || options.pretraining_percent > 100)
    return refuse("out-of-range", "giants-share", "a share is 0 to 100 percent");
  return {};
}

}  // namespace

Expected<std::unique_ptr<Source>> venus_mix(std::optional<Trace> recorded, const MixOptions& options) {
  CHECK_OK(check(options));
  return base_of(std::move(recorded), options, options.load);
}

Expected<std::unique_ptr<Source>> llm_mix(std::optional<Trace> recorded, const MixOptions& options) {
  CHECK_OK(check(options));
  const Int128 whole = static_cast<Int128>(options.cards) * options.window.raw();
  const Int128 all = whole * options.load.raw() / full_load.raw();
  TRY(giants, pretraining_jobs(options.pretraining, options.cards, all * options.pretraining_percent / 100,
                               options.window, options.seed));
  Int128 taken = 0;
  for (const TraceJob& job : giants) taken += static_cast<Int128>(cards_of(job)) * job.run.raw();
  TraceFacts facts{.unit = Unit::cards, .cards = options.cards, .window = options.window};
  const std::string training =
      fmt::format("{} % of the card-time in pre-training jobs", static_cast<int>((taken * 100 + all / 2) / all));

  std::vector<std::unique_ptr<Source>> parts;
  const Load rest(static_cast<std::int64_t>((all - taken) * full_load.raw() / whole));
  if (rest > Load(0)) {
    TRY(base, base_of(std::move(recorded), options, rest));
    facts.from = fmt::format("{}; {}", base->facts().from, training);
    parts.push_back(std::move(base));
  } else {
    facts.from = training;
  }
  Trace trace{.facts = facts, .jobs = std::move(giants)};
  trace.account.rows = trace.account.jobs = trace.jobs.size();
  parts.push_back(replay(std::move(trace)));
  return merge(std::move(parts), std::move(facts));
}

void use_giants(MixOptions& options) {
  options.pretraining_percent = 50;
  options.pretraining.cards = {1'024, 2'048, 4'096};
}

}  // namespace mingyue::workload
