#include "quantum/program.hpp"

#include <algorithm>

namespace mingyue::quantum {
namespace {

/// Which qubits and bits something touches.
struct Touched {
  std::vector<bool> qubits, bits;

  void add(const std::vector<Instruction>& body) {
    for (const Instruction& instruction : body) add(instruction);
  }
  void add(const BitExpression& expression) {
    expression.for_each_bit([&](Bit bit) { bits[static_cast<std::size_t>(bit)] = true; });
  }
  void add(const Instruction& instruction) {
    if (const auto* use = std::get_if<GateUse>(&instruction.what)) {
      for (const Qubit qubit : use->qubits) qubits[static_cast<std::size_t>(qubit)] = true;
    } else if (const auto* measurement = std::get_if<Measurement>(&instruction.what)) {
      qubits[static_cast<std::size_t>(measurement->qubit)] = true;
      if (measurement->bit != no_bit) bits[static_cast<std::size_t>(measurement->bit)] = true;
    } else if (const auto* reset = std::get_if<Reset>(&instruction.what)) {
      qubits[static_cast<std::size_t>(reset->qubit)] = true;
    } else if (const auto* assignment = std::get_if<Assignment>(&instruction.what)) {
      for (int i = 0; i < assignment->count; ++i) bits[static_cast<std::size_t>(assignment->first + i)] = true;
      add(assignment->value);
    } else if (const auto* branch = std::get_if<Branch>(&instruction.what)) {
      add(branch->condition);
      add(branch->then);
      add(branch->otherwise);
    }
  }
};

class Compiler {
 public:
  explicit Compiler(const Circuit& circuit) {
    // From the end: which measurements are the last word on their qubit and bit.
    Touched later{std::vector<bool>(static_cast<std::size_t>(circuit.qubits)),
                  std::vector<bool>(static_cast<std::size_t>(circuit.bits))};
    is_final_.resize(circuit.body.size());
    for (std::size_t i = circuit.body.size(); i-- > 0;) {
      const auto* measurement = std::get_if<Measurement>(&circuit.body[i].what);
      is_final_[i] = measurement != nullptr && !later.qubits[static_cast<std::size_t>(measurement->qubit)] &&
                     (measurement->bit == no_bit || !later.bits[static_cast<std::size_t>(measurement->bit)]);
      later.add(circuit.body[i]);
    }
    // From the start: a qubit that nothing has happened to is 0 already.
    Touched before{std::vector<bool>(static_cast<std::size_t>(circuit.qubits)),
                   std::vector<bool>(static_cast<std::size_t>(circuit.bits))};
    for (std::size_t i = 0; i < circuit.body.size(); ++i) {
      const Instruction& instruction = circuit.body[i];
      if (is_final_[i]) {
        const auto& measurement = std::get<Measurement>(instruction.what);
        if (measurement.bit != no_bit) program_.final_measurements.push_back(measurement);
        continue;
      }
      const auto* reset = std::get_if<Reset>(&instruction.what);
      if (reset == nullptr || before.qubits[static_cast<std::size_t>(reset->qubit)]) add(instruction);
      before.add(instruction);
    }
    end_gates();
  }

  Program take() { return std::move(program_); }

 private:
  void end_gates() {
    if (first_ < program_.gates.size()) {
      Step step;
      step.first = first_;
      step.last = program_.gates.size();
      program_.steps.push_back(step);
    }
    first_ = program_.gates.size();
  }
  Step& add_step(Step::Kind kind) {
    end_gates();
    program_.steps.emplace_back();
    program_.steps.back().kind = kind;
    return program_.steps.back();
  }
  void add(const std::vector<Instruction>& body) {
    for (const Instruction& instruction : body) add(instruction);
  }
  void add(const Instruction& instruction) {
    if (const auto* use = std::get_if<GateUse>(&instruction.what)) {
      program_.gates.push_back(use);
    } else if (const auto* measurement = std::get_if<Measurement>(&instruction.what)) {
      Step& step = add_step(Step::Kind::measure);
      step.qubit = measurement->qubit;
      step.bit = measurement->bit;
      ++program_.measurements;
    } else if (const auto* reset = std::get_if<Reset>(&instruction.what)) {
      add_step(Step::Kind::reset).qubit = reset->qubit;
      ++program_.measurements;
    } else if (const auto* assignment = std::get_if<Assignment>(&instruction.what)) {
      add_step(Step::Kind::assign).assignment = assignment;
      program_.branches = true;
    } else if (const auto* branch = std::get_if<Branch>(&instruction.what)) {
      program_.branches = true;
      add_step(Step::Kind::jump_unless).condition = &branch->condition;
      const std::size_t unless = program_.steps.size() - 1;
      add(branch->then);
      end_gates();
      if (!branch->otherwise.empty()) {
        add_step(Step::Kind::jump);
        const std::size_t over = program_.steps.size() - 1;
        program_.steps[unless].target = program_.steps.size();
        add(branch->otherwise);
        end_gates();
        program_.steps[over].target = program_.steps.size();
      } else {
        program_.steps[unless].target = program_.steps.size();
      }
    }
  }

  Program program_;
  std::vector<bool> is_final_;
  std::size_t first_ = 0;
};

}  // namespace

Program compile(const Circuit& circuit) { return Compiler(circuit).take(); }

OutcomeWriter::OutcomeWriter(const Circuit& circuit) {
  for (const Register& each : circuit.bit_registers) {
    for (int i = 0; i < each.size && !each.local; ++i) bits_.push_back(each.first + i);
  }
  std::ranges::reverse(bits_);
}

std::string OutcomeWriter::write(std::span<const std::uint64_t> words) const {
  std::string text(bits_.size(), '0');
  for (std::size_t i = 0; i < bits_.size(); ++i) {
    if (bit_of(words, bits_[i])) text[i] = '1';
  }
  return text;
}

}  // namespace mingyue::quantum
