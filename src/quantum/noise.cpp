#include "quantum/noise.hpp"

#include "quantum/noisy_clifford.hpp"
#include "quantum/simulate_inside.hpp"

namespace mingyue::quantum {
namespace {

Expected<void> check_noise(const Noise& noise) {
  const auto share = [](double value, double most) { return value >= 0 && value <= most; };
  for (const Noise::OfQubit& each : noise.qubits) {
    const bool times = each.t1_s >= 0 && each.t2_s >= 0 && each.gate_s >= 0 && each.measurement_s >= 0;
    if (!times || (each.t1_s > 0 && each.t2_s > 2 * each.t1_s * (1 + 1e-9))) {
      return refuse("out-of-range", "noise.qubits", "times of a qubit that cannot be: negative, or t2 above twice t1");
    }
    if (!share(each.gate_error, 0.5) || !share(each.reads_0_as_1, 1) || !share(each.reads_1_as_0, 1)) {
      return refuse("out-of-range", "noise.qubits",
                    "an error of a qubit that cannot be: gates 0 to 1/2, readout 0 to 1");
    }
  }
  for (const Noise::OfPair& each : noise.pairs) {
    if (!share(each.gate_error, 0.75) || each.gate_s < 0)
      return refuse("out-of-range", "noise.pairs", "a pair's error is 0 to 3/4, its time not negative");
  }
  if (!share(noise.other_pairs.gate_error, 0.75) || noise.other_pairs.gate_s < 0) {
    return refuse("out-of-range", "noise.other_pairs", "a pair's error is 0 to 3/4, its time not negative");
  }
  return {};
}

double draw(Prng& prng) { return static_cast<double>(prng.next() >> 11) * 0x1p-53; }

/// One shot at a time. Gates are collected and fused with what the noise adds to them; where an outcome depends on the
/// state, what is collected is done first.
///
/// Relaxation takes one of two ways: with probability γ·P(1) the qubit falls to 0, else 1 becomes less likely by
/// √(1-γ). It falls only if a draw is below γ, so that P(1) is looked at that seldom. A gate's error is one of the 3 or
/// 15 Pauli strings on its qubits. A qubit decays from one gate on it to the next, the first one's duration included.
template <class T>
class Trajectory {
 public:
  Trajectory(const Circuit& circuit, const Noise& noise, Workers& workers)
      : noise_(noise),
        workers_(workers),
        qubits_(std::max(circuit.qubits, 2)),
        state_(qubits_),
        fuser_(qubits_),
        since_(static_cast<std::size_t>(qubits_)),
        free_(static_cast<std::size_t>(qubits_)) {}

  void run(const Program& program, BitWords& words, Prng& prng) {
    prng_ = &prng;
    state_.clear();
    std::ranges::fill(since_, 0.0);
    std::ranges::fill(free_, 0.0);
    std::ranges::fill(words, 0);
    for (std::size_t at = 0; at < program.steps.size();) {
      const Step& step = program.steps[at];
      ++at;
      switch (step.kind) {
        case Step::Kind::gates:
          for (std::size_t i = step.first; i < step.last; ++i) gate(*program.gates[i]);
          break;
        case Step::Kind::measure:
          measure(step.qubit, step.bit, words);
          break;
        case Step::Kind::reset:
          begin({&step.qubit, 1}, of(step.qubit).measurement_s);
          (void)collapse(step.qubit, true);
          break;
        case Step::Kind::assign: {
          const auto value = static_cast<std::uint64_t>(step.assignment->value.evaluate(words));
          for (int i = 0; i < step.assignment->count; ++i)
            set_bit(words, step.assignment->first + i, (value >> i & 1) != 0);
          break;
        }
        case Step::Kind::jump_unless:
          if (step.condition->evaluate(words) == 0) at = step.target;
          break;
        case Step::Kind::jump:
          at = step.target;
          break;
      }
    }
    finish(program, words);
  }

 private:
  [[nodiscard]] const Noise::OfQubit& of(Qubit qubit) const { return noise_of(noise_, qubit); }

