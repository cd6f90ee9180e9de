#include "quantum/simulate.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <regex>

#include "quantum/clifford.hpp"
#include "quantum/kernels.hpp"
#include "quantum/qasm.hpp"
#include "quantum/reference_testing.hpp"
#include "quantum/state_vector.hpp"
#include "quantum/thread_workers.hpp"

namespace mingyue::quantum {
namespace {

namespace fs = std::filesystem;

std::string text_of(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}

void expect_near(const Distribution& a, const std::map<std::string, double>& b, double error, const std::string& what) {
  double worst = 0;
  for (const auto& [bits, p] : b) {
    const auto found = a.find(bits);
    worst = std::max(worst, std::abs(p - (found == a.end() ? 0 : found->second)));
  }
  for (const auto& [bits, p] : a) {
    if (!b.contains(bits)) worst = std::max(worst, p);
  }
  ASSERT_LT(worst, error) << what;
}

Distribution exact(const Circuit& circuit, const SimulateOptions& options = {}) {
  const auto found = distribution(circuit, options);
  EXPECT_TRUE(found.has_value()) << (found ? "" : found.error().message);
  return found.value_or(Distribution{});
}

std::string program_of(const Circuit& circuit) { return write_qasm3(circuit).value_or("?"); }

constexpr SimulateOptions by_amplitudes{.method = Method::state_vector};
constexpr SimulateOptions by_single_amplitudes{.method = Method::state_vector, .precision = Precision::float32};

Circuit bell() {
  Circuit circuit;
  circuit.add_qubits("q", 2);
  circuit.apply(Gate::h, {0}).apply_controlled(Gate::x, {0}, {1}).measure_all();
  return circuit;
}

TEST(Simulate, ABellPairIsAlwaysOfOneMind) {
  for (const Method method : {Method::state_vector, Method::tableau}) {
    const auto counts = sample(bell(), 4000, 7, {.method = method});
    ASSERT_TRUE(counts.has_value());
    ASSERT_EQ(counts->size(), 2U);
    EXPECT_EQ(counts->at("00") + counts->at("11"), 4000);
    EXPECT_NEAR(static_cast<double>(counts->at("00")), 2000, 150);
    EXPECT_EQ(*sample(bell(), 4000, 7, {.method = method}), *counts);
    EXPECT_NE(*sample(bell(), 4000, 8, {.method = method}), *counts);
  }
  EXPECT_EQ(exact(bell(), {.method = Method::tableau}), (Distribution{{"00", 0.5}, {"11", 0.5}}));
}

TEST(Simulate, ThousandsOfRandomCircuitsMeasureWhatTheReferenceMeasures) {
  for (std::uint64_t seed = 0; seed < 3000; ++seed) {
    Prng prng(seed);
    Circuit circuit;
    const int qubits = 1 + static_cast<int>(prng.below(5));
    circuit.add_qubits("q", qubits);
    circuit.add_bits("c", qubits);
    const int gates = 1 + static_cast<int>(prng.below(25));
    for (int i = 0; i < gates; ++i) circuit.body.push_back({reference::random_gate(prng, qubits)});
    circuit.measure_all();
    const auto expected = reference::distribution(circuit);
    expect_near(exact(circuit, by_amplitudes), expected, 1e-12, program_of(circuit));
    expect_near(exact(circuit, by_single_amplitudes), expected, 1e-5, program_of(circuit));
    if (HasFatalFailure()) return;
  }
}

TEST(Simulate, MeasurementsInTheMiddleAndWhatDependsOnThem) {
  for (std::uint64_t seed = 0; seed < 1000; ++seed) {
    Prng prng(seed);
    Circuit circuit;
    const int qubits = 1 + static_cast<int>(prng.below(4));
    circuit.add_qubits("q", qubits);
    circuit.add_bits("c", qubits);
    circuit.add_bits("scratch", 2, true);
    const auto some_qubit = [&] { return static_cast<Qubit>(prng.below(static_cast<std::uint64_t>(qubits))); };
    const auto some_bit = [&] { return static_cast<Bit>(prng.below(static_cast<std::uint64_t>(qubits) + 2)); };
    const std::function<void(std::vector<Instruction>&, int)> fill = [&](std::vector<Instruction>& body, int depth) {
      const int count = 1 + static_cast<int>(prng.below(8));
      for (int i = 0; i < count; ++i) {
        const auto kind = prng.below(10);
        if (kind < 5 || depth > 2) {
          body.push_back({reference::random_gate(prng, qubits, 1)});
        } else if (kind < 7) {
          body.push_back({Measurement{some_qubit(), prng.chance(1, 5) ? no_bit : some_bit()}});
        } else if (kind < 8) {
          body.push_back({Reset{some_qubit()}});
        } else if (kind < 9) {
          body.push_back({Assignment{
              some_bit(), 1, BitExpression::unary(BitOperation::logical_not, BitExpression::bits(some_bit(), 1))}});
        } else {
          Branch branch{BitExpression::binary(BitOperation::equal, BitExpression::bits(0, qubits),
                                              BitExpression::constant(static_cast<std::int64_t>(prng.below(3)))),
                        {},
                        {}};
          fill(branch.then, depth + 1);
          if (prng.chance(1, 2)) fill(branch.otherwise, depth + 1);
          body.push_back({std::move(branch)});
        }
      }
    };
    fill(circuit.body, 0);
    circuit.measure_all();
    expect_near(exact(circuit, by_amplitudes), reference::distribution(circuit), 1e-11, program_of(circuit));
    if (HasFatalFailure()) return;
  }
}

TEST(Simulate, LargerStatesInEveryOrderOfQubits) {
  // Beyond a cache-sized piece: gathered sweeps, qubits inside and outside of a vector and of a piece.
  for (const int qubits : {6, 9, 14, 16}) {
    for (std::uint64_t seed = 0; seed < (qubits > 10 ? 2U : 20U); ++seed) {
      Prng prng(seed);
      Circuit circuit;
      circuit.add_qubits("q", qubits);
      for (int i = 0; i < 40; ++i) circuit.body.push_back({reference::random_gate(prng, qubits)});
      reference::State expected(std::size_t{1} << qubits);
      expected[0] = 1;
      Fuser fuser(qubits);
      for (const Instruction& instruction : circuit.body) {
        reference::apply(expected, std::get<GateUse>(instruction.what));
        fuser.add(std::get<GateUse>(instruction.what));
      }
      const auto ops = fuser.take();
      NoWorkers alone;
      StateVector<double> twice(qubits);
      StateVector<float> single(qubits);
      twice.apply(StateVector<double>::plan(ops, qubits), alone);
      single.apply(StateVector<float>::plan(ops, qubits), alone);
      double worst = 0, worst_single = 0;
      for (std::size_t i = 0; i < expected.size(); ++i) {
        worst = std::max(worst, std::abs(twice.amplitude(i) - expected[i]));
        worst_single = std::max(worst_single, std::abs(single.amplitude(i) - expected[i]));
      }
      EXPECT_LT(worst, 1e-13) << qubits << " " << seed;
      EXPECT_LT(worst_single, 1e-5) << qubits << " " << seed;
    }
  }
}

TEST(Simulate, AnyNumberOfThreadsGivesTheSameBytes) {
  Prng prng(5);
  std::vector<Op> ops;
  Fuser fuser(17);
  for (int i = 0; i < 150; ++i) fuser.add(reference::random_gate(prng, 17));
  ops = fuser.take();
  NoWorkers alone;
  StateVector<double> expected(17);
  expected.apply(StateVector<double>::plan(ops, 17), alone);
  for (const int threads : {2, 3}) {
    ThreadWorkers workers(threads);
    StateVector<double> state(17);
    state.apply(StateVector<double>::plan(ops, 17), workers);
    for (std::uint64_t i = 0; i < (1U << 17); ++i) ASSERT_EQ(state.amplitude(i), expected.amplitude(i));
    EXPECT_EQ(state.total(workers), expected.total(alone));
    EXPECT_EQ(state.weight_of_one(9, workers), expected.weight_of_one(9, alone));
    EXPECT_EQ(state.pauli(0b101, 0b110, workers), expected.pauli(0b101, 0b110, alone));
  }
}

template <class T>
void compare_kernels(double error) {
  Prng prng(11);
  constexpr unsigned bits = 7;
  for (unsigned a = 0; a < bits; ++a) {
    for (unsigned b = a + 1; b < bits; ++b) {
      T m_re[16], m_im[16];
      for (int i = 0; i < 16; ++i)
        m_re[i] = static_cast<T>(prng.below(1000)) / 500 - 1, m_im[i] = static_cast<T>(prng.below(1000)) / 500 - 1;
      alignas(64) T start_re[1 << bits], start_im[1 << bits], first_re[1 << bits], first_im[1 << bits], re[1 << bits],
          im[1 << bits];
      for (std::size_t i = 0; i < 1 << bits; ++i)
        start_re[i] = static_cast<T>(prng.below(1000)) / 500, start_im[i] = static_cast<T>(prng.below(1000)) / 500;
      for (const bool dense : {true, false}) {
        for (std::size_t variant = 0; const auto* each = kernels_variant<T>(variant); ++variant) {
          std::copy(std::begin(start_re), std::end(start_re), re);
          std::copy(std::begin(start_im), std::end(start_im), im);
          (dense ? each->dense : each->diagonal)(re, im, bits, a, b, m_re, m_im);
          if (variant == 0)
            std::copy(std::begin(re), std::end(re), first_re), std::copy(std::begin(im), std::end(im), first_im);
          // Those that multiply and add at once agree to the last bit.
          const bool same = std::string_view(each->name) != "baseline";
          for (std::size_t i = 0; i < 1 << bits; ++i) {
            if (same) {
              ASSERT_EQ(re[i], first_re[i]) << each->name << " " << a << " " << b << " " << i;
              ASSERT_EQ(im[i], first_im[i]) << each->name << " " << a << " " << b << " " << i;
            }
            ASSERT_NEAR(re[i], first_re[i], error);
            ASSERT_NEAR(im[i], first_im[i], error);
          }
        }
      }
    }
  }
}

TEST(Kernels, AllInstructionSetsGiveTheSameBytesAndTheBaselineTheSameNumbers) {
  compare_kernels<double>(1e-13);
  compare_kernels<float>(1e-4);
}

Circuit random_clifford(Prng& prng, int qubits, int gates) {
  constexpr Gate ones[] = {Gate::h, Gate::s, Gate::sdg, Gate::x, Gate::y, Gate::z, Gate::sx, Gate::sxdg};
  Circuit circuit;
  circuit.add_qubits("q", qubits);
  for (int i = 0; i < gates; ++i) {
    const Qubit a = static_cast<Qubit>(prng.below(static_cast<std::uint64_t>(qubits)));
    const Qubit b =
        static_cast<Qubit>((static_cast<std::uint64_t>(a) + 1 + prng.below(static_cast<std::uint64_t>(qubits) - 1)) %
                           static_cast<std::uint64_t>(qubits));
    const double quarter = static_cast<double>(prng.below(8)) * std::numbers::pi / 2;
    switch (prng.below(9)) {
      case 0:
        circuit.apply_controlled(Gate::x, {a}, {b});
        break;
      case 1:
        circuit.apply_controlled(Gate::y, {a}, {b});
        break;
      case 2:
        circuit.apply_controlled(Gate::z, {a}, {b});
        break;
      case 3:
        circuit.apply(Gate::iswap, {a, b});
        break;
      case 4:
        circuit.apply(Gate::ecr, {a, b});
        break;
      case 5:
        circuit.apply(Gate::rzz, {a, b}, {quarter});
        break;
      case 6:
        circuit.apply(Gate::rx, {a}, {quarter});
        break;
      default:
        circuit.apply(ones[prng.below(8)], {a});
    }
  }
  return circuit;
}

TEST(Clifford, RandomCircuitsMeasureWhatTheirAmplitudesSay) {
  for (std::uint64_t seed = 0; seed < 300; ++seed) {
    Prng prng(seed);
    const int qubits = 2 + static_cast<int>(prng.below(5));
    Circuit circuit = random_clifford(prng, qubits, 30);
    ASSERT_TRUE(is_clifford(circuit));
    PauliSum sum;
    for (int i = 0; i < 5; ++i) {
      PauliTerm term{static_cast<double>(1 << i), {}};
      for (int q = 0; q < qubits; ++q) term.letters += "IXYZ"[prng.below(4)];
      sum.push_back(term);
    }
    EXPECT_NEAR(*expectation(circuit, sum, {.method = Method::tableau}), *expectation(circuit, sum, by_amplitudes),
                1e-10)
        << program_of(circuit);
    circuit.add_bits("c", qubits + 1);
    if (prng.chance(1, 2)) {
      circuit.measure(0, qubits).reset(1);
      const Circuit more = random_clifford(prng, qubits, 10);
      circuit.body.insert(circuit.body.end(), more.body.begin(), more.body.end());
    }
    circuit.measure_all();
    expect_near(exact(circuit, {.method = Method::tableau}), exact(circuit, by_amplitudes), 1e-10, program_of(circuit));
    if (HasFatalFailure()) return;
  }
}

TEST(Clifford, HundredsOfQubitsTakeNoTimeAndNoMemory) {
  Circuit circuit;
  circuit.add_qubits("q", 500);
  circuit.apply(Gate::h, {0});
  for (Qubit q = 1; q < 500; ++q) circuit.apply_controlled(Gate::x, {q - 1}, {q});
  circuit.measure_all();
  const auto counts = sample(circuit, 1000, 3, {.memory_bytes_max = 1 << 20});
  ASSERT_TRUE(counts.has_value()) << counts.error().message;
  ASSERT_EQ(counts->size(), 2U);
  EXPECT_EQ(counts->at(std::string(500, '0')) + counts->at(std::string(500, '1')), 1000);
  // A T gate makes it one that no tableau holds: refused with the number of bytes.
  circuit.body.insert(circuit.body.begin() + 1, {GateUse{Gate::t, 0, 0, {0}, {}}});
  const auto refused = sample(circuit, 1000, 3);
  ASSERT_FALSE(refused.has_value());
  EXPECT_EQ(refused.error().code, "needs-memory");
}

TEST(Clifford, TeleportationByTableauWithBranches) {
  const auto circuit = read_qasm(R"(OPENQASM 3.0; include "stdgates.inc"; qubit[3] q; bit[3] c;
    h q[0]; s q[0]; h q[1]; cx q[1], q[2]; cx q[0], q[1]; h q[0]; c[0] = measure q[0]; c[1] = measure q[1];
    if (c[1]) x q[2]; if (c[0]) z q[2]; sdg q[2]; h q[2]; c[2] = measure q[2];)");
  ASSERT_TRUE(circuit.has_value());
  const auto counts = sample(*circuit, 4000, 1, {.method = Method::tableau});
  ASSERT_TRUE(counts.has_value());
  ASSERT_EQ(counts->size(), 4U);
  for (const auto& [bits, count] : *counts) {
    EXPECT_EQ(bits[0], '0') << "what was sent arrives";
    EXPECT_NEAR(static_cast<double>(count), 1000, 150);
  }
}

TEST(Simulate, WhatCannotFitIsRefusedWithTheNumbers) {
  Circuit circuit;
  circuit.add_qubits("q", 30);
  for (Qubit q = 0; q < 30; ++q) circuit.apply(Gate::t, {q});
  circuit.measure_all();
  const auto refused = sample(circuit, 10, 0, {.memory_bytes_max = 1000});
  ASSERT_FALSE(refused.has_value());
  EXPECT_EQ(refused.error().code, "needs-memory");
  EXPECT_NE(refused.error().message.find("17179869184 bytes, and 1000 are allowed"), std::string::npos)
      << refused.error().message;
}

TEST(Simulate, SamplingFollowsTheDistribution) {
  Prng prng(21);
  Circuit circuit;
  circuit.add_qubits("q", 6);
  for (int i = 0; i < 60; ++i) circuit.body.push_back({reference::random_gate(prng, 6)});
  circuit.measure_all();
  const auto expected = exact(circuit, by_amplitudes);
  constexpr std::int64_t shots = 200'000;
  const auto counts = sample(circuit, shots, 99, by_amplitudes);
  ASSERT_TRUE(counts.has_value());
  double chi = 0;
  int classes = 0;
  for (const auto& [bits, p] : expected) {
    const double wanted = p * static_cast<double>(shots);
    if (wanted < 5) continue;
    const auto found = counts->find(bits);
    const double got = found == counts->end() ? 0 : static_cast<double>(found->second);
    chi += (got - wanted) * (got - wanted) / wanted;
    ++classes;
  }
  EXPECT_LT(chi, classes + 5 * std::sqrt(2.0 * classes)) << classes;
}

TEST(Simulate, TheEnergyOfHydrogenAndItsSweep) {
  // H2 at 0.735 Å in STO-3G on two qubits. The terms are those of ../shared/quantum; the first letter is of qubit 0.
  const PauliSum h2 = {{-1.052373245772859, "II"},
                       {0.39793742484318045, "ZI"},
                       {-0.39793742484318045, "IZ"},
                       {-0.01128010425623538, "ZZ"},
                       {0.18093119978423156, "XX"}};
  Circuit ansatz;
  ansatz.add_qubits("q", 2);
  const Expression t = ansatz.add_parameter("t");
  ansatz.apply(Gate::x, {0}).apply(Gate::ry, {1}, {t}).apply_controlled(Gate::x, {1}, {0});
  std::vector<std::vector<double>> sets;
  for (int i = -100; i <= 100; ++i) sets.push_back({i * 0.005});
  const auto energies = expectations(ansatz, h2, sets);
  ASSERT_TRUE(energies.has_value());
  EXPECT_NEAR((*energies)[100], -1.8369679912, 1e-9) << "Hartree-Fock";
  EXPECT_NEAR(*std::ranges::min_element(*energies), -1.857275030202, 2e-6) << "the ground state";
  EXPECT_EQ(expectation(ansatz, h2).error().code, "unbound-parameter");
  EXPECT_EQ(expectations(ansatz, h2, {{}}).error().code, "unbound-parameter");
  EXPECT_EQ(expectations(ansatz, {{1, "ZZZ"}}, {{0.0}}).error().code, "bad-circuit");
}

double share_of_one(const Circuit& circuit, const Noise& noise, std::int64_t shots) {
  const auto counts = sample_noisy(circuit, noise, shots, 17);
  EXPECT_TRUE(counts.has_value()) << (counts ? "" : counts.error().message);
  return counts && counts->contains("1") ? static_cast<double>(counts->at("1")) / static_cast<double>(shots) : 0;
}

TEST(Noise, RelaxationLossOfPhaseGateErrorsAndReadoutAreWhatTheySay) {
  constexpr std::int64_t shots = 40'000;
  constexpr double five_sigma = 5 * 0.5 / 200;
  const auto one_qubit = [](Gate first, Gate last, int idle) {
    Circuit circuit;
    circuit.add_qubits("q", 1);
    circuit.apply(first, {0});
    for (int i = 0; i < idle; ++i) circuit.apply(Gate::id, {0});
    circuit.apply(last, {0});
    return circuit.measure_all();
  };
  // Ten microseconds after x.
  Noise decay{.qubits = {{.t1_s = 20e-6, .t2_s = 12e-6, .gate_s = 1e-6}}};
  EXPECT_NEAR(share_of_one(one_qubit(Gate::x, Gate::id, 8), decay, shots), std::exp(-10.0 / 20), five_sigma);
  // Between two h: (1 - e^{-t/T2}) / 2 for the nine gates' time in which the phase counts, and after the second the
  // decay to 0 from half: what is measured then is a little less.
  const double coherence = std::exp(-9.0 / 12);
  EXPECT_NEAR(share_of_one(one_qubit(Gate::h, Gate::h, 8), decay, shots), (1 - coherence) / 2 * std::exp(-1.0 / 20),
              five_sigma);
  // One gate of infidelity 0.1: a wrong Pauli string with probability 0.15, of which two in three flip.
  EXPECT_NEAR(share_of_one(one_qubit(Gate::id, Gate::id, 0), {.qubits = {{.gate_error = 0.05}}}, shots),
              2 * 0.05 * (1 - 0.05), five_sigma);
  EXPECT_NEAR(
      share_of_one(one_qubit(Gate::x, Gate::id, 0), {.qubits = {{.reads_0_as_1 = 0.3, .reads_1_as_0 = 0.1}}}, shots),
      0.9, five_sigma);
  EXPECT_NEAR(
      share_of_one(one_qubit(Gate::id, Gate::id, 0), {.qubits = {{.reads_0_as_1 = 0.3, .reads_1_as_0 = 0.1}}}, shots),
      0.3, five_sigma);
  EXPECT_EQ(share_of_one(one_qubit(Gate::x, Gate::id, 3), {}, 100), 1);
  EXPECT_EQ(sample_noisy(bell(), {.qubits = {{.t1_s = 1, .t2_s = 3}}}, 10, 0).error().code, "out-of-range");
}

TEST(Noise, AChangeOfTheFrameIsFreeWhereItSaysSo) {
  Circuit circuit;
  circuit.add_qubits("q", 1);
  for (int i = 0; i < 10; ++i) circuit.apply(Gate::rz, {0}, {0.1});
  circuit.measure_all();
  Noise noise{.qubits = {{.t1_s = 1e-6, .t2_s = 1e-6, .gate_s = 1e-6, .gate_error = 0.1}}};
  EXPECT_GT(share_of_one(circuit, noise, 1000), 0);
  noise.rz_is_free = true;
  EXPECT_EQ(share_of_one(circuit, noise, 1000), 0);
}
/// A share of shots whose outcome has an odd number of ones among the bits of a mask.
double share_odd(const Counts& counts, const std::string& mask) {
  double odd = 0, all = 0;
  for (const auto& [bits, count] : counts) {
    int ones = 0;
    for (std::size_t i = 0; i < bits.size(); ++i) ones += bits[i] == '1' && mask[i] == '1' ? 1 : 0;
    odd += ones % 2 == 1 ? static_cast<double>(count) : 0;
    all += static_cast<double>(count);
  }
  return odd / all;
}

TEST(Noise, ErrorsCarriedThroughATableauAreThoseOfTrajectories) {
  // Without relaxation both are exact: loss of phase, gates' errors, readout, a reset and a measurement on the way.
  Circuit circuit;
  circuit.add_qubits("q", 4);
  circuit.add_bits("c", 5);
  circuit.apply(Gate::h, {0}).apply_controlled(Gate::x, {0}, {1}).apply(Gate::sx, {2}).apply(Gate::id, {2});
  circuit.measure(1, 4).apply_controlled(Gate::z, {2}, {0}).apply(Gate::h, {1}).reset(2).apply(Gate::ecr, {2, 3});
  circuit.apply(Gate::iswap, {0, 3}).apply(Gate::h, {0}).apply(Gate::h, {3}).measure(0, 0).measure(1, 1);
  circuit.measure(2, 2).measure(3, 3);
  const Noise noise{.qubits = {{.t2_s = 30e-6,
                                .gate_s = 1e-6,
                                .gate_error = 0.02,
                                .measurement_s = 4e-6,
                                .reads_0_as_1 = 0.03,
                                .reads_1_as_0 = 0.08}},
                    .other_pairs = {.gate_s = 3e-6, .gate_error = 0.05}};
  constexpr std::int64_t shots = 100'000;
  const auto by_tableau = sample_noisy(circuit, noise, shots, 3, {.method = Method::tableau});
  const auto by_state = sample_noisy(circuit, noise, shots, 4, {.method = Method::state_vector});
  ASSERT_TRUE(by_tableau.has_value() && by_state.has_value());
  for (int mask = 1; mask < 32; ++mask) {
    std::string bits;
    for (int i = 4; i >= 0; --i) bits += (mask >> i & 1) != 0 ? '1' : '0';
    // Two samples: √2 · 0.5 / √shots is one sigma.
    EXPECT_NEAR(share_odd(*by_tableau, bits), share_odd(*by_state, bits), 5 * 0.71 / std::sqrt(shots)) << bits;
  }
  EXPECT_EQ(sample_noisy(circuit, noise, 500, 3, {.method = Method::tableau}),
            sample_noisy(circuit, noise, 500, 3, {.method = Method::tableau}));
}

TEST(Noise, RelaxationByTableauKeepsTheAverageFidelity) {
  // Half of what falls in the other way rises: of |1> the same share is lost, once γ/2 is looked at.
  Circuit circuit;
  circuit.add_qubits("q", 1);
  circuit.apply(Gate::x, {0}).apply(Gate::id, {0}).measure_all();
  const Noise noise{.qubits = {{.t1_s = 20e-6, .t2_s = 15e-6, .gate_s = 5e-6}}};
  const auto counts = sample_noisy(circuit, noise, 40'000, 3, {.method = Method::tableau});
  EXPECT_NEAR(static_cast<double>(counts->at("0")) / 40'000, (1 - std::exp(-10.0 / 20)) / 2, 0.0125);
  const PauliDecay decay = pauli_decay(noise.qubits[0], 5e-6);
  const double process = (1 + std::exp(-5.0 / 20) + 2 * std::exp(-5.0 / 15)) / 4;
  EXPECT_NEAR(1 - decay.x - decay.y - decay.z, process, 1e-12);
}

TEST(Noise, HundredsOfQubitsOfACliffordCircuit) {
  Circuit circuit;
  circuit.add_qubits("q", 120);
  circuit.apply(Gate::h, {0});
  for (Qubit q = 0; q + 1 < 120; ++q) circuit.apply_controlled(Gate::x, {q}, {q + 1});
  circuit.measure_all();
  EXPECT_TRUE(noisy_by_tableau(circuit));
  const auto counts = sample_noisy(circuit, {.other_pairs = {.gate_error = 0.001}}, 1000, 9);
  ASSERT_TRUE(counts.has_value());
  const auto whole = [&](char bit) {
    const auto found = counts->find(std::string(120, bit));
    return found == counts->end() ? 0 : static_cast<double>(found->second);
  };
  // 119 gates, of whose 15 error strings those with phases alone (Z on either) leave the outcome whole.
  EXPECT_NEAR((whole('0') + whole('1')) / 1000, std::pow(1 - 0.001 * 5 / 4 * 12 / 15, 119), 0.05);
  circuit.apply(Gate::t, {0});
  EXPECT_FALSE(noisy_by_tableau(circuit));
  EXPECT_EQ(sample_noisy(circuit, {}, 10, 9, {.method = Method::tableau}).error().code, "unsupported-circuit");
}

TEST(Noise, APairsErrorIsOfThePair) {
  Circuit circuit;
  circuit.add_qubits("q", 2);
  circuit.apply_controlled(Gate::z, {0}, {1}).measure_all();
  const auto counts = sample_noisy(circuit, {.pairs = {{.a = 1, .b = 0, .gate_error = 0.12}}}, 40'000, 5);
  ASSERT_TRUE(counts.has_value());
  // 0.12 · 5/4 of the shots see one of 15 strings; 12 of those flip something.
  EXPECT_NEAR(static_cast<double>(counts->at("00")) / 40'000, 1 - 0.15 * 12 / 15, 0.0125);
  EXPECT_EQ(sample_noisy(circuit, {}, 100, 5)->at("00"), 100);
}

/// The numbers of one of ../shared/circuits/expected: enough of JSON for that.
std::map<std::string, double> probabilities_of(const std::string& json) {
  std::map<std::string, double> found;
  const std::string part = json.substr(json.find("\"probs\""));
  const std::regex pair("\"([01]+)\"\\s*:\\s*([-0-9.e+]+)");
  for (std::sregex_iterator i(part.begin(), part.end(), pair), end; i != end; ++i) found[(*i)[1]] = std::stod((*i)[2]);
  return found;
}

TEST(QasmBench, EveryCircuitHasItsExpectedDistribution) {
  const fs::path folder = fs::path(MINGYUE_CIRCUITS) / "expected";
  if (!fs::exists(folder)) GTEST_SKIP() << "the expected distributions are not beside this tree";
  int count = 0;
  for (const auto& entry : fs::directory_iterator(folder)) {
    const std::string json = text_of(entry.path());
    std::string name = entry.path().stem();
    for (std::size_t at; (at = name.find("__")) != std::string::npos;) name.replace(at, 2, "/");
    auto circuit = read_qasm(text_of(fs::path(MINGYUE_CIRCUITS) / "qasmbench" / name));
    ASSERT_TRUE(circuit.has_value()) << name << ": " << circuit.error().message;
    if (json.find("\"measured\": false") != std::string::npos || json.find("\"measured\":false") != std::string::npos) {
      circuit->bits = 0;
      circuit->bit_registers.clear();
      circuit->measure_all();
    }
    auto expected = probabilities_of(json);
    ASSERT_FALSE(expected.empty()) << name;
    double collision = 0;
    const auto at = json.find("\"collision\"");
    double expected_collision = std::stod(json.substr(json.find(':', at) + 1));
    if (name == "small/bb84_n8/bb84_n8.qasm") {
      // It measures into the same bits twice, and what is recorded never turns a bit back to 0: it is the first outcome
      // or the second. OpenQASM's measurement replaces the bit: qubit 0 is x, measured, x, measured, and ends as 0.
      EXPECT_EQ(expected.size(), 4U);
      expected = reference::distribution(*circuit);
      expected_collision = 1.0 / 32;
      EXPECT_EQ(expected.size(), 32U);
    }
    for (const auto& [options, error] : {std::pair(by_amplitudes, 1e-10), std::pair(by_single_amplitudes, 1e-5)}) {
      const Distribution found = exact(*circuit, options);
      double worst = 0;
      collision = 0;
      for (const auto& [bits, p] : expected)
        worst = std::max(worst, std::abs(p - (found.contains(bits) ? found.at(bits) : 0)));
      for (const auto& [bits, p] : found) collision += p * p;
      EXPECT_LT(worst, error) << name;
      EXPECT_NEAR(collision, expected_collision, error) << name;
    }
    ++count;
  }
  EXPECT_EQ(count, 54);
}

}  // namespace
}  // namespace mingyue::quantum
