#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/describe.hpp"
#include "base/prng.hpp"
#include "base/time.hpp"
#include "workload/chance.hpp"

/// What goes wrong in a simulated centre, as data. A file of faults (docs/formats/faults.md) is read into this by
/// twin/fault_document.hpp; twin/fault_source.hpp turns it into faults at points in time.
///
/// Rates are whole millionths, shares whole thousandths: a file may name three decimals, and is refused with more.
namespace mingyue::twin {

/// How long what broke is out of use.
struct Repair {
  enum class Law : std::uint8_t { fixed, exponential, log_normal };
  Law law = Law::fixed;
  Duration typical = hours(24);  ///< the time itself, the mean, or the median
  workload::Fixed sigma = 0;     ///< log-normal: of the natural logarithm

  /// At most a year, at least a millisecond.
  [[nodiscard]] Duration draw(Prng& prng) const;
  friend bool operator==(const Repair&, const Repair&) = default;
};

enum class Takes : std::uint8_t {
  node,  ///< the node is out of use until it is repaired, and whatever ran there is interrupted
  job,   ///< whoever holds the card (or core) that was hit is interrupted; the node goes on
};
DESCRIBE_ENUM(Takes, node, job)

/// One kind of fault. Every node that is in use fails at any moment with the same chance, whether a job runs there or
/// not (lemons apart), so the time to the next fault is exponential.
struct FaultCategory {
  std::string name;  ///< the kind of its incidents
  std::int64_t per_million_node_days = 0;
  Takes takes = Takes::node;
  Repair repair;            ///< of a node that was taken
  std::int32_t silent = 0;  ///< thousandths that nobody notices until the job's hang time-out
  friend bool operator==(const FaultCategory&, const FaultCategory&) = default;
};

/// A few nodes that cause more than their share of the faults of every category, and go on doing so when repaired.
struct Lemons {
  std::int32_t nodes = 0;   ///< thousandths of all nodes; at least one node
  std::int32_t faults = 0;  ///< thousandths of all faults of nodes
  friend bool operator==(const Lemons&, const Lemons&) = default;
};

/// A leaf switch fails and takes all of its nodes.
struct SwitchEvents {
  std::int64_t per_million_switch_days = 0;
  Repair repair;
  friend bool operator==(const SwitchEvents&, const SwitchEvents&) = default;
};

enum class PowerTakes : std::uint8_t {
  spine,   ///< the nodes of all leaf switches below one spine switch: a row
  centre,  ///< every node
};
DESCRIBE_ENUM(PowerTakes, spine, centre)

struct PowerEvents {
  std::int64_t per_thousand_years = 0;  ///< of the whole centre
  PowerTakes takes = PowerTakes::spine;
  Repair repair;
  friend bool operator==(const PowerEvents&, const PowerEvents&) = default;
};

/// A node that turns slow, and with it every gang that it is part of, until someone notices and takes it out like a
/// node that failed.
struct Stragglers {
  std::int64_t per_million_node_days = 0;
  std::int32_t factor = 1'000;  ///< thousandths: 1,500 makes an hour's work take an hour and a half
  Duration noticed_after;
  Repair repair;
  friend bool operator==(const Stragglers&, const Stragglers&) = default;
};

/// How quickly the centre finds a fault, and how quickly a job runs again once it has nodes.
struct Response {
  Duration job_detection = seconds(5);    ///< a process that died is seen by its supervisor
  Duration node_detection = seconds(15);  ///< a node that died is seen by its missing heartbeats
  Duration hang_detection = minutes(10);  ///< a silent fault is seen by the want of progress
  Duration restart = seconds(90);         ///< from the grant until an interrupted job computes again
  friend bool operator==(const Response&, const Response&) = default;
};

struct FaultPlan {
  std::string name;  ///< for people
  std::vector<FaultCategory> categories;
  std::optional<Lemons> lemons;
  std::optional<SwitchEvents> switches;
  std::optional<PowerEvents> power;
  std::optional<Stragglers> stragglers;
  Response response;
  friend bool operator==(const FaultPlan&, const FaultPlan&) = default;
};

/// The short form: nodes fail at this rate and are repaired after 24 h on average (exponential).
[[nodiscard]] FaultPlan plain_faults(std::int64_t per_million_node_days);

/// Llama 3 had 419 unexpected interruptions in 54 days on 2,048 nodes (Grattafiori and others, 2024).
inline constexpr std::int64_t llama_3_rate = 3'790;

}  // namespace mingyue::twin
