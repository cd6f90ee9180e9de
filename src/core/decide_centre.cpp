#include <algorithm>

#include "core/decide.hpp"

namespace mingyue::core {
namespace {

bool leased(const State& state, model::NodeId node) {
  for (const auto& [id, attempt] : state.attempts) {
    if (attempt.lease.on(node)) return true;
  }
  return false;
}

Expected<model::NodeId> find_node(const State& state, const std::string& name) {
  std::vector<std::string> names;
  for (const model::Node& node : state.centre.nodes) {
    if (node.name == name) return node.id;
    names.push_back(node.name);
  }
  const std::string nearest = nearest_word(name, names);
  return refuse("unknown-node", "node", fmt::format("there is no node {}", name),
                nearest.empty() ? "see: mingyue nodes" : fmt::format("did you mean {}?", nearest));
}

/// Nodes keep their ids by name; a node that is gone stays in its place with no capacity.
Expected<std::vector<model::Node>> place_nodes(const State& state, const model::Centre& next) {
  std::vector<model::Node> placed = state.centre.nodes;
  std::vector<bool> kept(placed.size(), false);
  for (const model::Node& described : next.nodes) {
    const auto old = std::ranges::find(state.centre.nodes, described.name, &model::Node::name);
    model::Node node = described;
    if (old == state.centre.nodes.end()) {
      node.id = model::NodeId{static_cast<std::uint32_t>(placed.size())};
      placed.push_back(std::move(node));
      continue;
    }
    node.id = old->id;
    const bool same_room = old->cores == node.cores && old->memory == node.memory && old->cards == node.cards &&
                           old->card_type == node.card_type && old->partition == node.partition;
    if (!same_room && leased(state, node.id)) {
      return refuse("node-in-use", "nodes", fmt::format("node {} is to change while jobs run on it", node.name),
                    "drain it, wait for its jobs, and change it then");
    }
    kept[old->id.raw()] = true;
    placed[old->id.raw()] = std::move(node);
  }
  for (std::size_t i = 0; i < kept.size(); ++i) {
    model::Node& gone = placed[i];
    if (kept[i] || (gone.cores == CoreCount{0} && gone.cards == CardCount{0})) continue;
    if (leased(state, gone.id)) {
      return refuse("node-in-use", "nodes", fmt::format("node {} is to go while jobs run on it", gone.name),
                    "drain it, wait for its jobs, and remove it then");
    }
    gone.cores = CoreCount{0};
    gone.cards = CardCount{0};
    gone.memory = Bytes{0};
  }
  return placed;
}

}  // namespace

Decision decide_one(const State& state, const ConfigureCentre& command, Instant) {
  CentreConfigured configured{command.centre};
  TRY(nodes, place_nodes(state, command.centre));
  configured.centre.nodes = std::move(nodes);
  // Projects and users that were added by hand stay; the file wins where both speak.
  for (const auto& project : state.centre.projects) {
    auto& all = configured.centre.projects;
    if (std::ranges::find(all, project.name, &model::Project::name) == all.end()) all.push_back(project);
  }
  for (const auto& user : state.centre.users) {
    auto& all = configured.centre.users;
    if (std::ranges::find(all, user.name, &model::User::name) == all.end()) all.push_back(user);
  }
  Events events;
  // What others hold is said again of a node that becomes another.
  for (std::size_t i = 0; i < state.nodes.size(); ++i) {
    const model::Node& was = state.centre.nodes[i];
    const model::Node& is = configured.centre.nodes[i];
    const bool same = was.cores == is.cores && was.cards == is.cards && was.memory == is.memory &&
                      was.card_type == is.card_type && was.partition == is.partition;
    if (!same && state.nodes[i].others()) events.emplace_back(no_others(was.id));
  }
  if (configured.centre != state.centre) events.emplace_back(std::move(configured));
  for (const auto& [project, amount] : command.grants) {
    if (!state.accounts.contains(project)) events.emplace_back(CreditsGranted{project, amount, "centre file", ""});
  }
  return events;
}

Decision decide_one(const State& state, const DrainNode& command, Instant) {
  CHECK_OK(require_operator(command.by, "drain a node"));
  TRY(node, find_node(state, command.node));
  const NodeState& now = state.nodes[node.raw()];
  if (now.drained && now.why == command.reason) return Events{};
  return Events{NodeDrained{node, command.by.user, command.reason}};
}

Decision decide_one(const State& state, const ResumeNode& command, Instant) {
  CHECK_OK(require_operator(command.by, "resume a node"));
  TRY(node, find_node(state, command.node));
  if (!state.nodes[node.raw()].drained) return Events{};
  return Events{NodeResumed{node, command.by.user}};
}

Decision decide_one(const State& state, const CloseIncident& command, Instant) {
  CHECK_OK(require_operator(command.by, "close an incident"));
  if (!state.incidents.contains(command.incident)) {
    if (command.incident < state.next_incident && command.incident.raw() > 0) return Events{};
    return refuse("unknown-incident", "incident", fmt::format("there is no incident {}", command.incident.raw()),
                  "see: mingyue incidents");
  }
  return Events{IncidentClosed{command.incident, command.how}};
}

Decision decide_one(const State& state, const GrantCredits& command, Instant now) {
  CHECK_OK(require_operator(command.by, "grant credits"));
  const auto& all = state.centre.projects;
  if (std::ranges::find(all, command.project, &model::Project::name) == all.end()) {
    return refuse("unknown-project", "project", fmt::format("there is no project {}", command.project),
                  "see: mingyue projects");
  }
  if (command.amount == Credits{0})
    return refuse("bad-amount", "amount", "a grant of 0 credits changes nothing", "give an amount");
  if (!command.idempotency_key.empty()) {
    const auto known = state.keys.find(command.by.user + "\ncredits\n" + command.idempotency_key);
    if (known != state.keys.end() && known->second.at + key_life >= now) return Events{};
  }
  return Events{CreditsGranted{command.project, command.amount, command.by.user, command.idempotency_key}};
}

Decision decide_one(const State& state, const SetProject& command, Instant) {
  CHECK_OK(require_operator(command.by, "change a project"));
  const model::Project& project = command.project;
  if (!is_name(project.name))
    return refuse("bad-name", "name", fmt::format("\"{}\" is not a project's name", project.name),
                  "use letters, digits, . _ -");
  if (project.shares < 1 || project.shares > 1'000'000)
    return refuse("bad-shares", "shares", fmt::format("{} is not within 1 to 1000000", project.shares),
                  "shares count relative to sibling projects");
  if (project.merit < 0 || project.merit > 1000)
    return refuse("bad-merit", "merit", fmt::format("{} is not within 0 to 1000", project.merit), "100 is usual");
  const auto& all = state.centre.projects;
  for (std::string above = project.parent; !above.empty();) {
    const auto parent = std::ranges::find(all, above, &model::Project::name);
    if (parent == all.end())
      return refuse("unknown-project", "parent", fmt::format("there is no project {}", above),
                    "create the parent first");
    if (parent->name == project.name)
      return refuse("project-loop", "parent", "a project cannot be below itself", "choose another parent");
    above = parent->parent;
  }
  const auto old = std::ranges::find(all, project.name, &model::Project::name);
  if (old != all.end() && *old == project) return Events{};
  return Events{ProjectSet{project, command.by.user}};
}

Decision decide_one(const State& state, const SetUser& command, Instant) {
  CHECK_OK(require_operator(command.by, "change a user"));
  if (!is_name(command.user.name))
    return refuse("bad-name", "name", fmt::format("\"{}\" is not a user's name", command.user.name),
                  "use letters, digits, . _ -");
  const auto& projects = state.centre.projects;
  for (const std::string& name : command.user.projects) {
    if (std::ranges::find(projects, name, &model::Project::name) == projects.end()) {
      return refuse("unknown-project", "projects", fmt::format("there is no project {}", name),
                    "see: mingyue projects");
    }
  }
  const auto& all = state.centre.users;
  const auto old = std::ranges::find(all, command.user.name, &model::User::name);
  if (old != all.end() && *old == command.user) return Events{};
  return Events{UserSet{command.user, command.by.user}};
}

Decision decide_one(const State& state, const IssueToken& command, Instant) {
  CHECK_OK(require_operator(command.by, "issue a token"));
  if (!is_name(command.token))
    return refuse("bad-name", "token", "a token's name has letters, digits, . _ -", "choose a short name");
  if (state.tokens.contains(command.token))
    return refuse("token-exists", "token", fmt::format("there is a token {} already", command.token),
                  "revoke it first, or choose another name");
  const auto& users = state.centre.users;
  if (std::ranges::find(users, command.user, &model::User::name) == users.end()) {
    return refuse("unknown-user", "user", fmt::format("there is no user {}", command.user), "see: mingyue users");
  }
  return Events{TokenIssued{command.token, command.user, command.role, command.hash, command.by.user}};
}

Decision decide_one(const State& state, const RevokeToken& command, Instant) {
  CHECK_OK(require_operator(command.by, "revoke a token"));
  if (!state.tokens.contains(command.token))
    return refuse("unknown-token", "token", fmt::format("there is no token {}", command.token), "see: mingyue tokens");
  return Events{TokenRevoked{command.token, command.by.user}};
}

}  // namespace mingyue::core
