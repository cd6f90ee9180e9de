#pragma once

#include <string_view>

#include "base/language.hpp"

namespace mingyue::api {

/// The language that an `Accept-Language` header prefers among those we speak; English when it names neither.
[[nodiscard]] Language accepted_language(std::string_view header);

}  // namespace mingyue::api
