#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <optional>
#include <unordered_map>

#include "base/prng.hpp"
#include "base/text.hpp"
#include "workload/chance.hpp"
#include "workload/rows.hpp"

/// Jobs of AI clusters as CSV, a column by its name: Helios (SenseTime, SC'21) and Acme (Shanghai AI Laboratory,
/// NSDI'24), each as published and in a reduced form. The columns of both overlap, so one reader serves them.
namespace mingyue::workload {
namespace {

/// What we read, and the names under which it comes.
enum class What : std::uint8_t {
  identity,
  arrival,      ///< seconds since the trace's start
  submit_time,  ///< a date and time
  service,      ///< seconds
  iterations,
  computing,   ///< seconds of an iteration
  networking,  ///< seconds of an iteration
  cards,
  workers,
  cards_each,
  cores_each,
  servers,
  nodes,
  cores,
  user,
  group,
  state,
};
constexpr std::size_t whats = 17;
struct Name {
  std::string_view text;
  What what;
};
constexpr auto names = std::to_array<Name>({{"job_id", What::identity},
                                            {"arrival_s", What::arrival},
                                            {"arrival_time", What::arrival},
                                            {"submit_time", What::submit_time},
                                            {"service_sec", What::service},
                                            {"duration", What::service},
                                            {"num_iteration", What::iterations},
                                            {"iteration_computing_time", What::computing},
                                            {"iteration_networking_time", What::networking},
                                            {"gpu_count", What::cards},
                                            {"gpu_num", What::cards},
                                            {"gpu_workers", What::workers},
                                            {"gpu_per_worker", What::cards_each},
                                            {"cpu_per_gpu_worker", What::cores_each},
                                            {"ps", What::servers},
                                            {"node_num", What::nodes},
                                            {"cpu_num", What::cores},
                                            {"user", What::user},
                                            {"vc", What::group},
                                            {"state", What::state}});

End end_of(std::string_view state) {
  if (state == "COMPLETED") return End::succeeded;
  if (state == "FAILED" || state == "NODE_FAIL") return End::failed;
  if (state == "CANCELLED") return End::cancelled;
  if (state == "TIMEOUT") return End::timed_out;
  return End::unknown;
}

/// `2020-04-01 08:00:12`, with an offset or in UTC.
std::optional<Instant> instant_of(std::string_view text) {
  std::string rfc(text);
  if (rfc.size() > 10 && rfc[10] == ' ') rfc[10] = 'T';
  if (rfc.size() == 19) rfc += 'Z';
  const auto read = parse_instant(rfc);
  return read ? std::optional(*read) : std::nullopt;
}

/// Names of people and groups as numbers, in the order of their appearance.
class Numbers {
 public:
  std::uint32_t of(std::string_view name) {
    if (name.empty()) return 0;
    const auto [found, fresh] = numbers_.try_emplace(std::string(name), numbers_.size() + 1);
    return static_cast<std::uint32_t>(found->second);
  }

 private:
  std::unordered_map<std::string, std::size_t> numbers_;  // looked into, never walked
};

class ClusterRows : public RowReader {
 public:
  ClusterRows(const ReadOptions& options, std::string from) : requests_(Prng(options.seed).split("requests")) {
    facts_.from = std::move(from);
    facts_.unit = Unit::cards;
    facts_.cards = options.machine;
    at_.fill(std::string::npos);
  }

  Expected<void> read_names(const std::vector<std::string>& head) {
    columns_ = head.size();
    for (std::size_t i = 0; i < head.size(); ++i) {
      const auto* const known = std::ranges::find(names, head[i], &Name::text);
      if (known == names.end()) continue;
      at_[index(known->what)] = i;
      name_[index(known->what)] = known->text;
    }
    const bool when = has(What::arrival) || has(What::submit_time);
    const bool how_long = has(What::service) || (has(What::iterations) && has(What::computing));
    const bool how_large = has(What::cards) || (has(What::workers) && has(What::cards_each));
    if (when && how_long && how_large) return {};
    if (column_of(head, "cdf_pct") != std::string::npos || column_of(head, "avg_run_time_gpu") != std::string::npos)
      return refuse("bad-document", "", "the file holds distributions or averages, and no jobs",
                    "a trace that follows such figures: mingyue trace generate fitted", 1);
    return refuse(
        "missing-field", when ? how_long ? "gpu_count" : "service_sec" : "arrival_s",
        fmt::format("there is no column for {}",
                    when ? how_long ? "how many cards a job has" : "how long a job ran" : "when a job was submitted"),
        "columns are found by their names: job_id, arrival_s, service_sec, gpu_count", 1);
  }

  Row read(std::string_view line, std::int64_t ordinal, TraceJob& job) override {
    if (line.find_first_not_of(" \t") == std::string_view::npos) return Row::no_row;
    split_at_commas(line, columns_ + 1, fields_);
    if (fields_.size() < columns_) return bad(Remark::missing_field, "", {line, static_cast<int>(line.size()) + 1});
    if (fields_.size() > columns_) return bad(Remark::extra_field, "", fields_[columns_]);
    if (has(What::identity)) job.number = number_of(field(What::identity).text, ordinal);
    if (!read_submit(job) || !read_size(job) || !read_run(job)) return Row::bad;
    if (has(What::user)) job.user = users_.of(field(What::user).text);
    if (has(What::group)) job.project = groups_.of(field(What::group).text);
    if (has(What::state)) job.end = end_of(field(What::state).text);
    if (job.run == Duration(0)) return dropped(Remark::no_run_time);
    if (facts_.cards > 0 && cards_of(job) > facts_.cards) return dropped(Remark::larger_than_machine);
    job.request = drawn_request(job.run, requests_);
    changed(Remark::request_drawn);
    return Row::job;
  }

