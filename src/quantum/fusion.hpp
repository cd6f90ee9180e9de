#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "quantum/circuit.hpp"

namespace mingyue::quantum {

/// What a simulator does in one step to the amplitudes.
struct Op {
  enum class Kind : std::uint8_t {
    dense,       ///< matrix (4 × 4) on qubits a < b
    diagonal,    ///< the first four of matrix on qubits a < b
    controlled,  ///< matrix on a (2 × 2), or on a < b (4 × 4), where the controls are as wanted
    phase,       ///< matrix[0] where the controls are as wanted
  };
  Kind kind = Kind::dense;
  Qubit a = -1;
  Qubit b = -1;
  std::uint64_t controls = 0;  ///< one bit for each qubit
  std::uint64_t wanted = 0;
  Matrix4 matrix{};

  /// Qubits on which it is more than a diagonal matrix; and those on which it is one.
  [[nodiscard]] std::uint64_t mixes() const;
  [[nodiscard]] std::uint64_t marks() const;
};

/// Makes few large steps of many small gates: neighbours on the same two qubits become one 4 × 4 matrix, gates on one
/// qubit vanish in what comes before or after. The matrices need not be unitary.
///
///   Fuser fuser(24);
///   for (const GateUse& use : gates) fuser.add(use, values);
///   const std::vector<Op> ops = fuser.take();
///
/// At least two qubits, at most 63.
class Fuser {
 public:
  explicit Fuser(int qubits);
  /// `values` are those of the parameters; none are needed when all angles are numbers.
  void add(const GateUse& use, std::span<const double> values = {});
  void add_matrix(Qubit qubit, const Matrix2& matrix);
  /// All there is since the last time, in order.
  [[nodiscard]] std::vector<Op> take();

 private:
  void add_pair(Qubit a, Qubit b, const Matrix4& matrix);
  void add_large(const GateUse& use, std::span<const double> angles);
  void flush(Qubit qubit);

  struct PerQubit {
    int last = -1;  ///< the last op on it
    bool pending = false;
    Matrix2 matrix{};  ///< waits for an op to become part of
  };
  std::vector<PerQubit> per_qubit_;
  std::vector<Op> ops_;
  Complex phase_ = 1;
};

/// Steps that are done together in one pass over the state: all that they mix is among the `local` qubits.
struct Sweep {
  std::vector<Qubit> local;  ///< ascending
  std::vector<Op> ops;
};

/// Divides the steps into passes. Of the `local_bits` qubits that a pass works on, the lowest `low_bits` are always
/// there, so that memory is read in runs. What may change places does.
[[nodiscard]] std::vector<Sweep> plan_sweeps(std::vector<Op> ops, int qubits, int local_bits, int low_bits);

}  // namespace mingyue::quantum
