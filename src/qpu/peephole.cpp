#include "qpu/peephole.hpp"

#include <utility>

#include "qpu/run.hpp"

namespace mingyue::qpu {
namespace {

constexpr double pi = std::numbers::pi;

/// A step that ends the run of gates on one qubit before it.
struct Stop {
  Step step;
  std::vector<std::pair<Qubit, Run>> before;
  bool gone = false;
};

class Simplifier {
 public:
  Simplifier(int qubits, bool start_at_zero)
      : start_at_zero_(start_at_zero),
        pending_(static_cast<std::size_t>(qubits)),
        stops_of_(static_cast<std::size_t>(qubits)) {}

  void add(const Step& step) {
    switch (step.kind) {
      case Step::Kind::turn:
        return pending(step.a).add_turn(step.angle);
      case Step::Kind::matrix:
        return pending(step.a).add(step.matrix);
      case Step::Kind::pair:
        return add_pair(step);
      case Step::Kind::measure:
        (void)pending(step.a).take_diagonal();
        return stop(step, {step.a});
      case Step::Kind::reset:
        pending(step.a).clear();
        return stop(step, {step.a});
      case Step::Kind::classical: {
        Step copy = step;
        if (step.classical->kind == Branching::Kind::branch) {
          Branching branching = *step.classical;
          branching.then = simplify(branching.then, static_cast<int>(pending_.size()), false);
          branching.otherwise = simplify(branching.otherwise, static_cast<int>(pending_.size()), false);
          copy.classical = std::move(branching);
        }
        return stop(std::move(copy), step.classical->qubits);
      }
    }
  }

  std::vector<Step> take() {
    std::vector<Step> out;
    for (Stop& each : stops_) {
      if (each.gone) continue;
      for (const auto& [qubit, run] : each.before) put(out, qubit, run);
      out.push_back(std::move(each.step));
    }
    for (std::size_t qubit = 0; qubit < pending_.size(); ++qubit) {
      if (start_at_zero_ && stops_of_[qubit].empty()) pending_[qubit].drop_leading_diagonal();
      put(out, static_cast<Qubit>(qubit), pending_[qubit]);
    }
    return out;
  }

 private:
  Run& pending(Qubit qubit) { return pending_[static_cast<std::size_t>(qubit)]; }
  std::vector<std::size_t>& stops_of(Qubit qubit) { return stops_of_[static_cast<std::size_t>(qubit)]; }

  static void put(std::vector<Step>& out, Qubit qubit, const Run& run) {
    for (const Run::Part& part : run.parts()) {
      if (part.is_late) {
        out.push_back(Step::turn(qubit, Angle::of(part.angle)));
      } else {
        out.push_back(Step::of(qubit, part.matrix));
      }
    }
  }

  void stop(Step step, const std::vector<Qubit>& qubits) {
    Stop added{std::move(step), {}};
    for (const Qubit qubit : qubits) {
      if (start_at_zero_ && stops_of(qubit).empty()) pending(qubit).drop_leading_diagonal();
      added.before.emplace_back(qubit, std::exchange(pending(qubit), {}));
      stops_of(qubit).push_back(stops_.size());
    }
    stops_.push_back(std::move(added));
  }

  /// The pair step that was the last thing on both qubits, if it is one on these two.
  Stop* last_on(Qubit a, Qubit b) {
    if (stops_of(a).empty() || stops_of(b).empty() || stops_of(a).back() != stops_of(b).back()) return nullptr;
    Stop& last = stops_[stops_of(a).back()];
    return last.step.kind == Step::Kind::pair ? &last : nullptr;
  }

  void add_pair(const Step& step) {
    const Qubit a = step.a, b = step.b;
    Stop* const last = last_on(a, b);
    if (last != nullptr && last->step.exchange && is_nothing(last->step.angle)) {
      // Whatever follows an exchange could as well stand before it, on the other qubit; what is diagonal goes on.
      Run on_a = std::exchange(pending(a), {}), on_b = std::exchange(pending(b), {});
      pending(a) = on_a.take_diagonal();
      pending(b) = on_b.take_diagonal();
      before(*last, a).add(on_b);
      before(*last, b).add(on_a);
    }
    if (last == nullptr || !pending(a).is_diagonal() || !pending(b).is_diagonal()) return new_pair(step);
    last->step.angle.add(step.angle);
    if (step.exchange) {
      last->step.exchange = !last->step.exchange;
      std::swap(pending(a), pending(b));
    }
    settle(*last);
    if (!is_nothing(last->step.angle)) return;
    if (last->step.exchange) {
      // Now it is a mere exchange: what stands before it moves behind, where it may meet more.
      for (const auto& [from, to] : {std::pair(a, b), std::pair(b, a)}) {
        Run run = std::exchange(before(*last, from), {});
        run.add(pending(to));
        pending(to) = std::move(run);
      }
      return;
    }
    last->gone = true;
    for (const Qubit qubit : {a, b}) {
      Run run = std::move(before(*last, qubit));
      run.add(pending(qubit));
      pending(qubit) = std::move(run);
      stops_of(qubit).pop_back();
    }
  }

  void new_pair(const Step& step) {
    const Qubit a = step.a, b = step.b;
    Stop added{step, {}};
    settle(added);
    if (is_nothing(added.step.angle) && !added.step.exchange) return;
    for (const Qubit qubit : {a, b}) {
      Run run = std::exchange(pending(qubit), {});
      if (is_nothing(added.step.angle)) {
        pending(qubit) = std::move(run);
      } else {
        pending(qubit) = run.take_diagonal();
      }
      if (start_at_zero_ && stops_of(qubit).empty()) run.drop_leading_diagonal();
      added.before.emplace_back(qubit, std::move(run));
    }
    if (added.step.exchange) std::swap(pending(a), pending(b));
    for (const Qubit qubit : {a, b}) stops_of(qubit).push_back(stops_.size());
    stops_.push_back(std::move(added));
  }

  Run& before(Stop& stop, Qubit qubit) { return stop.before[stop.before[0].first == qubit ? 0 : 1].second; }

  static bool is_nothing(const Angle& angle) { return angle.is_known() && angle.number == 0; }

  /// A known angle into (-π/2, π/2]: half a turn more is a Z on both qubits.
  void settle(Stop& stop) {
    Angle& angle = stop.step.angle;
    if (!angle.is_known()) return;
    const double turns = std::round(angle.number / pi);
    angle.number -= turns * pi;
    for (const double whole : {0.0, pi / 2}) {
      if (std::abs(std::abs(angle.number) - whole) < angle_error) angle.number = std::copysign(whole, angle.number);
    }
    if (angle.number == 0) angle.number = 0;  // No minus sign.
    if (std::fmod(turns, 2) == 0) return;
    for (const Qubit qubit : {stop.step.a, stop.step.b}) pending(qubit).add(quantum::matrix2_of(quantum::Gate::z, {}));
  }

  bool start_at_zero_;
  std::vector<Run> pending_;
  std::vector<Stop> stops_;
  std::vector<std::vector<std::size_t>> stops_of_;
};

}  // namespace

std::vector<Step> simplify(const std::vector<Step>& steps, int qubits, bool start_at_zero) {
  Simplifier simplifier(qubits, start_at_zero);
  for (const Step& step : steps) simplifier.add(step);
  return simplifier.take();
}

}  // namespace mingyue::qpu
