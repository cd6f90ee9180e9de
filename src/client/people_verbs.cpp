#include "base/text.hpp"
#include "client/centre_verbs.hpp"
#include "client/change.hpp"
#include "client/columns.hpp"
#include "wire/requests.hpp"

/// Projects, users and their tokens.
namespace mingyue::client {
namespace {

using Align = Table::Align;

template <class T>
std::string body_of(const T& value) {
  return formats::write_json(value, formats::JsonStyle::api);
}

Exit misused(const Session& session, std::string field, Refusal refusal) {
  refusal.field = std::move(field);
  (void)tell(session, Failure{422, {std::move(refusal)}});
  return Exit::usage;
}

std::string joined(const std::vector<std::string>& words) {
  std::string text;
  for (const std::string& word : words) text += (text.empty() ? "" : ", ") + word;
  return text;
}

}  // namespace

Exit list_projects(Session& session) {
  const auto projects = get_list<wire::ProjectView>(session, "/v1/projects");
  if (!projects) return tell(session, projects.error());
  if (session.json) {
    print_json(*projects);
    return Exit::ok;
  }
  Table table = titled(session, {{"project"},
                                 {"parent"},
                                 {"shares", Align::right},
                                 {"merit", Align::right},
                                 {"granted", Align::right},
                                 {"charged", Align::right},
                                 {"reserved", Align::right},
                                 {"available", Align::right}});
  for (const wire::ProjectView& project : *projects) {
    const bool is_spent = project.has_budget && project.available <= Credits{0};
    table.add({project.name, project.parent, std::to_string(project.shares), std::to_string(project.merit),
               print_credits(project.granted), print_credits(project.charged), print_credits(project.reserved),
               project.has_budget ? Cell(print_credits(project.available), is_spent ? Tone::bad : Tone::plain)
                                  : Cell(session.text("no.budget"))});
  }
  out(printed(session, table));
  return Exit::ok;
}

Exit set_project(Session& session, const ProjectOptions& options) {
  wire::ProjectRequest body;
  if (!options.parent.empty()) body.parent = options.parent;
  if (!options.budget.empty()) body.has_budget = options.budget == "yes";
  if (!options.shares.empty()) {
    const auto shares = parse_integer(options.shares, 1, 1'000'000);
    if (!shares) return misused(session, "--shares", shares.error());
    body.shares = static_cast<std::int32_t>(*shares);
  }
  if (!options.merit.empty()) {
    const auto merit = parse_integer(options.merit, 0, 1'000);
    if (!merit) return misused(session, "--merit", merit.error());
    body.merit = static_cast<std::int32_t>(*merit);
  }
  return change<wire::ProjectView>(session, "PUT", "/v1/projects/" + encode(options.name), body_of(body),
                                   session.text("set", options.name));
}

Exit grant_credits(Session& session, const std::string& project, const std::string& amount) {
  const auto credits = parse_credits(amount);
  if (!credits) return misused(session, "CREDITS", credits.error());
  return change<wire::ProjectView>(session, "POST", "/v1/projects/" + encode(project) + "/credits",
                                   body_of(wire::CreditsRequest{*credits}),
                                   session.text("granted", project, print_credits(*credits)));
}

Exit list_users(Session& session) {
  const auto users = get_list<wire::UserView>(session, "/v1/users");
  if (!users) return tell(session, users.error());
  if (session.json) {
    print_json(*users);
    return Exit::ok;
  }
  Table table = titled(session, {{"user"}, {"role"}, {"projects"}});
  for (const wire::UserView& user : *users) table.add({user.name, enum_word(user.role), joined(user.projects)});
  out(printed(session, table));
  return Exit::ok;
}

Exit set_user(Session& session, const std::string& name, const std::string& role,
              const std::vector<std::string>& projects) {
  wire::UserRequest body;
  if (!role.empty()) {
    body.role = enum_from_word<model::Role>(role);
    if (!body.role)
      return misused(
          session, "--role",
          {"bad-value", "", "there is no role " + shown(role), "choose " + one_of(enum_words<model::Role>())});
  }
  if (!projects.empty()) body.projects = projects;
  return change<wire::UserView>(session, "PUT", "/v1/users/" + encode(name), body_of(body), session.text("set", name));
}

Exit list_tokens(Session& session) {
  const auto tokens = get_list<wire::TokenView>(session, "/v1/tokens");
  if (!tokens) return tell(session, tokens.error());
  if (session.json) {
    print_json(*tokens);
    return Exit::ok;
  }
  Table table = titled(session, {{"token"}, {"user"}, {"role"}, {"issued"}});
  for (const wire::TokenView& token : *tokens)
    table.add({token.token, token.user, enum_word(token.role), short_time(token.issued_at)});
  out(printed(session, table));
  return Exit::ok;
}

Exit issue_token(Session& session, const std::string& token, const std::string& user, const std::string& role) {
  const auto known = enum_from_word<model::Role>(role);
  if (!known)
    return misused(session, "--role",
                   {"bad-value", "", "there is no role " + shown(role), "choose " + one_of(enum_words<model::Role>())});
  const auto answer = session.connection.ask({.method = "POST",
                                              .path = "/v1/tokens",
                                              .body = body_of(wire::TokenRequest{token, user, *known}),
                                              .content_type = "application/json"});
  if (!answer) return tell(session, answer.error());
  const auto tree = formats::parse_json(answer->body);
  if (!tree) return tell(session, Failure{answer->status, {tree.error()}});
  const auto view = read_as<wire::TokenView>(*tree);
  if (!view) return tell(session, view.error());
  if (session.json) {
    print_json(*view);
    return Exit::ok;
  }
  // The secret alone on standard output: MINGYUE_TOKEN=$(mingyue token issue ...).
  fmt::print(stderr, "{}\n", session.text("token.secret", token, user));
  out(view->secret + "\n");
  return Exit::ok;
}

Exit revoke_token(Session& session, const std::string& token) {
  return change<Nothing>(session, "DELETE", "/v1/tokens/" + encode(token), "", session.text("revoked", token));
}

}  // namespace mingyue::client
