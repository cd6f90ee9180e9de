#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "model/job.hpp"

/// How slurmrestd is spoken to: its versions differ in names and shapes. Pure.
namespace mingyue::engines::slurm {

/// Nodes that each give the same. Most jobs are one; one whose nodes give different things is heterogeneous in Slurm's
/// sense, and has a component for each kind.
struct Component {
  std::vector<std::string> nodes;  ///< all of them are to be used; empty: Slurm chooses
  std::int32_t node_count = 0;     ///< 0: Slurm chooses
  std::int32_t tasks = 1;
  std::int32_t tasks_a_node = 0;  ///< 0: Slurm chooses
  std::int32_t cpus_a_task = 1;
  std::int64_t memory_mb_a_cpu = 0;   ///< or:
  std::int64_t memory_mb_a_node = 0;  ///< 0: the partition's default
  std::string cards;                  ///< `gpu:a100:2`, on each node; empty: none
  std::string cards_a_task;           ///< likewise, for each task
};

/// What is asked for: one job of Slurm, which is one attempt or one pilot.
struct Submission {
  std::string name;
  std::string partition;
  std::string comment;  ///< our identity
  std::string script;
  std::string folder;              ///< where the batch script starts
  model::Environment environment;  ///< never empty
  std::vector<Component> components;
  std::int64_t limit_min = 1;
};

/// A version of slurmrestd's interface. All of `/slurm/v0.0.N/`.
struct Dialect {
  int version = 0;
  /// The body of POST job/submit.
  std::string (*submit_body)(const Submission& submission) = nullptr;
};

extern const Dialect dialect_38;  ///< Slurm 22.05 to 23.11
extern const Dialect dialect_40;  ///< 23.11 to 25.05
extern const Dialect dialect_42;  ///< 24.11 to 26.05

/// The newest that both speak, from the answer to GET /openapi/v3 (or /openapi); null: none.
[[nodiscard]] const Dialect* choose_dialect(std::string_view openapi);
/// The versions that the server offers, ascending.
[[nodiscard]] std::vector<int> offered_versions(std::string_view openapi);

/// An answer to a submission, or any other request.
struct Said {
  std::int64_t job = 0;   ///< > 0: the submission succeeded, whatever the errors say
  std::int64_t code = 0;  ///< Slurm's own number of the first error; 0: none
  std::string error;      ///< in Slurm's words
  std::string release;    ///< of Slurm, `22.05.8`, where the answer names it
};
/// Nothing where the text is no JSON object: then nobody knows what was done.
[[nodiscard]] std::optional<Said> read_answer(std::string_view body);

/// What an error of Slurm's means for a submission.
enum class Refused : std::uint8_t {
  for_good,  ///< this job can never run
  not_now,   ///< the controller is busy, full or away, and has not taken it; ask again
  unknown,   ///< it may have been taken; look for it before asking again
};
[[nodiscard]] Refused meaning_of(int http_status, const Said& said);

}  // namespace mingyue::engines::slurm
