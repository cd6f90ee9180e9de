#include "workload/superpose.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <bit>
#include <utility>
#include <vector>

namespace mingyue::workload {
namespace {

constexpr std::int64_t copies_max = 1'000'000;
/// Of synthetic users: one for so many cards, and eight of them to a project.
constexpr std::int32_t cards_per_user = 20;
constexpr std::uint32_t users_per_project = 8;

/// Times `job` is counted from the base's first submission, and goes round every `period`.
struct Base {
  std::vector<TraceJob> jobs;
  std::vector<std::int64_t> sums;  // resource-ms of the first n jobs
  Duration period;
  std::uint32_t users = 0;  // 0: the trace names none
  std::uint32_t projects = 0;
};

Duration period_of(const std::vector<TraceJob>& jobs, Duration window) {
  const Duration span = jobs.back().submit - jobs.front().submit;
  if (window > span) return window;
  // The last job is followed by the first after a gap like those between the others.
  if (span == Duration(0)) return days(1);
  return span + Duration(span.raw() / static_cast<std::int64_t>(jobs.size() - 1));
}

class Superposition : public Source {
 public:
  Superposition(Base base, TraceFacts facts, Account account, const SuperposeOptions& options)
      : base_(std::move(base)), facts_(std::move(facts)), account_(account), options_(options) {
    const Prng root(options.seed);
    shifts_ = root.split("shifts");
    requests_ = root.split("requests");
    draw_ends_ = root.split("ends");
    ends_ = Ends(options.ends, large_jobs());
    Prng phases = root.split("phases");
    for (Fixed& each : debt_) each = draw_share(phases);
    user_salt_ = root.split("users").next();
    users_ = Choice::zipf(std::max(std::uint32_t{20}, static_cast<std::uint32_t>(options.machine / cards_per_user)));
  }

  /// Copies are added until they hold what is wanted; the share kept is what is wanted of it.
  Expected<void> make_copies() {
    const Duration window = options_.window > Duration(0) ? options_.window : base_.period;
    const Int128 wanted = static_cast<Int128>(options_.machine) * window.raw() * options_.load.raw() / full_load.raw();
    Int128 there = 0;
    while (there < wanted) {
      if (copies_.size() == copies_max)
        return refuse("out-of-range", "load", "the trace would have to run more than a million times at once",
                      "fewer cards, less load, or a busier trace");
      const Duration shift(static_cast<std::int64_t>(shifts_.below(static_cast<std::uint64_t>(base_.period.raw()))));
      there += time_within(shift, window);
      copies_.push_back(first_of(shift));
    }
    keep_ = static_cast<Fixed>(static_cast<Int128>((wanted << 32) / there));
    std::ranges::make_heap(copies_, later);
    return {};
  }

  [[nodiscard]] const TraceFacts& facts() const override { return facts_; }
  [[nodiscard]] Account account() const override { return account_; }
  [[nodiscard]] double progress() const override {
    return options_.window > Duration(0) ? static_cast<double>(now_.raw()) / static_cast<double>(options_.window.raw())
                                         : 0.0;
  }

  [[nodiscard]] bool next(TraceJob& job) override {
    while (!copies_.empty()) {
      const Copy copy = copies_.front();
      if (options_.window > Duration(0) && copy.submit >= options_.window) return false;
      now_ = copy.submit;
      advance();
      const TraceJob& original = base_.jobs[copy.at];
      const std::int64_t size_ms = size_of(original, facts_.unit) * original.run.raw();
      if (!kept(size_ms)) continue;
      job = original;
      finish(job, copy, size_ms);
      return true;
    }
    return false;
  }

 private:
  /// Where a copy is: its next job, and when that is submitted.
  struct Copy {
    Duration submit;
    std::uint32_t copy = 0;
    std::uint32_t at = 0;
    Duration begun;  // when its present round began
  };
  static bool later(const Copy& a, const Copy& b) { return std::pair(a.submit, a.copy) > std::pair(b.submit, b.copy); }

  /// Resource-time that a copy submits within a window: whole rounds, and a piece of one that may go over its end.
  [[nodiscard]] Int128 time_within(Duration shift, Duration window) const {
    const std::int64_t rounds = window.raw() / base_.period.raw();
    const Duration rest(window.raw() % base_.period.raw());
    const Duration from = base_.period - shift;  // what of the base comes at time 0
    Int128 time = static_cast<Int128>(base_.sums.back()) * rounds;
    time += before(std::min(from + rest, base_.period)) - before(from);
    if (from + rest > base_.period) time += before(from + rest - base_.period);
    return time;
  }
  [[nodiscard]] std::int64_t before(Duration submit) const { return base_.sums[index_of(submit)]; }
  [[nodiscard]] std::size_t index_of(Duration submit) const {
    return static_cast<std::size_t>(std::ranges::lower_bound(base_.jobs, submit, {}, &TraceJob::submit) -
                                    base_.jobs.begin());
  }

  [[nodiscard]] Copy first_of(Duration shift) const {
    Copy copy{.copy = static_cast<std::uint32_t>(copies_.size()), .begun = shift - base_.period};
    copy.at = static_cast<std::uint32_t>(index_of(base_.period - shift));
    if (copy.at == base_.jobs.size()) {
      copy.at = 0;
      copy.begun += base_.period;
    }
    copy.submit = copy.begun + base_.jobs[copy.at].submit;
    return copy;
  }

