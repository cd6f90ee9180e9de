#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/expected.hpp"
#include "model/job_document.hpp"

/// Reads a shell script with `#SBATCH` lines, as it was written for Slurm. docs/formats/sbatch.md says what each
/// directive becomes.
///
/// The directives are turned into the tree of a job document and read by model::read_job, so a script can say nothing
/// that a document could not, and is refused in the same words. `#MINGYUE field: value` lines are YAML of that document
/// and win over directives for the same field.
///
/// As in Slurm, directives end at the first line that is neither empty nor a comment, and the script runs once: it is
/// one task that holds the cores, memory and cards of all `--ntasks` on one node, and starts them with mpirun.
/// SLURM_NTASKS, SLURM_CPUS_PER_TASK and their kin say what the script asked for.
namespace mingyue::formats {

/// A directive that we do not know is never dropped in silence. Either the script is refused ...
enum class UnknownDirectives { Refuse, Name };  ///< ... or the job is made without, and they are named beside it.

struct Script {
  model::JobSpec job;
  std::vector<Refusal> not_understood;  ///< with UnknownDirectives::Name
  std::vector<Refusal> notes;           ///< understood, but without effect here; code `no-effect`
};

[[nodiscard]] Expected<Script, std::vector<Refusal>> read_script(std::string_view text, std::string_view file_name,
                                                                 model::JobDefaults defaults,
                                                                 UnknownDirectives unknown = UnknownDirectives::Refuse);

/// True for a text that read_script should read and not parse_yaml: it begins with `#!`.
[[nodiscard]] inline bool is_script(std::string_view text) { return text.starts_with("#!"); }

/// Reads Slurm's forms of time: `minutes`, `M:S`, `H:M:S`, `D-H`, `D-H:M`, `D-H:M:S`.
[[nodiscard]] Expected<Duration> parse_slurm_time(std::string_view text);

}  // namespace mingyue::formats
