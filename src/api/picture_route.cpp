#include <algorithm>
#include <map>

#include "api/job_view.hpp"
#include "api/parts.hpp"
#include "api/reservation_sight.hpp"
#include "core/reservations.hpp"
#include "ledger/history.hpp"
#include "sched/sentence.hpp"
#include "wire/picture.hpp"

/// GET /v1/plan/picture: the plan as bars over time.
namespace mingyue::api {
namespace {

struct Asked {
  Instant from;
  Instant to;
  std::optional<std::string> partition;
  std::size_t limit = 5'000;

  [[nodiscard]] bool wants(std::string_view in, Instant start, std::optional<Instant> end) const {
    return (!partition || *partition == in) && start < to && end.value_or(never) > from;
  }
};

wire::PictureBar bar_of(const core::State& state, const core::Job& job) {
  const ledger::JobRow row = ledger::job_row(state, job);
  return {.job = row.id,
          .name = row.name,
          .user = row.user,
          .project = row.project,
          .partition = row.partition,
          .priority_class = row.priority_class,
          .kind = row.kind,
          .cores = row.cores,
          .cards = row.cards};
}

void add_node(std::vector<std::string>& names, const model::Centre& centre, model::NodeId node) {
  if (node.raw() >= centre.nodes.size()) return;
  const std::string& name = centre.nodes[node.raw()].name;
  if (names.empty() || names.back() != name) names.push_back(name);
}

void sort_names(std::vector<std::string>& names) {
  std::ranges::sort(names);
  names.erase(std::ranges::unique(names).begin(), names.end());
}

void add_running(const core::State& state, const Asked& asked, Instant now, Language language,
                 std::vector<wire::PictureBar>& bars) {
  for (const auto& [id, attempt] : state.attempts) {
    const core::Job* job = state.find(id);
    if (job == nullptr || attempt.handed_over()) continue;
    const Instant start = attempt.started_at.value_or(attempt.held_from());
    // What is past its end and still runs, runs now.
    const Instant end = std::max(core::ends_by(state, attempt), now + milliseconds(1));
    if (!asked.wants(state.spec(*job).partition, start, end)) continue;
    wire::PictureBar bar = bar_of(state, *job);
    bar.state = attempt.started_at ? "running" : "starting";
    bar.start = start;
    bar.end = end;
    bar.cores = bar.cards = 0;
    for (const model::NodeShare& share : attempt.lease.shares()) {
      add_node(bar.nodes, state.centre, share.node);
      bar.cores += share.cores.count();
      bar.cards += share.cards.count();
    }
    sort_names(bar.nodes);
    bar.why = room_sentence(attempt, language);
    if (bar.why.empty()) bar.why = state_sentence(job->state, "", language);
    bars.push_back(std::move(bar));
  }
}

void add_others(const core::State& state, const Asked& asked, Instant now, Language language,
                std::vector<wire::PictureBar>& bars) {
  for (const model::Node& node : state.centre.nodes) {
    const core::NodeState& seen = state.nodes[node.id.raw()];
    if (!seen.others() || !asked.wants(node.partition, now, seen.others_until)) continue;
    bars.push_back(
        {.state = "others",
         .partition = node.partition,
         .cores = seen.others_cores.count(),
         .cards = seen.others_cards.count(),
         .nodes = {node.name},
         .start = now,
         .end = seen.others_until,
         .why = language == Language::zh ? "被中心作业以外的使用者占用" : "used by others than the centre's jobs"});
  }
}

/// Whether a promise overtakes that of a job which stands before it in its partition's queue.
class Overtaking {
 public:
  bool next(const std::string& partition, Instant promised) {
    Instant& latest = latest_.try_emplace(partition, promised).first->second;
    const bool before = promised < latest;
    latest = std::max(latest, promised);
    return before;
  }

