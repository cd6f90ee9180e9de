#include "drivers/pauli_measurement.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>

#include "base/text.hpp"

namespace mingyue::drivers {
namespace {

using quantum::Gate;
using quantum::Qubit;

/// What is read of each qubit that is.
using Letters = std::map<Qubit, char>;

struct Grouped {
  Letters basis;
  std::vector<std::pair<MeasurementBasis::Term, Letters>> terms;
};

Expected<Letters, Fault> letters_of(const PauliTerm& term, int qubits) {
  Letters letters;
  for (std::size_t i = 0; i < term.letters.size(); ++i) {
    const char letter = term.letters[i];
    if (letter == 'I') continue;
    if (letter != 'X' && letter != 'Y' && letter != 'Z')
      return fault("circuit-refused",
                   fmt::format("the Pauli string '{}' has other letters than I, X, Y and Z", shown(term.letters)));
    if (i >= static_cast<std::size_t>(qubits))
      return fault("circuit-refused",
                   fmt::format("the Pauli string '{}' on a circuit of {} qubits", shown(term.letters), qubits));
    letters.emplace(static_cast<Qubit>(i), letter);
  }
  return letters;
}

bool agree(const Letters& a, const Letters& b) {
  return std::all_of(b.begin(), b.end(), [&](const auto& each) {
    const auto it = a.find(each.first);
    return it == a.end() || it->second == each.second;
  });
}

std::string free_name(const quantum::Circuit& circuit) {
  std::string name = "paulis";
  const auto is_taken = [&] {
    const auto has_it = [&](const quantum::Register& each) { return each.name == name; };
    return std::any_of(circuit.bit_registers.begin(), circuit.bit_registers.end(), has_it) ||
           std::any_of(circuit.qubit_registers.begin(), circuit.qubit_registers.end(), has_it) ||
           std::find(circuit.parameters.begin(), circuit.parameters.end(), name) != circuit.parameters.end();
  };
  while (is_taken()) name += '_';
  return name;
}

MeasurementBasis make_basis(const quantum::Circuit& circuit, Grouped group) {
  MeasurementBasis made{.circuit = circuit, .qubits = {}, .terms = {}};
  std::map<Qubit, std::size_t> bit_of;
  for (const auto& [qubit, letter] : group.basis) {
    bit_of.emplace(qubit, made.qubits.size());
    made.qubits.push_back(qubit);
    // Y is read as Z after sdg and h; X after h.
    if (letter == 'Y') made.circuit.apply(Gate::sdg, {qubit});
    if (letter != 'Z') made.circuit.apply(Gate::h, {qubit});
  }
  const quantum::Bit first = made.circuit.add_bits(free_name(circuit), static_cast<int>(made.qubits.size()));
  for (std::size_t i = 0; i < made.qubits.size(); ++i)
    made.circuit.measure(made.qubits[i], first + static_cast<quantum::Bit>(i));
  for (auto& [term, letters] : group.terms) {
    for (const auto& [qubit, letter] : letters) term.bits.push_back(bit_of.at(qubit));
    made.terms.push_back(std::move(term));
  }
  return made;
}

}  // namespace

Expected<std::vector<MeasurementBasis>, Fault> measurement_bases(const quantum::Circuit& circuit,
                                                                 const std::vector<std::vector<PauliTerm>>& sums) {
  std::vector<Grouped> groups;
  for (std::size_t sum = 0; sum < sums.size(); ++sum) {
    for (std::size_t term = 0; term < sums[sum].size(); ++term) {
      TRY(letters, letters_of(sums[sum][term], circuit.qubits));
      if (letters.empty()) continue;
      auto group =
          std::find_if(groups.begin(), groups.end(), [&](const Grouped& each) { return agree(each.basis, letters); });
      if (group == groups.end()) group = groups.insert(groups.end(), Grouped());
      group->basis.insert(letters.begin(), letters.end());
      group->terms.push_back({{.sum = sum, .term = term, .bits = {}}, std::move(letters)});
    }
  }
  std::vector<MeasurementBasis> bases;
  for (Grouped& group : groups) bases.push_back(make_basis(circuit, std::move(group)));
  return bases;
}

Expected<std::vector<Estimate>, Fault> estimate(std::span<const MeasurementBasis> bases,
                                                const std::vector<std::vector<PauliTerm>>& sums,
                                                std::span<const BasisCounts> counts) {
  std::vector<double> values(sums.size());
  std::vector<double> variances(sums.size());
  std::vector<double> bounds(sums.size());
  for (std::size_t sum = 0; sum < sums.size(); ++sum) {
    for (const PauliTerm& term : sums[sum]) {
      bounds[sum] += std::abs(term.coefficient.value);
      if (term.letters.find_first_not_of('I') == std::string::npos) values[sum] += term.coefficient;
    }
  }
  for (std::size_t basis = 0; basis < bases.size(); ++basis) {
    const std::size_t width = bases[basis].qubits.size();
    std::vector<double> means(sums.size());
    std::vector<double> squares(sums.size());
    std::vector<double> of_outcome(sums.size());
    std::int64_t shots = 0;
    for (const auto& [key, count] : counts[basis]) {
      if (key.size() < width)
        return fault("device-failed", fmt::format("the outcome '{}' has fewer than {} bits", shown(key), width));
      std::fill(of_outcome.begin(), of_outcome.end(), 0.0);
      for (const auto& term : bases[basis].terms) {
        bool odd = false;
        for (const std::size_t bit : term.bits) odd ^= key[width - 1 - bit] == '1';
        const double coefficient = sums[term.sum][term.term].coefficient;
        of_outcome[term.sum] += odd ? -coefficient : coefficient;
      }
      const auto weight = static_cast<double>(count);
      for (std::size_t sum = 0; sum < sums.size(); ++sum) {
        means[sum] += weight * of_outcome[sum];
        squares[sum] += weight * of_outcome[sum] * of_outcome[sum];
      }
      shots += count;
    }
    if (shots < 1) return fault("device-failed", "the device took no shots");
    const auto taken = static_cast<double>(shots);
    for (std::size_t sum = 0; sum < sums.size(); ++sum) {
      const double mean = means[sum] / taken;
      values[sum] += mean;
      const double spread = std::max(squares[sum] / taken - mean * mean, 0.0);
      variances[sum] += shots > 1 ? spread / (taken - 1) : bounds[sum] * bounds[sum];
    }
  }
  std::vector<Estimate> estimates;
  for (std::size_t sum = 0; sum < sums.size(); ++sum)
    // Rounding alone may put a mean of extremes a hair beyond what is possible.
    estimates.push_back({std::clamp(values[sum], -bounds[sum], bounds[sum]), std::sqrt(variances[sum])});
  return estimates;
}

}  // namespace mingyue::drivers
