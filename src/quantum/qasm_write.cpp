#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <bit>
#include <set>

#include "base/text.hpp"
#include "quantum/qasm.hpp"

namespace mingyue::quantum {
namespace {

/// A gate under so many positive controls, by the name that a library has for it.
struct Spelling {
  Gate gate;
  int controls;
  std::string_view name_2;  ///< empty: OpenQASM 2 has none
  std::string_view name_3;  ///< empty: written with ctrl @
};
constexpr std::array<Spelling, 17> spellings = {{
    {Gate::x, 1, "cx", "cx"},
    {Gate::y, 1, "cy", "cy"},
    {Gate::z, 1, "cz", "cz"},
    {Gate::h, 1, "ch", "ch"},
    {Gate::p, 1, "cu1", "cp"},
    {Gate::rx, 1, "crx", "crx"},
    {Gate::ry, 1, "cry", "cry"},
    {Gate::rz, 1, "crz", "crz"},
    {Gate::x, 2, "ccx", "ccx"},
    {Gate::swap, 1, "cswap", "cswap"},
    {Gate::sx, 1, "csx", ""},
    {Gate::z, 2, "ccz", ""},
    {Gate::x, 3, "c3x", ""},
    {Gate::x, 4, "c4x", ""},
    {Gate::sx, 3, "c3sqrtx", ""},
    {Gate::p, 0, "u1", "p"},
    {Gate::u, 0, "U", "U"},
}};

/// What the libraries lack is defined at the top; the reader knows it again.
struct Definition {
  Gate gate;
  std::string_view text_2;
  std::string_view text_3;
};
constexpr std::string_view ecr =
    "gate ecr a, b { h b; cx a, b; rz(pi/4) b; cx a, b; h b; x a; h b; cx a, b; rz(-pi/4) b; cx a, b; h b; }\n";
constexpr std::array<Definition, 6> definitions = {{
    {Gate::sxdg, "", "gate sxdg a { inv @ sx a; }\n"},
    {Gate::iswap, "gate iswap a, b { s a; s b; cz a, b; swap a, b; }\n",
     "gate iswap a, b { s a; s b; cz a, b; swap a, b; }\n"},
    {Gate::ecr, ecr, ecr},
    {Gate::rxx, "", "gate rxx(t) a, b { h a; h b; cx a, b; rz(t) b; cx a, b; h a; h b; }\n"},
    {Gate::ryy, "gate ryy(t) a, b { rx(pi/2) a; rx(pi/2) b; cx a, b; rz(t) b; cx a, b; rx(-pi/2) a; rx(-pi/2) b; }\n",
     "gate ryy(t) a, b { rx(pi/2) a; rx(pi/2) b; cx a, b; rz(t) b; cx a, b; rx(-pi/2) a; rx(-pi/2) b; }\n"},
    {Gate::rzz, "", "gate rzz(t) a, b { cx a, b; rz(t) b; cx a, b; }\n"},
}};
bool is_name(std::string_view name) {
  const auto letter = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || static_cast<unsigned char>(c) >= 0x80;
  };
  return !name.empty() && letter(name[0]) &&
         std::ranges::all_of(name, [&](char c) { return letter(c) || (c >= '0' && c <= '9'); });
}

class Writer {
 public:
  Writer(const Circuit& circuit, int version) : circuit_(circuit), version_(version) {}

  Expected<std::string> write() {
    CHECK_OK(check_circuit(circuit_));
    text_ = version_ == 2 ? "OPENQASM 2.0;\ninclude \"qelib1.inc\";\n" : "OPENQASM 3.0;\ninclude \"stdgates.inc\";\n";
    std::set<Gate> used;
    find_gates(circuit_.body, used);
    for (const Definition& each : definitions) {
      if (!used.contains(each.gate)) continue;
      text_ += version_ == 2 ? each.text_2 : each.text_3;
    }
    CHECK_OK(declarations());
    CHECK_OK(body(circuit_.body, ""));
    return std::move(text_);
  }

 private:
  static void find_gates(const std::vector<Instruction>& body, std::set<Gate>& used) {
    for (const Instruction& instruction : body) {
      if (const auto* use = std::get_if<GateUse>(&instruction.what)) used.insert(use->gate);
      if (const auto* branch = std::get_if<Branch>(&instruction.what)) {
        find_gates(branch->then, used);
        find_gates(branch->otherwise, used);
      }
    }
  }

  [[nodiscard]] Unexpected<Refusal> only_3(std::string_view what) const {
    return refuse("unsupported-circuit", {}, fmt::format("OpenQASM 2 has no {}", what), "write it as OpenQASM 3");
  }

