#include "drivers/ideal_backend.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <numeric>

#include "base/prng.hpp"
#include "drivers/batch_circuit.hpp"
#include "drivers/recently_asked.hpp"
#include "quantum/simulate.hpp"
#include "quantum/thread_workers.hpp"

namespace mingyue::drivers {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::size_t remembered_max = 64;

quantum::PauliSum sum_of(const std::vector<PauliTerm>& terms) {
  quantum::PauliSum sum;
  for (const PauliTerm& term : terms) sum.push_back({.coefficient = term.coefficient, .letters = term.letters});
  return sum;
}

class IdealBackend final : public Backend {
 public:
  explicit IdealBackend(const DriverSettings& settings) : workers_(std::clamp(settings.threads, 1, 256)) {
    options_.workers = &workers_;
  }

  Expected<DeviceFacts, Fault> describe() override {
    return DeviceFacts{.description = {}, .calibration = {}, .calibration_id = calibration_id(), .status = status_};
  }
  Expected<DeviceStatus, Fault> status() override { return status_; }
  Expected<DeviceFacts, Fault> calibrate() override {
    return fault("cannot-calibrate", "a simulator without errors has nothing to calibrate");
  }
  std::string calibration_id() const override { return "ideal"; }

  Expected<BatchResult, Fault> run(const Batch& batch, const Cancellation& cancellation) override {
    const auto begin = Clock::now();
    BatchResult result{
        .id = batch.id, .circuits = {}, .calibration = calibration_id(), .message = "simulated, without errors"};
    for (std::size_t i = 0; i < batch.circuits.size(); ++i) {
      TRY(circuit, read(batch.circuits[i]));
      TRY(one, run_circuit(batch, i, *circuit, cancellation));
      result.circuits.push_back(std::move(one));
    }
    result.qpu_ms = std::chrono::duration_cast<std::chrono::milliseconds>(Clock::now() - begin).count();
    return result;
  }

 private:
  Expected<const quantum::Circuit*, Fault> read(const BatchCircuit& asked) {
    // One that was asked for expectations was not held against its bits.
    const Hash key = hash_of(fmt::format("{} {} {}", asked.sums.empty(), asked.bits, asked.text));
    if (const quantum::Circuit* known = circuits_.find(key); known != nullptr) return known;
    TRY(circuit, read_batch_circuit(asked));
    return circuits_.keep(key, std::move(circuit));
  }

  Expected<CircuitResult, Fault> run_circuit(const Batch& batch, std::size_t index, const quantum::Circuit& circuit,
                                             const Cancellation& cancellation) const {
    const BatchCircuit& asked = batch.circuits[index];
    CHECK_OK(check_sets(asked, circuit.parameters.size()));
    CircuitResult result;
    result.layout.resize(static_cast<std::size_t>(circuit.qubits));
    std::iota(result.layout.begin(), result.layout.end(), 0);
    if (!asked.sums.empty()) return expectations(asked, circuit, cancellation, std::move(result));
    if (batch.shots < 1) return fault("circuit-refused", "0 shots give no counts");
    for (std::size_t set = 0; set < asked.runs(); ++set) {
      if (cancellation.asked()) return fault("batch-cancelled", "as was asked");
      TRY(bound, bind_set(circuit, asked, set));
      const std::uint64_t draws = Prng(batch.seed).split(fmt::format("circuit {} set {}", index, set)).next();
      const auto counts = quantum::sample(bound, batch.shots, draws, options_);
      if (!counts) return circuit_refused(counts.error());
      result.outcomes.push_back({.counts = {counts->begin(), counts->end()}, .expectations = {}});
    }
    return result;
  }

  Expected<CircuitResult, Fault> expectations(const BatchCircuit& asked, const quantum::Circuit& circuit,
                                              const Cancellation& cancellation, CircuitResult result) const {
    std::vector<std::vector<double>> sets;
    for (const auto& set : asked.sets) sets.emplace_back(set.begin(), set.end());
    if (sets.empty()) sets.emplace_back();
    result.outcomes.resize(sets.size());
    for (const auto& terms : asked.sums) {
      if (cancellation.asked()) return fault("batch-cancelled", "as was asked");
      const auto values = quantum::expectations(circuit, sum_of(terms), sets, options_);
      if (!values) return circuit_refused(values.error());
      for (std::size_t set = 0; set < sets.size(); ++set)
        result.outcomes[set].expectations.push_back({.value = (*values)[set], .error = 0});
    }
    return result;
  }

  static constexpr DeviceStatus status_ = DeviceStatus::idle;
  quantum::ThreadWorkers workers_;
  quantum::SimulateOptions options_;
  RecentlyAsked<quantum::Circuit> circuits_{remembered_max};
};

}  // namespace

Expected<std::unique_ptr<Backend>, Fault> open_ideal_backend(const DriverSettings& settings) {
  return std::make_unique<IdealBackend>(settings);
}

}  // namespace mingyue::drivers