  void gate(const GateUse& use) {
    if (use.qubits.empty()) return;
    const auto [seconds, error] = noise_of(noise_, use);
    begin(use.qubits, seconds);
    fuser_.add(use);
    // An average infidelity e is a depolarising channel in which one of the d²-1 strings acts with probability e
    // (d+1)/d.
    const std::size_t count = std::min<std::size_t>(use.qubits.size(), 2);
    const double d = count == 1 ? 2 : 4;
    if (error <= 0 || draw(*prng_) >= error * (d + 1) / d) return;
    std::uint64_t strings = 1 + prng_->below(count == 1 ? 3 : 15);
    for (std::size_t i = 0; i < count; ++i, strings >>= 2) {
      constexpr Gate paulis[4] = {Gate::id, Gate::x, Gate::y, Gate::z};
      if ((strings & 3) != 0) fuser_.add_matrix(use.qubits[i], matrix2_of(paulis[strings & 3], {}));
    }
  }

  /// The qubits start something together, as soon as all are free; until then each has decayed.
  void begin(std::span<const Qubit> qubits, double seconds) {
    double start = 0;
    for (const Qubit qubit : qubits) start = std::max(start, free_[static_cast<std::size_t>(qubit)]);
    for (const Qubit qubit : qubits) {
      decay(qubit, start - since_[static_cast<std::size_t>(qubit)]);
      since_[static_cast<std::size_t>(qubit)] = start;
      free_[static_cast<std::size_t>(qubit)] = start + seconds;
    }
  }

  void decay(Qubit qubit, double seconds) {
    const Noise::OfQubit& noise = of(qubit);
    if (seconds <= 0) return;
    double rate = noise.t2_s > 0 ? 1 / noise.t2_s : 0;
    if (noise.t1_s > 0) {
      const double gamma = -std::expm1(-seconds / noise.t1_s);
      rate = noise.t2_s > 0 ? rate - 0.5 / noise.t1_s : 0;
      const double drawn = draw(*prng_);
      bool falls = false;
      if (drawn < gamma) {
        flush();
        falls = drawn < gamma * state_.weight_of_one(qubit, workers_) / state_.total(workers_);
      }
      fuser_.add_matrix(qubit, falls ? Matrix2{0, 1, 0, 0} : Matrix2{1, 0, 0, std::sqrt(1 - gamma)});
    }
    if (rate > 0 && draw(*prng_) < -std::expm1(-seconds * rate) / 2) fuser_.add_matrix(qubit, matrix2_of(Gate::z, {}));
  }

  void flush() { state_.apply(StateVector<T>::plan(fuser_.take(), qubits_), workers_); }

  bool collapse(Qubit qubit, bool to_zero) {
    flush();
    const double total = state_.total(workers_), one = state_.weight_of_one(qubit, workers_);
    const bool outcome = draw(*prng_) * total < one;
    // Whatever the decay took is given back here.
    Matrix2 matrix{};
    matrix[outcome ? (to_zero ? 1 : 3) : 0] = 1 / std::sqrt(outcome ? one : total - one);
    fuser_.add_matrix(qubit, matrix);
    return outcome;
  }

  [[nodiscard]] bool read(Qubit qubit, bool outcome) {
    const double wrong = outcome ? of(qubit).reads_1_as_0 : of(qubit).reads_0_as_1;
    return (wrong > 0 && draw(*prng_) < wrong) != outcome;
  }

  void measure(Qubit qubit, Bit bit, BitWords& words) {
    begin({&qubit, 1}, of(qubit).measurement_s);
    const bool outcome = read(qubit, collapse(qubit, false));
    if (bit != no_bit) set_bit(words, bit, outcome);
  }

