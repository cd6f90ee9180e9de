#pragma once

#include <array>
#include <complex>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

namespace mingyue::quantum {

/// The gates that a circuit is made of; everything else is read as these. Each may have any number of controls
/// (GateUse), so that there is no `cx` here: it is `x` with one control.
///
/// Their matrices are those of OpenQASM 3's stdgates.inc, global phase included, because a control makes it visible:
/// u(θ,φ,λ) = e^{iθ/2} [[cos θ/2, -e^{iλ} sin θ/2], [e^{iφ} sin θ/2, e^{i(φ+λ)} cos θ/2]], u3 is the same with
/// determinant 1, rx ry rz p and the others as everywhere. Of two qubits, the first is the lower bit of the index.
enum class Gate : std::uint8_t {
  gphase,  ///< no qubit; one angle: the global phase e^{iγ}
  id,
  x,
  y,
  z,
  h,
  s,
  sdg,
  t,
  tdg,
  sx,
  sxdg,
  rx,
  ry,
  rz,
  p,  ///< diag(1, e^{iλ}), also called u1 and phase
  u,
  u2,  ///< u3(π/2, φ, λ)
  u3,
  swap,
  iswap,
  ecr,  ///< (1/√2) (IX - XY): echoed cross-resonance
  rxx,
  ryy,
  rzz,
};
inline constexpr int gate_count = static_cast<int>(Gate::rzz) + 1;

struct GateFacts {
  std::string_view name;  ///< as in OpenQASM 3
  int qubits;
  int angles;
  bool diagonal;
};
[[nodiscard]] const GateFacts& facts_of(Gate gate);
[[nodiscard]] std::optional<Gate> gate_named(std::string_view name);

using Complex = std::complex<double>;
/// Row by row: element (r, c) at r·2^k + c.
using Matrix2 = std::array<Complex, 4>;
using Matrix4 = std::array<Complex, 16>;

/// e^{iγ} of gphase.
[[nodiscard]] Complex phase_of(double angle);
/// The matrix of a gate of one qubit, of two.
[[nodiscard]] Matrix2 matrix2_of(Gate gate, std::span<const double> angles);
[[nodiscard]] Matrix4 matrix4_of(Gate gate, std::span<const double> angles);

/// Any unitary of one qubit as e^{i·phase} · u3(theta, phi, lambda).
struct EulerAngles {
  double phase = 0;
  double theta = 0;
  double phi = 0;
  double lambda = 0;
};
[[nodiscard]] EulerAngles euler_angles_of(const Matrix2& unitary);
/// The principal power: eigenvalues e^{ia} with a in (-π, π] become e^{iea}.
[[nodiscard]] Matrix2 power_of(const Matrix2& unitary, double exponent);
[[nodiscard]] Matrix2 product(const Matrix2& left, const Matrix2& right);

/// The gate that undoes this one, where it is a gate of the same angles with their signs changed or of none:
/// rx(θ) by rx(-θ), s by sdg. `u`-like gates and iswap have other rules (see invert in circuit.hpp).
[[nodiscard]] Gate inverse_name(Gate gate);

}  // namespace mingyue::quantum
