#pragma once

#include "core/state.hpp"
#include "wire/cards.hpp"

namespace mingyue::api {

/// What every card and core does: one pass over attempts and nodes.
[[nodiscard]] wire::CardsView cards_view(const core::State& state);

}  // namespace mingyue::api
