#include "forecast/start_time.hpp"

#include <algorithm>
#include <bit>

#include "base/invariant.hpp"

namespace mingyue::forecast {
namespace {

constexpr std::size_t stated_most = 8;

/// Which of its quantiles a job has in a future: each of them in one future, in an order of its own (a Latin hypercube:
/// M. McKay, R. Beckman, W. Conover, Technometrics 21(2), 1979). In half of the futures the jobs of one user go
/// together, all short or all long, as those submitted in one go do; in the other half each goes by itself.
std::int32_t permille_of(sched::JobNumber job, const RunFacts& facts, std::size_t future, std::size_t futures) {
  const bool together = future % 2 == 0 && facts.user != 0;
  const std::size_t strata = std::max<std::size_t>(1, futures / 2);
  std::uint64_t hash = ((together ? facts.user : job) + 1) * 0x9e3779b97f4a7c15ULL;
  hash ^= hash >> 31;
  // An odd factor permutes the numbers below a power of two.
  const std::uint64_t place = ((hash | 1) * (future / 2) + (hash >> 32)) % strata;
  return static_cast<std::int32_t>((2 * place + 1) * 1000 / (2 * strata));
}

}  // namespace

Forecaster::Forecaster(const ForecastOptions& options) : options_(options), arrivals_(options.arrivals_most) {
  INVARIANT(std::has_single_bit(options.futures) && options.futures <= 16, "{} futures", options.futures);
}

Forecaster::Forecaster(const ForecastOptions& options, ForecasterMemory memory) : Forecaster(options) {
  memory_ = std::move(memory);
  for (const auto& [number, job] : memory_.waiting) {
    for (const Statement& one : job.stated)
      if (!one.passed) ends_of_intervals_.emplace(one.latest(), number);
  }
}

void Forecaster::submitted(const JobFacts& facts, Instant now) {
  settle(now);
  Job job{.facts = facts.run, .likely = memory_.run_times.predict(facts.run), .submitted_at = now};
  if (options_.arrivals_most > 0) {
    job.arrival = arrivals_.submitted(
        {now, facts.key, facts.demand, facts.run.limit, std::max(job.likely.quantile(500), milliseconds(1))}, now);
  }
  const bool fresh = memory_.waiting.emplace(facts.number, std::move(job)).second;
  INVARIANT(fresh, "job {} is submitted twice", facts.number);
}

void Forecaster::started(sched::JobNumber number, Instant now) {
  settle(now);
  auto node = memory_.waiting.extract(number);
  INVARIANT(!node.empty(), "job {} starts and does not wait", number);
  Job& job = node.mapped();
  close(job, number, now);
  if (job.submitted_at != now) job.likely = memory_.run_times.predict(job.facts);  // more is known meanwhile
  job.started_at = now;
  memory_.running.insert(std::move(node));
}

void Forecaster::ended(sched::JobNumber number, Instant now, Ran how) {
  settle(now);
  const auto it = memory_.running.find(number);
  INVARIANT(it != memory_.running.end(), "job {} ends and does not run", number);
  const Job& job = it->second;
  if (how == Ran::through) {
    const Duration ran = now - job.started_at;
    memory_.run_times.ended(job.facts, ran);
    if (options_.arrivals_most > 0) arrivals_.ended(job.arrival, std::max(ran, milliseconds(1)));
  }
  memory_.running.erase(it);
}

void Forecaster::left(sched::JobNumber number, Instant now) {
  settle(now);
  const auto it = memory_.waiting.find(number);
  INVARIANT(it != memory_.waiting.end(), "job {} leaves and does not wait", number);
  close(it->second, number, std::nullopt);
  memory_.waiting.erase(it);
}

void Forecaster::stated(const StartForecast& forecast) {
  const auto it = memory_.waiting.find(forecast.job);
  if (it == memory_.waiting.end() || it->second.stated.size() >= stated_most) return;
  const Statement statement{.supposed = forecast.supposed,
                            .band = {forecast.earliest - forecast.made_at, forecast.point - forecast.made_at,
                                     forecast.latest - forecast.made_at},
                            .made_at = forecast.made_at,
                            .user = it->second.facts.user,
                            .asked = forecast.asked};
  it->second.stated.push_back(statement);
  ends_of_intervals_.emplace(statement.latest(), forecast.job);
  memory_.calibration.stated(statement);
}

void Forecaster::settle(Instant now) {
  while (!ends_of_intervals_.empty() && ends_of_intervals_.begin()->first < now) {
    const auto [latest, number] = *ends_of_intervals_.begin();
    ends_of_intervals_.erase(ends_of_intervals_.begin());
    for (Statement& one : memory_.waiting.at(number).stated) {
      if (!one.passed && one.latest() == latest) memory_.calibration.passed(one, latest);
    }
  }
}

void Forecaster::close(Job& job, sched::JobNumber number, std::optional<Instant> started_at) {
  for (const Statement& one : job.stated) {
    ends_of_intervals_.erase({one.latest(), number});
    if (started_at)
      memory_.calibration.started(one, *started_at - one.made_at, *started_at);
    else
      memory_.calibration.withdrawn(one);
  }
  job.stated.clear();
}

SupposedEnd Forecaster::end_of(sched::JobNumber number, const Job& job, std::size_t index, Instant now) const {
  const Duration run =
      job.likely.quantile(permille_of(number, job.facts, index, options_.futures), now - job.started_at);
  return {number, std::max(job.started_at + run, now + milliseconds(1))};
}

/// What the looks ahead have in common.
Lookahead Forecaster::suppose(std::size_t index, Instant now) const {
  return {.now = now,
          .ends = {},
          .run_of =
              [this, index](sched::JobNumber number) {
                const Job& job = memory_.waiting.at(number);
                return job.likely.quantile(permille_of(number, job.facts, index, options_.futures));
              },
          .next_arrival = {},
          .plans_exact = options_.plans_exact,
          .horizon = options_.horizon,
          .go_on = {}};
}

Outlook Forecaster::future(std::size_t index, sched::JobNumber wanted, const sched::LinePlanner& planner,
                           Instant now) const {
  std::vector<SupposedEnd> ends;
  ends.reserve(memory_.running.size());
  for (const auto& [number, job] : memory_.running) ends.push_back(end_of(number, job, index, now));
  Lookahead what = suppose(index, now);
  what.ends = ends;
  what.wanted = wanted;
  std::optional<Arrivals::Again> again;
  if (options_.arrivals_most > 0) {
    if (const auto lag = arrivals_.lag(index, now)) {
      again.emplace(arrivals_, *lag, now);
      what.next_arrival = [&again] { return again->next(); };
    }
  }
  return look_ahead(planner, what);
}

StartForecast Forecaster::correct(sched::JobNumber number, const Job& job, std::vector<Duration>& waits,
                                  Instant now) const {
  std::ranges::sort(waits);
  const std::size_t n = waits.size();
  const Duration middle{(waits[(n - 1) / 2].raw() + waits[n / 2].raw()) / 2};
  const WaitBand supposed{waits[n / 16], middle, waits[n - 1 - n / 16]};
  const Asked asked = job.stated.empty() ? Asked::first : Asked::again;
  const WaitBand band = memory_.calibration.corrected(supposed, asked);
  return {.job = number,
          .made_at = now,
          .earliest = now + band.low,
          .point = now + band.middle,
          .latest = now + band.high,
          .asked = asked,
          .supposed = supposed};
}

std::optional<StartForecast> Forecaster::forecast(sched::JobNumber number, const sched::LinePlanner& planner,
                                                  Instant now) const {
  const auto it = memory_.waiting.find(number);
  if (it == memory_.waiting.end()) return std::nullopt;
  std::vector<Duration> waits;
  for (std::size_t i = 0; i < options_.futures; ++i) {
    const Outlook outlook = future(i, number, planner, now);
    waits.push_back(outlook.until - now);
  }
  return correct(number, it->second, waits, now);
}

std::vector<StartForecast> Forecaster::forecast_all(const sched::LinePlanner& planner, Instant now) const {
  std::map<sched::JobNumber, std::vector<Duration>> waits;
  for (const auto& [number, job] : memory_.waiting) waits[number].reserve(options_.futures);
  for (std::size_t i = 0; i < options_.futures; ++i) {
    const Outlook outlook = future(i, 0, planner, now);
    for (const SupposedStart& start : outlook.starts) waits.at(start.job).push_back(start.at - now);
    for (auto& [number, of_job] : waits) {
      if (of_job.size() == i) of_job.push_back(outlook.until - now);
    }
  }
  std::vector<StartForecast> forecasts;
  forecasts.reserve(waits.size());
  for (auto& [number, of_job] : waits) forecasts.push_back(correct(number, memory_.waiting.at(number), of_job, now));
  return forecasts;
}

std::vector<StartForecast> Forecaster::forecast_all(const InLine& line, const Suppositions& arrivals, Instant now,
                                                    const std::function<bool()>& go_on) const {
  std::map<sched::JobNumber, std::vector<Duration>> waits;
  for (const sched::JobNumber number : line.waiting) waits[number].reserve(options_.futures);
  for (std::size_t i = 0; i < options_.futures; ++i) {
    std::vector<SupposedEnd> ends;
    ends.reserve(line.running.size());
    for (const SupposedEnd& latest : line.running) {
      const SupposedEnd likely = end_of(latest.job, memory_.running.at(latest.job), i, now);
      ends.push_back({latest.job, std::min(likely.at, std::max(latest.at, now + milliseconds(1)))});
    }
    Lookahead what = suppose(i, now);
    what.planned = line.planned;
    what.ends = ends;
    what.next_arrival = arrivals(i);
    what.go_on = go_on;
    const Outlook outlook = look_ahead(line.planner, what);
    if (go_on && !go_on()) return {};
    for (const SupposedStart& start : outlook.starts) waits.at(start.job).push_back(start.at - now);
  }
  std::vector<StartForecast> forecasts;
  forecasts.reserve(waits.size());
  for (auto& [number, of_job] : waits) {
    if (of_job.size() + options_.futures / 4 < options_.futures || of_job.empty()) continue;
    of_job.resize(options_.futures, options_.horizon);
    forecasts.push_back(correct(number, memory_.waiting.at(number), of_job, now));
  }
  return forecasts;
}

bool Forecaster::worth_stating(const StartForecast& forecast) const {
  const auto it = memory_.waiting.find(forecast.job);
  if (it == memory_.waiting.end()) return false;
  const Job& job = it->second;
  if (job.stated.empty()) return true;
  const Duration then = job.stated.back().made_at - job.submitted_at;
  return forecast.made_at - job.submitted_at >= std::max(then, minutes(1)) * 2;
}

std::optional<RunTime> Forecaster::run_time(sched::JobNumber number) const {
  for (const auto* jobs : {&memory_.waiting, &memory_.running}) {
    if (const auto it = jobs->find(number); it != jobs->end()) return it->second.likely;
  }
  return std::nullopt;
}

}  // namespace mingyue::forecast
