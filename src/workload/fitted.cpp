#include "workload/fitted.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>
#include <vector>

namespace mingyue::workload {
namespace {

constexpr std::int32_t cards_per_user = 20;
constexpr std::uint32_t users_per_project = 8;

/// Jobs of a session, by sixteenths: half of the sessions are one job, one in sixteen is a sweep of 32.
struct SessionSize {
  int jobs;
  int sixteenths;
};
constexpr std::array<SessionSize, 5> session_sizes{{{1, 8}, {2, 3}, {4, 2}, {8, 2}, {32, 1}}};
constexpr int session_mean_sixteenths = 70;
/// From here on a job is an undertaking of its own and no sweep.
constexpr std::int32_t single_from = 64;

/// Submissions by the hour of the day: of Venus, over 130 days. Weekends have three quarters of a working day.
constexpr std::array<int, 24> by_hour{815,  531,  517,  579,  1174, 2812, 4594, 4527, 3553, 4192, 4810, 4810,
                                      5069, 5381, 3872, 3941, 4155, 4010, 3512, 3511, 2867, 1811, 1815, 1013};

/// Limits as people write them.
constexpr std::array<Duration, 14> limits{minutes(10), minutes(30), hours(1), hours(2), hours(4), hours(8), hours(12),
                                          days(1),     days(2),     days(3),  days(7),  days(14), days(30), days(100)};

Duration limit_for(Duration run) {
  const auto* const found = std::ranges::lower_bound(limits, run);
  return found == limits.end() ? run : *found;
}

/// Run times of a profile: straight in the logarithm between its points.
Duration run_at(const Profile& profile, Fixed share, Fixed stretch) {
  const std::int64_t at = times(10'000 * one, share) >> 16;  // hundredths of a percent, 16 bits behind the point
  std::size_t k = 0;
  while (k + 1 < profile.runs.size() && at >= std::int64_t{profile.runs[k]} << 16) ++k;
  std::int64_t run = seconds(1).raw();
  if (k > 0) {
    const std::int64_t low = std::int64_t{profile.runs[k - 1]} << 16;
    const std::int64_t wide = (std::int64_t{profile.runs[k]} << 16) - low;
    const Fixed within = wide <= 0 ? 0 : std::min(fixed(at - low, wide), one - 1);
    run = times_power_of_two(seconds(1).raw(), static_cast<std::int64_t>(k - 1) * one + within, INT64_MAX >> 24);
  }
  return std::clamp(Duration(times(run, stretch)), seconds(1), profile.run_max);
}

/// Jobs of one size.
struct SizeClass {
  std::int32_t cards = 0;
  std::uint64_t jobs = 0;  ///< share of jobs, hundredths of a percent
  Fixed stretch = one;     ///< of its run times against the cluster's
};

constexpr int points = 4096;  // of a run-time distribution, when its mean is taken

Int128 sum_of_runs(const Profile& profile, Fixed stretch) {
  Int128 sum = 0;
  for (int i = 0; i < points; ++i) sum += run_at(profile, fixed(2 * i + 1, 2 * points), stretch).raw();
  return sum;
}

/// The classes that fit the machine. The stretch that gives a class its mean is found by halving: longer is more.
std::vector<SizeClass> classes_of(const Profile& profile, std::int32_t machine) {
  std::vector<SizeClass> classes;
  int jobs_before = 0, time_before = 0;
  for (const SizeShare& size : profile.sizes) {
    const int jobs = size.jobs - std::exchange(jobs_before, size.jobs);
    const int time = size.time - std::exchange(time_before, size.time);
    if (jobs == 0 || size.cards > machine) continue;
    const Int128 wanted = static_cast<Int128>(profile.mean_card_seconds) * 1000 * time * points /
                          (static_cast<Int128>(jobs) * size.cards);
    Fixed low = 0, high = 64 * one;
    for (int i = 0; i < 38; ++i) {
      const Fixed middle = (low + high) / 2;
      (sum_of_runs(profile, middle) < wanted ? low : high) = middle;
    }
    classes.push_back({size.cards, static_cast<std::uint64_t>(jobs), high});
  }
  return classes;
}

/// How much of all is in jobs above the mean, over the points of every class.
LargeJobs large_jobs_of(const Profile& profile, const std::vector<SizeClass>& classes) {
  Int128 jobs = 0, time = 0;
  const auto each = [&](auto act) {
    for (const SizeClass& one_class : classes) {
      for (int i = 0; i < points; ++i) {
        const Duration run = run_at(profile, fixed(2 * i + 1, 2 * points), one_class.stretch);
        act(static_cast<std::int64_t>(one_class.jobs), run.raw() * one_class.cards);
      }
    }
  };
  each([&](std::int64_t weight, std::int64_t size) {
    jobs += weight;
    time += static_cast<Int128>(weight) * size;
  });
  LargeJobs large{.mean_ms = static_cast<std::int64_t>(time / jobs)};
  Int128 large_count = 0, large_time = 0;
  each([&](std::int64_t weight, std::int64_t size) {
    if (size <= large.mean_ms) return;
    large_count += weight;
    large_time += static_cast<Int128>(weight) * size;
  });
  large.jobs = static_cast<Fixed>((large_count << 32) / jobs);
  large.time = static_cast<Fixed>((large_time << 32) / time);
  return large;
}

/// What a user does in one sitting.
struct Session {
  std::uint32_t user = 0;
  std::uint32_t size_class = 0;
  Duration run;  // about what each job takes
  Duration limit;
  int jobs = 1;
  bool at_once = true;
};

/// Sessions and their jobs without their times, until the wanted card-time is filled. Two of these, made alike, say the
/// same: one counts, the other gives out.
class Sittings {
 public:
  Sittings(const Profile& profile, std::vector<SizeClass> classes, const Ends& ends, std::uint32_t users, Int128 wanted,
           const Prng& root)
      : profile_(&profile),
        classes_(std::move(classes)),
        ends_(ends),
        left_(wanted),
        enough_(wanted / 2000),
        draws_(root.split("sessions")),
        jobs_(root.split("jobs")),
        draw_ends_(root.split("ends")),
        users_(Choice::zipf(users)),
        habits_(users) {
    Prng starts = root.split("even");
    std::vector<std::uint64_t> weights;
    for (const SizeClass& each : classes_) {
      even_.emplace_back(starts);
      // Where sessions are longer, and come again, fewer are begun: the shares of jobs stay what they are.
      const bool single = each.cards >= single_from;
      weights.push_back(each.jobs * (single ? 2 * session_mean_sixteenths : 16));
    }
    size_ = Choice(weights);
  }

  [[nodiscard]] bool filled() const { return left_ <= enough_ || left_out_ > 4096; }

  Session begin() {
    Session session;
    session.user = users_.draw(draws_);
    Habit& habit = habits_[session.user];
    const std::uint64_t bits = draws_.next();
    const bool again = habit.limit > Duration(0) && classes_[habit.size_class].cards < single_from && (bits & 1U) != 0;
    if (!again) {
      habit.size_class = size_.draw(draws_);
      habit.run = run_at(*profile_, even_[habit.size_class].next(), classes_[habit.size_class].stretch);
      habit.limit = limit_for(drawn_request(habit.run, draws_));
    }
    session.size_class = habit.size_class;
    session.run = habit.run;
    session.limit = habit.limit;
    session.at_once = (bits & 6U) != 0;
    if (classes_[session.size_class].cards < single_from) {
      auto at = static_cast<int>((bits >> 8U) & 15U);
      for (const SessionSize& size : session_sizes) {
        session.jobs = size.jobs;
        if ((at -= size.sixteenths) < 0) break;
      }
    }
    return session;
  }

  /// One job of a session; false where it would be more than what is left to fill.
  bool job_of(const Session& session, TraceJob& job) {
    const std::int32_t cards = classes_[session.size_class].cards;
    Duration run = session.run;
    if (session.jobs > 1) run = Duration(times(run.raw(), 3 * one / 4 + draw_share(jobs_) / 2));
    run = std::max(run, seconds(1));
    const bool late = run > session.limit;
    if (late) run = session.limit;
    const std::int64_t size_ms = run.raw() * cards;
    job.end = late ? End::timed_out : ends_.draw(draw_ends_, size_ms);
    if (size_ms > left_) {
      ++left_out_;
      return false;
    }
    left_out_ = 0;
    left_ -= size_ms;
    const Shape shape = shape_of(cards);
    job.run = run;
    job.request = session.limit;
    job.tasks = shape.tasks;
    job.cards_per_task = shape.cards_per_task;
    job.cores_per_task = shape.cards_per_task;
    job.user = 1 + session.user;
    job.project = 1 + session.user % ((users_.count() + users_per_project - 1) / users_per_project);
    return true;
  }

 private:
  struct Habit {
    std::uint32_t size_class = 0;
    Duration run, limit;
  };
  const Profile* profile_;
  std::vector<SizeClass> classes_;
  Ends ends_;
  Int128 left_, enough_;
  int left_out_ = 0;
  Prng draws_, jobs_, draw_ends_;
  Choice users_, size_;
  std::vector<Habit> habits_;
  std::vector<EvenShares> even_;
};

/// How busy hours are against each other.
class Hours {
 public:
  explicit Hours(const Prng& root) : draws_(root.split("hours")) {}
  /// Of the next hour.
  Int128 next() {
    if (hour_ % (24 * 7) == 0) week_ = fixed(3, 4) + draw_share(draws_) / 2;
    const std::int64_t day = hour_ / 24 % 7;
    const Int128 weight = static_cast<Int128>(by_hour[static_cast<std::size_t>(hour_ % 24)]) * (day >= 5 ? 3 : 4);
    // A busy hour has some twice, a quiet one half of what is usual.
    const Fixed burst = times_power_of_two(one, draw_normal(draws_), 64 * one);
    ++hour_;
    return weight * times(week_, burst);
  }

 private:
  Prng draws_;
  std::int64_t hour_ = 0;
  Fixed week_ = one;
};

class Fitted : public Source {
 public:
  Fitted(const FittedOptions& options, TraceFacts facts, const Sittings& sittings)
      : options_(options),
        facts_(std::move(facts)),
        sittings_(sittings),
        hours_(Prng(options.seed)),
        times_(Prng(options.seed).split("times")) {
    Sittings counting = sittings_;
    for (TraceJob job; !counting.filled(); ++sessions_) {
      const Session session = counting.begin();
      for (int i = 0; i < session.jobs; ++i) (void)counting.job_of(session, job);
    }
    Hours weighing = hours_;
    hour_count_ = (options.window.raw() + hours(1).raw() - 1) / hours(1).raw();
    for (std::int64_t i = 0; i < hour_count_; ++i) weight_ += part_of(i, weighing.next());
  }

  [[nodiscard]] const TraceFacts& facts() const override { return facts_; }
  [[nodiscard]] double progress() const override {
    return static_cast<double>(hour_) / static_cast<double>(std::max<std::int64_t>(hour_count_, 1));
  }
  [[nodiscard]] bool next(TraceJob& job) override {
    while (at_ == ready_) {
      if (hour_ == hour_count_) return false;
      fill_hour();
    }
    job = pending_[at_++];
    job.number = ++given_;
    return true;
  }

 private:
  /// The last hour may be a part of one.
  [[nodiscard]] Int128 part_of(std::int64_t hour, Int128 weight) const {
    const std::int64_t wide = std::min(hours(1).raw(), options_.window.raw() - hour * hours(1).raw());
    return weight * wide / hours(1).raw();
  }

  /// The sessions that begin in the next hour, as many as its share of the weight gives; then the jobs of the hour, in
  /// order. What a session submits later stays pending.
  void fill_hour() {
    pending_.erase(pending_.begin(), pending_.begin() + static_cast<std::ptrdiff_t>(at_));
    const Duration begin(hour_ * hours(1).raw());
    const Duration end = std::min(begin + hours(1), options_.window);
    weighed_ += part_of(hour_, hours_.next());
    ++hour_;
    const auto due = static_cast<std::int64_t>(static_cast<Int128>(sessions_) * weighed_ / weight_);
    for (; begun_ < due; ++begun_) begin_session(begin, end);
    // Ties stay in the order of the users' sessions: the sort is stable and the jobs were made in order.
    std::ranges::stable_sort(pending_, {}, &TraceJob::submit);
    at_ = 0;
    const bool last = hour_ == hour_count_;
    ready_ = last ? pending_.size()
                  : static_cast<std::size_t>(std::ranges::lower_bound(pending_, end, {}, &TraceJob::submit) -
                                             pending_.begin());
  }

  void begin_session(Duration begin, Duration end) {
    const Session session = sittings_.begin();
    Duration at =
        begin + Duration(static_cast<std::int64_t>(times_.below(static_cast<std::uint64_t>((end - begin).raw()))));
    for (int i = 0; i < session.jobs; ++i) {
      TraceJob job;
      if (sittings_.job_of(session, job)) {
        job.submit = std::min(at, options_.window - Duration(1));
        job.checkpoint = options_.checkpoint;
        pending_.push_back(job);
      }
      // A script submits within seconds; a person looks at each first.
      const Duration gap_max = session.at_once ? seconds(4) : minutes(20);
      at += Duration(static_cast<std::int64_t>(times_.below(static_cast<std::uint64_t>(gap_max.raw()))));
    }
  }

  FittedOptions options_;
  TraceFacts facts_;
  Sittings sittings_;
  Hours hours_;
  Prng times_;
  std::int64_t sessions_ = 0, begun_ = 0, hour_ = 0, hour_count_ = 0, given_ = 0;
  Int128 weight_ = 0, weighed_ = 0;
  std::vector<TraceJob> pending_;
  std::size_t at_ = 0, ready_ = 0;
};

}  // namespace

Expected<std::unique_ptr<Source>> fitted(const FittedOptions& options) {
  if (options.cards <= 0 || options.cards > size_max)
    return refuse("out-of-range", "cards", fmt::format("{} cards", options.cards), "1 to 10,000,000");
  if (options.load <= Load(0) || options.load > load_max)
    return refuse("out-of-range", "load", "the load is none, or more than ten times the machine", "0.955, for example");
  if (options.window <= Duration(0) || options.window > run_max)
    return refuse("out-of-range", "days", "a window is more than nothing and at most ten years");
  const Profile& profile = profile_of(options.cluster);
  auto classes = classes_of(profile, options.cards);
  const Ends ends(profile.ends, large_jobs_of(profile, classes));
  const Int128 wanted =
      static_cast<Int128>(options.cards) * options.window.raw() * options.load.raw() / full_load.raw();
  const auto users = std::max(std::uint32_t{20}, static_cast<std::uint32_t>(options.cards / cards_per_user));
  const Sittings sittings(profile, std::move(classes), ends, users, wanted, Prng(options.seed));
  TraceFacts facts{
      .from = std::string(profile.from), .unit = Unit::cards, .cards = options.cards, .window = options.window};
  return std::make_unique<Fitted>(options, std::move(facts), sittings);
}

}  // namespace mingyue::workload
