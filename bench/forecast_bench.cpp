#include <fmt/format.h>
#include <sys/resource.h>

#include <algorithm>
#include <cstdio>
#include <ctime>
#include <map>
#include <queue>
#include <string>
#include <vector>

#include "forecast/lookahead.hpp"
#include "forecast/start_time.hpp"
#include "workload/mix.hpp"
#include "workload/read.hpp"

/// Do forecasts of starts keep their word? Replays a trace with LinePlanner and asks, for each job that does not start
/// at once, when it will; then says how many of the 90 % intervals held the start, over all, over time, by supposed
/// wait and by size, beside what the users' limits pushed through the plan say (from now until that).
///
///   forecast_bench TRACE NODES CORES CARDS POLICY [options]
///   forecast_bench venus-mix TRACE DAYS LOAD POLICY [options]        10,000 cards
///
///   --every N        ask for every N-th job only
///   --again H        ask again for all that wait, every H hours
///   --futures K      looks ahead a forecast
///   --no-arrivals    suppose that nothing more arrives
///   --rows           print every forecast as a row of numbers instead of the tables
///   --refresh M      ask not at the submission, but for all new ones together every M minutes
namespace {
using namespace mingyue;
using forecast::StartForecast;

struct Options {
  sched::Backfill policy = sched::Backfill::aged;
  sched::LineNode node;
  int nodes = 0;
  std::uint64_t every = 1;
  Duration again;
  Duration refresh;
  bool rows = false;
  forecast::ForecastOptions forecast;
};

struct Live {
  Instant submitted;
  Duration run;
  Duration limit;
  std::int64_t size = 1;
  std::uint32_t user = 0;
  Instant started;
};

struct Told {
  Instant made_at;
  std::uint32_t user = 0;
  std::int64_t size = 1;
  forecast::Asked asked = forecast::Asked::first;
  forecast::WaitBand supposed;
  Duration low, point, high;
  Duration naive;
  Duration wait{-1};
};

double cpu() { return static_cast<double>(std::clock()) / CLOCKS_PER_SEC; }
double s(Duration d) { return static_cast<double>(d.raw()) / 1000; }

/// The interval score: the width, and twenty times (2 / 0.1) by how much it was missed. R. Winkler, JASA 67, 1972.
double winkler(Duration low, Duration high, Duration wait) {
  double score = s(high - low);
  if (wait < low) score += 20 * s(low - wait);
  if (wait > high) score += 20 * s(wait - high);
  return score;
}

template <class T>
T median(std::vector<T> of) {
  if (of.empty()) return {};
  std::ranges::nth_element(of, of.begin() + static_cast<std::ptrdiff_t>(of.size() / 2));
  return of[of.size() / 2];
}

class Bench {
 public:
  Bench(workload::Source& source, const Options& options)
      : source_(source), options_(options), forecaster_(options.forecast) {}

