#include "engines/attempt_disk.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "engines/environment.hpp"
#include "engines/shim/groups.hpp"
#include "engines/shim/order.hpp"
#include "engines/shim/process_tree.hpp"

namespace mingyue::engines {

Standing standing_of(const AttemptFolder& folder) {
  // A shim locks, then claims, then writes the end, and only then lets go of the lock. We look in that order too, first
  // the claim: a claim that we saw was made under the lock, so a lock that is free after it was let go, and an end that
  // is not there after that will never be.
  const bool claimed = exists(folder.started());
  const bool locked = is_locked(folder);
  if (exists(folder.end())) return Standing::ended;
  if (!claimed) return locked ? Standing::beginning : Standing::never_began;
  if (locked) return Standing::running;
  return exists(folder.order()) ? Standing::lost : Standing::forgotten;
}

Expected<bool, Errno> give_up(const AttemptFolder& folder, const EndRecord& end) {
  if (::mkdir(folder.path().c_str(), 0700) != 0 && errno != EEXIST) return std::unexpected(Errno{errno});
  TRY(ours, claim(folder, Claim{}));
  if (!ours) return false;
  ::mkdir(folder.output().c_str(), 0700);
  (void)open_file(folder.output() + "/complete", O_WRONLY | O_CREAT);
  // An order, so that the end is reported again until it is forgotten, even if there never was one.
  if (!exists(folder.order())) (void)write_file_atomically(folder.order(), "");
  CHECK_OK(write_end(folder, end));
  return true;
}

bool clear_leftovers(const AttemptFolder& folder) {
  const auto left = read_claim(folder);
  const bool before_boot = left && left->pid != 0 && left->boot != claim_of_this_process().boot;
  const auto bytes = read_file(folder.order());
  const auto order = bytes ? decode_order(*bytes) : std::nullopt;
  if (before_boot || !order) return true;
  const int found = kill_marked(attempt_marks(order->attempt, folder.progress()));
  return clear_groups(order->groups) && found == 0;
}

void forget_files(const AttemptFolder& folder) {
  if (DIR* scripts = ::opendir(folder.scripts().c_str())) {
    while (const dirent* entry = ::readdir(scripts)) ::unlinkat(::dirfd(scripts), entry->d_name, 0);
    ::closedir(scripts);
    ::rmdir(folder.scripts().c_str());
  }
  // The order goes last: while it is there, a restarted engine knows that this was not finished.
  for (const std::string& file : {folder.end() + ".new", folder.launched(), folder.progress(), folder.terminal(),
                                  folder.lock(), folder.end(), folder.order() + ".new", folder.order()})
    ::unlink(file.c_str());
}

std::int64_t boot_instant_ms() {
  const std::int64_t seconds = read_keyed_number("/proc/stat", "btime");
  return seconds < 0 ? 0 : seconds * 1000;
}

}  // namespace mingyue::engines
