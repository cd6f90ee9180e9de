#include "whatif/answer.hpp"

#include <algorithm>
#include <atomic>
#include <thread>
#include <unordered_map>

#include "base/prng.hpp"
#include "base/units.hpp"
#include "core/planner_input.hpp"
#include "forecast/log_note.hpp"

namespace mingyue::whatif {
namespace {

using model::JobId;

const core::Actor anybody{"what-if", model::Role::operator_};

Expected<void> change(Future& future, const Question& question) {
  for (const std::string& node : question.drain) {
    CHECK_OK(future.execute(core::DrainNode{anybody, node, "what if"}));
  }
  for (const std::string& node : question.resume) {
    CHECK_OK(future.execute(core::ResumeNode{anybody, node}));
    const auto& nodes = future.state().centre.nodes;
    const auto found = std::ranges::find(nodes, node, &model::Node::name);
    if (found != nodes.end()) CHECK_OK(future.execute(core::ReportNode{found->id, true, ""}));
  }
  model::Centre centre = future.state().centre;
  for (const MoreNodes& more : question.add) {
    const auto like = std::ranges::find(centre.nodes, more.like, &model::Node::name);
    if (like == centre.nodes.end())
      return refuse("unknown-node", "add", "there is no node " + more.like, "see: mingyue nodes");
    const model::Node model = *like;
    for (std::int32_t i = 0; i < more.count; ++i) {
      model::Node& node = centre.nodes.emplace_back(model);
      node.name += ".new" + std::to_string(i + 1);
      node.id = model::NodeId{static_cast<std::uint32_t>(centre.nodes.size() - 1)};
      node.is_virtual = true;
    }
  }
  const Weights& weights = question.weights;
  model::Policy& policy = centre.policy;
  policy.weight_class = weights.by_class.value_or(policy.weight_class);
  policy.weight_fair_share = weights.fair_share.value_or(policy.weight_fair_share);
  policy.weight_age = weights.age.value_or(policy.weight_age);
  policy.weight_size = weights.size.value_or(policy.weight_size);
  policy.weight_merit = weights.merit.value_or(policy.weight_merit);
  if (centre != future.state().centre) CHECK_OK(future.execute(core::ConfigureCentre{std::move(centre), {}}));
  for (const model::JobSpec& spec : question.submit) {
    CHECK_OK(future.execute(core::SubmitJob{anybody, spec, "", {}}));
  }
  return {};
}

/// How long each job will likely run; none: nothing was learnt.
using Likely = std::unordered_map<std::uint64_t, forecast::RunTime>;

Likely likely_run_times(const core::State& state, const forecast::RunTimes* learnt) {
  Likely likely;
  if (learnt == nullptr) return likely;
  likely.reserve(state.jobs.size());
  const model::JobSpec* last = nullptr;  // elements of an array are alike
  forecast::RunTime of_last;
  for (const auto& [id, job] : state.jobs) {
    const model::JobSpec& spec = state.spec(job);
    if (&spec != last) of_last = learnt->predict(forecast::facts_of(spec));
    last = &spec;
    likely.emplace(id.raw(), of_last);
  }
  return likely;
}

/// Draws are of the job and the future alone, so that they are the same on both sides and in any order.
RunTime drawn(std::uint64_t seed, std::int32_t future, const Likely& likely) {
  if (future == 0) return whole_limit;
  return [seed, future, &likely](JobId job, const model::JobSpec& spec, Duration elapsed) {
    Prng draw(seed ^ (job.raw() * 0x9e3779b97f4a7c15ULL) ^ (static_cast<std::uint64_t>(future) << 48));
    if (const auto known = likely.find(job.raw()); known != likely.end()) {
      const auto permille = static_cast<std::int32_t>(draw.below(1'000));
      return std::max(known->second.quantile(permille, elapsed), elapsed + milliseconds(1));
    }
    const std::int64_t left = std::max<std::int64_t>(1, (spec.wall - elapsed).raw());
    return elapsed + Duration{1 + static_cast<std::int64_t>(draw.below(static_cast<std::uint64_t>(left)))};
  };
}

/// What one future of one side showed.
struct Seen {
  std::map<JobId, Instant> starts;
  std::vector<ledger::PoolSum> pools;
  std::uint64_t events = 0;
};

Seen look(const Future& begun, Instant until, const RunTime& run_time) {
  Future future(begun);
  future.run(until, run_time);
  return {future.starts(), future.sums(until), future.events()};
}

template <class T>
T quantile(std::vector<T>& values, std::size_t percent) {
  const std::size_t at = (values.size() - 1) * percent / 100;
  std::ranges::nth_element(values, values.begin() + static_cast<std::ptrdiff_t>(at));
  return values[at];
}

StartTimes start_times(const std::vector<Seen>& seen, JobId job) {
  std::vector<Instant> starts;
  for (const Seen& one : seen) {
    const auto start = one.starts.find(job);
    starts.push_back(start == one.starts.end() ? never : start->second);
  }
  const auto at = [&](std::size_t percent) -> std::optional<Instant> {
    const Instant t = quantile(starts, percent);
    return t == never ? std::nullopt : std::optional(t);
  };
  return {at(10), at(50), at(90)};
}

Side side_of(const std::vector<Seen>& seen, const std::vector<ledger::PoolSum>& before,
             const std::vector<JobId>& waiting, Instant now) {
  Side side;
  std::vector<std::int64_t> started;
  std::vector<std::int64_t> waits;
  for (const Seen& one : seen) {
    std::int64_t count = 0;
    Int128 sum = 0;
    for (const JobId job : waiting) {
      const auto start = one.starts.find(job);
      if (start == one.starts.end()) continue;
      ++count;
      sum += (start->second - now).raw();
    }
    started.push_back(count);
    waits.push_back(count > 0 ? static_cast<std::int64_t>(sum / count) : 0);
  }
  side.started = quantile(started, 50);
  side.waiting = static_cast<std::int64_t>(waiting.size()) - side.started;
  side.wait_mean = Duration{quantile(waits, 50)};
  for (std::size_t p = 0; p < seen.front().pools.size(); ++p) {
    const ledger::PoolSum& pool = seen.front().pools[p];
    const auto old = std::ranges::find(before, pool.key, &ledger::PoolSum::key);
    const auto used_of = [](const ledger::PoolSum& sum) {
      std::int64_t used = 0;
      for (const auto use : {ledger::UseClass::productive, ledger::UseClass::checkpoint, ledger::UseClass::start,
                             ledger::UseClass::lost})
        used += sum.classes[static_cast<std::size_t>(use) - 1].raw();
      return used;
    };
    const std::int64_t capacity = pool.capacity.raw() - (old == before.end() ? 0 : old->capacity.raw());
    if (capacity <= 0) continue;
    std::vector<std::int64_t> used;
    for (const Seen& one : seen) {
      const std::int64_t time = used_of(one.pools[p]) - (old == before.end() ? 0 : used_of(*old));
      used.push_back(static_cast<std::int64_t>(static_cast<Int128>(time) * 1'000'000 / capacity));
    }
    side.pools.push_back({pool.key.partition, pool.key.card_type, 0, quantile(used, 50)});
    side.pools.back().capacity = capacity;
  }
  return side;
}

}  // namespace

Expected<Answer> ask(const core::State& state, const ledger::Book& book, Instant now, const Question& question,
                     int threads, const forecast::RunTimes* learnt) {
  Future without(state, book, now);
  Future with(state, book, now);
  const JobId first_asked = with.state().next_job;
  CHECK_OK(change(with, question));
  const JobId end_asked = with.state().next_job;
  const Instant begin = without.now();
  const Instant until = begin + question.horizon;
  // Those of the side that has them all: what is submitted by the question too.
  const Likely likely = likely_run_times(with.state(), question.futures > 1 ? learnt : nullptr);
  without.begin();
  with.begin();

  const auto count = static_cast<std::size_t>(std::max(1, question.futures));
  std::vector<Seen> before(count), after(count);
  std::atomic<std::size_t> next = 0;
  const auto work = [&] {
    for (std::size_t i = next++; i < 2 * count; i = next++) {
      const RunTime run_time = drawn(question.seed, static_cast<std::int32_t>(i / 2), likely);
      (i % 2 == 0 ? before : after)[i / 2] = look(i % 2 == 0 ? without : with, until, run_time);
    }
  };
  {
    std::vector<std::jthread> others;
    for (int t = 1; t < threads && static_cast<std::size_t>(t) < 2 * count; ++t) others.emplace_back(work);
    work();
  }

  Answer answer{.now = begin, .until = until, .futures = static_cast<std::int32_t>(count), .learnt = !likely.empty()};
  std::vector<JobId> waiting;
  for (const auto& [id, job] : without.state().jobs) {
    if (job.state == model::JobState::queued || job.state == model::JobState::held) waiting.push_back(id);
  }
  answer.before = side_of(before, without.sums(begin), waiting, begin);
  answer.after = side_of(after, with.sums(begin), waiting, begin);
  for (const JobId job : waiting)
    answer.jobs.push_back({job, false, start_times(before, job), start_times(after, job)});
  for (JobId job = first_asked; job < end_asked; job = JobId{job.raw() + 1})
    answer.jobs.push_back({job, true, std::nullopt, start_times(after, job)});
  for (std::size_t i = 0; i < count; ++i) answer.events += before[i].events + after[i].events;
  for (Side* side : {&answer.before, &answer.after})
    for (PoolUse& pool : side->pools) pool.capacity /= std::max<std::int64_t>(1, question.horizon.raw());
  return answer;
}

Expected<NewJobStart> start_of(core::State state, ledger::Book book, Instant now, const NewJob& job, Duration horizon,
                               std::int32_t futures, const forecast::RunTimes* learnt,
                               const std::function<bool()>& go_on) {
  Future begun(std::move(state), std::move(book), now);
  const JobId wanted = begun.state().next_job;
  CHECK_OK(begun.execute(core::SubmitJob{anybody, job.spec, "", job.ended_targets}));
  const Instant begin = begun.now();
  const Instant until = begin + horizon;
  const Likely likely = likely_run_times(begun.state(), learnt);
  begun.begin();
  const auto start_in = [&](const RunTime& run_time) -> std::optional<Instant> {
    Future future(begun);
    future.run(until, run_time, wanted);
    const auto found = future.starts().find(wanted);
    return found == future.starts().end() ? std::nullopt : std::optional(found->second);
  };
  NewJobStart start{.at_limits = start_in(whole_limit)};
  if (!start.at_limits) {
    // A plan of this job alone says what keeps it, beside what is before it.
    core::PlannerInput input = core::planner_input(begun.state(), begin);
    std::erase_if(input.snapshot.waiting, [&](const sched::WaitingView& other) { return other.id != wanted; });
    sched::Plan alone = sched::plan(input.snapshot);
    if (!alone.waits.empty()) start.wait = std::move(alone.waits.front());
  }
  std::vector<Instant> drawn_starts;
  for (std::int32_t f = 1; learnt != nullptr && f <= futures && go_on(); ++f)
    drawn_starts.push_back(start_in(drawn(1, f, likely)).value_or(never));
  if (drawn_starts.empty()) return start;
  const auto at = [&](std::size_t percent) -> std::optional<Instant> {
    const Instant t = quantile(drawn_starts, percent);
    return t == never ? std::nullopt : std::optional(t);
  };
  start.drawn = {at(10), at(50), at(90)};
  start.futures = static_cast<std::int32_t>(drawn_starts.size());
  return start;
}

}  // namespace mingyue::whatif