  void run() {
    workload::TraceJob job;
    bool more = source_.next(job);
    const Instant begin = Instant{0} + job.submit;
    sched::LinePlanner planner(std::vector<sched::LineNode>(static_cast<std::size_t>(options_.nodes), options_.node),
                               options_.policy, begin);
    using End = std::pair<Instant, std::uint64_t>;
    std::priority_queue<End, std::vector<End>, std::greater<>> ends;
    Instant again_at = begin + options_.again;
    Instant refresh_at = begin + options_.refresh;
    std::uint64_t next = 1;
    std::vector<std::uint64_t> fresh;
    const double started_cpu = cpu();
    while (more || !ends.empty()) {
      Instant now = more ? Instant{0} + job.submit : never;
      if (!ends.empty()) now = std::min(now, ends.top().first);
      for (; !ends.empty() && ends.top().first == now; ends.pop()) {
        planner.end(ends.top().second, now);
        forecaster_.ended(ends.top().second, now);
        live_.erase(ends.top().second);
      }
      for (; more && Instant{0} + job.submit == now; more = source_.next(job)) {
        const bool cards = options_.node.total.cards > CardCount{0};
        const sched::Room need{CoreCount{cards ? 0 : std::max(1, job.cores_per_task)}, Bytes{0},
                               CardCount{job.cards_per_task}};
        const auto demand = sched::demand_of(0, options_.node.total, job.tasks, need);
        if (!demand || !planner.ever_fits(*demand)) continue;
        const std::int64_t size = cards ? workload::cards_of(job) : workload::cores_of(job);
        const std::int64_t key = sched::key_of(options_.policy, now, job.request, size);
        const std::uint64_t number = next++;
        planner.arrive(number, key, *demand, job.request);
        forecaster_.submitted({number, {job.user, job.project, size, job.request, 0}, *demand, key}, now);
        live_[number] = {now, job.run, job.request, size, job.user, never};
        fresh.push_back(number);
        ++submitted_;
      }
      for (const auto& start : planner.step(now)) {
        Live& live = live_.at(start.job);
        live.started = now;
        if (live.submitted == now) ++at_once_;
        for (auto [it, last] = open_.equal_range(start.job); it != last; ++it)
          told_[it->second].wait = now - told_[it->second].made_at;
        open_.erase(start.job);
        const auto likely = forecaster_.run_time(start.job);
        ++runs_;
        run_low_ += live.run < likely->quantile(100) ? 1 : 0;
        run_high_ += live.run > likely->quantile(900) ? 1 : 0;
        run_error_.push_back(std::abs(s(live.run - likely->quantile(500))));
        limit_error_.push_back(s(live.limit - live.run));
        forecaster_.started(start.job, now);
        ends.emplace(now + live.run, start.job);
      }
      if (now >= refresh_at) {
        for (const std::uint64_t number : fresh) {
          const auto it = live_.find(number);
          if (it == live_.end() || it->second.started <= now) continue;
          if (number % options_.every == 0) ask(number, planner, now);
        }
        fresh.clear();
        refresh_at = now + options_.refresh;
      }
      if (options_.again > Duration{0} && now >= again_at) {
        const double from = cpu();
        for (const StartForecast& one : forecaster_.forecast_all(planner, now)) {
          if (one.asked == forecast::Asked::first) continue;
          tell(one, limits(one.job, planner, now));
        }
        again_cpu_ += cpu() - from;
        ++agains_;
        again_at = now + options_.again;
      }
    }
    all_cpu_ = cpu() - started_cpu;
  }

  void print() const {
    rusage usage{};
    getrusage(RUSAGE_SELF, &usage);
    std::size_t unfinished = 0;
    for (const Told& one : told_) unfinished += one.wait < Duration{0} ? 1 : 0;
    fmt::print("{} jobs, {} start at once ({:.1f} %), {} forecasts, {} without a start\n", submitted_, at_once_,
               100.0 * static_cast<double>(at_once_) / static_cast<double>(submitted_), told_.size(), unfinished);
    fmt::print(
        "run times: {:.1f} % below the 10 % quantile, {:.1f} % above the 90 %; median error {:.0f} s, of the limit "
        "{:.0f} s\n",
        100.0 * static_cast<double>(run_low_) / static_cast<double>(runs_),
        100.0 * static_cast<double>(run_high_) / static_cast<double>(runs_), median(run_error_), median(limit_error_));
    fmt::print(
        "cost: {:.2f} ms a forecast, {:.0f} ms at most, {:.2f} ms for all {} times; {:.1f} CPU s in all, {} MB\n",
        told_.empty() ? 0 : 1000 * ask_cpu_ / static_cast<double>(std::max<std::size_t>(1, asks_)),
        1000 * ask_cpu_most_, agains_ == 0 ? 0 : 1000 * again_cpu_ / static_cast<double>(agains_), agains_, all_cpu_,
        usage.ru_maxrss / 1024);
    for (const auto asked : {forecast::Asked::first, forecast::Asked::again}) {
      std::vector<const Told*> of;
      for (const Told& one : told_)
        if (one.asked == asked && one.wait >= Duration{0}) of.push_back(&one);
      if (of.empty()) continue;
      fmt::print("\n{}\n{:<22}{:>9}{:>9}{:>7}{:>7}{:>11}{:>11}{:>11}{:>9}{:>12}{:>9}{:>12}\n",
                 asked == forecast::Asked::first ? "when submitted" : "again, while it waits", "", "jobs", "covered",
                 "early", "late", "width p50", "|error| p50", "mean", "10 min", "Winkler", "naive:", "Winkler");
      row("all", of);
      if (asked == forecast::Asked::first) {
        std::size_t near = at_once_ / options_.every;
        for (const Told* one : of) near += std::abs(s(one->wait - one->point)) <= 600 ? 1 : 0;
        fmt::print("with those that start at once: {:.1f} % within 10 minutes of the point\n",
                   100.0 * static_cast<double>(near) /
                       static_cast<double>(of.size() + static_cast<std::size_t>(at_once_ / options_.every)));
      }
      // What a user submits in one day has one fate: each such burst counts once.
      std::map<std::pair<std::uint32_t, std::int64_t>, std::pair<double, double>> bursts;
      for (const Told* one : of) {
        auto& [held, all] = bursts[{one->user, one->made_at.raw() / days(1).raw()}];
        held += one->wait >= one->low && one->wait <= one->high ? 1 : 0;
        all += 1;
      }
      double held = 0;
      for (const auto& [burst, count] : bursts) held += count.first / count.second;
      fmt::print("each user's day counts once: {:.1f} % covered, {} of them\n",
                 100 * held / static_cast<double>(bursts.size()), bursts.size());
      const Instant from = of.front()->made_at;
      const Duration span = of.back()->made_at - from;
      groups("quarter", of, [&](const Told& one) {
        return std::min<std::int64_t>(3, (one.made_at - from).raw() * 4 / std::max<std::int64_t>(1, span.raw())) + 1;
      });
      groups("supposed wait < min", of,
             [](const Told& one) { return std::int64_t{1} << forecast::Calibration::class_of(one.supposed.middle); });
      groups("size up to", of, [](const Told& one) {
        std::int64_t size = 1;
        while (size < one.size) size *= 4;
        return size;
      });
    }
  }

