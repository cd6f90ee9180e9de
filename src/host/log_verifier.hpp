#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "base/expected.hpp"
#include "ports/log_store.hpp"

namespace mingyue::host {

/// What a look at a whole log found. Nothing is changed.
struct Verification {
  struct Bad {
    std::uint64_t seq = 0;
    std::string why;
  };
  struct Gap {
    std::uint64_t first = 0;  ///< missing records, both included
    std::uint64_t last = 0;
  };
  struct Backwards {
    std::uint64_t seq = 0;  ///< earlier than the record before it ...
    Duration by;            ///< ... by so much
  };

  std::uint64_t records = 0;  ///< that were read
  ports::Head head;           ///< the last of them
  std::optional<Bad> first_bad;
  std::uint64_t bad = 0;                     ///< records that do not follow from the one before them, gaps included
  std::vector<Gap> gaps;                     ///< the first hundred
  std::vector<Backwards> backwards;          ///< the first hundred; a centre's log never does, but its chain may hold
  std::vector<std::uint64_t> snapshots_bad;  ///< their bytes, or the record that they name, are not as they say
  std::uint64_t snapshots = 0;
  std::string structure;  ///< what SQLite finds wrong with the file itself; empty: nothing, or not asked

  /// Everything that must hold, holds.
  [[nodiscard]] bool sound() const {
    return !first_bad && backwards.empty() && snapshots_bad.empty() && structure.empty();
  }
};

struct VerifyOptions {
  std::uint64_t from = 1;
  bool structure = true;  ///< also have SQLite check its pages; reads the whole file once more
  std::function<void(std::uint64_t done, std::uint64_t of)> progress;  ///< every few thousand records; may be empty
};

/// Reads the log of a data directory from a record on and checks all that can be checked without knowing what events
/// mean. May run beside the daemon; verifies up to the head as of its start, in short reads that hold up nobody.
/// The fault is that the log cannot be read at all.
[[nodiscard]] Expected<Verification, Fault> verify_log(const std::string& data, const VerifyOptions& options = {});

}  // namespace mingyue::host
