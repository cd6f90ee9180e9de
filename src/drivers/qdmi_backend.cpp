#include "drivers/qdmi_backend.hpp"

#include <fmt/format.h>

#include <chrono>
#include <optional>

#include "drivers/batch_circuit.hpp"
#include "drivers/pauli_measurement.hpp"
#include "drivers/prepared_circuits.hpp"
#include "drivers/qdmi_facts.hpp"
#include "drivers/qdmi_job.hpp"
#include "qpu/device_document.hpp"
#include "qpu/transpile.hpp"
#include "quantum/qasm.hpp"

namespace mingyue::drivers {
namespace {

using Counts = BasisCounts;
using Clock = std::chrono::steady_clock;

/// A device may have been calibrated without a word; this old, its figures are read again.
constexpr auto figures_good_for = std::chrono::minutes(5);

Instant now() {
  const auto since = std::chrono::system_clock::now().time_since_epoch();
  return Instant(std::chrono::duration_cast<std::chrono::milliseconds>(since).count());
}

/// QDMI maps qubits by the place in one register `q`, which no other name may hide.
void name_as_qdmi_wants(quantum::Circuit& circuit) {
  circuit.qubit_registers = {{.name = "q", .first = 0, .size = circuit.qubits, .local = false}};
  for (quantum::Register& each : circuit.bit_registers)
    if (each.name == "q") each.name = "q_bits";
}

class QdmiBackend final : public Backend {
 public:
  QdmiBackend(std::unique_ptr<qdmi::Library> library, qdmi::QdmiDevice device)
      : library_(std::move(library)), device_(std::move(device)) {}

  Expected<DeviceFacts, Fault> describe() override {
    TRY(read, qdmi::read_device(*library_, device_.device.name, now()));
    TRY(told, qdmi::read_status(*library_));
    // The same figures keep the instant at which they were first seen.
    if (read.calibration.id == device_.calibration.id) read.calibration = device_.calibration;
    device_ = std::move(read);
    read_at_ = Clock::now();
    return DeviceFacts{qpu::write_device(device_.device), qpu::write_calibration(device_.calibration),
                       device_.calibration.id, told};
  }

  Expected<DeviceStatus, Fault> status() override { return qdmi::read_status(*library_); }

  Expected<DeviceFacts, Fault> calibrate() override {
    const Cancellation never;
    const auto done = qdmi::run_job(*library_, {.format = qdmi::format_calibration, .text = {}, .shots = 0}, never);
    if (!done && done.error().code == "circuit-refused")
      return fault("cannot-calibrate", "the device calibrates itself when it thinks fit");
    if (!done) return std::unexpected(done.error());
    return describe();
  }

  std::string calibration_id() const override { return device_.calibration.id; }

  Expected<BatchResult, Fault> run(const Batch& batch, const Cancellation& cancellation) override {
    if (batch.shots < 1) return fault("circuit-refused", fmt::format("{} shots", batch.shots));
    if (Clock::now() - read_at_ > figures_good_for) CHECK_OK(describe());
    BatchResult result;
    result.id = batch.id;
    result.calibration = device_.calibration.id;
    Clock::duration taken{};
    for (const BatchCircuit& asked : batch.circuits) {
      TRY(made, run_circuit(asked, batch, cancellation, taken));
      result.circuits.push_back(std::move(made));
    }
    result.qpu_ms = std::chrono::duration_cast<std::chrono::milliseconds>(taken).count();
    return result;
  }

 private:
  Expected<CircuitResult, Fault> run_circuit(const BatchCircuit& asked, const Batch& batch,
                                             const Cancellation& cancellation, Clock::duration& taken) {
    TRY(prepared, prepared_.get(asked, device_.device, device_.calibration));
    for (const qpu::Transpiled& made : prepared->made) CHECK_OK(check(made, batch));
    CircuitResult result = prepared->places;
    for (std::size_t set = 0; set < asked.runs(); ++set) {
      std::vector<Counts> counts;
      for (const qpu::Transpiled& made : prepared->made) {
        TRY(taken_here, run_set(made.circuit, asked, set, batch, cancellation, taken));
        counts.push_back(std::move(taken_here));
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

  Expected<void, Fault> check(const qpu::Transpiled& made, const Batch& batch) const {
    for (const quantum::Register& each : made.circuit.bit_registers)
      if (each.local)
        return fault("circuit-refused", fmt::format("scratch bits ({}), which QDMI would show as outcomes", each.name));
    const auto good = qpu::check_limits(made, device_.device, batch.shots);
    return good ? Expected<void, Fault>() : circuit_refused(good.error());
  }

  Expected<Counts, Fault> run_set(const quantum::Circuit& circuit, const BatchCircuit& asked, std::size_t set,
                                  const Batch& batch, const Cancellation& cancellation, Clock::duration& taken) const {
    TRY(bound, bind_set(circuit, asked, set));
    name_as_qdmi_wants(bound);
    auto text = device_.takes_qasm3 ? quantum::write_qasm3(bound) : quantum::write_qasm2(bound);
    if (!text) return circuit_refused(text.error());
    const auto begin = Clock::now();
    auto counts = qdmi::run_job(*library_,
                                {.format = device_.takes_qasm3 ? qdmi::format_qasm3 : qdmi::format_qasm2,
                                 .text = std::move(*text),
                                 .shots = batch.shots},
                                cancellation);
    taken += Clock::now() - begin;
    return counts;
  }

  std::unique_ptr<qdmi::Library> library_;
  qdmi::QdmiDevice device_;
  Clock::time_point read_at_ = Clock::now();
  PreparedCircuits prepared_;
};

}  // namespace

Expected<std::unique_ptr<Backend>, Fault> open_qdmi_backend(const DriverSettings& settings) {
  TRY(library, qdmi::Library::open(settings));
  TRY(device, qdmi::read_device(*library, settings.device, now()));
  return std::make_unique<QdmiBackend>(std::move(library), std::move(device));
}

}  // namespace mingyue::drivers