  void print_rows() const {
    fmt::print(
        "made_at_s,user,size,asked,supposed_low_s,supposed_s,supposed_high_s,earliest_s,point_s,latest_s,limits_s,wait_"
        "s\n");
    for (const Told& one : told_) {
      fmt::print("{},{},{},{},{},{},{},{},{},{},{},{}\n", one.made_at.raw() / 1000, one.user, one.size,
                 static_cast<int>(one.asked), s(one.supposed.low), s(one.supposed.middle), s(one.supposed.high),
                 s(one.low), s(one.point), s(one.high), s(one.naive), s(one.wait));
    }
  }

 private:
  void ask(std::uint64_t number, const sched::LinePlanner& planner, Instant now) {
    const double from = cpu();
    const auto one = forecaster_.forecast(number, planner, now);
    ask_cpu_ += cpu() - from;
    ask_cpu_most_ = std::max(ask_cpu_most_, cpu() - from);
    ++asks_;
    tell(*one, limits(number, planner, now));
  }

  void tell(const StartForecast& one, Duration naive) {
    forecaster_.stated(one);
    open_.emplace(one.job, told_.size());
    told_.push_back({.made_at = one.made_at,
                     .user = live_.at(one.job).user,
                     .size = live_.at(one.job).size,
                     .asked = one.asked,
                     .supposed = one.supposed,
                     .low = one.earliest - one.made_at,
                     .point = one.point - one.made_at,
                     .high = one.latest - one.made_at,
                     .naive = naive});
  }

  /// Everything runs to its limit, and nothing arrives.
  Duration limits(std::uint64_t number, const sched::LinePlanner& planner, Instant now) const {
    std::vector<forecast::SupposedEnd> ends;
    for (const auto& [job, live] : live_) {
      if (live.started <= now) ends.push_back({job, live.started + live.limit});
    }
    const auto outlook =
        forecast::look_ahead(planner, {.now = now,
                                       .ends = ends,
                                       .run_of = [&](sched::JobNumber job) { return live_.at(job).limit; },
                                       .next_arrival = {},
                                       .wanted = number});
    return outlook.until - now;
  }