  Expected<void> declarations() {
    if (version_ == 2 && !circuit_.parameters.empty()) return only_3("parameters that are bound late");
    std::set<std::string_view> names;
    const auto check = [&](std::string_view name) -> Expected<void> {
      if (is_name(name) && names.insert(name).second) return {};
      return refuse("unsupported-circuit", {}, fmt::format("'{}' is no name, or stands for two things", shown(name)));
    };
    for (const std::string& parameter : circuit_.parameters) {
      CHECK_OK(check(parameter));
      text_ += "input float " + parameter + ";\n";
    }
    const bool has_local = std::ranges::any_of(circuit_.bit_registers, &Register::local);
    if (version_ == 2 && has_local) return only_3("classical bits that are scratch");
    int next = 0;
    for (const Register& each : circuit_.qubit_registers) {
      CHECK_OK(check(each.name));
      CHECK_OK(follows(each, next));
      text_ +=
          fmt::format(fmt::runtime(version_ == 2 ? "qreg {0}[{1}];\n" : "qubit[{1}] {0};\n"), each.name, each.size);
    }
    if (next != circuit_.qubits) return refuse("bad-circuit", {}, "qubits that are in no register");
    next = 0;
    for (const Register& each : circuit_.bit_registers) {
      CHECK_OK(check(each.name));
      CHECK_OK(follows(each, next));
      if (version_ == 3 && has_local && !each.local) text_ += "output ";
      text_ += fmt::format(fmt::runtime(version_ == 2 ? "creg {0}[{1}];\n" : "bit[{1}] {0};\n"), each.name, each.size);
    }
    if (next != circuit_.bits) return refuse("bad-circuit", {}, "bits that are in no register");
    return {};
  }

  static Expected<void> follows(const Register& each, int& next) {
    if (each.first != next || each.size < 1)
      return refuse("bad-circuit", {}, fmt::format("register '{}' does not follow the one before", shown(each.name)));
    next += each.size;
    return {};
  }

  static const Register& register_of(const std::vector<Register>& registers, int index) {
    return *std::prev(std::ranges::upper_bound(registers, index, {}, &Register::first));
  }
  [[nodiscard]] std::string qubit(Qubit index) const {
    const Register& found = register_of(circuit_.qubit_registers, index);
    return fmt::format("{}[{}]", found.name, index - found.first);
  }
  [[nodiscard]] std::string bit(Bit index) const {
    const Register& found = register_of(circuit_.bit_registers, index);
    return fmt::format("{}[{}]", found.name, index - found.first);
  }
  /// Neighbouring bits as an operand: the register, one bit, or a range.
  [[nodiscard]] Expected<std::string> bits(Bit first, int count) const {
    const Register& found = register_of(circuit_.bit_registers, first);
    if (first + count > found.first + found.size)
      return refuse("unsupported-circuit", {}, "bits of several registers as one number");
    if (count == 1) return bit(first);
    if (count == found.size) return found.name;
    return fmt::format("{}[{}:{}]", found.name, first - found.first, first - found.first + count - 1);
  }

  Expected<void> body(const std::vector<Instruction>& body, const std::string& indent) {
    for (const Instruction& instruction : body) {
      if (const auto* use = std::get_if<GateUse>(&instruction.what)) {
        CHECK_OK(gate(*use, indent));
      } else if (const auto* measurement = std::get_if<Measurement>(&instruction.what)) {
        if (version_ == 2 && measurement->bit == no_bit) return only_3("measurement without a bit");
        if (version_ == 2) {
          text_ += fmt::format("{}measure {} -> {};\n", indent, qubit(measurement->qubit), bit(measurement->bit));
        } else if (measurement->bit == no_bit) {
          text_ += fmt::format("{}measure {};\n", indent, qubit(measurement->qubit));
        } else {
          text_ += fmt::format("{}{} = measure {};\n", indent, bit(measurement->bit), qubit(measurement->qubit));
        }
      } else if (const auto* reset = std::get_if<Reset>(&instruction.what)) {
        text_ += fmt::format("{}reset {};\n", indent, qubit(reset->qubit));
      } else if (const auto* barrier = std::get_if<Barrier>(&instruction.what)) {
        text_ += indent + "barrier";
        for (std::size_t i = 0; i < barrier->qubits.size(); ++i)
          text_ += (i == 0 ? " " : ", ") + qubit(barrier->qubits[i]);
        text_ += ";\n";
      } else if (const auto* assignment = std::get_if<Assignment>(&instruction.what)) {
        if (version_ == 2) return only_3("assignment of bits");
        TRY(target, bits(assignment->first, assignment->count));
        TRY(value, expression(assignment->value));
        text_ += assignment->count == 1
                     ? fmt::format("{}{} = {};\n", indent, target, value)
                     : fmt::format("{}{} = bit[{}]({});\n", indent, target, assignment->count, value);
      } else {
        CHECK_OK(branch(std::get<Branch>(instruction.what), indent));
      }
    }
    return {};
  }

