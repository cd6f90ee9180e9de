#pragma once

/// How mingyue-slurm-step leaves where no program of a job has spoken.
namespace mingyue::engines::slurm {

/// A batch script, or a pilot, found the attempt claimed by another: nothing was run.
inline constexpr int exit_not_mine = 75;
/// It could not read its order, or not write the end.
inline constexpr int exit_trouble = 76;

}  // namespace mingyue::engines::slurm
