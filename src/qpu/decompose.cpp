#include "qpu/decompose.hpp"

#include <algorithm>
#include <numeric>
#include <set>

#include "base/invariant.hpp"

namespace mingyue::qpu {
namespace {

using quantum::Complex;
using quantum::Gate;
using quantum::GateUse;

constexpr double pi = std::numbers::pi;
using Qubits = std::vector<Qubit>;

Matrix2 matrix_of(Gate gate) { return quantum::matrix2_of(gate, {}); }

/// unitary = e^{i phase} · basis · rz(angle) · basis†.
struct Eigen {
  double phase;
  double angle;
  Matrix2 basis;
  Matrix2 back;
};
Eigen eigen_of(const Matrix2& m) {
  const double phase = std::arg(m[0] * m[3] - m[1] * m[2]) / 2;
  const Complex turn = std::polar(1.0, -phase);
  // m = e^{i phase} (cos(angle/2) - i sin(angle/2) n·σ).
  const double c = (turn * (m[0] + m[3]) / 2.0).real();
  const double x = -(turn * (m[1] + m[2]) / 2.0).imag(), y = (turn * (m[2] - m[1]) / 2.0).real(),
               z = -(turn * (m[0] - m[3]) / 2.0).imag();
  const double s = std::sqrt(x * x + y * y + z * z);
  Eigen eigen{phase, 2 * std::atan2(s, c), {1, 0, 0, 1}, {1, 0, 0, 1}};
  if (s < 1e-15) return eigen;
  // The basis turns the z axis to n: ry by its height, then rz by its direction.
  const double height = std::atan2(std::hypot(x, y), z), direction = std::atan2(y, x);
  const double ch = std::cos(height / 2), sh = std::sin(height / 2);
  const Complex low = std::polar(1.0, -direction / 2), high = std::polar(1.0, direction / 2);
  eigen.basis = {low * ch, -low * sh, high * sh, high * ch};
  for (std::size_t r = 0; r < 2; ++r) {
    for (std::size_t k = 0; k < 2; ++k) eigen.back[r * 2 + k] = std::conj(eigen.basis[k * 2 + r]);
  }
  return eigen;
}

class Decomposer {
 public:
  explicit Decomposer(const quantum::Circuit& circuit) : wires_(static_cast<std::size_t>(circuit.qubits)) {
    std::iota(wires_.begin(), wires_.end(), 0);
    all(circuit.body, out_);
  }
  Decomposed take() { return {std::move(out_), std::move(wires_)}; }

 private:
  void all(const std::vector<quantum::Instruction>& body, std::vector<Step>& into) {
    for (const quantum::Instruction& instruction : body) {
      to_ = &into;
      std::visit([&](const auto& what) { add(what); }, instruction.what);
    }
  }
  Step& put(Step step) { return to_->emplace_back(std::move(step)); }
  [[nodiscard]] Qubit wire(Qubit qubit) const { return wires_[static_cast<std::size_t>(qubit)]; }

