#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/units.hpp"
#include "model/engine.hpp"

/// What Slurm's commands print, read into values. Pure. A line that is not what was asked for is passed over: a command
/// prints a warning now and then, and other people's comments may hold anything.
namespace mingyue::engines::slurm {

/// States of a job, as far as they mean different things to us. Slurm's word is kept beside it.
enum class JobState : std::uint8_t {
  pending,     ///< waits in Slurm's queue
  running,     ///< CONFIGURING, RUNNING, SUSPENDED, STAGE_OUT, ...
  completing,  ///< over, but not all of it is gone yet
  over,        ///< one of the final states
};

/// A job; the components of a heterogeneous one are one row, which is over when all are.
struct JobRow {
  std::int64_t id = 0;  ///< of a heterogeneous one: its first component's
  JobState state = JobState::pending;
  std::string word;   ///< `RUNNING`, `NODE_FAIL`
  std::string nodes;  ///< a host list; empty: none yet
  std::string reason;
  std::string comment;
};

/// What `squeue` is asked to print, to be read by read_jobs().
inline constexpr const char* job_format = "%i|%T|%N|%r|%k";
[[nodiscard]] std::vector<JobRow> read_jobs(std::string_view text);
[[nodiscard]] JobState state_of(std::string_view word);

/// A node in one of its partitions.
struct NodeRow {
  std::string name;
  std::string state;  ///< Slurm's word without its marks: `idle`, `down`, `draining`
  bool responds = true;
  std::string partition;
  std::int32_t cpus = 0;
  std::int32_t threads_a_core = 1;
  std::int64_t memory_mb = 0;
  std::string card_type;  ///< `a100` of gres gpu:a100:8, `npu` of npu:8; empty: none
  std::string card_gres;  ///< what to ask for in a job: `gpu:a100`, `npu`
  std::int32_t cards = 0;
  std::string reason;
};

inline constexpr const char* node_format = "%N|%T|%P|%c|%z|%m|%G|%E";
/// Of several kinds of generic resources, those named `gpu` are the cards; else the first that is one of `card_kinds`.
[[nodiscard]] std::vector<NodeRow> read_nodes(std::string_view text);
inline constexpr std::string_view card_kinds[] = {"gpu", "npu", "dcu", "mlu", "xpu", "hpu", "fpga"};

/// True when new work can be sent there.
[[nodiscard]] bool takes_work(const NodeRow& node);
/// True when what ran there is gone for good.
[[nodiscard]] bool is_down(const NodeRow& node);

/// `scontrol show topology -o`.
struct Topology {
  std::vector<model::EngineSwitch> switches;
  std::map<std::string, std::string, std::less<>> switch_of_node;
};
[[nodiscard]] Topology read_topology(std::string_view text);

/// The end of a job, from `sacct -nPX`.
struct AccountingRow {
  std::int64_t id = 0;
  std::string word;  ///< `COMPLETED`, `CANCELLED by 0`
  std::int64_t cpu_ms = 0;
  std::string comment;
};
inline constexpr const char* accounting_format = "JobIDRaw,State,TotalCPU,Comment";
[[nodiscard]] std::vector<AccountingRow> read_accounting(std::string_view text);

/// What somebody's job holds: `squeue` with `holding_format`.
struct HoldingRow {
  std::int64_t id = 0;
  std::string word;
  std::string user;
  std::string partition;
  std::int64_t cpus = 0;
  std::int64_t memory_mb = 0;
  std::int64_t cards = 0;
  std::vector<std::string> nodes;
  std::int64_t ends_s = 0;  ///< since 1970, as Slurm's clock says; 0: no limit
  std::string comment;
};
inline constexpr const char* holding_format =
    "JobID:|,State:|,UserName:|,Partition:|,tres-alloc:|,NodeList:|,EndTime:|,Comment:|";
[[nodiscard]] std::vector<HoldingRow> read_holdings(std::string_view text);

/// `16000M`, `62.50G`, `0`: in MiB, rounded down; nothing for any other text.
[[nodiscard]] std::optional<std::int64_t> read_memory_mb(std::string_view text);
/// `2-03:04:05`, `04:05.067`: in ms.
[[nodiscard]] std::optional<std::int64_t> read_duration_ms(std::string_view text);
/// `2026-11-27T18:18:54` or seconds since 1970 (SLURM_TIME_FORMAT=%s); nothing for `N/A`, `Unknown`, `NONE`.
[[nodiscard]] std::optional<std::int64_t> read_time_s(std::string_view text);

/// The machines for model::add_engine_nodes(): a node that is in several partitions once. The order is Slurm's.
[[nodiscard]] model::EngineMachines machines_of(const std::vector<NodeRow>& nodes, const Topology& topology);

}  // namespace mingyue::engines::slurm
