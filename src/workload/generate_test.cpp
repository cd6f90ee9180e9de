#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <map>

#include "base/hash.hpp"
#include "base/text.hpp"
#include "workload/chance.hpp"
#include "workload/fitted.hpp"
#include "workload/mix.hpp"
#include "workload/summary.hpp"
#include "workload/write.hpp"

namespace mingyue::workload {
namespace {

// Renewed only together with the line of CHANGELOG.md that says seeds mean something else now.
constexpr std::int64_t golden_log_normal = 26'323'532;
constexpr Fixed golden_normal = -2'639'606'740;
constexpr const char* golden_mix = "eabcba8ec1c846fa";

using Made = Expected<std::unique_ptr<Source>>;

/// What is wrong with a job that follows `before`; empty where all is well. What holds of every source.
std::string wrong_with(const TraceJob& job, const TraceJob& before, const TraceFacts& facts) {
  if (job.submit < before.submit) return "not in the order of submission";
  if (job.submit >= facts.window) return "submitted after the window";
  if (job.run <= Duration(0) || job.run > job.request) return "no run time, or more than the request";
  if (cards_of(job) <= 0 || cards_of(job) > facts.cards) return "no size, or more than the machine";
  if (job.number != before.number + 1) return "not numbered from 1";
  return "";
}

/// Calls `act` with every job, and checks each.
template <class Act>
void each_job(Made made, Act act) {
  ASSERT_TRUE(made.has_value()) << made.error().message;
  TraceJob job, before;
  for (; (*made)->next(job); before = job) {
    const std::string wrong = wrong_with(job, before, (*made)->facts());
    ASSERT_EQ(wrong, "") << job.number;
    act(job);
  }
  EXPECT_TRUE((*made)->status().has_value());
  EXPECT_FALSE((*made)->next(job)) << "after the end it stays ended";
}

std::vector<TraceJob> jobs_of(Made made) {
  std::vector<TraceJob> jobs;
  each_job(std::move(made), [&](const TraceJob& job) { jobs.push_back(job); });
  return jobs;
}

std::string bytes_of_jobs(Made made) {
  std::string text;
  TraceWriter writer(into(text));
  if (!made) return "refused";
  // Without the sentence for people: it may change, the jobs may not.
  TraceFacts facts = (*made)->facts();
  facts.from.clear();
  (void)writer.begin(facts);
  for (TraceJob job; (*made)->next(job);) (void)writer.put(job);
  (void)writer.finish();
  return text;
}

double load_of(const std::vector<TraceJob>& jobs, std::int32_t cards, Duration window) {
  Summary summary(Unit::cards);
  for (const TraceJob& job : jobs) summary.add(job);
  return *Summary::load_of(summary.time_ms(), cards, window);
}

/// A month of a small cluster, made up: sizes 1, 8 and 32, runs of minutes to hours.
Trace a_month() {
  Trace trace{.facts = {.from = "a month", .unit = Unit::cards, .cards = 64}};
  Prng prng(7);
  for (int i = 0; i < 3'000; ++i) {
    const Shape shape = shape_of(std::array{1, 8, 32}[prng.below(3)]);
    const Duration run = draw_log_normal(prng, minutes(20), one, days(2));
    trace.jobs.push_back({.number = i,
                          .submit = Duration(prng.between(0, 600'000) + days(30).raw() * i / 3'000),
                          .run = run,
                          .request = run,
                          .tasks = shape.tasks,
                          .cards_per_task = shape.cards_per_task});
  }
  std::ranges::stable_sort(trace.jobs, {}, &TraceJob::submit);
  return trace;
}

TEST(Superposition, MeetsItsLoadAtAnySizeAndLength) {
  for (const std::int32_t cards : {64, 500, 10'000}) {
    for (const Duration window : {days(7), days(45)}) {
      for (const Load load : {Load(300'000), Load(955'000), Load(1'053'000)}) {
        const auto jobs = jobs_of(superpose(a_month(), {.machine = cards, .load = load, .window = window, .seed = 3}));
        const double wanted = static_cast<double>(load.raw()) / 1e6;
        // One job of 32 cards and two days is the grain of a small machine's week.
        const double grain = cards == 64 ? 0.05 : 0.01;
        EXPECT_NEAR(load_of(jobs, cards, window), wanted, wanted * grain)
            << cards << " cards, " << window.raw() / days(1).raw() << " days";
      }
    }
  }
}

TEST(Superposition, KeepsTheMixOfItsBase) {
  const Trace base = a_month();
  std::map<std::int64_t, double> of_base, made;
  for (const TraceJob& job : base.jobs) of_base[cards_of(job)] += 1.0 / 3'000;
  const auto jobs = jobs_of(superpose(base, {.machine = 2'000, .window = days(60)}));
  for (const TraceJob& job : jobs) made[cards_of(job)] += 1.0 / static_cast<double>(jobs.size());
  for (const auto& [cards, share] : of_base) EXPECT_NEAR(made[cards], share, 0.005) << cards;
}

TEST(Superposition, RunsForEverWhereNoWindowEndsIt) {
  auto source = superpose(a_month(), {.machine = 64, .window = Duration(0)});
  ASSERT_TRUE(source.has_value());
  TraceJob job;
  for (int i = 0; i < 50'000; ++i) ASSERT_TRUE((*source)->next(job));
  EXPECT_GT(job.submit, days(60)) << "it has gone round";
}

TEST(Superposition, LeavesOutWhatTheMachineCannotHold) {
  auto source = superpose(a_month(), {.machine = 16, .window = days(10)});
  ASSERT_TRUE(source.has_value());
  EXPECT_GT((*source)->account()[Remark::larger_than_machine], 900U);
  for (const TraceJob& job : jobs_of(std::move(source))) EXPECT_LE(cards_of(job), 16);
}

TEST(Superposition, KeepsUsersApartByCopyAndMakesSomeWhereThereAreNone) {
  Trace named = a_month();
  for (TraceJob& job : named.jobs) job.user = 1 + static_cast<std::uint32_t>(job.number % 5);
  std::uint32_t most = 0;
  for (const TraceJob& job : jobs_of(superpose(named, {.machine = 640, .window = days(10)})))
    most = std::max(most, job.user);
  EXPECT_GT(most, 5U);
  EXPECT_EQ(most % 5, 0U);
  std::map<std::uint32_t, int> made;
  const auto jobs = jobs_of(superpose(a_month(), {.machine = 640, .window = days(30)}));
  for (const TraceJob& job : jobs) ++made[job.user];
  EXPECT_EQ(made.count(0), 0U);
  EXPECT_GT(made.size(), 20U);
  EXPECT_GT(made[1], 4 * static_cast<int>(jobs.size() / made.size())) << "some do most";
}

TEST(Superposition, RefusesWhatCannotBe) {
  EXPECT_EQ(superpose(a_month(), {.machine = 0}).error().field, "cards");
  EXPECT_EQ(superpose(a_month(), {.load = Load(0)}).error().field, "load");
  EXPECT_EQ(superpose(a_month(), {.window = days(4'000)}).error().field, "days");
  EXPECT_EQ(superpose(Trace{.facts = {.unit = Unit::cards}}, {}).error().code, "bad-document");
  Trace idle = a_month();
  for (TraceJob& job : idle.jobs) job.cards_per_task = 0;
  EXPECT_EQ(superpose(idle, {}).error().code, "bad-document");
}

TEST(LlmMix, HasItsShareInPreTrainingAndItsLoad) {
  for (const bool recorded : {true, false}) {
    const auto base = recorded ? std::optional(a_month()) : std::nullopt;
    const auto jobs = jobs_of(llm_mix(base, {.cards = 10'000, .window = days(91)}));
    double giants = 0, all = 0;
    std::map<std::int64_t, int> sizes;
    for (const TraceJob& job : jobs) {
      const double time = static_cast<double>(cards_of(job)) * static_cast<double>(job.run.raw());
      all += time;
      if (job.user < pretraining_users) continue;
      giants += time;
      ++sizes[cards_of(job)];
      EXPECT_LE(job.run, days(14));
      EXPECT_EQ(job.checkpoint, hours(1));
    }
    EXPECT_NEAR(giants / all, 0.40, 0.01);
    EXPECT_NEAR(load_of(jobs, 10'000, days(91)), 0.955, 0.00955);
    EXPECT_EQ(sizes.size(), 3U);
  }
}

TEST(LlmMix, CanHaveLargerGiantsForMoreOfTheTime) {
  MixOptions options{.cards = 10'000, .load = Load(1'053'000), .window = days(182), .pretraining_percent = 50};
  options.pretraining.cards = {1024, 2048, 4096};
  const auto jobs = jobs_of(llm_mix(a_month(), options));
  double giants = 0;
  for (const TraceJob& job : jobs) {
    if (cards_of(job) >= 1024) giants += static_cast<double>(cards_of(job)) * static_cast<double>(job.run.raw());
  }
  EXPECT_NEAR(giants / (10'000.0 * static_cast<double>(days(182).raw())), 0.5265, 0.0105);
  EXPECT_NEAR(load_of(jobs, 10'000, days(182)), 1.053, 0.0105);
}

TEST(LlmMix, RefusesAMachineThatIsTooSmallForIt) {
  const auto made = llm_mix(a_month(), {.cards = 100});
  ASSERT_FALSE(made.has_value());
  EXPECT_EQ(made.error().code, "does-not-fit");
  Trace cores = a_month();
  cores.facts.unit = Unit::cores;
  EXPECT_EQ(venus_mix(cores, {}).error().field, "from");
}

TEST(Fitted, FollowsThePublishedSizesOfEachCluster) {
  // Cumulative shares of jobs and of card-time, in percent, at 1, 8, 64 and 256 cards.
  struct Published {
    Cluster cluster;
    std::array<double, 4> jobs, time;
  };
  for (const Published& published : {Published{Cluster::seren, {54, 97, 99.3, 99.7}, {1.3, 12, 28, 56}},
                                     Published{Cluster::kalos, {86, 94, 95, 97}, {0.2, 0.6, 3, 25}},
                                     Published{Cluster::helios, {72, 95, 99.7, 100}, {5, 41, 94, 100}}}) {
    Summary summary(Unit::cards);
    each_job(fitted({.cluster = published.cluster, .window = days(182)}),
             [&](const TraceJob& job) { summary.add(job); });
    EXPECT_NEAR(*Summary::load_of(summary.time_ms(), 10'000, days(182)), 0.955, 0.00955);
    std::size_t at = 0;
    for (const std::size_t size_class : {1U, 4U, 7U, 9U}) {
      double count = 0, time = 0;
      for (std::size_t i = 0; i <= size_class; ++i) {
        count += static_cast<double>(summary.by_size()[i].jobs);
        time += static_cast<double>(summary.by_size()[i].time_ms);
      }
      const std::string where =
          enum_word(published.cluster) + " up to " + std::to_string(Summary::size_limit(size_class)) + " cards";
      EXPECT_NEAR(100 * count / static_cast<double>(summary.jobs()), published.jobs[at], 1.5) << where;
      EXPECT_NEAR(100 * time / static_cast<double>(summary.time_ms()), published.time[at], 5) << where;
      ++at;
    }
  }
}

TEST(Fitted, EndsMostCardTimeByCancellation) {
  Summary summary(Unit::cards);
  each_job(fitted({.cluster = Cluster::seren}), [&](const TraceJob& job) { summary.add(job); });
  const auto time_share = [&](End end) {
    return static_cast<double>(summary.by_end()[static_cast<std::size_t>(end)].time_ms) /
           static_cast<double>(summary.time_ms());
  };
  EXPECT_NEAR(time_share(End::cancelled), 0.66, 0.06);
  EXPECT_NEAR(time_share(End::failed), 0.12, 0.04);
  const auto& cancelled = summary.by_end()[static_cast<std::size_t>(End::cancelled)];
  EXPECT_NEAR(static_cast<double>(cancelled.jobs) / static_cast<double>(summary.jobs()), 0.075, 0.03);
}

TEST(Fitted, ComesInBurstsByDayAndByWeek) {
  const auto jobs =
      jobs_of(fitted({.cluster = Cluster::helios, .cards = 1'064, .load = Load(490'000), .window = days(126)}));
  Summary summary(Unit::cards);
  std::array<int, 24> by_hour{};
  std::array<int, 7> by_day{};
  for (const TraceJob& job : jobs) {
    summary.add(job);
    ++by_hour[static_cast<std::size_t>(job.submit.raw() / hours(1).raw() % 24)];
    ++by_day[static_cast<std::size_t>(job.submit.raw() / days(1).raw() % 7)];
  }
  EXPECT_GT(summary.gap_variation(), 2.0) << "1 is chance alone";
  EXPECT_GT(by_hour[13], 4 * by_hour[2]);
  EXPECT_LT(by_day[6], by_day[1]);
}

TEST(Fitted, HasUsersOfHabit) {
  const auto jobs = jobs_of(fitted({.cards = 2'000, .window = days(28)}));
  std::map<std::uint32_t, int> count;
  std::map<std::uint32_t, TraceJob> last;
  int alike = 0;
  for (const TraceJob& job : jobs) {
    ++count[job.user];
    const auto found = last.find(job.user);
    if (found != last.end() && found->second.request == job.request && cards_of(found->second) == cards_of(job))
      ++alike;
    last[job.user] = job;
  }
  EXPECT_GT(alike, static_cast<int>(jobs.size()) / 2) << "most jobs are like the user's last";
  int most = 0;
  for (const auto& [user, n] : count) most = std::max(most, n);
  EXPECT_GT(most, static_cast<int>(jobs.size() / count.size()) * 5) << "a few users submit most";
}

TEST(Fitted, RefusesWhatCannotBe) {
  EXPECT_EQ(fitted({.cards = 0}).error().field, "cards");
  EXPECT_EQ(fitted({.load = Load(-1)}).error().field, "load");
  EXPECT_EQ(fitted({.window = Duration(0)}).error().field, "days");
}

TEST(Generators, GiveTheSameBytesForTheSameSeed) {
  const auto all = [](std::uint64_t seed) {
    const MixOptions options{.cards = 3'000, .window = days(5), .seed = seed};
    return std::array{bytes_of_jobs(venus_mix(a_month(), options)), bytes_of_jobs(llm_mix(a_month(), options)),
                      bytes_of_jobs(llm_mix(std::nullopt, options)),
                      bytes_of_jobs(fitted({.cards = 3'000, .window = days(5), .seed = seed}))};
  };
  const auto once = all(5), twice = all(5), other = all(6);
  for (std::size_t i = 0; i < once.size(); ++i) {
    EXPECT_GT(once[i].size(), 10'000U);
    EXPECT_EQ(once[i], twice[i]) << i;
    EXPECT_NE(once[i], other[i]) << i;
  }
}

TEST(Chance, RaisesTwoToAnyPower) {
  EXPECT_EQ(times_power_of_two(1'000, 0, INT64_MAX), 1'000);
  EXPECT_EQ(times_power_of_two(1'000, 10 * one, INT64_MAX), 1'024'000);
  EXPECT_EQ(times_power_of_two(1'024'000, -10 * one, INT64_MAX), 1'000);
  EXPECT_EQ(times_power_of_two(1, 80 * one, 77), 77);
  EXPECT_EQ(times_power_of_two(1'000'000, -80 * one, 77), 0);
  for (Fixed exponent = -3 * one; exponent < 3 * one; exponent += one / 173) {
    const double expected = 1e12 * std::exp2(static_cast<double>(exponent) / static_cast<double>(one));
    EXPECT_NEAR(static_cast<double>(times_power_of_two(1'000'000'000'000, exponent, INT64_MAX)), expected,
                expected * 1e-6);
  }
}

TEST(Chance, DrawsNormallyAndLogNormally) {
  Prng prng(1);
  double sum = 0, squares = 0;
  int above_two = 0, above_days = 0;
  constexpr int draws = 200'000;
  for (int i = 0; i < draws; ++i) {
    const double z = static_cast<double>(draw_normal(prng)) / static_cast<double>(one);
    sum += z;
    squares += z * z;
    above_two += z > 2 ? 1 : 0;
    above_days += draw_log_normal(prng, days(1), one, days(14)) > days(1) ? 1 : 0;
  }
  EXPECT_NEAR(sum / draws, 0, 0.01);
  EXPECT_NEAR(squares / draws, 1, 0.01);
  EXPECT_NEAR(static_cast<double>(above_two) / draws, 0.02275, 0.002);
  EXPECT_NEAR(static_cast<double>(above_days) / draws, 0.5, 0.005) << "the median is the median";
}

TEST(Chance, IsTheSameOnEveryMachine) {
  // What these draws are belongs to every seed that was ever written down.
  Prng prng(42);
  EXPECT_EQ(draw_log_normal(prng, days(1), one, days(14)).raw(), golden_log_normal);
  EXPECT_EQ(draw_normal(prng), golden_normal);
  EXPECT_EQ(print_hex(hash_of(bytes_of_jobs(llm_mix(std::nullopt, {.cards = 2'000, .window = days(2)})))).substr(0, 16),
            golden_mix);
}

TEST(Choice, PicksInProportion) {
  const std::array<std::uint64_t, 3> weights{1, 0, 3};
  const Choice choice(weights);
  Prng prng(1);
  std::array<int, 3> seen{};
  for (int i = 0; i < 40'000; ++i) ++seen[choice.draw(prng)];
  EXPECT_NEAR(seen[0], 10'000, 500);
  EXPECT_EQ(seen[1], 0);
  EXPECT_EQ(Choice::zipf(5).at(0), 0U);
  EXPECT_EQ(Choice::zipf(5).at(UINT64_MAX), 4U);
}

}  // namespace
}  // namespace mingyue::workload
