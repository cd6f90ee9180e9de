#include <fmt/format.h>

#include "base/text.hpp"
#include "broker/loops_testing.hpp"

/// How busy hybrid loops keep a quantum device, and what outages cost them, in simulated time: `hybrid_loops_bench`.
using namespace mingyue;
using namespace mingyue::broker;
using broker::testing::Loop;
using broker::testing::Outage;
using broker::testing::World;

namespace {

constexpr Duration length = hours(10);

double percent(std::int64_t thousandths) { return static_cast<double>(thousandths) / 10; }

void loops_on_one_device() {
  fmt::print("loops of 4 s classical and 1 s quantum work on one device, 10 h of simulated time\n");
  for (const std::size_t count : {1, 2, 4, 6, 8, 12}) {
    World shared({}, {"device"}, std::vector<Loop>(count));
    shared.run(length);
    World held({}, {"device"}, std::vector<Loop>(count, Loop{.session = true}));
    held.run(length);
    fmt::print("  {:2} loops: by the batch {:5.1f} % busy, held exclusively {:5.1f} %{}\n", count,
               percent(shared.busy(0, length)), percent(held.busy(0, length)),
               count == 8 ? "  (at least 90 %, against 20 %)" : "");
  }
}

void a_week_with_outages() {
  std::vector<Outage> outages;
  const Duration week = days(7);
  const auto calibrates = [](DeviceNumber device) { return hours(2 + 8 * static_cast<std::int64_t>(device)); };
  for (DeviceNumber device = 0; device < 3; ++device)
    for (int day = 0; day < 7; ++day)
      if (device != 1 || day != 3)
        outages.push_back({.device = device,
                           .from = days(day) + calibrates(device),
                           .to = days(day) + calibrates(device) + hours(1),
                           .out = QpuOut::calibration,
                           .foreseen = true});
  outages.push_back({.device = 1, .from = days(3), .to = days(4)});
  std::int64_t open_minutes = 0;
  for (Duration at; at < week; at += minutes(1)) {
    bool open = false;
    for (DeviceNumber device = 0; device < 3; ++device) {
      bool out = false;
      for (const Outage& o : outages) out = out || (o.device == device && o.from <= at && at < o.to);
      open = open || !out;
    }
    open_minutes += open ? 1 : 0;
  }
  const std::vector<Option> anywhere{{.device = 0, .success = 700'000, .run = seconds(3)},
                                     {.device = 1, .success = 600'000, .run = seconds(2)},
                                     {.device = 2, .success = 990'000, .run = seconds(40)}};
  std::vector<Loop> loops(12, Loop{.classical = seconds(10), .options = anywhere});
  World world({}, {"grid", "heavy-hex", "ion"}, loops, outages);
  world.run(week);
  std::int64_t batches = 0;
  Duration waited;
  Duration longest;
  for (const auto& loop : world.counts()) {
    batches += loop.batches;
    waited += loop.waited;
    longest = std::max(longest, loop.waited_longest);
  }
  fmt::print(
      "\na week of three devices, each recalibrated 60 minutes a day, the second down for a day; twelve loops\n"
      "  minutes with a device that qualifies: {:.2f} % ({} of {})\n"
      "  batches: {} ended, {} given up; waits: mean {}, longest {}\n",
      100.0 * static_cast<double>(open_minutes) / 10'080, open_minutes, 10'080, batches, world.given_up(),
      print_duration(Duration{waited.raw() / batches}), print_duration(longest));
  for (DeviceNumber device = 0; device < 3; ++device) {
    fmt::print("  {:10}", world.broker().device(device).name);
    for (const auto& [spent, time] : world.spent(device))
      fmt::print(" {} {:.2f} %", enum_word(spent),
                 100.0 * static_cast<double>(time.raw()) / static_cast<double>(week.raw()));
    fmt::print("\n");
  }
}

}  // namespace

int main() {
  loops_on_one_device();
  a_week_with_outages();
}
