#include "api/job_view.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.hpp"
#include "core/reservations.hpp"
#include "ledger/history.hpp"
#include "sched/sentence.hpp"

namespace mingyue::api {
namespace {

using model::JobState;

wire::JobView view_of(ledger::JobRow row) {
  return {.id = row.id,
          .array = row.array,
          .array_index = row.array_index,
          .name = std::move(row.name),
          .user = std::move(row.user),
          .project = std::move(row.project),
          .partition = std::move(row.partition),
          .kind = row.kind,
          .priority_class = std::move(row.priority_class),
          .state = row.state,
          .attempts = row.attempts,
          .reason = std::move(row.reason),
          .submitted_at = row.submitted_at,
          .started_at = row.started_at,
          .ended_at = row.ended_at,
          .exit_code = row.exit_code,
          .tasks = row.tasks,
          .cores = row.cores,
          .cards = row.cards,
          .charged = row.charged};
}

void add_attempt(wire::JobView& job, const runtime::View& view, const core::Attempt& attempt) {
  for (const auto& share : attempt.lease.shares()) {
    const model::Node& node = view.state.centre.nodes.at(share.node.raw());
    if (std::ranges::find(job.nodes, node.name) == job.nodes.end()) job.nodes.push_back(node.name);
    job.is_virtual = job.is_virtual || node.is_virtual;
  }
  const auto live = view.progress.find(attempt.id.job);
  if (live != view.progress.end() && live->second.attempt == attempt.id) {
    const model::Progress& p = live->second.progress;
    job.progress = wire::ProgressView{p.step, p.of, p.checkpoint, live->second.at};
  } else if (attempt.last.step >= 0 || !attempt.last.checkpoint.empty()) {
    job.progress = wire::ProgressView{attempt.last.step, attempt.last.of, attempt.last.checkpoint, std::nullopt};
  }
}

bool waits(JobState state) { return state == JobState::held || state == JobState::queued; }

}  // namespace

Waits waits_of(const sched::Plan& plan, const std::vector<model::JobId>& jobs) {
  Waits waits;
  for (const model::JobId job : jobs) waits.emplace(job, nullptr);
  if (waits.empty()) return waits;
  for (const sched::Wait& wait : plan.waits) {
    if (const auto found = waits.find(wait.job); found != waits.end()) found->second = &wait;
  }
  return waits;
}

const sched::Wait* wait_of(const sched::Plan& plan, model::JobId job) {
  const auto found = std::ranges::find(plan.waits, job, &sched::Wait::job);
  return found == plan.waits.end() ? nullptr : &*found;
}

std::string waiting_sentence(const core::Job& job, const sched::Wait* wait, Language language) {
  if (!waits(job.state)) return {};
  const bool is_held = job.state == JobState::held;
  // The plan may be a moment older than the state: what the state says of holding counts.
  if (is_held) return sched::sentence(sched::Wait{.job = job.id, .code = sched::WaitCode::held}, language);
  if (wait == nullptr || wait->code == sched::WaitCode::held) {
    return language == Language::zh ? "等待下一次排程" : "the next plan will look at it";
  }
  return sched::sentence(*wait, language);
}

std::string handed_over_sentence(const core::State& state, const core::Job& job, Language language) {
  const auto attempt = state.attempts.find(job.id);
  if (attempt == state.attempts.end() || !attempt->second.handed_over()) return {};
  const auto& all = state.centre.partitions;
  const auto partition = std::ranges::find(all, core::State::spec(job).partition, &model::Partition::name);
  const std::string engine = partition == all.end() ? std::string() : partition->engine;
  return language == Language::zh
             ? fmt::format("已交给引擎 {}，由其自身的队列决定何时开始", engine)
             : fmt::format("handed over to engine {}, whose own queue decides when it starts", engine);
}

std::optional<wire::StartView> start_view(const runtime::View& view, const core::Job& job) {
  if (job.state != JobState::queued || view.starts == nullptr) return std::nullopt;
  const forecast::StartForecast* start = view.starts->of(job.id);
  if (start == nullptr) return std::nullopt;
  // Some seconds have passed since it was made, and it still waits.
  return wire::StartView{.earliest = std::max(start->earliest, view.now),
                         .likely = std::max(start->point, view.now),
                         .latest = std::max(start->latest, view.now),
                         .confidence_percent = start->permille / 10,
                         .made_at = start->made_at};
}

std::string start_sentence(const runtime::View& view, const core::Job& job, Language language) {
  if (!waits(job.state)) return {};
  const bool zh = language == Language::zh;
  if (const auto start = start_view(view, job)) {
    // To the minute: no forecast is more exact.
    const auto minute = [](Instant t) { return print_instant(t).substr(0, 16) + "Z"; };
    return fmt::format(
        fmt::runtime(zh ? "预计 {} 左右开始，在 {} 与 {} 之间（{} %）" : "starts about {}, between {} and {} ({} %)"),
        minute(start->likely), minute(start->earliest), minute(start->latest), start->confidence_percent);
  }
  using forecast::NoForecast;
  NoForecast why = view.starts == nullptr ? NoForecast::not_yet : view.starts->why_not(job.id);
  if (job.state == JobState::held) why = NoForecast::not_in_line;
  switch (why) {
    case NoForecast::none:
    case NoForecast::not_yet:
      return zh ? "尚未估计何时开始" : "when it starts has not been looked at yet";
    case NoForecast::too_little:
      return zh ? "已结束的作业太少，无法预计何时开始" : "too little has ended to say when it starts";
    case NoForecast::not_in_line:
      return zh ? "未在队列中，无法预计何时开始" : "it stands in no line, so nobody can say when it starts";
    case NoForecast::beyond_horizon:
      return zh ? "一个月内多半不会开始" : "it will likely not start within a month";
  }
  return {};
}

std::string deadline_sentence(const core::State& state, const core::Job& job, const sched::Wait* wait,
                              Language language) {
  const model::JobSpec& spec = core::State::spec(job);
  if (!spec.deadline) return {};
  const bool zh = language == Language::zh;
  std::optional<Instant> end;
  if (const auto attempt = state.attempts.find(job.id); attempt != state.attempts.end())
    end = core::ends_by(state, attempt->second);
  else if (wait != nullptr && wait->promised)
    end = *wait->promised + spec.wall;
  if (!end && job.deadline_lost) end = state.now + spec.wall;
  if (!end) return zh ? "能否按期结束尚不可知" : "whether it will be kept cannot be said yet";
  const std::string by = print_duration(*end > *spec.deadline ? *end - *spec.deadline : *spec.deadline - *end);
  if (*end > *spec.deadline) {
    return zh ? fmt::format("若用满时限，将晚 {} 结束", by) : fmt::format("missed by {} if it uses its wall limit", by);
  }
  return zh ? fmt::format("最迟提前 {} 结束", by) : fmt::format("kept, with {} to spare at the latest", by);
}

std::string state_sentence(JobState state, std::string_view reason, Language language) {
  const bool zh = language == Language::zh;
  const auto with_reason = [&](std::string text) {
    return reason.empty() ? text : text + (zh ? "：" : ": ") + std::string(reason);
  };
  switch (state) {
    case JobState::starting:
      return zh ? "正在启动" : "it is starting";
    case JobState::running:
      return zh ? "正在运行" : "it is running";
    case JobState::succeeded:
      return zh ? "已成功结束" : "it has succeeded";
    case JobState::failed:
      return with_reason(zh ? "已失败" : "it has failed");
    case JobState::cancelled:
      return with_reason(zh ? "已取消" : "it was cancelled");
    case JobState::timed_out:
      return with_reason(zh ? "已超时" : "it has timed out");
    case JobState::held:
    case JobState::queued:
      break;
  }
  return zh ? "正在等待" : "it waits";
}

std::string room_sentence(const core::Attempt& attempt, Language language) {
  if (!attempt.notice_until) return {};
  const auto job = attempt.noticed_by.raw();
  if (language == Language::zh)
    return attempt.moves ? fmt::format("正迁往别处继续，为作业 {} 让出资源", job)
                         : fmt::format("正为作业 {} 让出资源", job);
  return attempt.moves ? fmt::format("it is asked to go on elsewhere, to make room for job {}", job)
                       : fmt::format("it is asked to end, to make room for job {}", job);
}

wire::JobView live_view(const runtime::View& view, const core::Job& job, const sched::Wait* wait, Language language) {
  wire::JobView seen = view_of(ledger::job_row(view.state, job));
  seen.reason = waiting_sentence(job, wait, language);
  if (waits(job.state) && wait != nullptr) seen.expected_start = wait->promised;
  seen.start = start_view(view, job);
  const auto attempt = view.state.attempts.find(job.id);
  if (attempt != view.state.attempts.end()) add_attempt(seen, view, attempt->second);
  if (seen.reason.empty()) seen.reason = handed_over_sentence(view.state, job, language);
  return seen;
}

std::set<std::string, std::less<>> virtual_partitions(const model::Centre& centre) {
  std::set<std::string, std::less<>> names;
  std::set<std::string, std::less<>> real;
  for (const model::Node& node : centre.nodes) (node.is_virtual ? names : real).insert(node.partition);
  for (const std::string& name : real) names.erase(name);
  return names;
}

wire::JobView past_view(const ledger::JobRow& row, const std::set<std::string, std::less<>>& virtual_ones) {
  wire::JobView seen = view_of(row);
  seen.is_virtual = row.started_at && virtual_ones.contains(row.partition);
  return seen;
}

}  // namespace mingyue::api
