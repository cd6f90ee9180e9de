#include "quantum/simulate.hpp"

#include "base/text.hpp"
#include "quantum/coins.hpp"
#include "quantum/simulate_inside.hpp"

namespace mingyue::quantum {
namespace {

constexpr double probability_least = 1e-14;
constexpr int state_qubits_max = 40;

struct Plan {
  Program program;
  bool tableau = false;
  TableauMachine::Shared clifford;
};

Expected<Plan> make_plan(const Circuit& circuit, const SimulateOptions& options) {
  CHECK_OK(check_circuit(circuit));
  Plan plan;
  plan.program = compile(circuit);
  if (options.method == Method::state_vector || circuit.qubits == 0) return plan;
  plan.clifford.qubits = circuit.qubits;
  CliffordReader reader;
  for (const GateUse* use : plan.program.gates) {
    const auto gate = reader.read(*use);
    if (!gate) {
      if (options.method == Method::automatic) return plan;
      return refuse("unsupported-circuit", {},
                    fmt::format("gate {} of the circuit is no Clifford gate", facts_of(use->gate).name),
                    "simulate it by state vector");
    }
    plan.clifford.gates.push_back(*gate);
  }
  plan.tableau = true;
  return plan;
}

std::uint64_t bytes_of(int qubits, Precision precision) {
  return precision == Precision::float32 ? state_bytes<float>(qubits) : state_bytes<double>(qubits);
}

Expected<void> check_state(const Circuit& circuit, const SimulateOptions& options) {
  const std::uint64_t needed = bytes_of(circuit.qubits, options.precision);
  if (needed > options.memory_bytes_max || circuit.qubits > state_qubits_max) {
    return refuse_memory(fmt::format("the amplitudes of {} qubits", circuit.qubits), needed, options.memory_bytes_max);
  }
  return {};
}

Expected<void> check_bound(const Circuit& circuit) {
  if (circuit.parameters.empty()) return {};
  return refuse("unbound-parameter", {}, fmt::format("the parameter '{}' has no value", shown(circuit.parameters[0])),
                "bind_parameters");
}

/// Calls with(T{}) for the numbers of the options.
template <class With>
auto with_precision(Precision precision, With with) {
  return precision == Precision::float32 ? with(float{}) : with(double{});
}

void set_final(BitWords& words, const Program& program, std::uint64_t index) {
  for (const Measurement& each : program.final_measurements)
    set_bit(words, each.bit, (index >> static_cast<unsigned>(each.qubit) & 1) != 0);
}

/// The outcome of final measurements as a number, for those that have 64 or fewer.
std::uint64_t final_key(const Program& program, std::uint64_t index) {
  std::uint64_t key = 0;
  for (std::size_t i = 0; i < program.final_measurements.size(); ++i) {
    key |= (index >> static_cast<unsigned>(program.final_measurements[i].qubit) & 1) << i;
  }
  return key;
}

void set_outcomes(BitWords& words, const Coins& coins, std::span<const std::uint64_t> thrown) {
  for (const auto& [bit, parity] : coins.outcomes) set_bit(words, bit, is_odd(parity, thrown));
}

Expected<void> check_tableau(const Circuit& circuit, const Plan& plan, const SimulateOptions& options) {
  const auto coins = static_cast<std::int64_t>(plan.program.measurements) +
                     static_cast<std::int64_t>(plan.program.final_measurements.size());
  const std::uint64_t needed = Tableau::bytes_needed(circuit.qubits, coins);
  if (needed > options.memory_bytes_max)
    return refuse_memory(fmt::format("the tableau of {} qubits and {} measurements", circuit.qubits, coins), needed,
                         options.memory_bytes_max);
  return {};
}

}  // namespace

Expected<Counts> sample(const Circuit& circuit, std::int64_t shots, std::uint64_t seed,
                        const SimulateOptions& options) {
  CHECK_OK(check_bound(circuit));
  if (shots < 1 || shots > shots_max)
    return refuse("out-of-range", "shots", fmt::format("{} shots; 1 to {} are possible", shots, shots_max));
  TRY(plan, make_plan(circuit, options));
  plan.clifford.program = &plan.program;
  Prng prng = Prng(seed).split("shots");
  const OutcomeWriter writer(circuit);
  NoWorkers alone;
  Workers& workers = options.workers != nullptr ? *options.workers : alone;
  Counts counts;
  if (plan.tableau) {
    CHECK_OK(check_tableau(circuit, plan, options));
    if (!plan.program.branches) {
      const Coins coins = run_with_coins(plan.program, plan.clifford);
      std::vector<std::uint64_t> thrown(static_cast<std::size_t>(coins.count) / 64 + 1);
      BitWords words(static_cast<std::size_t>(circuit.bits) / 64 + 1);
      for (std::int64_t shot = 0; shot < shots; ++shot) {
        for (std::uint64_t& word : thrown) word = prng.next();
        set_outcomes(words, coins, thrown);
        ++counts[writer.write(words)];
      }
      return counts;
    }
    CHECK_OK(walk<TableauMachine>(plan.program, TableauMachine(plan.clifford), circuit.bits, shots, &prng,
                                  Tableau::bytes_needed(circuit.qubits, 0), options.memory_bytes_max,
                                  [&](TableauMachine& machine, BitWords& words, std::int64_t weight) -> Expected<void> {
                                    for (std::int64_t shot = 0; shot < weight; ++shot) {
                                      TableauMachine one = machine;
                                      for (const Measurement& each : plan.program.final_measurements) {
                                        set_bit(words, each.bit,
                                                one.state().measure_as(each.qubit, (prng.next() >> 63) != 0));
                                      }
                                      ++counts[writer.write(words)];
                                    }
                                    return {};
                                  }));
    return counts;
  }
  CHECK_OK(check_state(circuit, options));
  const auto done = with_precision(options.precision, [&](auto number) -> Expected<void> {
    using Machine = StateMachine<decltype(number)>;
    const auto shared = Machine::share(plan.program, circuit.qubits, {}, workers);
    return walk<Machine>(plan.program, Machine(shared), circuit.bits, shots, &prng,
                         bytes_of(circuit.qubits, options.precision), options.memory_bytes_max,
                         [&](Machine& machine, BitWords& words, std::int64_t weight) -> Expected<void> {
                           if (plan.program.final_measurements.empty()) {
                             counts[writer.write(words)] += weight;
                             return {};
                           }
                           for (const auto& [index, count] : machine.state().sample(weight, prng, workers)) {
                             set_final(words, plan.program, index);
                             counts[writer.write(words)] += count;
                           }
                           return {};
                         });
  });
  CHECK_OK(done);
  return counts;
}

Expected<Distribution> distribution(const Circuit& circuit, const SimulateOptions& options) {
  CHECK_OK(check_bound(circuit));
  TRY(plan, make_plan(circuit, options));
  plan.clifford.program = &plan.program;
  const OutcomeWriter writer(circuit);
  NoWorkers alone;
  Workers& workers = options.workers != nullptr ? *options.workers : alone;
  Distribution all;
  // The amplitudes say more about a small circuit than coins do about one with branches.
  if (plan.tableau && plan.program.branches && options.method == Method::automatic) plan.tableau = false;
  if (plan.tableau) {
    if (plan.program.branches)
      return refuse("unsupported-circuit", {}, "the distribution of a circuit with branches by tableau", "sample it");
    CHECK_OK(check_tableau(circuit, plan, options));
    const Coins coins = run_with_coins(plan.program, plan.clifford);
    if (coins.count > 20)
      return refuse("too-large", {}, fmt::format("the distribution has up to 2^{} outcomes", coins.count), "sample it");
    BitWords words(static_cast<std::size_t>(circuit.bits) / 64 + 1);
    const double each = std::ldexp(1.0, -coins.count);
    for (std::uint64_t thrown = 0; thrown >> coins.count == 0; ++thrown) {
      set_outcomes(words, coins, std::span(&thrown, 1));
      all[writer.write(words)] += each;
    }
    return all;
  }
  CHECK_OK(check_state(circuit, options));
  if (plan.program.final_measurements.size() > 64)
    return refuse("too-large", {}, "the distribution of more than 64 final measurements", "sample it");
  const auto done = with_precision(options.precision, [&](auto number) -> Expected<void> {
    using Machine = StateMachine<decltype(number)>;
    const auto shared = Machine::share(plan.program, circuit.qubits, {}, workers);
    return walk<Machine>(plan.program, Machine(shared), circuit.bits, 1.0, nullptr,
                         bytes_of(circuit.qubits, options.precision), options.memory_bytes_max,
                         [&](Machine& machine, BitWords& words, double weight) -> Expected<void> {
                           if (plan.program.final_measurements.empty()) {
                             all[writer.write(words)] += weight;
                             return {};
                           }
                           auto& state = machine.state();
                           const double scale = weight / state.total(workers);
                           // By outcome, then in the order of the index: the same sums every time.
                           std::vector<std::pair<std::uint64_t, std::uint64_t>> found;
                           const std::uint64_t size = std::uint64_t{1} << static_cast<unsigned>(state.qubits());
                           for (std::uint64_t index = 0; index < size; ++index) {
                             if (state.probability(index) * scale > 1e-30)
                               found.emplace_back(final_key(plan.program, index), index);
                           }
                           std::ranges::sort(found);
                           for (std::size_t i = 0; i < found.size();) {
                             const std::uint64_t key = found[i].first;
                             const std::uint64_t index = found[i].second;
                             double sum = 0;
                             for (; i < found.size() && found[i].first == key; ++i)
                               sum += state.probability(found[i].second) * scale;
                             if (sum < probability_least) continue;
                             set_final(words, plan.program, index);
                             all[writer.write(words)] += sum;
                           }
                           return {};
                         });
  });
  CHECK_OK(done);
  return all;
}

namespace {

struct PauliBits {
  double coefficient;
  std::uint64_t x = 0, z = 0;
};

Expected<void> check_sum(const Circuit& circuit, const PauliSum& sum) {
  for (const PauliTerm& term : sum) {
    if (term.letters.size() > static_cast<std::size_t>(circuit.qubits)) {
      return refuse("bad-circuit", {},
                    fmt::format("a Pauli string of {} letters on {} qubits", term.letters.size(), circuit.qubits));
    }
    if (term.letters.find_first_not_of("IXYZ") != std::string::npos) {
      return refuse("bad-circuit", {},
                    fmt::format("the Pauli string '{}' has other letters than I, X, Y, Z", shown(term.letters)));
    }
  }
  return {};
}

std::vector<PauliBits> bits_of(const PauliSum& sum) {
  std::vector<PauliBits> all;
  for (const PauliTerm& term : sum) {
    PauliBits bits{term.coefficient};
    for (std::size_t q = 0; q < term.letters.size(); ++q) {
      const char letter = term.letters[q];
      if (letter == 'X' || letter == 'Y') bits.x |= std::uint64_t{1} << q;
      if (letter == 'Z' || letter == 'Y') bits.z |= std::uint64_t{1} << q;
    }
    all.push_back(bits);
  }
  return all;
}

template <class T>
Expected<double> expectation_of(const Circuit& circuit, const Program& program, const std::vector<PauliBits>& sum,
                                std::span<const double> values, std::optional<StateMachine<T>>& kept,
                                const SimulateOptions& options, Workers& workers) {
  using Machine = StateMachine<T>;
  const auto shared = Machine::share(program, circuit.qubits, values, workers);
  double total = 0;
  const auto add = [&](Machine& machine, double weight) {
    for (const PauliBits& term : sum) {
      total +=
          weight * term.coefficient * (term.x == 0 && term.z == 0 ? 1 : machine.state().pauli(term.x, term.z, workers));
    }
  };
  if (program.measurements == 0 && !program.branches) {
    // Nothing is measured on the way: the memory of the set before serves again.
    if (!kept) {
      kept.emplace(shared);
    } else {
      kept->share_again(shared);
    }
    for (std::size_t i = 0; i < program.steps.size(); ++i) kept->run(i);
    add(*kept, 1);
    return total;
  }
  CHECK_OK(walk<Machine>(program, Machine(shared), circuit.bits, 1.0, nullptr,
                         bytes_of(circuit.qubits, options.precision), options.memory_bytes_max,
                         [&](Machine& machine, BitWords&, double weight) -> Expected<void> {
                           add(machine, weight);
                           return {};
                         }));
  return total;
}

}  // namespace

Expected<std::vector<double>> expectations(const Circuit& circuit, const PauliSum& sum,
                                           const std::vector<std::vector<double>>& sets,
                                           const SimulateOptions& options) {
  CHECK_OK(check_circuit(circuit));
  CHECK_OK(check_sum(circuit, sum));
  CHECK_OK(check_state(circuit, options));
  const Program program = compile(circuit);
  const std::vector<PauliBits> bits = bits_of(sum);
  NoWorkers alone;
  Workers& workers = options.workers != nullptr ? *options.workers : alone;
  std::vector<double> results;
  results.reserve(sets.size());
  const auto done = with_precision(options.precision, [&](auto number) -> Expected<void> {
    std::optional<StateMachine<decltype(number)>> kept;
    for (const std::vector<double>& values : sets) {
      if (values.size() != circuit.parameters.size()) {
        return refuse("unbound-parameter", {},
                      fmt::format("{} values for {} parameters", values.size(), circuit.parameters.size()));
      }
      if (!std::ranges::all_of(values, [](double value) { return std::isfinite(value); })) {
        return refuse("unbound-parameter", {}, "a parameter that is no finite number");
      }
      TRY(value, expectation_of(circuit, program, bits, values, kept, options, workers));
      if (!std::isfinite(value))
        return refuse("unbound-parameter", {}, "with these parameters an angle is no finite number");
      results.push_back(value);
    }
    return {};
  });
  CHECK_OK(done);
  return results;
}

Expected<double> expectation(const Circuit& circuit, const PauliSum& sum, const SimulateOptions& options) {
  CHECK_OK(check_bound(circuit));
  CHECK_OK(check_sum(circuit, sum));
  if (options.method != Method::state_vector) {
    TRY(plan, make_plan(circuit, options));
    if (plan.tableau && plan.program.measurements == 0 && !plan.program.branches) {
      CHECK_OK(check_tableau(circuit, plan, options));
      plan.clifford.program = &plan.program;
      TableauMachine machine(plan.clifford);
      for (std::size_t i = 0; i < plan.program.steps.size(); ++i) machine.run(i);
      double total = 0;
      for (const PauliTerm& term : sum) total += term.coefficient * machine.state().pauli(term.letters);
      return total;
    }
  }
  // A state that is measured at the end is not looked at before: what it measures is averaged over.
  TRY(values, expectations(circuit, sum, {{}}, options));
  return values[0];
}

}  // namespace mingyue::quantum
