#include "host/data_lock.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <string_view>

namespace mingyue::host {
namespace {

Fault errno_fault(const std::string& path, int number, const char* doing) {
  const auto make = [&](const char* code, const char* advice) {
    return Fault{code, fmt::format("{}: {}: {}; {}", path, doing, std::strerror(number), advice)};
  };
  switch (number) {
    case ENOSPC:
    case EDQUOT:
      return make("disk-full", "free space on the disk or raise the quota");
    case EROFS:
      return make("read-only", "mount the file system writable, or name another data directory");
    case EIO:
      return make("io-error", "look at the kernel's log and the disk's health before anything else");
    default:
      return make("cannot-open", "check the path and who may read and write it, or name another data directory");
  }
}

constexpr int tries_max = 300;  // three seconds, on a machine that has much else to do

std::string owner_of(int fd) {
  std::array<char, 32> text{};
  const ssize_t size = ::pread(fd, text.data(), text.size(), 0);
  std::string_view pid(text.data(), size > 0 ? static_cast<std::size_t>(size) : 0);
  pid = pid.substr(0, pid.find_first_not_of("0123456789"));
  return pid.empty() ? "another process" : fmt::format("process {}", pid);
}

}  // namespace

Expected<DataLock, Fault> DataLock::take(const std::string& data) {
  const std::string path = data + "/lock";
  const int fd = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (fd < 0) return std::unexpected(errno_fault(path, errno, "cannot be opened"));
  DataLock lock(fd);
  // A daemon that was killed while it started a process holds its lock a moment longer, in the child that has not yet
  // become another program.
  for (int tries = 0; ::flock(fd, LOCK_EX | LOCK_NB) != 0;) {
    if (errno == EINTR) continue;
    if (errno != EWOULDBLOCK) return std::unexpected(errno_fault(path, errno, "cannot be locked"));
    if (tries++ < tries_max) {
      ::usleep(10'000);
      continue;
    }
    return fault("in-use", fmt::format("{}: {} uses this data directory; stop it first, or name another directory",
                                       data, owner_of(fd)));
  }
  // The process id is a courtesy: on a full disk the lock holds without it.
  const std::string pid = fmt::format("{}\n", ::getpid());
  if (::ftruncate(fd, 0) == 0) (void)!::pwrite(fd, pid.data(), pid.size(), 0);
  return lock;
}

DataLock::~DataLock() {
  if (fd_ >= 0) ::close(fd_);
}

Expected<void, Fault> make_data_directory(const std::string& data) {
  struct stat facts {};
  if (::stat(data.c_str(), &facts) == 0) {
    if (S_ISDIR(facts.st_mode)) return {};
    return fault("cannot-open", fmt::format("{}: is a file; name a directory for the centre's data", data));
  }
  const std::size_t slash = data.find_last_of('/');
  const std::string parent = slash == std::string::npos ? "." : slash == 0 ? "/" : data.substr(0, slash);
  if (slash + 1 == data.size()) return make_data_directory(parent);  // It ended in a slash.
  if (parent != "." && parent != "/") CHECK_OK(make_data_directory(parent));
  if (::mkdir(data.c_str(), 0700) != 0 && errno != EEXIST)
    return std::unexpected(errno_fault(data, errno, "the data directory cannot be made"));
  return sync_directory(parent);
}

Expected<void, Fault> sync_directory(const std::string& path) {
  const int fd = ::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (fd < 0) return std::unexpected(errno_fault(path, errno, "the directory cannot be opened"));
  const int result = ::fsync(fd);
  const int number = errno;
  ::close(fd);
  // Some file systems have nothing to sync in a directory and say so.
  if (result != 0 && number != EINVAL) return std::unexpected(errno_fault(path, number, "cannot be made durable"));
  return {};
}

}  // namespace mingyue::host
