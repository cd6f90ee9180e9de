#pragma once

#include <string>
#include <vector>

#include "base/expected.hpp"
#include "drivers/backend.hpp"
#include "drivers/qdmi_library.hpp"

namespace mingyue::drivers::qdmi {

struct Program {
  ProgramFormat format = format_qasm2;
  std::string text;        ///< empty: none is set
  std::int64_t shots = 0;  ///< 0: none are set
};

/// Runs one job to its end and gives its histogram; of a calibration, nothing. QDMI waits without a way to be woken, so
/// a cancellation is looked at each second. Faults: those of Backend::run.
[[nodiscard]] Expected<std::vector<std::pair<std::string, std::int64_t>>, Fault> run_job(
    const Library& library, const Program& program, const Cancellation& cancellation);

}  // namespace mingyue::drivers::qdmi
