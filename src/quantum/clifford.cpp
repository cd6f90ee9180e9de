#include "quantum/clifford.hpp"

#include <bit>
#include <cmath>

#include "base/invariant.hpp"
#include "quantum/fusion.hpp"

namespace mingyue::quantum {
namespace {

/// The Pauli string of bits x_a z_a x_b z_b as a matrix.
Matrix4 pauli_matrix(unsigned bits) {
  const auto one = [](unsigned xz) -> Matrix2 {
    const Complex i(0, 1);
    switch (xz) {
      case 0:
        return {1, 0, 0, 1};
      case 1:
        return {0, 1, 1, 0};
      case 2:
        return {1, 0, 0, -1};
      default:
        return {0, -i, i, 0};
    }
  };
  const Matrix2 low = one(bits & 3), high = one(bits >> 2);
  Matrix4 m{};
  for (std::size_t r = 0; r < 4; ++r) {
    for (std::size_t c = 0; c < 4; ++c) m[r * 4 + c] = low[(r & 1) * 2 + (c & 1)] * high[(r >> 1) * 2 + (c >> 1)];
  }
  return m;
}

Matrix4 times(const Matrix4& l, const Matrix4& r) {
  Matrix4 m{};
  for (std::size_t i = 0; i < 4; ++i) {
    for (std::size_t k = 0; k < 4; ++k) {
      for (std::size_t j = 0; j < 4; ++j) m[i * 4 + j] += l[i * 4 + k] * r[k * 4 + j];
    }
  }
  return m;
}

std::optional<CliffordGate> recognise(const GateUse& use) {
  // The gate as a matrix on two qubits, the first of them the lower bit; a second one that it does not touch is idle.
  GateUse local = use;
  for (std::size_t i = 0; i < local.qubits.size(); ++i) local.qubits[i] = static_cast<Qubit>(i);
  Fuser fuser(2);
  fuser.add(local);
  const std::vector<Op> ops = fuser.take();
  Matrix4 u{};
  u[0] = u[5] = u[10] = u[15] = 1;
  for (const Op& op : ops) {
    Matrix4 m = op.matrix;
    if (op.kind == Op::Kind::diagonal) {
      m = {};
      for (std::size_t i = 0; i < 4; ++i) m[i * 5] = op.matrix[i];
    }
    u = times(m, u);
  }
  Matrix4 inverse{};
  for (std::size_t r = 0; r < 4; ++r) {
    for (std::size_t c = 0; c < 4; ++c) inverse[r * 4 + c] = std::conj(u[c * 4 + r]);
  }
  CliffordGate gate;
  for (unsigned bits = 0; bits < 16; ++bits) {
    const Matrix4 image = times(times(u, pauli_matrix(bits)), inverse);
    bool found = false;
    for (unsigned other = 0; other < 16 && !found; ++other) {
      const Matrix4 candidate = pauli_matrix(other);
      Complex overlap = 0;
      for (std::size_t i = 0; i < 16; ++i) overlap += std::conj(candidate[i]) * image[i];
      if (std::abs(std::abs(overlap.real()) - 4) > 1e-11) continue;
      found = true;
      gate.image[bits] = static_cast<std::uint8_t>(other);
      if (overlap.real() < 0) gate.flips = static_cast<std::uint16_t>(gate.flips | 1U << bits);
    }
    if (!found) return std::nullopt;
  }
  return gate;
}

bool all_clifford(const std::vector<Instruction>& body, CliffordReader& reader) {
  for (const Instruction& instruction : body) {
    if (const auto* use = std::get_if<GateUse>(&instruction.what)) {
      if (!reader.read(*use)) return false;
    } else if (const auto* branch = std::get_if<Branch>(&instruction.what)) {
      if (!all_clifford(branch->then, reader) || !all_clifford(branch->otherwise, reader)) return false;
    }
  }
  return true;
}

}  // namespace

std::optional<CliffordGate> CliffordReader::read(const GateUse& use) {
  if (use.qubits.size() > 2) return std::nullopt;
  std::vector<double> angles;
  for (const Expression& angle : use.angles) {
    if (!angle.is_number()) return std::nullopt;
    angles.push_back(angle.number());
  }
  const Key key(use.gate, use.controls, use.negative, std::move(angles));
  auto found = seen_.find(key);
  if (found == seen_.end()) {
    // Circuits with ever new angles are not Clifford circuits for long; the bound is for those that are odd.
    if (seen_.size() > 10'000) seen_.clear();
    found = seen_.emplace(key, recognise(use)).first;
  }
  std::optional<CliffordGate> gate = found->second;
  if (gate && !use.qubits.empty()) {
    gate->a = use.qubits[0];
    gate->b = use.qubits.size() == 2 ? use.qubits[1] : -1;
  }
  return gate;
}

bool is_clifford(const Circuit& circuit) {
  CliffordReader reader;
  return all_clifford(circuit.body, reader);
}

Tableau::Tableau(int qubits)
    : qubits_(qubits), words_((static_cast<std::size_t>(qubits) * 2 + 63) / 64), sign_(words_) {
  x_.assign(static_cast<std::size_t>(qubits), Rows(words_));
  z_ = x_;
  for (int q = 0; q < qubits; ++q) {
    x_[static_cast<std::size_t>(q)][static_cast<std::size_t>(q) / 64] |= std::uint64_t{1} << (q % 64);
    const int row = q + qubits;
    z_[static_cast<std::size_t>(q)][static_cast<std::size_t>(row) / 64] |= std::uint64_t{1} << (row % 64);
  }
}

std::uint64_t Tableau::bytes_needed(int qubits, std::int64_t coins) {
  const std::uint64_t words = (static_cast<std::uint64_t>(qubits) * 2 + 63) / 64;
  return words * 8 * (2 * static_cast<std::uint64_t>(qubits) + 1 + static_cast<std::uint64_t>(coins));
}

void Tableau::apply(const CliffordGate& gate) {
  // Linear in the bits: each of x_a z_a x_b z_b goes where the string of this bit alone goes. The sign is a polynomial.
  std::uint16_t polynomial = gate.flips;
  for (unsigned variable = 0; variable < 4; ++variable) {
    for (unsigned term = 0; term < 16; ++term) {
      if ((term >> variable & 1) != 0 && (polynomial >> (term ^ 1U << variable) & 1) != 0)
        polynomial = static_cast<std::uint16_t>(polynomial ^ 1U << term);
    }
  }
  const bool two = gate.b >= 0;
  Rows* rows[4] = {&x_[static_cast<std::size_t>(gate.a)], &z_[static_cast<std::size_t>(gate.a)],
                   two ? &x_[static_cast<std::size_t>(gate.b)] : nullptr,
                   two ? &z_[static_cast<std::size_t>(gate.b)] : nullptr};
  const unsigned count = two ? 4 : 2;
  for (std::size_t w = 0; w < words_; ++w) {
    std::uint64_t in[4] = {}, out[4] = {};
    for (unsigned i = 0; i < count; ++i) in[i] = (*rows[i])[w];
    for (unsigned i = 0; i < count; ++i) {
      for (unsigned k = 0; k < count; ++k) {
        if ((gate.image[1U << i] >> k & 1) != 0) out[k] ^= in[i];
      }
    }
    for (unsigned term = 1; term < (1U << count); ++term) {
      if ((polynomial >> term & 1) == 0) continue;
      std::uint64_t all = ~std::uint64_t{0};
      for (unsigned i = 0; i < count; ++i) {
        if ((term >> i & 1) != 0) all &= in[i];
      }
      sign_[w] ^= all;
    }
    for (unsigned i = 0; i < count; ++i) (*rows[i])[w] = out[i];
  }
}

int Tableau::random_row(Qubit qubit) const {
  const Rows& x = x_[static_cast<std::size_t>(qubit)];
  for (int row = qubits_; row < 2 * qubits_; row = (row / 64 + 1) * 64) {
    const std::uint64_t word = x[static_cast<std::size_t>(row) / 64] >> (row % 64);
    if (word != 0) return row + std::countr_zero(word);
  }
  return -1;
}

bool Tableau::is_random(Qubit qubit) const { return random_row(qubit) >= 0; }

/// Multiplies `row` into every other row that anticommutes with Z of the qubit, makes it the partner of the new
/// stabiliser Z, which takes its place with sign +.
void Tableau::collapse(Qubit qubit, int row) {
  Rows mask = x_[static_cast<std::size_t>(qubit)];
  const auto word = static_cast<std::size_t>(row) / 64;
  const std::uint64_t bit = std::uint64_t{1} << (row % 64);
  mask[word] &= ~bit;
  // The exponent of i for each row, modulo 4, in two bits.
  Rows low(words_), high(words_);
  for (std::size_t q = 0; q < static_cast<std::size_t>(qubits_); ++q) {
    const bool px = (x_[q][word] & bit) != 0, pz = (z_[q][word] & bit) != 0;
    if (!px && !pz) continue;
    for (std::size_t w = 0; w < words_; ++w) {
      const std::uint64_t m = mask[w];
      if (m == 0) continue;
      const std::uint64_t x = x_[q][w], z = z_[q][w];
      const std::uint64_t plus = m & (px && pz ? z & ~x : px ? z & x : x & ~z);
      const std::uint64_t minus = m & (px && pz ? x & ~z : px ? z & ~x : x & z);
      high[w] ^= low[w] & plus;
      low[w] ^= plus;
      high[w] ^= ~low[w] & minus;
      low[w] ^= minus;
      if (px) x_[q][w] ^= m;
      if (pz) z_[q][w] ^= m;
    }
  }
  const auto add = [&](Rows& rows) {
    if ((rows[word] & bit) == 0) return;
    for (std::size_t w = 0; w < words_; ++w) rows[w] ^= mask[w];
  };
  for (std::size_t w = 0; w < words_; ++w) sign_[w] ^= mask[w] & high[w];
  add(sign_);
  for (Rows& coin : coins_) add(coin);
  const int partner = row - qubits_;
  const auto partner_word = static_cast<std::size_t>(partner) / 64;
  const std::uint64_t partner_bit = std::uint64_t{1} << (partner % 64);
  const auto move = [&](Rows& rows) {
    const bool value = (rows[word] & bit) != 0;
    rows[word] &= ~bit;
    rows[partner_word] = value ? rows[partner_word] | partner_bit : rows[partner_word] & ~partner_bit;
  };
  for (Rows& rows : x_) move(rows);
  for (Rows& rows : z_) move(rows);
  move(sign_);
  for (Rows& coin : coins_) move(coin);
  z_[static_cast<std::size_t>(qubit)][word] |= bit;
}

Parity Tableau::product_sign(const Rows& partners) const {
  Parity parity;
  parity.coins.resize((coins_.size() + 63) / 64);
  const auto n = static_cast<std::size_t>(qubits_);
  std::vector<std::uint8_t> x(n), z(n);
  int exponent = 0;  // of i
  for (int partner = 0; partner < qubits_; ++partner) {
    if (!get(partners, partner)) continue;
    const int row = partner + qubits_;
    const auto word = static_cast<std::size_t>(row) / 64;
    const int shift = row % 64;
    for (std::size_t q = 0; q < n; ++q) {
      const int x1 = static_cast<int>(x_[q][word] >> shift & 1), z1 = static_cast<int>(z_[q][word] >> shift & 1);
      if ((x1 | z1) == 0) continue;
      const int x2 = x[q], z2 = z[q];
      exponent += x1 == 1 && z1 == 1 ? z2 - x2 : x1 == 1 ? z2 * (2 * x2 - 1) : x2 * (1 - 2 * z2);
      x[q] = static_cast<std::uint8_t>(x2 ^ x1);
      z[q] = static_cast<std::uint8_t>(z2 ^ z1);
    }
    if (get(sign_, row)) exponent += 2;
    for (std::size_t k = 0; k < coins_.size(); ++k) {
      if (get(coins_[k], row)) parity.coins[k / 64] ^= std::uint64_t{1} << (k % 64);
    }
  }
  INVARIANT((exponent & 1) == 0, "stabilisers that do not commute");
  parity.constant = (exponent & 2) != 0;
  return parity;
}

Parity Tableau::measure(Qubit qubit) {
  const int row = random_row(qubit);
  if (row < 0) return product_sign(x_[static_cast<std::size_t>(qubit)]);
  collapse(qubit, row);
  coins_.emplace_back(words_);
  coins_.back()[static_cast<std::size_t>(row) / 64] |= std::uint64_t{1} << (row % 64);
  Parity parity;
  parity.coins.resize((coins_.size() + 63) / 64);
  parity.coins.back() |= std::uint64_t{1} << ((coins_.size() - 1) % 64);
  return parity;
}

bool Tableau::measure_as(Qubit qubit, bool outcome) {
  const int row = random_row(qubit);
  if (row < 0) return product_sign(x_[static_cast<std::size_t>(qubit)]).constant;
  collapse(qubit, row);
  if (outcome) sign_[static_cast<std::size_t>(row) / 64] |= std::uint64_t{1} << (row % 64);
  return outcome;
}

void Tableau::flip_if(Qubit qubit, const Parity& parity) {
  const Rows& z = z_[static_cast<std::size_t>(qubit)];
  for (std::size_t w = 0; w < words_; ++w) {
    if (parity.constant) sign_[w] ^= z[w];
    for (std::size_t k = 0; k < coins_.size(); ++k) {
      if (k / 64 < parity.coins.size() && (parity.coins[k / 64] >> (k % 64) & 1) != 0) coins_[k][w] ^= z[w];
    }
  }
}

int Tableau::pauli(std::span<const char> letters) const {
  Rows anticommutes(words_);
  for (std::size_t q = 0; q < letters.size(); ++q) {
    const bool has_x = letters[q] == 'X' || letters[q] == 'Y', has_z = letters[q] == 'Z' || letters[q] == 'Y';
    for (std::size_t w = 0; w < words_; ++w) anticommutes[w] ^= (has_z ? x_[q][w] : 0) ^ (has_x ? z_[q][w] : 0);
  }
  for (int row = qubits_; row < 2 * qubits_; ++row) {
    if (get(anticommutes, row)) return 0;
  }
  // It is, up to its sign, the product of the stabilisers whose partners it does not commute with.
  return product_sign(anticommutes).constant ? -1 : 1;
}

}  // namespace mingyue::quantum
