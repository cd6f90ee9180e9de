#pragma once

#include "quantum/simulate.hpp"

/// What the two ways to simulate noise share. Only they include this.
namespace mingyue::quantum {

[[nodiscard]] const Noise::OfQubit& noise_of(const Noise& noise, Qubit qubit);
struct NoiseOfGate {
  double seconds = 0;
  double error = 0;
};
/// Of a gate on at least one qubit.
[[nodiscard]] NoiseOfGate noise_of(const Noise& noise, const GateUse& use);

/// Pauli frames (C. Gidney, "Stim: a fast stabilizer circuit simulator", 2021): the circuit runs once without noise,
/// with a coin for each open outcome; each shot throws the coins and carries its errors along as a Pauli string, which
/// flips the outcomes that it does not commute with.
[[nodiscard]] Expected<Counts> sample_noisy_clifford(const Circuit& circuit, const Noise& noise, std::int64_t shots,
                                                     std::uint64_t seed, const SimulateOptions& options);

}  // namespace mingyue::quantum
