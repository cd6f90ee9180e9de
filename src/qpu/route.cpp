#include "qpu/route.hpp"

#include <algorithm>
#include <map>

#include "base/invariant.hpp"

namespace mingyue::qpu {
namespace {

constexpr std::size_t ahead_most = 20;    ///< steps that are looked at beyond those that wait
constexpr int decay_step = 1;             ///< thousandths that a qubit counts more for each time it was moved
constexpr int decay_forgotten_after = 5;  ///< exchanges
constexpr int tries_most_per_hop =
    4;  ///< exchanges without a step done, for each qubit of the device, until one is forced

/// Every wire of a step, qubits first, bits behind them.
template <class Visit>
void for_each_line(const Step& step, Visit visit) {
  if (step.kind == Step::Kind::classical) {
    for (const Qubit qubit : step.classical->qubits) visit(qubit, false);
    for (const Bit bit : step.classical->bits) visit(bit, true);
    return;
  }
  visit(step.a, false);
  if (step.b >= 0) visit(step.b, false);
  if (step.kind == Step::Kind::measure && step.bit != quantum::no_bit) visit(step.bit, true);
}

class Router {
 public:
  Router(const Dependencies& dependencies, const CouplingMap& map, Layout& layout, Prng& prng,
         const std::vector<Step>* steps, std::vector<Step>* out)
      : dependencies_(dependencies),
        map_(map),
        layout_(layout),
        prng_(prng),
        steps_(steps),
        out_(out),
        waits_for_(dependencies.nodes.size()),
        stamp_(dependencies.nodes.size()),
        front_of_(static_cast<std::size_t>(map.qubits()), -1),
        ahead_of_(static_cast<std::size_t>(map.qubits())),
        decay_(static_cast<std::size_t>(map.qubits()), 1000) {}

  Route run() {
    std::vector<int> ready;
    for (std::size_t i = 0; i < waits_for_.size(); ++i) {
      waits_for_[i] = dependencies_.nodes[i].waits_for;
      if (waits_for_[i] == 0) ready.push_back(static_cast<int>(i));
    }
    take(std::move(ready));
    int tries = 0;
    while (!front_.empty()) {
      if (!ahead_is_known_) look_ahead();
      if (++tries > tries_most_per_hop * map_.qubits()) {
        force();
        tries = 0;
      } else {
        const auto [a, b] = choose();
        exchange(a, b);
        if (++since_forgotten_ >= decay_forgotten_after) forget();
        auto& decay_a = decay_[static_cast<std::size_t>(a)];
        auto& decay_b = decay_[static_cast<std::size_t>(b)];
        decay_a += decay_step;
        decay_b += decay_step;
      }
      if (take_neighbours()) tries = 0;
    }
    // What nothing waits for is done where its wire has come to rest, in the circuit's order: a measurement at the end
    // stays one.
    std::ranges::sort(last_);
    for (const int i : last_) do_step(i);
    return route_;
  }

 private:
  [[nodiscard]] const Dependencies::Node& node(int i) const { return dependencies_.nodes[static_cast<std::size_t>(i)]; }
  [[nodiscard]] Qubit place(Qubit wire) const { return layout_.place(wire); }
  [[nodiscard]] std::int64_t distance(int i) const { return map_.distance(place(node(i).a), place(node(i).b)); }

  void forget() {
    std::ranges::fill(decay_, 1000);
    since_forgotten_ = 0;
  }

  void exchange(Qubit a, Qubit b) {
    layout_.exchange(a, b);
    ++route_.swaps;
    route_.loss += 3 * static_cast<std::int64_t>(map_.loss(a, b));
    if (out_ == nullptr) return;
    out_->push_back(Step::pair(a, b, 0, true));
    made_.emplace_back(a, b);
  }

  /// Does all that is ready, and what becomes ready by it; pair steps on qubits that are no neighbours wait.
  void take(std::vector<int> ready) {
    for (std::size_t at = 0; at < ready.size(); ++at) {
      const int i = ready[at];
      if (node(i).b >= 0 && !map_.are_neighbours(place(node(i).a), place(node(i).b))) {
        front_.push_back(i);
        front_of_[static_cast<std::size_t>(node(i).a)] = front_of_[static_cast<std::size_t>(node(i).b)] = i;
        continue;
      }
      const auto [begin, end] = successors(i);
      if (node(i).b < 0 && begin == end) {
        last_.push_back(i);
        continue;
      }
      do_step(i);
      for (int k = begin; k < end; ++k) {
        const int next = dependencies_.successors[static_cast<std::size_t>(k)];
        if (--waits_for_[static_cast<std::size_t>(next)] == 0) ready.push_back(next);
      }
    }
    ahead_is_known_ = false;
  }

  [[nodiscard]] std::pair<int, int> successors(int i) const {
    return {dependencies_.first[static_cast<std::size_t>(i)], dependencies_.first[static_cast<std::size_t>(i) + 1]};
  }

