#pragma once

#include <string>

#include "wire/views.hpp"

namespace mingyue::client {

/// What a circuit measured, for a terminal: the most frequent outcomes first, `rows` of them, each with a bar of up to
/// `width` characters, its count and its share; what is left out is summed below. Then on which device, when that was
/// calibrated, and what was expected of it.
[[nodiscard]] std::string histogram(const wire::CircuitResultView& result, std::size_t rows, std::size_t width);

}  // namespace mingyue::client
