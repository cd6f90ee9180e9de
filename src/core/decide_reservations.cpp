#include <algorithm>
#include <array>
#include <map>

#include "base/text.hpp"
#include "core/decide.hpp"
#include "core/reservations.hpp"

namespace mingyue::core {
namespace {

using model::NodeId;
using model::Reservation;
using model::ReservationKind;

template <class T>
std::vector<std::string> names_of(const std::vector<T>& things) {
  std::vector<std::string> names;
  for (const T& thing : things) names.push_back(thing.name);
  return names;
}

Expected<void> check_who(const State& state, const ReserveNodes& command) {
  if (!is_name(command.name))
    return refuse("bad-name", "name", fmt::format("\"{}\" is not a reservation's name", shown(command.name)),
                  "use letters, digits, . _ -");
  if (find_reservation(state, command.name) != nullptr)
    return refuse("reservation-exists", "name", fmt::format("there is a reservation {} already", command.name),
                  "end it first, or choose another name");
  if (state.reservations.size() >= reservations_max)
    return refuse("too-many-reservations", "", fmt::format("there are {} reservations", reservations_max),
                  "end those that are not needed; one that repeats counts once");
  const bool work = command.kind == ReservationKind::work;
  if (work && command.projects.empty() && command.users.empty())
    return refuse("reservation-for-nobody", "projects", "a reservation for work is for somebody",
                  "name projects or users, or make it kind: maintenance");
  if (!work && (!command.projects.empty() || !command.users.empty()))
    return refuse("bad-value", "projects", "nobody works on nodes that are in maintenance",
                  "leave projects and users out, or make it kind: work");
  for (const std::string& name : command.projects) {
    const auto& all = state.centre.projects;
    if (std::ranges::find(all, name, &model::Project::name) == all.end())
      return refuse("unknown-project", "projects", fmt::format("there is no project {}", shown(name)),
                    "see: mingyue projects");
  }
  for (const std::string& name : command.users) {
    const auto& all = state.centre.users;
    if (std::ranges::find(all, name, &model::User::name) == all.end())
      return refuse("unknown-user", "users", fmt::format("there is no user {}", shown(name)), "see: mingyue users");
  }
  return {};
}

Expected<void> set_times(Reservation& r, const ReserveNodes& command, Instant now) {
  r.start = command.start.value_or(now);
  r.end = command.end ? *command.end : r.start + command.lasts;
  if (command.end.has_value() == (command.lasts > Duration{0}))
    return refuse("bad-value", "end", "it has to be said when it ends, or how long it lasts", "give one of both");
  if (r.start < now)
    return refuse("start-past", "start", fmt::format("{} is past", print_instant(r.start)),
                  "leave the start out to begin now");
  if (r.end <= r.start)
    return refuse("bad-window", "end",
                  fmt::format("it ends at {}, and starts at {}", print_instant(r.end), print_instant(r.start)),
                  "give an end that is later than the start");
  if (r.start - now > reservation_ahead || r.end - r.start > reservation_ahead)
    return refuse("bad-window", "end",
                  fmt::format("a reservation begins within {} and lasts no longer", print_duration(reservation_ahead)),
                  "make it nearer to its time, or drain nodes that are out of service for good");
  if (command.every == Duration{0}) {
    if (command.until) return refuse("bad-repetition", "until", "it does not repeat", "say how often, with every: 24h");
    return {};
  }
  r.every = command.every;
  if (r.every <= r.end - r.start)
    return refuse("bad-repetition", "every",
                  fmt::format("it lasts {} and is to begin again every {}", print_duration(r.end - r.start),
                              print_duration(r.every)),
                  "let it begin again some time after it is over, or make it longer");
  if (!command.until || *command.until <= r.start)
    return refuse("bad-repetition", "until", "it has to be said when the repetition ends",
                  "give an instant behind the start: no window begins then or later");
  r.until = *command.until;
  if ((r.until - r.start).raw() / r.every.raw() >= windows_max)
    return refuse("bad-repetition", "until", fmt::format("it would repeat more than {} times", windows_max),
                  "end the repetition earlier, and make the reservation again then");
  return {};
}

Expected<std::vector<NodeId>> find_nodes(const State& state, const ReserveNodes& command) {
  std::vector<NodeId> nodes;
  for (const std::string& name : command.nodes) {
    const auto& all = state.centre.nodes;
    const auto node = std::ranges::find(all, name, &model::Node::name);
    if (node == all.end()) {
      const std::string nearest = nearest_word(name, names_of(all));
      return refuse("unknown-node", "nodes", fmt::format("there is no node {}", shown(name)),
                    nearest.empty() ? "see: mingyue nodes" : fmt::format("did you mean {}?", nearest));
    }
    nodes.push_back(node->id);
  }
  std::ranges::sort(nodes);
  nodes.erase(std::ranges::unique(nodes).begin(), nodes.end());
  return nodes;
}

Expected<void> set_partition(const State& state, Reservation& r, const ReserveNodes& command) {
  r.partition = command.partition;
  if (r.partition.empty())
    r.partition =
        r.nodes.empty() ? state.centre.partitions.front().name : state.centre.nodes[r.nodes.front().raw()].partition;
  const auto& all = state.centre.partitions;
  if (std::ranges::find(all, r.partition, &model::Partition::name) == all.end()) {
    const std::string nearest = nearest_word(r.partition, names_of(all));
    return refuse("unknown-partition", "partition", fmt::format("there is no partition {}", shown(r.partition)),
                  nearest.empty() ? "see: mingyue status" : fmt::format("did you mean {}?", nearest));
  }
  for (const NodeId id : r.nodes) {
    const model::Node& node = state.centre.nodes[id.raw()];
    if (node.partition != r.partition)
      return refuse("bad-value", "nodes", fmt::format("node {} is in partition {}", node.name, node.partition),
                    "a reservation is of nodes of one partition; make one for each");
  }
  return {};
}

/// What stands in the way of having a node: another reservation, or work that may still run when it begins.
class Obstacles {
 public:
  Obstacles(const State& state, const Reservation& wanted) : wanted_(wanted) {
    for (const auto& [id, other] : state.reservations) {
      if (const auto at = first_overlap(wanted, other))
        for (const NodeId node : other.nodes) reserved_.try_emplace(node, &other, *at);
    }
    for (const auto& [id, attempt] : state.attempts) {
      const Instant end = ends_by(state, attempt);
      for (const model::NodeShare& share : attempt.lease.shares()) {
        auto& last = busy_[share.node];
        if (end > last.first) last = {end, attempt.id};
      }
    }
  }

