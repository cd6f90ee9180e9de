#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdlib>
#include <ctime>
#include <deque>
#include <filesystem>
#include <fstream>
#include <optional>
#include <queue>
#include <string>
#include <variant>
#include <vector>

#include "base/prng.hpp"
#include "report/collector.hpp"
#include "report/write.hpp"

/// What a report costs: `mingyue_report_rate [JOBS [FOLDER]]` runs a crude centre of 10,000 cards for a simulated year,
/// and prints the CPU time inside the collector. With a folder it writes the reports of three crude
/// policies there, and their comparison: large ones to look at. The centre is no policy of ours; it only makes calls at
/// the rate of a real run.
namespace mingyue::report {
namespace {

constexpr int nodes_count = 1'250;
constexpr int cards_per_node = 8;
constexpr Instant start{1'767'225'600'000};  // 2026-01-01
constexpr Duration year = days(364);
constexpr PoolIndex cards_pool{0};
constexpr PoolIndex cores_pool{1};
constexpr std::int64_t cores_count = 12'800;

double cpu_seconds() { return static_cast<double>(std::clock()) / CLOCKS_PER_SEC; }

struct Job {
  Instant submitted;
  Duration run;
  std::int32_t size = 0;
};

/// Sizes and run times of an accelerator centre, spread over the year with its days and weeks.
std::vector<Job> a_trace(std::int64_t count, Prng prng) {
  std::vector<Job> jobs;
  constexpr std::array<std::pair<int, int>, 8> sizes{
      {{620, 1}, {760, 2}, {860, 4}, {965, 8}, {985, 32}, {995, 64}, {998, 256}, {1000, 1024}}};
  double work = 0;
  for (std::int64_t i = 0; i < count; ++i) {
    Job job;
    std::int64_t at = 0;
    do at = prng.between(0, year.raw() - 1);
    while (prng.chance((at / hours(1).raw() % 24 < 8 ? 1 : 0) + (at / days(1).raw() % 7 > 4 ? 1 : 0), 3));
    job.submitted = start + milliseconds(at);
    const auto draw = static_cast<int>(prng.below(1000));
    for (const auto& [below, size] : sizes)
      if (draw < below) {
        job.size = size;
        break;
      }
    const double exponent = static_cast<double>(prng.below(1'000'000)) / 1e6;
    job.run = Duration(static_cast<std::int64_t>(20'000 * std::pow(4000.0, exponent)));
    work += static_cast<double>(job.size) * static_cast<double>(job.run.raw());
    jobs.push_back(job);
  }
  // Stretch the runs so that the whole is 93 % of the year.
  const double factor = 0.93 * nodes_count * cards_per_node * static_cast<double>(year.raw()) / work;
  for (Job& job : jobs)
    job.run =
        Duration(std::max<std::int64_t>(static_cast<std::int64_t>(static_cast<double>(job.run.raw()) * factor), 1000));
  std::ranges::stable_sort(jobs, {}, &Job::submitted);
  return jobs;
}

CollectorSetup a_setup(const std::string& policy, std::uint64_t seed) {
  CollectorSetup setup;
  setup.header = {.centre = "ten-thousand",
                  .trace = "crude-mix",
                  .policy = policy,
                  .seed = seed,
                  .version = "rate",
                  .from = start,
                  .to = start + year,
                  .offered_load = 0.93};
  setup.pools = {{.pool = {.partition = "train", .card_type = "a100"}, .count = nodes_count * cards_per_node},
                 {.pool = {.partition = "general", .card_type = ""}, .count = cores_count}};
  for (int i = 0; i < nodes_count; ++i)
    setup.nodes.push_back({.name = fmt::format("gpu{:04}", i + 1),
                           .partition = "train",
                           .group = fmt::format("leaf{:02}", i / 32 + 1),
                           .count = cards_per_node});
  return setup;
}

/// Keeps calls back and makes them together, so that their time can be taken without that of the clock.
class Told {
 public:
  explicit Told(Collector& collector) : collector_(collector) { calls_.reserve(calls_max); }
  ~Told() { flush(); }
  Told(const Told&) = delete;
  Told& operator=(const Told&) = delete;

  template <class Call>
  void operator()(Call call) {
    calls_.emplace_back(std::move(call));
    if (calls_.size() == calls_max) flush();
  }
  void flush() {
    const double before = cpu_seconds();
    for (const auto& call : calls_) std::visit([this](const auto& c) { make(c); }, call);
    seconds += cpu_seconds() - before;
    count += static_cast<std::int64_t>(calls_.size());
    calls_.clear();
  }

  struct Started {
    std::int64_t size;
    Instant submitted, at;
  };
  struct Queue {
    Instant at;
    std::int64_t jobs, size;
  };
  struct Classes {
    Instant at;
    PoolIndex pool;
    ClassCounts counts;
  };
  struct Use {
    model::NodeId node;
    UseClass use;
    std::int64_t count;
    Instant from, to;
  };
  struct Occupied {
    std::vector<model::NodeId> nodes;
    model::JobId job;
    std::int64_t size;
    UseClass kind;
    Instant from, to;
  };
  double seconds = 0;
  std::int64_t count = 0;

 private:
  void make(const Started& c) { collector_.job_started(c.size, c.submitted, c.at); }
  void make(const JobEnd& c) { collector_.job_ended(c); }
  void make(const Queue& c) { collector_.queue(c.at, c.jobs, c.size); }
  void make(const Classes& c) { collector_.classes(c.at, c.pool, c.counts); }
  void make(const Use& c) { collector_.node_use(c.node, c.use, c.count, c.from, c.to); }
  void make(const Occupied& c) { collector_.occupied(c.nodes, c.job, c.size, c.kind, c.from, c.to); }

  static constexpr std::size_t calls_max = 20'000;
  Collector& collector_;
  std::vector<std::variant<Started, JobEnd, Queue, Classes, Use, Occupied>> calls_;
};

class CrudeCentre {
 public:
  CrudeCentre(const std::vector<Job>& jobs, std::size_t depth, Prng prng, Collector& collector)
      : jobs_(jobs), depth_(depth), prng_(prng), collector_(collector), told_(collector) {
    for (std::uint32_t n = 0; n < nodes_count; ++n) by_free_[cards_per_node].push_back(n);
    free_.assign(nodes_count, cards_per_node);
    next_fault_ = start;
    tell(start);
  }

  void run() {
    std::size_t next = 0;
    while (next < jobs_.size() || !running_.empty() || !repairs_.empty()) {
      Instant now = never;
      if (next < jobs_.size()) now = jobs_[next].submitted;
      if (!running_.empty()) now = std::min(now, running_.top().at);
      if (!repairs_.empty()) now = std::min(now, repairs_.front().first);
      if (next == jobs_.size() && running_.empty()) now = repairs_.front().first;
      while (next_fault_ < now && next_fault_ < start + year) fault();
      while (!repairs_.empty() && repairs_.front().first <= now) repair();
      while (!running_.empty() && running_.top().at <= now) end();
      while (next < jobs_.size() && jobs_[next].submitted <= now) {
        queue_.push_back(static_cast<std::uint32_t>(next));
        waiting_ += jobs_[next].size;
        ++next;
      }
      begin(now);
      tell(now);
      last_ = now;
    }
  }
  [[nodiscard]] Instant last() const { return last_; }
  Told& told() { return told_; }

 private:
  struct Run {
    Instant at;
    std::uint32_t job = 0;
    Instant began;
    std::vector<model::NodeId> nodes;
    bool operator<(const Run& other) const { return std::tuple(other.at, other.job) < std::tuple(at, job); }
  };

  std::optional<std::vector<model::NodeId>> place_job(std::int32_t size) {
    std::vector<model::NodeId> nodes;
    if (size > free_cards_) return std::nullopt;
    for (int free = std::min<int>(size, cards_per_node); free <= cards_per_node; ++free) {
      auto& stack = by_free_[static_cast<std::size_t>(free)];
      while (!stack.empty() && size > 0) {
        const std::uint32_t node = stack.back();
        stack.pop_back();
        if (free_[node] != free) continue;  // an old entry
        const int take = std::min<int>(size, free);
        free_[node] -= take;
        free_cards_ -= take;
        by_free_[static_cast<std::size_t>(free_[node])].push_back(node);
        nodes.push_back(model::NodeId(node));
        size -= take;
      }
      if (size == 0) return nodes;
    }
    for (const model::NodeId node : nodes) give_back(node.raw(), cards_per_node);
    return std::nullopt;
  }
  void give_back(std::uint32_t node, int cards) {
    free_[node] += cards;
    free_cards_ += cards;
    by_free_[static_cast<std::size_t>(free_[node])].push_back(node);
  }

  void begin(Instant now) {
    std::size_t looked = 0;
    for (std::size_t i = 0; i < queue_.size() && looked < depth_; ++looked) {
      const std::uint32_t id = queue_[i];
      const Job& job = jobs_[id];
      auto nodes = place_job(job.size);
      if (!nodes) {
        ++i;
        continue;
      }
      queue_.erase(queue_.begin() + static_cast<std::ptrdiff_t>(i));
      waiting_ -= job.size;
      told_(Told::Started{job.size, job.submitted, now});
      running_.push({.at = now + job.run, .job = id, .began = now, .nodes = std::move(*nodes)});
      busy_ += job.size;
    }
  }

  void end() {
    const Run run = running_.top();
    running_.pop();
    const Job& job = jobs_[run.job];
    busy_ -= job.size;
    std::int32_t left = job.size;
    for (const model::NodeId node : run.nodes) {
      const int cards = std::min<int>(left, cards_per_node);
      left -= cards;
      give_back(node.raw(), cards);
      told_(Told::Use{node, UseClass::productive, cards, run.began, run.at});
    }
    const model::JobId id(run.job + 1);
    told_(Told::Occupied{run.nodes, id, job.size, UseClass::productive, run.began, run.at});
    const auto state = run.job % 25 == 0   ? model::JobState::failed
                       : run.job % 40 == 0 ? model::JobState::cancelled
                                           : model::JobState::succeeded;
    told_(JobEnd{.job = id,
                 .size = job.size,
                 .submitted_at = job.submitted,
                 .started_at = run.began,
                 .ended_at = run.at,
                 .state = state});
  }

  /// A node fails about once in 264 days; a free one goes down for a day, the others lose an hour of work.
  void fault() {
    const auto node = static_cast<std::uint32_t>(prng_.below(nodes_count));
    const Instant at = next_fault_;
    next_fault_ = next_fault_ + Duration(prng_.between(0, 2 * days(264).raw() / nodes_count));
    const Duration repair = Duration(prng_.between(hours(8).raw(), hours(40).raw()));
    const Duration lost = Duration(prng_.between(0, hours(1).raw()));
    const bool is_free = free_[node] == cards_per_node;
    if (is_free) {
      free_[node] = 0;
      free_cards_ -= cards_per_node;
      down_ += cards_per_node;
      repairs_.emplace_back(at + repair, node);
      std::ranges::stable_sort(repairs_);
      tell(at);
    }
    if (is_free) {
      const model::NodeId id(node);
      collector_.node_use(id, UseClass::down, cards_per_node, at, at + repair);
      collector_.occupied(std::span(&id, 1), model::JobId(0), cards_per_node, UseClass::down, at, at + repair);
    } else if (at - lost >= start + hours(12) && busy_ > 1000) {
      collector_.reclassify(cards_pool, cards_per_node, at - lost, at, UseClass::productive, UseClass::lost);
    }
    const bool is_card = prng_.chance(2, 3);
    collector_.incident({.at = at,
                         .node = fmt::format("gpu{:04}", node + 1),
                         .kind = is_card ? "card-fault" : "node-lost",
                         .until = is_free ? std::optional(at + repair) : std::nullopt,
                         .jobs = is_free ? 0 : 1,
                         .lost_resource_ms = is_free ? ResourceTime() : held(cards_per_node, lost),
                         .restart = is_free ? Duration() : Duration(lost.raw() / 5)},
                        model::NodeId(node));
  }
  void repair() {
    const auto [at, node] = repairs_.front();
    repairs_.erase(repairs_.begin());
    down_ -= cards_per_node;
    give_back(node, cards_per_node);
    tell(at);
  }

  void tell(Instant now) {
    ClassCounts counts{};
    counts[place(UseClass::checkpoint)] = busy_ / 60;
    counts[place(UseClass::start)] = busy_ / 150;
    counts[place(UseClass::productive)] = busy_ - busy_ / 60 - busy_ / 150;
    counts[place(UseClass::down)] = down_;
    const std::int64_t idle = nodes_count * cards_per_node - busy_ - down_;
    const std::int64_t wanted = std::min(idle, waiting_);
    counts[place(UseClass::promised)] = wanted * 2 / 3;
    counts[place(UseClass::stranded)] = wanted - wanted * 2 / 3;
    counts[place(UseClass::unwanted)] = idle - wanted;
    told_(Told::Classes{now, cards_pool, counts});
    const std::int64_t cores = cores_count * 3 / 4;
    ClassCounts of_cores{};
    of_cores[place(UseClass::productive)] = cores;
    of_cores[place(UseClass::drained)] = now - start < days(20) ? 1280 : 0;
    of_cores[place(UseClass::unwanted)] = cores_count - cores - of_cores[place(UseClass::drained)];
    told_(Told::Classes{now, cores_pool, of_cores});
    told_(Told::Queue{now, static_cast<std::int64_t>(queue_.size()), waiting_});
  }

  const std::vector<Job>& jobs_;
  std::size_t depth_;
  Prng prng_;
  Collector& collector_;
  Told told_;
  std::vector<int> free_;
  std::array<std::vector<std::uint32_t>, cards_per_node + 1> by_free_;
  std::priority_queue<Run> running_;
  std::vector<std::pair<Instant, std::uint32_t>> repairs_;  ///< by time
  std::deque<std::uint32_t> queue_;
  std::int64_t waiting_ = 0;
  std::int64_t free_cards_ = nodes_count * cards_per_node;
  std::int64_t busy_ = 0;
  std::int64_t down_ = 0;
  Instant next_fault_;
  Instant last_;
};

RunReport a_report(const std::vector<Job>& jobs, const std::string& policy, std::size_t depth) {
  const Prng prng(7);
  Collector collector(a_setup(policy, 7));
  const double before = cpu_seconds();
  CrudeCentre centre(jobs, depth, prng.split("faults"), collector);
  centre.run();
  centre.told().flush();
  const double all = cpu_seconds() - before;
  Prng forecasts = prng.split("forecasts");
  for (int i = 0; i < 200'000; ++i) {
    const std::uint64_t percent = 10 * forecasts.below(10) + 5;
    collector.forecast(static_cast<std::int32_t>(percent),
                       forecasts.chance(percent < 50 ? percent + 6 : percent - 5, 100));
  }
  const double finishing = cpu_seconds();
  RunReport report = collector.finish(std::max(centre.last(), start + year));
  const double finished = cpu_seconds() - finishing;
  const Told& told = centre.told();
  fmt::print("{}: {} jobs; {} calls took {:.2f} s, {:.0f} ns each, finish() {:.3f} s; the crude centre {:.2f} s\n",
             policy, jobs.size(), told.count, told.seconds, told.seconds / static_cast<double>(told.count) * 1e9,
             finished, all - told.seconds);
  return report;
}

void put(const std::filesystem::path& file, const std::string& text) { std::ofstream(file, std::ios::binary) << text; }

int measure(int argc, char** argv) {
  const std::int64_t count = argc > 1 ? std::atoll(argv[1]) : 4'300'000;
  const std::vector<Job> jobs = a_trace(count, Prng(7).split("jobs"));
  std::vector<RunReport> reports;
  reports.push_back(a_report(jobs, "first-fit, depth 100", 100));
  if (argc <= 2) return 0;
  reports.push_back(a_report(jobs, "first-fit, depth 3", 3));
  reports.push_back(a_report(jobs, "in order", 1));
  const std::filesystem::path folder = argv[2];
  std::filesystem::create_directories(folder);
  const double before = cpu_seconds();
  put(folder / "report.html", write_html(reports.front()));
  const double html = cpu_seconds();
  put(folder / "report.json", write_json(reports.front()));
  const double json = cpu_seconds();
  for (const TextFile& file : write_csv(reports.front())) put(folder / file.name, file.text);
  const double csv = cpu_seconds();
  put(folder / "compare.html", write_compare_html(reports));
  put(folder / "compare.csv", write_compare_csv(reports));
  put(folder / "compare.txt", write_compare_text(reports, Language::en));
  put(folder / "compare.zh.txt", write_compare_text(reports, Language::zh));
  fmt::print("HTML {:.3f} s, JSON {:.3f} s, CSV {:.3f} s\n", html - before, json - html, csv - json);
  return 0;
}

}  // namespace
}  // namespace mingyue::report

int main(int argc, char** argv) { return mingyue::report::measure(argc, argv); }
