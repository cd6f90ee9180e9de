#include "sched/what_would_help.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <utility>

#include "sched/partition_line.hpp"

namespace mingyue::sched {
namespace {

constexpr std::int64_t last_key = INT64_MAX;

/// One partition with all that goes before the job, where the job can be tried at the end of the line.
class Trial {
 public:
  Trial(const Snapshot& snapshot, std::int32_t partition, const std::vector<const WaitingView*>& before)
      : now_(snapshot.now), line_(snapshot, partition, Backfill::conservative, PartitionLine::Away::left_out) {
    const Duration wall_max = snapshot.partitions[static_cast<std::size_t>(partition)].wall_max;
    std::int64_t place = 0;
    for (const WaitingView* job : before) {
      ++place;
      const bool retries = job->blocked == Blocked::retry_delay && job->blocked_until;
      if (job->partition != partition || (job->blocked != Blocked::no && !retries)) continue;
      if ((wall_max > Duration{} && job->wall > wall_max) || !line_.ever_fits(*job->spec, allowance_of(*job))) continue;
      const Instant floor = retries && *job->blocked_until > now_ ? *job->blocked_until : Instant{0};
      line_.submit(job->id, *job->spec, job->wall, place, floor, allowance_of(*job));
    }
    (void)line_.step(now_);
  }

  /// When it would start; nothing if never. Afterwards all is as before.
  [[nodiscard]] std::optional<Instant> start_of(const WaitingView& view, const model::JobSpec& spec, Duration wall) {
    const model::JobId job = view.id;
    const Allowance allowance = allowance_of(view);
    if (!line_.ever_fits(spec, allowance)) return std::nullopt;
    line_.submit(job, spec, wall, last_key, Instant{0}, allowance);
    (void)line_.step(now_);
    if (line_.runs(job)) {
      line_.end(job, now_);
      (void)line_.step(now_);
      return now_;
    }
    const auto promise = line_.promise(job);
    line_.leave(job);
    return promise && *promise < never ? promise : std::nullopt;
  }

 private:
  Instant now_;
  PartitionLine line_;
};

/// The largest number in [1, below) with which `start_of` is no later than `by`, and that start; fewer are taken to be
/// no worse.
template <class StartOf>
std::optional<std::pair<std::int64_t, Instant>> largest(std::int64_t below, Instant by, const StartOf& start_of) {
  std::int64_t good = 0;
  Instant start = by;
  while (below - good > 1) {
    const std::int64_t middle = good + (below - good) / 2;
    const auto then = start_of(middle);
    if (then && *then <= by) {
      good = middle;
      start = *then;
    } else {
      below = middle;
    }
  }
  if (good == 0) return std::nullopt;
  return std::pair(good, start);
}

class Search {
 public:
  Search(const Snapshot& snapshot, const WaitingView& job, std::vector<const WaitingView*> before)
      : snapshot_(snapshot), job_(job), before_(std::move(before)) {}

  [[nodiscard]] std::vector<Sooner> run() {
    Trial here(snapshot_, job_.partition, before_);
    const auto start = here.start_of(job_, *job_.spec, job_.wall);
    if (start && *start <= snapshot_.now) return {};
    // Half the wait; where there is no start at all, any.
    soon_ = start ? snapshot_.now + Duration{(*start - snapshot_.now).raw() / 2} : never - milliseconds(1);
    fewer_tasks(here);
    shorter_wall(here);
    other_partitions();
    return std::move(found_);
  }

 private:
  template <class StartOf>
  void add(ChangeCode code, std::int64_t below, const StartOf& start_of, const auto& print) {
    const auto soon = largest(below, soon_, start_of);
    if (!soon) return;
    found_.push_back({code, print(soon->first), print(below), soon->second});
    if (soon->second <= snapshot_.now) return;
    if (const auto now = largest(soon->first, snapshot_.now, start_of))
      found_.push_back({code, print(now->first), print(below), now->second});
  }

  void fewer_tasks(Trial& here) {
    model::JobSpec smaller = *job_.spec;
    if (smaller.parts.size() != 1 || smaller.tasks_least() < 2) return;
    const std::int32_t fewest = smaller.tasks_least();
    smaller.parts.front().tasks_least = 0;
    add(
        ChangeCode::fewer_tasks, fewest,
        [&](std::int64_t tasks) {
          smaller.parts.front().tasks = static_cast<std::int32_t>(tasks);
          return here.start_of(job_, smaller, job_.wall);
        },
        [](std::int64_t tasks) { return std::to_string(tasks); });
  }

  void shorter_wall(Trial& here) {
    const std::int64_t minutes_asked = (job_.wall.raw() + minutes(1).raw() - 1) / minutes(1).raw();
    add(
        ChangeCode::shorter_wall, minutes_asked,
        [&](std::int64_t whole) { return here.start_of(job_, *job_.spec, minutes(whole)); },
        [&](std::int64_t whole) { return print_duration(whole == minutes_asked ? job_.wall : minutes(whole)); });
  }

  void other_partitions() {
    for (std::size_t p = 0; p < snapshot_.partitions.size(); ++p) {
      const model::Partition& partition = snapshot_.partitions[p];
      if (static_cast<std::int32_t>(p) == job_.partition) continue;
      if (partition.wall_max > Duration{} && job_.wall > partition.wall_max) continue;
      Trial there(snapshot_, static_cast<std::int32_t>(p), before_);
      const auto start = there.start_of(job_, *job_.spec, job_.wall);
      if (start && *start <= soon_)
        found_.push_back({ChangeCode::other_partition, partition.name,
                          snapshot_.partitions[static_cast<std::size_t>(job_.partition)].name, *start});
    }
  }

  const Snapshot& snapshot_;
  const WaitingView& job_;
  const std::vector<const WaitingView*> before_;
  Instant soon_;
  std::vector<Sooner> found_;
};

}  // namespace

std::vector<Sooner> what_would_help(const Snapshot& snapshot, model::JobId job) {
  const auto view_of = [&](model::JobId id) -> const WaitingView* {
    const auto view = std::ranges::lower_bound(snapshot.waiting, id, {}, &WaitingView::id);
    return view == snapshot.waiting.end() || view->id != id ? nullptr : &*view;
  };
  const WaitingView* asked = view_of(job);
  if (asked == nullptr || asked->blocked != Blocked::no) return {};
  std::vector<const WaitingView*> before;
  for (const auto& [id, terms] : order(snapshot)) {
    if (id == job) break;
    before.push_back(view_of(id));
  }
  return Search(snapshot, *asked, std::move(before)).run();
}

std::string sentence(const Sooner& sooner, Language language) {
  const bool zh = language == Language::zh;
  switch (sooner.code) {
    case ChangeCode::fewer_tasks:
      return zh ? fmt::format("任务数由 {} 改为 {}", sooner.instead_of, sooner.to)
                : fmt::format("with {} {} instead of {}", sooner.to, sooner.to == "1" ? "task" : "tasks",
                              sooner.instead_of);
    case ChangeCode::shorter_wall:
      return zh ? fmt::format("时限由 {} 改为 {}", sooner.instead_of, sooner.to)
                : fmt::format("with a wall limit of {} instead of {}", sooner.to, sooner.instead_of);
    case ChangeCode::other_partition:
      return zh ? fmt::format("改用分区 {}", sooner.to)
                : fmt::format("in partition {} instead of {}", sooner.to, sooner.instead_of);
    default:
      return {};
  }
}

}  // namespace mingyue::sched
