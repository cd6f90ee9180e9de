#pragma once

#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/expected.hpp"
#include "engines/environment.hpp"
#include "engines/shim/files.hpp"
#include "model/attempt.hpp"

/// Who we are to Slurm, and as whom an attempt runs.
namespace mingyue::engines::slurm {

/// What the jobs of one centre are known by: their comment, `mingyue:CENTRE:EPOCH:4711.2`. The epoch is drawn when the
/// shared folder is first used, so that a centre that begins anew with the same name, and counts from 1 again, does not
/// take an old job for its own. Slurm's own job ids say nothing: they begin anew when its state is lost.
struct Identity {
  std::string centre;
  std::string epoch;
};
[[nodiscard]] std::string comment_of(const Identity& identity, std::string_view what);
/// What is behind the identity; nothing where the comment is somebody else's.
[[nodiscard]] std::optional<std::string_view> ours(const Identity& identity, std::string_view comment);
/// True for all jobs of centres of this name, whatever their epoch.
[[nodiscard]] bool of_centre(std::string_view centre, std::string_view comment);
[[nodiscard]] std::optional<model::AttemptId> attempt_named(std::string_view name);

/// A Unix account of this machine, which is to be that of the nodes.
struct Account {
  std::string name;
  uid_t uid = 0;
  gid_t gid = 0;
  std::string home;
};
/// The error is a sentence that says what to do. Root is nobody's account, and without root's rights only our own
/// account can be served.
[[nodiscard]] Expected<Account, std::string> find_account(const std::string& name);
[[nodiscard]] DaemonDefaults defaults_of(const Account& account, const std::string& path);

/// Makes the folder, if it is not there, and gives it to the account (mode 0700).
[[nodiscard]] Expected<void, Errno> make_folder_of(const std::string& path, const Account& account);
/// Replaces a file in a folder that still is ours, and gives it to the account.
[[nodiscard]] Expected<void, Errno> write_file_of(const std::string& path, std::string_view data,
                                                  const Account& account);

/// A text that cannot be guessed, of 32 letters.
[[nodiscard]] std::string random_word();

}  // namespace mingyue::engines::slurm
