#include "quantum/gate.hpp"

#include <cmath>
#include <numbers>

#include "base/invariant.hpp"

namespace mingyue::quantum {
namespace {

constexpr std::array<GateFacts, gate_count> facts = {{
    {"gphase", 0, 1, true}, {"id", 1, 0, true},    {"x", 1, 0, false},   {"y", 1, 0, false},   {"z", 1, 0, true},
    {"h", 1, 0, false},     {"s", 1, 0, true},     {"sdg", 1, 0, true},  {"t", 1, 0, true},    {"tdg", 1, 0, true},
    {"sx", 1, 0, false},    {"sxdg", 1, 0, false}, {"rx", 1, 1, false},  {"ry", 1, 1, false},  {"rz", 1, 1, true},
    {"p", 1, 1, true},      {"U", 1, 3, false},    {"u2", 1, 2, false},  {"u3", 1, 3, false},  {"swap", 2, 0, false},
    {"iswap", 2, 0, false}, {"ecr", 2, 0, false},  {"rxx", 2, 1, false}, {"ryy", 2, 1, false}, {"rzz", 2, 1, true},
}};

constexpr double half_root = std::numbers::sqrt2 / 2;
constexpr Complex i_unit(0, 1);

Matrix2 u_matrix(double theta, double phi, double lambda, double global) {
  const double c = std::cos(theta / 2), s = std::sin(theta / 2);
  const Complex g = phase_of(global);
  return {g * c, -g * phase_of(lambda) * s, g * phase_of(phi) * s, g * phase_of(phi + lambda) * c};
}

}  // namespace

const GateFacts& facts_of(Gate gate) { return facts.at(static_cast<std::size_t>(gate)); }

std::optional<Gate> gate_named(std::string_view name) {
  for (int i = 0; i < gate_count; ++i) {
    if (facts[static_cast<std::size_t>(i)].name == name) return static_cast<Gate>(i);
  }
  return std::nullopt;
}

Complex phase_of(double angle) {
  // Quarter turns exactly: they are most of what circuits are made of, and make Clifford gates recognisable.
  const double quarters = angle / (std::numbers::pi / 2);
  const double whole = std::round(quarters);
  if (std::abs(whole) < 1e6 && whole * (std::numbers::pi / 2) == angle) {
    switch (static_cast<int>(whole) & 3) {
      case 0:
        return {1, 0};
      case 1:
        return {0, 1};
      case 2:
        return {-1, 0};
      default:
        return {0, -1};
    }
  }
  return {std::cos(angle), std::sin(angle)};
}

Matrix2 matrix2_of(Gate gate, std::span<const double> angles) {
  const auto rotation = [&] { return std::pair(std::cos(angles[0] / 2), std::sin(angles[0] / 2)); };
  switch (gate) {
    case Gate::id:
      return {1, 0, 0, 1};
    case Gate::x:
      return {0, 1, 1, 0};
    case Gate::y:
      return {0, -i_unit, i_unit, 0};
    case Gate::z:
      return {1, 0, 0, -1};
    case Gate::h:
      return {half_root, half_root, half_root, -half_root};
    case Gate::s:
      return {1, 0, 0, i_unit};
    case Gate::sdg:
      return {1, 0, 0, -i_unit};
    case Gate::t:
      return {1, 0, 0, Complex(half_root, half_root)};
    case Gate::tdg:
      return {1, 0, 0, Complex(half_root, -half_root)};
    case Gate::sx:
      return {Complex(0.5, 0.5), Complex(0.5, -0.5), Complex(0.5, -0.5), Complex(0.5, 0.5)};
    case Gate::sxdg:
      return {Complex(0.5, -0.5), Complex(0.5, 0.5), Complex(0.5, 0.5), Complex(0.5, -0.5)};
    case Gate::rx: {
      const auto [c, s] = rotation();
      return {c, Complex(0, -s), Complex(0, -s), c};
    }
    case Gate::ry: {
      const auto [c, s] = rotation();
      return {c, -s, s, c};
    }
    case Gate::rz:
      return {phase_of(-angles[0] / 2), 0, 0, phase_of(angles[0] / 2)};
    case Gate::p:
      return {1, 0, 0, phase_of(angles[0])};
    case Gate::u:
      return u_matrix(angles[0], angles[1], angles[2], angles[0] / 2);
    case Gate::u2:
      return u_matrix(std::numbers::pi / 2, angles[0], angles[1], -(angles[0] + angles[1]) / 2);
    case Gate::u3:
      return u_matrix(angles[0], angles[1], angles[2], -(angles[1] + angles[2]) / 2);
    default:
      INVARIANT(false, "{} is no gate of one qubit", facts_of(gate).name);
  }
  return {};
}

Matrix4 matrix4_of(Gate gate, std::span<const double> angles) {
  Matrix4 m{};
  const auto rotation = [&] { return std::pair(std::cos(angles[0] / 2), std::sin(angles[0] / 2)); };
  switch (gate) {
    case Gate::swap:
      m[0] = m[6] = m[9] = m[15] = 1;
      return m;
    case Gate::iswap:
      m[0] = m[15] = 1;
      m[6] = m[9] = i_unit;
      return m;
    case Gate::ecr:
      // X on the first qubit, minus Y on the first and X on the second.
      m[1] = m[4] = m[11] = m[14] = half_root;
      m[3] = m[9] = i_unit * half_root;
      m[6] = m[12] = -i_unit * half_root;
      return m;
    case Gate::rxx: {
      const auto [c, s] = rotation();
      m[0] = m[5] = m[10] = m[15] = c;
      m[3] = m[6] = m[9] = m[12] = Complex(0, -s);
      return m;
    }
    case Gate::ryy: {
      const auto [c, s] = rotation();
      m[0] = m[5] = m[10] = m[15] = c;
      m[3] = m[12] = Complex(0, s);
      m[6] = m[9] = Complex(0, -s);
      return m;
    }
    case Gate::rzz:
      m[0] = m[15] = phase_of(-angles[0] / 2);
      m[5] = m[10] = phase_of(angles[0] / 2);
      return m;
    default:
      INVARIANT(false, "{} is no gate of two qubits", facts_of(gate).name);
  }
  return m;
}

EulerAngles euler_angles_of(const Matrix2& m) {
  EulerAngles angles;
  angles.theta = 2 * std::atan2(std::abs(m[2]), std::abs(m[0]));
  const double determinant = std::arg(m[0] * m[3] - m[1] * m[2]);
  angles.phase = determinant / 2;
  // m[0] = e^{i(phase - sum/2)} cos and m[2] = e^{i(phase + difference/2)} sin; where one vanishes, its angle is free.
  const double half_sum = std::abs(m[0]) > 1e-12 ? angles.phase - std::arg(m[0]) : 0;
  const double half_difference = std::abs(m[2]) > 1e-12 ? std::arg(m[2]) - angles.phase : 0;
  angles.phi = half_sum + half_difference;
  angles.lambda = half_sum - half_difference;
  return angles;
}

Matrix2 power_of(const Matrix2& m, double exponent) {
  // m = e^{ia} (cos b - i sin b n·σ), with b in [0, π]: the eigenvalues are e^{i(a-b)} and e^{i(a+b)}.
  const double a = std::arg(m[0] * m[3] - m[1] * m[2]) / 2;
  const Complex back = std::polar(1.0, -a);
  const Complex c = back * (m[0] + m[3]) / 2.0;
  const Complex nx = (back * (m[1] + m[2])) * i_unit / 2.0;
  const Complex ny = back * (m[2] - m[1]) / 2.0;
  const Complex nz = (back * (m[0] - m[3])) * i_unit / 2.0;
  const double x = nx.real(), y = ny.real(), z = nz.real();
  const double s = std::sqrt(x * x + y * y + z * z);
  const double b = std::atan2(s, c.real());
  const auto principal = [](double angle) {
    const double reduced = std::remainder(angle, 2 * std::numbers::pi);
    return reduced <= -std::numbers::pi + 1e-12 ? reduced + 2 * std::numbers::pi : reduced;
  };
  const double low = principal(a - b) * exponent, high = principal(a + b) * exponent;
  const Complex mean = std::polar(1.0, (low + high) / 2);
  const double half = (high - low) / 2;
  const double ux = s > 1e-15 ? x / s : 0, uy = s > 1e-15 ? y / s : 0, uz = s > 1e-15 ? z / s : 1;
  const Complex sine = -i_unit * std::sin(half);
  return {mean * (std::cos(half) + sine * uz), mean * sine * Complex(ux, -uy), mean * sine * Complex(ux, uy),
          mean * (std::cos(half) - sine * uz)};
}

Matrix2 product(const Matrix2& l, const Matrix2& r) {
  return {l[0] * r[0] + l[1] * r[2], l[0] * r[1] + l[1] * r[3], l[2] * r[0] + l[3] * r[2], l[2] * r[1] + l[3] * r[3]};
}

Gate inverse_name(Gate gate) {
  switch (gate) {
    case Gate::s:
      return Gate::sdg;
    case Gate::sdg:
      return Gate::s;
    case Gate::t:
      return Gate::tdg;
    case Gate::tdg:
      return Gate::t;
    case Gate::sx:
      return Gate::sxdg;
    case Gate::sxdg:
      return Gate::sx;
    default:
      return gate;
  }
}

}  // namespace mingyue::quantum
