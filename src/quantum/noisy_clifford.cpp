#include "quantum/noisy_clifford.hpp"

#include <array>
#include <cmath>

#include "quantum/coins.hpp"

namespace mingyue::quantum {
namespace {

constexpr int trajectory_qubits_most = 16;

/// Which of 64 shots something happens to that has a small probability. One draw says to how many, and is most often
/// done with that.
class Chance {
 public:
  explicit Chance(double probability) {
    // below_[k]: the probability that it happens to k shots or fewer.
    double sum = 0, term = std::pow(1 - probability, 64);
    for (std::size_t k = 0; k < below_.size(); ++k) {
      sum += term;
      below_[k] = sum;
      term *= probability < 1
                  ? static_cast<double>(64 - k) / static_cast<double>(k + 1) * probability / (1 - probability)
                  : 0;
    }
  }
  [[nodiscard]] std::uint64_t draw(Prng& prng) const {
    const double drawn = static_cast<double>(prng.next() >> 11) * 0x1p-53;
    std::size_t count = 0;
    while (count < below_.size() && drawn >= below_[count]) ++count;
    // With a probability of 1 all sums are 0, and it happens to all.
    std::uint64_t chosen = 0;
    if (count >= 64) return ~chosen;
    while (static_cast<std::size_t>(std::popcount(chosen)) < count) chosen |= std::uint64_t{1} << prng.below(64);
    return chosen;
  }

 private:
  std::array<double, 64> below_{};
};

/// One thing that happens to the frames.
struct FrameStep {
  enum class Kind : std::uint8_t { gate, error, decay, outcome, reset };
  Kind kind = Kind::gate;
  Qubit a = 0, b = -1;
  CliffordGate gate;
  std::size_t chance = 0;           ///< of an error, a decay; of an outcome that is read as 1 where it is 0
  double share_x = 0, share_y = 0;  ///< of a decay that happens
  double wrong_0 = 0, wrong_1 = 0;
};

class FrameProgram {
 public:
  FrameProgram(const Program& program, const TableauMachine::Shared& clifford, const Noise& noise)
      : noise_(noise), since_(static_cast<std::size_t>(clifford.qubits)), free_(since_) {
    for (const Step& step : program.steps) {
      if (step.kind == Step::Kind::gates) {
        for (std::size_t i = step.first; i < step.last; ++i) add(*program.gates[i], clifford.gates[i]);
        continue;
      }
      begin({&step.qubit, 1}, noise_of(noise, step.qubit).measurement_s);
      if (step.kind == Step::Kind::reset) {
        put(FrameStep::Kind::reset, step.qubit);
      } else if (step.bit != no_bit) {
        outcome(step.qubit);
      }
    }
    for (const Measurement& each : program.final_measurements) begin({&each.qubit, 1}, 0);
    for (const Measurement& each : program.final_measurements) outcome(each.qubit);
  }

  struct Outcome {
    std::uint64_t flipped = 0;  ///< by an error before it
    double wrong_0 = 0, wrong_1 = 0;
  };
  /// 64 shots: which of them have each outcome flipped by their errors.
  void run(Prng& prng, std::vector<std::uint64_t>& x, std::vector<std::uint64_t>& z,
           std::vector<Outcome>& outcomes) const {
    outcomes.clear();
    for (const FrameStep& step : steps_) {
      const auto a = static_cast<std::size_t>(step.a);
      switch (step.kind) {
        case FrameStep::Kind::gate:
          apply(step.gate, x, z);
          break;
        case FrameStep::Kind::error:
          for (std::uint64_t hit = chances_[step.chance].draw(prng); hit != 0; hit &= hit - 1) {
            const std::uint64_t shot = hit & -hit;
            std::uint64_t letters = 1 + prng.below(step.b < 0 ? 3 : 15);
            for (const Qubit qubit : {step.a, step.b}) {
              if (qubit < 0) break;
              if ((letters & 1) != 0) x[static_cast<std::size_t>(qubit)] ^= shot;
              if ((letters & 2) != 0) z[static_cast<std::size_t>(qubit)] ^= shot;
              letters >>= 2;
            }
          }
          break;
        case FrameStep::Kind::decay:
          for (std::uint64_t hit = chances_[step.chance].draw(prng); hit != 0; hit &= hit - 1) {
            const std::uint64_t shot = hit & -hit;
            const double drawn = static_cast<double>(prng.next() >> 11) * 0x1p-53;
            if (drawn < step.share_x + step.share_y) x[a] ^= shot;
            if (drawn >= step.share_x) z[a] ^= shot;
          }
          break;
        case FrameStep::Kind::outcome:
          outcomes.push_back({x[a], step.wrong_0, step.wrong_1});
          break;
        case FrameStep::Kind::reset:
          x[a] = z[a] = 0;
          break;
      }
    }
  }

 private:
  static void apply(const CliffordGate& gate, std::vector<std::uint64_t>& x, std::vector<std::uint64_t>& z) {
    const auto a = static_cast<std::size_t>(gate.a), b = static_cast<std::size_t>(gate.b);
    const unsigned count = gate.b < 0 ? 2 : 4;
    const std::uint64_t in[4] = {x[a], z[a], count == 4 ? x[b] : 0, count == 4 ? z[b] : 0};
    std::uint64_t out[4] = {};
    for (unsigned i = 0; i < count; ++i) {
      for (unsigned k = 0; k < count; ++k) {
        if ((gate.image[1U << i] >> k & 1) != 0) out[k] ^= in[i];
      }
    }
    x[a] = out[0];
    z[a] = out[1];
    if (count == 4) {
      x[b] = out[2];
      z[b] = out[3];
    }
  }