  void add(const quantum::Measurement& measurement) {
    Step step;
    step.kind = Step::Kind::measure;
    step.a = wire(measurement.qubit);
    step.bit = measurement.bit;
    put(std::move(step));
  }
  void add(const quantum::Reset& reset) {
    Step step;
    step.kind = Step::Kind::reset;
    step.a = wire(reset.qubit);
    put(std::move(step));
  }
  void put_classical(Branching branching) {
    Step step;
    step.kind = Step::Kind::classical;
    step.classical = std::move(branching);
    put(std::move(step));
  }
  void add(const quantum::Barrier& barrier) {
    Branching branching;
    std::set<Qubit> qubits;
    for (const Qubit qubit : barrier.qubits) qubits.insert(wire(qubit));
    branching.qubits.assign(qubits.begin(), qubits.end());
    put_classical(std::move(branching));
  }
  void add(const quantum::Assignment& assignment) {
    Branching branching;
    branching.kind = Branching::Kind::assignment;
    branching.assignment = assignment;
    std::set<Bit> bits;
    for (int i = 0; i < assignment.count; ++i) bits.insert(assignment.first + i);
    assignment.value.for_each_bit([&](Bit bit) { bits.insert(bit); });
    branching.bits.assign(bits.begin(), bits.end());
    put_classical(std::move(branching));
  }
  void add(const quantum::Branch& branch) {
    std::vector<Step>* const outside = to_;
    Branching branching;
    branching.kind = Branching::Kind::branch;
    branching.condition = branch.condition;
    ++depth_;
    all(branch.then, branching.then);
    all(branch.otherwise, branching.otherwise);
    --depth_;
    std::set<Qubit> qubits;
    std::set<Bit> bits;
    branch.condition.for_each_bit([&](Bit bit) { bits.insert(bit); });
    for (const auto* side : {&branching.then, &branching.otherwise}) {
      for (const Step& step : *side) {
        if (step.kind == Step::Kind::classical) {
          qubits.insert(step.classical->qubits.begin(), step.classical->qubits.end());
          bits.insert(step.classical->bits.begin(), step.classical->bits.end());
          continue;
        }
        qubits.insert(step.a);
        if (step.b >= 0) qubits.insert(step.b);
        if (step.bit != quantum::no_bit) bits.insert(step.bit);
      }
    }
    branching.qubits.assign(qubits.begin(), qubits.end());
    branching.bits.assign(bits.begin(), bits.end());
    to_ = outside;
    put_classical(std::move(branching));
  }

  void add(const GateUse& use) {
    Qubits on;
    for (const Qubit qubit : use.qubits) on.push_back(wire(qubit));
    const Qubits controls(on.begin(), on.begin() + use.controls), own(on.begin() + use.controls, on.end());
    std::vector<Angle> angles;
    for (const Expression& angle : use.angles) angles.push_back(Angle::of(angle));
    const auto flip = [&] {
      for (std::size_t i = 0; i < controls.size(); ++i) {
        if ((use.negative >> i & 1) != 0) matrix(controls[i], matrix_of(Gate::x));
      }
    };
    flip();
    if (quantum::facts_of(use.gate).qubits == 2) {
      on_two(use, controls, own[0], own[1], angles);
    } else {
      on_one(use, controls, own.empty() ? -1 : own[0], angles);
    }
    flip();
  }

  void turn(Qubit a, const Angle& angle) { put(Step::turn(a, angle)); }
  void matrix(Qubit a, const Matrix2& m) { put(Step::of(a, m)); }
  void zz(Qubit a, Qubit b, const Angle& angle) { put(Step::pair(a, b, angle)); }
  void h(Qubit a) { matrix(a, matrix_of(Gate::h)); }

  /// Does `work` in a basis in which Z of the qubit is X, or Y.
  template <class Work>
  void in_x(Qubit a, Work work) {
    h(a), work(), h(a);
  }
  template <class Work>
  void in_y(Qubit a, Work work) {
    matrix(a, matrix_of(Gate::sdg)), h(a), work(), h(a), matrix(a, matrix_of(Gate::s));
  }

  /// p(angle) on the last of the qubits under the control of the others; they are all alike.
  void phase(const Qubits& on, const Angle& angle) {
    if (on.empty()) return;  // A global phase.
    if (angle.is_known() && is_multiple(angle.number, 2 * pi)) return;
    if (on.size() == 1) return turn(on[0], angle);
    if (on.size() == 2) {
      turn(on[0], angle.times(0.5)), turn(on[1], angle.times(0.5));
      return zz(on[0], on[1], angle.times(-0.5));
    }
    if (on.size() == 3 && angle.is_known() && is_multiple(angle.number - pi, 2 * pi))
      return in_x(on[2], [&] { toffoli(on[0], on[1], on[2]); });
    const Qubits controls(on.begin(), on.end() - 1);
    controlled_rz(controls, on.back(), angle);
    phase(controls, angle.times(0.5));
  }

