#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "quantum/qasm.hpp"
#include "quantum/qasm_syntax.hpp"
#include "quantum/qasm_value.hpp"

/// From statements to a circuit: names get their meaning, definitions are applied, loops unrolled, and what is known
/// now is computed now. Only the reader's own files include this.
namespace mingyue::quantum::qasm {

struct Symbol {
  enum class Kind : std::uint8_t { value, qubits, bits };
  Kind kind = Kind::value;
  Value value;
  std::string type;  ///< of a value: int, uint, float, angle, bool
  int width = 0;
  bool is_const = false;
  bool is_register = false;  ///< of qubits and bits: `q[1]` is a register of one, and `q` alone is none
  int branches = 0;          ///< in how many branches on measured bits it was declared
  std::vector<int> members;  ///< qubits or bits
};

/// Qubits or bits that an operand names.
struct Operand {
  std::vector<int> members;
  bool is_register = false;
};

/// A gate by its name: one of the built-in ones with so many controls, or a definition.
struct GateMeaning {
  Gate gate = Gate::id;
  int controls = 0;
  std::shared_ptr<const Statement> definition;  ///< an opaque one has no body
  bool own = false;                             ///< the text defines it, and no library
};

enum class Flow : std::uint8_t { next, break_, continue_, return_, end };

class Unroller {
 public:
  explicit Unroller(const ReadLimits& limits) : limits_(limits) { scopes_.emplace_back(); }

  void set_version(int version) { arithmetic_ = {version, &circuit_.bit_registers}; }
  [[nodiscard]] Expected<Flow> run(Statement& statement);
  [[nodiscard]] Circuit take();

 private:
  using Scope = std::map<std::string, Symbol, std::less<>>;
  using Body = std::vector<Instruction>;

  // qasm_unroll.cpp: statements.
  [[nodiscard]] Expected<Flow> run_known(const Statement& statement);
  [[nodiscard]] Expected<Flow> run_all(const std::vector<Statement>& statements);
  [[nodiscard]] Expected<Flow> run_scope(const std::vector<Statement>& statements);
  [[nodiscard]] Expected<Flow> run_if(const Statement& statement);
  [[nodiscard]] Expected<Flow> run_for(const Statement& statement);
  [[nodiscard]] Expected<Flow> run_while(const Statement& statement);
  [[nodiscard]] Expected<Flow> run_switch(const Statement& statement);
  [[nodiscard]] Expected<Flow> branch(Place place, const Value& condition, const std::vector<Statement>& then,
                                      const std::vector<Statement>& otherwise);
  [[nodiscard]] Expected<void> run_late(const std::vector<Statement>& statements, Body& into);
  [[nodiscard]] Expected<void> measure(const Statement& statement);
  [[nodiscard]] Expected<void> spend(Place place, std::int64_t steps);

  // qasm_declare.cpp: names.
  [[nodiscard]] Expected<void> declare(const Statement& statement);
  [[nodiscard]] Expected<void> declare_alias(const Statement& statement);
  [[nodiscard]] Expected<void> declare_gate(Statement& statement);
  [[nodiscard]] Expected<void> assign(const Statement& statement);
  [[nodiscard]] Expected<void> assign_bits(Place place, const std::vector<Bit>& bits, const Value& value);
  [[nodiscard]] Expected<void> measure_into(Place place, const Operand& qubits, const Operand& bits);
  [[nodiscard]] Expected<void> add_symbol(Place place, const std::string& name, Symbol symbol);
  [[nodiscard]] Expected<int> width_of(const Type& type);
  [[nodiscard]] Expected<Symbol> new_bits(Place place, const std::string& name, int size, bool is_register);
  [[nodiscard]] Expected<void> include(const Statement& statement);
  [[nodiscard]] Symbol* find(std::string_view name);
  [[nodiscard]] std::string unique_name(const std::string& name) const;

  // qasm_evaluate.cpp: expressions and operands.
  [[nodiscard]] Expected<Value> evaluate(const Node& node);
  [[nodiscard]] Expected<Value> evaluate_index(const Node& node);
  [[nodiscard]] Expected<Value> evaluate_call(const Node& node);
  [[nodiscard]] Expected<std::int64_t> evaluate_whole(const Node& node, std::string_view what);
  [[nodiscard]] Expected<Operand> operand(const Node& node, Symbol::Kind kind);
  [[nodiscard]] Expected<std::vector<std::int64_t>> range(const Node& node, std::int64_t size);
  [[nodiscard]] Expected<Value> call_subroutine(Place place, const std::string& name,
                                                const std::vector<const Node*>& arguments);

  // qasm_gates.cpp: gates.
  [[nodiscard]] Expected<void> call(const Statement& statement);
  [[nodiscard]] Expected<void> apply(const Statement& statement, const GateMeaning& meaning,
                                     const std::vector<Expression>& angles, std::vector<Qubit> qubits);
  [[nodiscard]] Expected<void> apply_gate(Place place, const std::string& name, const GateMeaning& meaning,
                                          const std::vector<Expression>& angles, std::vector<Qubit> qubits);
  [[nodiscard]] Expected<Body> power(Place place, Body parts, double exponent);
  [[nodiscard]] Expected<void> emit(Place place, Instruction instruction);
  [[nodiscard]] bool is_built_in(const Statement& definition);

  ReadLimits limits_;
  Circuit circuit_;
  Arithmetic arithmetic_;
  std::vector<Scope> scopes_;
  std::size_t first_scope_ = 0;  ///< scopes below are not seen, but for the outermost
  std::map<std::string, GateMeaning, std::less<>> gates_;
  std::map<std::string, std::shared_ptr<const Statement>, std::less<>> subroutines_;
  std::vector<std::string> outputs_;
  Body* body_ = &circuit_.body;
  std::int64_t steps_ = 0;
  std::int64_t size_ = 0;
  int depth_ = 0;     ///< of statements within statements
  int branches_ = 0;  ///< of branches on measured bits
  int calls_ = 0;     ///< of subroutines
  int gates_deep_ = 0;
  Value returned_;
};

/// The text of qelib1.inc or stdgates.inc, as definitions of what is not built in; empty for any other name.
[[nodiscard]] std::string_view library_text(std::string_view name);
/// The built-in gates that a library names; `version` 2 or 3 for what needs no library.
struct LibraryGate {
  std::string_view name;
  Gate gate;
  int controls;
};
[[nodiscard]] std::vector<LibraryGate> library_gates(std::string_view name);

}  // namespace mingyue::quantum::qasm
