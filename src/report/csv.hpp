#pragma once

#include <string>
#include <string_view>

namespace mingyue::report {

/// A cell of CSV, quoted where it must be (RFC 4180).
[[nodiscard]] std::string csv_cell(std::string_view text);

}  // namespace mingyue::report
