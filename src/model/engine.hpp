#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/describe.hpp"
#include "base/units.hpp"

/// Engines of a centre, as its file names them, and what one says of its machines. See docs/formats/centre.md.
namespace mingyue::model {

enum class EngineKind : std::uint8_t {
  local = 1,  ///< processes of this machine; virtual nodes. Always there, never named
  slurm = 2,  ///< a Slurm cluster
};
DESCRIBE_ENUM(EngineKind, local, slurm)

/// How an engine is reached. Partitions name it (Partition::engine), and their nodes are found out from it.
struct Engine {
  std::string name;
  EngineKind kind = EngineKind::slurm;
  std::string rest;        ///< slurmrestd: `http://host:6820`, or `unix:/run/slurmrestd.socket`
  std::string token_file;  ///< holds a JWT of `admin`, read again when it changes; or:
  std::string key_file;    ///< the cluster's JWT key (HS256), with which tokens are made
  std::string admin;       ///< an administrator of the cluster, as whom it is spoken to
  std::string commands;    ///< the folder of squeue, sinfo, scontrol; empty: found by PATH
  std::string shared;      ///< a folder that all its nodes see at the same path: attempts are kept there
  Duration poll;           ///< between two looks at it, while something is under way
  bool pilots = true;      ///< short attempts share allocations that the engine holds and fills
  friend bool operator==(const Engine&, const Engine&) = default;
};
DESCRIBE(Engine, name, kind, rest, token_file, key_file, admin, commands, shared, poll, pilots)

/// A node as an engine describes it.
struct EngineNode {
  std::string name;
  std::vector<std::string> partitions;  ///< of the engine
  std::string switch_name;              ///< empty: unknown
  CoreCount cores;
  Bytes memory;
  std::string card_type;  ///< empty: no cards
  CardCount cards;
  friend bool operator==(const EngineNode&, const EngineNode&) = default;
};
DESCRIBE(EngineNode, name, partitions, switch_name, cores, memory, card_type, cards)

struct EngineSwitch {
  std::string name;
  std::string above;  ///< empty: a root
  friend bool operator==(const EngineSwitch&, const EngineSwitch&) = default;
};
DESCRIBE(EngineSwitch, name, above)

/// All that an engine says of its machines.
struct EngineMachines {
  std::vector<EngineSwitch> switches;
  std::vector<EngineNode> nodes;
  friend bool operator==(const EngineMachines&, const EngineMachines&) = default;
};
DESCRIBE(EngineMachines, switches, nodes)

}  // namespace mingyue::model
