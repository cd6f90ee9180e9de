#include "quantum/coins.hpp"

namespace mingyue::quantum {

Coins run_with_coins(const Program& program, const TableauMachine::Shared& clifford) {
  TableauMachine machine(clifford);
  Coins coins;
  for (std::size_t i = 0; i < program.steps.size(); ++i) {
    const Step& step = program.steps[i];
    if (step.kind == Step::Kind::gates) {
      machine.run(i);
    } else {
      Parity parity = machine.state().measure(step.qubit);
      if (step.kind == Step::Kind::reset) {
        machine.state().flip_if(step.qubit, parity);
      } else if (step.bit != no_bit) {
        coins.outcomes.emplace_back(step.bit, std::move(parity));
      }
    }
  }
  for (const Measurement& each : program.final_measurements)
    coins.outcomes.emplace_back(each.bit, machine.state().measure(each.qubit));
  coins.count = machine.state().coins();
  return coins;
}

}  // namespace mingyue::quantum
