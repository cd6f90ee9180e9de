#include "qpu/run.hpp"

namespace mingyue::qpu {
namespace {

constexpr double matrix_error = 1e-12;

}  // namespace

Matrix2 rz_matrix(double angle) { return {quantum::phase_of(-angle / 2), 0, 0, quantum::phase_of(angle / 2)}; }

bool is_diagonal(const Matrix2& matrix) {
  return std::abs(matrix[1]) < matrix_error && std::abs(matrix[2]) < matrix_error;
}

Turns3 turns_of(const Matrix2& matrix) {
  const quantum::EulerAngles euler = quantum::euler_angles_of(matrix);
  Turns3 turns{euler.theta, euler.phi, euler.lambda};
  const double quarters = std::round(turns.theta / (std::numbers::pi / 2));
  if (std::abs(turns.theta - quarters * (std::numbers::pi / 2)) < angle_error)
    turns.theta = quarters * (std::numbers::pi / 2);
  if (quarters != 1 && turns.theta == quarters * (std::numbers::pi / 2)) {
    // From the element that is not nearly 0; the other's angle means nothing.
    turns.phi = quarters == 0 ? std::arg(matrix[3] / matrix[0]) : std::arg(-matrix[2] / matrix[1]);
    turns.lambda = 0;
  }
  return turns;
}

void Run::add(const Matrix2& matrix) {
  if (parts_.empty() || parts_.back().is_late) {
    parts_.push_back({false, matrix, {}});
  } else {
    parts_.back().matrix = quantum::product(matrix, parts_.back().matrix);
  }
  const Matrix2& sum = parts_.back().matrix;
  if (qpu::is_diagonal(sum) && std::abs(sum[0] - sum[3]) < matrix_error) parts_.pop_back();
}

void Run::add_turn(const Angle& angle) {
  if (!angle.is_known()) {
    // Before a diagonal matrix is as good as after it, and there may be another to join.
    const bool behind = !parts_.empty() && !parts_.back().is_late && qpu::is_diagonal(parts_.back().matrix);
    const std::size_t at = parts_.size() - (behind ? 1 : 0);
    if (at > 0 && parts_[at - 1].is_late) {
      parts_[at - 1].angle = parts_[at - 1].angle + angle.late;
    } else {
      parts_.insert(parts_.begin() + static_cast<std::ptrdiff_t>(at), Part{true, {}, angle.late});
    }
  }
  if (angle.number != 0) add(rz_matrix(angle.number));
}

void Run::add(const Run& later) {
  for (const Part& part : later.parts_) {
    if (part.is_late) {
      Angle angle;
      angle.late = part.angle;
      add_turn(angle);
    } else {
      add(part.matrix);
    }
  }
}

bool Run::is_diagonal() const {
  for (const Part& part : parts_) {
    if (!part.is_late && !qpu::is_diagonal(part.matrix)) return false;
  }
  return true;
}

Run Run::take_diagonal() {
  Run taken;
  while (!parts_.empty()) {
    Part& last = parts_.back();
    if (last.is_late) {
      Angle angle;
      angle.late = last.angle;
      taken.add_turn(angle);
      parts_.pop_back();
    } else if (qpu::is_diagonal(last.matrix)) {
      taken.add(last.matrix);
      parts_.pop_back();
    } else {
      const Turns3 turns = turns_of(last.matrix);
      if (!is_multiple(turns.phi, 2 * std::numbers::pi)) taken.add(rz_matrix(turns.phi));
      const double rest[] = {turns.theta, 0, turns.lambda};
      last.matrix = quantum::matrix2_of(quantum::Gate::u3, rest);
      break;
    }
  }
  return taken;
}

void Run::drop_leading_diagonal() {
  while (!parts_.empty()) {
    Part& first = parts_.front();
    if (first.is_late || qpu::is_diagonal(first.matrix)) {
      parts_.erase(parts_.begin());
      continue;
    }
    const Turns3 turns = turns_of(first.matrix);
    const double rest[] = {turns.theta, turns.phi, 0};
    first.matrix = quantum::matrix2_of(quantum::Gate::u3, rest);
    break;
  }
}

}  // namespace mingyue::qpu
