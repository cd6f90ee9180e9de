#include "qpu/coupling_map.hpp"

#include <algorithm>
#include <cmath>
#include <queue>

namespace mingyue::qpu {
namespace {

std::int32_t loss_of(double error) {
  return static_cast<std::int32_t>(std::lround(-std::log1p(-std::min(error, 0.999)) * 1e6));
}

}  // namespace

CouplingMap::CouplingMap(const Device& device, const Calibration& calibration)
    : qubits_(device.qubits), neighbours_(static_cast<std::size_t>(qubits_)) {
  const auto size = static_cast<std::size_t>(qubits_) * static_cast<std::size_t>(qubits_);
  length_.resize(size);
  loss_.resize(size);
  distance_.resize(size, INT32_MAX);
  std::vector<std::int32_t> losses;
  for (const auto& pair : calibration.pairs) losses.push_back(loss_of(pair.gate_error));
  std::vector<std::int32_t> sorted = losses;
  std::ranges::sort(sorted);
  const std::int64_t median = sorted.empty() ? 1 : std::max(sorted[sorted.size() / 2], 1);
  for (std::size_t i = 0; i < calibration.pairs.size(); ++i) {
    const auto& pair = calibration.pairs[i];
    const std::int64_t worse = std::clamp<std::int64_t>(1000 * losses[i] / median, 0, 8000);
    for (const auto& [a, b] : {Pair(pair.a, pair.b), Pair(pair.b, pair.a)}) {
      neighbours_[static_cast<std::size_t>(a)].push_back(b);
      length_[at(a, b)] = static_cast<std::int32_t>(1000 + worse / 4);
      loss_[at(a, b)] = losses[i];
    }
  }
  for (auto& each : neighbours_) std::ranges::sort(each);
  for (const auto& each : calibration.qubits)
    readout_loss_.push_back(loss_of((each.reads_0_as_1 + each.reads_1_as_0) / 2));
  // Dijkstra from every qubit.
  using Reached = std::pair<std::int32_t, Qubit>;
  for (Qubit from = 0; from < qubits_; ++from) {
    std::priority_queue<Reached, std::vector<Reached>, std::greater<>> open;
    distance_[at(from, from)] = 0;
    open.emplace(0, from);
    while (!open.empty()) {
      const auto [length, here] = open.top();
      open.pop();
      if (length > distance(from, here)) continue;
      for (const Qubit next : neighbours(here)) {
        const std::int32_t there = length + this->length(here, next);
        if (there >= distance(from, next)) continue;
        distance_[at(from, next)] = there;
        open.emplace(there, next);
      }
    }
  }
}

Qubit CouplingMap::step_towards(Qubit from, Qubit to) const {
  return *std::ranges::min_element(
      neighbours(from), {}, [&](Qubit next) { return std::pair(distance(next, to) + length(from, next), next); });
}

}  // namespace mingyue::qpu
