#include <fmt/format.h>

#include <array>

#include "base/text.hpp"
#include "quantum/qasm_parser_inside.hpp"

namespace mingyue::quantum::qasm {
namespace {

/// How tightly the operators of two operands bind, from OpenQASM 3's grammar; ** binds tighter than a sign.
int binding_of(const Token& token, int version) {
  if (token.kind != Token::Kind::symbol) return 0;
  struct Row {
    std::string_view word;
    int binding;
  };
  constexpr std::array<Row, 21> rows = {{{"++", 1}, {"||", 2}, {"&&", 3}, {"|", 4},  {"^", 5},  {"&", 6},   {"==", 7},
                                         {"!=", 7}, {"<", 8},  {">", 8},  {"<=", 8}, {">=", 8}, {"<<", 9},  {">>", 9},
                                         {"+", 10}, {"-", 10}, {"*", 11}, {"/", 11}, {"%", 11}, {"**", 13}, {"", 0}}};
  if (version == 2) {
    if (token.text == "^") return 13;
    if (token.text != "+" && token.text != "-" && token.text != "*" && token.text != "/" && token.text != "==")
      return 0;
  }
  for (const Row& row : rows) {
    if (row.word == token.text) return row.binding;
  }
  return 0;
}
/// Trees higher than this are refused.
constexpr int height_max = 500;
constexpr int sign_binding = 12;
constexpr int power_binding = 13;

Node node_at(Node::Kind kind, Place place, std::string_view text = {}) {
  Node node;
  node.kind = kind;
  node.place = place;
  node.text = text;
  return node;
}

}  // namespace

Expected<Node> Parser::measure_or_expression() {
  if (!token_.is("measure")) return expression();
  Node node = node_at(Node::Kind::measure, token_.place);
  CHECK_OK(advance());
  TRY(operand, postfix_expression());
  node.add(std::move(operand));
  return node;
}

Expected<std::vector<Node>> Parser::operands(std::string_view end) {
  std::vector<Node> all;
  while (!token_.is(end)) {
    TRY(operand, postfix_expression());
    all.push_back(std::move(operand));
    TRY(comma, accept(","));
    if (!comma) break;
  }
  return all;
}

Expected<std::vector<Node>> Parser::expressions(std::string_view end) {
  std::vector<Node> all;
  while (!token_.is(end)) {
    TRY(each, expression());
    all.push_back(std::move(each));
    TRY(comma, accept(","));
    if (!comma) break;
  }
  return all;
}

Expected<Node> Parser::expression() { return binary_expression(1); }

Expected<Node> Parser::binary_expression(int binding) {
  const Depth depth(depth_);
  if (depth.too_deep()) return refuse_at("too-large", token_.place, "an expression is nested too deeply");
  TRY(left, unary_expression());
  for (;;) {
    const int own = binding_of(token_, version_);
    if (own == 0 || own < binding) return left;
    Node node = node_at(Node::Kind::binary, token_.place, token_.text);
    if (version_ == 2 && node.text == "^") node.text = "**";
    CHECK_OK(advance());
    // ** groups to the right, all others to the left.
    TRY(right, binary_expression(own == power_binding ? own : own + 1));
    node.add(std::move(left));
    node.add(std::move(right));
    if (node.height > height_max) return refuse_at("too-large", node.place, "an expression has too many operations");
    left = std::move(node);
  }
}

Expected<Node> Parser::unary_expression() {
  const Depth depth(depth_);
  if (depth.too_deep()) return refuse_at("too-large", token_.place, "an expression is nested too deeply");
  if (token_.is("-") || token_.is("+") || ((token_.is("~") || token_.is("!")) && version_ == 3)) {
    Node node = node_at(Node::Kind::unary, token_.place, token_.text);
    CHECK_OK(advance());
    // A power binds tighter than a sign: -a ** 2 is -(a ** 2).
    TRY(operand, binary_expression(sign_binding));
    node.add(std::move(operand));
    return node;
  }
  return postfix_expression();
}

Expected<Node> Parser::postfix_expression() {
  const Depth depth(depth_);
  if (depth.too_deep()) return refuse_at("too-large", token_.place, "an expression is nested too deeply");
  TRY(node, primary());
  while (token_.is("[")) {
    TRY(indexed, index_of(std::move(node)));
    node = std::move(indexed);
  }
  return node;
}

Expected<Node> Parser::index_of(Node base) {
  Node node = node_at(Node::Kind::index, token_.place);
  node.add(std::move(base));
  CHECK_OK(expect("["));
  do {
    TRY(item, index_item());
    node.add(std::move(item));
    TRY(comma, accept(","));
    if (!comma) break;
  } while (true);
  CHECK_OK(expect("]"));
  if (node.height > height_max) return refuse_at("too-large", node.place, "an expression has too many operations");
  return node;
}

Expected<Node> Parser::index_item() {
  if (token_.is("{")) {
    Node set = node_at(Node::Kind::set, token_.place);
    CHECK_OK(only_in_3("{"));
    CHECK_OK(advance());
    TRY(members, expressions("}"));
    for (Node& member : members) set.add(std::move(member));
    CHECK_OK(expect("}"));
    return set;
  }
  const Place place = token_.place;
  Node start;
  if (!token_.is(":")) {
    TRY(first, expression());
    if (!token_.is(":")) return first;
    start = std::move(first);
  }
  CHECK_OK(only_in_3(":"));
  CHECK_OK(expect(":"));
  Node second, third;
  if (!token_.is(":") && !token_.is("]")) {
    TRY(expression, this->expression());
    second = std::move(expression);
  }
  TRY(colon, accept(":"));
  if (colon && !token_.is("]")) {
    TRY(expression, this->expression());
    third = std::move(expression);
  }
  Node range = node_at(Node::Kind::range, place);
  // start : stop, or start : step : stop.
  range.add(std::move(start));
  range.add(colon ? std::move(third) : std::move(second));
  range.add(colon ? std::move(second) : Node{});
  return range;
}

Expected<Node> Parser::primary() {
  const Token first = token_;
  switch (first.kind) {
    case Token::Kind::integer: {
      Node node = node_at(Node::Kind::integer, first.place);
      node.integer = first.integer;
      CHECK_OK(advance());
      return node;
    }
    case Token::Kind::real: {
      Node node = node_at(Node::Kind::real, first.place);
      node.real = first.real;
      CHECK_OK(advance());
      return node;
    }
    case Token::Kind::text: {
      Node node = node_at(Node::Kind::text, first.place, first.text);
      CHECK_OK(advance());
      return node;
    }
    case Token::Kind::hardware_qubit:
      return refuse_at("unsupported-circuit", first.place,
                       fmt::format("physical qubits are not supported: '{}'", shown(first.text)),
                       "declare qubits; the device's layout is chosen when the circuit is sent to it");
    case Token::Kind::timing:
      return refuse_at("unsupported-circuit", first.place, "timing (durations) is not supported");
    case Token::Kind::name:
      break;
    case Token::Kind::symbol:
      if (first.is("(")) {
        CHECK_OK(advance());
        TRY(inner, expression());
        CHECK_OK(expect(")"));
        return inner;
      }
      return unexpected("a value");
    case Token::Kind::end:
      return unexpected("a value");
  }
  if (version_ == 3 && is_unsupported_word(first.text)) return refuse_unsupported(first);
  if (version_ == 3 && (first.is("int") || first.is("uint") || first.is("float") || first.is("angle") ||
                        first.is("bool") || first.is("bit"))) {
    TRY(type, this->type());
    Node node = node_at(Node::Kind::cast, first.place, type.word);
    node.add(type.width ? std::move(*type.width) : Node{});
    CHECK_OK(expect("("));
    TRY(value, expression());
    node.add(std::move(value));
    CHECK_OK(expect(")"));
    return node;
  }
  CHECK_OK(advance());
  if (!token_.is("(")) return node_at(Node::Kind::name, first.place, first.text);
  CHECK_OK(advance());
  Node node = node_at(Node::Kind::call, first.place, first.text);
  TRY(arguments, expressions(")"));
  for (Node& argument : arguments) node.add(std::move(argument));
  CHECK_OK(expect(")"));
  return node;
}

}  // namespace mingyue::quantum::qasm
