#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "quantum/qasm_token.hpp"

/// What the parser makes of OpenQASM text, before anything in it has a meaning.
namespace mingyue::quantum::qasm {

/// An expression, an operand, or what stands within index brackets.
struct Node {
  enum class Kind : std::uint8_t {
    integer,
    real,
    text,
    name,
    index,    ///< children[0], indexed by children[1...] (a range, a set or an expression each)
    range,    ///< start, stop, step; one that is left out is a Kind::nothing
    set,      ///< {a, b, c}
    call,     ///< text(children)
    cast,     ///< type_word[children[0]](children[1])
    unary,    ///< text children[0]
    binary,   ///< children[0] text children[1]
    measure,  ///< measure children[0]
    hardware_qubit,
    timing,
    nothing,
  };
  Kind kind = Kind::nothing;
  Place place;
  std::string text;
  std::int64_t integer = 0;
  double real = 0;
  int height = 1;  ///< of the tree below: bounded, for whoever walks it calls itself
  std::vector<Node> children;

  void add(Node child) {
    if (child.height >= height) height = child.height + 1;
    children.push_back(std::move(child));
  }
};

struct Type {
  std::string word;  ///< bit, int, uint, float, angle, bool, qubit, creg, qreg
  std::optional<Node> width;
  Place place;
};

struct Modifier {
  std::string word;  ///< ctrl, negctrl, inv, pow
  std::optional<Node> value;
  Place place;
};

struct Statement;

struct Case {
  std::vector<Node> values;  ///< none: the default
  std::vector<Statement> body;
};

struct Statement {
  enum class Kind : std::uint8_t {
    version,      ///< name: "2.0"
    include,      ///< name
    declaration,  ///< type, name, is_const, is_input, is_output, value
    alias,        ///< name, value
    gate,         ///< name, parameters, qubits, body
    opaque,       ///< the same without a body
    subroutine,   ///< name, parameters with types, body
    call,         ///< modifiers, name, arguments, operands; without operands a subroutine's
    measure,      ///< measure operands[0] -> value (nothing: forgotten)
    reset,        ///< operands
    barrier,      ///< operands
    if_,          ///< value, body, otherwise
    for_,         ///< type, name, operands[0] (a range, a set or a register), body
    while_,       ///< value, body
    switch_,      ///< value, cases
    break_,
    continue_,
    end,
    return_,     ///< value
    assignment,  ///< operands[0] name value; name is =, +=, ...
    block,       ///< body
  };
  Kind kind = Kind::block;
  Place place;
  std::string name;
  Type type;
  bool is_const = false;
  bool is_input = false;
  bool is_output = false;
  std::optional<Node> value;
  std::vector<Modifier> modifiers;
  std::vector<std::string> parameters;
  std::vector<Type> parameter_types;  ///< of a subroutine
  std::vector<std::string> qubits;
  std::vector<Node> arguments;
  std::vector<Node> operands;
  std::vector<Statement> body;
  std::vector<Statement> otherwise;
  std::vector<Case> cases;
};

}  // namespace mingyue::quantum::qasm