  void controlled_rz(const Qubits& controls, Qubit target, const Angle& angle) {
    if (controls.empty()) return turn(target, angle);
    if (controls.size() == 1) {
      turn(target, angle.times(0.5));
      return zz(controls[0], target, angle.times(-0.5));
    }
    // With R = rz(-angle/4): X R X R⁻¹ X R X R⁻¹, the X by turns under one and the other half of the controls, is R⁻⁴
    // where both are on and nothing where one is not.
    const auto middle = controls.begin() + static_cast<std::ptrdiff_t>((controls.size() + 1) / 2);
    const Qubits first(controls.begin(), middle), second(middle, controls.end());
    for (int i = 0; i < 2; ++i) {
      turn(target, angle.times(0.25));
      controlled_x(second, target, first);
      turn(target, angle.times(-0.25));
      controlled_x(first, target, second);
    }
  }

  void cx(Qubit control, Qubit target) {
    in_x(target, [&] { phase({control, target}, pi); });
  }

  void toffoli(Qubit a, Qubit b, Qubit target) {
    const auto t = [&](Qubit q) { turn(q, pi / 4); };
    const auto tdg = [&](Qubit q) { turn(q, -pi / 4); };
    h(target);
    cx(b, target), tdg(target), cx(a, target), t(target), cx(b, target), tdg(target), cx(a, target), t(target);
    t(b);
    h(target);
    cx(a, b), t(a), tdg(b), cx(a, b);
  }

  /// X under controls. The borrowed qubits may be in any state and get it back; with n controls n - 2 are enough.
  /// Without them it is a phase in another basis.
  void controlled_x(const Qubits& controls, Qubit target, const Qubits& borrowed) {
    const std::size_t n = controls.size();
    if (n == 0) return matrix(target, matrix_of(Gate::x));
    if (n == 1) return cx(controls[0], target);
    if (n == 2) return toffoli(controls[0], controls[1], target);
    if (borrowed.size() < n - 2) {
      Qubits on = controls;
      on.push_back(target);
      return in_x(target, [&] { phase(on, pi); });
    }
    // Barenco's network: a staircase of Toffoli gates from the target down and up again, twice; the second time without
    // the target. What is borrowed sees each of its gates twice.
    const auto stair = [&](std::size_t i) {  // i = n - 1 is the target's, i = 1 the lowest
      const Qubit goal = i == n - 1 ? target : borrowed[i - 1];
      toffoli(controls[i], i == 1 ? controls[0] : borrowed[i - 2], goal);
    };
    for (std::size_t top : {n - 1, n - 2}) {
      for (std::size_t i = top; i >= 1; --i) stair(i);
      for (std::size_t i = 2; i <= top; ++i) stair(i);
    }
  }

  void controlled(const Qubits& controls, Qubit target, const Matrix2& unitary) {
    const Eigen eigen = eigen_of(unitary);
    matrix(target, eigen.back);
    if (controls.size() > 1 && std::abs(eigen.angle - pi) < angle_error) {
      // rz(π) is -i Z.
      Qubits on = controls;
      on.push_back(target);
      phase(on, pi);
      matrix(target, eigen.basis);
      return phase(controls, eigen.phase - pi / 2);
    }
    controlled_rz(controls, target, eigen.angle);
    matrix(target, eigen.basis);
    phase(controls, eigen.phase);
  }

