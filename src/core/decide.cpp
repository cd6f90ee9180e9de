#include "core/decide.hpp"

namespace mingyue::core {

Decision decide(const State& state, const Command& command, Instant now) {
  INVARIANT(now >= state.now, "asked to decide at {}, the state is of {}", now.raw(), state.now.raw());
  return std::visit([&](const auto& one) { return decide_one(state, one, now); }, command);
}

Expected<void> require_operator(const Actor& by, std::string_view to_do) {
  if (by.role == model::Role::operator_) return {};
  return refuse("not-allowed", "", fmt::format("user {} may not {}", by.user, to_do),
                "ask an operator of the centre, or use an operator's token");
}

}  // namespace mingyue::core
