#include "engines/slurm/identity.hpp"

#include <fcntl.h>
#include <pwd.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>

namespace mingyue::engines::slurm {

std::string comment_of(const Identity& identity, std::string_view what) {
  return "mingyue:" + identity.centre + ":" + identity.epoch + ":" + std::string(what);
}

std::optional<std::string_view> ours(const Identity& identity, std::string_view comment) {
  const std::string head = comment_of(identity, "");
  if (!comment.starts_with(head)) return std::nullopt;
  return comment.substr(head.size());
}

bool of_centre(std::string_view centre, std::string_view comment) {
  const std::string head = "mingyue:" + std::string(centre) + ":";
  return comment.starts_with(head);
}

std::optional<model::AttemptId> attempt_named(std::string_view name) {
  const std::size_t dot = name.find('.');
  if (dot == std::string_view::npos) return std::nullopt;
  const std::int64_t job = parse_count(name.substr(0, dot));
  const std::int64_t number = parse_count(name.substr(dot + 1));
  if (job <= 0 || number <= 0 || number > INT32_MAX) return std::nullopt;
  const model::AttemptId id{model::JobId(static_cast<std::uint64_t>(job)), static_cast<std::int32_t>(number)};
  if (model::print(id) != name) return std::nullopt;
  return id;
}

Expected<Account, std::string> find_account(const std::string& name) {
  std::string buffer(16384, '\0');
  passwd entry{};
  passwd* found = nullptr;
  if (::getpwnam_r(name.c_str(), &entry, buffer.data(), buffer.size(), &found) != 0 || found == nullptr)
    return std::unexpected("there is no Unix account \"" + name +
                           "\" here; make it on this machine and on the nodes, or name another with `account:` in the "
                           "centre's file");
  Account account{name, entry.pw_uid, entry.pw_gid, entry.pw_dir};
  if (account.uid == 0)
    return std::unexpected("account \"" + name +
                           "\" is root's, as which no job runs; name another with `account:` in the centre's file");
  if (::geteuid() != 0 && account.uid != ::geteuid())
    return std::unexpected("the centre does not run as root, so it cannot hand a folder to account \"" + name +
                           "\"; run `mingyue serve` as root");
  return account;
}

DaemonDefaults defaults_of(const Account& account, const std::string& path) {
  const char* language = std::getenv("LANG");
  return {.path = path,
          .home = account.home,
          .user = account.name,
          .temporary = "/tmp",
          .language = language == nullptr ? "" : language};
}

Expected<void, Errno> make_folder_of(const std::string& path, const Account& account) {
  if (::mkdir(path.c_str(), 0700) != 0 && errno != EEXIST) return std::unexpected(Errno{errno});
  const auto folder = open_file(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW);
  if (!folder) return std::unexpected(folder.error());
  struct stat status {};
  if (::fstat(folder->get(), &status) != 0) return std::unexpected(Errno{errno});
  if (status.st_uid == account.uid) return {};
  if (status.st_uid != ::geteuid()) return std::unexpected(Errno{EPERM});  // somebody else's, and stays theirs
  if (::fchown(folder->get(), account.uid, account.gid) != 0) return std::unexpected(Errno{errno});
  return {};
}

Expected<void, Errno> write_file_of(const std::string& path, std::string_view data, const Account& account) {
  TRY(file, open_file(path, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW));
  CHECK_OK(write_all(file.get(), data));
  if (::fchown(file.get(), account.uid, account.gid) != 0) return std::unexpected(Errno{errno});
  return {};
}

std::string random_word() {
  unsigned char bytes[16]{};
  for (std::size_t have = 0; have < sizeof bytes;) {
    const ssize_t n = ::getrandom(bytes + have, sizeof bytes - have, 0);
    if (n > 0) have += static_cast<std::size_t>(n);
  }
  std::string text;
  for (const unsigned char byte : bytes) {
    text += "0123456789abcdef"[byte >> 4U];
    text += "0123456789abcdef"[byte & 15U];
  }
  return text;
}

}  // namespace mingyue::engines::slurm
