#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/describe.hpp"
#include "base/units.hpp"
#include "model/engine.hpp"
#include "model/ids.hpp"
#include "model/qpu.hpp"

/// What a centre is made of, as its YAML file or its own machine describes it. Plain values; see
/// model/centre_document.hpp for reading one and docs/formats/centre.md for the file.
namespace mingyue::model {

/// A kind of accelerator card. Data, not code: a new vendor is a new row.
struct CardType {
  std::string name;              ///< `a100`, `ascend910b`, `dcu-z100`
  std::string vendor;            ///< for people
  std::string visible_variable;  ///< what programs read: `CUDA_VISIBLE_DEVICES`, `ASCEND_RT_VISIBLE_DEVICES`
  Bytes memory;                  ///< of one card; 0 when unknown
  friend bool operator==(const CardType&, const CardType&) = default;
};
DESCRIBE(CardType, name, vendor, visible_variable, memory)

/// A machine. In exactly one partition, so that the ledger's capacity is counted once.
struct Node {
  NodeId id;
  std::string name;
  std::string partition;
  std::string switch_name;  ///< the leaf switch it hangs on; empty: unknown
  CoreCount cores;
  Bytes memory;
  std::string card_type;  ///< empty: no cards
  CardCount cards;
  bool is_virtual = false;  ///< declared for trying things out: shown as virtual wherever it appears
  friend bool operator==(const Node&, const Node&) = default;
};
DESCRIBE(Node, id, name, partition, switch_name, cores, memory, card_type, cards, is_virtual)

/// A switch and the one above it; leaf switches carry nodes.
struct Switch {
  std::string name;
  std::string above;  ///< empty: a root
  friend bool operator==(const Switch&, const Switch&) = default;
};
DESCRIBE(Switch, name, above)

/// Nodes grouped by policy, all run by one engine. Its last `spares` nodes, in the order of their ids, are spares: they
/// run preemptible work, which makes room for a large gang that a node's loss has interrupted, and nothing else.
struct Partition {
  std::string name;
  Duration wall_max;             ///< longest wall limit of a job here
  std::int32_t spares = 0;       ///< fewer than it has nodes
  std::int32_t spares_for = 2;   ///< a gang is large from so many nodes on
  std::string engine;            ///< runs what is here; empty: this machine's own
  std::string engine_partition;  ///< what the engine calls it
  /// The engine's own queue decides when and where its jobs start; the centre hands them over, follows and counts.
  bool guest = false;
  friend bool operator==(const Partition&, const Partition&) = default;
};
DESCRIBE(Partition, name, wall_max, spares, spares_for, engine, engine_partition, guest)

/// A priority class. Work of a higher rank may preempt preemptible work of a lower rank if `preempts`.
struct PriorityClass {
  std::string name;
  std::int32_t rank = 0;  ///< higher is more urgent; 0..1000
  bool preempts = false;
  friend bool operator==(const PriorityClass&, const PriorityClass&) = default;
};
DESCRIBE(PriorityClass, name, rank, preempts)

/// Who pays. Projects form a tree of shares.
struct Project {
  std::string name;
  std::string parent;        ///< empty: under the centre's root
  std::int32_t shares = 1;   ///< of its parent, relative to its siblings; 1..1,000,000
  std::int32_t merit = 100;  ///< scientific merit, 0..1000: an explicit, visible weight in the order
  bool has_budget = false;   ///< without one, a project is charged but never stopped
  friend bool operator==(const Project&, const Project&) = default;
};
DESCRIBE(Project, name, parent, shares, merit, has_budget)

enum class Role : std::uint8_t { member = 1, lead = 2, operator_ = 3, partner = 4, auditor = 5 };
DESCRIBE_ENUM(Role, member, lead, operator_, partner, auditor)

struct User {
  std::string name;
  Role role = Role::member;
  std::vector<std::string> projects;  ///< may submit to these; the first is the default
  std::string account;                ///< their Unix account, on engines of many machines; empty: of the same name
  friend bool operator==(const User&, const User&) = default;
};
DESCRIBE(User, name, role, projects, account)

/// Credits for an hour of one core, or of one card of a type.
struct Price {
  std::string card_type;  ///< empty: cores
  Credits per_hour;
  friend bool operator==(const Price&, const Price&) = default;
};
DESCRIBE(Price, card_type, per_hour)

/// The rules by which the plan orders and preempts. Weights are relative; each factor is scaled to 0..1000.
struct Policy {
  Duration fair_share_half_life = days(7);
  std::int32_t weight_class = 10'000;
  std::int32_t weight_fair_share = 1'000;
  std::int32_t weight_age = 300;
  std::int32_t weight_size = 100;
  std::int32_t weight_merit = 300;
  Duration age_max = days(7);                  ///< the age at which that factor is full
  Duration shortest_first = seconds(400'000);  ///< by how much length and size may put a job back in age; 0: not at all
  Duration launch_limit = minutes(5);          ///< an attempt that has not started by then has failed to launch
  Duration end_limit = minutes(2);  ///< beyond its grace: an attempt that has not ended by then is an incident
  std::int32_t attempts_without_progress_max = 3;
  Duration preempt_exempt =
      minutes(1);  ///< an attempt younger than this is not preempted: no work is started only to be ended
  Duration move_pause = hours(2);        ///< between two moves of one job; 0: nothing is moved
  Duration restart_cost = minutes(2);    ///< what a move costs a job beside its unsaved work
  Duration deadline_margin = hours(12);  ///< a job so near to its latest start comes first in its class
  friend bool operator==(const Policy&, const Policy&) = default;
};
DESCRIBE(Policy, fair_share_half_life, weight_class, weight_fair_share, weight_age, weight_size, weight_merit, age_max,
         shortest_first, launch_limit, end_limit, attempts_without_progress_max, preempt_exempt, move_pause,
         restart_cost, deadline_margin)

struct Centre {
  std::string name;
  std::vector<CardType> card_types;
  std::vector<Switch> switches;
  std::vector<Partition> partitions;  ///< the first is the default
  std::vector<Node> nodes;            ///< in the order of their ids
  std::vector<PriorityClass> classes;
  std::vector<Project> projects;
  std::vector<User> users;
  std::vector<Price> prices;
  Policy policy;
  std::vector<Qpu> qpus;        ///< in the order of the file
  std::vector<Engine> engines;  ///< beside this machine's own
  friend bool operator==(const Centre&, const Centre&) = default;
};
DESCRIBE(Centre, name, card_types, switches, partitions, nodes, classes, projects, users, prices, policy, qpus, engines)

}  // namespace mingyue::model
