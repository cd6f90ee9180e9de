// mingyue-slurm-step batch FOLDER | rank FOLDER | pilot: see step.hpp.

#include <unistd.h>

#include <string_view>

#include "engines/slurm/step/step.hpp"

int main(int count, char** arguments) {
  using namespace mingyue::engines::slurm;
  const std::string_view verb = count > 1 ? arguments[1] : "";
  const std::string folder = count > 2 ? arguments[2] : "";
  if (verb == "batch" && folder.starts_with('/')) return run_batch(folder);
  if (verb == "rank" && folder.starts_with('/')) return run_rank(folder);
  if (verb == "pilot" && count == 2) return run_pilot();
  constexpr std::string_view usage =
      "usage: mingyue-slurm-step batch|rank /ATTEMPT/FOLDER, or mingyue-slurm-step pilot\n";
  (void)!::write(2, usage.data(), usage.size());
  return 2;
}