  void on_one(const GateUse& use, const Qubits& controls, Qubit target, const std::vector<Angle>& angles) {
    Qubits on = controls;
    if (target >= 0) on.push_back(target);
    const bool known = std::ranges::all_of(angles, &Angle::is_known);
    switch (use.gate) {
      case Gate::id:
        return;
      case Gate::gphase:
      case Gate::p:
        return phase(on, angles[0]);
      case Gate::rz:
        return controlled_rz(controls, target, angles[0]);
      case Gate::z:
        return phase(on, pi);
      case Gate::s:
        return phase(on, pi / 2);
      case Gate::sdg:
        return phase(on, -pi / 2);
      case Gate::t:
        return phase(on, pi / 4);
      case Gate::tdg:
        return phase(on, -pi / 4);
      case Gate::x:
        return controlled_x(controls, target, {});
      case Gate::rx:
        return in_x(target, [&] { controlled_rz(controls, target, angles[0]); });
      case Gate::ry:
        return in_y(target, [&] { controlled_rz(controls, target, angles[0]); });
      default:
        break;
    }
    if (known) {
      std::vector<double> numbers;
      for (const Angle& angle : angles) numbers.push_back(angle.number);
      const Matrix2 unitary = quantum::matrix2_of(use.gate, numbers);
      if (controls.empty()) return matrix(target, unitary);
      return controlled(controls, target, unitary);
    }
    // u3(θ, φ, λ) = rz(φ) ry(θ) rz(λ); u has a phase of (θ + φ + λ) / 2 more.
    const bool is_u2 = use.gate == Gate::u2;
    const Angle theta = is_u2 ? Angle(pi / 2) : angles[0];
    const Angle &phi = angles[is_u2 ? 0 : 1], &lambda = angles[is_u2 ? 1 : 2];
    const auto ry = [&](const Angle& angle) { in_y(target, [&] { turn(target, angle); }); };
    if (controls.empty()) {
      turn(target, lambda), ry(theta), turn(target, phi);
      return;
    }
    Angle sum = phi, difference = lambda, all_three = theta;
    sum.add(lambda);
    difference.add(phi.times(-1));
    all_three.add(sum);
    turn(target, difference.times(0.5));
    controlled_x(controls, target, {});
    turn(target, sum.times(-0.5)), ry(theta.times(-0.5));
    controlled_x(controls, target, {});
    ry(theta.times(0.5)), turn(target, phi);
    if (use.gate == Gate::u) phase(controls, all_three.times(0.5));
  }

  /// exp(-i angle/2 Z⊗Z) under controls.
  void controlled_zz(const Qubits& controls, Qubit a, Qubit b, const Angle& angle) {
    if (controls.empty()) return zz(a, b, angle);
    cx(a, b), controlled_rz(controls, b, angle), cx(a, b);
  }

  void exchange(Qubit a, Qubit b) {
    if (depth_ > 0) {
      put(Step::pair(a, b, 0, true));
      return;
    }
    for (Qubit& wire : wires_) wire = wire == a ? b : wire == b ? a : wire;
  }

  void on_two(const GateUse& use, const Qubits& controls, Qubit a, Qubit b, const std::vector<Angle>& angles) {
    const auto both_x = [&](const Angle& angle) {
      in_x(a, [&] { in_x(b, [&] { controlled_zz(controls, a, b, angle); }); });
    };
    const auto both_y = [&](const Angle& angle) {
      in_y(a, [&] { in_y(b, [&] { controlled_zz(controls, a, b, angle); }); });
    };
    switch (use.gate) {
      case Gate::swap: {
        if (controls.empty()) return exchange(a, b);
        Qubits more = controls;
        more.push_back(a);
        cx(b, a), controlled_x(more, b, {}), cx(b, a);
        return;
      }
      case Gate::iswap:
        if (!controls.empty()) {
          both_x(-pi / 2), both_y(-pi / 2);
          return;
        }
        // exp(iπ/4 (XX + YY)) lacks exp(iπ/4 ZZ) to be an exchange.
        zz(a, b, pi / 2), exchange(a, b);
        return;
      case Gate::ecr:
        // X on the first after exp(-iπ/4 Z⊗X).
        in_x(b, [&] { controlled_zz(controls, a, b, pi / 2); });
        controlled_x(controls, a, {});
        return;
      case Gate::rxx:
        return both_x(angles[0]);
      case Gate::ryy:
        return both_y(angles[0]);
      case Gate::rzz:
        return controlled_zz(controls, a, b, angles[0]);
      default:
        INVARIANT(false, "{} is no gate of two qubits", quantum::facts_of(use.gate).name);
    }
  }

  std::vector<Step> out_;
  std::vector<Step>* to_ = &out_;
  std::vector<Qubit> wires_;
  int depth_ = 0;  ///< of branches
};

}  // namespace

Decomposed decompose(const quantum::Circuit& circuit) { return Decomposer(circuit).take(); }

}  // namespace mingyue::qpu