  bool take_neighbours() {
    std::vector<int> ready;
    std::erase_if(front_, [&](int i) {
      if (!map_.are_neighbours(place(node(i).a), place(node(i).b))) return false;
      front_of_[static_cast<std::size_t>(node(i).a)] = front_of_[static_cast<std::size_t>(node(i).b)] = -1;
      ready.push_back(i);
      return true;
    });
    if (ready.empty()) return false;
    forget();
    take(std::move(ready));
    return true;
  }

  void do_step(int i) {
    if (node(i).b >= 0) route_.loss += map_.loss(place(node(i).a), place(node(i).b));
    if (out_ == nullptr) return;
    const Step& step = (*steps_)[static_cast<std::size_t>(i)];
    if (step.kind == Step::Kind::classical) return do_classical(step);
    Step placed = step;
    placed.a = place(step.a);
    if (step.b >= 0) placed.b = place(step.b);
    out_->push_back(std::move(placed));
  }

  void do_classical(const Step& step) {
    Branching placed = *step.classical;
    for (const auto& [side, into] :
         {std::pair(&step.classical->then, &placed.then), std::pair(&step.classical->otherwise, &placed.otherwise)}) {
      into->clear();
      // Exchanges inside are made once more, from the last to the first, so that both ways leave the wires alike.
      Layout inside = layout_;
      const Dependencies order(*side);
      Router router(order, map_, inside, prng_, side, into);
      (void)router.run();
      const std::vector<Pair> made = router.made_;
      for (std::size_t i = made.size(); i-- > 0;) router.exchange(made[i].first, made[i].second);
      INVARIANT(inside == layout_, "a branch that leaves its wires elsewhere");
      route_.swaps += router.route_.swaps;
      route_.loss += router.route_.loss;
    }
    std::vector<bool> seen(static_cast<std::size_t>(map_.qubits()));
    const auto note = [&](Qubit qubit) { seen[static_cast<std::size_t>(qubit)] = true; };
    for (const Qubit wire : step.classical->qubits) note(place(wire));
    for (const auto* side : {&placed.then, &placed.otherwise}) {
      for (const Step& each : *side) {
        for_each_line(each, [&](int line, bool is_bit) {
          if (!is_bit) note(line);
        });
      }
    }
    placed.qubits.clear();
    for (Qubit qubit = 0; qubit < map_.qubits(); ++qubit) {
      if (seen[static_cast<std::size_t>(qubit)]) placed.qubits.push_back(qubit);
    }
    Step copy = step;
    copy.classical = std::move(placed);
    out_->push_back(std::move(copy));
  }

  /// The steps that come next behind those that wait, nearest first.
  void look_ahead() {
    ahead_.clear();
    for (auto& each : ahead_of_) each.clear();
    ++stamp_now_;
    std::vector<int> open = front_;
    for (std::size_t at = 0; at < open.size() && ahead_.size() < ahead_most; ++at) {
      const auto [begin, end] = successors(open[at]);
      for (int k = begin; k < end && ahead_.size() < ahead_most; ++k) {
        const int next = dependencies_.successors[static_cast<std::size_t>(k)];
        auto& stamp = stamp_[static_cast<std::size_t>(next)];
        if (stamp == stamp_now_) continue;
        stamp = stamp_now_;
        open.push_back(next);
        if (node(next).b < 0) continue;
        ahead_.push_back(next);
        ahead_of_[static_cast<std::size_t>(node(next).a)].push_back(next);
        ahead_of_[static_cast<std::size_t>(node(next).b)].push_back(next);
      }
    }
    ahead_is_known_ = true;
  }

  /// By how much the exchange of two places changes the distance of a step.
  [[nodiscard]] std::int64_t change(int i, Qubit a, Qubit b) const {
    const auto moved = [&](Qubit p) { return p == a ? b : p == b ? a : p; };
    const Qubit p = place(node(i).a), q = place(node(i).b);
    return std::int64_t{map_.distance(moved(p), moved(q))} - map_.distance(p, q);
  }

