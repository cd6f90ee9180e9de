#include "twin/trace_run.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <queue>
#include <unordered_map>

#include "base/invariant.hpp"
#include "core/command.hpp"
#include "ledger/book.hpp"
#include "report/collector.hpp"
#include "workload/summary.hpp"

namespace mingyue::twin {
namespace {

using model::JobId;
using sched::Room;

constexpr Instant epoch{1'767'225'600'000};  // 2026-01-01: a trace without a date of its own begins there

/// A job from its submission to its end, as the world knows it.
struct Live {
  Instant submitted_at;
  std::optional<Instant> first_start;
  Duration left;        ///< of its true run time
  Duration limit;       ///< as asked for
  Duration checkpoint;  ///< how often it saves; 0: never
  workload::End end = workload::End::unknown;
  std::int32_t tasks = 1;
  std::int32_t a_node = 1;  ///< tasks on a node of which it has all
  std::int64_t size = 1;
  std::int32_t attempt = 0;
  Instant started_at;                   ///< of this attempt
  Instant saved_at;                     ///< of its last checkpoint before a fault
  std::optional<std::size_t> incident;  ///< that interrupted it; until it runs again
  std::optional<Instant> dead_since;    ///< one of its nodes died then, and the centre does not know yet
  std::vector<std::int32_t> nodes;
};

enum class What : std::uint8_t { end, foreseen, saved, lost, noticed, restored, started };

/// Something that will happen in the world. Ordered by time, then by kind, then by who.
struct Due {
  Instant at;
  What what = What::end;
  std::uint64_t who = 0;  ///< job, or node
  std::int32_t attempt = 0;
  friend auto operator<=>(const Due&, const Due&) = default;
};

class Run {
 public:
  Run(workload::Source& source, const TraceRunOptions& options)
      : source_(source),
        options_(options),
        faults_(Prng(options.seed).split("node-faults")),
        begin_(begin()),
        planner_(line_nodes(options.centre), options.policy, begin_),
        collector_(setup()) {}

  Expected<TraceRun> run() {
    execute(core::ConfigureCentre{options_.centre, {}}, begin_);
    const Instant stop = options_.until > Duration{0} ? begin_ + options_.until : never;
    if (options_.faults) foresee(begin_);
    workload::TraceJob& job = next_;
    const auto at = [&] { return origin_ + job.submit; };
    bool more = more_ && at() < stop;
    std::uint64_t told = 0;
    while (more || !live_.empty()) {
      Instant now = more ? at() : never;
      if (!due_.empty()) now = std::min(now, due_.top().at);
      if (!options_.drain && now >= stop) break;
      while (!due_.empty() && due_.top().at <= now) {
        const Due one = due_.top();
        due_.pop();
        happen(one);
      }
      while (more && at() <= now) {
        submit(job, now);
        more = source_.next(job) && at() < stop;
      }
      plan(now);
      last_ = now;
      if (options_.tell && out_.events - told > 1'000) {
        told = out_.events;
        options_.tell(source_.progress(), now);
      }
    }
    CHECK_OK(source_.status());
    return finish(stop);
  }

 private:
  /// The window begins where the trace says, or with its first job.
  Instant begin() {
    more_ = source_.next(next_);
    origin_ = source_.facts().start.value_or(epoch);
    return source_.facts().window > Duration{0} || !more_ ? origin_ : origin_ + next_.submit;
  }

  // --- the ring: as runtime::Kernel, without the log's bytes ---

  const std::vector<core::EventBody>& execute(const core::Command& command, Instant now) {
    auto decided = core::decide(state_, command, std::max(now, state_.now));
    bodies_.clear();
    if (!decided) return bodies_;
    bodies_ = std::move(*decided);
    for (core::EventBody& body : bodies_) {
      core::Event event{std::max(now, state_.now), std::move(body)};
      rows_.clear();
      ledger::record(book_, event, rows_);
      for (const ledger::Use& row : rows_) use(book_.pools[row.pool].key, row);
      core::apply(state_, event);
      body = std::move(event.body);
      ++out_.events;
    }
    return bodies_;
  }