  void finish(const Program& program, BitWords& words) {
    if (program.final_measurements.empty()) return;
    for (const Measurement& each : program.final_measurements) begin({&each.qubit, 1}, 0);
    flush();
    const std::uint64_t index = state_.sample(1, *prng_, workers_)[0].first;
    for (const Measurement& each : program.final_measurements) {
      set_bit(words, each.bit, read(each.qubit, (index >> static_cast<unsigned>(each.qubit) & 1) != 0));
    }
  }

  const Noise& noise_;
  Workers& workers_;
  int qubits_;
  StateVector<T> state_;
  Fuser fuser_;
  std::vector<double> since_;  ///< until when its decay is accounted for
  std::vector<double> free_;   ///< when it can start the next thing
  Prng* prng_ = nullptr;
};

}  // namespace

const Noise::OfQubit& noise_of(const Noise& noise, Qubit qubit) {
  static const Noise::OfQubit none;
  if (noise.qubits.empty()) return none;
  return noise.qubits[std::min(static_cast<std::size_t>(qubit), noise.qubits.size() - 1)];
}

NoiseOfGate noise_of(const Noise& noise, const GateUse& use) {
  if (use.qubits.size() == 1) {
    if (noise.rz_is_free && use.gate == Gate::rz) return {};
    return {noise_of(noise, use.qubits[0]).gate_s, noise_of(noise, use.qubits[0]).gate_error};
  }
  const Noise::OfPair* found = &noise.other_pairs;
  for (const Noise::OfPair& pair : noise.pairs) {
    if (use.qubits.size() != 2) break;
    const Qubit a = use.qubits[0], b = use.qubits[1];
    if ((pair.a != a || pair.b != b) && (pair.a != b || pair.b != a)) continue;
    found = &pair;
    break;
  }
  return {found->gate_s, found->gate_error};
}

PauliDecay pauli_decay(const Noise::OfQubit& noise, double seconds) {
  if (seconds <= 0) return {};
  const double gamma = noise.t1_s > 0 ? -std::expm1(-seconds / noise.t1_s) : 0;
  const double coherence = noise.t2_s > 0 ? std::exp(-seconds / noise.t2_s) : noise.t1_s > 0 ? std::sqrt(1 - gamma) : 1;
  return {gamma / 4, gamma / 4, std::max(0.0, (1 - coherence) / 2 - gamma / 4)};
}

Expected<Counts> sample_noisy(const Circuit& circuit, const Noise& noise, std::int64_t shots, std::uint64_t seed,
                              const SimulateOptions& options) {
  CHECK_OK(check_circuit(circuit));
  CHECK_OK(check_noise(noise));
  if (!circuit.parameters.empty())
    return refuse("unbound-parameter", {}, "the circuit has parameters without values", "bind_parameters");
  if (shots < 1 || shots > shots_max)
    return refuse("out-of-range", "shots", fmt::format("{} shots; 1 to {} are possible", shots, shots_max));
  if (noisy_by_tableau(circuit, options)) return sample_noisy_clifford(circuit, noise, shots, seed, options);
  const bool single = options.precision == Precision::float32;
  const std::uint64_t needed = single ? state_bytes<float>(circuit.qubits) : state_bytes<double>(circuit.qubits);
  if (needed > options.memory_bytes_max || circuit.qubits > 40) {
    return refuse_memory(fmt::format("the amplitudes of {} qubits", circuit.qubits), needed, options.memory_bytes_max);
  }
  const Program program = compile(circuit);
  const OutcomeWriter writer(circuit);
  NoWorkers alone;
  Workers& workers = options.workers != nullptr ? *options.workers : alone;
  Prng prng = Prng(seed).split("trajectories");
  Counts counts;
  BitWords words(static_cast<std::size_t>(circuit.bits) / 64 + 1);
  const auto run = [&](auto number) {
    Trajectory<decltype(number)> trajectory(circuit, noise, workers);
    for (std::int64_t shot = 0; shot < shots; ++shot) {
      trajectory.run(program, words, prng);
      ++counts[writer.write(words)];
    }
  };
  if (single) {
    run(float{});
  } else {
    run(double{});
  }
  return counts;
}

}  // namespace mingyue::quantum
