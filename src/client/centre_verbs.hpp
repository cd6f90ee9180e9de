#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "client/session.hpp"

/// Nodes, reservations, projects, users, tokens, incidents, the ledger and the log on the command line.
namespace mingyue::client {

Exit show_status(Session& session);
Exit list_nodes(Session& session);
Exit show_node(Session& session, const std::string& name);
Exit drain_node(Session& session, const std::string& name, const std::string& reason);
Exit resume_node(Session& session, const std::string& name);

struct ReserveOptions {
  std::string name, partition, start, end, lasts, every, until, reason;
  std::vector<std::string> nodes, projects, users;
  std::int32_t count = 0;
  bool maintenance = false;
  bool force = false;
};
Exit reserve(Session& session, const ReserveOptions& options);
Exit list_reservations(Session& session);
Exit end_reservation(Session& session, const std::string& name);

Exit list_projects(Session& session);
struct ProjectOptions {
  std::string name, parent, shares, merit;
  std::string budget;  ///< `yes`, `no`, or empty: as it is
};
Exit set_project(Session& session, const ProjectOptions& options);
Exit grant_credits(Session& session, const std::string& project, const std::string& amount);

Exit list_users(Session& session);
Exit set_user(Session& session, const std::string& name, const std::string& role,
              const std::vector<std::string>& projects);
Exit list_tokens(Session& session);
Exit issue_token(Session& session, const std::string& token, const std::string& user, const std::string& role);
Exit revoke_token(Session& session, const std::string& token);

Exit list_incidents(Session& session, bool all);
Exit close_incident(Session& session, const std::string& id, const std::string& how);

struct LedgerOptions {
  std::string from, to, last, partition, project, user, kind, by;
};
Exit show_ledger(Session& session, const LedgerOptions& options);

struct EventsOptions {
  bool follow = false;
  std::string from, job;
  std::int32_t limit = 100;
};
Exit show_events(Session& session, const EventsOptions& options);

}  // namespace mingyue::client