  /// The earliest copy goes on to its next job: down from the heap's top until none below it is earlier.
  void advance() {
    Copy copy = copies_.front();
    if (++copy.at == base_.jobs.size()) {
      copy.at = 0;
      copy.begun += base_.period;
    }
    copy.submit = copy.begun + base_.jobs[copy.at].submit;
    std::size_t hole = 0;
    for (;;) {
      std::size_t child = 2 * hole + 1;
      if (child >= copies_.size()) break;
      if (child + 1 < copies_.size() && later(copies_[child], copies_[child + 1])) ++child;
      if (!later(copy, copies_[child])) break;
      copies_[hole] = copies_[child];
      hole = child;
    }
    copies_[hole] = copy;
  }

  /// Thins job by job within classes of resource-time, each twice the one before: every class owes its share, and pays
  /// with a job when it owes a whole one. So a year's load does not hang on whether its longest jobs were lucky.
  [[nodiscard]] bool kept(std::int64_t size_ms) {
    Fixed& debt = debt_[static_cast<std::size_t>(std::bit_width(static_cast<std::uint64_t>(size_ms)))];
    debt += keep_;
    if (debt < one) return false;
    debt -= one;
    return true;
  }

  void finish(TraceJob& job, const Copy& copy, std::int64_t size_ms) {
    job.number = ++given_;
    job.submit = copy.submit;
    job.checkpoint = options_.checkpoint;
    if (options_.requests == Requests::drawn) job.request = drawn_request(job.run, requests_);
    if (job.end == End::unknown) job.end = ends_.draw(draw_ends_, size_ms);
    if (base_.users > 0) {
      if (job.user > 0) job.user += copy.copy * base_.users;
      if (job.project > 0) job.project += copy.copy * base_.projects;
      return;
    }
    const std::uint64_t hour = static_cast<std::uint64_t>(copy.submit.raw() / hours(1).raw());
    const std::uint64_t size = static_cast<std::uint64_t>(size_of(job, facts_.unit));
    job.user = 1 + users_.at(mixed(mixed(mixed(user_salt_ ^ hour) ^ size) ^ copy.copy));
    job.project = 1 + (job.user - 1) % ((users_.count() + users_per_project - 1) / users_per_project);
  }

  [[nodiscard]] LargeJobs large_jobs() const {
    const auto count = static_cast<std::int64_t>(base_.jobs.size());
    const std::int64_t all = std::max<std::int64_t>(base_.sums.back(), 1);
    LargeJobs large{.mean_ms = all / count};
    std::int64_t jobs = 0, time = 0;
    for (const TraceJob& job : base_.jobs) {
      const std::int64_t size_ms = size_of(job, facts_.unit) * job.run.raw();
      if (size_ms <= large.mean_ms) continue;
      ++jobs;
      time += size_ms;
    }
    large.jobs = fixed(jobs, count);
    large.time = fixed(time, all);
    return large;
  }

  Base base_;
  TraceFacts facts_;
  Account account_;
  SuperposeOptions options_;
  Prng shifts_{0}, requests_{0}, draw_ends_{0};
  std::uint64_t user_salt_ = 0;
  Choice users_;
  Ends ends_;
  std::vector<Copy> copies_;  // a heap, the earliest on top
  std::array<Fixed, 65> debt_{};
  Fixed keep_ = one;
  Duration now_;
  std::int64_t given_ = 0;
};

}  // namespace

Expected<std::unique_ptr<Source>> superpose(Trace trace, const SuperposeOptions& options) {
  if (options.machine <= 0 || options.machine > size_max)
    return refuse("out-of-range", "cards", fmt::format("{} cards", options.machine), "1 to 10,000,000");
  if (options.load <= Load(0) || options.load > load_max)
    return refuse("out-of-range", "load", "the load is none, or more than ten times the machine", "0.955, for example");
  if (options.window < Duration(0) || options.window > run_max)
    return refuse("out-of-range", "days", "a window is at most ten years long");

  Base base;
  Account account;
  account.rows = trace.jobs.size();
  base.sums.push_back(0);
  for (TraceJob& job : trace.jobs) {
    if (size_of(job, trace.facts.unit) > options.machine) {
      ++account[Remark::larger_than_machine];
      continue;
    }
    const Int128 sum = static_cast<Int128>(base.sums.back()) + size_of(job, trace.facts.unit) * job.run.raw();
    if (sum > INT64_MAX / 2) return refuse("out-of-range", "", "the trace holds more than two million card-years");
    base.sums.push_back(static_cast<std::int64_t>(sum));
    base.users = std::max(base.users, job.user);
    base.projects = std::max(base.projects, job.project);
    base.jobs.push_back(job);
  }
  trace.jobs = {};
  account.jobs = base.jobs.size();
  if (base.sums.back() == 0)
    return refuse("bad-document", "",
                  fmt::format("no job of the trace holds a {} for any time, or none fits the machine",
                              trace.facts.unit == Unit::cards ? "card" : "core"),
                  "another trace, or a larger machine");
  if (base.jobs.size() > UINT32_MAX)
    return refuse("out-of-range", "", "the trace has more than 4 thousand million jobs");
  base.period = period_of(base.jobs, trace.facts.window);
  const Duration first = base.jobs.front().submit;
  for (TraceJob& job : base.jobs) job.submit -= first;

  TraceFacts facts = std::move(trace.facts);
  facts.from = fmt::format("{}, superposed", facts.from);
  facts.start.reset();
  facts.window = options.window;
  (facts.unit == Unit::cards ? facts.cards : facts.cores) = options.machine;
  auto made = std::make_unique<Superposition>(std::move(base), std::move(facts), account, options);
  CHECK_OK(made->make_copies());
  return made;
}

}  // namespace mingyue::workload
