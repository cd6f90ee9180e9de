#pragma once

#include "qpu/route.hpp"

namespace mingyue::qpu {

/// The pair steps of a circuit, those of branches among them, in order: what a layout has to do with.
[[nodiscard]] std::vector<Step> interactions(const std::vector<Step>& steps);

/// Where the wires should be at the start. Several starts are tried: wires placed one by one where their partners and
/// good pairs are, and random ones. Each is routed there and back a few times, which moves wires to where they are
/// needed first (SABRE); the start with the least loss wins. `measured` says for each wire how often it is read: those
/// are kept off qubits that are read badly.
///
/// `effort` is the number of starts; 0 takes the first as it is.
[[nodiscard]] Layout find_layout(const std::vector<Step>& pairs, const std::vector<int>& measured,
                                 const CouplingMap& map, int effort, Prng& prng);

}  // namespace mingyue::qpu
