#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "engines/shim/attempt_folder.hpp"
#include "model/attempt.hpp"

/// From what Slurm says of a job that is over, and what its batch script left, to the end of the attempt. Pure.
namespace mingyue::engines::slurm {

struct JobEnd {
  std::string word;                 ///< Slurm's final state; empty: Slurm knows the job no more
  std::optional<EndRecord> record;  ///< what the script wrote
  bool claimed = true;              ///< the script began
  bool asked_to_end = false;        ///< by the centre
  bool requeued = false;            ///< Slurm put it back into its queue after it had run
};

/// The state comes first: a job whose node died has exit code 0. Then the record. Then what the state alone can mean.
[[nodiscard]] model::AttemptEnd end_of_job(const JobEnd& job);

}  // namespace mingyue::engines::slurm
