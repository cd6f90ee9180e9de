// What pilots mean for attempts and for Slurm.

#include <arpa/inet.h>
#include <dirent.h>
#include <fmt/format.h>
#include <netdb.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>

#include "engines/slurm/slurm_loop.hpp"
#include "engines/slurm/step/step_status.hpp"

namespace mingyue::engines::slurm {
namespace {

/// Our address on the way to slurmrestd, which is where the cluster is.
std::string address_towards(const std::string& rest) {
  const std::size_t scheme = rest.find("://");
  if (scheme == std::string::npos) return {};  // a Unix socket leads nowhere
  std::string host = rest.substr(scheme + 3);
  host = host.substr(0, std::min(host.find('/'), host.size()));
  host = host.substr(0, std::min(host.rfind(':'), host.size()));
  addrinfo hints{};
  hints.ai_family = AF_INET;
  hints.ai_socktype = SOCK_DGRAM;
  addrinfo* found = nullptr;
  if (::getaddrinfo(host.c_str(), "6820", &hints, &found) != 0 || found == nullptr) return {};
  // To connect a datagram socket sends nothing; it makes the kernel choose the way.
  const Fd socket(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  sockaddr_in own{};
  socklen_t size = sizeof own;
  const bool known = socket && ::connect(socket.get(), found->ai_addr, found->ai_addrlen) == 0 &&
                     ::getsockname(socket.get(), reinterpret_cast<sockaddr*>(&own), &size) == 0;
  ::freeaddrinfo(found);
  char text[INET_ADDRSTRLEN];
  if (!known || ::inet_ntop(AF_INET, &own.sin_addr, text, sizeof text) == nullptr) return {};
  return text;
}

std::string line(std::string_view key, const std::string& value) { return std::string(key) + " " + value + "\n"; }

}  // namespace

void SlurmEngine::Loop::open_pilots() {
  const std::string reach =
      options_.pilots.reach.empty() ? address_towards(options_.engine.rest) : options_.pilots.reach;
  const std::string kept = options_.engine.shared + "/records/port";
  auto port = static_cast<std::int64_t>(options_.pilots.port);
  if (const auto text = read_file(kept, 64); port == 0 && text)
    port = std::clamp<std::int64_t>(parse_count(text->substr(0, text->find('\n'))), 0, 65535);
  if (reach.empty()) return;  // no pilots: attempts are jobs of their own
  if (!pilots_.open(reach, static_cast<std::uint16_t>(port), wall_clock_s() * 1000)) return;
  (void)write_file_atomically(kept, std::to_string(pilots_.port()) + "\n");
}

void SlurmEngine::Loop::adopt_pilots() {
  DIR* dir = ::opendir((options_.engine.shared + "/records").c_str());
  if (dir == nullptr) return;
  while (const dirent* entry = ::readdir(dir)) {
    const std::string_view name = entry->d_name;
    if (!name.starts_with("pilot-")) continue;
    const std::int64_t number = parse_count(name.substr(6));
    const auto text = read_file(options_.engine.shared + "/records/" + std::string(name), 4096);
    if (number <= 0 || !text || pilots_.knows(number)) continue;
    pilots_.adopt(
        {.number = number,
         .key = {record_value(*text, "account"), record_value(*text, "node"), record_value(*text, "partition")},
         .size = {},
         .secret = record_value(*text, "secret"),
         .address = {}},
        std::strtoll(record_value(*text, "job").c_str(), nullptr, 10));
  }
  ::closedir(dir);
}

bool SlurmEngine::Loop::for_pilots(const model::LaunchOrder& order) const {
  return pilots_.is_open() && !order.guest && order.tasks.size() == 1 && order.wall <= options_.pilots.wall_max &&
         order.tasks.front().lease.cards.empty() && !order.tasks.front().node_name.empty();
}

void SlurmEngine::Loop::offer_to_pilots(Attempt& attempt) {
  const model::TaskOrder& task = attempt.order->tasks.front();
  attempt.phase = Phase::piloted;
  attempt.nodes = task.node_name;
  pilots_.offer(attempt.id, attempt.folder.path(),
                {attempt.record.account, task.node_name, attempt.order->engine_partition},
                {std::max(static_cast<std::int32_t>(task.lease.cores.size()), 1), task.lease.memory.raw() >> 20});
}

bool SlurmEngine::Loop::may_start_pilots() const { return dialect_ != nullptr && steady_ms() >= submit_at_; }

void SlurmEngine::Loop::start_pilot(const PilotPlan& plan) {
  const auto token = tokens_.token(wall_clock_s());
  const std::string record = options_.engine.shared + "/records/pilot-" + std::to_string(plan.number);
  const std::string text = line("account", plan.key.account) + line("node", plan.key.node) +
                           line("partition", plan.key.partition) + line("secret", plan.secret);
  if (dialect_ == nullptr || !token || !write_file_atomically(record, text)) return pilots_.not_started(plan.number);
  const auto node = nodes_.find(plan.key.node);
  const std::int32_t threads = node == nodes_.end() ? 1 : node->second.threads_a_core;
  const std::int64_t limit_ms = options_.pilots.limit.raw() + options_.pilots.wall_max.raw();
  const Submission submission{.name = "mingyue-pilot",
                              .partition = plan.key.partition,
                              .comment = comment_of(identity_, "pilot-" + std::to_string(plan.number)),
                              .script = script_of(step_, "pilot"),
                              .folder = "/",
                              .environment = {{"MINGYUE_PILOT_ADDRESS", plan.address},
                                              {"MINGYUE_PILOT_IDLE_MS", std::to_string(plan.idle_ms)},
                                              {"MINGYUE_PILOT_SECRET", plan.secret},
                                              {"PATH", options_.path}},
                              .components = {{.nodes = {plan.key.node},
                                              .node_count = 1,
                                              .cpus_a_task = plan.size.cores * threads,
                                              .memory_mb_a_node = plan.size.memory_mb}},
                              .limit_min = limit_ms / 60'000 + 2};
  rest_.send({.method = "POST",
              .path = fmt::format("/slurm/v0.0.{}/job/submit", dialect_->version),
              .body = dialect_->submit_body(submission),
              .user = plan.key.account,
              .token = *token},
             [this, record, text, number = plan.number](const RestAnswer& answer) {
               const auto said = answer.answered ? read_answer(answer.body) : std::nullopt;
               if (!said || said->job <= 0) return pilots_.not_started(number);
               (void)write_file_atomically(record, text + line("job", std::to_string(said->job)));
               pilots_.started(number, said->job);
             });
}

void SlurmEngine::Loop::end_pilot(std::int64_t number, std::int64_t job) {
  ::unlink((options_.engine.shared + "/records/pilot-" + std::to_string(number)).c_str());
  cancel(job);
}

bool SlurmEngine::Loop::pilot_takes(model::AttemptId id, std::int64_t number, std::int64_t job) {
  const auto it = attempts_.find(id);
  if (it == attempts_.end() || it->second.phase != Phase::piloted || !it->second.order) return false;
  Attempt& attempt = it->second;
  attempt.record.pilot = number;
  attempt.record.job = job;
  if (const auto ready = prepare(attempt); !ready) {
    conclude(attempt, {.cause = model::EndCause::launch_failed, .message = ready.error()});
    return false;
  }
  attempt.state = JobState::running;
  return true;
}

void SlurmEngine::Loop::pilot_refused(model::AttemptId id) {
  const auto it = attempts_.find(id);
  if (it == attempts_.end() || it->second.phase != Phase::piloted) return;
  it->second.record.pilot = 0;
  it->second.record.job = 0;
  enqueue(it->second);
}

void SlurmEngine::Loop::pilot_ended(model::AttemptId id, int status) {
  const auto it = attempts_.find(id);
  if (it == attempts_.end() || it->second.phase != Phase::piloted) return;
  Attempt& attempt = it->second;
  auto record = end_record(attempt);
  if (status == exit_not_mine && !record) {
    // Somebody else has claimed it: a job of its own, of an earlier life of ours.
    attempt.phase = Phase::searching;
    attempt.since = steady_ms();
    return;
  }
  if (record) return conclude_from(attempt, std::move(*record));
  attempt.phase = Phase::vanished;
  attempt.askings = 0;
}

void SlurmEngine::Loop::pilot_orphaned(model::AttemptId id, std::int64_t job) {
  const auto it = attempts_.find(id);
  if (it == attempts_.end() || it->second.phase != Phase::piloted) return;
  Attempt& attempt = it->second;
  if (job > 0) attempt.record.job = job;
  if (pilot_word_ == "NODE_FAIL") return conclude(attempt, end_of_job({.word = pilot_word_, .record = {}}));
  if (end_record(attempt) || has_claim(attempt)) {
    attempt.phase = Phase::vanished;
    attempt.askings = 0;
    account_at_ = 0;
    return;
  }
  if (attempt.record.asked_to_end || !attempt.order) {
    if (give_up_claim(attempt))
      return conclude(attempt, {.cause = attempt.record.asked_to_end ? model::EndCause::ended : model::EndCause::lost,
                                .message = attempt.record.asked_to_end ? "ended by the centre before it began"
                                                                       : "its pilot was over before it began"});
    attempt.phase = Phase::vanished;
    return;
  }
  pilot_refused(id);
}

}  // namespace mingyue::engines::slurm
