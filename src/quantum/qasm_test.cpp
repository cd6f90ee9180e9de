#include "quantum/qasm.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <numbers>

namespace mingyue::quantum {
namespace {

namespace fs = std::filesystem;

std::string text_of(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}

Circuit read(std::string_view text) {
  const auto circuit = read_qasm(text);
  EXPECT_TRUE(circuit.has_value()) << (circuit ? "" : circuit.error().message) << "\n" << text;
  return circuit.value_or(Circuit{});
}

Refusal refusal_of(std::string_view text) {
  const auto circuit = read_qasm(text);
  EXPECT_FALSE(circuit.has_value()) << text;
  return circuit ? Refusal{} : circuit.error();
}

const GateUse& gate(const Circuit& circuit, std::size_t i) { return std::get<GateUse>(circuit.body.at(i).what); }

Circuit read_3(const std::string& body) {
  return read("OPENQASM 3.0; include \"stdgates.inc\"; qubit[4] q; bit[4] c; " + body);
}

/// What is read from what was written.
void expect_round_trip(const Circuit& circuit, const std::string& name) {
  const auto text = write_qasm3(circuit);
  ASSERT_TRUE(text.has_value()) << name << ": " << text.error().message;
  const auto again = read_qasm(*text);
  ASSERT_TRUE(again.has_value()) << name << ": " << again.error().message << "\n" << *text;
  EXPECT_TRUE(*again == circuit) << name << "\n" << *text;
}

TEST(Qasm2, ReadsABellPair) {
  const Circuit circuit = read(R"(
    OPENQASM 2.0;
    include "qelib1.inc";
    qreg q[2];
    creg c[2];
    h q[0];
    cx q[0], q[1];
    measure q -> c;
  )");
  Circuit bell;
  bell.add_qubits("q", 2);
  bell.add_bits("c", 2);
  bell.apply(Gate::h, {0}).apply_controlled(Gate::x, {0}, {1}).measure(0, 0).measure(1, 1);
  EXPECT_EQ(circuit, bell);
}

TEST(Qasm2, GatesAreAppliedToWholeRegistersAndDefinitionsUnfolded) {
  const Circuit circuit = read(R"(OPENQASM 2.0; include "qelib1.inc";
    gate twist(a, b) x, y { rz(a/2) x; cx x, y; barrier x, y; rz(-b^2*sin(pi/6)) y; }
    qreg a[2]; qreg b[2];
    twist(1, 2) a, b;)");
  ASSERT_EQ(circuit.body.size(), 8U);
  EXPECT_EQ(gate(circuit, 0).angles[0].number(), 0.5);
  EXPECT_EQ(gate(circuit, 1).qubits, (std::vector<Qubit>{0, 2}));
  EXPECT_NEAR(gate(circuit, 3).angles[0].number(), -2, 1e-15);
  EXPECT_EQ(gate(circuit, 5).qubits, (std::vector<Qubit>{1, 3}));
}

TEST(Qasm2, NumbersDivideAsRealNumbersAndInOpenQasm3AsIntegers) {
  EXPECT_EQ(gate(read("OPENQASM 2.0; include \"qelib1.inc\"; qreg q[1]; rx(1/2) q[0];"), 0).angles[0].number(), 0.5);
  EXPECT_EQ(gate(read_3("rx(1/2) q[0];"), 0).angles[0].number(), 0);
  EXPECT_EQ(gate(read_3("rx(1/2.0) q[0];"), 0).angles[0].number(), 0.5);
  EXPECT_EQ(gate(read_3("rx(-2**2) q[0];"), 0).angles[0].number(), -4);
  EXPECT_EQ(gate(read_3("rx(2**3**2) q[0];"), 0).angles[0].number(), 512);
}

TEST(Qasm2, AConditionComparesAWholeRegister) {
  const Circuit circuit = read(
      "OPENQASM 2.0; include \"qelib1.inc\"; qreg q[1]; creg c[70]; if (c == 3) x q[0]; if (c==0) measure q[0] -> "
      "c[69];");
  const auto& branch = std::get<Branch>(circuit.body.at(0).what);
  BitWords words = {3, 0};
  EXPECT_EQ(branch.condition.evaluate(words), 1);
  words[1] = 32;
  EXPECT_EQ(branch.condition.evaluate(words), 0);
  // A register of two bits is never 5.
  EXPECT_TRUE(read("OPENQASM 2.0; include \"qelib1.inc\"; qreg q[1]; creg c[2]; if (c == 5) x q[0];").body.empty());
}

TEST(Qasm2, AnOpaqueGateMayBeDeclaredAndNotApplied) {
  EXPECT_TRUE(read("OPENQASM 2.0; opaque magic(a) q, r; qreg q[2];").body.empty());
  const Refusal refusal = refusal_of("OPENQASM 2.0; opaque magic(a) q, r; qreg q[2];\nmagic(1) q[0], q[1];");
  EXPECT_EQ(refusal.code, "unsupported-circuit");
  EXPECT_NE(refusal.message.find("opaque"), std::string::npos);
  EXPECT_EQ(refusal.line, 2);
}

TEST(Qasm3, ModifiersActFromTheGateOutwards) {
  const Circuit circuit = read_3(
      "ctrl @ negctrl(2) @ inv @ s q[0], q[1], q[2], q[3]; pow(2) @ rx(0.5) q[0]; inv @ ctrl @ U(1, 2, 3) q[0], q[1];");
  EXPECT_EQ(gate(circuit, 0), (GateUse{Gate::sdg, 3, 0b110, {0, 1, 2, 3}, {}}));
  EXPECT_EQ(gate(circuit, 1), (GateUse{Gate::rx, 0, 0, {0}, {1.0}}));
  EXPECT_EQ(gate(circuit, 2), (GateUse{Gate::u, 1, 0, {0, 1}, {-1.0, -3.0, -2.0}}));
}

TEST(Qasm3, AFractionalPowerIsThePrincipalOne) {
  const Circuit circuit = read_3("pow(0.5) @ x q[0]; pow(0.25) @ z q[0]; ctrl @ pow(0.5) @ gphase(pi) q[1];");
  const GateUse& root = gate(circuit, 0);
  const double angles[3] = {root.angles[0].number(), root.angles[1].number(), root.angles[2].number()};
  const Matrix2 u = matrix2_of(root.gate, angles);
  const Complex phase = phase_of(gate(circuit, 1).angles[0].number());
  const Matrix2 sx = matrix2_of(Gate::sx, {});
  for (std::size_t i = 0; i < 4; ++i) EXPECT_LT(std::abs(u[i] * phase - sx[i]), 1e-14) << i;
  EXPECT_EQ(gate(circuit, 2).gate, Gate::p);
  EXPECT_NEAR(gate(circuit, 2).angles[0].number(), std::numbers::pi / 4, 1e-14);
  EXPECT_EQ(gate(circuit, 3), (GateUse{Gate::gphase, 1, 0, {1}, {std::numbers::pi / 2}}));
}

TEST(Qasm3, LoopsAreUnrolledAndKnownConditionsDecided) {
  const Circuit circuit = read_3(R"(
    const int n = 3; uint[4] mask = 5;
    for uint i in [0:n-1] { if (bool(mask[i])) x q[i]; else z q[i]; }
    for int i in {3, 1} rx(i) q[i];
    int k = 8; while (k > 1) { k /= 2; if (k == 2) continue; h q[0]; }
    switch (n) { case 1, 2 { x q[0]; } case 3 { y q[0]; } default { z q[0]; } })");
  std::vector<Gate> gates;
  for (std::size_t i = 0; i < circuit.body.size(); ++i) gates.push_back(gate(circuit, i).gate);
  EXPECT_EQ(gates, (std::vector{Gate::x, Gate::z, Gate::x, Gate::rx, Gate::rx, Gate::h, Gate::h, Gate::y}));
}

TEST(Qasm3, ParametersAreBoundLate) {
  const Circuit circuit =
      read_3("input float theta; input angle[32] phi; rx(2*theta + phi/4) q[0]; ry(-sin(theta)**2) q[1];");
  EXPECT_EQ(circuit.parameters, (std::vector<std::string>{"theta", "phi"}));
  const double values[] = {0.5, 0.4};
  const auto bound = bind_parameters(circuit, values);
  ASSERT_TRUE(bound.has_value());
  EXPECT_DOUBLE_EQ(gate(*bound, 0).angles[0].number(), 1.1);
  EXPECT_DOUBLE_EQ(gate(*bound, 1).angles[0].number(), -std::sin(0.5) * std::sin(0.5));
  EXPECT_EQ(bind_parameters(circuit, std::span(values, 1)).error().code, "unbound-parameter");
  expect_round_trip(circuit, "parameters");
}

TEST(Qasm3, SubroutinesAreUnfoldedWithTheirScratchBits) {
  const Circuit circuit = read_3(
      "def flip(qubit a, bit[2] b, float t) -> bit { if (b == 3) rx(t) a; return measure a; } c[3] = flip(q[1], "
      "c[0:1], 0.5); ");
  ASSERT_EQ(circuit.body.size(), 3U);
  EXPECT_TRUE(circuit.bit_registers.at(1).local);
  EXPECT_EQ(std::get<Assignment>(circuit.body[2].what).first, 3);
  expect_round_trip(circuit, "subroutine");
}

TEST(Qasm3, WhatIsWrittenReadsBackAsTheSameCircuit) {
  expect_round_trip(read_3(R"(
    input float t;
    gphase(0.3); U(1, pi/2, -pi/4) q[0]; u2(0.1, 1e-7) q[1]; u3(1, 2, 3) q[2]; p(-0.0) q[0]; id q[0];
    gate rzz(a) x, y { cx x, y; rz(a) y; cx x, y; }
    rzz(t - (2 - t) ** 2 / 3) q[0], q[1]; inv @ rzz(0.5) q[2], q[1]; inv @ sx q[3]; ctrl(3) @ z q[0], q[1], q[2], q[3];
    negctrl @ ctrl(2) @ gphase(t) q[0], q[1], q[2]; crx(-t) q[0], q[3]; cu(1, 2, 3, 4) q[0], q[1];
    barrier q; barrier; reset q[1]; measure q[2]; c = measure q; c[1:2] = "01"; c[0] ^= c[1];
    if (c == 5 && !(int[4](c) < -2 || c[0] == c[1])) { x q[0]; if (c[3]) y q[1]; else { z q[2]; } } else h q[3];
    c <<= 1; c = ~c; bit[2] d = c[0:1] ^ c[2:3]; d[1] = c[2]; d = bit[2](uint[2](c) + 1);
    switch (int[4](c)) { case 1 { x q[0]; } case 2, 3 { y q[0]; } default { z q[0]; } })"),
                    "everything");
}

TEST(Qasm3, DefinitionsOfBuiltInGatesAreRecognised) {
  Circuit circuit;
  circuit.add_qubits("q", 2);
  circuit.apply(Gate::iswap, {0, 1})
      .apply(Gate::ecr, {1, 0})
      .apply(Gate::rxx, {0, 1}, {0.3})
      .apply(Gate::ryy, {0, 1}, {0.4});
  circuit.apply(Gate::rzz, {1, 0}, {0.5}).apply(Gate::sxdg, {0});
  expect_round_trip(circuit, "version 3");
  const auto text = write_qasm2(circuit);
  ASSERT_TRUE(text.has_value());
  EXPECT_EQ(read(*text), circuit) << *text;
}

struct Wrong {
  const char* text;
  const char* code;
  const char* field;
  const char* says;
};

TEST(Qasm, EveryRefusalNamesItsPlaceAndWhatIsWrong) {
  const Wrong wrongs[] = {
      {"OPENQASM 2.0;\nqreg q[2];\n  foo q[0];", "bad-circuit", "3:3", "no gate 'foo'"},
      {"OPENQASM 2.0; include \"qelib1.inc\"; qreg q[2]; cx q[0], q[0];", "bad-circuit", "1:48", "same qubit twice"},
      {"OPENQASM 2.0; include \"qelib1.inc\"; qreg q[2]; h q[2];", "bad-circuit", "1:52", "index 2 of a register of 2"},
      {"OPENQASM 2.0; include \"qelib1.inc\"; qreg q[2]; rx q[0];", "bad-circuit", "1:48", "1 parameters, and 0"},
      {"OPENQASM 2.0; include \"qelib1.inc\"; qreg q[2]; qreg r[3]; cx q, r;", "bad-circuit", "1:65", "2 and 3 qubits"},
      {"OPENQASM 2.0; include \"qelib1.inc\"; qreg q[2]; creg c[1]; measure q -> c;", "bad-circuit", "1:59",
       "2 qubits"},
      {"OPENQASM 2.0; qreg q[2]; qreg q[3];", "bad-circuit", "1:26", "declared twice"},
      {"OPENQASM 2.0; gate g a { g a; } qreg q[1]; g q[0];", "too-large", "1:26", "through itself"},
      {"OPENQASM 2.0; include \"other.inc\";", "unsupported-circuit", "1:15", "other.inc"},
      {"OPENQASM 4.0;", "unsupported-circuit", "1:10", "OpenQASM 4.0"},
      {"OPENQASM 2.0; qreg q[2]\nh q[0];", "bad-circuit", "2:1", "';' was expected"},
      {"OPENQASM 2.0; qreg q[2]; U(0, 0, 1/0) q[0];", "bad-circuit", "1:26", "no finite number"},
      {"OPENQASM 2.0; qreg q[2]; /* never", "bad-circuit", "1:26", "does not end"},
      {"OPENQASM 2.0; qreg q[1000000000];", "too-large", "1:15", "1000000000"},
      {"OPENQASM 3; extern f(int) -> int;", "unsupported-circuit", "1:13", "extern"},
      {"OPENQASM 3; defcal x $0 { }", "unsupported-circuit", "1:13", "defcal"},
      {"OPENQASM 3; qubit q; delay[10ns] q;", "unsupported-circuit", "1:22", "delay"},
      {"OPENQASM 3; box { }", "unsupported-circuit", "1:13", "box"},
      {"OPENQASM 3; array[int[8], 3] a;", "unsupported-circuit", "1:13", "arrays"},
      {"OPENQASM 3; U(0,0,0) $0;", "unsupported-circuit", "1:22", "physical qubits"},
      {"OPENQASM 3; qubit q; bit b; while (b == 0) { b = measure q; }", "unsupported-circuit", "1:29", "while loop"},
      {"OPENQASM 3; qubit q; bit b; b = measure q; U(0, 0, int(b)) q;", "unsupported-circuit", "1:52",
       "depends on a measurement"},
      {"OPENQASM 3; qubit q; int k = 0; bit b = measure q; if (b) k += 1;", "unsupported-circuit", "1:59",
       "'k' is changed"},
      {"OPENQASM 3; for int i in [0:1000000000] { }", "too-large", "1:27", "values"},
      {"OPENQASM 3; int i = 0; while (true) { i += 0; }", "too-large", "", "steps"},
      {"OPENQASM 3; input int n;", "unsupported-circuit", "1:13", "input of type int"},
      {"OPENQASM 3; #pragma x", "unsupported-circuit", "1:13", "pragmas"},
      {"OPENQASM 3; return;", "bad-circuit", "1:13", "outside"},
      {"OPENQASM 3; int x = 9223372036854775807 + 1;", "bad-circuit", "1:41", "64 bits"},
      {"OPENQASM 3; bit[2] b = \"012\";", "bad-circuit", "1:24", "0 and 1"},
      {"h q;\xff", "bad-circuit", "", "UTF-8"},
  };
  for (const Wrong& wrong : wrongs) {
    const Refusal refusal = refusal_of(wrong.text);
    EXPECT_EQ(refusal.code, wrong.code) << wrong.text << "\n" << refusal.message;
    EXPECT_NE(refusal.message.find(wrong.says), std::string::npos) << wrong.text << "\n" << refusal.message;
    EXPECT_TRUE(*wrong.field == '\0' || refusal.field == wrong.field) << wrong.text << "\n" << refusal.message;
  }
}

TEST(Qasm, ShortTextThatMeansSomethingEnormousIsRefused) {
  std::string doubling = "OPENQASM 2.0; include \"qelib1.inc\"; gate g0 a { x a; x a; }";
  for (int i = 1; i < 50; ++i)
    doubling +=
        "gate g" + std::to_string(i) + " a { g" + std::to_string(i - 1) + " a; g" + std::to_string(i - 1) + " a; }";
  EXPECT_EQ(refusal_of(doubling + "qreg q[1]; g49 q[0];").code, "too-large");
  EXPECT_EQ(refusal_of("OPENQASM 3; qubit[100000] q; for int i in [0:1000000] { barrier q; }").code, "too-large");
  EXPECT_EQ(refusal_of("OPENQASM 3; qubit q; pow(1e9) @ U(1, 2, 3) q;").code, "too-large");
  EXPECT_EQ(refusal_of("OPENQASM 3; int x = " + std::string(100'000, '(') + "1;").code, "too-large");
  std::string sum = "OPENQASM 3; int x = 0";
  for (int i = 0; i < 100'000; ++i) sum += "+1";
  EXPECT_EQ(refusal_of(sum + ";").code, "too-large");
  std::string cases = "OPENQASM 3; qubit q; bit[8] c; c[0] = measure q; switch (uint[8](c)) {";
  for (int i = 0; i < 100; ++i) cases += "case " + std::to_string(i) + " { U(1, 2, 3) q; }";
  EXPECT_EQ(refusal_of(cases + "}").code, "too-large");
  EXPECT_EQ(refusal_of("OPENQASM 3; input float t; qubit q; U(t+t, 0, 0) q;" + std::string(20'000, '{')).code,
            "too-large");
}

TEST(QasmBench, EveryCircuitIsReadAndWrittenAgain) {
  const fs::path folder = fs::path(MINGYUE_CIRCUITS) / "qasmbench";
  if (!fs::exists(folder)) GTEST_SKIP() << "the circuits of QASMBench are not beside this tree";
  int count = 0;
  for (const auto& entry : fs::recursive_directory_iterator(folder)) {
    if (entry.path().extension() != ".qasm") continue;
    ++count;
    const Circuit circuit = read(text_of(entry.path()));
    expect_round_trip(circuit, entry.path().filename());
    const auto text = write_qasm2(circuit);
    ASSERT_TRUE(text.has_value()) << entry.path() << ": " << text.error().message;
    EXPECT_EQ(read(*text), circuit) << entry.path();
  }
  EXPECT_EQ(count, 60);
}

TEST(Qasm3Examples, AreReadOrRefusedByTheNameOfTheFeature) {
  const fs::path folder = fs::path(MINGYUE_CIRCUITS) / "openqasm3_examples";
  if (!fs::exists(folder)) GTEST_SKIP() << "the examples of OpenQASM 3 are not beside this tree";
  // Empty: it is read.
  const std::map<std::string, std::string> expected = {
      {"adder.qasm", ""},
      {"alignment.qasm", "timing (stretch)"},
      {"arrays.qasm", "arrays"},
      {"cphase.qasm", "'q' is not declared"},
      {"dd.qasm", "timing (stretch)"},
      {"defcal.qasm", "pulse calibrations (defcalgrammar)"},
      {"gateteleport.qasm", "extern functions"},
      {"inverseqft1.qasm", ""},
      {"inverseqft2.qasm", ""},
      {"ipe.qasm", "a measurement into a variable of type angle"},
      {"msd.qasm", "index 3 of a register of 3"},  // A mistake of the example.
      {"qec.qasm", ""},
      {"qft.qasm", ""},
      {"qpt.qasm", ""},
      {"rb.qasm", ""},
      {"rus.qasm", "while loop whose condition depends on a measurement"},
      {"scqec.qasm", "extern functions"},
      {"t1.qasm", "timing (duration)"},
      {"teleport.qasm", ""},
      {"varteleport.qasm", ""},
      {"vqe.qasm", "extern functions"},
  };
  for (const auto& [name, says] : expected) {
    const auto circuit = read_qasm(text_of(folder / name));
    if (says.empty()) {
      ASSERT_TRUE(circuit.has_value()) << name << ": " << circuit.error().message;
      expect_round_trip(*circuit, name);
    } else {
      ASSERT_FALSE(circuit.has_value()) << name;
      EXPECT_NE(circuit.error().message.find(says), std::string::npos) << name << ": " << circuit.error().message;
    }
  }
}

}  // namespace
}  // namespace mingyue::quantum
