#pragma once

#include <optional>
#include <string_view>

#include "quantum/qasm_syntax.hpp"

namespace mingyue::quantum::qasm {

/// OpenQASM text, one statement at a time, by recursive descent with one token of lookahead. It knows both versions:
/// 2 until it is told otherwise refuses what only 3 has, by name. Nesting is bounded.
class Parser {
 public:
  explicit Parser(std::string_view text, int version = 0) : lexer_(text), version_(version) {}

  /// The next statement, or nothing at the end of the text.
  [[nodiscard]] Expected<std::optional<Statement>> next();
  /// 2 or 3; 0 until something says which.
  [[nodiscard]] int version() const { return version_; }

 private:
  [[nodiscard]] Expected<void> advance();
  [[nodiscard]] Expected<void> expect(std::string_view symbol);
  [[nodiscard]] Expected<bool> accept(std::string_view symbol);
  [[nodiscard]] Expected<std::string> take_name(std::string_view what);
  [[nodiscard]] Unexpected<Refusal> unexpected(std::string_view wanted) const;
  [[nodiscard]] Expected<void> only_in_3(std::string_view what) const;

  [[nodiscard]] Expected<Statement> statement();
  [[nodiscard]] Expected<Statement> statement_of(const Token& first);
  [[nodiscard]] Expected<std::vector<Statement>> body();
  [[nodiscard]] Expected<std::vector<Statement>> block();
  [[nodiscard]] Expected<Statement> version_statement(Statement statement);
  [[nodiscard]] Expected<Statement> old_register(Statement statement);
  [[nodiscard]] Expected<Statement> declaration(Statement statement);
  [[nodiscard]] Expected<Statement> gate_definition(Statement statement);
  [[nodiscard]] Expected<Statement> subroutine(Statement statement);
  [[nodiscard]] Expected<Statement> if_statement(Statement statement);
  [[nodiscard]] Expected<Statement> for_statement(Statement statement);
  [[nodiscard]] Expected<Statement> switch_statement(Statement statement);
  [[nodiscard]] Expected<Statement> gate_call(Statement statement);
  [[nodiscard]] Expected<Statement> named_statement(Statement statement);
  [[nodiscard]] Expected<Statement> quantum_statement(Statement statement);

  [[nodiscard]] Expected<Type> type();
  [[nodiscard]] Expected<std::vector<Node>> operands(std::string_view end);
  [[nodiscard]] Expected<std::vector<Node>> expressions(std::string_view end);
  [[nodiscard]] Expected<Node> index_of(Node base);
  [[nodiscard]] Expected<Node> index_item();
  [[nodiscard]] Expected<Node> expression();
  [[nodiscard]] Expected<Node> binary_expression(int binding);
  [[nodiscard]] Expected<Node> unary_expression();
  [[nodiscard]] Expected<Node> postfix_expression();
  [[nodiscard]] Expected<Node> primary();
  [[nodiscard]] Expected<Node> measure_or_expression();

  Lexer lexer_;
  Token token_;
  int version_;
  int depth_ = 0;
  bool started_ = false;
};

}  // namespace mingyue::quantum::qasm