 private:
  std::map<std::string, Instant, std::less<>> latest_;
};

void add_promised(const runtime::View& view, const Asked& asked, Language language, std::vector<wire::PictureBar>& bars,
                  std::int64_t& unpromised) {
  Overtaking overtaking;
  for (const sched::Wait& wait : view.plan().waits) {
    const core::Job* job = view.state.find(wait.job);
    if (job == nullptr || view.state.attempts.contains(wait.job)) continue;  // it has gone on since the plan was made
    const model::JobSpec& spec = view.state.spec(*job);
    if (!wait.promised) {
      if (!asked.partition || *asked.partition == spec.partition) ++unpromised;
      continue;
    }
    const bool is_backfill = overtaking.next(spec.partition, *wait.promised);
    const Instant end = *wait.promised + spec.wall;
    if (!asked.wants(spec.partition, *wait.promised, end)) continue;
    wire::PictureBar bar = bar_of(view.state, *job);
    bar.state = "promised";
    bar.start = *wait.promised;
    bar.end = end;
    bar.is_backfill = is_backfill;
    for (const model::NodeId node : wait.promised_nodes) add_node(bar.nodes, view.state.centre, node);
    sort_names(bar.nodes);
    bar.why = sched::sentence(wait, language);
    bars.push_back(std::move(bar));
  }
}

void add_windows(const core::State& state, const Asked& asked, Instant now, const Caller& caller,
                 std::vector<wire::PictureWindow>& windows) {
  for (const auto& [id, reservation] : state.reservations) {
    std::vector<std::string> nodes;
    for (const model::NodeId node : reservation.nodes) add_node(nodes, state.centre, node);
    const bool sees = sees_all(state, reservation, caller);
    for (const sched::Window& window : core::windows_ahead(reservation, now)) {
      if (!asked.wants(reservation.partition, window.from, window.to)) continue;
      windows.push_back({.name = reservation.name,
                         .kind = reservation.kind,
                         .open = reservation.open && window.from == reservation.start,
                         .partition = reservation.partition,
                         .nodes = nodes,
                         .start = window.from,
                         .end = window.to,
                         .why = sees ? reservation.why : ""});
    }
  }
  std::ranges::stable_sort(windows, {}, &wire::PictureWindow::start);
}

wire::PlanPicture picture_of(const runtime::View& view, const Asked& asked, const Call& call) {
  wire::PlanPicture picture{.at = view.now, .plan_at = view.plan().at};
  const auto by_start = [](const wire::PictureBar& bar) { return std::pair(bar.start, bar.job); };
  add_running(view.state, asked, view.now, call.language, picture.bars);
  add_others(view.state, asked, view.now, call.language, picture.bars);
  std::ranges::stable_sort(picture.bars, {}, by_start);
  std::vector<wire::PictureBar> promised;
  add_promised(view, asked, call.language, promised, picture.unpromised);
  std::ranges::stable_sort(promised, {}, by_start);
  std::ranges::move(promised, std::back_inserter(picture.bars));
  if (picture.bars.size() > asked.limit) {
    picture.left_off = static_cast<std::int64_t>(picture.bars.size() - asked.limit);
    picture.bars.resize(asked.limit);
  }
  add_windows(view.state, asked, view.now, call.caller, picture.windows);
  return picture;
}

}  // namespace

void add_picture_route(Parts& parts, Routes& routes) {
  routes.add({.method = "GET",
              .pattern = "/v1/plan/picture",
              .id = "showPlanPicture",
              .summary = "What runs and what is promised, as bars over time, and the windows of reservations",
              .query = {instant_param("from", "what ends later; default now"),
                        instant_param("to", "what begins earlier; default: no bound"),
                        text_param("partition", "of this partition"),
                        number_param("limit", 1, 20'000, "at most so many bars; default 5000")},
              .answers = {json_of<wire::PlanPicture>()}},
             [&parts](Call call) {
               answer(parts, std::move(call),
                      [](const runtime::View& view, const Call& on) -> Expected<wire::PlanPicture, http::Problem> {
                        const Asked asked{.from = on.query.instant("from").value_or(view.now),
                                          .to = on.query.instant("to").value_or(never),
                                          .partition = on.query.text("partition"),
                                          .limit = static_cast<std::size_t>(on.query.number("limit").value_or(5'000))};
                        return picture_of(view, asked, on);
                      });
             });
}

}  // namespace mingyue::api
