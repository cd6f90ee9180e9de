#include "qpu/native.hpp"

#include <set>
#include <utility>

#include "base/invariant.hpp"
#include "qpu/run.hpp"

namespace mingyue::qpu {
namespace {

using quantum::Gate;
using quantum::GateUse;
using quantum::Instruction;

constexpr double pi = std::numbers::pi;

Matrix2 matrix_of(Gate gate) { return quantum::matrix2_of(gate, {}); }

class Expander {
 public:
  explicit Expander(Entangler entangler)
      : any_angle_(entangler == Entangler::rxx || entangler == Entangler::rzz), entangler_(entangler) {}

  void add(const Step& step) {
    if (step.kind == Step::Kind::classical && step.classical->kind == Branching::Kind::branch) {
      Step copy = step;
      Branching branching = *step.classical;
      branching.then = expand(branching.then, entangler_);
      branching.otherwise = expand(branching.otherwise, entangler_);
      copy.classical = std::move(branching);
      out.push_back(std::move(copy));
    } else if (step.kind != Step::Kind::pair) {
      out.push_back(step);
    } else if (step.exchange) {
      exchange(step.a, step.b, step.angle);
    } else if (any_angle_ || is_quarter(step.angle)) {
      out.push_back(step);
    } else {
      cx(step.a, step.b);
      out.push_back(Step::turn(step.b, step.angle));
      cx(step.a, step.b);
    }
  }

  std::vector<Step> out;

 private:
  static bool is_quarter(const Angle& angle) { return angle.is_known() && is_multiple(angle.number - pi / 2, pi); }

  void both(Qubit a, Qubit b, Gate gate) {
    for (const Qubit qubit : {a, b}) out.push_back(Step::of(qubit, matrix_of(gate)));
  }
  void xx(Qubit a, Qubit b, double angle) {
    both(a, b, Gate::h);
    out.push_back(Step::pair(a, b, angle));
    both(a, b, Gate::h);
  }
  void yy(Qubit a, Qubit b, double angle) {
    both(a, b, Gate::sdg);
    xx(a, b, angle);
    both(a, b, Gate::s);
  }
  void cx(Qubit control, Qubit target) {
    out.push_back(Step::of(target, matrix_of(Gate::h)));
    out.push_back(Step::turn(control, pi / 2));
    out.push_back(Step::turn(target, pi / 2));
    out.push_back(Step::pair(control, target, -pi / 2));
    out.push_back(Step::of(target, matrix_of(Gate::h)));
  }

  /// The exchange is exp(iπ/4 (XX + YY + ZZ)).
  void exchange(Qubit a, Qubit b, const Angle& angle) {
    if (any_angle_ || is_quarter(angle)) {
      Angle rest = angle;
      rest.add(-pi / 2);
      xx(a, b, -pi / 2);
      yy(a, b, -pi / 2);
      out.push_back(Step::pair(a, b, rest));  // Nothing, or Z on both, where the angle is a quarter turn.
      return;
    }
    // Three cx, and the angle between the first and the second: where they stand after the two of exp(-i angle/2 ZZ),
    // neighbours undo each other.
    cx(a, b);
    out.push_back(Step::turn(b, angle));
    cx(b, a);
    cx(a, b);
  }

  bool any_angle_;
  Entangler entangler_;
};

class Writer {
 public:
  Writer(const Device& device, const std::set<Pair>& directions)
      : device_(device), directions_(directions), runs_(static_cast<std::size_t>(device.qubits)) {}

  std::vector<Instruction> write(const std::vector<Step>& steps) {
    for (const Step& step : steps) add(step);
    for (Qubit qubit = 0; qubit < device_.qubits; ++qubit) flush(qubit);
    return std::move(out_);
  }

 private:
  Run& run(Qubit qubit) { return runs_[static_cast<std::size_t>(qubit)]; }
  void put(Gate gate, std::vector<Qubit> qubits, std::vector<Expression> angles = {}) {
    out_.push_back({GateUse{gate, 0, 0, std::move(qubits), std::move(angles)}});
  }

  void add(const Step& step) {
    switch (step.kind) {
      case Step::Kind::turn:
        return run(step.a).add_turn(step.angle);
      case Step::Kind::matrix:
        return run(step.a).add(step.matrix);
      case Step::Kind::pair:
        return add_pair(step.a, step.b, step.angle);
      case Step::Kind::measure:
        flush(step.a);
        out_.push_back({quantum::Measurement{step.a, step.bit}});
        return;
      case Step::Kind::reset:
        flush(step.a);
        out_.push_back({quantum::Reset{step.a}});
        return;
      case Step::Kind::classical:
        for (const Qubit qubit : step.classical->qubits) flush(qubit);
        return add_classical(*step.classical);
    }
  }

  void add_classical(const Branching& branching) {
    switch (branching.kind) {
      case Branching::Kind::barrier:
        out_.push_back({quantum::Barrier{branching.qubits}});
        return;
      case Branching::Kind::assignment:
        out_.push_back({branching.assignment});
        return;
      case Branching::Kind::branch:
        out_.push_back({quantum::Branch{branching.condition, Writer(device_, directions_).write(branching.then),
                                        Writer(device_, directions_).write(branching.otherwise)}});
        return;
    }
  }

