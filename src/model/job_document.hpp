#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/expected.hpp"
#include "base/tree.hpp"
#include "model/centre.hpp"
#include "model/job.hpp"
#include "model/node_kinds.hpp"

/// From a document to a job, and every way in which it may not. The contract is docs/formats/job.md; sbatch scripts
/// come through here too (formats/sbatch.hpp makes the same tree of them).
namespace mingyue::model {

/// What a document need not say.
struct JobDefaults {
  std::string name = "job";  ///< job_name_of(file), usually
  std::string user;
  std::string project;
  std::string partition;
  std::string priority_class = "normal";
  std::string workdir;  ///< empty: a fresh folder of each attempt
  Duration wall;        ///< 0: the document must say
  Bytes memory_per_core{256LL << 20};
  bool retry_on_exit = true;  ///< false for scripts with #SBATCH lines and for `mingyue run`
};

/// What a centre gives a user who says nothing: the first project of the user, the first partition, the class `normal`
/// (or, where there is none, the class of the lowest rank that is not below 0).
[[nodiscard]] JobDefaults defaults_of(const Centre& centre, std::string_view user);

/// A job's name from that of a file: without folders and the last ending, other characters than names have as `-`.
[[nodiscard]] std::string job_name_of(std::string_view file_name);

/// Bounds of what one document may ask for, beyond which it is a mistake or an attack.
inline constexpr std::int32_t tasks_max = 100'000;
inline constexpr std::int32_t array_elements_max = 100'000;
inline constexpr std::int32_t parts_max = 256;
inline constexpr std::int32_t cores_max = 65'536;
inline constexpr std::int32_t cards_max = 1'024;
inline constexpr std::int32_t qubits_max = 100'000;
inline constexpr std::size_t qpu_words_max = 64;
inline constexpr std::size_t script_bytes_max = 1 << 20;
inline constexpr std::size_t environment_entries_max = 1'000;
inline constexpr std::size_t dependencies_max = 1'000;

/// Reads a job. All that is wrong is in the answer, in the order of lines, and not only the first.
[[nodiscard]] Expected<JobSpec, std::vector<Refusal>> read_job(const Tree& document, const JobDefaults& defaults);

/// What this centre cannot do for the job, ever: unknown names, walls beyond the partition's, tasks larger than its
/// largest node, gangs larger than the partition. Empty: it can be queued. Fields are named, lines are not (locate()
/// in base/tree.hpp adds them). Nodes count as described in the centre, up or down.
///
/// With the centre's kinds of nodes at hand it costs no pass over the nodes.
[[nodiscard]] std::vector<Refusal> validate(const JobSpec& job, const Centre& centre, const NodeKinds& kinds);
[[nodiscard]] std::vector<Refusal> validate(const JobSpec& job, const Centre& centre);

/// Reads an array's `0-9%4`, `1,3,7`, `0-100:10`. What is refused leaves the field empty.
struct ArrayRange {
  std::vector<std::int32_t> indices;  ///< ascending
  std::int32_t at_once = 0;           ///< 0: no bound
  friend bool operator==(const ArrayRange&, const ArrayRange&) = default;
};
[[nodiscard]] Expected<ArrayRange> parse_array(std::string_view text);

/// Reads `USR1`, `SIGUSR1` or `10`: a signal of Linux that a program can catch.
[[nodiscard]] Expected<std::int32_t> parse_signal(std::string_view text);

}  // namespace mingyue::model
