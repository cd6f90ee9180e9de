#include "qpu/layout.hpp"

#include <algorithm>
#include <numeric>
#include <optional>

namespace mingyue::qpu {
namespace {

constexpr int returns = 2;  ///< there and back, before a start is judged

Layout layout_of(std::vector<Qubit> place_of) {
  Layout layout;
  layout.wire_at.resize(place_of.size());
  for (std::size_t wire = 0; wire < place_of.size(); ++wire)
    layout.wire_at[static_cast<std::size_t>(place_of[wire])] = static_cast<Qubit>(wire);
  layout.place_of = std::move(place_of);
  return layout;
}

/// Wires that have most to do with those already placed come next, to where that costs least.
class Placer {
 public:
  Placer(const std::vector<Step>& pairs, const std::vector<int>& measured, const CouplingMap& map)
      : map_(map),
        measured_(measured),
        wires_(measured.size()),
        partners_(wires_),
        place_of_(static_cast<std::size_t>(map.qubits()), -1),
        is_taken_(static_cast<std::size_t>(map.qubits())) {
    // The first meetings of a circuit count most: later ones find the wires elsewhere.
    for (std::size_t i = 0; i < pairs.size(); ++i) {
      const std::int64_t weight = 1 + static_cast<std::int64_t>(16 * (pairs.size() - i) / pairs.size());
      meet(pairs[i].a, pairs[i].b, weight);
      meet(pairs[i].b, pairs[i].a, weight);
    }
  }

  Layout place() {
    std::vector<std::int64_t> pull(wires_), degree(wires_);
    for (std::size_t wire = 0; wire < wires_; ++wire) {
      for (const auto& [partner, weight] : partners_[wire]) degree[wire] += weight;
    }
    std::vector<bool> done(wires_);
    for (std::size_t k = 0; k < wires_; ++k) {
      std::size_t next = wires_;
      for (std::size_t wire = 0; wire < wires_; ++wire) {
        if (done[wire]) continue;
        if (next == wires_ || std::pair(pull[wire], degree[wire]) > std::pair(pull[next], degree[next])) next = wire;
      }
      done[next] = true;
      put(next);
      for (const auto& [partner, weight] : partners_[next]) pull[static_cast<std::size_t>(partner)] += weight;
    }
    // Empty wires take what is left.
    std::size_t wire = wires_;
    for (std::size_t place = 0; place < is_taken_.size(); ++place) {
      if (!is_taken_[place]) place_of_[wire++] = static_cast<Qubit>(place);
    }
    return layout_of(std::move(place_of_));
  }

 private:
  void meet(Qubit wire, Qubit partner, std::int64_t weight) {
    auto& partners = partners_[static_cast<std::size_t>(wire)];
    const auto known = std::ranges::find(partners, partner, &std::pair<Qubit, std::int64_t>::first);
    if (known == partners.end()) {
      partners.emplace_back(partner, weight);
    } else {
      known->second += weight;
    }
  }

  void put(std::size_t wire) {
    std::int64_t best_cost = INT64_MAX;
    Qubit best = -1;
    for (Qubit place = 0; place < map_.qubits(); ++place) {
      if (is_taken_[static_cast<std::size_t>(place)]) continue;
      std::int64_t cost = 0;
      bool alone = true;
      for (const auto& [partner, weight] : partners_[wire]) {
        const Qubit at = place_of_[static_cast<std::size_t>(partner)];
        if (at < 0) continue;
        alone = false;
        cost += weight * map_.distance(place, at);
      }
      // The first of a group begins where there is good company; the others keep free neighbours for those to come.
      std::int64_t losses = 0, free = 0;
      for (const Qubit neighbour : map_.neighbours(place)) {
        if (is_taken_[static_cast<std::size_t>(neighbour)]) continue;
        losses += map_.length(place, neighbour);
        ++free;
      }
      const std::int64_t company = free > 0 ? losses / free / std::min<std::int64_t>(free, 4) : 4'000;
      cost += (alone ? 16 : 1) * company + measured_[wire] * (map_.readout_loss(place) / 100);
      if (cost < best_cost) {
        best_cost = cost;
        best = place;
      }
    }
    place_of_[wire] = best;
    is_taken_[static_cast<std::size_t>(best)] = true;
  }

  const CouplingMap& map_;
  const std::vector<int>& measured_;
  std::size_t wires_;
  std::vector<std::vector<std::pair<Qubit, std::int64_t>>> partners_;
  std::vector<Qubit> place_of_;
  std::vector<bool> is_taken_;
};

Layout random_layout(int places, Prng& prng) {
  std::vector<Qubit> place_of(static_cast<std::size_t>(places));
  std::iota(place_of.begin(), place_of.end(), 0);
  for (std::size_t i = place_of.size(); i > 1; --i) std::swap(place_of[i - 1], place_of[prng.below(i)]);
  return layout_of(std::move(place_of));
}

}  // namespace

std::vector<Step> interactions(const std::vector<Step>& steps) {
  std::vector<Step> pairs;
  for (const Step& step : steps) {
    if (step.kind == Step::Kind::pair) pairs.push_back(Step::pair(step.a, step.b, 0));
    if (step.kind != Step::Kind::classical) continue;
    for (const auto* side : {&step.classical->then, &step.classical->otherwise}) {
      for (const Step& inside : interactions(*side)) pairs.push_back(inside);
    }
  }
  return pairs;
}

Layout find_layout(const std::vector<Step>& pairs, const std::vector<int>& measured, const CouplingMap& map, int effort,
                   Prng& prng) {
  const Layout placed = Placer(pairs, measured, map).place();
  if (effort == 0 || pairs.empty()) return placed;
  const Dependencies there(pairs), back = there.reversed();
  Layout best = placed;
  std::int64_t best_loss = INT64_MAX;
  const auto judge = [&](const Layout& start) {
    Layout end = start;
    const std::int64_t loss = route(there, map, end, prng).loss;
    if (loss < best_loss) {
      best_loss = loss;
      best = start;
    }
    return end;
  };
  for (int attempt = 0; attempt < effort; ++attempt) {
    Layout layout = attempt == 0 ? placed : random_layout(map.qubits(), prng);
    for (int i = 0; i < returns; ++i) {
      layout = judge(layout);
      (void)route(back, map, layout, prng);
    }
    (void)judge(layout);
  }
  return best;
}

}  // namespace mingyue::qpu
