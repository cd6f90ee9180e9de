#pragma once

#include <string>
#include <vector>

#include "client/session.hpp"
#include "wire/views.hpp"

/// Quantum devices, and what circuits measured, on the command line.
namespace mingyue::client {

Exit list_qpus(Session& session);
[[nodiscard]] std::string qpu_table(const Session& session, const std::vector<wire::QpuView>& qpus);
Exit show_qpu(Session& session, const std::string& name);
Exit drain_qpu(Session& session, const std::string& name, const std::string& reason);
Exit resume_qpu(Session& session, const std::string& name);

struct ResultOptions {
  std::string id;
  bool csv = false;
};
/// What a job that was submitted as a circuit measured.
Exit show_result(Session& session, const ResultOptions& options);

}  // namespace mingyue::client