  static void row(const std::string& name, const std::vector<const Told*>& of) {
    double covered = 0, early = 0, late = 0, near = 0, score = 0, naive = 0, error = 0, naive_covered = 0;
    std::vector<double> widths, errors;
    for (const Told* one : of) {
      early += one->wait < one->low ? 1 : 0;
      late += one->wait > one->high ? 1 : 0;
      covered += one->wait >= one->low && one->wait <= one->high ? 1 : 0;
      const double off = std::abs(s(one->wait - one->point));
      near += off <= 600 ? 1 : 0;
      error += off;
      errors.push_back(off);
      widths.push_back(s(one->high - one->low));
      score += winkler(one->low, one->high, one->wait);
      naive += winkler(Duration{0}, one->naive, one->wait);
      naive_covered += one->wait <= one->naive ? 1 : 0;
    }
    const auto n = static_cast<double>(of.size());
    fmt::print(
        "{:<22}{:>9}{:>8.1f}%{:>7.1f}{:>7.1f}{:>10.0f}s{:>10.0f}s{:>10.0f}s{:>8.1f}%{:>11.0f}s{:>8.1f}%{:>11.0f}s\n",
        name, of.size(), 100 * covered / n, 100 * early / n, 100 * late / n, median(widths), median(errors), error / n,
        100 * near / n, score / n, 100 * naive_covered / n, naive / n);
  }

  template <class KeyOf>
  static void groups(const std::string& name, const std::vector<const Told*>& of, KeyOf key_of) {
    std::map<std::int64_t, std::vector<const Told*>> by;
    for (const Told* one : of) by[key_of(*one)].push_back(one);
    for (const auto& [key, some] : by) row(fmt::format("{} {}", name, key), some);
  }

  workload::Source& source_;
  const Options& options_;
  forecast::Forecaster forecaster_;
  std::map<std::uint64_t, Live> live_;
  std::vector<Told> told_;
  std::multimap<std::uint64_t, std::size_t> open_;
  std::size_t submitted_ = 0, at_once_ = 0, runs_ = 0, run_low_ = 0, run_high_ = 0, agains_ = 0, asks_ = 0;
  std::vector<double> run_error_, limit_error_;
  double ask_cpu_ = 0, ask_cpu_most_ = 0, again_cpu_ = 0, all_cpu_ = 0;
};

}  // namespace

int main(int argc, char** argv) {
  std::vector<std::string> words;
  Options options;
  for (int i = 1; i < argc; ++i) {
    const std::string word = argv[i];
    const auto value = [&] { return i + 1 < argc ? std::stoll(argv[++i]) : 0; };
    if (word == "--every")
      options.every = static_cast<std::uint64_t>(value());
    else if (word == "--again")
      options.again = hours(value());
    else if (word == "--refresh")
      options.refresh = minutes(value());
    else if (word == "--futures")
      options.forecast.futures = static_cast<std::size_t>(value());
    else if (word == "--rows")
      options.rows = true;
    else if (word == "--no-arrivals")
      options.forecast.arrivals_most = 0;
    else
      words.push_back(word);
  }
  if (words.size() != 5) return 2;
  const auto policy = sched::parse_backfill(words[4]);
  if (!policy) return 2;
  options.policy = *policy;
  std::unique_ptr<workload::Source> source;
  if (words[0] == "venus-mix") {
    options.nodes = 1'250;
    options.node.total = {CoreCount{0}, Bytes{0}, CardCount{8}};
    auto opened = workload::read_trace_file(words[1]);
    if (!opened) return fmt::print("{}\n", opened.error().message), 1;
    auto loaded = workload::load(**opened);
    if (!loaded) return fmt::print("{}\n", loaded.error().message), 1;
    auto made = workload::venus_mix(std::move(*loaded),
                                    {.load = workload::Load{static_cast<std::int64_t>(std::stod(words[3]) * 1e6)},
                                     .window = days(std::stoi(words[2]))});
    if (!made) return fmt::print("{}\n", made.error().message), 1;
    source = std::move(*made);
  } else {
    options.nodes = std::stoi(words[1]);
    const int cores = std::stoi(words[2]);
    const int cards = std::stoi(words[3]);
    options.node.total = {CoreCount{cards > 0 ? 0 : cores}, Bytes{0}, CardCount{cards}};
    auto opened = workload::read_trace_file(words[0], {.machine = options.nodes * (cards > 0 ? cards : cores)});
    if (!opened) return fmt::print("{}\n", opened.error().message), 1;
    source = std::move(*opened);
  }
  fmt::print("{} {} {}\n", words[0].substr(words[0].find_last_of('/') + 1), words[4], source->facts().from);
  Bench bench(*source, options);
  bench.run();
  options.rows ? bench.print_rows() : bench.print();
}
