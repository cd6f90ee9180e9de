#include "sched/job_requests.hpp"

#include <algorithm>
#include <tuple>

#include "base/invariant.hpp"
#include "sched/room.hpp"

namespace mingyue::sched {
namespace {

/// So many tasks of a part on one kind.
struct Fill {
  std::int32_t kind = 0;
  std::int32_t tasks = 0;
};
/// One way to place a part.
struct Way {
  std::vector<Fill> fills;
  bool spread = false;
};

Room need_of(const model::Part& part) { return {part.need.cores, part.need.memory, part.need.cards}; }

bool suits(const model::Part& part, const NodeKind& kind) {
  if (part.need.cards == CardCount{0}) return true;
  return kind.total.cards > CardCount{0} && (part.need.card_type.empty() || part.need.card_type == kind.card_type);
}

/// The first kind that differs from this one at most in when it is closed.
std::int32_t kinds_alike(const std::vector<NodeKind>& kinds, std::int32_t k) {
  const NodeKind& one = kinds[static_cast<std::size_t>(k)];
  const auto first = std::ranges::find_if(kinds, [&](const NodeKind& kind) {
    return kind.total == one.total && kind.card_type == one.card_type && kind.spare == one.spare;
  });
  return static_cast<std::int32_t>(first - kinds.begin());
}

/// Kinds that hold at least one task, best first: those that are no spares, those whose cards would not be wasted, then
/// those most nearly filled.
std::vector<std::int32_t> kinds_for(const std::vector<NodeKind>& kinds, const model::Part& part, bool spares) {
  std::vector<std::int32_t> able;
  for (std::size_t k = 0; k < kinds.size(); ++k) {
    if ((spares || !kinds[k].spare) && suits(part, kinds[k]) && times(need_of(part), kinds[k].total, 1) == 1)
      able.push_back(static_cast<std::int32_t>(k));
  }
  const bool wants_cards = part.need.cards > CardCount{0};
  std::ranges::stable_sort(able, {}, [&](std::int32_t k) {
    const NodeKind& kind = kinds[static_cast<std::size_t>(k)];
    return std::tuple(kind.spare, !wants_cards && kind.total.cards > CardCount{0}, kind.total.cores.raw(),
                      kinds_alike(kinds, k), kind.closed.empty() ? never : kind.closed.front().first);
  });
  return able;
}

/// On nodes of one kind, and on some spares that are like them.
void add_ways_with_spares(std::vector<Way>& ways, const std::vector<NodeKind>& kinds,
                          const std::vector<std::int32_t>& able, const Room& need, std::int32_t tasks) {
  for (const std::int32_t k : able) {
    const NodeKind& kind = kinds[static_cast<std::size_t>(k)];
    const auto like = std::ranges::find_if(able, [&](std::int32_t other) {
      const NodeKind& o = kinds[static_cast<std::size_t>(other)];
      return o.spare && o.total == kind.total && o.card_type == kind.card_type;
    });
    if (kind.spare || like == able.end()) continue;
    const std::int32_t a_node = times(need, kind.total, tasks);
    for (std::int32_t n = 1; n <= std::min(kinds[static_cast<std::size_t>(*like)].nodes, spares_tried); ++n) {
      const std::int32_t left = tasks - n * a_node;
      if (left > 0 && std::int64_t{a_node} * kind.nodes >= left)
        ways.push_back({{{k, left}, {*like, n * a_node}}, false});
    }
  }
}

/// Some of the tasks on the kind that closes first, the rest on the one that closes last, of kinds that differ in
/// nothing else.
void add_shares_of_two(std::vector<Way>& ways, const std::vector<NodeKind>& kinds,
                       const std::vector<std::int32_t>& able, const model::Part& part, std::int32_t tasks) {
  const auto kind = [&](std::int32_t k) -> const NodeKind& { return kinds[static_cast<std::size_t>(k)]; };
  for (std::size_t first = 0; first < able.size(); ++first) {
    const auto alike = [&](std::size_t other) {
      return kind(able[other]).total == kind(able[first]).total &&
             kind(able[other]).card_type == kind(able[first]).card_type &&
             kind(able[other]).spare == kind(able[first]).spare;
    };
    if (first > 0 && alike(first - 1)) continue;  // able is sorted so that they stand together
    std::size_t last = first;
    while (last + 1 < able.size() && alike(last + 1)) ++last;
    if (last == first) continue;
    const std::int32_t a_node = times(need_of(part), kind(able[first]).total, tasks);
    const std::int32_t nodes = (tasks + a_node - 1) / a_node;
    std::int32_t before = 0;
    for (std::int32_t quarter = 1; quarter < 4; ++quarter) {
      const std::int32_t share = nodes * quarter / 4;
      if (share == before || share > kind(able[first]).nodes || nodes - share > kind(able[last]).nodes) continue;
      before = share;
      ways.push_back({{{able[first], share * a_node}, {able[last], tasks - share * a_node}}, false});
    }
  }
}

std::vector<Way> ways_of(const std::vector<NodeKind>& kinds, const model::Part& part, std::int32_t tasks, bool spares) {
  const Room need = need_of(part);
  const std::vector<std::int32_t> able = kinds_for(kinds, part, spares);
  const auto most_on = [&](std::int32_t k) {
    const NodeKind& kind = kinds[static_cast<std::size_t>(k)];
    return std::int64_t{times(need, kind.total, tasks)} * kind.nodes;
  };
  std::vector<Way> ways;
  if (part.placement == model::Placement::spread && tasks > 1 && tasks <= spread_max) {
    for (const std::int32_t k : able) {
      if (kinds[static_cast<std::size_t>(k)].nodes >= tasks) ways.push_back({{{k, tasks}}, true});
    }
    if (!ways.empty()) return ways;
  }
  for (const std::int32_t k : able) {
    if (most_on(k) >= tasks) ways.push_back({{{k, tasks}}, false});
  }
  add_shares_of_two(ways, kinds, able, part, tasks);
  if (spares) add_ways_with_spares(ways, kinds, able, need, tasks);
  if (!ways.empty()) return ways;
  // All cards of a part are of one type.
  std::vector<std::string> types;
  for (const std::int32_t k : able) {
    const std::string type = part.need.cards > CardCount{0} ? kinds[static_cast<std::size_t>(k)].card_type : "";
    if (std::ranges::find(types, type) == types.end()) types.push_back(type);
  }
  for (const std::string& type : types) {
    std::vector<std::int32_t> of_type;
    for (const std::int32_t k : able) {
      if (part.need.cards == CardCount{0} || kinds[static_cast<std::size_t>(k)].card_type == type) of_type.push_back(k);
    }
    std::ranges::stable_sort(of_type, std::greater<>{}, most_on);
    Way way;
    std::int64_t left = tasks;
    for (const std::int32_t k : of_type) {
      const std::int64_t some = std::min(left, most_on(k));
      if (some > 0) way.fills.push_back({k, static_cast<std::int32_t>(some)});
      left -= some;
    }
    if (left == 0) ways.push_back(std::move(way));
  }
  return ways;
}

void add(JobRequest& way, const std::vector<NodeKind>& kinds, std::int32_t part, const Room& need, const Fill& fill) {
  const Room& total = kinds[static_cast<std::size_t>(fill.kind)].total;
  auto demand = demand_of(fill.kind, total, fill.tasks, need);
  INVARIANT(demand.has_value(), "a task that fits its node asks for more than it has");
  way.request.parts.push_back(*demand);
  way.shares.push_back({part, fill.tasks, demand->whole > 0 ? times(need, total, fill.tasks) : 0});
}

}  // namespace

namespace {

/// With so many tasks in all.
std::vector<JobRequest> requests_of(const std::vector<NodeKind>& kinds, const model::JobSpec& spec,
                                    std::int32_t tasks_in_all, bool spares) {
  std::vector<JobRequest> all(1);
  for (std::size_t p = 0; p < spec.parts.size(); ++p) {
    const model::Part& part = spec.parts[p];
    std::vector<JobRequest> longer;
    for (const JobRequest& begun : all) {
      for (const Way& way : ways_of(kinds, part, spec.tasks_of(part, tasks_in_all), spares)) {
        if (longer.size() == ways_max) break;
        JobRequest& next = longer.emplace_back(begun);
        for (const Fill& fill : way.fills) {
          if (way.spread) {
            next.request.apart = true;
            for (std::int32_t i = 0; i < fill.tasks; ++i)
              add(next, kinds, static_cast<std::int32_t>(p), need_of(part), {fill.kind, 1});
          } else {
            add(next, kinds, static_cast<std::int32_t>(p), need_of(part), fill);
          }
        }
      }
    }
    all = std::move(longer);
  }
  return all;
}

}  // namespace

std::vector<JobRequest> job_requests(const std::vector<NodeKind>& kinds, const model::JobSpec& spec,
                                     const Allowance& allowance) {
  const std::int32_t least = spec.tasks_least();
  const std::int32_t most = std::max(least, std::min(spec.tasks(), allowance.tasks_most));
  std::vector<JobRequest> fewest = requests_of(kinds, spec, least, allowance.spares);
  if (least == most || fewest.empty()) return fewest;
  const auto numbers = static_cast<std::int32_t>(std::max<std::size_t>(2, ways_max / fewest.size()));
  const std::int32_t steps = std::min(numbers - 1, most - least);
  std::vector<JobRequest> all;
  for (std::int32_t i = 0; i < steps; ++i) {
    const auto fewer = static_cast<std::int32_t>(std::int64_t{most - least} * i / steps);
    for (JobRequest& way : requests_of(kinds, spec, most - fewer, allowance.spares)) all.push_back(std::move(way));
  }
  for (JobRequest& way : fewest) all.push_back(std::move(way));
  return all;
}

std::vector<std::int32_t> nodes_by_rank(const JobRequest& way, const std::vector<std::int32_t>& named) {
  std::int32_t parts = 0;
  for (const TaskShare& share : way.shares) parts = std::max(parts, share.part + 1);
  std::vector<std::vector<std::int32_t>> by_part(static_cast<std::size_t>(parts));
  std::size_t next = 0;
  for (std::size_t i = 0; i < way.shares.size(); ++i) {
    const Demand& demand = way.request.parts[i];
    const TaskShare& share = way.shares[i];
    std::vector<std::int32_t>& nodes = by_part[static_cast<std::size_t>(share.part)];
    std::int32_t left = share.tasks;
    for (std::int32_t whole = 0; whole < demand.whole; ++whole, ++next) {
      const std::int32_t here = std::min(left, share.a_node);
      nodes.insert(nodes.end(), static_cast<std::size_t>(here), named.at(next));
      left -= here;
    }
    if (demand.has_part()) {
      nodes.insert(nodes.end(), static_cast<std::size_t>(left), named.at(next++));
      left = 0;
    }
    INVARIANT(left == 0, "{} tasks of a part have no node", left);
  }
  std::vector<std::int32_t> all;
  for (const auto& nodes : by_part) all.insert(all.end(), nodes.begin(), nodes.end());
  return all;
}

}  // namespace mingyue::sched
