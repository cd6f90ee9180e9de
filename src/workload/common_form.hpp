#pragma once

#include <array>
#include <string_view>

/// The words of the common form, for its reader and its writer. docs/formats/trace.md describes it.
namespace mingyue::workload::common_form {

inline constexpr std::string_view title = "# mingyue-trace ";
inline constexpr int version = 1;

enum Column {
  number,
  submit,
  run,
  request,
  tasks,
  cores,
  cards,
  memory,
  user,
  project,
  end,
  preemptible,
  checkpoint,
  columns
};
inline constexpr std::array<std::string_view, columns> names{
    "number",         "submit_ms",           "run_ms", "request_ms", "tasks", "cores_per_task",
    "cards_per_task", "memory_mib_per_task", "user",   "project",    "end",   "preemptible",
    "checkpoint_ms"};

}  // namespace mingyue::workload::common_form