  FrameStep& put(FrameStep::Kind kind, Qubit a) {
    steps_.emplace_back();
    steps_.back().kind = kind;
    steps_.back().a = a;
    return steps_.back();
  }
  void outcome(Qubit qubit) {
    FrameStep& step = put(FrameStep::Kind::outcome, qubit);
    step.wrong_0 = noise_of(noise_, qubit).reads_0_as_1;
    step.wrong_1 = noise_of(noise_, qubit).reads_1_as_0;
  }
  std::size_t chance_of(double probability) {
    chances_.emplace_back(std::min(probability, 1.0));
    return chances_.size() - 1;
  }

  void add(const GateUse& use, const CliffordGate& gate) {
    if (use.qubits.empty()) return;
    const auto [seconds, error] = noise_of(noise_, use);
    begin(use.qubits, seconds);
    put(FrameStep::Kind::gate, gate.a).gate = gate;
    if (error <= 0) return;
    const double d = use.qubits.size() == 1 ? 2 : 4;
    FrameStep& step = put(FrameStep::Kind::error, use.qubits[0]);
    if (use.qubits.size() == 2) step.b = use.qubits[1];
    step.chance = chance_of(error * (d + 1) / d);
  }

  /// As trajectories do it: the qubits start together when all are free, and until then each has decayed.
  void begin(std::span<const Qubit> qubits, double seconds) {
    double start = 0;
    for (const Qubit qubit : qubits) start = std::max(start, free_[static_cast<std::size_t>(qubit)]);
    for (const Qubit qubit : qubits) {
      auto& since = since_[static_cast<std::size_t>(qubit)];
      const PauliDecay decay = pauli_decay(noise_of(noise_, qubit), start - since);
      since = start;
      free_[static_cast<std::size_t>(qubit)] = start + seconds;
      const double all = decay.x + decay.y + decay.z;
      if (all <= 0) continue;
      FrameStep& step = put(FrameStep::Kind::decay, qubit);
      step.chance = chance_of(all);
      step.share_x = decay.x / all;
      step.share_y = decay.y / all;
    }
  }

  const Noise& noise_;
  std::vector<FrameStep> steps_;
  std::vector<Chance> chances_;
  std::vector<double> since_;
  std::vector<double> free_;
};

}  // namespace

bool noisy_by_tableau(const Circuit& circuit, const SimulateOptions& options) {
  if (options.method != Method::automatic) return options.method == Method::tableau;
  return circuit.qubits > trajectory_qubits_most && is_clifford(circuit) && !compile(circuit).branches;
}

Expected<Counts> sample_noisy_clifford(const Circuit& circuit, const Noise& noise, std::int64_t shots,
                                       std::uint64_t seed, const SimulateOptions& options) {
  const Program program = compile(circuit);
  if (program.branches || !is_clifford(circuit)) {
    return refuse("unsupported-circuit", {}, "noise by tableau takes Clifford gates alone, and no branches",
                  "simulate it by state vector");
  }
  const auto coins_most =
      static_cast<std::int64_t>(program.measurements) + static_cast<std::int64_t>(program.final_measurements.size());
  const std::uint64_t needed = Tableau::bytes_needed(std::max(circuit.qubits, 1), coins_most);
  if (needed > options.memory_bytes_max)
    return refuse_memory(fmt::format("the tableau of {} qubits and {} measurements", circuit.qubits, coins_most),
                         needed, options.memory_bytes_max);
  TableauMachine::Shared clifford{std::max(circuit.qubits, 1), &program, {}};
  CliffordReader reader;
  for (const GateUse* use : program.gates) clifford.gates.push_back(*reader.read(*use));
  const Coins coins = run_with_coins(program, clifford);
  const FrameProgram frames(program, clifford, noise);
  const OutcomeWriter writer(circuit);
  Prng errors = Prng(seed).split("errors"), throws = Prng(seed).split("shots"), reads = Prng(seed).split("readout");
  const auto qubits = static_cast<std::size_t>(clifford.qubits);
  std::vector<std::uint64_t> x(qubits), z(qubits), thrown(static_cast<std::size_t>(coins.count) / 64 + 1);
  std::vector<FrameProgram::Outcome> outcomes;
  BitWords words(static_cast<std::size_t>(circuit.bits) / 64 + 1);
  Counts counts;
  for (std::int64_t done = 0; done < shots; done += 64) {
    std::ranges::fill(x, 0);
    std::ranges::fill(z, 0);
    frames.run(errors, x, z, outcomes);
    for (std::int64_t shot = 0; shot < std::min<std::int64_t>(64, shots - done); ++shot) {
      for (std::uint64_t& word : thrown) word = throws.next();
      std::ranges::fill(words, 0);
      for (std::size_t k = 0; k < outcomes.size(); ++k) {
        const auto& [bit, parity] = coins.outcomes[k];
        const bool value = is_odd(parity, thrown) != ((outcomes[k].flipped >> shot & 1) != 0);
        const double wrong = value ? outcomes[k].wrong_1 : outcomes[k].wrong_0;
        set_bit(words, bit, (wrong > 0 && static_cast<double>(reads.next() >> 11) * 0x1p-53 < wrong) != value);
      }
      ++counts[writer.write(words)];
    }
  }
  return counts;
}

}  // namespace mingyue::quantum
