#include <fmt/format.h>

#include <algorithm>
#include <fstream>
#include <iterator>

#include "base/text.hpp"
#include "formats/parse.hpp"
#include "hybrid/inside.hpp"
#include "qpu/device_document.hpp"
#include "quantum/simulate.hpp"

namespace mingyue::hybrid {
namespace {

constexpr Duration quiet_for = hours(1);

std::string file_text(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}

/// The first line, without its end.
std::string first_line(const std::string& path) {
  std::ifstream in(path);
  std::string line;
  std::getline(in, line);
  return line;
}

drivers::DriverSettings settings_of(const model::Qpu& qpu) {
  drivers::DriverSettings settings{.device = qpu.name, .pace = qpu.pace};
  if (!qpu.library.empty()) {
    settings.backend = "qdmi";
    settings.library = qpu.library;
    settings.prefix = qpu.prefix;
    settings.base_url = qpu.base_url;
    settings.custom = qpu.custom;
    if (!qpu.token_file.empty()) settings.token = first_line(qpu.token_file);
  } else if (qpu.device == model::ideal_device) {
    settings.backend = "ideal";
  } else {
    settings.backend = "simulated";
    settings.description = file_text(qpu.device);
  }
  return settings;
}

/// A simulator without errors: whatever fits into memory.
Model ideal_model(const std::string& name) {
  DeviceModel model{.name = name, .device = {}, .calibration = {}, .ideal = true};
  model.device.simulated = true;
  model.device.qubits = model::ideal_qubits;
  model.device.limits.shots = quantum::shots_max;
  model.calibration.id = model::ideal_device;
  return std::make_shared<const DeviceModel>(std::move(model));
}

Expected<Model> model_from(const model::Qpu& qpu, const drivers::DeviceFacts& facts) {
  if (qpu.device == model::ideal_device) return ideal_model(qpu.name);
  const auto tree = formats::parse_yaml(facts.description);
  if (!tree) return Unexpected<Refusal>(tree.error());
  auto device = qpu::read_device(*tree);
  if (!device) return Unexpected<Refusal>(device.error().front());
  DeviceModel model{.name = qpu.name, .device = std::move(*device), .calibration = {}, .ideal = false};
  const auto calibration = formats::parse_yaml(facts.calibration);
  if (!calibration) return Unexpected<Refusal>(calibration.error());
  auto read = qpu::read_calibration(*calibration, model.device);
  if (!read) return Unexpected<Refusal>(read.error().front());
  model.calibration = std::move(*read);
  return std::make_shared<const DeviceModel>(std::move(model));
}

std::int32_t two_qubit_fidelity(const qpu::Calibration& calibration) {
  if (calibration.pairs.empty()) return 0;
  std::vector<double> errors;
  for (const auto& pair : calibration.pairs) errors.push_back(pair.gate_error);
  const auto middle = errors.begin() + static_cast<std::ptrdiff_t>(errors.size() / 2);
  std::ranges::nth_element(errors, middle);
  return static_cast<std::int32_t>((1 - *middle) * 1e6);
}

model::QpuFacts facts_of(const DeviceModel& model) {
  const qpu::Device& device = model.device;
  return {.technology = model.ideal ? model::ideal_device : enum_word(device.technology),
          .qubits = device.qubits,
          .gates = model.ideal ? std::vector<std::string>{} : qpu::native_gates(device),
          .two_qubit_fidelity = model.ideal ? 1'000'000 : two_qubit_fidelity(model.calibration),
          .calibration = model.calibration.id,
          .calibrated_at = model.calibration.calibrated,
          .simulated = device.simulated,
          .shots_max = device.limits.shots};
}

model::QpuOut out_of(qpu::Window::Kind kind) {
  return kind == qpu::Window::Kind::maintenance ? model::QpuOut::maintenance : model::QpuOut::calibration;
}

}  // namespace

void Service::Inside::start_driver(Number number) {
  Device& device = devices_[number];
  const auto self = weak_from_this();
  drivers::DriverOptions options{.settings = settings_of(device.qpu),
                                 .program = options_.driver_program,
                                 .log = options_.log_folder + "/" + device.qpu.name + ".log"};
  options.on_state = [self, number](drivers::DriverState state, const std::optional<Fault>& why) {
    if (const auto inside = self.lock()) inside->on_state(number, state, why);
  };
  options.on_facts = [self, number](const drivers::DeviceFacts& facts) {
    if (const auto inside = self.lock()) inside->on_facts(number, facts);
  };
  device.driver = std::make_unique<drivers::DriverProcess>(loop_, std::move(options));
}

void Service::Inside::on_state(Number number, drivers::DriverState state, const std::optional<Fault>& why) {
  if (ended_) return;
  Device& device = devices_[number];
  const bool was_ready = device.ready;
  device.ready = state == drivers::DriverState::ready;
  if (why) device.why_not_ready = why->message;
  // That a batch was under way when it failed is told with the batch.
  if (!device.ready && why && !device.running) fault_of(number, {}, why->code == "driver-lied", why->message);
  if (device.ready && !was_ready) keep_calendar(number);
  settle(number);
}

void Service::Inside::on_facts(Number number, const drivers::DeviceFacts& facts) {
  if (ended_) return;
  Device& device = devices_[number];
  auto model = model_from(device.qpu, facts);
  if (!model) {
    device.model = nullptr;
    device.why_not_ready = "its description cannot be read: " + model.error().message;
    fault_of(number, {}, false, device.why_not_ready);
    return settle(number);
  }
  device.model = std::move(*model);
  if (const model::QpuFacts told = facts_of(*device.model); told != device.facts) {
    device.facts = told;
    tell(core::ReportQpu{device.qpu.name, told});
  }
  keep_calendar(number);
}

void Service::Inside::settle(Number number) {
  Device& device = devices_[number];
  // The engine's reasons, which the centre is told; a drain it knows itself.
  model::QpuOut out = model::QpuOut::no;
  std::string why;
  std::optional<Instant> back_at;
  if (!device.ready || !device.model) {
    out = model::QpuOut::down;
    why = device.why_not_ready;
  } else if (device.window) {
    out = out_of(device.window->kind);
    why = device.window->what;
    back_at = device.window->end;
  }
  if (out != device.said || why != device.said_why) {
    device.said = out;
    device.said_why = why;
    if (out == model::QpuOut::no)
      tell(core::ReportQpuIn{device.qpu.name});
    else
      tell(core::ReportQpuOut{device.qpu.name, out, why, back_at});
  }
  if (out == model::QpuOut::no && device.drained) {
    out = model::QpuOut::drained;
    why = device.drained_why;
  }
  if (out == model::QpuOut::no)
    broker_->put_in(number, now());
  else
    broker_->take_out(number, out, why, back_at, now());
  act();
}

void Service::Inside::keep_calendar(Number number) {
  Device& device = devices_[number];
  loop_.cancel(device.calendar);
  device.calendar = 0;
  if (!device.model) return settle(number);
  const Instant at = now();
  const bool was_out = device.window.has_value();
  device.window.reset();
  Instant closes = never;
  Instant opens = never;
  for (const qpu::Window& window : qpu::windows(device.model->device, at, at + days(8))) {
    if (window.begin <= at) {
      if (!device.window || window.end > device.window->end) device.window = window;
    } else if (closes == never) {
      closes = window.begin;
      opens = window.end;
    }
  }
  broker_->foresee(number, closes, opens);
  const Instant next = device.window ? device.window->end : closes;
  const auto self = weak_from_this();
  const auto again = [self, number] {
    if (const auto inside = self.lock(); inside && !inside->ended_) inside->keep_calendar(number);
  };
  if (next != never)
    // A day at most: the clock of the day may be set meanwhile.
    device.calendar = loop_.after(std::clamp<std::int64_t>((next - at).raw(), 1, hours(1).raw()), again);
  if (was_out && !device.window && device.ready) {
    // It was measured anew meanwhile.
    device.driver->describe([self, number](const Expected<drivers::DeviceFacts, Fault>& facts) {
      const auto inside = self.lock();
      if (inside && facts) inside->on_facts(number, *facts);
    });
  }
  settle(number);
}

void Service::Inside::note(const core::Event& event) {
  if (ended_) return;
  const auto named = [this](const std::string& name) {
    return std::ranges::find_if(devices_, [&](const Device& device) { return device.qpu.name == name; });
  };
  const auto drain = [&](const std::string& name, bool drained, const std::string& why) {
    const auto device = named(name);
    if (device == devices_.end()) return;
    device->drained = drained;
    device->drained_why = why;
    settle(static_cast<Number>(device - devices_.begin()));
  };
  if (const auto* out = std::get_if<core::QpuWentOut>(&event.body)) {
    if (out->out == model::QpuOut::drained) drain(out->qpu, true, out->why);
  } else if (const auto* back = std::get_if<core::QpuCameBack>(&event.body)) {
    if (back->out == model::QpuOut::drained) drain(back->qpu, false, "");
  } else if (const auto* ended = std::get_if<core::AttemptEnded>(&event.body)) {
    const auto member = members_.find(ended->attempt);
    if (member == members_.end()) return;
    member->second.gone = true;
    broker_->gone(ended->attempt, now());
    std::erase_if(wishes_, [&](const auto& entry) {
      if (entry.second->of != ended->attempt) return false;
      by_number_.erase({entry.second->connection, entry.second->number});
      // What runs is told to stop; the device is free when it has.
      for (Device& device : devices_)
        if (device.running == entry.first) device.driver->cancel(entry.second->batch.id, [](const auto&) {});
      return true;
    });
    act();
    read_meters();
  }
}

// ---- meters

void Service::Inside::read_meters() {
  if (ended_) return;
  for (Number number = 0; number < devices_.size(); ++number) read_meter(number);
  std::erase_if(members_, [this](const auto& entry) {
    return entry.second.gone && std::ranges::none_of(devices_, [&](const Device& device) {
             return device.running && broker_->device(static_cast<Number>(&device - devices_.data())).of == entry.first;
           });
  });
  ask_for_budgets();
  loop_.cancel(meter_timer_);
  const auto self = weak_from_this();
  meter_timer_ = loop_.after(options_.meter_every.raw(), [self] {
    if (const auto inside = self.lock()) inside->read_meters();
  });
}

/// Who has nothing left is granted nothing more; what runs is let end.
void Service::Inside::ask_for_budgets() {
  std::set<std::string> projects;
  for (const auto& [attempt, member] : members_) projects.insert(member.project);
  if (projects.empty()) return broke_.clear();
  const auto self = weak_from_this();
  centre_.ask([self, loop = weak_loop_, projects = std::move(projects)](const runtime::View& view) mutable {
    std::erase_if(projects, [&](const std::string& name) {
      const auto& all = view.state.centre.projects;
      const auto project = std::ranges::find(all, name, &model::Project::name);
      if (project == all.end() || !project->has_budget) return true;
      const auto account = view.state.accounts.find(name);
      return account != view.state.accounts.end() && account->second.available() > Credits{0};
    });
    const auto held = loop.lock();
    if (!held) return;
    held->post([self, projects = std::move(projects)]() mutable {
      if (const auto inside = self.lock()) inside->broke_ = std::move(projects);
    });
  });
}

void Service::Inside::read_meter(Number number) {
  Device& device = devices_[number];
  model::QpuReading reading = broker_->read(number, now());
  for (model::QpuUse& use : reading.uses) {
    const auto member = members_.find(use.of);
    if (member == members_.end()) continue;
    use.project = member->second.project;
    use.user = member->second.user;
    use.kind = member->second.kind;
    member->second.live.batches += use.batches;
    member->second.live.held += use.time;
  }
  std::optional<model::QpuReading>& next = device.meter.next;
  if (!next) {
    next = std::move(reading);
  } else {
    next->to = reading.to;
    for (model::QpuUse& use : reading.uses) {
      const auto same = std::ranges::find_if(
          next->uses, [&](const model::QpuUse& u) { return u.spent == use.spent && u.of == use.of; });
      if (same == next->uses.end()) {
        next->uses.push_back(std::move(use));
      } else {
        same->time += use.time;
        same->batches += use.batches;
      }
    }
  }
  tell_meter(number);
}

/// One reading at a time is with the centre; while the log cannot be written, they add up here.
void Service::Inside::tell_meter(Number number) {
  Device& device = devices_[number];
  if (device.meter.told || !device.meter.next || device.meter.next->to == device.meter.next->from) return;
  // That nobody has used it is told once an hour.
  const bool used = std::ranges::any_of(device.meter.next->uses,
                                        [](const model::QpuUse& use) { return use.of.job != model::JobId{}; });
  if (!used && !ended_ && device.meter.next->to - device.meter.next->from < quiet_for) return;
  device.meter.told = std::exchange(device.meter.next, std::nullopt);
  const auto self = weak_from_this();
  centre_.submit(core::ReportQpuUse{device.qpu.name, *device.meter.told}, [self, number, loop = weak_loop_](
                                                                              const runtime::Answer& answer) {
    const auto held = loop.lock();
    if (!held) return;
    held->post([self, number, taken = answer.has_value()] {
      const auto inside = self.lock();
      if (!inside) return;
      Meter& meter = inside->devices_[number].meter;
      if (!taken && meter.next) {
        meter.next->from = meter.told->from;
        meter.next->uses.insert(meter.next->uses.begin(), meter.told->uses.begin(), meter.told->uses.end());
      } else if (!taken) {
        meter.next = meter.told;
      }
      meter.told.reset();
    });
  });
}

void Service::Inside::tell(core::Command command) {
  centre_.submit(std::move(command), [](const runtime::Answer&) {});
}

void Service::Inside::fault_of(Number number, model::AttemptId attempt, bool lied, const std::string& message) {
  const std::string& name = devices_[number].qpu.name;
  if (options_.on_fault) options_.on_fault({lied ? "qpu-lied" : "qpu-failed", name + ": " + message});
  tell(core::ReportQpuFault{name, lied, attempt, message});
}

}  // namespace mingyue::hybrid
