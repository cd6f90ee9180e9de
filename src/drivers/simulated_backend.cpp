#include "drivers/simulated_backend.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>

#include "base/prng.hpp"
#include "base/text.hpp"
#include "drivers/batch_circuit.hpp"
#include "drivers/prepared_circuits.hpp"
#include "formats/parse.hpp"
#include "qpu/device_document.hpp"
#include "qpu/simulated_device.hpp"
#include "quantum/thread_workers.hpp"

namespace mingyue::drivers {
namespace {

using Clock = std::chrono::steady_clock;

Instant now() {
  const auto since = std::chrono::system_clock::now().time_since_epoch();
  return Instant(std::chrono::duration_cast<std::chrono::milliseconds>(since).count());
}

class SimulatedBackend final : public Backend {
 public:
  SimulatedBackend(qpu::Device device, const DriverSettings& settings)
      : device_(std::move(device)),
        seed_(settings.seed),
        pace_(std::max<std::int64_t>(settings.pace, 0)),
        workers_(std::clamp(settings.threads, 1, 256)),
        published_(qpu::calibrate(device_, seed_, now())) {}

  Expected<DeviceFacts, Fault> describe() override {
    refresh();
    return DeviceFacts{qpu::write_device(device_), qpu::write_calibration(published_), published_.id, status_now()};
  }
  Expected<DeviceStatus, Fault> status() override { return status_now(); }
  Expected<DeviceFacts, Fault> calibrate() override {
    return fault("cannot-calibrate", "the device calibrates itself at its own times");
  }
  std::string calibration_id() const override { return published_.id; }

  Expected<BatchResult, Fault> run(const Batch& batch, const Cancellation& cancellation) override {
    const auto begin = Clock::now();
    CHECK_OK(check(batch));
    refresh();
    // One moment for the whole batch, so that its outcomes depend on nothing that passes meanwhile.
    const qpu::Calibration conditions = qpu::conditions(device_, seed_, now());
    BatchResult result;
    result.id = batch.id;
    result.calibration = published_.id;
    Duration taken;
    for (std::size_t i = 0; i < batch.circuits.size(); ++i) {
      TRY(made, run_circuit(batch, i, conditions, cancellation, taken));
      result.circuits.push_back(std::move(made));
    }
    result.qpu_ms = taken.raw();
    result.message = fmt::format("simulated; figures of {}", print_instant(conditions.holds_at));
    CHECK_OK(take_its_time(taken, begin, cancellation));
    return result;
  }

 private:
  void refresh() {
    // Drawn anew only where it is another one: a grid of 72 qubits has some 200 figures.
    const Instant at = qpu::recalibrated_at(device_, now());
    if (at != published_.calibrated) published_ = qpu::calibrate(device_, seed_, now());
  }

  [[nodiscard]] std::optional<qpu::Window> window_now() const {
    const Instant at = now();
    const auto found = qpu::windows(device_, at, at + milliseconds(1));
    return found.empty() ? std::nullopt : std::optional(found.front());
  }
  [[nodiscard]] DeviceStatus status_now() const {
    const auto window = window_now();
    if (!window) return DeviceStatus::idle;
    return window->kind == qpu::Window::Kind::recalibration ? DeviceStatus::calibration : DeviceStatus::maintenance;
  }

  [[nodiscard]] Expected<void, Fault> check(const Batch& batch) const {
    if (batch.shots < 1 || batch.shots > device_.limits.shots)
      return fault("circuit-refused",
                   fmt::format("{} shots; the device takes 1 to {}", batch.shots, device_.limits.shots));
    std::size_t circuits = 0;
    for (const BatchCircuit& each : batch.circuits) circuits += each.runs();
    if (circuits > static_cast<std::size_t>(device_.limits.circuits))
      return fault("circuit-refused", fmt::format("{} circuits in a batch, each set of parameters counted; the device "
                                                  "takes {}",
                                                  circuits, device_.limits.circuits));
    if (const auto window = window_now())
      return fault("device-failed", fmt::format("{} until {}", window->what, print_instant(window->end)));
    return {};
  }

  Expected<CircuitResult, Fault> run_circuit(const Batch& batch, std::size_t index, const qpu::Calibration& conditions,
                                             const Cancellation& cancellation, Duration& taken) {
    const BatchCircuit& asked = batch.circuits[index];
    TRY(prepared, prepared_.get(asked, device_, published_));
    CircuitResult result = prepared->places;
    const auto runs = static_cast<std::int64_t>(asked.runs());
    for (const qpu::Transpiled& made : prepared->made) {
      if (const auto good = qpu::check_limits(made, device_, batch.shots); !good) return circuit_refused(good.error());
      taken += qpu::qpu_time_of(device_, made, batch.shots * runs);
    }
    for (std::size_t set = 0; set < asked.runs(); ++set) {
      std::vector<BasisCounts> counts;
      for (std::size_t basis = 0; basis < prepared->made.size(); ++basis) {
        if (cancellation.asked()) return fault("batch-cancelled", "as was asked");
        // A stream of draws of its own for each, so that none of them depends on how many others there are.
        const std::uint64_t draws =
            Prng(batch.seed).split(fmt::format("circuit {} set {} basis {}", index, set, basis)).next();
        qpu::Transpiled made = prepared->made[basis];
        TRY(bound, bind_set(made.circuit, asked, set));
        made.circuit = std::move(bound);
        const auto run = qpu::run(device_, conditions, made, batch.shots, {.seed = draws, .workers = &workers_});
        if (!run) return circuit_refused(run.error());
        counts.emplace_back(run->counts.begin(), run->counts.end());
      }
      Outcome& outcome = result.outcomes.emplace_back();
      if (asked.sums.empty()) {
        outcome.counts = std::move(counts.front());
      } else {
        TRY(estimates, estimate(prepared->bases, asked.sums, counts));
        outcome.expectations = std::move(estimates);
      }
    }
    return result;
  }

  /// Waits until as much of our time has passed as the pace says.
  Expected<void, Fault> take_its_time(Duration taken, Clock::time_point begin, const Cancellation& cancellation) const {
    const auto ours = std::chrono::milliseconds((taken.raw() * pace_ + 999) / 1000);
    const auto left = ours - (Clock::now() - begin);
    if (left.count() <= 0) return {};
    const bool cancelled = cancellation.wait(std::chrono::ceil<std::chrono::milliseconds>(left));
    return cancelled ? fault("batch-cancelled", "as was asked") : Expected<void, Fault>();
  }

  qpu::Device device_;
  std::uint64_t seed_;
  std::int64_t pace_;
  quantum::ThreadWorkers workers_;
  qpu::Calibration published_;
  PreparedCircuits prepared_;
};

}  // namespace

Expected<std::unique_ptr<Backend>, Fault> open_simulated_backend(const DriverSettings& settings) {
  const auto tree = formats::parse_yaml(settings.description);
  if (!tree) return fault("no-device-library", fmt::format("the description cannot be read: {}", tree.error().message));
  auto device = qpu::read_device(*tree);
  if (!device) {
    const Refusal& why = device.error().front();
    return fault("no-device-library", fmt::format("the description, {}: {}", why.field, why.message));
  }
  if (!device->simulated)
    return fault("no-device-library", fmt::format("device {} is not described as a simulated one", device->name));
  return std::make_unique<SimulatedBackend>(std::move(*device), settings);
}

}  // namespace mingyue::drivers