  struct Other {
    const Reservation* reservation = nullptr;
    Instant at;
    Other(const Reservation* r, Instant t) : reservation(r), at(t) {}
  };
  [[nodiscard]] const Other* reserved(NodeId node) const {
    const auto it = reserved_.find(node);
    return it == reserved_.end() ? nullptr : &it->second;
  }
  /// When its work has ended at the latest.
  [[nodiscard]] std::pair<Instant, model::AttemptId> busy(NodeId node) const {
    const auto it = busy_.find(node);
    return it == busy_.end() ? std::pair<Instant, model::AttemptId>{} : it->second;
  }
  [[nodiscard]] bool runs_into(NodeId node) const { return busy(node).first > wanted_.start; }

 private:
  const Reservation& wanted_;
  std::map<NodeId, Other> reserved_;
  std::map<NodeId, std::pair<Instant, model::AttemptId>> busy_;
};

Expected<void> check_named(const State& state, const Reservation& r, bool force) {
  const Obstacles obstacles(state, r);
  for (const NodeId node : r.nodes) {
    const std::string& name = state.centre.nodes[node.raw()].name;
    if (const auto* other = obstacles.reserved(node))
      return refuse(
          "nodes-reserved", "nodes",
          fmt::format("node {} is in reservation {} from {}", name, other->reservation->name, print_instant(other->at)),
          "choose another time or other nodes, or end that one");
    if (force || !obstacles.runs_into(node)) continue;
    const auto [until, attempt] = obstacles.busy(node);
    return refuse(
        "nodes-busy", "nodes",
        fmt::format("attempt {} may run on node {} until {}", model::print(attempt), name, print_instant(until)),
        "start later, or use --force: then it is asked to end at the start, and waits again");
  }
  return {};
}

/// So many nodes on as few switches as can be, those in service before those that are not. With `force`, also where
/// work may still run, but rather not.
Expected<std::vector<NodeId>> choose(const State& state, const Reservation& r, std::int32_t count, bool force) {
  std::int32_t all = 0;
  const Obstacles obstacles(state, r);
  struct Leaf {
    std::string name;
    std::vector<NodeId> nodes;
  };
  // In three waves: a node of a later one is taken only when those before do not suffice.
  std::array<std::map<std::string, std::vector<NodeId>>, 3> waves;
  std::vector<Instant> frees;
  std::int32_t reserved = 0;
  for (const model::Node& node : state.centre.nodes) {
    if (node.partition != r.partition || (node.cores == CoreCount{0} && node.cards == CardCount{0})) continue;
    ++all;
    if (obstacles.reserved(node.id) != nullptr) {
      ++reserved;
      continue;
    }
    frees.push_back(std::max(obstacles.busy(node.id).first, r.start));
    const bool busy = obstacles.runs_into(node.id);
    if (busy && !force) continue;
    waves[busy ? 2 : state.available(node.id) ? 0 : 1][node.switch_name].push_back(node.id);
  }
  if (count > all)
    return refuse("reservation-too-wide", "count",
                  fmt::format("{} nodes are asked for, partition {} has {}", count, r.partition, all),
                  "ask for fewer, or use another partition");
  std::vector<NodeId> chosen;
  for (const auto& wave : waves) {
    std::vector<Leaf> leaves;
    for (const auto& [name, nodes] : wave) leaves.push_back({name, nodes});
    while (!leaves.empty() && chosen.size() < static_cast<std::size_t>(count)) {
      const std::size_t left = static_cast<std::size_t>(count) - chosen.size();
      // The smallest that has them all, else the largest.
      const auto best = std::ranges::min_element(leaves, {}, [&](const Leaf& leaf) {
        const bool enough = leaf.nodes.size() >= left;
        const auto size = static_cast<std::int64_t>(leaf.nodes.size());
        return std::tuple(!enough, enough ? size : -size, leaf.name);
      });
      best->nodes.resize(std::min(left, best->nodes.size()));
      chosen.insert(chosen.end(), best->nodes.begin(), best->nodes.end());
      leaves.erase(best);
    }
  }
  if (chosen.size() == static_cast<std::size_t>(count)) {
    std::ranges::sort(chosen);
    return chosen;
  }
  if (all - reserved < count)
    return refuse("nodes-reserved", "count",
                  fmt::format("{} of {} nodes are in other reservations at that time", reserved, all),
                  "choose another time, or end one of those");
  std::ranges::sort(frees);
  return refuse(
      "nodes-busy", "count",
      fmt::format("{} of the {} nodes are sure to be free of running work by then", chosen.size(), count),
      fmt::format("start at {} or later, or use --force: then what runs is asked to end at the start, and waits again",
                  print_instant(frees[static_cast<std::size_t>(count) - 1])));
}

/// Work that is on the nodes and not of the reservation makes room.
void clear(const State& state, Events& events, const Reservation& r, Instant now) {
  for (const auto& [id, attempt] : state.attempts) {
    if (attempt.end_reason || attempt.notice_until) continue;
    const model::JobSpec& spec = state.spec(state.jobs.at(id));
    if (spec.reservation == r.name) continue;
    const bool there = std::ranges::any_of(attempt.lease.shares(), [&](const model::NodeShare& share) {
      return std::ranges::binary_search(r.nodes, share.node);
    });
    if (!there) continue;
    if (spec.checkpoint.signal != 0 && attempt.started_at)
      events.emplace_back(PreemptionNoticed{attempt.id, model::JobId{}, now + spec.checkpoint.grace});
    else
      request_end(state, events, attempt, EndReason::reserved, "reservation " + r.name);
  }
}

ReservationEnded ended(const Reservation& r, std::string by, std::optional<Instant> next) {
  return {r.id, r.name, r.kind, r.open ? r.nodes : std::vector<NodeId>{}, std::move(by), next};
}

}  // namespace

Decision decide_one(const State& state, const ReserveNodes& command, Instant now) {
  CHECK_OK(require_operator(command.by, "reserve nodes"));
  CHECK_OK(check_who(state, command));
  Reservation r{.id = state.next_reservation, .name = command.name, .kind = command.kind};
  CHECK_OK(set_times(r, command, now));
  TRY(named, find_nodes(state, command));
  r.nodes = std::move(named);
  if (r.nodes.empty() == (command.count <= 0))
    return refuse("bad-value", "nodes", "a reservation is of named nodes, or of so many", "give either nodes or count");
  CHECK_OK(set_partition(state, r, command));
  if (r.nodes.empty()) {
    TRY(chosen, choose(state, r, command.count, command.force));
    r.nodes = std::move(chosen);
  } else {
    CHECK_OK(check_named(state, r, command.force));
  }
  const auto sorted = [](std::vector<std::string> names) {
    std::ranges::sort(names);
    names.erase(std::ranges::unique(names).begin(), names.end());
    return names;
  };
  r.projects = sorted(command.projects);
  r.users = sorted(command.users);
  r.by = command.by.user;
  r.why = command.why;
  r.made_at = now;
  return Events{ReservationMade{std::move(r)}};
}

Decision decide_one(const State& state, const EndReservation& command, Instant) {
  CHECK_OK(require_operator(command.by, "end a reservation"));
  const Reservation* r = find_reservation(state, command.name);
  if (r == nullptr)
    return refuse("unknown-reservation", "name", fmt::format("there is no reservation {}", shown(command.name)),
                  "see: mingyue reservations");
  return Events{ended(*r, command.by.user, std::nullopt)};
}

void turn_reservations(const State& state, Events& events, Instant now) {
  for (const auto& [id, r] : state.reservations) {
    if (now >= r.end) {  // also one that never began: nobody was there to begin it
      const auto next = window_at(r, now);
      events.emplace_back(ended(r, "", next ? std::optional(next->from) : std::nullopt));
    } else if (!r.open && now >= r.start) {
      events.emplace_back(ReservationBegan{r.id, r.name, r.kind, r.nodes, r.end});
      clear(state, events, r, now);
    }
  }
}

}  // namespace mingyue::core
