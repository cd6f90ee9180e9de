#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <boost/json.hpp>
#include <charconv>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <numbers>

#include "quantum/qasm.hpp"
#include "quantum/reference_testing.hpp"
#include "quantum/simulate.hpp"

/// What our simulator says, for a program of somebody else to compare with:
///
///   quantum_distributions files FOLDER QUBITS_MAX   all .qasm files below the folder with at most so many qubits
///   quantum_distributions text                      the circuit on standard input
///   quantum_distributions random SEED COUNT         generated circuits of OpenQASM 2, the same for the same seed
///
/// One JSON object a line: {"name", "text", "outcomes": {"01": 0.25, ...}}, or "qubits" in place of "outcomes" where a
/// circuit is left out for its size, or "refusal" where it cannot be read. A circuit that measures nothing has its
/// outcomes over all qubits.
namespace mingyue::quantum {
namespace {

namespace json = boost::json;

void print(const json::object& line) { std::puts(json::serialize(line).c_str()); }

json::object line_of(std::string_view name, std::string_view text) {
  return {{"name", json::string(name)}, {"text", json::string(text)}};
}

void print_outcomes(std::string_view name, std::string_view text, Circuit circuit, int qubits_max = 64) {
  json::object line = line_of(name, text);
  if (circuit.qubits > qubits_max) {
    line["qubits"] = circuit.qubits;
    return print(line);
  }
  if (size_of(circuit).measurements == 0) {
    circuit.bits = 0;
    circuit.bit_registers.clear();
    circuit.measure_all();
  }
  const auto found = distribution(circuit);
  if (found) {
    json::object& outcomes = line["outcomes"].emplace_object();
    for (const auto& [bits, probability] : *found) outcomes[bits] = probability;
  } else {
    line["refusal"] = found.error().message;
  }
  print(line);
}

void print_outcomes_of_text(std::string_view name, std::string_view text, int qubits_max = 64) {
  auto circuit = read_qasm(text);
  if (circuit) return print_outcomes(name, text, std::move(*circuit), qubits_max);
  json::object line = line_of(name, text);
  line["refusal"] = circuit.error().message;
  print(line);
}

int files(const std::filesystem::path& folder, int qubits_max) {
  std::vector<std::filesystem::path> paths;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(folder)) {
    if (entry.path().extension() == ".qasm") paths.push_back(entry.path());
  }
  std::ranges::sort(paths);
  for (const auto& path : paths) {
    std::ifstream in(path, std::ios::binary);
    const std::string text{std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
    print_outcomes_of_text(path.lexically_relative(folder).string(), text, qubits_max);
  }
  return paths.empty() ? 1 : 0;
}

/// In halves or whole turns now and then, where gates meet their special cases.
double some_angle(Prng& prng) {
  return prng.chance(1, 4) ? static_cast<double>(prng.below(9)) * std::numbers::pi / 4 - std::numbers::pi
                           : static_cast<double>(prng.below(2000)) / 100 - 10;
}

/// All of every qubit's phases become probabilities.
void turn_all(Circuit& circuit, Prng& prng) {
  for (Qubit q = 0; q < circuit.qubits; ++q)
    circuit.apply(Gate::u3, {q}, {some_angle(prng), some_angle(prng), some_angle(prng)});
}

/// One instruction that OpenQASM 2 has: a gate, and where `in_the_middle` a measurement or reset as well.
Instruction some_instruction(const Circuit& circuit, Prng& prng, bool in_the_middle) {
  const auto some_qubit = [&] { return static_cast<Qubit>(prng.below(static_cast<std::uint64_t>(circuit.qubits))); };
  if (in_the_middle && prng.chance(1, 8))
    return {Measurement{some_qubit(), static_cast<Bit>(prng.below(static_cast<std::uint64_t>(circuit.bits)))}};
  if (in_the_middle && prng.chance(1, 16)) return {Reset{some_qubit()}};
  for (;;) {
    Circuit one;
    one.add_qubits("q", circuit.qubits);
    one.body.push_back({reference::random_gate(prng, circuit.qubits, 4)});
    if (write_qasm2(one)) return one.body.front();
  }
}

/// Built as a circuit and written by us, so that what they read is what we meant.
void print_written(std::string_view name, Prng& prng, bool in_the_middle) {
  Circuit circuit;
  circuit.add_qubits("q", 2 + static_cast<int>(prng.below(5)));
  if (in_the_middle) circuit.add_bits("m", 2);
  turn_all(circuit, prng);
  for (std::uint64_t left = 5 + prng.below(20); left > 0; --left) {
    Instruction next = some_instruction(circuit, prng, in_the_middle);
    if (in_the_middle && prng.chance(1, 5)) {
      next = {Branch{BitExpression::binary(BitOperation::equal, BitExpression::bits(0, 2),
                                           BitExpression::constant(static_cast<std::int64_t>(prng.below(4)))),
                     {std::move(next)},
                     {}}};
    }
    circuit.body.push_back(std::move(next));
  }
  turn_all(circuit, prng);
  const Bit first = circuit.add_bits("c", circuit.qubits);
  for (Qubit q = 0; q < circuit.qubits; ++q) circuit.measure(q, first + q);
  const auto text = write_qasm2(circuit);
  if (text) return print_outcomes(name, *text, std::move(circuit));
  json::object line = line_of(name, "");
  line["refusal"] = text.error().message;
  print(line);
}

struct Named {
  std::string_view name;
  int angles;
  int qubits;
};
/// What OpenQASM 2 itself and its qelib1.inc name, as that file is today.
constexpr std::array<Named, 48> qelib1 = {{
    {"U", 3, 1},   {"CX", 0, 2},   {"u3", 3, 1},      {"u2", 2, 1},  {"u1", 1, 1},    {"u0", 1, 1},   {"u", 3, 1},
    {"p", 1, 1},   {"id", 0, 1},   {"x", 0, 1},       {"y", 0, 1},   {"z", 0, 1},     {"h", 0, 1},    {"s", 0, 1},
    {"sdg", 0, 1}, {"t", 0, 1},    {"tdg", 0, 1},     {"sx", 0, 1},  {"sxdg", 0, 1},  {"rx", 1, 1},   {"ry", 1, 1},
    {"rz", 1, 1},  {"cx", 0, 2},   {"cy", 0, 2},      {"cz", 0, 2},  {"ch", 0, 2},    {"csx", 0, 2},  {"swap", 0, 2},
    {"crx", 1, 2}, {"cry", 1, 2},  {"crz", 1, 2},     {"cu1", 1, 2}, {"cp", 1, 2},    {"cu3", 3, 2},  {"cu", 4, 2},
    {"rxx", 1, 2}, {"rzz", 1, 2},  {"ccx", 0, 3},     {"ccz", 0, 3}, {"cswap", 0, 3}, {"rccx", 0, 3}, {"rc3x", 0, 4},
    {"c3x", 0, 4}, {"c3sx", 0, 4}, {"c3sqrtx", 0, 4}, {"c4x", 0, 5}, {"h", 0, 1},     {"cx", 0, 2},
}};

/// Every gate by its name, as people write it; we read it as they do.
void print_named(std::string_view name, Prng& prng) {
  const int qubits = 5 + static_cast<int>(prng.below(2));
  std::string text = fmt::format("OPENQASM 2.0;\ninclude \"qelib1.inc\";\nqreg q[{0}];\ncreg c[{0}];\n", qubits);
  const auto add = [&](const Named& gate) {
    text += gate.name;
    for (int i = 0; i < gate.angles; ++i) text += fmt::format("{}{}", i == 0 ? "(" : ", ", some_angle(prng));
    if (gate.angles > 0) text += ")";
    std::vector<int> all;
    for (int q = 0; q < qubits; ++q) all.push_back(q);
    for (int i = 0; i < gate.qubits; ++i) {
      std::swap(all[static_cast<std::size_t>(i)],
                all[static_cast<std::size_t>(i) + prng.below(static_cast<std::uint64_t>(qubits - i))]);
      text += fmt::format("{}q[{}]", i == 0 ? " " : ", ", all[static_cast<std::size_t>(i)]);
    }
    text += ";\n";
  };
  const auto turn_all = [&] {
    for (int q = 0; q < qubits; ++q)
      text += fmt::format("u3({}, {}, {}) q[{}];\n", some_angle(prng), some_angle(prng), some_angle(prng), q);
  };
  turn_all();
  for (std::uint64_t left = 5 + prng.below(20); left > 0; --left) add(qelib1[prng.below(qelib1.size())]);
  turn_all();
  print_outcomes_of_text(name, text + "measure q -> c;\n");
}

int random(std::uint64_t seed, int count) {
  for (int i = 0; i < count; ++i) {
    const std::string number = std::to_string(i);
    Prng prng = Prng(seed).split(number);
    if (i % 3 == 0) print_written("gates " + number, prng, false);
    if (i % 3 == 1) print_written("measurements " + number, prng, true);
    if (i % 3 == 2) print_named("names " + number, prng);
  }
  return 0;
}

int run(const std::vector<std::string>& words) {
  const auto number = [&](std::size_t i) {
    int value = 0;
    std::from_chars(words[i].data(), words[i].data() + words[i].size(), value);
    return value;
  };
  if (words.size() == 4 && words[1] == "files") return files(words[2], number(3));
  if (words.size() == 4 && words[1] == "random") return random(static_cast<std::uint64_t>(number(2)), number(3));
  if (words.size() == 2 && words[1] == "text") {
    std::string text;
    for (int c; (c = std::getchar()) != EOF;) text += static_cast<char>(c);
    print_outcomes_of_text("standard input", text);
    return 0;
  }
  std::fputs("quantum_distributions files FOLDER QUBITS_MAX | text | random SEED COUNT\n", stderr);
  return 2;
}

}  // namespace
}  // namespace mingyue::quantum

int main(int count, char** words) { return mingyue::quantum::run({words, words + count}); }
