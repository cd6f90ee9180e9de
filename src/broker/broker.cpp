#include "broker/broker.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <tuple>

#include "base/invariant.hpp"

namespace mingyue::broker {
namespace {

QpuSpent spent_of(QpuOut out) {
  switch (out) {
    case QpuOut::calibration:
      return QpuSpent::calibration;
    case QpuOut::maintenance:
      return QpuSpent::maintenance;
    case QpuOut::down:
      return QpuSpent::down;
    case QpuOut::drained:
    case QpuOut::no:
      break;
  }
  return QpuSpent::drained;
}

/// Whether the wish may be granted there.
bool may_use(const Wish& wish, DeviceNumber device) {
  return std::ranges::find(wish.options, device, &Option::device) != wish.options.end();
}

bool holds(const std::vector<DeviceNumber>& devices, DeviceNumber device) {
  return std::ranges::find(devices, device) != devices.end();
}

}  // namespace

Broker::Broker(Rules rules, std::vector<std::string> devices, Instant now) : rules_(std::move(rules)) {
  for (std::string& name : devices) devices_.push_back({.name = std::move(name), .meter = Meter(now), .why = {}});
}

void Broker::wish(Wish wish, Instant now) {
  INVARIANT(!wish.options.empty(), "a wish without a device is refused before it gets here");
  const WishId id = wish.id;
  waiting_.emplace(id, Waiting{.wish = std::move(wish), .since = now, .failed_on = {}});
  turn_all(now);
}

void Broker::withdraw(WishId wish, Instant now) {
  if (waiting_.erase(wish) > 0) turn_all(now);
}

void Broker::ended(DeviceNumber number, Instant now) {
  Device& device = devices_.at(number);
  if (!device.running) return;
  device.meter.batch(device.running->wish.of);
  free(device, now);
}

void Broker::failed(DeviceNumber number, const std::string& why, Instant now) {
  Device& device = devices_.at(number);
  if (!device.running) return;
  Waiting again = std::move(*device.running);
  device.running = again;  // free() charges whom it held
  free(device, now);
  if (++again.tries >= rules_.tries) {
    steps_.emplace_back(GiveUp{again.wish.id, why});
    return;
  }
  again.failed_on.push_back(number);
  const auto left = std::ranges::any_of(again.wish.options,
                                        [&](const Option& option) { return !holds(again.failed_on, option.device); });
  if (!left) again.failed_on.clear();
  const WishId id = again.wish.id;
  waiting_.emplace(id, std::move(again));
  turn_all(now);
}

void Broker::end_session(model::AttemptId of, SessionEnd why, Instant now) {
  for (DeviceNumber number = 0; number < devices_.size(); ++number)
    if (devices_[number].session && devices_[number].session->wish.of == of) close(number, why, now);
}

void Broker::gone(model::AttemptId of, Instant now) {
  std::erase_if(waiting_, [&](const auto& entry) { return entry.second.wish.of == of; });
  end_session(of, SessionEnd::attempt_ended, now);
  turn_all(now);
}

void Broker::take_out(DeviceNumber number, QpuOut out, std::string why, std::optional<Instant> back_at, Instant now) {
  Device& device = devices_.at(number);
  device.out = out;
  device.why = std::move(why);
  device.back_at = back_at;
  if (device.session) close(number, SessionEnd::device, now);
  turn_all(now);
}

void Broker::put_in(DeviceNumber number, Instant now) {
  Device& device = devices_.at(number);
  device.out = QpuOut::no;
  device.why.clear();
  device.back_at.reset();
  turn_all(now);
}

void Broker::foresee(DeviceNumber number, Instant closes, Instant opens) {
  devices_.at(number).closes = closes;
  devices_.at(number).opens = opens;
}

std::vector<Step> Broker::act(Instant now) {
  end_sessions(now);
  if (any_idle() && !waiting_.empty()) {
    std::vector<Timetable> times = timetables(now);
    for (const Waiting* waiting : in_order(now)) {
      const std::vector<Chance> all = chances(*waiting, times, now);
      const auto chosen = choose(waiting->wish.prefer, all, now);
      if (!chosen) continue;
      const Chance& chance = all[*chosen];
      times[chance.option.device].take(chance.option.run);
      if (chance.start > now || !idle(devices_[chance.option.device])) continue;
      begin(waiting->wish.id, chance.option.device, now);
      if (!any_idle()) break;
    }
    turn_all(now);
  }
  return std::exchange(steps_, {});
}

Instant Broker::next_wakeup() const {
  Instant next = never;
  for (const Device& device : devices_) {
    if (!device.session || device.running) continue;
    next = std::min({next, device.session->until, device.session->used + rules_.session_idle});
  }
  return next;
}

std::optional<Standing> Broker::standing(WishId wish, Instant now) const {
  if (!waiting_.contains(wish)) return std::nullopt;
  std::vector<Timetable> times = timetables(now);
  std::int32_t place = 0;
  for (const Waiting* waiting : in_order(now)) {
    ++place;
    std::vector<Chance> all = chances(*waiting, times, now);
    const auto chosen = choose(waiting->wish.prefer, all, now);
    if (waiting->wish.id == wish)
      return Standing{.place = place,
                      .since = waiting->since,
                      .starved = now - waiting->since >= rules_.starve_after,
                      .chances = std::move(all),
                      .chosen = chosen};
    if (chosen) times[all[*chosen].option.device].take(all[*chosen].option.run);
  }
  return std::nullopt;
}

DeviceStanding Broker::device(DeviceNumber number) const {
  const Device& device = devices_.at(number);
  DeviceStanding standing{.name = device.name, .out = device.out, .why = device.why, .back_at = device.back_at};
  if (device.running) {
    standing.running = device.running->wish.id;
    standing.of = device.running->wish.of;
  }
  if (device.session) {
    standing.of = device.session->wish.of;
    standing.session = true;
  }
  for (const auto& [id, waiting] : waiting_)
    if (may_use(waiting.wish, number)) ++standing.waiting;
  return standing;
}

std::optional<Broker::HeldSession> Broker::session_of(model::AttemptId of) const {
  const Device* held = held_by(of);
  if (held == nullptr) return std::nullopt;
  return HeldSession{static_cast<DeviceNumber>(held - devices_.data()), held->session->until};
}

QpuReading Broker::read(DeviceNumber number, Instant now) { return devices_.at(number).meter.take(now); }

Broker::Place Broker::place(const Waiting& waiting, Instant now) const {
  const auto use = [&](const std::string& key) {
    const auto at = rules_.usage.find(key);
    return at == rules_.usage.end() ? 0 : at->second.at(now, rules_.half_life);
  };
  const Wish& wish = waiting.wish;
  const auto shares = rules_.shares.find(wish.project);
  return {.starved = now - waiting.since >= rules_.starve_after,
          .rank = wish.rank,
          .project_use = use(wish.project) * 1'000 / (shares == rules_.shares.end() ? 1 : shares->second),
          .user_use = use(wish.project + '/' + wish.user),
          .since = waiting.since,
          .wish = wish.id};
}

std::vector<const Broker::Waiting*> Broker::in_order(Instant now) const {
  std::vector<std::pair<Place, const Waiting*>> places;
  places.reserve(waiting_.size());
  for (const auto& [id, waiting] : waiting_) places.emplace_back(place(waiting, now), &waiting);
  std::ranges::sort(places, {}, [](const auto& entry) {
    const Place& p = entry.first;
    return p.starved ? std::tuple(0, 0, std::int64_t{0}, std::int64_t{0}, p.since, p.wish)
                     : std::tuple(1, -p.rank, p.project_use, p.user_use, p.since, p.wish);
  });
  std::vector<const Waiting*> order;
  order.reserve(places.size());
  for (const auto& [place, waiting] : places) order.push_back(waiting);
  return order;
}

std::vector<Timetable> Broker::timetables(Instant now) const {
  std::vector<Timetable> times;
  times.reserve(devices_.size());
  for (const Device& device : devices_) {
    Instant free = device.running ? std::max(now, device.due) : now;
    if (device.session) free = std::max(free, device.session->until);
    if (device.out != QpuOut::no)
      times.emplace_back(now, now, device.back_at ? std::max(now, *device.back_at) : never);
    else
      times.emplace_back(free, device.closes, device.opens);
  }
  return times;
}

std::vector<Chance> Broker::chances(const Waiting& waiting, const std::vector<Timetable>& times, Instant now) const {
  std::vector<Chance> all;
  const Device* held = held_by(waiting.wish.of);
  for (const Option& option : waiting.wish.options) {
    const Device& device = devices_[option.device];
    Instant start = times[option.device].earliest(option.run);
    if (held != nullptr) start = held != &device ? never : device.running ? std::max(now, device.due) : now;
    if (holds(waiting.failed_on, option.device)) start = never;
    all.push_back({option, start, start == never ? never : start + option.run});
  }
  return all;
}

bool Broker::any_idle() const {
  return std::ranges::any_of(devices_, [this](const Device& device) { return idle(device); });
}

const Broker::Device* Broker::held_by(model::AttemptId of) const {
  for (const Device& device : devices_)
    if (device.session && device.session->wish.of == of) return &device;
  return nullptr;
}

void Broker::close(DeviceNumber number, SessionEnd why, Instant now) {
  Device& device = devices_.at(number);
  if (!device.running) charge(device.session->wish, now - device.session->used, now);
  steps_.emplace_back(CloseSession{number, device.session->wish.of, why});
  device.session.reset();
  turn_all(now);
}

void Broker::end_sessions(Instant now) {
  for (DeviceNumber number = 0; number < devices_.size(); ++number) {
    const Device& device = devices_[number];
    if (!device.session || device.running) continue;
    if (device.session->until <= now)
      close(number, SessionEnd::over, now);
    else if (device.session->used + rules_.session_idle <= now)
      close(number, SessionEnd::idle, now);
  }
}

void Broker::begin(WishId wish, DeviceNumber number, Instant now) {
  const auto at = waiting_.find(wish);
  Device& device = devices_[number];
  const auto option = std::ranges::find(at->second.wish.options, number, &Option::device);
  if (at->second.wish.session) {
    const Instant until = now + std::min(option->run, rules_.session_max);
    device.session = Session{.wish = at->second.wish, .until = until, .used = now};
    steps_.emplace_back(OpenSession{wish, number, until});
  } else {
    device.begun = now;
    device.due = now + option->run;
    device.running = std::move(at->second);
    steps_.emplace_back(Begin{wish, number});
  }
  waiting_.erase(at);
}

void Broker::free(Device& device, Instant now) {
  if (device.session) charge(device.session->wish, device.begun - device.session->used, now);
  charge(device.running->wish, now - device.begun, now);
  if (device.session) device.session->used = now;
  device.running.reset();
  turn_all(now);
}

void Broker::turn(Device& device, Instant now) {
  const auto number = static_cast<DeviceNumber>(&device - devices_.data());
  if (device.running) return device.meter.turn(QpuSpent::run, device.running->wish.of, now);
  if (device.out != QpuOut::no) return device.meter.turn(spent_of(device.out), {}, now);
  if (device.session) return device.meter.turn(QpuSpent::session, device.session->wish.of, now);
  const bool wanted =
      std::ranges::any_of(waiting_, [&](const auto& entry) { return may_use(entry.second.wish, number); });
  device.meter.turn(wanted ? QpuSpent::stranded : QpuSpent::unwanted, {}, now);
}

void Broker::turn_all(Instant now) {
  for (Device& device : devices_) turn(device, now);
}

void Broker::charge(const Wish& wish, Duration time, Instant now) {
  rules_.usage[wish.project].add(time.raw(), now, rules_.half_life);
  rules_.usage[wish.project + '/' + wish.user].add(time.raw(), now, rules_.half_life);
}

}  // namespace mingyue::broker