  Pair choose() {
    std::int64_t front_sum = 0, ahead_sum = 0;
    for (const int i : front_) front_sum += distance(i);
    for (const int i : ahead_) ahead_sum += distance(i);
    const auto front_count = static_cast<std::int64_t>(front_.size());
    const auto ahead_count = static_cast<std::int64_t>(ahead_.size());
    best_.clear();
    std::int64_t best_score = 0;
    for (const int i : front_) {
      for (const Qubit wire : {node(i).a, node(i).b}) {
        const Qubit a = place(wire);
        for (const Qubit b : map_.neighbours(a)) {
          const Qubit other = layout_.wire_at[static_cast<std::size_t>(b)];
          const int waiting = front_of_[static_cast<std::size_t>(other)];
          // A pair of two waiting qubits comes up from both ends; once is enough.
          if (waiting >= 0 && b < a) continue;
          std::int64_t front = front_sum + change(i, a, b);
          if (waiting >= 0 && waiting != i) front += change(waiting, a, b);
          std::int64_t ahead = ahead_sum;
          for (const int k : ahead_of_[static_cast<std::size_t>(wire)]) ahead += change(k, a, b);
          for (const int k : ahead_of_[static_cast<std::size_t>(other)]) {
            if (node(k).a != wire && node(k).b != wire) ahead += change(k, a, b);
          }
          // front/|front| + ½ ahead/|ahead|, times 2 |front| |ahead|, so that it is whole.
          const std::int64_t sum = ahead_count > 0 ? 2 * front * ahead_count + ahead * front_count : front;
          const std::int64_t score =
              sum * std::max(decay_[static_cast<std::size_t>(a)], decay_[static_cast<std::size_t>(b)]);
          if (best_.empty() || score < best_score) {
            best_score = score;
            best_.clear();
          }
          if (score == best_score) best_.emplace_back(a, b);
        }
      }
    }
    return best_[best_.size() == 1 ? 0 : prng_.below(best_.size())];
  }

  /// Brings the nearest waiting step together, whatever it does to the others.
  void force() {
    const int i = *std::ranges::min_element(front_, {}, [&](int each) { return std::pair(distance(each), each); });
    while (!map_.are_neighbours(place(node(i).a), place(node(i).b)))
      exchange(place(node(i).a), map_.step_towards(place(node(i).a), place(node(i).b)));
  }

  const Dependencies& dependencies_;
  const CouplingMap& map_;
  Layout& layout_;
  Prng& prng_;
  const std::vector<Step>* steps_;
  std::vector<Step>* out_;
  Route route_;
  std::vector<Pair> made_;  ///< the exchanges, where they are written
  std::vector<int> waits_for_;
  std::vector<int> front_;  ///< pair steps that wait for their qubits to meet
  std::vector<int> ahead_;
  std::vector<int> last_;  ///< no pair steps, and nothing waits for them
  bool ahead_is_known_ = false;
  std::vector<std::uint32_t> stamp_;
  std::uint32_t stamp_now_ = 0;
  std::vector<int> front_of_;               ///< by wire: the step that it waits for, or -1
  std::vector<std::vector<int>> ahead_of_;  ///< by wire
  std::vector<std::int64_t> decay_;         ///< by place, in thousandths
  int since_forgotten_ = 0;
  std::vector<Pair> best_;
};

}  // namespace

Dependencies::Dependencies(const std::vector<Step>& steps) {
  std::map<std::pair<bool, int>, int> last;
  std::vector<std::pair<int, int>> edges;
  for (std::size_t i = 0; i < steps.size(); ++i) {
    const Step& step = steps[i];
    nodes.push_back({step.a, step.kind == Step::Kind::pair ? step.b : -1});
    for_each_line(step, [&](int line, bool is_bit) {
      const auto [at, is_new] = last.try_emplace({is_bit, line}, static_cast<int>(i));
      if (!is_new) {
        const std::pair edge(at->second, static_cast<int>(i));
        if (edges.empty() || edges.back() != edge) edges.push_back(edge);
        at->second = static_cast<int>(i);
      }
    });
  }
  connect(edges);
}

Dependencies Dependencies::reversed() const {
  Dependencies back;
  std::map<Qubit, int> last;
  std::vector<std::pair<int, int>> edges;
  for (std::size_t i = nodes.size(); i-- > 0;) {
    if (nodes[i].b < 0) continue;
    const int here = static_cast<int>(back.nodes.size());
    back.nodes.push_back({nodes[i].a, nodes[i].b});
    for (const Qubit qubit : {nodes[i].a, nodes[i].b}) {
      const auto [at, is_new] = last.try_emplace(qubit, here);
      if (!is_new && (edges.empty() || edges.back() != std::pair(at->second, here)))
        edges.emplace_back(at->second, here);
      at->second = here;
    }
  }
  back.connect(edges);
  return back;
}

void Dependencies::connect(const std::vector<std::pair<int, int>>& edges) {
  first.assign(nodes.size() + 1, 0);
  for (const auto& [from, to] : edges) {
    ++first[static_cast<std::size_t>(from) + 1];
    ++nodes[static_cast<std::size_t>(to)].waits_for;
  }
  for (std::size_t i = 1; i < first.size(); ++i) first[i] += first[i - 1];
  successors.resize(edges.size());
  std::vector<int> next = first;
  for (const auto& [from, to] : edges)
    successors[static_cast<std::size_t>(next[static_cast<std::size_t>(from)]++)] = to;
}

Route route(const Dependencies& dependencies, const CouplingMap& map, Layout& layout, Prng& prng,
            const std::vector<Step>* steps, std::vector<Step>* out) {
  return Router(dependencies, map, layout, prng, steps, out).run();
}

}  // namespace mingyue::qpu
