#include "core/qpus.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.hpp"
#include "core/decide.hpp"

namespace mingyue::core {
namespace {

bool named(const std::string& name, const model::QpuNeed& need) {
  return need.devices.empty() || std::ranges::find(need.devices, name) != need.devices.end();
}

/// `grid: calibration until 2026-12-01 03:00:00`.
std::string why_out(const std::string& name, const QpuState& qpu) {
  std::string why = qpu.drained ? "drained: " + qpu.drained_why
                                : enum_word(qpu.out) + (qpu.why.empty() ? std::string() : " (" + qpu.why + ")");
  if (!qpu.drained && qpu.back_at) why += " until " + print_instant(*qpu.back_at);
  return name + ": " + why;
}

}  // namespace

bool qualifies(const std::string& name, const model::QpuFacts& facts, const model::QpuNeed& need) {
  if (!named(name, need) || facts.qubits < need.qubits) return false;
  if (!need.technology.empty() && facts.technology != need.technology) return false;
  // Better than any device in every respect, it would be chosen for whoever wants a real one.
  if (facts.technology == model::ideal_device && need.devices.empty() && need.technology.empty()) return false;
  if (facts.two_qubit_fidelity < need.two_qubit_fidelity) return false;
  return std::ranges::all_of(
      need.gates, [&](const std::string& gate) { return std::ranges::find(facts.gates, gate) != facts.gates.end(); });
}

QpuSeats qpu_seats(const State& state, const model::QpuNeed& need) {
  QpuSeats seats;
  std::vector<std::string> in, out;
  for (const model::Qpu& described : state.centre.qpus) {
    const QpuState& qpu = state.qpus.at(described.name);
    if (qpu.facts.qubits == 0 && named(described.name, need)) {
      out.push_back(described.name + ": not seen yet");
      continue;
    }
    if (!qualifies(described.name, qpu.facts, need)) continue;
    if (!qpu.in_service()) {
      out.push_back(why_out(described.name, qpu));
      continue;
    }
    in.push_back(described.name);
    ++seats.in_service;
    seats.free += described.loops;
  }
  for (const std::string& one : in.empty() ? out : in) seats.devices += (seats.devices.empty() ? "" : ", ") + one;
  if (in.empty()) return seats;
  for (const auto& [id, attempt] : state.attempts)
    if (state.spec(state.jobs.at(id)).qpu() != nullptr) --seats.free;
  return seats;
}

Expected<void> require_qpu(const State& state, const model::JobSpec& spec) {
  const model::QpuNeed* need = spec.qpu();
  if (need == nullptr) return {};
  std::int32_t qubits = 0;
  for (const auto& [name, qpu] : state.qpus) {
    if (qualifies(name, qpu.facts, *need) || (qpu.facts.qubits == 0 && named(name, *need))) return {};
    if (named(name, *need)) qubits = std::max(qubits, qpu.facts.qubits);
  }
  if (qubits < need->qubits)
    return refuse("qpu-too-small", "qpu.qubits",
                  fmt::format("{} qubits are asked for, the largest device has {}", need->qubits, qubits),
                  "use fewer qubits; see: mingyue qpus");
  return refuse("no-qpu", "qpu", "no quantum device has all that is asked for", "compare with: mingyue qpus");
}

}  // namespace mingyue::core
