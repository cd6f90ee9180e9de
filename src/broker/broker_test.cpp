#include "broker/broker.hpp"

#include <gtest/gtest.h>

#include "base/prng.hpp"
#include "broker/loops_testing.hpp"

namespace mingyue::broker {
namespace {

using testing::begin_of_time;
using testing::Loop;
using testing::Outage;
using testing::World;

constexpr Instant t0 = begin_of_time;

Wish a_wish(std::uint64_t id, std::vector<Option> options, const std::string& project = "p") {
  return {
      .id = WishId{id}, .of = {model::JobId{id}, 1}, .project = project, .user = "u", .options = std::move(options)};
}

std::vector<WishId> begun(Broker& broker, Instant now) {
  std::vector<WishId> all;
  for (const Step& step : broker.act(now))
    if (const auto* begin = std::get_if<Begin>(&step)) all.push_back(begin->wish);
  return all;
}

TEST(Broker, ADeviceRunsOneBatchAtATime) {
  Broker broker({}, {"grid"}, t0);
  broker.wish(a_wish(1, {{.device = 0, .run = seconds(1)}}), t0);
  broker.wish(a_wish(2, {{.device = 0, .run = seconds(1)}}), t0);
  EXPECT_EQ(begun(broker, t0), std::vector{WishId{1}});
  EXPECT_TRUE(begun(broker, t0 + milliseconds(500)).empty());
  const auto standing = broker.standing(WishId{2}, t0 + milliseconds(500));
  ASSERT_TRUE(standing);
  EXPECT_EQ(standing->place, 1);
  EXPECT_EQ(standing->chances.at(0).start, t0 + seconds(1));
  EXPECT_EQ(standing->chances.at(0).end, t0 + seconds(2));
  broker.ended(0, t0 + seconds(1));
  EXPECT_EQ(begun(broker, t0 + seconds(1)), std::vector{WishId{2}});
}

TEST(Broker, TheChoiceCanBeSteered) {
  // A good device that is slow, and a fast one that is bad: 10 s at 0.9 are 11.1 s of good shots, 2 s at 0.1 are 20 s.
  const std::vector<Option> options{{.device = 0, .success = 900'000, .run = seconds(10)},
                                    {.device = 1, .success = 100'000, .run = seconds(2)}};
  const std::vector<Chance> chances{{options[0], t0, t0 + seconds(10)}, {options[1], t0, t0 + seconds(2)}};
  EXPECT_EQ(choose(QpuPrefer::fidelity, chances, t0), 0U);
  EXPECT_EQ(choose(QpuPrefer::time, chances, t0), 1U);
  EXPECT_EQ(choose(QpuPrefer::balanced, chances, t0), 0U);
  std::vector<Chance> later = chances;
  later[0].start = t0 + seconds(60);
  later[0].end = t0 + seconds(70);
  EXPECT_EQ(choose(QpuPrefer::fidelity, later, t0), 0U);
  EXPECT_EQ(choose(QpuPrefer::balanced, later, t0), 1U);
  later[0].start = never;
  EXPECT_EQ(choose(QpuPrefer::fidelity, later, t0), 1U);
}

TEST(Broker, NothingIsBegunThatReachesIntoAnOutage) {
  Broker broker({}, {"grid"}, t0);
  broker.foresee(0, t0 + seconds(10), t0 + seconds(70));
  broker.wish(a_wish(1, {{.device = 0, .run = seconds(11)}}), t0);
  broker.wish(a_wish(2, {{.device = 0, .run = seconds(9)}}), t0 + seconds(1));
  EXPECT_EQ(begun(broker, t0 + seconds(1)), std::vector{WishId{2}});
  EXPECT_EQ(broker.standing(WishId{1}, t0 + seconds(1))->chances.at(0).start, t0 + seconds(70));
  broker.ended(0, t0 + seconds(10));
  broker.take_out(0, QpuOut::calibration, "daily calibration", t0 + seconds(70), t0 + seconds(10));
  broker.foresee(0, never, never);
  EXPECT_TRUE(begun(broker, t0 + seconds(69)).empty());
  broker.put_in(0, t0 + seconds(70));
  EXPECT_EQ(begun(broker, t0 + seconds(70)), std::vector{WishId{1}});
}

TEST(Broker, ABatchWhoseDeviceFailsGoesToAnother) {
  Broker broker({}, {"a", "b"}, t0);
  broker.wish(a_wish(1, {{.device = 0, .run = seconds(1)}, {.device = 1, .run = seconds(5)}}), t0);
  EXPECT_EQ(broker.act(t0), std::vector<Step>{(Begin{WishId{1}, 0})});
  broker.failed(0, "it hung", t0 + seconds(1));
  EXPECT_EQ(broker.act(t0 + seconds(1)), std::vector<Step>{(Begin{WishId{1}, 1})});
  broker.failed(1, "it crashed", t0 + seconds(2));
  EXPECT_EQ(broker.act(t0 + seconds(2)), std::vector<Step>{(Begin{WishId{1}, 0})});
  broker.failed(0, "it hung again", t0 + seconds(3));
  EXPECT_EQ(broker.act(t0 + seconds(3)), std::vector<Step>{(GiveUp{WishId{1}, "it hung again"})});
  EXPECT_EQ(broker.waiting(), 0U);
}

TEST(Broker, ASessionKeepsOthersOutAndIsBounded) {
  Broker broker({.session_max = minutes(2), .session_idle = seconds(30)}, {"a"}, t0);
  Wish session = a_wish(1, {{.device = 0, .run = hours(1)}});
  session.session = true;
  broker.wish(session, t0);
  EXPECT_EQ(broker.act(t0), std::vector<Step>{(OpenSession{WishId{1}, 0, t0 + minutes(2)})});
  broker.wish(a_wish(7, {{.device = 0, .run = seconds(1)}}), t0);
  EXPECT_TRUE(broker.act(t0).empty());
  Wish inside = a_wish(2, {{.device = 0, .run = seconds(1)}});
  inside.of = session.of;
  broker.wish(inside, t0 + seconds(20));
  EXPECT_EQ(broker.act(t0 + seconds(20)), std::vector<Step>{(Begin{WishId{2}, 0})});
  broker.ended(0, t0 + seconds(21));
  EXPECT_EQ(broker.next_wakeup(), t0 + seconds(51));
  EXPECT_EQ(broker.act(t0 + seconds(51)),
            (std::vector<Step>{CloseSession{0, session.of, SessionEnd::idle}, Begin{WishId{7}, 0}}));
  const QpuReading reading = broker.read(0, t0 + seconds(51));
  EXPECT_EQ(reading.uses, (std::vector<QpuUse>{{QpuSpent::run, session.of, seconds(1), 1},
                                               {QpuSpent::session, session.of, seconds(50), 0}}));
}

TEST(Broker, WhoHasUsedLessForItsSharesComesFirst) {
  Broker broker({.shares = {{"rich", 10}}}, {"a"}, t0);
  Instant now = t0;
  std::map<std::string, int> ran;
  std::uint64_t id = 1;
  std::map<WishId, std::string> whose;
  for (const std::string project : {"rich", "poor"})
    for (int i = 0; i < 4; ++i, ++id) {
      whose[WishId{id}] = project;
      broker.wish(a_wish(id, {{.device = 0, .run = seconds(1)}}, project), now);
    }
  for (int i = 0; i < 110; ++i) {
    const auto started = begun(broker, now);
    ASSERT_EQ(started.size(), 1U);
    const std::string project = whose.at(started[0]);
    ++ran[project];
    now = now + seconds(1);
    broker.ended(0, now);
    whose[WishId{id}] = project;
    broker.wish(a_wish(id++, {{.device = 0, .run = seconds(1)}}, project), now);
  }
  EXPECT_NEAR(ran["rich"], 100, 2);
}

TEST(Broker, NobodyWaitsForEver) {
  // Urgent work that would fill the device for ever, and one batch of the lowest class.
  Rules rules{.starve_after = minutes(10)};
  std::vector<Loop> loops(20, Loop{.classical = milliseconds(100), .quantum = seconds(2), .rank = 100});
  loops.push_back({.classical = seconds(1), .quantum = seconds(2), .rank = 0});
  World world(rules, {"a"}, loops);
  world.run(hours(3));
  EXPECT_GT(world.counts().back().batches, 10);
  EXPECT_LE(world.counts().back().waited_longest, minutes(10) + seconds(4));
  EXPECT_GE(world.counts().back().waited_longest, minutes(10));  // it did have to wait
}

TEST(HybridLoops, EightKeepADeviceBusyThatOneHoldsIdle) {
  World shared({}, {"a"}, std::vector<Loop>(8));
  shared.run(hours(10));
  EXPECT_GE(shared.busy(0, hours(10)), 900);
  // Held exclusively: one program after the other has the device to itself.
  World held({}, {"a"}, std::vector<Loop>(8, Loop{.session = true}));
  held.run(hours(10));
  EXPECT_NEAR(static_cast<double>(held.busy(0, hours(10))), 200, 5);
}

TEST(HybridLoops, OutagesLoseNoBatchAndTimeIsConserved) {
  // Three devices, each recalibrated for an hour a day at another time, one of them down for a day without notice.
  std::vector<Outage> outages;
  for (DeviceNumber device = 0; device < 3; ++device)
    for (int day = 0; day < 7; ++day)
      outages.push_back({.device = device,
                         .from = days(day) + hours(2 + 8 * device),
                         .to = days(day) + hours(3 + 8 * device),
                         .out = QpuOut::calibration,
                         .foreseen = true});
  std::erase_if(outages, [](const Outage& o) { return o.device == 1 && o.from >= days(3) && o.from < days(4); });
  outages.push_back({.device = 1, .from = days(3), .to = days(4)});
  const std::vector<Option> anywhere{{.device = 0, .success = 700'000, .run = seconds(3)},
                                     {.device = 1, .success = 600'000, .run = seconds(2)},
                                     {.device = 2, .success = 990'000, .run = seconds(40)}};
  std::vector<Loop> loops(12, Loop{.classical = seconds(10), .options = anywhere});
  for (std::size_t i = 0; i < loops.size(); ++i) loops[i].prefer = static_cast<QpuPrefer>(1 + i % 3);
  World world({}, {"a", "b", "c"}, loops, outages);
  world.run(days(7));
  EXPECT_EQ(world.given_up(), 0);
  for (DeviceNumber device = 0; device < 3; ++device) {
    Duration sum;
    for (const auto& [spent, time] : world.spent(device)) sum += time;
    EXPECT_EQ(sum, days(7)) << device;
    EXPECT_EQ(world.spent(device)[QpuSpent::calibration], hours(device == 1 ? 6 : 7)) << device;
    EXPECT_GT(world.spent(device)[QpuSpent::run], hours(1));
  }
  EXPECT_EQ(world.spent(1)[QpuSpent::down], days(1));
  for (const auto& loop : world.counts()) EXPECT_LE(loop.waited_longest, hours(1) + minutes(12));
}

TEST(Broker, AnythingInAnyOrderKeepsTheLaws) {
  for (std::uint64_t seed = 1; seed <= 200; ++seed) {
    Prng random(seed);
    Broker broker({.starve_after = seconds(20), .session_max = seconds(9), .session_idle = seconds(3)}, {"a", "b", "c"},
                  t0);
    Instant now = t0;
    std::map<DeviceNumber, WishId> running;
    std::map<WishId, model::AttemptId> waiting;
    std::vector<Duration> sums(3);
    std::uint64_t id = 1;
    const auto pick = [&] { return static_cast<DeviceNumber>(random.below(3)); };
    for (int i = 0; i < 300; ++i) {
      now = now + milliseconds(static_cast<std::int64_t>(random.below(3'000)));
      switch (random.below(8)) {
        case 0:
        case 1:
        case 2: {
          Wish wish = a_wish(id, {});
          wish.of.job = model::JobId{1 + random.below(5)};
          for (DeviceNumber device = 0; device < 3; ++device)
            if (random.below(2) == 0 || device == 2)
              wish.options.push_back({.device = device,
                                      .success = static_cast<std::int32_t>(1 + random.below(1'000'000)),
                                      .run = milliseconds(static_cast<std::int64_t>(random.below(5'000)))});
          wish.prefer = static_cast<QpuPrefer>(1 + random.below(3));
          wish.session = random.below(6) == 0;
          waiting[wish.id] = wish.of;
          broker.wish(std::move(wish), now);
          ++id;
          break;
        }
        case 3:
          if (const DeviceNumber device = pick(); running.erase(device) > 0) broker.ended(device, now);
          break;
        case 4:
          if (const DeviceNumber device = pick(); running.contains(device)) {
            running.erase(device);
            broker.failed(device, "no", now);
          }
          break;
        case 5:
          broker.take_out(pick(), static_cast<QpuOut>(1 + random.below(4)), "x", std::nullopt, now);
          break;
        case 6:
          broker.put_in(pick(), now);
          break;
        case 7: {
          const model::AttemptId of{model::JobId{1 + random.below(5)}, 1};
          broker.gone(of, now);
          break;
        }
      }
      for (const Step& step : broker.act(now)) {
        if (const auto* begin = std::get_if<Begin>(&step)) {
          ASSERT_FALSE(running.contains(begin->device)) << seed;
          ASSERT_EQ(broker.device(begin->device).out, QpuOut::no) << seed;
          running[begin->device] = begin->wish;
        }
      }
      if (const DeviceNumber device = pick(); random.below(4) == 0)
        for (const QpuUse& use : broker.read(device, now).uses) sums[device] += use.time;
    }
    for (DeviceNumber device = 0; device < 3; ++device) {
      for (const QpuUse& use : broker.read(device, now).uses) sums[device] += use.time;
      EXPECT_EQ(sums[device], now - t0) << seed;
    }
  }
}

TEST(Meter, BatchesShorterThanItsClockSumToWhatTheyTook) {
  Meter meter(t0);
  const model::AttemptId of{model::JobId{1}, 1};
  // 0.4 ms of work in each 1.037 ms, on a clock of whole milliseconds.
  for (std::int64_t i = 0; i < 10'000; ++i) {
    meter.turn(QpuSpent::run, of, t0 + milliseconds(i * 1'037 / 1'000));
    meter.turn(QpuSpent::unwanted, {}, t0 + milliseconds((i * 1'037 + 400) / 1'000));
    meter.batch(of);
  }
  const QpuReading reading = meter.take(t0 + milliseconds(10'370));
  ASSERT_EQ(reading.uses.size(), 2U);
  EXPECT_EQ(reading.uses[0].time + reading.uses[1].time, milliseconds(10'370));
  EXPECT_EQ(reading.uses[0].batches, 10'000);
  EXPECT_NEAR(static_cast<double>(reading.uses[0].time.raw()), 4'000, 10);
}

}  // namespace
}  // namespace mingyue::broker
