#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/describe.hpp"
#include "base/units.hpp"

/// What a job may ask for: GET /v1/partitions and GET /v1/switches.
namespace mingyue::wire {

/// Cards of one type in a partition.
struct PartitionCards {
  std::string type;
  std::string vendor;
  std::int64_t count = 0;
  std::int32_t on_a_node = 0;  ///< at most
  Bytes memory;                ///< of one; 0: not known
  std::optional<Credits> per_hour;
};
DESCRIBE(PartitionCards, type, vendor, count, on_a_node, memory, per_hour)

struct PartitionView {
  std::string name;
  bool is_default = false;       ///< where a document names none
  std::optional<Duration> wall;  ///< the longest wall limit
  std::string engine;            ///< empty: this machine's own
  bool guest = false;            ///< the engine's own queue decides when and where
  std::int32_t nodes = 0;
  std::int32_t nodes_virtual = 0;
  std::int32_t nodes_up = 0;  ///< neither down nor drained
  std::int32_t spares = 0;
  std::int32_t spares_for = 0;  ///< a gang is large, and may take spares, from so many nodes on
  std::int64_t cores = 0;
  std::int32_t cores_on_a_node = 0;  ///< at most
  Bytes memory_on_a_node;            ///< at most
  std::optional<Credits> core_per_hour;
  std::vector<PartitionCards> cards;
};
DESCRIBE(PartitionView, name, is_default, wall, engine, guest, nodes, nodes_virtual, nodes_up, spares, spares_for,
         cores, cores_on_a_node, memory_on_a_node, core_per_hour, cards)

struct SwitchView {
  std::string name;
  std::string above;       ///< empty: a root
  std::int32_t nodes = 0;  ///< that hang on it itself
};
DESCRIBE(SwitchView, name, above, nodes)

}  // namespace mingyue::wire
