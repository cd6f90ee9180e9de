#include <fmt/format.h>

#include <numbers>

#include "base/text.hpp"
#include "quantum/qasm_unroll.hpp"

namespace mingyue::quantum::qasm {
namespace {

constexpr int calls_max = 40;

Expected<std::int64_t> position(Place place, std::int64_t index, std::int64_t size) {
  const std::int64_t from_start = index < 0 ? index + size : index;
  if (from_start >= 0 && from_start < size) return from_start;
  return refuse_at("bad-circuit", place, fmt::format("index {} of a register of {}", index, size));
}

}  // namespace

Expected<std::int64_t> Unroller::evaluate_whole(const Node& node, std::string_view what) {
  TRY(value, evaluate(node));
  return arithmetic_.whole(node.place, what, value);
}

Expected<Value> Unroller::evaluate(const Node& node) {
  CHECK_OK(spend(node.place, 1));
  switch (node.kind) {
    case Node::Kind::integer:
      return Value::of(node.integer);
    case Node::Kind::real:
      return Value::of_real(node.real);
    case Node::Kind::text: {
      Value value;
      value.kind = Value::Kind::digits;
      for (const char c : node.text) {
        if (c == '_') continue;
        if (c != '0' && c != '1') return refuse_at("bad-circuit", node.place, "a text of bits has only 0 and 1");
        value.digits += c;
      }
      if (value.digits.empty()) return refuse_at("bad-circuit", node.place, "a text of bits that is empty");
      return value;
    }
    case Node::Kind::name: {
      if (Symbol* symbol = find(node.text)) {
        if (symbol->kind == Symbol::Kind::qubits) {
          return refuse_at("bad-circuit", node.place, fmt::format("the qubit '{}' is no number", shown(node.text)));
        }
        if (symbol->kind == Symbol::Kind::value) {
          if (symbol->value.kind == Value::Kind::nothing) {
            return refuse_at("bad-circuit", node.place, fmt::format("'{}' has no value yet", shown(node.text)));
          }
          return symbol->value;
        }
        CHECK_OK(spend(node.place, static_cast<std::int64_t>(symbol->members.size()) / 16));
        Value value;
        value.kind = Value::Kind::bits;
        value.bits = symbol->members;
        return value;
      }
      const bool is_3 = arithmetic_.version == 3;
      if (node.text == "pi" || (is_3 && node.text == "π")) return Value::of_real(std::numbers::pi);
      if (is_3 && (node.text == "tau" || node.text == "τ")) return Value::of_real(2 * std::numbers::pi);
      if (is_3 && (node.text == "euler" || node.text == "ℇ")) return Value::of_real(std::numbers::e);
      if (is_3 && (node.text == "true" || node.text == "false")) return Value::of_bool(node.text == "true");
      return refuse_at("bad-circuit", node.place, fmt::format("'{}' is not declared", shown(node.text)));
    }
    case Node::Kind::index:
      return evaluate_index(node);
    case Node::Kind::call:
      return evaluate_call(node);
    case Node::Kind::cast: {
      int width = 0;
      if (node.children[0].kind != Node::Kind::nothing) {
        TRY(said, evaluate_whole(node.children[0], "the size"));
        if (said < 1 || said > limits_.bits_max)
          return refuse_at("bad-circuit", node.place, fmt::format("a size of {}", said));
        width = static_cast<int>(said);
      }
      TRY(value, evaluate(node.children[1]));
      CHECK_OK(spend(node.place, width / 16));
      return arithmetic_.cast(node.place, node.text, width, std::move(value));
    }
    case Node::Kind::unary: {
      TRY(operand, evaluate(node.children[0]));
      return arithmetic_.unary(node.place, node.text, std::move(operand));
    }
    case Node::Kind::binary: {
      TRY(left, evaluate(node.children[0]));
      TRY(right, evaluate(node.children[1]));
      CHECK_OK(
          spend(node.place, static_cast<std::int64_t>(left.real.size() + right.real.size() +
                                                      left.measured.steps().size() + right.measured.steps().size()) /
                                16));
      return arithmetic_.binary(node.place, node.text, std::move(left), std::move(right));
    }
    case Node::Kind::measure: {
      TRY(qubits, operand(node.children[0], Symbol::Kind::qubits));
      scopes_.emplace_back();  // The bits are scratch wherever this stands.
      TRY(bits, new_bits(node.place, "measured", static_cast<int>(qubits.members.size()), true));
      scopes_.pop_back();
      CHECK_OK(measure_into(node.place, qubits, {bits.members, true}));
      Value value;
      value.kind = Value::Kind::bits;
      value.bits = std::move(bits.members);
      return value;
    }
    default:
      return refuse_at("bad-circuit", node.place, "no value can stand here");
  }
}

Expected<Value> Unroller::evaluate_index(const Node& node) {
  const Node* base = &node.children[0];
  while (base->kind == Node::Kind::index) base = &base->children[0];
  const Symbol* symbol = base->kind == Node::Kind::name ? find(base->text) : nullptr;
  if (symbol != nullptr && symbol->kind == Symbol::Kind::bits) {
    TRY(bits, operand(node, Symbol::Kind::bits));
    Value value;
    value.kind = Value::Kind::bits;
    value.bits = std::move(bits.members);
    return value;
  }
  TRY(value, evaluate(node.children[0]));
  if (node.children.size() != 2) return refuse_at("unsupported-circuit", node.place, "arrays are not supported");
  if (value.kind == Value::Kind::bits) {
    TRY(index, evaluate_whole(node.children[1], "the index"));
    TRY(at, position(node.place, index, static_cast<std::int64_t>(value.bits.size())));
    value.bits = {value.bits[static_cast<std::size_t>(at)]};
    return value;
  }
  TRY(index, evaluate_whole(node.children[1], "the index"));
  if (value.kind == Value::Kind::digits) {
    TRY(at, position(node.place, index, static_cast<std::int64_t>(value.digits.size())));
    return Value::of_bool(value.digits[value.digits.size() - 1 - static_cast<std::size_t>(at)] == '1');
  }
  if (value.kind == Value::Kind::integer) {
    TRY(at, position(node.place, index, value.width > 0 && value.width <= 64 ? value.width : 64));
    return Value::of_bool((static_cast<std::uint64_t>(value.integer) >> at & 1) != 0);
  }
  return refuse_at("unsupported-circuit", node.place, "an index into something that is no register and no integer");
}

Expected<Value> Unroller::evaluate_call(const Node& node) {
  if (subroutines_.contains(node.text)) {
    std::vector<const Node*> arguments;
    for (const Node& child : node.children) arguments.push_back(&child);
    return call_subroutine(node.place, node.text, arguments);
  }
  if (node.text == "sizeof" && arithmetic_.version == 3 && node.children.size() == 1) {
    const Symbol* symbol = node.children[0].kind == Node::Kind::name ? find(node.children[0].text) : nullptr;
    if (symbol == nullptr || symbol->kind == Symbol::Kind::value) {
      return refuse_at("unsupported-circuit", node.place, "sizeof of something that is no register is not supported");
    }
    return Value::of(static_cast<std::int64_t>(symbol->members.size()));
  }
  std::vector<Value> arguments;
  for (const Node& child : node.children) {
    TRY(value, evaluate(child));
    arguments.push_back(std::move(value));
  }
  return arithmetic_.function(node.place, node.text, std::move(arguments));
}

/// The numbers of a range or set. Of a register of `size`, indices: counted from the end when negative; size < 0:
/// values.
Expected<std::vector<std::int64_t>> Unroller::range(const Node& node, std::int64_t size) {
  std::vector<std::int64_t> all;
  if (node.kind == Node::Kind::set) {
    for (const Node& child : node.children) {
      TRY(each, evaluate_whole(child, "a member of a set"));
      all.push_back(each);
    }
    return all;
  }
  const auto part = [&](std::size_t i, std::int64_t otherwise) -> Expected<std::int64_t> {
    if (node.children[i].kind == Node::Kind::nothing) return otherwise;
    return evaluate_whole(node.children[i], "the bound of a range");
  };
  TRY(step, part(2, 1));
  if (step == 0) return refuse_at("bad-circuit", node.place, "a range with step 0");
  if (size < 0 && (node.children[0].kind == Node::Kind::nothing || node.children[1].kind == Node::Kind::nothing)) {
    return refuse_at("bad-circuit", node.place, "a loop's range needs both bounds");
  }
  TRY(start, part(0, step > 0 ? 0 : size - 1));
  TRY(stop, part(1, step > 0 ? size - 1 : 0));
  if (size >= 0) {
    if (start < 0) start += size;
    if (stop < 0) stop += size;
  }
  constexpr std::int64_t far = std::int64_t{1} << 62;
  if (start < -far || start > far || stop < -far || stop > far || step < -far || step > far) {
    return refuse_at("bad-circuit", node.place, "a range beyond 62 bits");
  }
  if ((step > 0 && start > stop) || (step < 0 && start < stop)) return all;
  const std::int64_t count = (stop - start) / step + 1;
  if (count > limits_.steps_max) return refuse_at("too-large", node.place, fmt::format("a range of {} values", count));
  CHECK_OK(spend(node.place, count / 16));
  for (std::int64_t i = 0; i < count; ++i) all.push_back(start + i * step);
  return all;
}

Expected<Operand> Unroller::operand(const Node& node, Symbol::Kind kind) {
  CHECK_OK(spend(node.place, 1));
  const std::string_view wanted = kind == Symbol::Kind::qubits ? "qubit" : "classical bit";
  if (node.kind == Node::Kind::name) {
    const Symbol* symbol = find(node.text);
    if (symbol == nullptr)
      return refuse_at("bad-circuit", node.place, fmt::format("'{}' is not declared", shown(node.text)));
    if (symbol->kind != kind) {
      const bool is_number = symbol->kind == Symbol::Kind::value && kind == Symbol::Kind::bits && !symbol->type.empty();
      return refuse_at(is_number ? "unsupported-circuit" : "bad-circuit", node.place,
                       is_number
                           ? fmt::format("a measurement into a variable of type {} is not supported", symbol->type)
                           : fmt::format("'{}' is no {}", shown(node.text), wanted));
    }
    CHECK_OK(spend(node.place, static_cast<std::int64_t>(symbol->members.size()) / 16));
    return Operand{symbol->members, symbol->is_register};
  }
  if (node.kind == Node::Kind::index) {
    TRY(base, operand(node.children[0], kind));
    if (!base.is_register)
      return refuse_at("bad-circuit", node.place, fmt::format("an index into a single {}", wanted));
    if (node.children.size() != 2) return refuse_at("unsupported-circuit", node.place, "arrays are not supported");
    const Node& item = node.children[1];
    const auto size = static_cast<std::int64_t>(base.members.size());
    if (item.kind != Node::Kind::range && item.kind != Node::Kind::set) {
      TRY(index, evaluate_whole(item, "the index"));
      TRY(at, position(item.place, index, size));
      return Operand{{base.members[static_cast<std::size_t>(at)]}, false};
    }
    TRY(indices, range(item, size));
    Operand part{{}, true};
    for (const std::int64_t index : indices) {
      TRY(at, position(item.place, index, size));
      part.members.push_back(base.members[static_cast<std::size_t>(at)]);
    }
    if (part.members.empty())
      return refuse_at("bad-circuit", item.place, fmt::format("a range without any {}", wanted));
    return part;
  }
  if (node.kind == Node::Kind::binary && node.text == "++") {
    TRY(left, operand(node.children[0], kind));
    TRY(right, operand(node.children[1], kind));
    if (left.members.size() + right.members.size() > static_cast<std::size_t>(limits_.bits_max)) {
      return refuse_at("too-large", node.place, "an alias of too many members");
    }
    left.members.insert(left.members.end(), right.members.begin(), right.members.end());
    left.is_register = true;
    return left;
  }
  return refuse_at("bad-circuit", node.place, fmt::format("no {} can stand here", wanted));
}

Expected<Value> Unroller::call_subroutine(Place place, const std::string& name,
                                          const std::vector<const Node*>& arguments) {
  const std::shared_ptr<const Statement> definition = subroutines_.find(name)->second;
  if (arguments.size() != definition->parameters.size()) {
    return refuse_at("bad-circuit", place,
                     fmt::format("{} has {} parameters, and {} stand here", shown(name), definition->parameters.size(),
                                 arguments.size()));
  }
  if (++calls_ > calls_max) return refuse_at("too-large", place, "subroutines call each other too deeply");
  Scope scope;
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    const Type& type = definition->parameter_types[i];
    TRY(width, width_of(type));
    Symbol symbol;
    symbol.type = type.word;
    symbol.width = width;
    symbol.is_const = true;
    symbol.branches = branches_;
    if (type.word == "qubit") {
      TRY(qubits, operand(*arguments[i], Symbol::Kind::qubits));
      if (qubits.members.size() != static_cast<std::size_t>(std::max(width, 1))) {
        return refuse_at("bad-circuit", arguments[i]->place,
                         fmt::format("{} qubits for a parameter of {}", qubits.members.size(), std::max(width, 1)));
      }
      symbol.kind = Symbol::Kind::qubits;
      symbol.is_register = type.width.has_value();
      symbol.members = std::move(qubits.members);
    } else {
      TRY(value, evaluate(*arguments[i]));
      TRY(cast, arithmetic_.cast(arguments[i]->place, type.word, width, std::move(value)));
      symbol.value = std::move(cast);
      // A value may be changed inside; what is measured is passed as it is.
      symbol.is_const = symbol.value.is_late();
    }
    scope.emplace(definition->parameters[i], std::move(symbol));
  }
  const std::size_t before = std::exchange(first_scope_, scopes_.size());
  scopes_.push_back(std::move(scope));
  returned_ = {};
  TRY(flow, run_scope(definition->body));
  scopes_.pop_back();
  first_scope_ = before;
  --calls_;
  if (flow != Flow::next && flow != Flow::return_) {
    return refuse_at("unsupported-circuit", place, "break, continue or end that leaves a subroutine is not supported");
  }
  return std::exchange(returned_, {});
}

}  // namespace mingyue::quantum::qasm
