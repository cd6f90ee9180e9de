#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "quantum/circuit.hpp"

namespace mingyue::quantum {

/// A gate of one or two qubits that maps every Pauli string to a Pauli string.
struct CliffordGate {
  Qubit a = 0;
  Qubit b = -1;  ///< -1: of one qubit
  /// For the Pauli string with bits x_a, z_a, x_b, z_b (x_a the lowest) the string it becomes, and whether its sign
  /// flips.
  std::array<std::uint8_t, 16> image{};
  std::uint16_t flips = 0;
};

/// Recognises Clifford gates by their matrices, whatever they are called; a gate of three qubits or more is none. Keeps
/// what it has seen, so that it costs little the second time.
class CliffordReader {
 public:
  [[nodiscard]] std::optional<CliffordGate> read(const GateUse& use);

 private:
  using Key = std::tuple<Gate, int, std::uint64_t, std::vector<double>>;
  std::map<Key, std::optional<CliffordGate>> seen_;
};

/// True when every gate is a Clifford gate, with all angles known.
[[nodiscard]] bool is_clifford(const Circuit& circuit);

/// An outcome as the parity of coins: bits of `coins`, and `constant` on top.
struct Parity {
  bool constant = false;
  std::vector<std::uint64_t> coins;
  [[nodiscard]] bool is_constant() const {
    for (const std::uint64_t word : coins) {
      if (word != 0) return false;
    }
    return true;
  }
};

/// A stabiliser state of many qubits (Aaronson and Gottesman, "Improved simulation of stabilizer circuits", 2004), kept
/// by qubit and not by row, so that a gate is a few operations on whole words of rows.
///
/// Random outcomes are coins that need not be thrown: signs are parities of coins, so that one run of a circuit answers
/// for all its shots. Cost: gate O(n/32) words; measurement O(n²/32) words when it is random, O(n²) bits when it is
/// not. Memory: n²/2 bytes, and n/4 for each coin.
class Tableau {
 public:
  /// All qubits 0.
  explicit Tableau(int qubits);
  [[nodiscard]] static std::uint64_t bytes_needed(int qubits, std::int64_t coins);

  void apply(const CliffordGate& gate);
  /// Is the outcome open?
  [[nodiscard]] bool is_random(Qubit qubit) const;
  /// A new coin where the outcome is open.
  [[nodiscard]] Parity measure(Qubit qubit);
  /// Measures with this outcome where it is open; the outcome.
  bool measure_as(Qubit qubit, bool outcome);
  /// X where the parity is odd.
  void flip_if(Qubit qubit, const Parity& parity);
  /// The expectation of a Pauli string (letters I X Y Z, the first of qubit 0), without coins: -1, 0 or 1.
  [[nodiscard]] int pauli(std::span<const char> letters) const;
  [[nodiscard]] int coins() const { return static_cast<int>(coins_.size()); }

 private:
  using Rows = std::vector<std::uint64_t>;
  [[nodiscard]] bool get(const Rows& rows, int row) const {
    return (rows[static_cast<std::size_t>(row) / 64] >> (row % 64) & 1) != 0;
  }
  /// The sign of the product of the stabilisers whose partners are in `partners`.
  [[nodiscard]] Parity product_sign(const Rows& partners) const;
  void collapse(Qubit qubit, int row);
  [[nodiscard]] int random_row(Qubit qubit) const;

  int qubits_;
  std::size_t words_;
  std::vector<Rows> x_,
      z_;  ///< for each qubit; rows 0 to n-1 are the partners (destabilisers), n to 2n-1 the stabilisers
  Rows sign_;
  std::vector<Rows> coins_;
};

}  // namespace mingyue::quantum
