#include "qpu/simulated_device.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <cmath>

#include "base/prng.hpp"
#include "base/text.hpp"
#include "base/units.hpp"
#include "qpu/equivalent.hpp"
#include "qpu/native.hpp"

namespace mingyue::qpu {
namespace {

using quantum::PauliSum;

/// The noise of the qubits that a circuit uses, by their new numbers.
quantum::Noise noise_on(const Device& device, const Calibration& now, const std::vector<Qubit>& used) {
  const quantum::Noise all = noise_of(device, now);
  std::vector<Qubit> number(static_cast<std::size_t>(device.qubits), -1);
  quantum::Noise some;
  some.rz_is_free = all.rz_is_free;
  for (const Qubit qubit : used) {
    number[static_cast<std::size_t>(qubit)] = static_cast<Qubit>(some.qubits.size());
    some.qubits.push_back(all.qubits[static_cast<std::size_t>(qubit)]);
  }
  for (const auto& pair : all.pairs) {
    const Qubit a = number[static_cast<std::size_t>(pair.a)], b = number[static_cast<std::size_t>(pair.b)];
    if (a >= 0 && b >= 0) some.pairs.push_back({a, b, pair.gate_s, pair.gate_error});
  }
  return some;
}

Expected<void> check_work(const Transpiled& made, int qubits, std::int64_t shots, const RunOptions& options) {
  const double work = std::ldexp(static_cast<double>(shots) * static_cast<double>(made.gates + 1), qubits);
  if (work <= options.work_max) return {};
  return refuse("too-large", "shots",
                fmt::format("{} shots of {} gates on the amplitudes of {} qubits are {:.1e} steps of a simulator, and "
                            "{:.1e} are allowed",
                            shots, made.gates, qubits, work, options.work_max),
                "fewer shots or qubits; Clifford circuits have no such bound");
}

/// Strings that can be measured together: one letter for each qubit.
struct Group {
  std::string basis;
  std::vector<std::size_t> terms;
};

/// Greedily, the largest coefficients first; each joins the first group that it agrees with.
std::vector<Group> groups_of(const PauliSum& sum, int qubits) {
  std::vector<std::size_t> order;
  for (std::size_t i = 0; i < sum.size(); ++i) {
    if (sum[i].letters.find_first_not_of('I') != std::string::npos) order.push_back(i);
  }
  std::ranges::stable_sort(order, std::greater<>(), [&](std::size_t i) { return std::abs(sum[i].coefficient); });
  std::vector<Group> groups;
  for (const std::size_t i : order) {
    const std::string& letters = sum[i].letters;
    const auto agrees = [&](const Group& group) {
      for (std::size_t q = 0; q < letters.size(); ++q) {
        if (letters[q] != 'I' && group.basis[q] != 'I' && letters[q] != group.basis[q]) return false;
      }
      return true;
    };
    auto group = std::ranges::find_if(groups, agrees);
    if (group == groups.end())
      group = groups.insert(groups.end(), Group{std::string(static_cast<std::size_t>(qubits), 'I'), {}});
    for (std::size_t q = 0; q < letters.size(); ++q) {
      if (letters[q] != 'I') group->basis[q] = letters[q];
    }
    group->terms.push_back(i);
  }
  return groups;
}

/// The circuit with a change of basis and a measurement of every qubit that the group looks at, in bits of its own;
/// those of the given circuit are no part of the outcome.
Transpiled with_basis(const Transpiled& made, const Device& device, const Calibration& now, const std::string& basis) {
  Transpiled measured = made;
  for (quantum::Register& bits : measured.circuit.bit_registers) bits.local = true;
  const Bit first = measured.circuit.add_bits("pauli", static_cast<int>(basis.size()));
  std::vector<Step> steps;
  for (std::size_t q = 0; q < basis.size(); ++q) {
    const Qubit place = made.final_layout[q];
    const auto turn = [&](quantum::Gate gate) { steps.push_back(Step::of(place, quantum::matrix2_of(gate, {}))); };
    if (basis[q] == 'Y') turn(quantum::Gate::sdg);
    if (basis[q] == 'X' || basis[q] == 'Y') turn(quantum::Gate::h);
  }
  for (quantum::Instruction& instruction : to_native(steps, device, pairs_of(device)))
    measured.circuit.body.push_back(std::move(instruction));
  for (std::size_t q = 0; q < basis.size(); ++q) {
    if (basis[q] != 'I') measured.circuit.measure(made.final_layout[q], first + static_cast<Bit>(q));
  }
  appraise(measured, device, now);
  return measured;
}

}  // namespace

Duration qpu_time_of(const Device& device, const Transpiled& made, std::int64_t shots) {
  constexpr Int128 ms_ns = 1'000'000;
  const Int128 ns = static_cast<Int128>(shots) * (made.shot_ns + device.times.between_shots_ns);
  return milliseconds(device.times.circuit_ms + static_cast<std::int64_t>((ns + ms_ns - 1) / ms_ns));
}

Expected<RunResult> run(const Device& device, const Calibration& now, const Transpiled& made, std::int64_t shots,
                        const RunOptions& options) {
  CHECK_OK(check_calibration(device, now));
  CHECK_OK(check_limits(made, device, shots));
  std::vector<Qubit> used;
  const quantum::Circuit circuit = compact(made.circuit, used);
  const quantum::SimulateOptions how{
      .precision = options.precision, .memory_bytes_max = options.memory_bytes_max, .workers = options.workers};
  if (!circuit.parameters.empty())
    return refuse("unbound-parameter", {}, fmt::format("the parameter '{}' has no value", shown(circuit.parameters[0])),
                  "bind_parameters");
  const bool twirled = quantum::noisy_by_tableau(circuit, how);
  if (!twirled) CHECK_OK(check_work(made, circuit.qubits, shots, options));
  TRY(counts, quantum::sample_noisy(circuit, noise_on(device, now, used), shots, options.seed, how));
  return RunResult{.counts = std::move(counts),
                   .shots = shots,
                   .shot_ns = made.shot_ns + device.times.between_shots_ns,
                   .qpu_time = qpu_time_of(device, made, shots),
                   .from = {.device = device.name,
                            .simulated = device.simulated,
                            .twirled = twirled,
                            .calibration_id = now.id,
                            .holds_at = now.holds_at,
                            .layout_seed = made.seed,
                            .shots_seed = options.seed,
                            .initial_layout = made.initial_layout,
                            .final_layout = made.final_layout,
                            .measurement_order = made.measurement_order}};
}

Expected<ExpectationResult> expectation(const Device& device, const Calibration& now, const Transpiled& made,
                                        const PauliSum& sum, std::int64_t shots, const RunOptions& options) {
  CHECK_OK(check_calibration(device, now));
  const auto qubits = made.final_layout.size();
  for (const quantum::PauliTerm& term : sum) {
    if (term.letters.size() > qubits || term.letters.find_first_not_of("IXYZ") != std::string::npos)
      return refuse("bad-circuit", {}, fmt::format("the Pauli string '{}' on {} qubits", shown(term.letters), qubits));
  }
  ExpectationResult result;
  for (const quantum::PauliTerm& term : sum) {
    if (term.letters.find_first_not_of('I') == std::string::npos) result.value += term.coefficient;
  }
  double variance = 0;
  const std::vector<Group> groups = groups_of(sum, static_cast<int>(qubits));
  for (const Group& group : groups) {
    const Transpiled measured = with_basis(made, device, now, group.basis);
    RunOptions of_group = options;
    // One stream of draws for each group.
    of_group.seed = Prng(options.seed).split(fmt::format("group {}", result.groups)).next();
    TRY(one, run(device, now, measured, shots, of_group));
    // Of each shot the sum over the group's strings; its mean, and the variance of that.
    double mean = 0, square = 0;
    for (const auto& [bits, count] : one.counts) {
      double value = 0;
      for (const std::size_t i : group.terms) {
        bool odd = false;
        for (std::size_t q = 0; q < sum[i].letters.size(); ++q) {
          if (sum[i].letters[q] != 'I') odd = odd != (bits[bits.size() - 1 - q] == '1');
        }
        value += odd ? -sum[i].coefficient : sum[i].coefficient;
      }
      const double share = static_cast<double>(count) / static_cast<double>(shots);
      mean += share * value;
      square += share * value * value;
    }
    result.value += mean;
    variance += std::max(0.0, square - mean * mean) / static_cast<double>(shots);
    ++result.groups;
    result.shots += shots;
    result.qpu_time += one.qpu_time;
    result.from = std::move(one.from);
  }
  result.standard_error = std::sqrt(variance);
  result.from.shots_seed = options.seed;
  return result;
}

}  // namespace mingyue::qpu
