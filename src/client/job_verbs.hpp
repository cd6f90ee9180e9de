#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "client/circuit_job.hpp"
#include "client/session.hpp"
#include "client/submission.hpp"
#include "wire/views.hpp"

/// Jobs on the command line. Each function is a verb; docs/cli.md says what it prints and ends with.
namespace mingyue::client {

struct SubmitOptions {
  CircuitFields circuit;  ///< where the file is one
  std::string file;       ///< `-`: standard input
  Overrides overrides;    ///< what options say instead of the document
  bool wait = false;
};
Exit submit(Session& session, const SubmitOptions& options);

struct CommandOptions {
  std::vector<std::string> command;
  std::vector<std::string> variables;  ///< `NAME=value`, or `NAME`: as it is here
  Overrides fields;                    ///< of the job document, as options give them
  bool terminal = false;
};
/// Ends with the command's own exit code; 128 and the signal's number where one ended it.
int run(Session& session, const CommandOptions& options);

/// Joins the caller's terminal to that of a job, once it runs, until it ends. Returns when the job has ended, or the
/// centre has been away for a minute.
Expected<void, Failure> join_terminal(const Session& session, const std::string& id);

struct ListOptions {
  bool all = false;
  std::vector<std::string> states;
  std::string user, project, partition, name;
  std::int32_t limit = 100;
  bool watch = false;
};
Exit list_jobs(Session& session, const ListOptions& options);
Exit show_job(Session& session, const std::string& id);
Exit why(Session& session, const std::string& id);

/// `within` 0: as long as it takes.
Exit wait_for(Session& session, const std::vector<std::string>& ids, Duration within);
enum class Telling { silent, people };
/// The same, and what the jobs came to: an array's first number stands for all its elements.
[[nodiscard]] Expected<std::vector<wire::JobView>, Exit> wait_until_ended(Session& session,
                                                                          const std::vector<std::string>& ids,
                                                                          Duration within, Telling telling);

struct LogsOptions {
  std::string id;
  bool follow = false;
  bool err = false;
  std::int32_t task = 0;
  std::int32_t attempt = 0;  ///< 0: the newest
  std::int64_t tail = -1;
};
Exit logs(Session& session, const LogsOptions& options);

/// `what`: cancel, hold, release.
Exit change_jobs(Session& session, const std::string& what, const std::vector<std::string>& ids);

}  // namespace mingyue::client
