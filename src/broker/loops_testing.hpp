#pragma once

#include <algorithm>
#include <functional>
#include <map>
#include <queue>
#include <vector>

#include "broker/broker.hpp"

/// Programs that use devices in simulated time, for tests and for bench/hybrid_loops_bench.cpp.
namespace mingyue::broker::testing {

inline constexpr Instant begin_of_time{1'800'000'000'000};

/// A program that thinks for `classical`, then runs a batch of `quantum`, and so on for ever.
struct Loop {
  Duration classical = seconds(4);
  Duration quantum = seconds(1);
  std::string project = "p";
  std::string user = "u";
  std::int32_t rank = 0;
  QpuPrefer prefer = QpuPrefer::balanced;
  std::vector<Option> options;  ///< empty: the first device, for `quantum`
  bool session = false;         ///< holds the device for itself: asks again when the session ends
};

/// An outage that is announced, as recalibrations are, or that comes unforeseen.
struct Outage {
  DeviceNumber device = 0;
  Duration from;  ///< after the beginning
  Duration to;
  QpuOut out = QpuOut::down;
  bool foreseen = false;
};

struct LoopCount {
  std::int64_t batches = 0;
  Duration waited_longest;
  Duration waited;
};

/// Runs loops and outages against the broker.
class World {
 public:
  World(Rules rules, std::vector<std::string> devices, std::vector<Loop> loops, std::vector<Outage> outages = {})
      : broker_(std::move(rules), std::move(devices), begin_of_time),
        loops_(std::move(loops)),
        counts_(loops_.size()),
        wished_at_(loops_.size()),
        in_session_(loops_.size()),
        spent_(broker_.devices()) {
    for (std::size_t i = 0; i < loops_.size(); ++i) {
      if (loops_[i].options.empty()) loops_[i].options = {{.device = 0, .run = loops_[i].quantum}};
      at(begin_of_time + loops_[i].classical, [this, i] { ask(i); });
    }
    std::ranges::sort(outages, {}, &Outage::from);
    outages_ = std::move(outages);
    for (const Outage& outage : outages_) {
      at(begin_of_time + outage.from, [this, outage] { go_out(outage); });
      at(begin_of_time + outage.to, [this, outage] { come_back(outage); });
    }
    for (DeviceNumber device = 0; device < broker_.devices(); ++device) foresee(device);
  }

  void run(Duration length) {
    const Instant end = begin_of_time + length;
    while (true) {
      const Instant wakeup = broker_.next_wakeup();
      const Instant next = std::min(wakeup, events_.empty() ? never : events_.top().at);
      if (next > end) break;
      now_ = std::max(now_, next);
      while (!events_.empty() && events_.top().at <= now_) {
        const auto what = events_.top().what;
        events_.pop();
        what();
      }
      act();
    }
    now_ = end;
    for (DeviceNumber device = 0; device < broker_.devices(); ++device) {
      const QpuReading reading = broker_.read(device, end);
      for (const QpuUse& use : reading.uses) spent_[device][use.spent] += use.time;
    }
  }

  [[nodiscard]] const std::vector<LoopCount>& counts() const { return counts_; }
  [[nodiscard]] std::map<QpuSpent, Duration>& spent(DeviceNumber device) { return spent_[device]; }
  [[nodiscard]] std::int64_t given_up() const { return given_up_; }
  [[nodiscard]] Broker& broker() { return broker_; }
  /// In thousandths of a run of this length.
  [[nodiscard]] std::int64_t busy(DeviceNumber device, Duration length) {
    return spent_[device][QpuSpent::run].raw() * 1'000 / length.raw();
  }

 private:
  struct Event {
    Instant at;
    std::int64_t number;
    std::function<void()> what;
    bool operator<(const Event& other) const { return std::pair(other.at, other.number) < std::pair(at, number); }
  };
  void at(Instant when, std::function<void()> what) { events_.push({when, next_event_++, std::move(what)}); }

  void ask(std::size_t loop) {
    wished_at_[loop] = now_;
    const Loop& l = loops_[loop];
    Wish wish{.id = WishId{next_wish_},
              .of = {model::JobId{loop + 1}, 1},
              .project = l.project,
              .user = l.user,
              .rank = l.rank,
              .prefer = l.prefer,
              .options = l.options};
    if (l.session && !in_session_[loop]) {
      wish.session = true;
      for (Option& option : wish.options) option.run = minutes(15);
    }
    whose_[next_wish_++] = loop;
    broker_.wish(std::move(wish), now_);
  }

  void act() {
    for (const Step& step : broker_.act(now_)) {
      if (const auto* begin = std::get_if<Begin>(&step)) {
        const std::size_t loop = whose_.at(begin->wish.raw());
        const auto option = std::ranges::find(loops_[loop].options, begin->device, &Option::device);
        counts_[loop].waited += now_ - wished_at_[loop];
        counts_[loop].waited_longest = std::max(counts_[loop].waited_longest, now_ - wished_at_[loop]);
        const std::int64_t run = ++run_[begin->device];
        running_[begin->device] = true;
        at(now_ + option->run, [this, loop, device = begin->device, run] {
          if (run_[device] != run || !running_[device]) return;  // an outage ended it
          running_[device] = false;
          ++counts_[loop].batches;
          broker_.ended(device, now_);
          at(now_ + loops_[loop].classical, [this, loop] { ask(loop); });
        });
      } else if (const auto* open = std::get_if<OpenSession>(&step)) {
        const std::size_t loop = whose_.at(open->wish.raw());
        in_session_[loop] = true;
        at(now_, [this, loop] { ask(loop); });
      } else if (const auto* close = std::get_if<CloseSession>(&step)) {
        in_session_[close->of.job.raw() - 1] = false;
      } else if (std::holds_alternative<GiveUp>(step)) {
        ++given_up_;
      }
    }
  }

  void foresee(DeviceNumber device) {
    for (const Outage& outage : outages_) {
      if (outage.device != device || !outage.foreseen || begin_of_time + outage.from < now_) continue;
      return broker_.foresee(device, begin_of_time + outage.from, begin_of_time + outage.to);
    }
    broker_.foresee(device, never, never);
  }
  void go_out(const Outage& outage) {
    broker_.take_out(outage.device, outage.out, "as planned", begin_of_time + outage.to, now_);
    if (!running_[outage.device]) return;
    running_[outage.device] = false;
    broker_.failed(outage.device, "the device went away", now_);
  }
  void come_back(const Outage& outage) {
    foresee(outage.device);
    broker_.put_in(outage.device, now_);
  }

  Broker broker_;
  std::vector<Loop> loops_;
  std::vector<Outage> outages_;
  std::vector<LoopCount> counts_;
  std::vector<Instant> wished_at_;
  std::vector<bool> in_session_;
  std::vector<std::map<QpuSpent, Duration>> spent_;
  std::map<std::uint64_t, std::size_t> whose_;
  std::map<DeviceNumber, std::int64_t> run_;
  std::map<DeviceNumber, bool> running_;
  std::priority_queue<Event> events_;
  Instant now_ = begin_of_time;
  std::int64_t next_event_ = 0;
  std::uint64_t next_wish_ = 1;
  std::int64_t given_up_ = 0;
};

}  // namespace mingyue::broker::testing
