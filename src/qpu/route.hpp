#pragma once

#include <cstdint>
#include <utility>
#include <vector>

#include "base/prng.hpp"
#include "qpu/coupling_map.hpp"
#include "qpu/steps.hpp"

namespace mingyue::qpu {

/// Where the wires of a circuit are. There are as many wires as places: those beyond the circuit's are empty.
struct Layout {
  std::vector<Qubit> place_of;  ///< by wire
  std::vector<Qubit> wire_at;   ///< by place
  void exchange(Qubit place_a, Qubit place_b) {
    auto &a = wire_at[static_cast<std::size_t>(place_a)], &b = wire_at[static_cast<std::size_t>(place_b)];
    std::swap(a, b);
    place_of[static_cast<std::size_t>(a)] = place_a;
    place_of[static_cast<std::size_t>(b)] = place_b;
  }
  [[nodiscard]] Qubit place(Qubit wire) const { return place_of[static_cast<std::size_t>(wire)]; }
  friend bool operator==(const Layout&, const Layout&) = default;
};

/// What must come before what: a step waits for the last step before it on each of its qubits and bits.
struct Dependencies {
  struct Node {
    Qubit a = -1, b = -1;  ///< of a pair step, which must be on neighbours; others have b = -1
    int waits_for = 0;
  };
  std::vector<Node> nodes;
  std::vector<int> first;  ///< of node i: successors[first[i]] to successors[first[i + 1] - 1]
  std::vector<int> successors;

  explicit Dependencies(const std::vector<Step>& steps);
  /// From the end to the start; bits are of no account.
  [[nodiscard]] Dependencies reversed() const;

 private:
  Dependencies() = default;
  void connect(const std::vector<std::pair<int, int>>& edges);
};

/// How a route came out.
struct Route {
  std::int64_t swaps = 0;
  std::int64_t loss = 0;  ///< of all its pair steps and swaps, in millionths of a nat (CouplingMap)
};

/// Brings pair steps onto neighbours by exchanges (SABRE: G. Li, Y. Ding, Y. Xie, "Tackling the qubit mapping problem
/// for NISQ-era quantum devices", ASPLOS 2019). Steps are done as soon as what they wait for is done and their qubits
/// are neighbours. When none can be done, of all exchanges that move a waiting qubit the one is made after which the
/// waiting steps, and at half the weight the twenty after them, are nearest; qubits that were just moved count a little
/// more, so that neighbours take turns. Of equal ones the `prng` chooses.
///
/// `layout` is where the wires are, before and after. Cost: each exchange O(candidates), some dozens of operations
/// each. Without `steps` nothing is written, which is how layouts are tried; else `out` gets them, on places.
Route route(const Dependencies& dependencies, const CouplingMap& map, Layout& layout, Prng& prng,
            const std::vector<Step>* steps = nullptr, std::vector<Step>* out = nullptr);

}  // namespace mingyue::qpu
