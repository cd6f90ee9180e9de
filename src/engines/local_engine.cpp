#include "engines/local_engine.hpp"

#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <climits>

#include "engines/local_loop.hpp"
#include "engines/machine_limits.hpp"

namespace mingyue::engines {
namespace {

std::string shim_beside_this_program() {
  char path[PATH_MAX];
  const ssize_t size = ::readlink("/proc/self/exe", path, sizeof path);
  if (size <= 0) return {};
  std::string folder(path, static_cast<std::size_t>(size));
  folder.erase(folder.rfind('/'));
  for (const std::string& candidate : {folder + "/mingyue-shim", folder + "/../libexec/mingyue-shim"})
    if (::access(candidate.c_str(), X_OK) == 0) return candidate;
  return {};
}

Expected<void, Errno> make_folders(const std::string& path) {
  for (std::size_t at = path.find('/', 1);; at = path.find('/', at + 1)) {
    const std::string folder = path.substr(0, at);
    if (::mkdir(folder.c_str(), 0700) != 0 && errno != EEXIST) return std::unexpected(Errno{errno});
    if (at == std::string::npos) return {};
  }
}

/// Two engines on one machine have different roots, hence different tags.
std::string tag_of(const std::string& root) {
  struct stat status {};
  (void)::stat(root.c_str(), &status);
  return fmt::format("mingyue-{:x}-{:x}", status.st_dev, status.st_ino);
}

}  // namespace

Expected<std::unique_ptr<LocalEngine>, Fault> LocalEngine::open(EngineOptions options, ports::ReportSink& sink) {
  const auto bad_root = [&](const std::string& why) {
    return fault("engine-root", fmt::format("local engine: folder \"{}\": {}", options.root, why));
  };
  if (!options.root.starts_with('/')) return bad_root("the path must be absolute");
  while (options.root.size() > 1 && options.root.ends_with('/')) options.root.pop_back();
  if (const auto made = make_folders(options.root + "/checkpoints"); !made) return bad_root(made.error().text());
  // A daemon that was killed while it started a shim holds its lock a moment longer, in the process that is to be the
  // shim.
  auto lock = take_lock(AttemptFolder(options.root));
  for (int tries = 0; tries < 300 && lock && !*lock; ++tries) {
    ::usleep(10'000);
    lock = take_lock(AttemptFolder(options.root));
  }
  if (!lock) return bad_root(lock.error().text());
  if (!*lock) return bad_root("another daemon uses it");

  if (options.shim.empty()) options.shim = shim_beside_this_program();
  if (options.shim.empty() || ::access(options.shim.c_str(), X_OK) != 0)
    return fault("no-shim", options.shim.empty()
                                ? "local engine: no mingyue-shim beside this program or in ../libexec"
                                : fmt::format("local engine: \"{}\": {}", options.shim, Errno{errno}.text()));

  Machine machine{.groups = {},
                  .cores = CoreMap::of_this_machine(),
                  .defaults = defaults_of_this_process(),
                  .tag = tag_of(options.root)};
  if (options.groups == UseGroups::when_they_work) {
    const auto mounts = read_file("/proc/self/mountinfo");
    const auto memberships = read_file("/proc/self/cgroup");
    if (mounts && memberships)
      machine.groups = tried_groups(mounted_groups(*mounts, *memberships), options.shim, machine.tag + "-trial");
  }
  auto loop = std::make_unique<Loop>(std::move(options), std::move(machine), std::move(*lock), sink);
  if (const auto started = loop->start(); !started)
    return fault("engine-root", "local engine: " + started.error().text());
  return std::unique_ptr<LocalEngine>(new LocalEngine(std::move(loop)));
}

LocalEngine::LocalEngine(std::unique_ptr<Loop> loop) : loop_(std::move(loop)) {}
LocalEngine::~LocalEngine() = default;

void LocalEngine::launch(const model::LaunchOrder& order) { loop_->post(order); }
void LocalEngine::signal(model::AttemptId attempt, int signal) { loop_->post(Loop::Signal{attempt, signal}); }
void LocalEngine::end(model::AttemptId attempt, Duration grace) { loop_->post(Loop::End{attempt, grace}); }
void LocalEngine::forget(model::AttemptId attempt) { loop_->post(Loop::Forget{attempt}); }
void LocalEngine::reconcile(const std::vector<model::AttemptId>& standing) { loop_->post(Loop::Reconcile{standing}); }

std::vector<ports::LimitFact> LocalEngine::limits(const model::Node& node) const {
  return machine_limits(loop_->options(), loop_->machine(), node);
}

std::string LocalEngine::attempt_folder(model::AttemptId attempt) const {
  return loop_->options().root + "/" + model::print(attempt);
}

CoreCount LocalEngine::cores() const { return CoreCount(static_cast<std::int32_t>(loop_->machine().cores.size())); }

}  // namespace mingyue::engines
