#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/expected.hpp"
#include "engines/shim/files.hpp"
#include "model/attempt.hpp"

/// What the engine keeps of an attempt, from before it is first asked for until it is forgotten. It lies in a folder of
/// the engine's own, where no account can change it.
namespace mingyue::engines::slurm {

struct Record {
  std::string account;
  std::uint32_t uid = 0;
  std::int32_t tasks = 1;
  std::int64_t asked_at_ms = 0;  ///< when Slurm was first asked for it, or a pilot; 0: not yet
  std::int64_t job = 0;          ///< Slurm's number; 0: not known
  std::int64_t pilot = 0;        ///< it was given to this one; 0: it is a job of its own
  std::int64_t hang_after_ms = 0;
  bool guest = false;
  bool asked_to_end = false;
  std::optional<model::AttemptEnd> end;  ///< as it was reported
  friend bool operator==(const Record&, const Record&) = default;
};

[[nodiscard]] std::string print(const Record& record);
/// Nothing where the text is not a record's.
[[nodiscard]] std::optional<Record> parse_record(std::string_view text);

/// The folder of records.
class Records {
 public:
  explicit Records(std::string folder) : folder_(std::move(folder)) {}
  [[nodiscard]] Expected<void, Errno> write(model::AttemptId attempt, const Record& record) const;
  [[nodiscard]] std::optional<Record> read(model::AttemptId attempt) const;
  void remove(model::AttemptId attempt) const;
  [[nodiscard]] std::vector<model::AttemptId> all() const;

 private:
  [[nodiscard]] std::string path(model::AttemptId attempt) const { return folder_ + "/" + model::print(attempt); }
  std::string folder_;
};

}  // namespace mingyue::engines::slurm
