#pragma once

#include <string>
#include <utility>

#include "base/expected.hpp"

namespace mingyue::host {

/// One daemon per data directory. The lock is the kernel's (flock on DATA/lock), so it ends with its process, however
/// that ends, and a file left behind means nothing. The file holds the owner's process id, for the message to the
/// second.
class DataLock {
 public:
  /// Fault `in-use` names the process that holds it.
  [[nodiscard]] static Expected<DataLock, Fault> take(const std::string& data);

  DataLock(DataLock&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  DataLock& operator=(DataLock&&) = delete;
  ~DataLock();

 private:
  explicit DataLock(int fd) : fd_(fd) {}
  int fd_;
};

/// Makes the directory, for its owner only, with those above it, and makes its name durable. One that exists stays as
/// it is.
[[nodiscard]] Expected<void, Fault> make_data_directory(const std::string& data);

/// Makes the names in a directory durable.
[[nodiscard]] Expected<void, Fault> sync_directory(const std::string& path);

}  // namespace mingyue::host
