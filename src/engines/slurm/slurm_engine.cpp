#include "engines/slurm/slurm_engine.hpp"

#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <climits>

#include "engines/slurm/slurm_loop.hpp"

namespace mingyue::engines::slurm {
namespace {

std::string step_beside_this_program() {
  char path[PATH_MAX];
  const ssize_t size = ::readlink("/proc/self/exe", path, sizeof path);
  if (size <= 0) return {};
  std::string folder(path, static_cast<std::size_t>(size));
  folder.erase(folder.rfind('/'));
  for (const std::string& candidate : {folder + "/mingyue-slurm-step", folder + "/../libexec/mingyue-slurm-step"})
    if (::access(candidate.c_str(), X_OK) == 0) return candidate;
  return {};
}

Expected<void, Errno> make_folder(const std::string& path, unsigned mode) {
  if (::mkdir(path.c_str(), mode) != 0 && errno != EEXIST) return std::unexpected(Errno{errno});
  if (::chmod(path.c_str(), mode) != 0) return std::unexpected(Errno{errno});
  return {};
}

/// Copies the program to where the nodes see it, under a name of its content: an attempt that runs keeps the one that
/// it began with, whatever is installed meanwhile.
Expected<std::string, std::string> installed(const std::string& step, const std::string& folder) {
  const auto content = read_file(step);
  if (!content) return std::unexpected(fmt::format("\"{}\": {}", step, content.error().text()));
  std::uint64_t digest = 14695981039346656037ULL;
  for (const char c : *content) digest = (digest ^ static_cast<unsigned char>(c)) * 1099511628211ULL;
  std::string path = fmt::format("{}/mingyue-slurm-step-{:016x}", folder, digest);
  if (::access(path.c_str(), X_OK) == 0) return path;
  if (const auto written = write_file_atomically(path, *content, 0755); !written)
    return std::unexpected(fmt::format("\"{}\": {}", path, written.error().text()));
  (void)::chmod(path.c_str(), 0755);
  return path;
}

Expected<std::string, Errno> epoch_of(const std::string& records) {
  const std::string path = records + "/epoch";
  if (const auto text = read_file(path, 64); text && text->size() >= 8) return text->substr(0, text->find('\n'));
  std::string epoch = random_word().substr(0, 8);
  CHECK_OK(write_file_atomically(path, epoch + "\n"));
  return epoch;
}

constexpr int answer_ms = 10'000;

Unexpected<Fault> unreachable(const model::Engine& engine, const std::string& why) {
  return fault("engine-unreachable", fmt::format("engine {}: {}", engine.name, why));
}

}  // namespace

Expected<std::unique_ptr<SlurmEngine>, Fault> SlurmEngine::open(SlurmOptions options, ports::ReportSink& sink) {
  std::string& shared = options.engine.shared;
  const auto bad_root = [&](const std::string& why) {
    return fault("engine-root", fmt::format("engine {}: shared folder \"{}\": {}", options.engine.name, shared, why));
  };
  if (!shared.starts_with('/')) return bad_root("the path must be absolute");
  while (shared.size() > 1 && shared.ends_with('/')) shared.pop_back();
  if (::access(shared.c_str(), W_OK | X_OK) != 0) return bad_root(Errno{errno}.text());
  // Everybody passes through; what is below belongs to one account each, or to us.
  for (const auto& [folder, mode] :
       {std::pair{"", 0755U}, {"/bin", 0755U}, {"/checkpoints", 0755U}, {"/records", 0700U}})
    if (const auto made = make_folder(shared + folder, mode); !made) return bad_root(made.error().text());
  const AttemptFolder records(shared + "/records");
  auto lock = take_lock(records);
  for (int tries = 0; tries < 100 && lock && !*lock; ++tries) {
    ::usleep(10'000);
    lock = take_lock(records);
  }
  if (!lock) return bad_root(lock.error().text());
  if (!*lock) return bad_root("another daemon uses it");

  if (options.step.empty()) options.step = step_beside_this_program();
  if (options.step.empty())
    return fault("no-shim", fmt::format("engine {}: no mingyue-slurm-step beside this program or in ../libexec",
                                        options.engine.name));
  const auto step = installed(options.step, shared + "/bin");
  if (!step) return fault("no-shim", fmt::format("engine {}: {}", options.engine.name, step.error()));
  const auto epoch = epoch_of(shared + "/records");
  if (!epoch) return bad_root(epoch.error().text());
  const Identity identity{options.centre, *epoch};
  auto loop = std::make_unique<Loop>(std::move(options), identity, *step, std::move(*lock), sink);
  if (const auto started = loop->start(); !started) return fault("engine-root", started.error().text());
  return std::unique_ptr<SlurmEngine>(new SlurmEngine(std::move(loop)));
}

SlurmEngine::SlurmEngine(std::unique_ptr<Loop> loop) : loop_(std::move(loop)) {}
SlurmEngine::~SlurmEngine() = default;

void SlurmEngine::launch(const model::LaunchOrder& order) { loop_->post(order); }
void SlurmEngine::signal(model::AttemptId attempt, int signal) { loop_->post(Loop::Signal{attempt, signal}); }
void SlurmEngine::end(model::AttemptId attempt, Duration grace) { loop_->post(Loop::End{attempt, grace}); }
void SlurmEngine::forget(model::AttemptId attempt) { loop_->post(Loop::Forget{attempt}); }
void SlurmEngine::reconcile(const std::vector<model::AttemptId>& standing) { loop_->post(Loop::Reconcile{standing}); }
void SlurmEngine::name_nodes(const std::vector<std::pair<std::string, model::NodeId>>& nodes) {
  loop_->post(Loop::NameNodes{nodes});
}

std::vector<ports::LimitFact> SlurmEngine::limits(const model::Node& /*node*/) const {
  return {{"wall time", true, "the supervisor of each task; Slurm's own limit behind it"},
          {"memory", true, "a look at resident memory, once a second; Slurm's control groups where the site has them"},
          {"process clean-up", true, "the supervisor of each task, and Slurm"},
          {"cores", false, "Slurm's task plugin, if the site has one"},
          {"processes", false, "not limited"},
          {"cards", false, "named by Slurm; hidden where the site constrains devices"},
          {"output size", true, "head and tail of each stream are kept"}};
}

std::string SlurmEngine::attempt_folder(model::AttemptId attempt) const {
  return loop_->options().engine.shared + "/" + model::print(attempt);
}

EngineFacts SlurmEngine::facts() const { return loop_->facts(); }

ports::EngineStatus SlurmEngine::status() const {
  const EngineFacts facts = loop_->facts();
  return {.version = facts.release.empty() ? std::string() : "slurm " + facts.release,
          .speaks = facts.version == 0 ? std::string() : fmt::format("REST v0.0.{}", facts.version),
          .reachable = facts.trouble.empty(),
          .why = facts.trouble,
          .attempts = static_cast<std::int32_t>(facts.waiting + facts.in_slurm + facts.in_pilots),
          .pilots = static_cast<std::int32_t>(facts.pilots)};
}

Expected<model::EngineMachines, Fault> discover(const model::Engine& engine) {
  const CommandResult nodes = run_command(
      engine.commands, {"sinfo", "--noheader", "--Node", "--all", std::string("--format=") + node_format}, answer_ms);
  if (nodes.status != 0) return unreachable(engine, nodes.trouble);
  // A site without switches has no topology, and scontrol says so with an error.
  const CommandResult topology =
      run_command(engine.commands, {"scontrol", "show", "topology", "--oneliner"}, answer_ms);
  return machines_of(read_nodes(nodes.out), read_topology(topology.status == 0 ? topology.out : ""));
}

Expected<std::vector<ForeignUse>, Fault> foreign_use(const model::Engine& engine, const std::string& centre) {
  const CommandResult jobs = run_command(engine.commands,
                                         {"squeue", "--noheader", "--states=running,suspended,completing,configuring",
                                          std::string("--Format=") + holding_format},
                                         answer_ms);
  if (jobs.status != 0) return unreachable(engine, jobs.trouble);
  const CommandResult nodes = run_command(
      engine.commands, {"sinfo", "--noheader", "--Node", "--all", std::string("--format=") + node_format}, answer_ms);
  if (nodes.status != 0) return unreachable(engine, nodes.trouble);
  NodeBook book;
  for (const NodeRow& row : read_nodes(nodes.out)) book.emplace(row.name, row);
  std::vector<ForeignUse> uses;
  for (const HoldingRow& row : read_holdings(jobs.out)) {
    if (of_centre(centre, row.comment)) continue;
    const auto count = static_cast<std::int64_t>(row.nodes.size());
    for (const std::string& name : row.nodes) {
      const auto node = book.find(name);
      const std::int64_t threads = node == book.end() ? 1 : node->second.threads_a_core;
      const auto part = [count](std::int64_t whole) { return (whole + count - 1) / count; };
      uses.push_back({.node = name,
                      .user = row.user,
                      .job = row.id,
                      .cores = CoreCount(static_cast<std::int32_t>((part(row.cpus) + threads - 1) / threads)),
                      .cards = CardCount(static_cast<std::int32_t>(part(row.cards))),
                      .memory = Bytes(part(row.memory_mb) << 20),
                      .until = Instant(row.ends_s * 1000)});
    }
  }
  return uses;
}

}  // namespace mingyue::engines::slurm
