#include <algorithm>
#include <array>

#include "api/job_view.hpp"
#include "api/now_view.hpp"
#include "api/parts.hpp"
#include "ledger/book.hpp"
#include "ledger/history.hpp"

/// What everything does now: the figures of an overview, from one look at the centre.
namespace mingyue::api {
namespace {

constexpr std::size_t starts_shown = 10;

std::vector<wire::NowPool> pools_of(const ledger::Book& book) {
  std::vector<wire::NowPool> pools;
  for (const ledger::Pool& pool : book.pools) {
    if (pool.capacity == 0) continue;  // no longer in the centre's file
    wire::NowPool seen{.partition = pool.key.partition,
                       .resource = pool.key.card_type.empty() ? "cores" : pool.key.card_type,
                       .capacity = pool.capacity,
                       .classes = {{"busy", pool.busy}}};
    for (const auto use : {ledger::UseClass::promised, ledger::UseClass::stranded, ledger::UseClass::unwanted,
                           ledger::UseClass::down, ledger::UseClass::drained, ledger::UseClass::others}) {
      seen.classes.emplace_back(enum_word(use), pool.open_count[static_cast<std::size_t>(use) - 1]);
    }
    pools.push_back(std::move(seen));
  }
  return pools;
}

std::vector<wire::NowWork> work_of(const core::State& state) {
  std::array<wire::NowWork, 4> by_kind;
  const auto of = [&](model::WorkKind kind) -> wire::NowWork& { return by_kind[static_cast<std::size_t>(kind) - 1]; };
  for (std::size_t i = 0; i < by_kind.size(); ++i) by_kind[i].kind = static_cast<model::WorkKind>(i + 1);
  for (const auto& [id, job] : state.jobs) {
    wire::NowWork& work = of(core::State::spec(job).kind);
    switch (job.state) {
      case model::JobState::held:
        ++work.held;
        break;
      case model::JobState::queued:
        ++work.queued;
        break;
      case model::JobState::starting:
        ++work.starting;
        break;
      default:
        ++work.running;
    }
  }
  for (const auto& [id, attempt] : state.attempts) {
    const core::Job* job = state.find(id);
    if (job == nullptr) continue;
    wire::NowWork& work = of(core::State::spec(*job).kind);
    for (const auto& share : attempt.lease.shares()) {
      work.cores += share.cores.count();
      work.cards += share.cards.count();
    }
  }
  return {by_kind.begin(), by_kind.end()};
}

void add_starts(const runtime::View& view, wire::NowView& now) {
  std::vector<const sched::Wait*> promised;
  for (const sched::Wait& wait : view.plan().waits) {
    if (wait.promised) promised.push_back(&wait);
  }
  now.promises = static_cast<std::int64_t>(promised.size());
  const auto shown = promised.begin() + static_cast<std::ptrdiff_t>(std::min(starts_shown, promised.size()));
  std::ranges::partial_sort(promised, shown, {},
                            [](const sched::Wait* wait) { return std::pair(*wait->promised, wait->place); });
  for (auto wait = promised.begin(); wait != shown; ++wait) {
    const core::Job* job = view.state.find((*wait)->job);
    if (job == nullptr) continue;  // it ended since the plan was made
    const ledger::JobRow row = ledger::job_row(view.state, *job);
    now.next.push_back({.job = row.id,
                        .name = row.name,
                        .user = row.user,
                        .project = row.project,
                        .partition = row.partition,
                        .kind = row.kind,
                        .cores = row.cores,
                        .cards = row.cards,
                        .promised = *(*wait)->promised});
  }
}

}  // namespace

wire::NowView now_view(const runtime::View& view) {
  wire::NowView now{.at = view.now,
                    .seq = view.head_seq,
                    .pools = pools_of(view.book),
                    .work = work_of(view.state),
                    .incidents = static_cast<std::int64_t>(view.state.incidents.size())};
  add_starts(view, now);
  for (const model::Node& node : view.state.centre.nodes) {
    if (node.cores == CoreCount{0} && node.cards == CardCount{0}) continue;
    const core::NodeState& state = view.state.nodes[node.id.raw()];
    ++(state.down ? now.nodes.down : state.drained ? now.nodes.drained : now.nodes.up);
  }
  return now;
}

void add_now_routes(Parts& parts, Routes& routes) {
  routes.add({.method = "GET",
              .pattern = "/v1/now",
              .id = "showNow",
              .summary = "What everything does at this moment: resources by class, live jobs by kind of work, the next "
                         "promised starts",
              .answers = {json_of<wire::NowView>()}},
             [&parts](Call call) {
               answer(parts, std::move(call),
                      [](const runtime::View& view, const Call&) -> Expected<wire::NowView, http::Problem> {
                        return now_view(view);
                      });
             });
}

}  // namespace mingyue::api
