#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "base/expected.hpp"
#include "ports/log_store.hpp"

namespace mingyue::host {

struct LogCut {
  ports::Head head;            ///< where the log ends now
  std::uint64_t given_up = 0;  ///< records that are no longer in it (by number, also where they were missing already)
  std::string kept_aside;      ///< the file as it was
};

/// An operator gives up record `at` and all after it, because the log is damaged there and no backup has them.
///
/// A new database is written with the records before `at` and the snapshots that belong to them; then it takes the
/// place of the old one, which is kept aside, whole, as DATA/cut-AT-TIME.db: what was cut can still be read, and
/// nothing is destroyed. Needs room for the log a second time. The read tables are then stale until the next start
/// rebuilds them.
///
/// Faults: `in-use` while a daemon runs; `bad-cut` when `at` is not in 1..end; `corrupt-log` when a record before `at`
/// is damaged as well: cut there.
[[nodiscard]] Expected<LogCut, Fault> cut_log(
    const std::string& data, std::uint64_t at,
    const std::function<void(std::uint64_t done, std::uint64_t of)>& progress = {});

}  // namespace mingyue::host
