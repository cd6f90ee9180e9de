#pragma once

#include <cstdint>

namespace mingyue {

/// A language in which the product speaks to people. Programs read codes, never these sentences.
enum class Language : std::uint8_t { en = 1, zh = 2 };

}  // namespace mingyue
