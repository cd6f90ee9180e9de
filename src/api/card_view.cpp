#include "api/card_view.hpp"

#include <map>
#include <set>
#include <string_view>

#include "api/node_view.hpp"

namespace mingyue::api {
namespace {

/// Places below zero, as in CardsView::idle_words.
enum Idle : std::int32_t { idle = -1, down = -2, drained = -3, maintenance = -4, others = -5 };

/// The class of what an attempt holds at this moment. That time went into a checkpoint, or was lost, is known only
/// afterwards.
std::string_view use_of(const core::Attempt& attempt) { return attempt.started_at ? "productive" : "start"; }

void fill(std::vector<std::int32_t>& slots, const model::Slots& held, std::int32_t what) {
  for (std::int32_t slot = held.lowest(); slot >= 0 && slot <= held.highest(); ++slot)
    if (held.has(slot) && slot < static_cast<std::int32_t>(slots.size())) slots[static_cast<std::size_t>(slot)] = what;
}

void add_cores(wire::CardsNode& node, std::int32_t what, std::int32_t count) {
  if (count <= 0) return;
  if (!node.cores.empty() && node.cores.back().what == what)
    node.cores.back().count += count;
  else
    node.cores.push_back({what, count});
}

}  // namespace

wire::CardsView cards_view(const core::State& state) {
  wire::CardsView view{.at = state.now, .idle_words = {"idle", "down", "drained", "maintenance", "others"}};
  const std::set<model::NodeId> maintained = nodes_in_maintenance(state);
  std::map<std::string_view, std::string_view> engines;
  for (const model::Partition& partition : state.centre.partitions) engines.emplace(partition.name, partition.engine);
  std::vector<std::int32_t> place(state.nodes.size(), -1);  // of each node in view.nodes
  std::vector<Idle> rest(state.nodes.size(), idle);
  view.nodes.reserve(state.nodes.size());
  for (const model::Node& node : state.centre.nodes) {
    if (node.cores == CoreCount{0} && node.cards == CardCount{0}) continue;  // no longer in the centre's file
    const core::NodeState& now = state.nodes[node.id.raw()];
    const bool in_maintenance = maintained.contains(node.id) && !now.drained;
    Idle& free = rest[node.id.raw()];
    free = now.down ? down : in_maintenance ? maintenance : now.drained ? drained : idle;
    place[node.id.raw()] = static_cast<std::int32_t>(view.nodes.size());
    wire::CardsNode& seen = view.nodes.emplace_back(
        wire::CardsNode{.name = node.name,
                        .partition = node.partition,
                        .switch_name = node.switch_name,
                        .engine = std::string(engines[node.partition]),
                        .state = "",
                        .card_type = node.card_type,
                        .cards = std::vector<std::int32_t>(static_cast<std::size_t>(node.cards.raw()), free),
                        .cores = {}});
    fill(seen.cards, now.others_cards, others);
    add_cores(seen, others, now.others_cores.count());
  }
  std::vector<char> busy(state.nodes.size(), 0);
  for (const auto& [id, attempt] : state.attempts) {
    const core::Job* job = state.find(id);
    if (job == nullptr || attempt.handed_over()) continue;
    const model::JobSpec& spec = state.spec(*job);
    const auto what = static_cast<std::int32_t>(view.jobs.size());
    view.jobs.push_back({id, spec.name, spec.user, spec.project, spec.kind, std::string(use_of(attempt))});
    for (const model::NodeShare& share : attempt.lease.shares()) {
      busy[share.node.raw()] = 1;
      if (place[share.node.raw()] < 0) continue;
      wire::CardsNode& node = view.nodes[static_cast<std::size_t>(place[share.node.raw()])];
      fill(node.cards, share.cards, what);
      add_cores(node, what, share.cores.count());
    }
  }
  for (const model::Node& node : state.centre.nodes) {
    if (place[node.id.raw()] < 0) continue;
    wire::CardsNode& seen = view.nodes[static_cast<std::size_t>(place[node.id.raw()])];
    seen.state =
        node_state_word(state.nodes[node.id.raw()], rest[node.id.raw()] == maintenance, busy[node.id.raw()] != 0);
    std::int32_t held = 0;
    for (const wire::CoresDo& cores : seen.cores) held += cores.count;
    add_cores(seen, rest[node.id.raw()], node.cores.raw() - held);
  }
  return view;
}

}  // namespace mingyue::api
