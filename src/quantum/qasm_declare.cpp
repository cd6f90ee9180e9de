#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "base/text.hpp"
#include "quantum/qasm_parser.hpp"
#include "quantum/qasm_unroll.hpp"

namespace mingyue::quantum::qasm {

Symbol* Unroller::find(std::string_view name) {
  for (std::size_t i = scopes_.size(); i-- > 0;) {
    if (i < first_scope_ && i != 0) continue;
    const auto found = scopes_[i].find(name);
    if (found != scopes_[i].end()) return &found->second;
  }
  return nullptr;
}

Expected<void> Unroller::add_symbol(Place place, const std::string& name, Symbol symbol) {
  CHECK_OK(spend(place, static_cast<std::int64_t>(symbol.members.size()) / 16));
  if (!scopes_.back().emplace(name, std::move(symbol)).second) {
    return refuse_at("bad-circuit", place, fmt::format("'{}' is declared twice", shown(name)));
  }
  return {};
}

std::string Unroller::unique_name(const std::string& name) const {
  const auto taken = [&](const std::string& candidate) {
    const auto same = [&](const Register& each) { return each.name == candidate; };
    return std::ranges::any_of(circuit_.bit_registers, same) || std::ranges::any_of(circuit_.qubit_registers, same) ||
           std::ranges::find(circuit_.parameters, candidate) != circuit_.parameters.end();
  };
  if (!taken(name)) return name;
  // From the number of registers on there is most likely nothing of that name yet.
  for (std::size_t i = circuit_.bit_registers.size();; ++i) {
    const std::string candidate = fmt::format("{}_{}", name, i);
    if (!taken(candidate)) return candidate;
  }
}

Expected<int> Unroller::width_of(const Type& type) {
  if (!type.width) return 0;
  TRY(width, evaluate_whole(*type.width, "the size"));
  if (width < 1) return refuse_at("bad-circuit", type.place, fmt::format("a size of {}", width));
  const int most = type.word == "qubit" ? limits_.qubits_max : limits_.bits_max;
  if (width > most) return refuse_at("too-large", type.place, fmt::format("a size of {}; {} is the most", width, most));
  return static_cast<int>(width);
}

Expected<Symbol> Unroller::new_bits(Place place, const std::string& name, int size, bool is_register) {
  if (size > limits_.bits_max - circuit_.bits) {
    return refuse_at("too-large", place, fmt::format("more than {} classical bits", limits_.bits_max));
  }
  const bool is_global = scopes_.size() == 1 && branches_ == 0;
  // Searching a free name looks at all registers there are.
  CHECK_OK(spend(place, 1 + static_cast<std::int64_t>(circuit_.bit_registers.size()) / 8));
  Symbol symbol;
  symbol.kind = Symbol::Kind::bits;
  symbol.is_register = is_register;
  const Bit first = circuit_.add_bits(is_global ? name : unique_name(name), size, !is_global);
  for (int i = 0; i < size; ++i) symbol.members.push_back(first + i);
  return symbol;
}

Expected<void> Unroller::declare(const Statement& statement) {
  const Type& type = statement.type;
  TRY(width, width_of(type));
  Symbol symbol;
  symbol.type = type.word;
  symbol.width = width;
  symbol.branches = branches_;
  symbol.is_const = statement.is_const;
  if (statement.is_output && type.word != "bit") {
    return refuse_at("unsupported-circuit", statement.place,
                     fmt::format("an output of type {} is not supported; bits are", type.word));
  }
  if (type.word == "qubit") {
    if (scopes_.size() > 1) return refuse_at("bad-circuit", statement.place, "qubits are declared outside of blocks");
    const int size = std::max(width, 1);
    if (size > limits_.qubits_max - circuit_.qubits) {
      return refuse_at("too-large", statement.place, fmt::format("more than {} qubits", limits_.qubits_max));
    }
    symbol.kind = Symbol::Kind::qubits;
    symbol.is_register = type.width.has_value();
    for (int i = 0; i < size; ++i) symbol.members.push_back(circuit_.qubits + i);
    CHECK_OK(add_symbol(statement.place, statement.name, std::move(symbol)));
    circuit_.add_qubits(statement.name, size);
    return {};
  }
  if (statement.is_input) {
    if (type.word != "float" && type.word != "angle") {
      return refuse_at("unsupported-circuit", statement.place,
                       fmt::format("an input of type {} is not supported; float and angle are bound late", type.word));
    }
    if (circuit_.parameters.size() >= 100'000)
      return refuse_at("too-large", statement.place, "more than 100000 inputs");
    symbol.is_const = true;
    symbol.value = Value::of_real(Expression::parameter(static_cast<std::uint32_t>(circuit_.parameters.size())));
    CHECK_OK(add_symbol(statement.place, statement.name, std::move(symbol)));
    circuit_.add_parameter(statement.name);
    return {};
  }
  if (type.word == "bit" && !statement.is_const) {
    if (statement.is_output) outputs_.push_back(statement.name);
    // The value first: it does not see the new name.
    std::optional<Value> value;
    const bool measures = statement.value && statement.value->kind == Node::Kind::measure;
    if (statement.value && !measures) {
      TRY(known, evaluate(*statement.value));
      value = std::move(known);
    }
    TRY(bits, new_bits(statement.place, statement.name, std::max(width, 1), type.width.has_value()));
    const Operand operand{bits.members, bits.is_register};
    CHECK_OK(add_symbol(statement.place, statement.name, std::move(bits)));
    if (measures) {
      TRY(qubits, this->operand(statement.value->children[0], Symbol::Kind::qubits));
      return measure_into(statement.place, qubits, operand);
    }
    if (value) return assign_bits(statement.place, operand.members, *value);
    return {};
  }
  if (statement.value) {
    TRY(value, evaluate(*statement.value));
    TRY(cast, arithmetic_.cast(statement.place, type.word, width, std::move(value)));
    symbol.value = std::move(cast);
  } else if (statement.is_const) {
    return refuse_at("bad-circuit", statement.place,
                     fmt::format("the constant '{}' has no value", shown(statement.name)));
  } else {
    // As bits do, it begins with 0.
    TRY(zero, arithmetic_.cast(statement.place, type.word, width, Value::of(0)));
    symbol.value = std::move(zero);
  }
  return add_symbol(statement.place, statement.name, std::move(symbol));
}

Expected<void> Unroller::declare_alias(const Statement& statement) {
  auto qubits = operand(*statement.value, Symbol::Kind::qubits);
  Symbol symbol;
  symbol.kind = Symbol::Kind::qubits;
  if (!qubits) {
    auto bits = operand(*statement.value, Symbol::Kind::bits);
    if (!bits) return std::unexpected(std::move(qubits).error());
    symbol.kind = Symbol::Kind::bits;
    qubits = std::move(bits);
  }
  symbol.members = std::move(qubits->members);
  symbol.is_register = qubits->is_register;
  return add_symbol(statement.place, statement.name, std::move(symbol));
}

Expected<void> Unroller::include(const Statement& statement) {
  const std::string_view text = library_text(statement.name);
  if (text.empty()) {
    return refuse_at("unsupported-circuit", statement.place,
                     fmt::format("the file \"{}\" cannot be included", shown(statement.name)),
                     "qelib1.inc and stdgates.inc are built in; put other definitions into the text itself");
  }
  for (const LibraryGate& each : library_gates(statement.name)) {
    gates_.try_emplace(std::string(each.name), GateMeaning{each.gate, each.controls, nullptr});
  }
  // The libraries are our own text, in OpenQASM 3, whoever includes them.
  Parser parser(text, 3);
  for (;;) {
    TRY(definition, parser.next());
    if (!definition) break;
    std::string name = definition->name;
    gates_.try_emplace(std::move(name),
                       GateMeaning{Gate::id, 0, std::make_shared<const Statement>(std::move(*definition))});
  }
  return {};
}

Expected<void> Unroller::declare_gate(Statement& statement) {
  const Place place = statement.place;
  const std::string name = statement.name;
  if (statement.qubits.empty())
    return refuse_at("bad-circuit", place, fmt::format("the gate '{}' has no qubits", shown(name)));
  std::set<std::string_view> names;
  for (const auto* list : {&statement.parameters, &statement.qubits}) {
    for (const std::string& each : *list) {
      if (!names.insert(each).second)
        return refuse_at("bad-circuit", place, fmt::format("'{}' is declared twice", shown(each)));
    }
  }
  // A gate of an included library may be defined anew: programs do, to be read where the library has not got it.
  const auto known = gates_.find(name);
  if (known != gates_.end() && known->second.own) {
    return refuse_at("bad-circuit", place, fmt::format("the gate '{}' is defined twice", shown(name)));
  }
  const auto built_in = gate_named(name);
  if (built_in && statement.kind == Statement::Kind::gate && is_built_in(statement)) {
    gates_.insert_or_assign(name, GateMeaning{*built_in, 0, nullptr, true});
    return {};
  }
  gates_.insert_or_assign(name,
                          GateMeaning{Gate::id, 0, std::make_shared<const Statement>(std::move(statement)), true});
  return {};
}

Expected<void> Unroller::measure_into(Place place, const Operand& qubits, const Operand& bits) {
  if (qubits.members.size() != bits.members.size()) {
    return refuse_at("bad-circuit", place,
                     fmt::format("{} qubits are measured into {} bits", qubits.members.size(), bits.members.size()));
  }
  for (std::size_t i = 0; i < qubits.members.size(); ++i) {
    CHECK_OK(emit(place, {Measurement{qubits.members[i], bits.members[i]}}));
  }
  return {};
}

Expected<void> Unroller::assign_bits(Place place, const std::vector<Bit>& bits, const Value& value) {
  Value from = value;
  if (from.is_whole() || from.kind == Value::Kind::nothing || from.kind == Value::Kind::real) {
    TRY(digits, arithmetic_.cast(place, "bit", static_cast<int>(bits.size()), std::move(from)));
    from = std::move(digits);
  }
  const std::size_t size = from.kind == Value::Kind::digits ? from.digits.size() : from.bits.size();
  if (from.kind != Value::Kind::measured && size != bits.size()) {
    return refuse_at("bad-circuit", place, fmt::format("{} bits are assigned to {}", size, bits.size()));
  }
  if (from.kind == Value::Kind::measured && bits.size() > 64) {
    return refuse_at("unsupported-circuit", place, "a computed value for more than 64 bits");
  }
  // What is read must be read before any of it is overwritten; several pieces of overlapping bits would not.
  std::vector<Assignment> pieces;
  for (std::size_t at = 0; at < bits.size();) {
    int count = run_length(bits, at, circuit_.bit_registers);
    Assignment piece;
    if (from.kind == Value::Kind::bits) {
      count = std::min(count, run_length(from.bits, at, circuit_.bit_registers));
      piece.value = BitExpression::bits(from.bits[at], count);
    } else if (from.kind == Value::Kind::digits) {
      std::uint64_t part = 0;
      for (int i = count - 1; i >= 0; --i)
        part = part << 1 | (from.digits[size - 1 - at - static_cast<std::size_t>(i)] == '1' ? 1U : 0U);
      piece.value = BitExpression::constant(static_cast<std::int64_t>(part));
    } else {
      piece.value = from.measured;
      if (at > 0)
        piece.value = BitExpression::binary(BitOperation::shift_right, std::move(piece.value),
                                            BitExpression::constant(static_cast<std::int64_t>(at)));
    }
    piece.first = bits[at];
    piece.count = count;
    for (const Assignment& earlier : pieces) {
      bool overlaps = false;
      piece.value.for_each_bit(
          [&](Bit bit) { overlaps = overlaps || (bit >= earlier.first && bit < earlier.first + earlier.count); });
      if (overlaps)
        return refuse_at("unsupported-circuit", place, "an assignment of bits to overlapping bits is not supported");
    }
    if (pieces.size() > 1'000) CHECK_OK(spend(place, static_cast<std::int64_t>(pieces.size())));
    at += static_cast<std::size_t>(count);
    pieces.push_back(std::move(piece));
  }
  for (Assignment& piece : pieces) CHECK_OK(emit(place, {std::move(piece)}));
  return {};
}

Expected<void> Unroller::assign(const Statement& statement) {
  const Node& target = statement.operands[0];
  const Node* base = &target;
  while (base->kind == Node::Kind::index) base = &base->children[0];
  Symbol* symbol = find(base->text);
  if (symbol == nullptr)
    return refuse_at("bad-circuit", target.place, fmt::format("'{}' is not declared", shown(base->text)));
  if (symbol->kind == Symbol::Kind::qubits)
    return refuse_at("bad-circuit", target.place, "nothing can be assigned to a qubit");
  if (symbol->is_const)
    return refuse_at("bad-circuit", target.place, fmt::format("'{}' cannot be changed", shown(base->text)));
  const bool measures = statement.value->kind == Node::Kind::measure;
  if (symbol->kind == Symbol::Kind::bits) {
    TRY(bits, operand(target, Symbol::Kind::bits));
    if (measures && statement.name == "=") {
      TRY(qubits, operand(statement.value->children[0], Symbol::Kind::qubits));
      return measure_into(statement.place, qubits, bits);
    }
    TRY(value, evaluate(*statement.value));
    if (statement.name != "=") {
      Value before;
      before.kind = Value::Kind::bits;
      before.bits = bits.members;
      TRY(after, arithmetic_.binary(statement.place, statement.name.substr(0, statement.name.size() - 1),
                                    std::move(before), std::move(value)));
      value = std::move(after);
    }
    return assign_bits(statement.place, bits.members, value);
  }
  if (target.kind == Node::Kind::index) {
    return refuse_at("unsupported-circuit", target.place, "an assignment to a single bit of a number is not supported",
                     "declare it as bit[n]");
  }
  if (symbol->branches < branches_) {
    return refuse_at(
        "unsupported-circuit", statement.place,
        fmt::format("'{}' is changed in a branch on a measured bit; its value would depend on the measurement",
                    shown(base->text)),
        "keep it in bits: bit[n]");
  }
  TRY(value, evaluate(*statement.value));
  if (statement.name != "=") {
    symbol = find(base->text);
    TRY(after, arithmetic_.binary(statement.place, statement.name.substr(0, statement.name.size() - 1), symbol->value,
                                  std::move(value)));
    value = std::move(after);
  }
  if (value.is_late()) {
    return refuse_at(
        "unsupported-circuit", statement.place,
        fmt::format("a variable of type {} whose value depends on a measurement is not supported", symbol->type),
        "keep it in bits: bit[n]");
  }
  symbol = find(base->text);
  TRY(cast, arithmetic_.cast(statement.place, symbol->type, symbol->width, std::move(value)));
  symbol->value = std::move(cast);
  return {};
}

}  // namespace mingyue::quantum::qasm
