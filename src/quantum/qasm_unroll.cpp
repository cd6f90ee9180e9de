#include "quantum/qasm_unroll.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.hpp"
#include "quantum/qasm_parser.hpp"

namespace mingyue::quantum::qasm {
namespace {

/// Statements stand within statements this deeply, through all calls: the unroller calls itself for each level.
constexpr int depth_max = 300;
constexpr int branches_max = 60;

std::string_view word_of(Flow flow) {
  switch (flow) {
    case Flow::break_:
      return "break";
    case Flow::continue_:
      return "continue";
    case Flow::return_:
      return "return";
    default:
      return "end";
  }
}

}  // namespace

Expected<void> Unroller::spend(Place place, std::int64_t steps) {
  steps_ += steps;
  if (steps_ <= limits_.steps_max) return {};
  return refuse_at("too-large", place,
                   fmt::format("unrolling the circuit takes more than {} steps", limits_.steps_max));
}

Expected<Flow> Unroller::run(Statement& statement) {
  if (statement.kind == Statement::Kind::gate || statement.kind == Statement::Kind::opaque) {
    CHECK_OK(declare_gate(statement));
    return Flow::next;
  }
  if (statement.kind == Statement::Kind::subroutine) {
    const std::string name = statement.name;
    const Place place = statement.place;
    if (!subroutines_.emplace(name, std::make_shared<const Statement>(std::move(statement))).second) {
      return refuse_at("bad-circuit", place, fmt::format("the subroutine '{}' is defined twice", shown(name)));
    }
    return Flow::next;
  }
  return run_known(statement);
}

Expected<Flow> Unroller::run_known(const Statement& statement) {
  CHECK_OK(spend(statement.place, 1));
  switch (statement.kind) {
    case Statement::Kind::version:
      return Flow::next;
    case Statement::Kind::include:
      CHECK_OK(include(statement));
      return Flow::next;
    case Statement::Kind::declaration:
      CHECK_OK(declare(statement));
      return Flow::next;
    case Statement::Kind::alias:
      CHECK_OK(declare_alias(statement));
      return Flow::next;
    case Statement::Kind::call:
      CHECK_OK(call(statement));
      return Flow::next;
    case Statement::Kind::measure:
      CHECK_OK(measure(statement));
      return Flow::next;
    case Statement::Kind::assignment:
      CHECK_OK(assign(statement));
      return Flow::next;
    case Statement::Kind::reset:
      for (const Node& node : statement.operands) {
        TRY(qubits, operand(node, Symbol::Kind::qubits));
        for (const Qubit qubit : qubits.members) CHECK_OK(emit(statement.place, {Reset{qubit}}));
      }
      return Flow::next;
    case Statement::Kind::barrier: {
      Barrier barrier;
      for (const Node& node : statement.operands) {
        TRY(qubits, operand(node, Symbol::Kind::qubits));
        barrier.qubits.insert(barrier.qubits.end(), qubits.members.begin(), qubits.members.end());
      }
      if (statement.operands.empty()) {
        for (Qubit qubit = 0; qubit < circuit_.qubits; ++qubit) barrier.qubits.push_back(qubit);
      }
      CHECK_OK(emit(statement.place, {std::move(barrier)}));
      return Flow::next;
    }
    case Statement::Kind::if_:
      return run_if(statement);
    case Statement::Kind::for_:
      return run_for(statement);
    case Statement::Kind::while_:
      return run_while(statement);
    case Statement::Kind::switch_:
      return run_switch(statement);
    case Statement::Kind::block:
      return run_scope(statement.body);
    case Statement::Kind::break_:
      return Flow::break_;
    case Statement::Kind::continue_:
      return Flow::continue_;
    case Statement::Kind::end:
      return Flow::end;
    case Statement::Kind::return_:
      returned_ = {};
      if (statement.value) {
        TRY(value, evaluate(*statement.value));
        returned_ = std::move(value);
      }
      return Flow::return_;
    case Statement::Kind::gate:
    case Statement::Kind::opaque:
    case Statement::Kind::subroutine:
      return refuse_at("bad-circuit", statement.place, "a definition must not stand within another statement");
  }
  return Flow::next;
}

Expected<Flow> Unroller::run_all(const std::vector<Statement>& statements) {
  if (++depth_ > depth_max) {
    return refuse_at("too-large", statements.empty() ? Place{} : statements[0].place,
                     "statements and calls are nested too deeply");
  }
  for (const Statement& statement : statements) {
    TRY(flow, run_known(statement));
    if (flow != Flow::next) {
      --depth_;
      return flow;
    }
  }
  --depth_;
  return Flow::next;
}

Expected<Flow> Unroller::run_scope(const std::vector<Statement>& statements) {
  scopes_.emplace_back();
  TRY(flow, run_all(statements));
  scopes_.pop_back();
  return flow;
}

Expected<void> Unroller::run_late(const std::vector<Statement>& statements, Body& into) {
  if (++branches_ > branches_max) {
    return refuse_at("too-large", statements.empty() ? Place{} : statements[0].place,
                     "branches on measured bits are nested too deeply");
  }
  Body* const outside = body_;
  body_ = &into;
  TRY(flow, run_scope(statements));
  body_ = outside;
  --branches_;
  if (flow == Flow::next) return {};
  return refuse_at("unsupported-circuit", statements[0].place,
                   fmt::format("'{}' within a branch on a measured bit is not supported", word_of(flow)));
}

Expected<Flow> Unroller::branch(Place place, const Value& condition, const std::vector<Statement>& then,
                                const std::vector<Statement>& otherwise) {
  TRY(answer, arithmetic_.condition(place, condition));
  if (answer.is_whole()) return run_scope(answer.integer != 0 ? then : otherwise);
  Branch late;
  late.condition = std::move(answer.measured);
  CHECK_OK(run_late(then, late.then));
  CHECK_OK(run_late(otherwise, late.otherwise));
  if (late.then.empty() && late.otherwise.empty()) return Flow::next;
  CHECK_OK(emit(place, {std::move(late)}));
  return Flow::next;
}

Expected<Flow> Unroller::run_if(const Statement& statement) {
  TRY(condition, evaluate(*statement.value));
  return branch(statement.place, condition, statement.body, statement.otherwise);
}

Expected<Flow> Unroller::run_for(const Statement& statement) {
  const Node& over = statement.operands[0];
  std::vector<std::int64_t> values;
  if (over.kind == Node::Kind::range || over.kind == Node::Kind::set) {
    TRY(range, this->range(over, -1));
    values = std::move(range);
  } else {
    return refuse_at("unsupported-circuit", over.place, "a loop over a register is not supported",
                     "loop over a range: for uint i in [0:n-1]");
  }
  if (statement.type.word != "int" && statement.type.word != "uint" && statement.type.word != "bit") {
    return refuse_at("unsupported-circuit", statement.place,
                     fmt::format("a loop over values of type {} is not supported", statement.type.word));
  }
  for (const std::int64_t value : values) {
    CHECK_OK(spend(statement.place, 1));
    scopes_.emplace_back();
    Symbol symbol;
    symbol.type = statement.type.word;
    symbol.is_const = true;
    symbol.value = Value::of(value);
    CHECK_OK(add_symbol(statement.place, statement.name, std::move(symbol)));
    TRY(flow, run_scope(statement.body));
    scopes_.pop_back();
    if (flow == Flow::break_) break;
    if (flow == Flow::return_ || flow == Flow::end) return flow;
  }
  return Flow::next;
}

Expected<Flow> Unroller::run_while(const Statement& statement) {
  for (;;) {
    CHECK_OK(spend(statement.place, 1));
    TRY(value, evaluate(*statement.value));
    TRY(condition, arithmetic_.condition(statement.place, value));
    if (!condition.is_whole()) {
      return refuse_at("unsupported-circuit", statement.place,
                       "a while loop whose condition depends on a measurement is not supported: its bound is not known",
                       "use a for loop over as many tries as are allowed, with an if inside");
    }
    if (condition.integer == 0) return Flow::next;
    TRY(flow, run_scope(statement.body));
    if (flow == Flow::break_) return Flow::next;
    if (flow == Flow::return_ || flow == Flow::end) return flow;
  }
}

Expected<Flow> Unroller::run_switch(const Statement& statement) {
  TRY(value, evaluate(*statement.value));
  if (value.kind == Value::Kind::bits) {
    TRY(number, arithmetic_.late(statement.place, value));
    value = Value::of_measured(std::move(number), static_cast<int>(value.bits.size()));
  }
  // The cases from the last to the first become branches within the other side of each other.
  std::vector<Value> conditions;
  for (const Case& one : statement.cases) {
    if (one.values.empty()) continue;
    Value any;
    for (const Node& node : one.values) {
      TRY(each, evaluate(node));
      TRY(number, arithmetic_.whole(node.place, "the value of a case", each));
      TRY(equal, arithmetic_.binary(node.place, "==", value, Value::of(number)));
      if (any.kind == Value::Kind::nothing) {
        any = std::move(equal);
      } else {
        TRY(either, arithmetic_.binary(node.place, "||", std::move(any), std::move(equal)));
        any = std::move(either);
      }
    }
    conditions.push_back(std::move(any));
  }
  if (!value.is_late()) {
    for (std::size_t i = 0; i < statement.cases.size(); ++i) {
      if (i >= conditions.size() || conditions[i].integer != 0) return run_scope(statement.cases[i].body);
    }
    return Flow::next;
  }
  Body* into = body_;
  const int outside = branches_;
  for (std::size_t i = 0; i < statement.cases.size(); ++i) {
    const Case& one = statement.cases[i];
    if (i >= conditions.size()) {
      CHECK_OK(run_late(one.body, *into));
      break;
    }
    Branch late;
    late.condition = std::move(conditions[i].measured);
    CHECK_OK(run_late(one.body, late.then));
    Body* const before = std::exchange(body_, into);
    CHECK_OK(emit(statement.place, {std::move(late)}));
    body_ = before;
    into = &std::get<Branch>(into->back().what).otherwise;
    // What follows is one branch deeper.
    ++branches_;
  }
  branches_ = outside;
  return Flow::next;
}

Expected<void> Unroller::measure(const Statement& statement) {
  TRY(qubits, operand(statement.operands[0], Symbol::Kind::qubits));
  if (statement.value) {
    TRY(bits, operand(*statement.value, Symbol::Kind::bits));
    return measure_into(statement.place, qubits, bits);
  }
  for (const Qubit qubit : qubits.members) CHECK_OK(emit(statement.place, {Measurement{qubit, no_bit}}));
  return {};
}

Circuit Unroller::take() {
  if (!outputs_.empty()) {
    for (Register& each : circuit_.bit_registers) each.local = std::ranges::find(outputs_, each.name) == outputs_.end();
  }
  return std::move(circuit_);
}

}  // namespace mingyue::quantum::qasm

namespace mingyue::quantum {

Expected<Circuit> read_qasm(std::string_view text, const ReadLimits& limits) {
  if (text.size() > limits.text_bytes_max) {
    return refuse("too-large", {},
                  fmt::format("the text has {} bytes; {} are the most", text.size(), limits.text_bytes_max));
  }
  if (!is_utf8(text)) return refuse("bad-circuit", {}, "the text is no UTF-8");
  qasm::Parser parser(text);
  qasm::Unroller unroller(limits);
  int version = 0;
  for (;;) {
    TRY(statement, parser.next());
    if (!statement) break;
    if (parser.version() != version) {
      version = parser.version();
      unroller.set_version(version);
    }
    TRY(flow, unroller.run(*statement));
    if (flow == qasm::Flow::end) break;
    if (flow != qasm::Flow::next) {
      return refuse_at("bad-circuit", statement->place, "break, continue or return outside of what they end");
    }
  }
  return unroller.take();
}

}  // namespace mingyue::quantum
