#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "base/hash.hpp"
#include "core/qpus.hpp"
#include "hybrid/inside.hpp"

namespace mingyue::hybrid {
namespace {

constexpr std::int64_t again_ms = 50;
constexpr std::ptrdiff_t open_max = 1'000;  // batches of one connection under way at once
constexpr std::chrono::seconds starting_at_most{30};
constexpr std::int64_t runs_max = 1'000'000;  // circuits × parameter sets of one batch
constexpr std::uint64_t nanoseconds_in_a_millisecond = 1'000'000;

std::uint64_t seed_of(model::AttemptId attempt, std::int64_t request) {
  const Hash hash = hash_of(model::print(attempt) + "/" + std::to_string(request));
  std::uint64_t seed = 0;
  for (int i = 0; i < 8; ++i) seed = seed << 8U | hash[static_cast<std::size_t>(i)];
  return seed;
}

/// How many times a circuit's shots are taken for these sums: once for each group of terms that can be measured
/// together is the least; once for each term the most. For an expectation of the time it takes, the most.
std::int64_t bases_of(const wire::Circuit& circuit) {
  std::int64_t bases = 0;
  for (const auto& sum : circuit.sums) bases += static_cast<std::int64_t>(sum.size());
  return std::max<std::int64_t>(1, bases);
}

drivers::Batch to_driver(const wire::Batch& batch, const std::vector<Appraised>& facts) {
  drivers::Batch out{.shots = batch.shots};
  for (std::size_t i = 0; i < batch.circuits.size(); ++i) {
    const wire::Circuit& circuit = batch.circuits[i];
    drivers::BatchCircuit one{.text = circuit.text, .bits = facts[i].facts.bits, .sets = {}, .sums = {}};
    for (const auto& set : circuit.sets) one.sets.emplace_back(set.begin(), set.end());
    for (const auto& sum : circuit.sums) {
      std::vector<drivers::PauliTerm> terms;
      for (const wire::Term& term : sum) terms.push_back({term.coefficient, term.letters});
      one.sums.push_back(std::move(terms));
    }
    out.circuits.push_back(std::move(one));
  }
  return out;
}

Expected<void> check_batch(const wire::Batch& batch, const std::vector<Appraised>& facts) {
  for (std::size_t i = 0; i < batch.circuits.size(); ++i) {
    const wire::Circuit& circuit = batch.circuits[i];
    const CircuitFacts& is = facts[i].facts;
    const std::string field = fmt::format("circuits[{}]", i);
    if (static_cast<std::int64_t>(circuit.parameters) != is.parameters)
      return refuse(
          "bad-batch", field + ".sets",
          fmt::format("the circuit has {} parameters, and sets of {} are given", is.parameters, circuit.parameters),
          "give a value for each `input` of the circuit, in their order");
    if (is.parameters > 0 && circuit.sets.empty())
      return refuse("bad-batch", field + ".sets",
                    fmt::format("no values are given for its {} parameters", is.parameters), "give at least one set");
    for (const auto& sum : circuit.sums)
      for (const wire::Term& term : sum)
        if (static_cast<std::int64_t>(term.letters.size()) > is.qubits ||
            term.letters.find_first_not_of("IXYZ") != std::string::npos || !std::isfinite(term.coefficient))
          return refuse("bad-batch", field + ".sums",
                        fmt::format("\"{}\" is no Pauli string on {} qubits", term.letters, is.qubits),
                        "use the letters I, X, Y and Z, one for each qubit from the first");
    if (circuit.sums.empty() && batch.shots == 0)
      return refuse("bad-batch", "shots", "0 shots give no counts", "ask for at least one shot");
    if (circuit.sums.empty() && is.bits == 0)
      return refuse("bad-batch", field, "the circuit has no classical bits, so there is nothing to count",
                    "measure into a register of bits, or ask for expectations");
  }
  return {};
}

}  // namespace

void Service::Inside::on_frame(ConnectionId from, wire::Frame frame) {
  Caller& caller = callers_[from];
  if (frame.verb == wire::Verb::hello) return hello(from, frame);
  if (!caller.of)
    return refused(from, frame.request, {"not-greeted", "", "say hello first", "see docs/formats/qpu-socket.md"});
  const auto member = members_.find(*caller.of);
  if (member == members_.end() || member->second.gone)
    return refused(from, frame.request, {"attempt-over", "", "this attempt is over", ""});
  switch (frame.verb) {
    case wire::Verb::run:
      return run(from, frame);
    case wire::Verb::session:
      return session(from, frame);
    case wire::Verb::end_session:
      broker_->end_session(*caller.of, broker::SessionEnd::asked, now());
      door_.send(from, {wire::Verb::done, frame.request, {}});
      return act();
    case wire::Verb::place:
      return place(from, frame);
    case wire::Verb::cancel:
      return cancel(from, frame);
    default:
      refused(from, frame.request,
              {"bad-frame", "", fmt::format("{} is no verb", static_cast<int>(frame.verb)),
               "see docs/formats/qpu-socket.md"});
      door_.close(from);
      return on_gone(from);
  }
}

void Service::Inside::on_gone(ConnectionId connection) {
  callers_.erase(connection);
  std::erase_if(appraising_, [&](const auto& one) { return one.first == connection; });
  // What waits is nobody's now: whoever comes back asks again. What runs ends by itself.
  for (auto at = by_number_.lower_bound({connection, 0}); at != by_number_.end() && at->first.first == connection;
       at = by_number_.erase(at)) {
    const bool runs = std::ranges::any_of(devices_, [&](const Device& d) { return d.running == at->second; });
    if (runs) continue;
    broker_->withdraw(at->second, now());
    wishes_.erase(at->second);
  }
  act();
}

void Service::Inside::hello(ConnectionId from, const wire::Frame& frame) {
  wire::Reader in(frame.body);
  const std::uint32_t version = in.u32();
  const std::string key = in.text();
  if (!in.finished() || version != wire::version) {
    refused(from, frame.request,
            {"bad-frame", "", fmt::format("this centre speaks version {}", wire::version), "use its own client"});
    return door_.close(from);
  }
  const auto attempt = attempt_of(options_.secret, key);
  if (!attempt) {
    refused(from, frame.request, {"wrong-key", "", "that is no key of this centre", "take it from MINGYUE_QPU_KEY"});
    return door_.close(from);
  }
  const auto self = weak_from_this();
  centre_.ask([self, loop = weak_loop_, from, request = frame.request, id = *attempt](const runtime::View& view) {
    std::optional<Member> member;
    std::optional<std::string> broke;
    if (const core::Attempt* found = view.state.find(id)) {
      const model::JobSpec& spec = core::State::spec(view.state.jobs.at(found->id.job));
      if (const model::QpuNeed* need = spec.qpu()) {
        const auto& classes = view.state.centre.classes;
        const auto of = std::ranges::find(classes, spec.priority_class, &model::PriorityClass::name);
        member = Member{.attempt = id,
                        .project = spec.project,
                        .user = spec.user,
                        .kind = spec.kind,
                        .rank = of == classes.end() ? 0 : of->rank,
                        .need = *need,
                        .live = {}};
      }
    }
    const auto held = loop.lock();
    if (!held) return;
    held->post([self, from, request, member = std::move(member)]() mutable {
      const auto inside = self.lock();
      if (inside && !inside->ended_) inside->welcome(from, request, std::move(member));
    });
  });
}

void Service::Inside::welcome(ConnectionId from, std::uint64_t request, std::optional<Member> member) {
  const auto caller = callers_.find(from);
  if (caller == callers_.end()) return;
  if (!member) {
    refused(from, request, {"attempt-over", "", "this attempt is over, or its job asks for no quantum device", ""});
    return door_.close(from);
  }
  door_.know(from);
  caller->second.of = member->attempt;
  const Member& known = members_.try_emplace(member->attempt, std::move(*member)).first->second;
  std::vector<wire::Device> devices;
  for (const Number number : eligible(known, "")) {
    const model::QpuFacts& facts = devices_[number].facts;
    devices.push_back({devices_[number].qpu.name, facts.technology, static_cast<std::uint32_t>(facts.qubits),
                       facts.simulated, facts.calibration});
  }
  wire::Writer out;
  out.text(model::print(known.attempt));
  out.u8(static_cast<std::uint8_t>(known.need.hold));
  door_.send(from, {wire::Verb::done, request, out.take() + wire::encode(devices)});
}

std::vector<Service::Inside::Number> Service::Inside::eligible(const Member& member, const std::string& device) const {
  std::vector<Number> numbers;
  for (Number number = 0; number < devices_.size(); ++number) {
    const Device& one = devices_[number];
    if (!one.model || !core::qualifies(one.qpu.name, one.facts, member.need)) continue;
    if (device.empty() || device == one.qpu.name) numbers.push_back(number);
  }
  return numbers;
}

void Service::Inside::run(ConnectionId from, const wire::Frame& frame) {
  auto batch = wire::decode_batch(frame.body);
  Member& member = members_.at(*callers_.at(from).of);
  std::int64_t runs = 0;
  if (batch)
    for (const wire::Circuit& circuit : batch->circuits)
      runs += std::max<std::int64_t>(1, static_cast<std::int64_t>(circuit.sets.size()));
  if (!batch || batch->circuits.empty() || runs > runs_max)
    return refused(
        from, frame.request,
        {"bad-batch", "",
         !batch ? "the batch cannot be read"
                : fmt::format("a batch has 1 to {} circuits and parameter sets, this one {}", runs_max, runs),
         "see docs/formats/qpu-socket.md"});
  const auto open = std::distance(by_number_.lower_bound({from, 0}), by_number_.lower_bound({from + 1, 0}));
  if (open >= open_max)
    return refused(from, frame.request,
                   {"busy", "", fmt::format("{} batches of this program wait already", open),
                    "wait for some of them before asking for more"});
  if (broke_.contains(member.project))
    return refused(from, frame.request,
                   {"budget", "", fmt::format("the budget of project {} is spent", member.project),
                    "ask for more: mingyue project show " + member.project});
  const std::vector<Number> numbers = eligible(member, batch->device);
  if (numbers.empty() && starting()) return again_soon(from, frame);
  if (numbers.empty())
    return refused(from, frame.request,
                   {"no-qpu", "device",
                    batch->device.empty() ? "no quantum device that qualifies has been seen yet"
                                          : fmt::format("the job may not use a device \"{}\"", batch->device),
                    "see: mingyue qpus"});
  auto request = std::make_shared<Request>();
  request->connection = from;
  request->number = frame.request;
  request->of = member.attempt;
  request->asked = Steady::now();
  request->seed = batch->seed != 0 ? batch->seed : seed_of(member.attempt, ++member.asked);
  std::vector<std::string> texts;
  for (const wire::Circuit& circuit : batch->circuits) texts.push_back(circuit.text);
  std::vector<Model> models;
  for (const Number number : numbers) models.push_back(devices_[number].model);
  if (auto known = workshop_.remembered(texts, models)) {
    appraising_.insert({from, frame.request});
    return appraised(request, std::move(*batch), numbers, std::move(*known));
  }
  appraising_.insert({from, frame.request});
  const auto self = weak_from_this();
  workshop_.appraise(std::move(texts), std::move(models),
                     [self, loop = weak_loop_, request = std::move(request), batch = std::move(*batch),
                      numbers](Expected<std::vector<Appraised>> all) mutable {
                       const auto held = loop.lock();
                       if (!held) return;
                       held->post([self, request = std::move(request), batch = std::move(batch), numbers,
                                   all = std::move(all)]() mutable {
                         const auto inside = self.lock();
                         if (inside && !inside->ended_)
                           inside->appraised(request, std::move(batch), numbers, std::move(all));
                       });
                     });
}

void Service::Inside::appraised(const std::shared_ptr<Request>& request, wire::Batch batch,
                                const std::vector<Number>& numbers, Expected<std::vector<Appraised>> all) {
  const auto at = members_.find(request->of);
  const bool wanted = appraising_.erase({request->connection, request->number}) > 0;  // not cancelled meanwhile
  if (!wanted || !callers_.contains(request->connection) || at == members_.end() || at->second.gone) return;
  Member& member = at->second;
  if (!all) return refused(*request, all.error());
  if (const auto good = check_batch(batch, *all); !good) return refused(*request, good.error());
  broker::Wish& wish = request->wish;
  member.live.weighed.clear();
  std::optional<Refusal> last;
  for (std::size_t m = 0; m < numbers.size(); ++m) {
    const Device& device = devices_[numbers[m]];
    double success = 1;
    double ns = 0;
    std::optional<Refusal> why;
    for (std::size_t i = 0; i < batch.circuits.size() && !why; ++i) {
      const auto& on = (*all)[i].on[m];
      if (!on) {
        why = on.error();
        continue;
      }
      success = std::min(success, on->success);
      const auto runs = static_cast<double>(std::max<std::size_t>(1, batch.circuits[i].sets.size()));
      ns += runs * (static_cast<double>(on->once_ms) * nanoseconds_in_a_millisecond +
                    static_cast<double>(bases_of(batch.circuits[i])) * batch.shots * static_cast<double>(on->shot_ns));
    }
    if (!why && device.facts.shots_max > 0 && batch.shots > device.facts.shots_max)
      why = Refusal{"device-limit", "shots",
                    fmt::format("{} shots are asked for, {} takes at most {}", batch.shots, device.qpu.name,
                                device.facts.shots_max),
                    "ask for fewer, in several batches"};
    if (!why && batch.shots == 0 && !device.model->ideal)
      why = Refusal{"device-limit", "shots",
                    fmt::format("exact expectations were asked for, and {} takes shots", device.qpu.name),
                    "ask for shots, or use the ideal simulator"};
    if (why) {
      member.live.weighed.push_back({.name = device.qpu.name, .why_not = why->message});
      last = std::move(why);
      continue;
    }
    if (!device.model->ideal) ns *= device.qpu.pace / 1'000.0;
    const broker::Option option{
        .device = numbers[m],
        .success = static_cast<std::int32_t>(std::clamp(success * 1e6, 1.0, 1e6)),
        .run = Duration{static_cast<std::int64_t>(std::min(ns / nanoseconds_in_a_millisecond, 1e12)) + 1}};
    request->success[numbers[m]] = option.success;
    wish.options.push_back(option);
  }
  if (wish.options.empty()) return refused(*request, *last);
  wish.id = broker::WishId{++last_wish_};
  wish.of = member.attempt;
  wish.project = member.project;
  wish.user = member.user;
  wish.rank = member.rank;
  wish.prefer = batch.prefer == 0 ? member.need.prefer : static_cast<model::QpuPrefer>(batch.prefer);
  request->batch = to_driver(batch, *all);
  request->batch.id = fmt::format("{}-{}", model::print(member.attempt), wish.id.raw());
  request->batch.seed = request->seed;
  wishes_[wish.id] = request;
  by_number_[{request->connection, request->number}] = wish.id;
  broker_->wish(wish, now());
  weigh(member, *request);
  act();
}

/// What `mingyue why` shows: how each device was weighed when the batch was asked for.
void Service::Inside::weigh(Member& member, const Request& request) {
  const Instant at = now();
  const auto standing = broker_->standing(request.wish.id, at);
  if (!standing) return;
  for (std::size_t i = 0; i < standing->chances.size(); ++i) {
    const broker::Chance& chance = standing->chances[i];
    member.live.weighed.push_back({.name = devices_[chance.option.device].qpu.name,
                                   .success = chance.option.success,
                                   .wait = chance.start == never ? Duration{} : chance.start - at,
                                   .run = chance.option.run,
                                   .chosen = standing->chosen == i,
                                   .why_not = chance.start == never ? "out of service" : ""});
  }
}

/// Some device may still be on its way since the daemon's start.
bool Service::Inside::starting() const {
  return Steady::now() - begun_ < starting_at_most && std::ranges::any_of(devices_, [](const Device& device) {
           return !device.model && device.why_not_ready == starts;
         });
}

void Service::Inside::again_soon(ConnectionId from, const wire::Frame& frame) {
  const auto self = weak_from_this();
  (void)loop_.after(again_ms, [self, from, frame] {
    const auto inside = self.lock();
    if (inside && !inside->ended_ && inside->callers_.contains(from)) inside->on_frame(from, frame);
  });
}

void Service::Inside::session(ConnectionId from, const wire::Frame& frame) {
  wire::Reader in(frame.body);
  const std::uint32_t most = in.u32();
  const std::string device = in.text();
  const Member& member = members_.at(*callers_.at(from).of);
  if (!in.finished() || most == 0)
    return refused(from, frame.request, {"bad-batch", "", "say how many seconds the session may last", ""});
  if (member.need.hold != model::QpuHold::session)
    return refused(from, frame.request,
                   {"no-session", "qpu.hold", "the job has devices by the batch",
                    "write `hold: session` in its document: a session is paid for as long as it lasts"});
  if (const auto held = broker_->session_of(member.attempt)) {
    wire::Writer out;
    out.text(devices_[held->device].qpu.name);
    out.i64(held->until.raw());
    return door_.send(from, {wire::Verb::done, frame.request, out.take()});
  }
  auto request = std::make_shared<Request>();
  request->connection = from;
  request->number = frame.request;
  request->of = member.attempt;
  request->asked = Steady::now();
  broker::Wish& wish = request->wish;
  for (const Number number : eligible(member, device))
    wish.options.push_back({.device = number, .run = std::min(seconds(most), options_.rules.session_max)});
  if (wish.options.empty() && starting()) return again_soon(from, frame);
  if (wish.options.empty())
    return refused(from, frame.request, {"no-qpu", "device", "no quantum device that qualifies", "see: mingyue qpus"});
  wish.id = broker::WishId{++last_wish_};
  wish.of = member.attempt;
  wish.project = member.project;
  wish.user = member.user;
  wish.rank = member.rank;
  wish.prefer = member.need.prefer;
  wish.session = true;
  wishes_[wish.id] = request;
  by_number_[{from, frame.request}] = wish.id;
  broker_->wish(wish, now());
  act();
}

std::optional<broker::WishId> Service::Inside::wish_of(ConnectionId connection, std::uint64_t number) const {
  const auto at = by_number_.find({connection, number});
  if (at == by_number_.end()) return std::nullopt;
  return at->second;
}

void Service::Inside::place(ConnectionId from, const wire::Frame& frame) {
  wire::Reader in(frame.body);
  const auto wish = wish_of(from, in.u64());
  const auto standing = wish ? broker_->standing(*wish, now()) : std::nullopt;
  wire::Writer out;
  if (standing && standing->chosen) {
    const broker::Chance& chance = standing->chances[*standing->chosen];
    out.u32(static_cast<std::uint64_t>(standing->place));
    out.i64(chance.start.raw());
    out.text(devices_[chance.option.device].qpu.name);
  } else {
    out.u32(standing ? static_cast<std::uint64_t>(standing->place) : 0);
    out.i64(-1);
    out.text("");
  }
  door_.send(from, {wire::Verb::done, frame.request, out.take()});
}

void Service::Inside::cancel(ConnectionId from, const wire::Frame& frame) {
  wire::Reader in(frame.body);
  const std::uint64_t number = in.u64();
  const auto wish = wish_of(from, number);
  const bool was_appraised = appraising_.erase({from, number}) > 0;
  if (was_appraised) refused(from, number, {"cancelled", "", "cancelled as was asked", ""});
  if (wish) {
    const std::shared_ptr<Request> request = wishes_.at(*wish);
    by_number_.erase({request->connection, request->number});
    refused(*request, {"cancelled", "", "cancelled as was asked", ""});
    const auto runs = std::ranges::find_if(devices_, [&](const Device& device) { return device.running == *wish; });
    if (runs != devices_.end())
      runs->driver->cancel(request->batch.id, [](const auto&) {});
    else
      broker_->withdraw(*wish, now());
    wishes_.erase(*wish);
  }
  wire::Writer out;
  out.u8(wish || was_appraised ? 1 : 0);
  door_.send(from, {wire::Verb::done, frame.request, out.take()});
  act();
}

void Service::Inside::act() {
  if (ended_) return;
  for (const broker::Step& step : broker_->act(now())) {
    if (const auto* begin = std::get_if<broker::Begin>(&step)) {
      begin_batch(begin->wish, begin->device);
    } else if (const auto* open = std::get_if<broker::OpenSession>(&step)) {
      const auto at = wishes_.find(open->wish);
      if (at == wishes_.end()) continue;
      wire::Writer out;
      out.text(devices_[open->device].qpu.name);
      out.i64(open->until.raw());
      done(*at->second, out.take());
      by_number_.erase({at->second->connection, at->second->number});
      wishes_.erase(at);
    } else if (const auto* give_up = std::get_if<broker::GiveUp>(&step)) {
      const auto at = wishes_.find(give_up->wish);
      if (at == wishes_.end()) continue;
      refused(*at->second, {"device-failed", "", give_up->why, "try again later, or on another device"});
      by_number_.erase({at->second->connection, at->second->number});
      wishes_.erase(at);
    }
  }
  wake();
}

void Service::Inside::wake() {
  loop_.cancel(wake_timer_);
  wake_timer_ = 0;
  const Instant next = broker_->next_wakeup();
  if (next == never) return;
  const auto self = weak_from_this();
  wake_timer_ = loop_.after(std::clamp<std::int64_t>((next - now()).raw(), 1, hours(1).raw()), [self] {
    if (const auto inside = self.lock()) inside->act();
  });
}

void Service::Inside::begin_batch(broker::WishId wish, Number number) {
  Device& device = devices_[number];
  const std::shared_ptr<Request> request = wishes_.at(wish);
  device.running = wish;
  request->begun = Steady::now();
  const auto option = std::ranges::find(request->wish.options, number, &broker::Option::device);
  const auto self = weak_from_this();
  device.driver->run(request->batch, option->run, [self, wish, number](Expected<drivers::BatchResult, Fault> answer) {
    if (const auto inside = self.lock()) inside->batch_answered(wish, number, std::move(answer));
  });
}

void Service::Inside::batch_answered(broker::WishId wish, Number number, Expected<drivers::BatchResult, Fault> answer) {
  if (ended_) return;
  Device& device = devices_[number];
  device.running.reset();
  const auto at = wishes_.find(wish);
  const std::shared_ptr<Request> request = at == wishes_.end() ? nullptr : at->second;
  const auto end = [&] {
    broker_->ended(number, now());
    if (!request) return;
    by_number_.erase({request->connection, request->number});
    wishes_.erase(wish);
  };
  if (answer) {
    if (request) {
      wire::Result result{.device = device.qpu.name,
                          .calibration = answer->calibration,
                          .seed = request->seed,
                          .success = request->success[number] / 1e6,
                          .message = answer->message,
                          .circuits = {}};
      const auto microseconds = [](Steady::duration d) {
        return static_cast<std::uint64_t>(std::chrono::duration_cast<std::chrono::microseconds>(d).count());
      };
      result.held_us = microseconds(Steady::now() - request->begun);
      result.waited_us = microseconds(request->begun - request->asked);
      for (drivers::CircuitResult& circuit : answer->circuits) {
        wire::CircuitResult one{
            .layout = std::move(circuit.layout), .measured = std::move(circuit.measured), .outcomes = {}};
        for (drivers::Outcome& outcome : circuit.outcomes) {
          wire::Outcome given;
          for (auto& [bits, count] : outcome.counts)
            given.counts.emplace_back(std::move(bits), static_cast<std::uint64_t>(count));
          for (const drivers::Estimate& estimate : outcome.expectations)
            given.expectations.emplace_back(estimate.value, estimate.error);
          one.outcomes.push_back(std::move(given));
        }
        result.circuits.push_back(std::move(one));
      }
      done(*request, wire::encode(result));
    }
    end();
  } else if (answer.error().code == "circuit-refused") {
    if (request)
      refused(*request, {"circuit-refused", "", answer.error().message, "see: mingyue qpu show " + device.qpu.name});
    end();
  } else if (answer.error().code == "batch-cancelled" || !request) {
    end();
  } else {
    const bool lied = answer.error().code == "driver-lied";
    fault_of(number, request->of, lied, answer.error().message);
    // Its driver is started again and will say so: until then nothing is begun there.
    if (answer.error().code != "device-failed") {
      device.ready = false;
      device.why_not_ready = answer.error().message;
      broker_->take_out(number, model::QpuOut::down, device.why_not_ready, std::nullopt, now());
    }
    broker_->failed(number, answer.error().message, now());
  }
  act();
}

void Service::Inside::done(const Request& to, std::string body) {
  door_.send(to.connection, {wire::Verb::done, to.number, std::move(body)});
}

void Service::Inside::refused(ConnectionId to, std::uint64_t request, const Refusal& why) {
  const std::string message = why.field.empty() ? why.message : why.field + ": " + why.message;
  door_.send(to, {wire::Verb::refused, request, wire::encode(wire::Refused{why.code, message, why.hint})});
}

}  // namespace mingyue::hybrid
