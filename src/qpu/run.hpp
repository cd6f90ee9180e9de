#pragma once

#include <vector>

#include "qpu/steps.hpp"

namespace mingyue::qpu {

/// Gates on one qubit, one after the other, kept short: neighbours that are known are one matrix, turns that are bound
/// late stand between matrices that are not diagonal. Up to a global phase.
class Run {
 public:
  struct Part {
    bool is_late = false;
    Matrix2 matrix{};  ///< where it is not late
    Expression angle;  ///< of rz, where it is late
  };

  void add(const Matrix2& matrix);
  void add_turn(const Angle& angle);
  void add(const Run& later);

  [[nodiscard]] bool empty() const { return parts_.empty(); }
  [[nodiscard]] bool is_diagonal() const;
  [[nodiscard]] const std::vector<Part>& parts() const { return parts_; }
  void clear() { parts_.clear(); }

  /// Takes away what is diagonal at the end: all but that is R with this = (what is taken) · R.
  [[nodiscard]] Run take_diagonal();
  /// Forgets what is diagonal at the start.
  void drop_leading_diagonal();

 private:
  std::vector<Part> parts_;
};

[[nodiscard]] Matrix2 rz_matrix(double angle);
/// Diagonal, up to rounding.
[[nodiscard]] bool is_diagonal(const Matrix2& matrix);

/// rz(phi) ry(theta) rz(lambda), up to a phase. Where theta is nearly a multiple of a quarter turn it is one, and where
/// an angle is free (theta 0 or π), lambda is 0: so a Clifford gate has Clifford parts.
struct Turns3 {
  double theta, phi, lambda;
};
[[nodiscard]] Turns3 turns_of(const Matrix2& matrix);

}  // namespace mingyue::qpu
