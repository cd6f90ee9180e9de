#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "engines/shim/files.hpp"

namespace mingyue::drivers {

/// What a driver writes to its standard error, in a file that never grows beyond a bound: at half of it the file
/// becomes `PATH.1`, in place of the one before, and a new one begins. A full disk loses lines and stops nothing.
class DriverLog {
 public:
  /// An empty path: nothing is written, the last lines are remembered all the same.
  DriverLog(std::string path, std::int64_t bytes_max);

  void append(std::string_view text);
  /// Another process writes from here on.
  void begin() { tail_.clear(); }
  /// The last lines of the present process on one line, for a message; empty when it wrote nothing.
  [[nodiscard]] std::string last_lines() const;

 private:
  std::string path_;
  std::int64_t bytes_max_;
  engines::Fd file_;
  std::int64_t size_ = 0;
  std::string tail_;
};

}  // namespace mingyue::drivers
