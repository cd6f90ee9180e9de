#include "hybrid/service.hpp"

#include <fmt/format.h>

#include <future>

#include "base/hash.hpp"
#include "hybrid/inside.hpp"

namespace mingyue::hybrid {

std::string key_of(const std::string& secret, model::AttemptId attempt) {
  const std::string name = model::print(attempt);
  return name + ":" + print_hex(hash_of(secret + "\n" + name + "\n" + secret));
}

namespace {

model::Environment environment_of(const ServiceOptions& options, model::AttemptId attempt, std::string socket) {
  model::Environment environment{{"MINGYUE_QPU_KEY", key_of(options.secret, attempt)},
                                 {"MINGYUE_QPU_SOCKET", std::move(socket)}};
  if (!options.clients.empty()) {
    environment.emplace_back("MINGYUE_CLIENTS", options.clients);
    environment.emplace_back("PYTHONPATH", options.clients);
  }
  return environment;
}

}  // namespace

model::Environment environment_of(const ServiceOptions& options, model::AttemptId attempt) {
  return environment_of(options, attempt, options.socket);
}

model::Environment network_environment_of(const ServiceOptions& options, model::AttemptId attempt) {
  return environment_of(options, attempt, fmt::format("tcp:{}:{}", options.host, options.port));
}

std::optional<model::AttemptId> attempt_of(const std::string& secret, const std::string& key) {
  const auto colon = key.find(':');
  const auto dot = key.find('.');
  if (colon == std::string::npos || dot == std::string::npos || dot > colon) return std::nullopt;
  const auto job = parse_integer(std::string_view(key).substr(0, dot), 1, INT64_MAX);
  const auto number = parse_integer(std::string_view(key).substr(dot + 1, colon - dot - 1), 1, INT32_MAX);
  if (!job || !number) return std::nullopt;
  const model::AttemptId attempt{model::JobId(static_cast<std::uint64_t>(*job)), static_cast<std::int32_t>(*number)};
  const std::string right = key_of(secret, attempt);
  // Every byte is looked at, so that the time says nothing of how many were right.
  unsigned char difference = right.size() == key.size() ? 0 : 1;
  for (std::size_t i = 0; i < std::min(right.size(), key.size()); ++i)
    difference = static_cast<unsigned char>(difference | (right[i] ^ key[i]));
  if (difference != 0) return std::nullopt;
  return attempt;
}

namespace {

/// Does it on the loop's thread and waits for what it gives.
template <class Work>
auto on_loop(drivers::DriverLoop& loop, Work work) {
  using Result = decltype(work());
  std::promise<Result> promise;
  auto future = promise.get_future();
  loop.post([&] {
    if constexpr (std::is_void_v<Result>) {
      work();
      promise.set_value();
    } else {
      promise.set_value(work());
    }
  });
  return future.get();
}

}  // namespace

Service::Inside::Inside(runtime::Centre& centre, const ports::Clock& clock, ServiceOptions options,
                        const std::shared_ptr<drivers::DriverLoop>& loop)
    : centre_(centre),
      clock_(clock),
      options_(std::move(options)),
      loop_(*loop),
      weak_loop_(loop),
      door_(*loop, {.frame = [this](ConnectionId from, wire::Frame frame) { on_frame(from, std::move(frame)); },
                    .gone = [this](ConnectionId connection) { on_gone(connection); }}) {}

Expected<void, Fault> Service::Inside::begin(Start start) {
  std::vector<std::string> names;
  for (const model::Qpu& qpu : start.qpus) names.push_back(qpu.name);
  const Instant at = now();
  broker_.emplace(std::move(start.rules), std::move(names), at);
  for (Number number = 0; number < start.qpus.size(); ++number) {
    const core::QpuState& state = start.states.at(start.qpus[number].name);
    Device device{.qpu = start.qpus[number], .facts = state.facts};
    device.drained = state.drained;
    device.drained_why = state.drained_why;
    device.said = state.out;
    device.said_why = state.why;
    device.why_not_ready = starts;
    if (state.metered_to < at)
      device.meter.next = model::QpuReading{
          state.metered_to, at, {{.spent = model::QpuSpent::down, .of = {}, .time = at - state.metered_to}}};
    devices_.push_back(std::move(device));
    broker_->take_out(number, model::QpuOut::down, starts, std::nullopt, at);
  }
  CHECK_OK(door_.open(options_.socket));
  // Somebody else may have the port by now: jobs of this machine need none, so the centre goes on without.
  if (!options_.host.empty())
    if (const auto opened = door_.open_port(options_.port); !opened && options_.on_fault)
      options_.on_fault(opened.error());
  for (Number number = 0; number < devices_.size(); ++number) start_driver(number);
  read_meters();
  return {};
}

void Service::Inside::end() {
  ended_ = true;
  for (Number number = 0; number < devices_.size(); ++number) read_meter(number);
  door_.shut();
  loop_.cancel(meter_timer_);
  loop_.cancel(wake_timer_);
  for (Device& device : devices_) loop_.cancel(device.calendar);
}

void Service::Inside::end_drivers() {
  for (Device& device : devices_) device.driver.reset();
}

std::vector<LiveQpu> Service::Inside::devices() const {
  std::vector<LiveQpu> all;
  for (Number number = 0; number < devices_.size(); ++number) {
    const broker::DeviceStanding standing = broker_->device(number);
    all.push_back({.name = standing.name, .of = standing.of, .session = standing.session, .waiting = standing.waiting});
  }
  return all;
}

Model Service::Inside::model_of(const std::string& qpu) const {
  for (const Device& device : devices_)
    if (device.qpu.name == qpu) return device.model;
  return nullptr;
}

std::optional<LiveLoop> Service::Inside::loop_of(model::JobId job) const {
  const auto member = members_.lower_bound({job, 0});
  if (member == members_.end() || member->first.job != job) return std::nullopt;
  LiveLoop live = member->second.live;
  live.attempt = member->first;
  live.prefer = member->second.need.prefer;
  for (const auto& [wish, request] : wishes_) {
    if (request->of != member->first) continue;
    const auto standing = broker_->standing(wish, now());
    if (!standing) continue;
    if (live.waiting++ > 0) continue;
    live.place = standing->place;
    if (standing->chosen) live.start = standing->chances[*standing->chosen].start;
  }
  return live;
}

void Service::Inside::restart(const std::string& qpu) {
  for (Device& device : devices_) {
    if (device.qpu.name != qpu || !device.driver) continue;
    if (device.ready)
      device.driver->calibrate([](const auto&) {});
    else
      device.driver->restart();
  }
}

pid_t Service::Inside::driver_pid(const std::string& qpu) const {
  for (const Device& device : devices_)
    if (device.qpu.name == qpu && device.driver) return device.driver->pid();
  return 0;
}

// ---- the service, from any thread

struct Service::Body {
  std::shared_ptr<drivers::DriverLoop> loop;
  std::shared_ptr<Inside> inside;
  runtime::Centre* centre = nullptr;
  std::uint64_t follows = 0;
};

Service::Service(std::unique_ptr<Body> body) : body_(std::move(body)) {}

Expected<std::unique_ptr<Service>, Fault> Service::start(runtime::Centre& centre, const ports::Clock& clock,
                                                         ServiceOptions options) {
  auto body = std::make_unique<Body>();
  auto loop = drivers::DriverLoop::open();
  if (!loop) return Unexpected<Fault>(loop.error());
  body->loop = std::move(*loop);
  body->centre = &centre;
  Inside::Start start{.qpus = {}, .states = {}, .rules = options.rules};
  centre.ask_and_wait([&](const runtime::View& view) {
    start.qpus = view.state.centre.qpus;
    start.states = view.state.qpus;
    start.rules.usage = view.state.qpu_usage;
    start.rules.half_life = view.state.centre.policy.fair_share_half_life;
    for (const model::Project& project : view.state.centre.projects) start.rules.shares[project.name] = project.shares;
  });
  body->inside = std::make_shared<Inside>(centre, clock, std::move(options), body->loop);
  const std::shared_ptr<Inside> inside = body->inside;
  const auto begun = on_loop(*body->loop, [&] { return inside->begin(std::move(start)); });
  body->follows = centre.follow([inside, loop_at = body->loop.get()](const runtime::Published& published) {
    if (std::holds_alternative<core::AttemptEnded>(published.event.body) ||
        std::holds_alternative<core::QpuWentOut>(published.event.body) ||
        std::holds_alternative<core::QpuCameBack>(published.event.body))
      loop_at->post([inside, event = published.event] { inside->note(event); });
  });
  auto service = std::unique_ptr<Service>(new Service(std::move(body)));
  if (!begun) return Unexpected<Fault>(begun.error());
  return service;
}

Service::~Service() {
  body_->centre->unfollow(body_->follows);
  on_loop(*body_->loop, [this] { body_->inside->end(); });
  body_->inside->end_drivers();
  // What was posted before still runs, and does nothing any more; then the loop's thread ends, and with the last of
  // what was posted the inside.
  on_loop(*body_->loop, [] {});
  body_->loop.reset();
}

std::vector<LiveQpu> Service::devices() const {
  return on_loop(*body_->loop, [this] { return body_->inside->devices(); });
}
std::optional<LiveLoop> Service::loop_of(model::JobId job) const {
  return on_loop(*body_->loop, [this, job] { return body_->inside->loop_of(job); });
}
std::shared_ptr<const DeviceModel> Service::model_of(const std::string& qpu) const {
  return on_loop(*body_->loop, [&] { return body_->inside->model_of(qpu); });
}
pid_t Service::driver_pid(const std::string& qpu) const {
  return on_loop(*body_->loop, [&] { return body_->inside->driver_pid(qpu); });
}
void Service::restart(const std::string& qpu) {
  body_->loop->post([inside = body_->inside, qpu] { inside->restart(qpu); });
}

}  // namespace mingyue::hybrid
