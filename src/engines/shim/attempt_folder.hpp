#pragma once

#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/expected.hpp"
#include "engines/shim/files.hpp"

/// The folder of an attempt is the whole truth about it: the engine and its supervisor (the shim) share nothing else.
///
///     order      what to run; written by the engine before it starts a shim; removed last by forget()
///     lock       locked for as long as a shim is alive
///     started    the claim: whoever creates it is the one shim of this attempt (or the engine, giving it up for ever)
///     launched   all tasks run
///     end        how it ended; appears in one step, when nothing of the attempt is left
///
/// From these everyone reads the same state: `end` exists: it ended. Else the lock is held: it runs. Else `started`
/// exists: its supervisor died, it is lost. Else it never began. (docs/engines/local.md gives the argument.)
namespace mingyue::engines {

class AttemptFolder {
 public:
  explicit AttemptFolder(std::string path) : path_(std::move(path)) {}
  [[nodiscard]] const std::string& path() const { return path_; }
  [[nodiscard]] std::string order() const { return path_ + "/order"; }
  [[nodiscard]] std::string lock() const { return path_ + "/lock"; }
  [[nodiscard]] std::string started() const { return path_ + "/started"; }
  [[nodiscard]] std::string launched() const { return path_ + "/launched"; }
  [[nodiscard]] std::string end() const { return path_ + "/end"; }
  [[nodiscard]] std::string progress() const { return path_ + "/progress"; }
  [[nodiscard]] std::string terminal() const { return path_ + "/terminal"; }
  [[nodiscard]] std::string scripts() const { return path_ + "/scripts"; }
  [[nodiscard]] std::string work() const { return path_ + "/work"; }
  [[nodiscard]] std::string output() const { return path_ + "/output"; }

 private:
  std::string path_;
};

/// Who holds a claim: enough to tell the process from a later one with the same number.
struct Claim {
  pid_t pid = 0;                 ///< 0: the engine gave the attempt up, no shim may start it
  std::uint64_t start_time = 0;  ///< field 22 of /proc/PID/stat
  std::string boot;              ///< the kernel's boot id
};

/// Creates `started`. False when it exists already. Atomic with its content: a reader never sees half a claim.
[[nodiscard]] Expected<bool, Errno> claim(const AttemptFolder& folder, const Claim& claim);
[[nodiscard]] std::optional<Claim> read_claim(const AttemptFolder& folder);
[[nodiscard]] Claim claim_of_this_process();

/// The start time of a process, or 0 when there is none.
[[nodiscard]] std::uint64_t process_start_time(pid_t pid);

/// Takes the shim's lock; the lock lasts as long as the descriptor. Empty when another shim holds it.
[[nodiscard]] Expected<Fd, Errno> take_lock(const AttemptFolder& folder);
/// True while a shim is alive. Looks without taking, so it never stands in the way of a shim that starts.
[[nodiscard]] bool is_locked(const AttemptFolder& folder);

/// How an attempt ended, as the shim saw it. The same words as model::EndCause, without needing the model here.
struct EndRecord {
  std::string cause = "lost";
  std::int32_t exit_code = 0;
  std::int32_t signal = 0;
  std::int32_t task = 0;
  std::int64_t cpu_ms = 0;
  std::int64_t memory_peak = 0;
  std::string message;
  friend bool operator==(const EndRecord&, const EndRecord&) = default;
};

/// Keeps a block on the disk for the end record, so that a disk that fills up later cannot keep an attempt from ending.
void reserve_end(const AttemptFolder& folder);
[[nodiscard]] Expected<void, Errno> write_end(const AttemptFolder& folder, const EndRecord& record);
[[nodiscard]] std::optional<EndRecord> read_end(const AttemptFolder& folder);
/// What a file `end` says. Fields that are not there keep their defaults.
[[nodiscard]] EndRecord parse_end(std::string_view text);
/// The value behind `KEY ` at the beginning of a line of such a record; empty: there is none.
[[nodiscard]] std::string record_value(std::string_view text, std::string_view key);

}  // namespace mingyue::engines
