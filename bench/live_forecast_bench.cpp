#include <fmt/format.h>
#include <sys/resource.h>

#include <ctime>
#include <random>

#include "forecast/centre_forecaster.hpp"
#include "sched/what_would_help.hpp"

/// What one look of a live centre's forecaster costs, and which jobs get an interval: `live_forecast_bench [NODES
/// JOBS]`. A full centre of nodes × 8 cards, of which it has seen a week of such jobs; and what asking for one job what
/// would help costs.
namespace {
using namespace mingyue;
using forecast::Note;

constexpr Instant noon{1'800'000'000'000};
constexpr int sizes[] = {1, 1, 1, 1, 1, 2, 4, 8, 8, 8, 16, 32, 64, 128, 256};

double cpu() { return static_cast<double>(std::clock()) / CLOCKS_PER_SEC; }

class Bench {
 public:
  Bench(int nodes, int jobs) : nodes_(nodes), jobs_(jobs) {
    centre_.now = noon;
    centre_.partitions = {{"main", days(30)}};
  }

  void run() {
    history();
    fill();
    line_up();
    forecast::CentreStarts seen;
    double begin = cpu();
    seen = forecaster_.look({{centre_, {}}, {{"normal", 100, false}}});
    const double first = cpu() - begin;
    begin = cpu();
    const std::size_t bytes = forecaster_.save().size();
    const double save = cpu() - begin;
    begin = cpu();
    const auto found = sched::what_would_help(centre_, centre_.waiting.back().id);
    const double help = cpu() - begin;
    rusage usage{};
    getrusage(RUSAGE_SELF, &usage);
    fmt::print(
        "{:>7} waiting on {:>6} nodes x 8: a look {:.2f} s; {:.1f} % have an interval, the others are supposed to wait "
        "beyond 30 days; saved in {:.2f} s, {:.1f} MB; what would help one job: {:.2f} s, {} answers; {} MB\n",
        jobs_, nodes_, first,
        100.0 * static_cast<double>(seen.starts.size()) / static_cast<double>(seen.in_line.size()), save,
        static_cast<double>(bytes) / 1e6, help, found.size(), usage.ru_maxrss / 1024);
  }

 private:
  Shared<model::JobSpec> spec(int cards) {
    model::JobSpec spec;
    const auto user = static_cast<int>(draw_() % 400);
    spec.name = fmt::format("job{}", draw_() % 5);
    spec.user = fmt::format("u{}", user);
    spec.project = fmt::format("p{}", user % 40);
    spec.partition = "main";
    spec.priority_class = "normal";
    spec.wall = seconds(600 + static_cast<std::int64_t>(draw_() % 172'800));
    const int a_task = std::min(cards, 8);
    spec.parts.push_back({.name = "main",
                          .tasks = cards / a_task,
                          .need = {CoreCount{a_task * 8}, Bytes{0}, CardCount{a_task}, "card"},
                          .command = {"true"}});
    return spec;
  }
  void tell(Note::Kind kind, std::uint64_t job, Instant at, Shared<model::JobSpec> of = {}) {
    forecaster_.fold({.kind = kind, .at = at, .job = model::JobId{job}, .spec = std::move(of)});
  }

  /// A week of nine tenths of what the centre can do: such jobs hold 425 card-hours each.
  void history() {
    const auto jobs = static_cast<std::uint64_t>(nodes_) * 8 * 168 / 472;
    for (std::uint64_t i = 0; i < jobs; ++i) {
      const Instant at =
          noon - days(8) + Duration{days(7).raw() * static_cast<std::int64_t>(i) / static_cast<std::int64_t>(jobs)};
      const auto one = spec(sizes[draw_() % std::size(sizes)]);
      const std::uint64_t job = next_++;
      tell(Note::Kind::submitted, job, at, one);
      tell(Note::Kind::started, job, at);
      tell(Note::Kind::ended, job,
           at + Duration{one->wall.raw() / 1'000 * static_cast<std::int64_t>(1 + draw_() % 1'000)});
      tell(Note::Kind::gone, job, at);
    }
  }

  void fill() {
    const sched::Room total{CoreCount{64}, Bytes{std::int64_t{1} << 40}, CardCount{8}};
    for (int i = 0; i < nodes_; ++i) {
      const auto one = spec(8);
      const std::uint64_t job = next_++;
      tell(Note::Kind::submitted, job, noon - hours(2), one);
      tell(Note::Kind::started, job, noon - hours(1));
      centre_.nodes.push_back({.id = model::NodeId{static_cast<std::uint32_t>(i)},
                               .name = fmt::format("n{}", i),
                               .switch_name = fmt::format("leaf{}", i / 32),
                               .card_type = "card",
                               .total = total,
                               .free = {CoreCount{0}, total.memory, CardCount{0}}});
      centre_.running.push_back(
          {.attempt = {model::JobId{job}, 1},
           .ends_by = noon - hours(1) + one->wall,
           .project = one->project,
           .user = one->user,
           .holds = {{model::NodeId{static_cast<std::uint32_t>(i)}, {CoreCount{64}, Bytes{0}, CardCount{8}}}}});
    }
  }

  void line_up() {
    for (int i = 0; i < jobs_; ++i) {
      specs_.push_back(spec(sizes[draw_() % std::size(sizes)]));
      const Shared<model::JobSpec>& one = specs_.back();
      const std::uint64_t job = next_++;
      tell(Note::Kind::submitted, job, noon, one);
      centre_.waiting.push_back({.id = model::JobId{job},
                                 .project = one->project,
                                 .user = one->user,
                                 .wall = one->wall,
                                 .eligible_since = noon,
                                 .spec = &*one});
    }
  }

  const int nodes_;
  const int jobs_;
  std::mt19937_64 draw_{1};
  std::uint64_t next_ = 1;
  forecast::CentreForecaster forecaster_;
  sched::Snapshot centre_;
  std::vector<Shared<model::JobSpec>> specs_;
};

}  // namespace

int main(int argc, char** argv) {
  if (argc == 3) {
    Bench(std::stoi(argv[1]), std::stoi(argv[2])).run();
    return 0;
  }
  Bench(1'250, 6'000).run();
  Bench(1'250, 20'000).run();
  Bench(10'000, 100'000).run();
}
