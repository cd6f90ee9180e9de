#pragma once

#include <string>

#include "api/routes.hpp"

namespace mingyue::api {

/// The OpenAPI 3.1 document of these routes, in JSON: what the registered routes say of themselves, and the schemas of
/// the described structs that they read and write.
[[nodiscard]] std::string openapi_document(const Routes& routes, std::string_view version);

}  // namespace mingyue::api
