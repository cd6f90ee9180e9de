#include "engines/attempt_reading.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <iterator>

namespace mingyue::engines {
namespace {

struct NamedCause {
  std::string_view name;
  model::EndCause cause;
};

}  // namespace

model::EndCause cause_named(std::string_view word) {
  using enum model::EndCause;
  static constexpr NamedCause causes[] = {{"exited", exited}, {"signalled", signalled},
                                          {"memory", memory}, {"wall", wall},
                                          {"ended", ended},   {"launch_failed", launch_failed}};
  const auto* const found = std::ranges::find(causes, word, &NamedCause::name);
  return found == std::end(causes) ? lost : found->cause;
}

std::uint64_t voice_of(const AttemptFolder& folder) {
  std::uint64_t digest = 0;
  const auto mix = [&digest](std::uint64_t word) { digest += (word ^ word >> 29U) * 0x9e3779b97f4a7c15ULL; };
  struct stat status {};
  if (::stat(folder.progress().c_str(), &status) == 0) mix(static_cast<std::uint64_t>(status.st_size) + 1);
  DIR* dir = ::opendir(folder.output().c_str());
  if (dir == nullptr) return digest;
  while (const dirent* entry = ::readdir(dir))
    if (entry->d_name[0] != '.' && ::fstatat(::dirfd(dir), entry->d_name, &status, 0) == 0)
      mix((static_cast<std::uint64_t>(status.st_ino) << 40U) + static_cast<std::uint64_t>(status.st_size) + 7);
  ::closedir(dir);
  return digest;
}

Expected<Fd, Errno> open_of_owner(const std::string& path, uid_t owner) {
  TRY(file, open_file(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY));
  struct stat status {};
  if (::fstat(file.get(), &status) != 0) return std::unexpected(Errno{errno});
  if (!S_ISREG(status.st_mode) || status.st_uid != owner) return std::unexpected(Errno{EPERM});
  return file;
}

Expected<std::string, Errno> read_of_owner(const std::string& path, uid_t owner, std::size_t max) {
  TRY(file, open_of_owner(path, owner));
  std::string text;
  char chunk[16384];
  while (text.size() < max) {
    const ssize_t n = ::read(file.get(), chunk, std::min(sizeof chunk, max - text.size()));
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return std::unexpected(Errno{errno});
    if (n == 0) break;
    text.append(chunk, static_cast<std::size_t>(n));
  }
  return text;
}

}  // namespace mingyue::engines
