#include <algorithm>
#include <cmath>
#include <map>

#include "qpu/transpile.hpp"

namespace mingyue::qpu {
namespace {

using quantum::Instruction;

/// Each qubit does the next thing as soon as all that takes part in it is free; what depends on a bit waits for it.
class Appraiser {
 public:
  Appraiser(const Device& device, const Calibration& calibration, int bits)
      : times_(device.times),
        calibration_(calibration),
        lines_(static_cast<std::size_t>(device.qubits)),
        bits_(static_cast<std::size_t>(bits)) {
    for (const auto& pair : calibration.pairs) {
      pair_error_[{pair.a, pair.b}] = pair.gate_error;
      pair_error_[{pair.b, pair.a}] = pair.gate_error;
    }
  }

  void all(const std::vector<Instruction>& body) {
    for (const Instruction& instruction : body) std::visit([&](const auto& what) { add(what); }, instruction.what);
  }

  void write(Transpiled& made) {
    made.measurement_order = std::move(order_);
    made.gates = sum_.gates;
    made.two_qubit_gates = sum_.pairs;
    made.depth = 0;
    made.shot_ns = 0;
    for (const Line& line : lines_) {
      made.depth = std::max(made.depth, line.depth);
      made.shot_ns = std::max(made.shot_ns, line.free_ns);
    }
    made.success = std::exp(sum_.log_success);
  }

 private:
  struct Line {
    std::int64_t depth = 0;
    std::int64_t free_ns = 0;
    bool used = false;
  };
  struct Sum {
    std::int64_t gates = 0, pairs = 0;
    double log_success = 0;
  };
  Line& line(Qubit qubit) { return lines_[static_cast<std::size_t>(qubit)]; }
  [[nodiscard]] const Calibration::OfQubit& figures(Qubit qubit) const {
    return calibration_.qubits[static_cast<std::size_t>(qubit)];
  }

  /// A thing on these qubits that takes so long; what they lose while they wait for each other is counted.
  Line begin(std::span<const Qubit> qubits, std::int64_t takes_ns, const Line* after = nullptr) {
    Line start = after != nullptr ? *after : Line();
    for (const Qubit qubit : qubits) {
      start.depth = std::max(start.depth, line(qubit).depth);
      start.free_ns = std::max(start.free_ns, line(qubit).free_ns);
    }
    const Line end{start.depth + 1, start.free_ns + takes_ns, true};
    for (const Qubit qubit : qubits) {
      // Before its first gate a qubit is 0 and has nothing to lose. Average fidelity is (2 F + 1) / 3.
      const double idle_s = static_cast<double>(start.free_ns - line(qubit).free_ns) * 1e-9;
      if (line(qubit).used && idle_s > 0) sum_.log_success += std::log((2 * coherence(figures(qubit), idle_s) + 1) / 3);
      line(qubit) = end;
    }
    return end;
  }
  void succeed(double error) { sum_.log_success += std::log1p(-std::min(error, 1 - 1e-12)); }

