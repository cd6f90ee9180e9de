#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "model/attempt.hpp"

/// The environment of a task: what the order says, and what only the engine knows (docs/formats/job.md).
namespace mingyue::engines {

/// What every program expects to find, taken from the daemon itself. The order's own values win over these.
struct DaemonDefaults {
  std::string path;
  std::string home;
  std::string user;
  std::string temporary;
  std::string language;  ///< empty: not set
};
[[nodiscard]] DaemonDefaults defaults_of_this_process();

/// Where an attempt's things are. These win over the order's values: they are facts.
struct AttemptPlaces {
  std::string progress;
  std::string checkpoint;
  std::uint16_t master_port = 0;  ///< of a gang; 0: none
  model::Environment qpu;         ///< for tasks that use quantum devices: how these are reached
};

/// `NAME=value`, ordered by name, each name once.
[[nodiscard]] std::vector<std::string> task_environment(const model::LaunchOrder& order, const model::TaskOrder& task,
                                                        const AttemptPlaces& places, const DaemonDefaults& defaults);

/// The two entries by which the processes of an attempt can be told from all others on the machine.
[[nodiscard]] std::vector<std::string> attempt_marks(const std::string& attempt, const std::string& progress);

/// A TCP port of the loopback that nobody listens on, chosen by the kernel; 0 when there is none.
[[nodiscard]] std::uint16_t free_port();

}  // namespace mingyue::engines
