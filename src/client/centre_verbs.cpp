#include "client/centre_verbs.hpp"

#include <chrono>
#include <thread>

#include "base/text.hpp"
#include "client/table.hpp"
#include "wire/views.hpp"

namespace mingyue::client {
namespace {

using Align = Table::Align;

std::string json_text(const std::string& text) { return formats::write_json(text, formats::JsonStyle::api); }

/// A JSON object of the fields that are not empty; values are JSON already.
std::string object(const std::vector<std::pair<std::string, std::string>>& fields) {
  std::string out;
  for (const auto& [name, value] : fields) {
    if (value.empty()) continue;
    out += (out.empty() ? "" : ", ") + json_text(name) + ": " + value;
  }
  return "{" + out + "}";
}

Exit change(Session& session, const std::string& method, const std::string& path, const std::string& body, const std::string& said) {
  Request request{.method = method, .path = path, .body = body, .content_type = body.empty() ? "" : "application/json"};
  request.headers["Idempotency-Key"] = fresh_key();
  auto answer = session.connection.ask(request);
  if (!answer) return tell(session, answer.error());
  if (session.json && !answer->body.empty()) out(answer->body + "\n");
  else out(said + "\n");
  return Exit::ok;
}

std::string hours_text(ResourceTime time) { return fmt::format("{:.3f}", static_cast<double>(time.raw()) / 3.6e6); }

/// Core- or card-hours of each class.
std::string ledger_table(const Session& session, const wire::LedgerView& view) {
  std::string text = fmt::format("{}  {} – {}   (core-hours, card-hours)\n", view.centre, print_instant(view.from), print_instant(view.to));
  if (!view.lines.empty()) {
    std::vector<Table::Column> columns{{"PARTITION"}, {"RESOURCE"}, {"CAPACITY", Align::right}};
    for (const auto& [name, time] : view.lines.front().classes) columns.push_back({name, Align::right});
    columns.push_back({"USE", Align::right});
    columns.push_back({"GOODPUT", Align::right});
    Table table(std::move(columns));
    for (const auto& line : view.lines) {
      std::vector<std::string> cells{line.partition, line.resource, hours_text(line.capacity)};
      for (const auto& [name, time] : line.classes) cells.push_back(hours_text(time));
      cells.push_back(fmt::format("{:.2f} %", line.use * 100));
      cells.push_back(fmt::format("{:.2f} %", line.goodput * 100));
      table.add(std::move(cells));
    }
    text += table.print(session.width);
  }
  if (!view.usage.empty()) {
    std::vector<Table::Column> columns{{"PARTITION"}, {"RESOURCE"}, {"GROUP"}};
    for (const auto& [name, time] : view.usage.front().classes) columns.push_back({name, Align::right});
    Table table(std::move(columns));
    for (const auto& line : view.usage) {
      std::vector<std::string> cells{line.partition, line.resource, line.group};
      for (const auto& [name, time] : line.classes) cells.push_back(hours_text(time));
      table.add(std::move(cells));
    }
    text += table.print(session.width);
  }
  return text;
}

}  // namespace

Exit show_status(Session& session) {
  auto view = get_one<wire::CentreView>(session, "/v1/centre");
  if (!view) return tell(session, view.error());
  if (session.json) {
    print_json(*view);
    return Exit::ok;
  }
  out(fmt::format("centre {} ({})\n  {} jobs wait, {} run; {} nodes, {} of them virtual; {} events in the log\n", view->name, view->version,
                  view->jobs_waiting, view->jobs_running, view->nodes, view->nodes_virtual, view->head_seq));
  if (!view->stalled.empty()) out("  the log cannot be written: " + view->stalled + "\n");
  return Exit::ok;
}

Exit list_nodes(Session& session) {
  auto nodes = get_list<wire::NodeView>(session, "/v1/nodes");
  if (!nodes) return tell(session, nodes.error());
  if (session.json) {
    print_json(*nodes);
    return Exit::ok;
  }
  Table table({{"NODE"}, {"PARTITION"}, {"STATE"}, {"CORES", Align::right}, {"FREE", Align::right}, {"MEMORY", Align::right},
               {"CARDS"}, {"FREE", Align::right}, {"JOBS", Align::right}, {"WHY"}});
  for (const auto& node : *nodes) {
    table.add({node.name, node.partition, node.state + (node.is_virtual ? " (" + session.text("virtual") + ")" : ""), std::to_string(node.cores),
               std::to_string(node.cores_free), print_bytes(node.memory), node.cards > 0 ? fmt::format("{} {}", node.cards, node.card_type) : "-",
               std::to_string(node.cards_free), std::to_string(node.jobs.size()), node.why});
  }
  out(table.print(session.width));
  return Exit::ok;
}

Exit show_node(Session& session, const std::string& name) {
  auto node = get_one<wire::NodeView>(session, "/v1/nodes/" + encode(name));
  if (!node) return tell(session, node.error());
  if (session.json) {
    print_json(*node);
    return Exit::ok;
  }
  out(fmt::format("node {}{}\n  partition {}, {}{}\n  cores {} ({} free), memory {} ({} free)\n", node->name,
                  node->is_virtual ? " (" + session.text("virtual") + ")" : "", node->partition, node->state,
                  node->why.empty() ? "" : ": " + node->why, node->cores, node->cores_free, print_bytes(node->memory), print_bytes(node->memory_free)));
  if (node->cards > 0) out(fmt::format("  cards {} {} ({} free)\n", node->cards, node->card_type, node->cards_free));
  if (!node->jobs.empty()) {
    std::string ids;
    for (const auto id : node->jobs) ids += " " + std::to_string(id.raw());
    out("  jobs" + ids + "\n");
  }
  Table table({{"LIMIT"}, {""}, {"HOW"}});
  for (const auto& limit : node->limits) table.add({limit.limit, session.text(limit.enforced ? "enforced" : "not.enforced"), limit.how});
  if (!table.empty()) out(table.print(session.width));
  return Exit::ok;
}

Exit drain_node(Session& session, const std::string& name, const std::string& reason) {
  return change(session, "POST", "/v1/nodes/" + encode(name) + "/drain", object({{"reason", json_text(reason)}}), session.text("node.drained", name));
}

Exit resume_node(Session& session, const std::string& name) {
  return change(session, "POST", "/v1/nodes/" + encode(name) + "/resume", "", session.text("node.resumed", name));
}

Exit list_projects(Session& session) {
  auto projects = get_list<wire::ProjectView>(session, "/v1/projects");
  if (!projects) return tell(session, projects.error());
  if (session.json) {
    print_json(*projects);
    return Exit::ok;
  }
  Table table({{"PROJECT"}, {"PARENT"}, {"SHARES", Align::right}, {"MERIT", Align::right}, {"BUDGET"}, {"GRANTED", Align::right},
               {"CHARGED", Align::right}, {"RESERVED", Align::right}, {"AVAILABLE", Align::right}});
  for (const auto& p : *projects) {
    table.add({p.name, p.parent, std::to_string(p.shares), std::to_string(p.merit), p.has_budget ? "yes" : "no", print_credits(p.granted),
               print_credits(p.charged), print_credits(p.reserved), print_credits(p.available)});
  }
  out(table.print(session.width));
  return Exit::ok;
}

Exit set_project(Session& session, const ProjectOptions& options) {
  const std::string body = object({{"parent", options.parent.empty() ? "" : json_text(options.parent)},
                                   {"shares", options.shares},
                                   {"merit", options.merit},
                                   {"has_budget", options.budget == "yes" ? "true" : options.budget == "no" ? "false" : ""}});
  return change(session, "PUT", "/v1/projects/" + encode(options.name), body, session.text("set", options.name));
}

Exit grant_credits(Session& session, const std::string& project, const std::string& amount) {
  return change(session, "POST", "/v1/projects/" + encode(project) + "/credits", object({{"amount", json_text(amount)}}), session.text("granted", project, amount));
}

Exit list_users(Session& session) {
  auto users = get_list<wire::UserView>(session, "/v1/users");
  if (!users) return tell(session, users.error());
  if (session.json) {
    print_json(*users);
    return Exit::ok;
  }
  Table table({{"USER"}, {"ROLE"}, {"PROJECTS"}});
  for (const auto& user : *users) {
    std::string projects;
    for (const auto& p : user.projects) projects += (projects.empty() ? "" : ", ") + p;
    table.add({user.name, enum_word(user.role), projects});
  }
  out(table.print(session.width));
  return Exit::ok;
}

Exit set_user(Session& session, const std::string& name, const std::string& role, const std::vector<std::string>& projects) {
  std::string list;
  for (const auto& p : projects) list += (list.empty() ? "" : ", ") + json_text(p);
  const std::string body = object({{"role", role.empty() ? "" : json_text(role)}, {"projects", projects.empty() ? "" : "[" + list + "]"}});
  return change(session, "PUT", "/v1/users/" + encode(name), body, session.text("set", name));
}

Exit list_tokens(Session& session) {
  auto tokens = get_list<wire::TokenView>(session, "/v1/tokens");
  if (!tokens) return tell(session, tokens.error());
  if (session.json) {
    print_json(*tokens);
    return Exit::ok;
  }
  Table table({{"TOKEN"}, {"USER"}, {"ROLE"}, {"ISSUED"}});
  for (const auto& token : *tokens) table.add({token.token, token.user, enum_word(token.role), short_time(token.issued_at)});
  out(table.print(session.width));
  return Exit::ok;
}

Exit issue_token(Session& session, const std::string& token, const std::string& user, const std::string& role) {
  const std::string body = object({{"token", json_text(token)}, {"user", json_text(user)}, {"role", json_text(role)}});
  auto answer = session.connection.ask({.method = "POST", .path = "/v1/tokens", .body = body, .content_type = "application/json"});
  if (!answer) return tell(session, answer.error());
  const auto tree = formats::parse_json(answer->body);
  if (!tree) return tell(session, Failure{200, {tree.error()}});
  auto view = read_as<wire::TokenView>(*tree);
  if (!view) return tell(session, view.error());
  if (session.json) print_json(*view);
  else out(session.text("token.secret", token, user) + "\n" + view->secret + "\n");
  return Exit::ok;
}

Exit revoke_token(Session& session, const std::string& token) {
  return change(session, "DELETE", "/v1/tokens/" + encode(token), "", session.text("revoked", token));
}

Exit list_incidents(Session& session, bool all) {
  auto incidents = get_list<wire::IncidentView>(session, all ? "/v1/incidents?all=true" : "/v1/incidents");
  if (!incidents) return tell(session, incidents.error());
  if (session.json) {
    print_json(*incidents);
    return Exit::ok;
  }
  Table table({{"ID", Align::right}, {"KIND"}, {"JOB", Align::right}, {"NODE"}, {"OPENED"}, {"CLOSED"}, {"MESSAGE"}});
  for (const auto& i : *incidents) {
    table.add({std::to_string(i.id.raw()), i.kind, i.job.raw() > 0 ? fmt::format("{}.{}", i.job.raw(), i.attempt) : "-", i.node,
               short_time(i.opened_at), short_time(i.closed_at), i.message});
  }
  out(table.print(session.width));
  return Exit::ok;
}

Exit close_incident(Session& session, const std::string& id, const std::string& how) {
  return change(session, "POST", "/v1/incidents/" + encode(id) + "/close", object({{"how", json_text(how)}}), session.text("closed", id));
}

Exit show_ledger(Session& session, const LedgerOptions& options) {
  std::string path = "/v1/ledger?";
  const auto add = [&](std::string_view name, const std::string& value) {
    if (!value.empty()) path += fmt::format("{}={}&", name, encode(value));
  };
  std::string from = options.from;
  if (!options.last.empty()) {
    const auto last = parse_duration(options.last);
    if (!last) return tell(session, Failure{422, {last.error()}});
    from = print_instant(now() - *last);
  }
  add("from", from);
  add("to", options.to);
  add("partition", options.partition);
  add("project", options.project);
  add("user", options.user);
  add("kind", options.kind);
  add("by", options.by);
  path.pop_back();
  auto view = get_one<wire::LedgerView>(session, path);
  if (!view) return tell(session, view.error());
  if (!session.json) out(ledger_table(session, *view));
  else if (view->usage.empty()) print_json(view->lines);
  else print_json(view->usage);
  return Exit::ok;
}

Exit show_events(Session& session, const EventsOptions& options) {
  std::uint64_t from = 0;
  if (!options.from.empty()) {
    const auto number = parse_integer(options.from, 0, INT64_MAX);
    if (!number) return tell(session, Failure{422, {number.error()}});
    from = static_cast<std::uint64_t>(*number);
  } else {
    auto centre = get_one<wire::CentreView>(session, "/v1/centre");
    if (!centre) return tell(session, centre.error());
    const auto limit = static_cast<std::uint64_t>(options.limit);
    from = options.job.empty() && centre->head_seq > limit ? centre->head_seq - limit + 1 : 1;
  }
  for (;;) {
    std::string path = fmt::format("/v1/events?from={}&limit={}", std::max<std::uint64_t>(1, from), options.limit);
    if (!options.job.empty()) path += "&job=" + encode(options.job);
    auto events = get_list<wire::EventView>(session, path);
    if (!events) return tell(session, events.error());
    for (const auto& event : *events) {
      from = event.seq + 1;
      if (session.json) out(formats::write_json(event, formats::JsonStyle::cli) + "\n");
      else out(fmt::format("{:>8}  {}  {:<18}  {}\n", event.seq, print_instant(event.at), event.type, event.summary));
    }
    if (!options.follow) return Exit::ok;
    if (events->empty()) std::this_thread::sleep_for(std::chrono::milliseconds(500));
    session.connection.be_patient(minutes(1));
  }
}

}  // namespace mingyue::client
