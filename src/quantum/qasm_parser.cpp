#include "quantum/qasm_parser.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "base/text.hpp"
#include "quantum/qasm_parser_inside.hpp"

namespace mingyue::quantum::qasm {
namespace {

/// What OpenQASM 3 has and this reader has not, by the word it begins with.
struct Unsupported {
  std::string_view word;
  std::string_view feature;
};
constexpr std::array<Unsupported, 16> unsupported = {{
    {"extern", "extern functions"},
    {"defcal", "pulse calibrations (defcal)"},
    {"cal", "pulse calibrations (cal)"},
    {"defcalgrammar", "pulse calibrations (defcalgrammar)"},
    {"box", "timing (box)"},
    {"delay", "timing (delay)"},
    {"stretch", "timing (stretch)"},
    {"duration", "timing (duration)"},
    {"durationof", "timing (durationof)"},
    {"array", "arrays"},
    {"complex", "complex numbers"},
    {"pragma", "pragmas"},
    {"readonly", "arrays"},
    {"mutable", "arrays"},
    {"nop", "nop"},
    {"void", "void"},
}};

bool is_type_word(std::string_view word) {
  return word == "bit" || word == "int" || word == "uint" || word == "float" || word == "angle" || word == "bool" ||
         word == "qubit";
}

bool is_modifier(std::string_view word) {
  return word == "ctrl" || word == "negctrl" || word == "inv" || word == "pow";
}

}  // namespace

Unexpected<Refusal> refuse_unsupported(const Token& token) {
  for (const Unsupported& each : unsupported) {
    if (token.text == each.word) {
      return refuse_at("unsupported-circuit", token.place,
                       fmt::format("{} are not supported: '{}'", each.feature, each.word),
                       "docs: src/quantum/README.md says what is read");
    }
  }
  return Unexpected<Refusal>(Refusal{});
}

bool is_unsupported_word(std::string_view word) {
  return std::ranges::any_of(unsupported, [&](const Unsupported& each) { return each.word == word; });
}

Expected<void> Parser::advance() {
  TRY(token, lexer_.next());
  token_ = token;
  return {};
}

Unexpected<Refusal> Parser::unexpected(std::string_view wanted) const {
  const std::string got = token_.kind == Token::Kind::end ? "the end of the text" : "'" + shown(token_.text) + "'";
  return refuse_at("bad-circuit", token_.place, fmt::format("{} was expected, and {} stands here", wanted, got));
}

Expected<bool> Parser::accept(std::string_view symbol) {
  if (!token_.is(symbol)) return false;
  CHECK_OK(advance());
  return true;
}

Expected<void> Parser::expect(std::string_view symbol) {
  if (!token_.is(symbol)) return unexpected(fmt::format("'{}'", symbol));
  return advance();
}

Expected<std::string> Parser::take_name(std::string_view what) {
  if (token_.kind != Token::Kind::name) return unexpected(what);
  std::string name(token_.text);
  CHECK_OK(advance());
  return name;
}

Expected<void> Parser::only_in_3(std::string_view what) const {
  if (version_ != 2) return {};
  return refuse_at("bad-circuit", token_.place,
                   fmt::format("'{}' is OpenQASM 3, and the text says it is OpenQASM 2", what),
                   "begin the text with OPENQASM 3.0;");
}

Expected<std::optional<Statement>> Parser::next() {
  if (!started_) {
    CHECK_OK(advance());
    started_ = true;
  }
  if (token_.kind == Token::Kind::end) return std::nullopt;
  TRY(statement, this->statement());
  return std::optional<Statement>(std::move(statement));
}

Expected<Statement> Parser::statement() {
  const Depth depth(depth_);
  if (depth.too_deep()) return refuse_at("too-large", token_.place, "statements are nested too deeply");
  const Token first = token_;
  if (version_ == 0 && !first.is("OPENQASM") && !first.is("include")) version_ = 3;
  return statement_of(first);
}

Expected<Statement> Parser::statement_of(const Token& first) {
  Statement statement;
  statement.place = first.place;
  const auto simple = [&](Statement::Kind kind) -> Expected<Statement> {
    statement.kind = kind;
    CHECK_OK(advance());
    CHECK_OK(expect(";"));
    return std::move(statement);
  };
  if (first.is("{")) {
    TRY(block, this->block());
    statement.body = std::move(block);
    return statement;
  }
  if (first.is("#")) return refuse_at("unsupported-circuit", first.place, "pragmas are not supported: '#'");
  if (first.kind == Token::Kind::symbol || first.kind != Token::Kind::name) return unexpected("a statement");
  if (version_ == 3 && is_unsupported_word(first.text)) return refuse_unsupported(first);
  if (first.is("OPENQASM")) return version_statement(std::move(statement));
  if (first.is("include")) {
    CHECK_OK(advance());
    if (token_.kind != Token::Kind::text) return unexpected("the name of a file in quotes");
    statement.kind = Statement::Kind::include;
    statement.name = token_.text;
    if (version_ == 0) version_ = statement.name == "qelib1.inc" ? 2 : 3;
    CHECK_OK(advance());
    CHECK_OK(expect(";"));
    return statement;
  }
  if (first.is("qreg") || first.is("creg")) return old_register(std::move(statement));
  if (first.is("gate") || first.is("opaque")) return gate_definition(std::move(statement));
  if (first.is("measure") || first.is("reset") || first.is("barrier")) return quantum_statement(std::move(statement));
  if (first.is("if")) return if_statement(std::move(statement));
  if (version_ == 2) return gate_call(std::move(statement));
  if (first.is("def")) return subroutine(std::move(statement));
  if (first.is("for")) return for_statement(std::move(statement));
  if (first.is("switch")) return switch_statement(std::move(statement));
  if (first.is("break")) return simple(Statement::Kind::break_);
  if (first.is("continue")) return simple(Statement::Kind::continue_);
  if (first.is("end")) return simple(Statement::Kind::end);
  if (first.is("while")) {
    statement.kind = Statement::Kind::while_;
    CHECK_OK(advance());
    CHECK_OK(expect("("));
    TRY(condition, expression());
    CHECK_OK(expect(")"));
    statement.value = std::move(condition);
    TRY(body, this->body());
    statement.body = std::move(body);
    return statement;
  }
  if (first.is("return")) {
    statement.kind = Statement::Kind::return_;
    CHECK_OK(advance());
    if (!token_.is(";")) {
      TRY(value, measure_or_expression());
      statement.value = std::move(value);
    }
    CHECK_OK(expect(";"));
    return statement;
  }
  if (first.is("let")) {
    statement.kind = Statement::Kind::alias;
    CHECK_OK(advance());
    TRY(name, take_name("the name of the alias"));
    statement.name = std::move(name);
    CHECK_OK(expect("="));
    TRY(value, expression());
    statement.value = std::move(value);
    CHECK_OK(expect(";"));
    return statement;
  }
  if (first.is("const") || first.is("input") || first.is("output") || is_type_word(first.text)) {
    return declaration(std::move(statement));
  }
  if (is_modifier(first.text)) return gate_call(std::move(statement));
  return named_statement(std::move(statement));
}

Expected<Statement> Parser::quantum_statement(Statement statement) {
  const bool is_measure = token_.is("measure");
  statement.kind = is_measure           ? Statement::Kind::measure
                   : token_.is("reset") ? Statement::Kind::reset
                                        : Statement::Kind::barrier;
  CHECK_OK(advance());
  if (is_measure) {
    TRY(operand, postfix_expression());
    statement.operands.push_back(std::move(operand));
    TRY(arrow, accept("->"));
    if (arrow) {
      TRY(target, postfix_expression());
      statement.value = std::move(target);
    } else {
      CHECK_OK(only_in_3("measure without ->"));
    }
  } else if (statement.kind == Statement::Kind::reset || !token_.is(";")) {
    TRY(operands, this->operands(";"));
    statement.operands = std::move(operands);
  }
  CHECK_OK(expect(";"));
  return statement;
}

Expected<std::vector<Statement>> Parser::block() {
  CHECK_OK(expect("{"));
  std::vector<Statement> statements;
  while (!token_.is("}")) {
    if (token_.kind == Token::Kind::end) return unexpected("'}'");
    TRY(statement, this->statement());
    statements.push_back(std::move(statement));
  }
  CHECK_OK(expect("}"));
  return statements;
}

Expected<std::vector<Statement>> Parser::body() {
  if (token_.is("{")) return block();
  std::vector<Statement> statements;
  TRY(statement, this->statement());
  statements.push_back(std::move(statement));
  return statements;
}

Expected<Statement> Parser::version_statement(Statement statement) {
  const Place place = token_.place;
  CHECK_OK(advance());
  if (token_.kind != Token::Kind::integer && token_.kind != Token::Kind::real) return unexpected("2.0 or 3.0");
  statement.kind = Statement::Kind::version;
  statement.name = token_.text;
  const int said = statement.name.starts_with("2") ? 2 : statement.name.starts_with("3") ? 3 : 0;
  if (said == 0) {
    return refuse_at("unsupported-circuit", token_.place,
                     fmt::format("OpenQASM {} is not supported", shown(token_.text)), "OPENQASM 2.0; or OPENQASM 3.0;");
  }
  if (version_ != 0) return refuse_at("bad-circuit", place, "OPENQASM must be the first statement, and there once");
  version_ = said;
  CHECK_OK(advance());
  CHECK_OK(expect(";"));
  return statement;
}

Expected<Statement> Parser::old_register(Statement statement) {
  statement.kind = Statement::Kind::declaration;
  statement.type.word = token_.is("qreg") ? "qubit" : "bit";
  statement.type.place = token_.place;
  CHECK_OK(advance());
  TRY(name, take_name("the name of the register"));
  statement.name = std::move(name);
  TRY(bracket, accept("["));
  if (bracket) {
    TRY(width, expression());
    statement.type.width = std::move(width);
    CHECK_OK(expect("]"));
  } else if (version_ == 2) {
    return unexpected("'['");
  }
  CHECK_OK(expect(";"));
  return statement;
}

Expected<Type> Parser::type() {
  if (is_unsupported_word(token_.text)) return refuse_unsupported(token_);
  Type type;
  type.place = token_.place;
  if (!is_type_word(token_.text) && !token_.is("creg") && !token_.is("qreg")) return unexpected("a type");
  type.word = token_.is("creg") ? "bit" : token_.is("qreg") ? "qubit" : std::string(token_.text);
  CHECK_OK(advance());
  TRY(bracket, accept("["));
  if (bracket) {
    TRY(width, expression());
    type.width = std::move(width);
    CHECK_OK(expect("]"));
  }
  return type;
}

Expected<Statement> Parser::declaration(Statement statement) {
  statement.kind = Statement::Kind::declaration;
  if (token_.is("const") || token_.is("input") || token_.is("output")) {
    statement.is_const = token_.is("const");
    statement.is_input = token_.is("input");
    statement.is_output = token_.is("output");
    CHECK_OK(advance());
  }
  TRY(type, this->type());
  statement.type = std::move(type);
  TRY(name, take_name("a name"));
  statement.name = std::move(name);
  TRY(equals, accept("="));
  if (equals) {
    if (token_.is("{")) return refuse_at("unsupported-circuit", token_.place, "arrays are not supported: '{'");
    TRY(value, measure_or_expression());
    statement.value = std::move(value);
  }
  CHECK_OK(expect(";"));
  return statement;
}

Expected<Statement> Parser::gate_definition(Statement statement) {
  statement.kind = token_.is("gate") ? Statement::Kind::gate : Statement::Kind::opaque;
  CHECK_OK(advance());
  TRY(name, take_name("the name of the gate"));
  statement.name = std::move(name);
  TRY(parenthesis, accept("("));
  if (parenthesis) {
    while (!token_.is(")")) {
      TRY(parameter, take_name("the name of a parameter"));
      statement.parameters.push_back(std::move(parameter));
      if (!token_.is(")")) CHECK_OK(expect(","));
    }
    CHECK_OK(expect(")"));
  }
  while (token_.kind == Token::Kind::name) {
    TRY(qubit, take_name("the name of a qubit"));
    statement.qubits.push_back(std::move(qubit));
    TRY(comma, accept(","));
    if (!comma) break;
  }
  if (statement.kind == Statement::Kind::opaque) {
    CHECK_OK(expect(";"));
    return statement;
  }
  TRY(body, block());
  statement.body = std::move(body);
  return statement;
}

Expected<Statement> Parser::subroutine(Statement statement) {
  statement.kind = Statement::Kind::subroutine;
  CHECK_OK(advance());
  TRY(name, take_name("the name of the subroutine"));
  statement.name = std::move(name);
  CHECK_OK(expect("("));
  while (!token_.is(")")) {
    TRY(type, this->type());
    TRY(parameter, take_name("the name of a parameter"));
    statement.parameter_types.push_back(std::move(type));
    statement.parameters.push_back(std::move(parameter));
    if (!token_.is(")")) CHECK_OK(expect(","));
  }
  CHECK_OK(expect(")"));
  TRY(arrow, accept("->"));
  if (arrow) {
    TRY(type, this->type());
    statement.type = std::move(type);
  }
  TRY(body, block());
  statement.body = std::move(body);
  return statement;
}

Expected<Statement> Parser::if_statement(Statement statement) {
  statement.kind = Statement::Kind::if_;
  CHECK_OK(advance());
  CHECK_OK(expect("("));
  TRY(condition, expression());
  CHECK_OK(expect(")"));
  statement.value = std::move(condition);
  if (version_ == 2 && token_.is("{")) CHECK_OK(only_in_3("{"));
  TRY(body, this->body());
  statement.body = std::move(body);
  if (version_ == 2 && token_.is("else")) CHECK_OK(only_in_3("else"));
  TRY(otherwise, accept("else"));
  if (otherwise) {
    TRY(other_body, this->body());
    statement.otherwise = std::move(other_body);
  }
  return statement;
}

Expected<Statement> Parser::for_statement(Statement statement) {
  statement.kind = Statement::Kind::for_;
  CHECK_OK(advance());
  TRY(type, this->type());
  statement.type = std::move(type);
  TRY(name, take_name("the name of the loop's variable"));
  statement.name = std::move(name);
  CHECK_OK(expect("in"));
  TRY(bracket, accept("["));
  if (bracket) {
    TRY(range, index_item());
    statement.operands.push_back(std::move(range));
    CHECK_OK(expect("]"));
  } else if (token_.is("{")) {
    TRY(set, index_item());
    statement.operands.push_back(std::move(set));
  } else {
    TRY(over, expression());
    statement.operands.push_back(std::move(over));
  }
  TRY(body, this->body());
  statement.body = std::move(body);
  return statement;
}

Expected<Statement> Parser::switch_statement(Statement statement) {
  statement.kind = Statement::Kind::switch_;
  CHECK_OK(advance());
  CHECK_OK(expect("("));
  TRY(value, expression());
  CHECK_OK(expect(")"));
  statement.value = std::move(value);
  CHECK_OK(expect("{"));
  while (!token_.is("}")) {
    Case one;
    const bool is_default = token_.is("default");
    if (is_default) {
      CHECK_OK(advance());
    } else {
      CHECK_OK(expect("case"));
      do {
        TRY(each, expression());
        one.values.push_back(std::move(each));
        TRY(comma, accept(","));
        if (!comma) break;
      } while (!token_.is("{"));
    }
    if (!statement.cases.empty() && statement.cases.back().values.empty()) {
      return refuse_at("bad-circuit", token_.place, "a case after the default");
    }
    TRY(body, block());
    one.body = std::move(body);
    statement.cases.push_back(std::move(one));
  }
  CHECK_OK(expect("}"));
  return statement;
}

Expected<Statement> Parser::gate_call(Statement statement) {
  statement.kind = Statement::Kind::call;
  while (version_ == 3 && is_modifier(token_.text)) {
    Modifier modifier;
    modifier.place = token_.place;
    modifier.word = token_.text;
    CHECK_OK(advance());
    TRY(parenthesis, accept("("));
    if (parenthesis) {
      TRY(value, expression());
      modifier.value = std::move(value);
      CHECK_OK(expect(")"));
    }
    CHECK_OK(expect("@"));
    statement.modifiers.push_back(std::move(modifier));
    if (statement.modifiers.size() > 100)
      return refuse_at("too-large", token_.place, "more than 100 modifiers of a gate");
  }
  if (version_ == 3 && is_unsupported_word(token_.text)) return refuse_unsupported(token_);
  TRY(name, take_name("the name of a gate"));
  statement.name = std::move(name);
  TRY(parenthesis, accept("("));
  if (parenthesis) {
    TRY(arguments, expressions(")"));
    statement.arguments = std::move(arguments);
    CHECK_OK(expect(")"));
  }
  if (version_ == 3 && token_.is("[")) {
    return refuse_at("unsupported-circuit", token_.place,
                     "timing (the duration of a gate in brackets) is not supported");
  }
  if (!token_.is(";")) {
    TRY(operands, this->operands(";"));
    statement.operands = std::move(operands);
  }
  CHECK_OK(expect(";"));
  return statement;
}

/// What begins with a name in OpenQASM 3: a gate, a subroutine, an assignment.
Expected<Statement> Parser::named_statement(Statement statement) {
  Node target;
  target.kind = Node::Kind::name;
  target.place = token_.place;
  target.text = token_.text;
  const Token first = token_;
  CHECK_OK(advance());
  if (token_.is("(") || token_.kind == Token::Kind::name || token_.kind == Token::Kind::hardware_qubit ||
      token_.is(";")) {
    statement.kind = Statement::Kind::call;
    statement.name = first.text;
    TRY(parenthesis, accept("("));
    if (parenthesis) {
      TRY(arguments, expressions(")"));
      statement.arguments = std::move(arguments);
      CHECK_OK(expect(")"));
    }
    if (!token_.is(";")) {
      TRY(operands, this->operands(";"));
      statement.operands = std::move(operands);
    }
    CHECK_OK(expect(";"));
    return statement;
  }
  while (token_.is("[")) {
    TRY(indexed, index_of(std::move(target)));
    target = std::move(indexed);
  }
  constexpr std::array<std::string_view, 12> assignments = {
      "=", "+=", "-=", "*=", "/=", "%=", "&=", "|=", "^=", "<<=", ">>=", "**="};
  if (std::ranges::find(assignments, token_.text) == assignments.end() || token_.kind != Token::Kind::symbol) {
    return unexpected("'=', a qubit or '('");
  }
  statement.kind = Statement::Kind::assignment;
  statement.name = token_.text;
  CHECK_OK(advance());
  TRY(value, measure_or_expression());
  statement.value = std::move(value);
  statement.operands.push_back(std::move(target));
  CHECK_OK(expect(";"));
  return statement;
}

}  // namespace mingyue::quantum::qasm
