#pragma once

#include <sys/types.h>

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "model/attempt.hpp"

/// Reading what a program says about its progress (docs/formats/job.md). The file belongs to the program: anything may
/// be in it.
namespace mingyue::engines {

/// One line: a JSON object with `step` and perhaps `of`, or `checkpoint` and perhaps `step` and `took_s`. Other members
/// are allowed and passed over. Nothing for any other text.
[[nodiscard]] std::optional<model::Progress> parse_progress(std::string_view line);

/// Follows the file as it grows.
class ProgressTail {
 public:
  explicit ProgressTail(std::string path) : path_(std::move(path)) {}
  /// Of a file that another account may write: it must be theirs (open_of_owner()).
  ProgressTail(std::string path, uid_t owner) : path_(std::move(path)), owner_(owner) {}

  /// Reads what is new, a bounded amount; true when there is more to read at once. A last line without its end is kept
  /// for the next time, or taken as it is when `at_end`.
  bool read(const std::function<void(model::Progress)>& progressed, bool at_end = false);

  [[nodiscard]] std::int64_t last_step() const { return last_step_; }
  [[nodiscard]] std::int64_t unreadable() const { return unreadable_; }  ///< lines that could not be read

 private:
  void take(std::string_view line, const std::function<void(model::Progress)>& progressed);

  std::string path_;
  std::optional<uid_t> owner_;
  std::int64_t offset_ = 0;
  std::string rest_;
  bool skipping_ = false;  ///< inside a line that is too long
  std::int64_t last_step_ = -1;
  std::int64_t unreadable_ = 0;
};

}  // namespace mingyue::engines