  void use(const ledger::PoolKey& pool, const auto& row) {
    const bool cards = !pool.card_type.empty();
    if (cards != has_cards_) return;  // the report follows the scarce resource
    collector_.interval(report::PoolIndex{0}, row.use, row.count, row.from, row.to);
  }

  // --- the world ---

  void submit(const workload::TraceJob& job, Instant now) {
    ++out_.jobs;
    const Room need{CoreCount{std::max(job.cores_per_task, has_cards_ ? 0 : 1)},
                    Bytes{std::int64_t{job.memory_mib_per_task} << 20}, CardCount{job.cards_per_task}};
    const auto demand = sched::demand_of(0, total_, job.tasks, need);
    if (!demand || !planner_.ever_fits(*demand)) {
      ++out_.refused;
      return;
    }
    core::SubmitJob submit{.by = operator_};
    model::JobSpec& spec = submit.spec.edit();
    spec.name = "t";
    spec.user = "trace";
    spec.project = "trace";
    spec.partition = options_.centre.partitions.front().name;
    spec.priority_class = options_.centre.classes.front().name;
    spec.wall = job.request;
    spec.retry = {.attempts = 1'000, .delay = {}, .on_exit = false};
    model::Part& part = spec.parts.emplace_back();
    part.name = "main";
    part.tasks = job.tasks;
    part.need = {.cores = need.cores,
                 .memory = need.memory,
                 .cards = need.cards,
                 .card_type = job.cards_per_task > 0 ? options_.centre.nodes.front().card_type : ""};
    part.command.emplace_back("true");
    const JobId id = state_.next_job;
    const auto& events = execute(std::move(submit), now);
    if (events.empty()) {
      ++out_.refused;
      return;
    }
    Live live{.submitted_at = now, .left = job.run, .limit = job.request, .checkpoint = job.checkpoint, .end = job.end};
    live.tasks = job.tasks;
    live.a_node = sched::times(need, total_, job.tasks);
    live.size = has_cards_ ? std::int64_t{job.tasks} * job.cards_per_task : std::int64_t{job.tasks} * need.cores.raw();
    offered_ += live.size * static_cast<Int128>(job.run.raw());
    waiting_size_ += live.size;
    live_.emplace(id.raw(), std::move(live));
    planner_.arrive(id.raw(), key(live_.at(id.raw())), *demand, job.request);
    out_.waiting_most = std::max(out_.waiting_most, planner_.waiting());
  }

  std::int64_t key(const Live& live) const {
    return sched::key_of(options_.policy, live.submitted_at, live.limit, live.size);
  }

  void plan(Instant now) {
    ++out_.steps;
    const auto starts = planner_.step(now);
    core::AdoptPlan plan;
    plan.starts.reserve(starts.size());
    for (const sched::LineStart& start : starts) {
      Live& live = live_.at(start.job);
      live.nodes = start.nodes;
      sched::Start& one = plan.starts.emplace_back();
      one.job = JobId{start.job};
      one.nodes.reserve(static_cast<std::size_t>(live.tasks));
      for (const std::int32_t node : start.nodes) {
        for (std::int32_t i = 0; i < live.a_node && static_cast<std::int32_t>(one.nodes.size()) < live.tasks; ++i) {
          one.nodes.emplace_back(static_cast<std::uint32_t>(node));
        }
      }
    }
    plan.idle = idle();
    collector_.queue(now, static_cast<std::int64_t>(planner_.waiting()), waiting_size_ - started_size(starts));
    if (plan.starts.empty() && plan.idle == state_.idle) return;
    std::size_t granted = 0;
    for (const auto& body : execute(std::move(plan), now))
      granted += std::holds_alternative<core::LeaseGranted>(body) ? 1 : 0;
    INVARIANT(granted == starts.size(), "the planner started {} jobs, the core granted {}", starts.size(), granted);
    for (const sched::LineStart& start : starts) {
      Live& live = live_.at(start.job);
      ++live.attempt;
      waiting_size_ -= live.size;
      const Duration delay = live.attempt > 1 && options_.faults ? options_.faults->restart : Duration{0};
      if (delay > Duration{0})
        due_.push({now + delay, What::started, start.job, live.attempt});
      else
        started(start.job, now);
    }
  }

  std::int64_t started_size(const std::vector<sched::LineStart>& starts) const {
    std::int64_t size = 0;
    for (const sched::LineStart& start : starts) size += live_.at(start.job).size;
    return size;
  }

  /// How the pools' idle divides: held for the first in line as far as that needs it, the rest stranded; unwanted when
  /// nothing waits.
  std::vector<sched::IdleClasses> idle() {
    std::vector<sched::IdleClasses> all;
    for (const ledger::Pool& pool : book_.pools) {
      const ledger::PoolKey& key = pool.key;
      const std::int64_t free = pool.capacity - pool.busy - pool.down - pool.drained;
      sched::IdleClasses one{.partition = key.partition, .card_type = key.card_type};
      const bool leading = key.card_type.empty() != has_cards_;
      if (planner_.waiting() == 0 || !leading) {
        one.unwanted = free;
      } else {
        one.promised = std::min(free, live_.at(*planner_.first()).size);
        one.stranded = free - one.promised;
      }
      all.push_back(std::move(one));
    }
    return all;
  }

  void started(std::uint64_t job, Instant now) {
    Live& live = live_.at(job);
    const model::AttemptId attempt{JobId{job}, live.attempt};
    execute(core::ReportLaunched{attempt}, now);
    live.started_at = now;
    if (!dead_.empty() && std::ranges::any_of(live.nodes, [&](std::int32_t n) {
          return dead_.contains(static_cast<std::uint32_t>(n));
        })) {
      stand_still(live, now);  // on a node that is dead already: nothing will come of it
    }
    for (const auto& [fault, node] : foreseen_) {
      if (fault < now + live.left && std::ranges::find(live.nodes, static_cast<std::int32_t>(node)) != live.nodes.end())
        foresee_save(job, fault, now);
    }
    if (live.incident) {
      report::Incident& incident = incidents_[*live.incident].first;
      incident.restart = std::max(incident.restart, now - incident.at);
      live.incident.reset();
    }
    if (!live.first_start) {
      live.first_start = now;
      collector_.job_started(live.size, live.submitted_at, now);
    }
    due_.push({now + std::min(live.left, live.limit), What::end, job, live.attempt});
  }

  void happen(const Due& due) {
    switch (due.what) {
      case What::lost:
        return lose_node(due);
      case What::foreseen:
        return on_foreseen(due);
      case What::saved:
        if (is_current(due)) {
          const model::Progress checkpoint{.step = due.at.raw(), .checkpoint = "c"};
          execute(core::ReportProgress{{JobId{due.who}, due.attempt}, checkpoint}, due.at);
        }
        return;
      case What::noticed:
        return notice(due);
      case What::restored:
        execute(core::ReportNode{model::NodeId{static_cast<std::uint32_t>(due.who)}, true, ""}, due.at);
        planner_.set_available(static_cast<std::int32_t>(due.who), true, due.at);
        return;
      case What::started:
        if (is_current(due)) started(due.who, due.at);
        return;
      case What::end:
        if (is_current(due)) end(due);
        return;
    }
  }

  bool is_current(const Due& due) const {
    const auto it = live_.find(due.who);
    return it != live_.end() && it->second.attempt == due.attempt && !it->second.nodes.empty() &&
           !it->second.dead_since;
  }

  void end(const Due& due) {
    const auto it = live_.find(due.who);
    Live& live = it->second;
    const bool over = live.left > live.limit;
    model::AttemptEnd end;
    if (over) {
      end.cause = model::EndCause::wall;
    } else if (live.end == workload::End::failed) {
      end.exit_code = 1;
    }
    if (!over && live.end == workload::End::cancelled) {
      execute(core::CancelJob{operator_, JobId{due.who}}, due.at);
      end.cause = model::EndCause::ended;
    }
    execute(core::ReportEnded{{JobId{due.who}, live.attempt}, end}, due.at);
    planner_.end(due.who, due.at);
    const model::JobState state = over                                   ? model::JobState::timed_out
                                  : live.end == workload::End::failed    ? model::JobState::failed
                                  : live.end == workload::End::cancelled ? model::JobState::cancelled
                                                                         : model::JobState::succeeded;
    collector_.job_ended({.job = JobId{due.who},
                          .size = live.size,
                          .submitted_at = live.submitted_at,
                          .started_at = live.first_start,
                          .ended_at = due.at,
                          .state = state});
    live_.erase(it);
  }

  // --- faults ---

  Instant next_fault(Instant from) {
    // Nodes × rate a day, as a mean between faults of the whole centre.
    const auto mean = static_cast<Int128>(days(1).raw()) * 1'000'000 /
                      (static_cast<Int128>(options_.faults->per_million_node_days) *
                       static_cast<Int128>(options_.centre.nodes.size()));
    return from + draw_exponential(faults_, Duration{static_cast<std::int64_t>(mean)});
  }

  /// Only the last checkpoint before a fault matters to anyone, so only that one is reported. Faults are drawn a while
  /// ahead of their time for it: `foresight` is longer than any job goes without a checkpoint.
  static constexpr Duration foresight = days(2);
  void foresee(Instant from) {
    const Instant fault = next_fault(from);
    const auto node = static_cast<std::uint32_t>(faults_.below(options_.centre.nodes.size()));
    foreseen_.emplace_back(fault, node);
    due_.push({fault, What::lost, node, 0});
    due_.push({std::max(begin_, fault - foresight), What::foreseen, node, 0});
  }
  void on_foreseen(const Due& due) {
    const auto [at, node] = foreseen_.back();
    for (const std::uint64_t job : jobs_on(model::NodeId{node})) foresee_save(job, at, due.at);
    foresee(at);
  }
  void foresee_save(std::uint64_t job, Instant fault, Instant now) {
    const Live& live = live_.at(job);
    const core::Attempt* attempt = state_.find(model::AttemptId{JobId{job}, live.attempt});
    if (attempt == nullptr || !attempt->started_at || live.checkpoint <= Duration{0}) return;
    const std::int64_t whole = (fault - *attempt->started_at).raw() / live.checkpoint.raw();
    const Instant saved = *attempt->started_at + Duration{whole * live.checkpoint.raw()};
    if (whole > 0 && saved >= now && saved < fault) due_.push({saved, What::saved, job, live.attempt});
  }

  /// A node dies. What ran there stands still; the centre learns of it after the detection time.
  void lose_node(const Due& due) {
    const auto node = static_cast<std::uint32_t>(due.who);
    foreseen_.erase(foreseen_.begin());  // they come in order
    if (!state_.available(model::NodeId{node}) || !dead_.emplace(node, due.at).second) return;
    for (const std::uint64_t job : jobs_on(model::NodeId{node})) stand_still(live_.at(job), due.at);
    due_.push({due.at + options_.faults->detection, What::noticed, node, 0});
  }

  static void stand_still(Live& live, Instant at) {
    if (!live.dead_since) live.dead_since = at;
  }

  void notice(const Due& due) {
    const auto node = static_cast<std::uint32_t>(due.who);
    const model::NodeId id{node};
    const auto hit = jobs_on(id);
    for (const std::uint64_t job : hit) {
      Live& live = live_.at(job);
      stand_still(live, std::max(dead_.at(node), live.started_at));  // it was started on a node that was dead already
      save(job, *live.dead_since);
    }
    const Instant died = dead_.at(node);
    dead_.erase(node);
    const Instant repaired = due.at + draw_exponential(faults_, options_.faults->repair_mean);
    report::Incident incident{.at = died,
                              .node = options_.centre.nodes[node].name,
                              .kind = "node-lost",
                              .until = repaired,
                              .jobs = static_cast<std::int64_t>(hit.size())};
    for (const std::uint64_t job : hit) {
      const Live& live = live_.at(job);
      incident.lost_resource_ms +=
          held(live.size, std::max(due.at - std::max(live.saved_at, live.started_at), Duration{0}));
    }
    incidents_.emplace_back(std::move(incident), id);
    planner_.set_available(static_cast<std::int32_t>(node), false, due.at);
    execute(core::ReportNode{id, false, "node fault"}, due.at);
    for (const std::uint64_t job : hit) {
      Live& live = live_.at(job);
      live.nodes.clear();
      live.dead_since.reset();
      live.incident = incidents_.size() - 1;
      planner_.end(job, due.at);
      if (state_.find(JobId{job}) == nullptr) {  // the core has given it up: too often, or never any further
        collector_.job_ended({.job = JobId{job},
                              .size = live.size,
                              .submitted_at = live.submitted_at,
                              .started_at = live.first_start,
                              .ended_at = due.at,
                              .state = model::JobState::failed});
        live_.erase(job);
        continue;
      }
      const auto& spec = state_.spec(state_.jobs.at(JobId{job}));
      const Room need{spec.parts[0].need.cores, spec.parts[0].need.memory, spec.parts[0].need.cards};
      planner_.arrive(job, key(live), *sched::demand_of(0, total_, live.tasks, need), live.limit);
      waiting_size_ += live.size;
    }
    due_.push({repaired, What::restored, due.who, 0});
  }

  std::vector<std::uint64_t> jobs_on(model::NodeId node) const {
    std::vector<std::uint64_t> jobs;
    for (const auto& [job, attempt] : state_.attempts) {
      if (attempt.lease.on(node)) jobs.push_back(job.raw());
    }
    return jobs;
  }

  /// The work up to the last checkpoint before `at` needs not be done again.
  void save(std::uint64_t job, Instant at) {
    Live& live = live_.at(job);
    const core::Attempt* attempt = state_.find(model::AttemptId{JobId{job}, live.attempt});
    if (attempt == nullptr || !attempt->started_at || live.checkpoint <= Duration{0}) return;
    const std::int64_t whole = (at - *attempt->started_at).raw() / live.checkpoint.raw();
    const Duration kept{std::min(whole * live.checkpoint.raw(), live.left.raw() - 1)};
    live.left -= kept;
    live.saved_at = *attempt->started_at + kept;
  }

  // --- the report ---

  static std::vector<sched::LineNode> line_nodes(const model::Centre& centre) {
    std::vector<sched::LineNode> nodes;
    std::map<std::string, std::int32_t> leaves;
    for (const model::Node& node : centre.nodes) {
      const auto leaf = leaves.try_emplace(node.switch_name, static_cast<std::int32_t>(leaves.size())).first->second;
      nodes.push_back({{node.cores, node.memory, node.cards}, 0, leaf});
    }
    return nodes;
  }

  report::CollectorSetup setup() {
    const model::Centre& centre = options_.centre;
    total_ = {centre.nodes.front().cores, centre.nodes.front().memory, centre.nodes.front().cards};
    has_cards_ = total_.cards > CardCount{0};
    report::CollectorSetup setup;
    setup.header.centre = centre.name;
    setup.header.trace = options_.trace_name;
    setup.header.policy = std::string(sched::print_backfill(options_.policy));
    setup.header.seed = options_.seed;
    setup.header.version = options_.version;
    setup.header.from = begin_;
    setup.header.to = options_.until > Duration{0} ? begin_ + options_.until : never;
    std::int64_t count = 0;
    for (const model::Node& node : centre.nodes) {
      const std::int64_t of_node = has_cards_ ? node.cards.raw() : node.cores.raw();
      count += of_node;
      setup.nodes.push_back({node.name, node.partition, node.switch_name, of_node});
    }
    capacity_ = count;
    setup.pools.push_back({{centre.partitions.front().name, has_cards_ ? centre.nodes.front().card_type : ""}, count});
    return setup;
  }

  TraceRun finish(Instant stop) {
    const Instant end = std::max({state_.now, last_, begin_ + milliseconds(1)});
    for (const ledger::UsageRow& row : ledger::open_rows(book_, end)) use({row.partition, row.card_type}, row);
    core::check(state_);
    ledger::check(book_, state_);
    for (auto& [incident, node] : incidents_) {
      if (incident.until && *incident.until > end) incident.until.reset();
      collector_.incident(std::move(incident), node);
    }
    collector_.jobs_left(model::JobState::queued, static_cast<std::int64_t>(planner_.waiting()));
    collector_.jobs_left(model::JobState::running, static_cast<std::int64_t>(planner_.running()));
    collector_.law_checked("used + idle + unavailable = capacity × time", "已用 + 空闲 + 不可用 = 容量 × 时间",
                           static_cast<std::int64_t>(out_.events));
    collector_.law_checked("the core grants what the planner starts", "计划所启动者，核心皆予授权",
                           static_cast<std::int64_t>(out_.steps));
    out_.report = collector_.finish(end);
    const auto window = std::min(stop, end) - begin_;
    if (window > Duration{0}) {
      out_.report.header.offered_load =
          static_cast<double>(offered_) / (static_cast<double>(capacity_) * static_cast<double>(window.raw()));
    }
    return std::move(out_);
  }

  workload::Source& source_;
  const TraceRunOptions& options_;
  Prng faults_;
  workload::TraceJob next_;
  bool more_ = false;
  Instant origin_;  ///< submissions count from here
  Instant begin_;   ///< of the window
  Instant last_;
  core::Actor operator_{"twin", model::Role::operator_};
  core::State state_;
  ledger::Book book_;
  sched::LinePlanner planner_;
  Room total_;
  bool has_cards_ = false;
  std::int64_t capacity_ = 0;
  report::Collector collector_;
  std::unordered_map<std::uint64_t, Live> live_;
  std::vector<std::pair<report::Incident, model::NodeId>> incidents_;
  std::vector<std::pair<Instant, std::uint32_t>> foreseen_;  ///< faults to come, and their nodes, in order
  std::map<std::uint32_t, Instant> dead_;                    ///< nodes that died and were not noticed yet
  std::priority_queue<Due, std::vector<Due>, std::greater<>> due_;
  std::vector<core::EventBody> bodies_;
  std::vector<ledger::Use> rows_;
  Int128 offered_ = 0;
  std::int64_t waiting_size_ = 0;
  TraceRun out_;
};

}  // namespace

Expected<TraceRun> run_trace(workload::Source& source, const TraceRunOptions& options) {
  if (options.centre.nodes.empty())
    return refuse("bad-centre", "nodes", "a centre without nodes runs nothing", "name at least one");
  const model::Node& first = options.centre.nodes.front();
  for (const model::Node& node : options.centre.nodes) {
    if (node.cores != first.cores || node.memory != first.memory || node.cards != first.cards ||
        node.partition != first.partition) {
      return refuse("bad-centre", "nodes", fmt::format("node {} differs from node {}", node.name, first.name),
                    "a trace runs on one partition of equal nodes so far");
    }
  }
  // A trace's jobs are of nobody whom the centre knows: they get a project and a user of their own.
  TraceRunOptions own = options;
  if (std::ranges::find(own.centre.projects, "trace", &model::Project::name) == own.centre.projects.end())
    own.centre.projects.push_back({.name = "trace"});
  if (std::ranges::find(own.centre.users, "trace", &model::User::name) == own.centre.users.end())
    own.centre.users.push_back({"trace", model::Role::member, {"trace"}});
  return Run(source, own).run();
}

model::Centre plain_centre(std::int32_t nodes, std::int32_t cores, std::int32_t cards, std::int32_t nodes_a_switch) {
  model::Centre centre{.name = "plain"};
  if (cards > 0) centre.card_types = {{"card", "", "CUDA_VISIBLE_DEVICES", Bytes{0}}};
  centre.partitions = {{"main", duration_max}};
  centre.classes = {{"normal", 100, false}};
  centre.projects = {{.name = "trace"}};
  centre.users = {{"trace", model::Role::member, {"trace"}}};
  centre.policy.attempts_without_progress_max = 100;
  for (std::int32_t s = 0; s * nodes_a_switch < nodes; ++s) centre.switches.push_back({fmt::format("leaf{}", s), ""});
  for (std::int32_t i = 0; i < nodes; ++i) {
    centre.nodes.push_back({.id = model::NodeId{static_cast<std::uint32_t>(i)},
                            .name = fmt::format("n{}", i),
                            .partition = "main",
                            .switch_name = fmt::format("leaf{}", i / nodes_a_switch),
                            .cores = CoreCount{cores},
                            .memory = Bytes{std::int64_t{1} << 50},
                            .card_type = cards > 0 ? "card" : "",
                            .cards = CardCount{cards},
                            .is_virtual = true});
  }
  return centre;
}

}  // namespace mingyue::twin