  Expected<void> branch(const Branch& branch, const std::string& indent) {
    if (version_ == 3) {
      TRY(condition, expression(branch.condition));
      text_ += fmt::format("{}if ({}) {{\n", indent, condition);
      CHECK_OK(body(branch.then, indent + "  "));
      text_ += indent + "}";
      if (!branch.otherwise.empty()) {
        text_ += " else {\n";
        CHECK_OK(body(branch.otherwise, indent + "  "));
        text_ += indent + "}";
      }
      text_ += "\n";
      return {};
    }
    const auto& steps = branch.condition.steps();
    const bool is_equal = steps.size() == 3 && steps[0].operation == BitOperation::bits &&
                          steps[1].operation == BitOperation::constant && steps[2].operation == BitOperation::equal;
    const Register* whole = is_equal ? &register_of(circuit_.bit_registers, steps[0].first) : nullptr;
    if (whole == nullptr || whole->first != steps[0].first || whole->size != steps[0].count || steps[1].value < 0) {
      return only_3("condition but that a register is a number");
    }
    if (!branch.otherwise.empty()) return only_3("else");
    if (branch.then.size() != 1 || std::holds_alternative<Branch>(branch.then[0].what)) return only_3("block after if");
    return body(branch.then, fmt::format("{}if ({} == {}) ", indent, whole->name, steps[1].value));
  }

  Expected<void> gate(const GateUse& use, const std::string& indent) {
    const GateFacts& facts = facts_of(use.gate);
    if (version_ == 2 && use.gate == Gate::gphase && use.controls == 0) return {};
    std::string_view name = facts.name;
    int spelled = 0;  // controls that are in the name
    for (const Spelling& each : spellings) {
      if (each.gate != use.gate || each.controls != use.controls || use.negative != 0) continue;
      if (const std::string_view found = version_ == 2 ? each.name_2 : each.name_3; !found.empty()) {
        name = found;
        spelled = each.controls;
      }
    }
    text_ += indent;
    if (spelled != use.controls) {
      if (version_ == 2) return only_3(fmt::format("gate {} with {} controls", facts.name, use.controls));
      // Several alike in one: ctrl(3) @.
      for (int i = 0; i < use.controls;) {
        const bool negative = (use.negative >> i & 1) != 0;
        int count = 1;
        while (i + count < use.controls && ((use.negative >> (i + count) & 1) != 0) == negative) ++count;
        text_ += negative ? "negctrl" : "ctrl";
        if (count > 1) text_ += fmt::format("({})", count);
        text_ += " @ ";
        i += count;
      }
      if (use.gate == Gate::p) name = "p";
    }
    text_ += name;
    for (std::size_t i = 0; i < use.angles.size(); ++i) {
      text_ += (i == 0 ? "(" : ", ") + print_expression(use.angles[i], circuit_.parameters);
    }
    if (!use.angles.empty()) text_ += ")";
    for (std::size_t i = 0; i < use.qubits.size(); ++i) text_ += (i == 0 ? " " : ", ") + qubit(use.qubits[i]);
    text_ += ";\n";
    return {};
  }

  /// Every operation in parentheses: nobody needs to know what binds tighter.
  Expected<std::string> expression(const BitExpression& whole) const {
    constexpr std::array<std::string_view, 14> words = {"+",  "-",  "*",  "&", "|",  "^",  "<<",
                                                        ">>", "==", "!=", "<", "<=", "&&", "||"};
    std::vector<std::string> stack;
    BitOperation before = BitOperation::constant;
    for (const auto& step : whole.steps()) {
      if (step.operation == BitOperation::constant) {
        stack.push_back(step.value < 0 ? fmt::format("({})", step.value) : std::to_string(step.value));
      } else if (step.operation == BitOperation::bits) {
        TRY(text, bits(step.first, step.count));
        stack.push_back(step.count == 1 ? text : fmt::format("uint[{}]({})", step.count, text));
      } else if (is_binary(step.operation)) {
        const std::string right = std::move(stack.back());
        stack.pop_back();
        stack.back() = fmt::format(
            "({} {} {})", stack.back(),
            words[static_cast<std::size_t>(step.operation) - static_cast<std::size_t>(BitOperation::add)], right);
      } else if (step.operation == BitOperation::truncate) {
        // The reader cuts what ~ and << make to their width by itself.
        if (before != BitOperation::invert && before != BitOperation::shift_left)
          stack.back() = fmt::format("uint[{}]({})", step.count, stack.back());
      } else if (step.operation == BitOperation::sign_extend) {
        // What was cast to uint on the way is bits as such here.
        stack.back() = fmt::format("int[{}]({})", step.count, stack.back());
      } else {
        stack.back() = fmt::format("{}({})",
                                   step.operation == BitOperation::negate   ? "-"
                                   : step.operation == BitOperation::invert ? "~"
                                                                            : "!",
                                   stack.back());
      }
      before = step.operation;
    }
    return std::move(stack.back());
  }

  const Circuit& circuit_;
  int version_;
  std::string text_;
};

}  // namespace

Expected<std::string> write_qasm3(const Circuit& circuit) { return Writer(circuit, 3).write(); }
Expected<std::string> write_qasm2(const Circuit& circuit) { return Writer(circuit, 2).write(); }

}  // namespace mingyue::quantum
