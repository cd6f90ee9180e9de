// mingyue-slurm-step batch | rank FOLDER | pilot: see step.hpp. The first and the last are the first line of a batch
// script, whose path follows; the folder of the attempt is in MINGYUE_STEP_FOLDER.

#include <unistd.h>

#include <string_view>

#include "engines/slurm/step/step.hpp"

int main(int count, char** arguments) {
  using namespace mingyue::engines::slurm;
  const std::string_view verb = count > 1 ? arguments[1] : "";
  const std::string folder = count > 2 ? arguments[2] : "";
  if (verb == "batch" && variable("MINGYUE_STEP_FOLDER").starts_with('/'))
    return run_batch(std::string(variable("MINGYUE_STEP_FOLDER")));
  if (verb == "rank" && folder.starts_with('/')) return run_rank(folder);
  if (verb == "pilot") return run_pilot();
  constexpr std::string_view usage =
      "mingyue-slurm-step is run by Slurm, for Mingyue: batch (with MINGYUE_STEP_FOLDER), rank /FOLDER or pilot\n";
  (void)!::write(2, usage.data(), usage.size());
  return 2;
}
