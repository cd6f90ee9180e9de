#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "client/session.hpp"
#include "wire/views.hpp"

/// Jobs on the command line. Each function is a verb; docs/cli.md says what it prints and ends with.
namespace mingyue::client {

struct SubmitOptions {
  std::string file;                  ///< `-`: standard input
  std::string name;
  std::vector<std::string> after_ok;
  bool wait = false;
};
Exit submit(Session& session, const SubmitOptions& options);

struct CommandOptions {
  std::vector<std::string> command;
  std::string name;
  std::string project;
  std::string partition;
  std::string wall = "1h";
  std::string memory;
  std::string cards;
  std::int32_t cores = 1;
  std::int32_t tasks = 1;
  bool terminal = false;
};
/// Ends with the command's own exit code.
int run(Session& session, const CommandOptions& options);

/// Joins the caller's terminal to that of a running job until it ends; 0, or the exit code of what went wrong here.
int terminal_session(Session& session, const std::string& id);

struct ListOptions {
  bool all = false;
  std::vector<std::string> states;
  std::string user, project, name;
  std::int32_t limit = 100;
};
Exit list_jobs(Session& session, const ListOptions& options);
Exit show_job(Session& session, const std::string& id);
Exit why(Session& session, const std::string& id);
Exit wait_for(Session& session, const std::vector<std::string>& ids, Duration within);

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