 private:
  static constexpr std::size_t index(What what) { return static_cast<std::size_t>(what); }
  [[nodiscard]] bool has(What what) const { return at_[index(what)] != std::string::npos; }
  [[nodiscard]] const Field& field(What what) const { return fields_[at_[index(what)]]; }
  [[nodiscard]] std::string_view name(What what) const { return name_[index(what)]; }

  bool read_submit(TraceJob& job) {
    if (has(What::arrival)) return time(field(What::arrival), name(What::arrival), submit_max, job.submit);
    const Field& text = field(What::submit_time);
    const auto instant = instant_of(text.text);
    if (!instant) {
      bad(text.text.empty() ? Remark::missing_field : Remark::not_a_number, name(What::submit_time), text);
      return false;
    }
    // Counted from the midnight before the first job, so that hours of the day stay what they were.
    constexpr std::int64_t day = days(1).raw();
    if (!facts_.start) facts_.start = Instant(instant->raw() - ((instant->raw() % day) + day) % day);
    job.submit = *instant - *facts_.start;
    if (job.submit < Duration(0)) bad(Remark::out_of_order, name(What::submit_time), text);
    if (job.submit > submit_max) bad(Remark::too_large, name(What::submit_time), text);
    return job.submit >= Duration(0) && job.submit <= submit_max;
  }

  bool read_run(TraceJob& job) {
    if (has(What::service)) return time(field(What::service), name(What::service), run_max, job.run);
    std::int64_t iterations = 0, seconds_each = 0;
    Duration computing, networking;
    if (!count(field(What::iterations), name(What::iterations), 1'000'000'000'000, iterations) ||
        !time(field(What::computing), name(What::computing), run_max, computing))
      return false;
    if (has(What::networking) && !time(field(What::networking), name(What::networking), run_max, networking))
      return false;
    seconds_each = (computing + networking).raw();
    if (seconds_each > 0 && iterations > run_max.raw() / seconds_each) {
      bad(Remark::too_large, name(What::iterations), field(What::iterations));
      return false;
    }
    job.run = Duration(iterations * seconds_each);
    return true;
  }

  bool read_size(TraceJob& job) {
    std::int64_t cards = 0, workers = 1, nodes = 0, cores = 0, servers = 0;
    if (has(What::cards)) {
      if (!count(field(What::cards), name(What::cards), size_max, cards)) return false;
    } else {
      if (!count(field(What::workers), name(What::workers), size_max, workers) ||
          !count(field(What::cards_each), name(What::cards_each), size_max, cards))
        return false;
    }
    // Columns beside the cards help where they are filled, and are let be where they are not.
    if (has(What::nodes) && !field(What::nodes).text.empty() &&
        !count(field(What::nodes), name(What::nodes), size_max, nodes))
      return false;
    const What of_cores = has(What::cards) ? What::cores : What::cores_each;
    // A worker may have 12.5 cores: it gets 13.
    Duration core_thousandths;
    if (has(of_cores) && !field(of_cores).text.empty()) {
      if (!time(field(of_cores), name(of_cores), Duration(size_max * 1000), core_thousandths)) return false;
      cores = (core_thousandths.raw() + 999) / 1000;
    }
    if (has(What::servers) && !count(field(What::servers), name(What::servers), size_max, servers)) return false;

    if (!has(What::cards)) {
      if (workers == 0 || workers * cards > size_max || workers * cores > size_max) {
        bad(workers == 0 ? Remark::not_positive : Remark::too_large, name(What::workers), field(What::workers));
        return false;
      }
      job.tasks = static_cast<std::int32_t>(workers);
      job.cards_per_task = static_cast<std::int32_t>(cards);
      job.cores_per_task = static_cast<std::int32_t>(std::max<std::int64_t>(cores, 1));
      if (servers > 0) changed(Remark::servers_left_out);
      return true;
    }
    if (cards == 0 && cores == 0) {
      bad(Remark::not_positive, name(What::cards), field(What::cards));
      return false;
    }
    const bool by_nodes = nodes > 0 && cards % nodes == 0 && (cards > 0 || cores % nodes == 0);
    const Shape shape = by_nodes ? Shape{static_cast<std::int32_t>(nodes), static_cast<std::int32_t>(cards / nodes)}
                                 : shape_of(static_cast<std::int32_t>(cards));
    job.tasks = shape.tasks;
    job.cards_per_task = shape.cards_per_task;
    // Where a log says nothing of cores, one for each card: enough to be real, too few to matter.
    const std::int64_t all = cores > 0 ? cores : cards;
    job.cores_per_task = static_cast<std::int32_t>(std::max<std::int64_t>((all + job.tasks - 1) / job.tasks, 1));
    return true;
  }

  Prng requests_;
  std::size_t columns_ = 0;
  std::array<std::size_t, whats> at_{};
  std::array<std::string_view, whats> name_{};
  std::vector<Field> fields_;
  Numbers users_, groups_;
};

}  // namespace

Expected<std::unique_ptr<RowReader>> cluster_rows(Lines& lines, const ReadOptions& options) {
  TRY(head, read_head(lines));
  auto rows = std::make_unique<ClusterRows>(
      options, options.format == Format::acme ? "jobs of Acme (Shanghai AI Laboratory)" : "jobs of Helios (SenseTime)");
  CHECK_OK(rows->read_names(head));
  return rows;
}

}  // namespace mingyue::workload