  void add(const quantum::GateUse& use) {
    if (use.qubits.size() == 1) {
      if (use.gate == quantum::Gate::rz) return;
      begin(use.qubits, times_.one_qubit_ns);
      succeed(figures(use.qubits[0]).gate_error);
    } else {
      begin(use.qubits, times_.two_qubit_ns);
      succeed(pair_error_.at({use.qubits[0], use.qubits[1]}));
      ++sum_.pairs;
    }
    ++sum_.gates;
  }
  void add(const quantum::Measurement& measurement) {
    order_.push_back(measurement);
    const bool kept = measurement.bit != quantum::no_bit;
    const Line end = begin({&measurement.qubit, 1}, times_.readout_ns,
                           kept ? &bits_[static_cast<std::size_t>(measurement.bit)] : nullptr);
    succeed((figures(measurement.qubit).reads_0_as_1 + figures(measurement.qubit).reads_1_as_0) / 2);
    if (kept) bits_[static_cast<std::size_t>(measurement.bit)] = end;
  }
  void add(const quantum::Reset& reset) {
    begin({&reset.qubit, 1}, times_.reset_ns);
    line(reset.qubit).used = false;
  }
  void add(const quantum::Barrier& barrier) {
    Line latest;
    for (const Qubit qubit : barrier.qubits) latest.free_ns = std::max(latest.free_ns, line(qubit).free_ns);
    for (const Qubit qubit : barrier.qubits) {
      const double idle_s = static_cast<double>(latest.free_ns - line(qubit).free_ns) * 1e-9;
      if (line(qubit).used && idle_s > 0) sum_.log_success += std::log((2 * coherence(figures(qubit), idle_s) + 1) / 3);
      line(qubit).free_ns = latest.free_ns;
    }
  }
  void wait_for(const quantum::BitExpression& expression, Line& latest) const {
    expression.for_each_bit([&](Bit bit) {
      const Line& known = bits_[static_cast<std::size_t>(bit)];
      latest.depth = std::max(latest.depth, known.depth);
      latest.free_ns = std::max(latest.free_ns, known.free_ns);
    });
  }
  void add(const quantum::Assignment& assignment) {
    Line latest;
    wait_for(assignment.value, latest);
    for (int i = 0; i < assignment.count; ++i) bits_[static_cast<std::size_t>(assignment.first + i)] = latest;
  }

  static void touched(const std::vector<Instruction>& body, std::vector<Qubit>& qubits) {
    for (const Instruction& instruction : body) {
      if (const auto* use = std::get_if<quantum::GateUse>(&instruction.what)) {
        qubits.insert(qubits.end(), use->qubits.begin(), use->qubits.end());
      } else if (const auto* measurement = std::get_if<quantum::Measurement>(&instruction.what)) {
        qubits.push_back(measurement->qubit);
      } else if (const auto* reset = std::get_if<quantum::Reset>(&instruction.what)) {
        qubits.push_back(reset->qubit);
      } else if (const auto* branch = std::get_if<quantum::Branch>(&instruction.what)) {
        touched(branch->then, qubits);
        touched(branch->otherwise, qubits);
      }
    }
  }

  /// Both sides are followed; of each qubit and bit the later end counts, and of the sums those of the side that is
  /// less likely to succeed.
  void add(const quantum::Branch& branch) {
    Line latest;
    wait_for(branch.condition, latest);
    std::vector<Qubit> qubits;
    touched(branch.then, qubits);
    touched(branch.otherwise, qubits);
    for (const Qubit qubit : qubits) {
      line(qubit).depth = std::max(line(qubit).depth, latest.depth);
      const double idle_s = static_cast<double>(latest.free_ns - line(qubit).free_ns) * 1e-9;
      if (idle_s <= 0) continue;
      if (line(qubit).used) sum_.log_success += std::log((2 * coherence(figures(qubit), idle_s) + 1) / 3);
      line(qubit).free_ns = latest.free_ns;
    }
    const auto lines = lines_, bits = bits_;
    const Sum sum = sum_;
    all(branch.then);
    const auto lines_then = std::exchange(lines_, lines), bits_then = std::exchange(bits_, bits);
    const Sum sum_then = std::exchange(sum_, sum);
    all(branch.otherwise);
    const auto later = [](std::vector<Line>& into, const std::vector<Line>& other) {
      for (std::size_t i = 0; i < into.size(); ++i) {
        into[i].depth = std::max(into[i].depth, other[i].depth);
        into[i].free_ns = std::max(into[i].free_ns, other[i].free_ns);
        into[i].used = into[i].used || other[i].used;
      }
    };
    later(lines_, lines_then);
    later(bits_, bits_then);
    if (sum_then.log_success < sum_.log_success) sum_ = sum_then;
  }

  const Times& times_;
  const Calibration& calibration_;
  std::vector<Line> lines_;
  std::vector<Line> bits_;
  std::map<Pair, double> pair_error_;
  std::vector<quantum::Measurement> order_;
  Sum sum_;
};

}  // namespace

void appraise(Transpiled& made, const Device& device, const Calibration& calibration) {
  Appraiser appraiser(device, calibration, made.circuit.bits);
  appraiser.all(made.circuit.body);
  appraiser.write(made);
}

}  // namespace mingyue::qpu
