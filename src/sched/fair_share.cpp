#include "sched/fair_share.hpp"

#include <algorithm>
#include <array>

#include "sched/room.hpp"

namespace mingyue::sched {
namespace {

__extension__ typedef __int128 Wide;  // a product of two 64-bit numbers

constexpr std::int64_t narrow(Wide x) { return static_cast<std::int64_t>(x); }

/// Running work answers for at most this much of the time to come.
constexpr Duration commitment_max = hours(1);

/// 2^(-1/2), 2^(-1/4), ... 2^(-1/2^20), in parts of 2^32.
constexpr std::array<std::uint64_t, 20> roots = {3037000500, 3611622603, 3938502376, 4112874773, 4202935003,
                                                 4248701965, 4271771996, 4283353945, 4289156690, 4292061010,
                                                 4293513907, 4294240540, 4294603903, 4294785595, 4294876445,
                                                 4294921870, 4294944583, 4294955939, 4294961618, 4294964457};

}  // namespace

std::int64_t half_power(std::int64_t x) {
  if (x <= 0) return 1000;
  const std::int64_t whole = x >> 20;
  if (whole > 20) return 0;
  // One factor for each bit of the fraction.
  std::uint64_t power = std::uint64_t{1} << 32;
  for (std::size_t bit = 0; bit < roots.size(); ++bit)
    if ((x >> (19 - bit)) & 1) power = (power * roots[bit]) >> 32;
  power = (power * 1000) >> whole;
  return static_cast<std::int64_t>((power + (std::uint64_t{1} << 31)) >> 32);
}

FairShare::FairShare(const Snapshot& snapshot) {
  std::map<std::string, Node, std::less<>> tree;
  for (const model::Project& project : snapshot.projects)
    tree[project.name] = {project.parent, std::max<std::int64_t>(project.shares, 1)};
  add_usage(snapshot);
  for (const auto& [name, entry] : projects_) tree.try_emplace(name, Node{});
  for (const auto& [name, node] : tree) projects_.try_emplace(name);
  // Whoever does not reach the root within as many steps as there are projects is in a ring: it hangs under the root.
  for (auto& [name, node] : tree) {
    std::size_t steps = 0;
    for (auto at = tree.find(node.parent); at != tree.end() && steps <= tree.size(); ++steps)
      at = tree.find(at->second.parent);
    if (steps > tree.size() || !tree.contains(node.parent)) node.parent.clear();
  }
  settle(tree);
}

void FairShare::add_usage(const Snapshot& snapshot) {
  for (const UsageView& use : snapshot.project_usage) projects_[use.name].usage += use.usage;
  for (const UsageView& use : snapshot.user_usage) {
    const auto slash = use.name.find('/');
    if (slash != std::string::npos) projects_[use.name.substr(0, slash)].users[use.name.substr(slash + 1)] += use.usage;
  }
  std::map<model::NodeId, const NodeView*> nodes;
  for (const NodeView& node : snapshot.nodes) nodes.emplace(node.id, &node);
  for (const RunningView& run : snapshot.running) {
    if (run.project.empty()) continue;  // of others: no project of ours pays
    const Duration ahead = std::clamp(run.ends_by - snapshot.now, Duration{}, commitment_max);
    std::int64_t held = 0;
    for (const Hold& hold : run.holds)
      if (const auto node = nodes.find(hold.node); node != nodes.end()) held += weight(node->second->total, hold.room);
    const std::int64_t use = held * (run.uncounted + ahead).raw();
    Entry& project = projects_[run.project];
    project.usage += use;
    project.users[run.user] += use;
  }
  for (const WaitingView& job : snapshot.waiting) projects_[job.project].users.try_emplace(job.user);
  for (const auto& [name, entry] : projects_) usage_of_all_ += entry.usage;
}

std::int64_t FairShare::part_of_all(std::int64_t usage) const {
  return usage_of_all_ > 0 ? narrow((Wide{usage} << one_bits) / usage_of_all_) : 0;
}

void FairShare::settle(const std::map<std::string, Node, std::less<>>& tree) {
  std::map<std::string, std::vector<std::string>, std::less<>> below;
  for (const auto& [name, node] : tree) below[node.parent].push_back(name);
  // From the root down, level by level; `order` lists parents before their children.
  std::vector<std::string> order = below[""];
  for (std::size_t i = 0; i < order.size(); ++i)
    if (const auto children = below.find(order[i]); children != below.end())
      order.insert(order.end(), children->second.begin(), children->second.end());
  for (auto name = order.rbegin(); name != order.rend(); ++name)
    if (const std::string& parent = tree.at(*name).parent; !parent.empty())
      projects_.at(parent).usage += projects_.at(*name).usage;
  for (const std::string& name : order) {
    const Node& node = tree.at(name);
    std::int64_t siblings = 0;
    for (const std::string& sibling : below.at(node.parent)) siblings += tree.at(sibling).shares;
    Entry& entry = projects_.at(name);
    const std::int64_t used = part_of_all(entry.usage);
    if (node.parent.empty()) {
      entry.share = narrow((Wide{node.shares} << one_bits) / siblings);
      entry.effective = used;
    } else {
      const Entry& parent = projects_.at(node.parent);
      entry.share = narrow(Wide{parent.share} * node.shares / siblings);
      entry.effective = used + narrow(Wide{parent.effective - used} * node.shares / siblings);
    }
  }
}

std::int64_t FairShare::factor(std::string_view project, std::string_view user) const {
  const auto entry = projects_.find(project);
  if (entry == projects_.end()) return 1000;
  const auto members = static_cast<std::int64_t>(std::max<std::size_t>(entry->second.users.size(), 1));
  const auto member = entry->second.users.find(user);
  const std::int64_t used = member != entry->second.users.end() ? part_of_all(member->second) : 0;
  const std::int64_t share = entry->second.share / members;
  const std::int64_t effective = used + (entry->second.effective - used) / members;
  if (share <= 0) return effective > 0 ? 0 : 1000;
  const Wide x = (Wide{effective} << 20) / share;
  return half_power(x > (Wide{1} << 40) ? std::int64_t{1} << 40 : narrow(x));
}

}  // namespace mingyue::sched