  void add_pair(Qubit a, Qubit b, const Angle& angle) {
    const auto local = [&](Qubit qubit, Gate gate) { run(qubit).add(matrix_of(gate)); };
    const auto flush_both = [&] { flush(a), flush(b); };
    // A quarter turn back is one forth and Z on both.
    const bool is_back = angle.is_known() && angle.number < 0;
    switch (device_.entangler) {
      case Entangler::cz:
        flush_both();
        out_.push_back({GateUse{Gate::z, 1, 0, {a, b}, {}}});
        for (const Qubit qubit : {a, b}) run(qubit).add_turn(is_back ? -pi / 2 : pi / 2);
        return;
      case Entangler::ecr:
        if (!directions_.contains({a, b})) std::swap(a, b);
        local(b, Gate::h);
        flush_both();
        put(Gate::ecr, {a, b});
        local(a, Gate::x), local(b, Gate::h);
        if (is_back) local(a, Gate::z), local(b, Gate::z);
        return;
      case Entangler::rxx:
        local(a, Gate::h), local(b, Gate::h);
        flush_both();
        put(Gate::rxx, {a, b}, {angle.expression()});
        local(a, Gate::h), local(b, Gate::h);
        return;
      case Entangler::rzz:
        flush_both();
        put(Gate::rzz, {a, b}, {angle.expression()});
        return;
    }
  }

  /// Writes rz where it is one; known angles that are nearly an eighth of a turn are one.
  void put_rz(Qubit qubit, Angle angle) {
    angle.number = std::remainder(angle.number, 2 * pi);
    const double eighths = std::round(angle.number / (pi / 4));
    if (std::abs(angle.number - eighths * (pi / 4)) < angle_error) angle.number = eighths * (pi / 4);
    if (angle.is_known() && angle.number == 0) return;
    put(Gate::rz, {qubit}, {angle.expression()});
  }

  /// Each known matrix is rz(φ) ry(θ) rz(λ); ry is made of what the device has, and all rz between are one.
  void flush(Qubit qubit) {
    const Run done = std::exchange(run(qubit), {});
    const auto& parts = done.parts();
    Angle frame;
    for (std::size_t i = 0; i < parts.size(); ++i) {
      if (parts[i].is_late) {
        frame.add(Angle::of(parts[i].angle));
        continue;
      }
      const Turns3 turns = turns_of(parts[i].matrix);
      const bool quarter = std::abs(turns.theta - pi / 2) < angle_error;
      frame.number += turns.lambda;
      if (is_diagonal(parts[i].matrix)) {
        frame.number += turns.phi;
      } else if (device_.turns == Turns::sx) {
        frame = sx_turn(qubit, frame, turns.theta, quarter);
        frame.number += turns.phi;
      } else if (i + 2 < parts.size() && quarter && parts[i + 1].is_late && !parts[i + 2].is_late) {
        const Turns3 second = turns_of(parts[i + 2].matrix);
        if (std::abs(second.theta - pi / 2) < angle_error) {
          // ry(π/2) rz(β) ry(π/2) = rx(β + π) rz(π): one turn by a late angle and not two quarter turns.
          frame.number += pi;
          put_rz(qubit, frame);
          Angle late = Angle::of(parts[i + 1].angle);
          late.number = std::remainder(turns.phi + second.lambda + pi, 2 * pi);
          put(Gate::rx, {qubit}, {late.expression()});
          frame = Angle(second.phi);
          i += 2;
        } else {
          frame = ry_turn(qubit, frame, turns);
        }
      } else {
        frame = ry_turn(qubit, frame, turns);
      }
    }
    put_rz(qubit, frame);
  }

  Angle ry_turn(Qubit qubit, const Angle& frame, const Turns3& turns) {
    put_rz(qubit, frame);
    put(Gate::ry, {qubit}, {turns.theta});
    return {turns.phi};
  }

  /// ry(θ) of sx and x, in a frame; what the frame is afterwards.
  Angle sx_turn(Qubit qubit, Angle frame, double theta, bool quarter) {
    if (quarter) {
      frame.number -= pi / 2;
      put_rz(qubit, frame);
      put(Gate::sx, {qubit});
      return {pi / 2};
    }
    if (std::abs(theta - pi) < angle_error) {
      frame.number += pi;
      put_rz(qubit, frame);
      put(Gate::x, {qubit});
      return {0.0};
    }
    put_rz(qubit, frame);
    put(Gate::sx, {qubit});
    put_rz(qubit, theta + pi);
    put(Gate::sx, {qubit});
    return {pi};
  }

  const Device& device_;
  const std::set<Pair>& directions_;
  std::vector<Run> runs_;
  std::vector<Instruction> out_;
};

}  // namespace

std::vector<Step> expand(const std::vector<Step>& steps, Entangler entangler) {
  Expander expander(entangler);
  for (const Step& step : steps) expander.add(step);
  return std::move(expander.out);
}

std::vector<Instruction> to_native(const std::vector<Step>& steps, const Device& device,
                                   const std::vector<Pair>& pairs) {
  return Writer(device, std::set<Pair>(pairs.begin(), pairs.end())).write(steps);
}

}  // namespace mingyue::qpu
