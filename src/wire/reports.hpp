#pragma once

#include <string>

#include "base/describe.hpp"
#include "base/time.hpp"
#include "base/units.hpp"

namespace mingyue::wire {

/// A report of the twin: one page of HTML in DATA/reports.
struct ReportView {
  std::string name;
  std::string title;  ///< as the page itself says
  Bytes size;
  Instant written_at;
};
DESCRIBE(ReportView, name, title, size, written_at)

}  // namespace mingyue::wire
