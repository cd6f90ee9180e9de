#pragma once

#include <fstream>
#include <sstream>
#include <stdexcept>
#include <string>

/// Answers of a real Slurm, as tests/support/slurm/recorded has them.
namespace mingyue::engines::slurm {

inline std::string recorded(const std::string& name) {
  const std::string path = std::string(MINGYUE_SLURM_RECORDED) + "/22.05.8/" + name;
  std::ifstream file(path);
  if (!file) throw std::runtime_error("no file " + path);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

}  // namespace mingyue::engines::slurm
