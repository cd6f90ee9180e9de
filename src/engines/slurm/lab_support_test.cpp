#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <iostream>

#include "engines/slurm/commands.hpp"
#include "engines/slurm/lab_testing.hpp"
#include "engines/slurm/record.hpp"
#include "engines/slurm/tables.hpp"

namespace mingyue::engines::slurm {
namespace {

std::string& reason() {
  static std::string why;
  return why;
}

/// A network that this machine has no address in.
std::string free_network() {
  const std::string taken = run_command("", {"ip", "-o", "addr"}, 10'000).out;
  for (int i = 0; i < 200; ++i) {
    const std::string net = "10.214." + std::to_string((::getpid() + i) % 250);
    if (taken.find(" " + net + ".") == std::string::npos) return net;
  }
  return "10.214.251";
}

std::string shell(const std::string& command) {
  std::string text;
  FILE* pipe = ::popen(command.c_str(), "r");
  if (pipe == nullptr) return text;
  char chunk[4096];
  while (const std::size_t n = ::fread(chunk, 1, sizeof chunk, pipe)) text.append(chunk, n);
  ::pclose(pipe);
  return text;
}

class TakesTheLabDown : public ::testing::Environment {
 public:
  void TearDown() override { delete lab; }
  Lab* lab = nullptr;
};

}  // namespace

const std::string& Lab::why_not() { return reason(); }

Lab* Lab::get() {
  static const auto get_once = []() -> Lab* {
    if (::geteuid() != 0) {
      reason() = "a real Slurm needs root for its namespaces";
      return nullptr;
    }
    if (::access("/usr/sbin/slurmctld", X_OK) != 0) {
      reason() = "slurmctld is not installed (packages/cluster.txt)";
      return nullptr;
    }
    auto lab = std::unique_ptr<Lab>(new Lab);
    if (!lab->up()) {
      reason() = "the cluster did not come up: " + lab->ask(std::string(MINGYUE_SLURM_LAB) + " status 2>&1");
      return nullptr;
    }
    auto* down = new TakesTheLabDown;
    down->lab = lab.release();
    ::testing::AddGlobalTestEnvironment(down);
    return down->lab;
  };
  static Lab* const lab = get_once();
  return lab;
}

bool Lab::up() {
  std::string pattern = "/tmp/mingyue-lab-XXXXXX";
  dir_ = ::mkdtemp(pattern.data());
  ::chmod(dir_.c_str(), 0755);
  net_ = free_network();
  const std::string pipe = dir_ + ".alive";
  ::mkfifo(pipe.c_str(), 0600);
  alive_ = ::open(pipe.c_str(), O_RDWR | O_CLOEXEC);
  ::setenv("SLURM_LAB_DIR", dir_.c_str(), 1);
  ::setenv("SLURM_LAB_NET", net_.c_str(), 1);
  ::setenv("SLURM_LAB_WHILE", pipe.c_str(), 1);
  ::setenv("SLURM_LAB_NODE_TIMEOUT", "5", 1);
  ::setenv("SLURM_LAB_TIMEOUT", "240", 1);
  ::setenv("SLURM_CONF", (dir_ + "/etc/slurm.conf").c_str(), 1);
  return verb("up 4");
}

Lab::~Lab() {
  verb("down");
  ::close(alive_);
  std::filesystem::remove_all(dir_);
  std::filesystem::remove(dir_ + ".alive");
}

bool Lab::verb(const std::string& words) {
  if (words == "daemon-kill slurmctld") controller_was_killed_ = true;
  return std::system((std::string(MINGYUE_SLURM_LAB) + " " + words + " >>" + dir_ + ".log 2>&1").c_str()) == 0;
}

void Lab::settle() {
  controller_was_killed_ = false;
  // slurmd starts nothing under a number that was running a moment ago. What was skipped last time was forgotten too.
  constexpr std::int64_t jobs_of_a_test = 6;
  const std::int64_t target = highest_number_ + jobs_of_a_test;
  for (std::int64_t skipped = 0; skipped < jobs_of_a_test || highest_number_ < target; ++skipped) {
    const std::string number =
        ask("cd /tmp && sbatch --parsable --hold --job-name=skipped --output=/dev/null --wrap true");
    if (number.empty()) break;
    highest_number_ = std::max<std::int64_t>(highest_number_, std::atoll(number.c_str()));
  }
  (void)ask("scancel --name=skipped");
  const std::string machine = std::string(MINGYUE_SLURM_LAB) + " exec node";
  for (int node = 1; node <= 4; ++node) {
    const std::string on_node = machine + std::to_string(node);
    const auto left = [&] { return !ask(on_node + " pgrep -f 'slurmstepd: .[0-9]'").empty(); };
    if (!testing::eventually([&] { return !left(); }, 20'000)) (void)ask(on_node + " pkill -9 -f 'slurmstepd: .[0-9]'");
    const std::string name = "node" + std::to_string(node);
    if (ask("sinfo -h -N -n " + name + " -o %T").starts_with("drain"))
      (void)ask("scontrol update nodename=" + name + " state=resume");
  }
}

std::string Lab::ask(const std::string& command) const { return shell(command); }

model::Engine Lab::engine(const std::string& shared) const {
  return {.name = "lab",
          .kind = model::EngineKind::slurm,
          .rest = "http://" + net_ + ".1:6820",
          .token_file = {},
          .key_file = dir_ + "/etc/jwt_hs256.key",
          .admin = "root",
          .commands = {},
          .shared = shared,
          .poll = milliseconds(500)};
}

void LabTest::SetUp() {
  lab_ = Lab::get();
  if (lab_ == nullptr) GTEST_SKIP() << Lab::why_not();
  std::string pattern = "/tmp/mingyue-slurm-XXXXXX";
  base_ = ::mkdtemp(pattern.data());
  ::chmod(base_.c_str(), 0755);
  options_.engine = lab_->engine(base_);
  options_.centre = "test";
  options_.partitions = {"batch"};
  options_.step = MINGYUE_SLURM_STEP;
  options_.term_grace = seconds(2);
  options_.pilots.use = false;
}

void LabTest::TearDown() {
  engine_.reset();
  if (lab_ == nullptr) return;
  // Whatever a test did, an engine that is asked for nothing ends all that is left.
  const auto left = [this] {
    int count = 0;
    for (const JobRow& row : read_jobs(lab_->ask(std::string("squeue -h -t all -o '") + job_format + "'")))
      if (row.state != JobState::over && row.comment.starts_with("mingyue:test:")) ++count;
    return count;
  };
  if (left() > 0) {
    open().reconcile({});
    EXPECT_TRUE(testing::eventually([&] { return left() == 0; }, 60'000)) << "jobs were left in Slurm";
    engine_.reset();
  }
  if (HasFailure())
    std::cout
        << "slurmctld and slurmd say\n"
        << lab_->ask(
               "tail -n 60 $SLURM_LAB_DIR/log/slurm/slurmctld.log; tail -n 20 $SLURM_LAB_DIR/log/slurmd.node1.log");
  if (lab_->controller_was_killed()) lab_->settle();
  if (!HasFailure()) std::filesystem::remove_all(base_);
}

SlurmEngine& LabTest::open() {
  engine_.reset();
  auto opened = SlurmEngine::open(options_, *sink_);
  if (!opened) throw std::runtime_error(opened.error().message);
  engine_ = std::move(*opened);
  std::vector<std::pair<std::string, model::NodeId>> names;
  for (std::uint32_t i = 1; i <= 4; ++i) names.emplace_back("node" + std::to_string(i), model::NodeId(i));
  engine_->name_nodes(names);
  return *engine_;
}

void LabTest::restart(const std::vector<model::AttemptId>& standing) {
  engine_.reset();
  sink_ = std::make_unique<testing::RecordingSink>();
  open().reconcile(standing);
}

testing::OrderBuilder LabTest::order(std::uint64_t job, const std::string& node) { return gang(job, {node}); }

testing::OrderBuilder LabTest::gang(std::uint64_t job, const std::vector<std::string>& nodes) {
  testing::OrderBuilder builder(job);
  builder.tasks(static_cast<int>(nodes.size()));
  for (std::size_t i = 0; i < nodes.size(); ++i) {
    model::TaskOrder& task = builder->tasks[i];
    task.node_name = nodes[i];
    task.node_is_virtual = false;
    task.lease.cores = {0};
    task.lease.memory = Bytes(64LL << 20);
  }
  builder->user = "alice";
  builder->account = "nobody";
  builder->engine = "lab";
  builder->engine_partition = "batch";
  builder->wall = minutes(5);
  return builder;
}

model::AttemptEnd LabTest::run(const model::LaunchOrder& order) {
  engine().launch(order);
  return end_of(order.attempt);
}

model::AttemptEnd LabTest::end_of(model::AttemptId id, int deadline_ms) {
  const auto ended = sink_->wait<ports::Ended>(id, deadline_ms);
  EXPECT_TRUE(ended) << "attempt " << model::print(id) << " has not ended; Slurm says\n"
                     << lab_->ask("squeue -t all -o '%A %T %N %r %k'; scontrol show node | grep -E 'NodeName|State='");
  return ended ? ended->end : model::AttemptEnd{.cause = model::EndCause::lost, .message = "NOT ENDED"};
}

bool LabTest::launched(model::AttemptId id) { return sink_->wait<ports::Launched>(id, 60'000).has_value(); }

std::string LabTest::output(model::AttemptId id, std::int32_t task) {
  const OutputReader reader(folder(id), task, OutputStream::out);
  return reader.read(0, 1 << 20).bytes;
}

std::int64_t LabTest::job_of(model::AttemptId id) const {
  const auto record = Records(base_ + "/records").read(id);
  return record ? record->job : 0;
}

bool LabTest::node_seen(std::uint32_t node, bool reachable, int deadline_ms) {
  return testing::eventually(
      [&] {
        const auto last = sink_->last_node(model::NodeId(node));
        return last && *last == reachable;
      },
      deadline_ms);
}

}  // namespace mingyue::engines::slurm
