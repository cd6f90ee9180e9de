#include "twin/replay.hpp"

#include <fmt/format.h>

#include <deque>
#include <map>

#include "core/command.hpp"
#include "core/live_planner.hpp"
#include "runtime/kernel.hpp"
#include "sched/plan_book.hpp"

namespace mingyue::twin {
namespace {

using core::Command;
using core::EventBody;

constexpr std::string_view by_centre_file = "centre file";
constexpr std::string_view by_person = "cancelled by ";

/// What the log's own order does not give in time: read ahead, in a pass of its own.
struct Ahead {
  struct Adoption {
    std::uint64_t seq = 0;
    core::PlanMade made;
  };
  std::deque<Adoption> plans;                                                    ///< in the order of `saw`
  std::map<std::uint64_t, std::vector<std::pair<std::string, Credits>>> grants;  ///< of a CentreConfigured, by number
  std::map<model::AttemptId, model::Lease> placed;                               ///< by their engines
  /// OthersOnNode that begins a new description of the centre: which one.
  std::map<std::uint64_t, model::Centre> centres;
  std::map<std::uint64_t, std::string> hopeless;  ///< JobSubmitted whose target had failed before it: why
};

class LookAhead {
 public:
  void see(const ports::Record& record, const EventBody& body) {
    if (const auto* made = std::get_if<core::PlanMade>(&body)) ahead.plans.push_back({record.seq, *made});
    if (const auto* placed = std::get_if<core::AttemptPlaced>(&body))
      ahead.placed.emplace(placed->attempt, placed->lease);
    see_others(record, body);
    if (std::holds_alternative<core::CentreConfigured>(body)) configured_ = record.seq;
    if (const auto* granted = std::get_if<core::CreditsGranted>(&body); granted && granted->by == by_centre_file) {
      if (configured_ > 0) ahead.grants[configured_].emplace_back(granted->project, granted->amount);
    } else if (!std::holds_alternative<core::CentreConfigured>(body)) {
      configured_ = 0;
    }
    if (const auto* ended = std::get_if<core::JobEnded>(&body); ended && submitted_ > 0 && ended->job == first_ &&
                                                                ended->state == model::JobState::cancelled &&
                                                                !ended->reason.starts_with(by_person)) {
      ahead.hopeless[submitted_] = ended->reason;
    }
    submitted_ = 0;
    if (const auto* submitted = std::get_if<core::JobSubmitted>(&body)) {
      submitted_ = record.seq;
      first_ = submitted->first;
    }
  }
  Ahead ahead;

 private:
  /// A node that others use becomes another: first it is nobody's, in the same instant.
  void see_others(const ports::Record& record, const EventBody& body) {
    const auto* configured = std::get_if<core::CentreConfigured>(&body);
    if (configured != nullptr && others_ > 0 && others_at_ == record.at)
      ahead.centres.emplace(others_, configured->centre);
    const auto* others = std::get_if<core::OthersOnNode>(&body);
    const bool nobody =
        others != nullptr && others->cores.empty() && others->cards.empty() && others->placed.job == model::JobId{};
    if (!nobody) {
      others_ = 0;
    } else if (others_ == 0 || others_at_ != record.at) {
      others_ = record.seq;
      others_at_ = record.at;
    }
  }

  std::uint64_t configured_ = 0;
  std::uint64_t others_ = 0;  ///< where the run of such events that ended just now began; 0: none did
  Instant others_at_;
  std::uint64_t submitted_ = 0;
  model::JobId first_;
};

/// The command that an event began with. `nothing`: no command begins so.
class CommandOf {
 public:
  CommandOf(const core::State& state, const Ahead& ahead, std::uint64_t seq)
      : state_(state), ahead_(ahead), seq_(seq) {}

  using Found = std::optional<Command>;

  Found operator()(const core::CentreConfigured& e) const {
    const auto grants = ahead_.grants.find(seq_);
    return core::ConfigureCentre{
        e.centre, grants == ahead_.grants.end() ? std::vector<std::pair<std::string, Credits>>{} : grants->second};
  }
  Found operator()(const core::JobSubmitted& e) const {
    return core::SubmitJob{as(e.spec->user), e.spec, e.idempotency_key, {}};
  }
  Found operator()(const core::JobHeld& e) const { return core::HoldJob{as(e.by), e.job}; }
  Found operator()(const core::JobReleased& e) const { return core::ReleaseJob{as(e.by), e.job}; }
  Found operator()(const core::AttemptStarted& e) const { return core::ReportLaunched{e.attempt}; }
  Found operator()(const core::ProgressMade& e) const { return core::ReportProgress{e.attempt, e.progress}; }
  Found operator()(const core::AttemptEnded& e) const { return core::ReportEnded{e.attempt, e.end}; }
  Found operator()(const core::EndRequested& e) const {
    if (e.reason == core::EndReason::cancelled) return core::CancelJob{as(e.by), e.attempt.job};
    if (e.reason == core::EndReason::hang) return silent(e.attempt);
    return core::WakeUp{};
  }
  /// Of a job that waits; the end of one that runs begins with its attempt's.
  Found operator()(const core::JobEnded& e) const {
    if (!e.reason.starts_with(by_person)) return {};
    return core::CancelJob{as(e.reason.substr(by_person.size())), e.job};
  }
  Found operator()(const core::IncidentOpened& e) const {
    const bool lied = e.kind == core::IncidentKind::qpu_lied;
    if (!lied && e.kind != core::IncidentKind::qpu_failed) return core::WakeUp{};
    const auto colon = e.message.find(": ");  // no name of a device has one
    if (colon == std::string::npos) return {};
    return core::ReportQpuFault{e.message.substr(0, colon), lied, e.attempt, e.message.substr(colon + 2)};
  }
  Found operator()(const core::NodeLost& e) const { return core::ReportNode{e.node, false, e.message}; }
  Found operator()(const core::NodeRestored& e) const { return core::ReportNode{e.node, true, ""}; }
  Found operator()(const core::NodeDrained& e) const { return core::DrainNode{as(e.by), name(e.node), e.reason}; }
  Found operator()(const core::NodeResumed& e) const { return core::ResumeNode{as(e.by), name(e.node)}; }
  Found operator()(const core::IncidentClosed& e) const { return core::CloseIncident{as("replay"), e.incident, e.how}; }
  Found operator()(const core::CreditsGranted& e) const {
    if (e.by == by_centre_file) return core::ConfigureCentre{state_.centre, {{e.project, e.amount}}};
    return core::GrantCredits{as(e.by), e.project, e.amount, e.idempotency_key};
  }
  Found operator()(const core::ProjectSet& e) const { return core::SetProject{as(e.by), e.project}; }
  Found operator()(const core::UserSet& e) const { return core::SetUser{as(e.by), e.user}; }
  Found operator()(const core::TokenIssued& e) const {
    return core::IssueToken{as(e.by), e.token, e.user, e.role, e.hash};
  }
  Found operator()(const core::TokenRevoked& e) const { return core::RevokeToken{as(e.by), e.token}; }
  Found operator()(const core::ReservationMade& e) const {
    const model::Reservation& r = e.reservation;
    core::ReserveNodes command{.by = as(r.by), .name = r.name, .kind = r.kind, .partition = r.partition};
    for (const model::NodeId node : r.nodes) command.nodes.push_back(name(node));
    command.start = r.start;
    command.end = r.end;
    command.every = r.every;
    if (r.every > Duration{0}) command.until = r.until;
    command.projects = r.projects;
    command.users = r.users;
    command.why = r.why;
    command.force = true;  // whether it had to be was decided before the event was written
    return command;
  }
  Found operator()(const core::ReservationBegan&) const { return core::WakeUp{}; }
  Found operator()(const core::ReservationEnded& e) const {
    if (e.by.empty()) return core::WakeUp{};
    return core::EndReservation{as(e.by), e.name};
  }
  Found operator()(const core::DeadlineLost&) const { return core::WakeUp{}; }
  Found operator()(const core::QpuSeen& e) const { return core::ReportQpu{e.qpu, e.facts}; }
  Found operator()(const core::QpuWentOut& e) const {
    if (e.out == model::QpuOut::drained) return core::DrainQpu{as(e.by), e.qpu, e.why};
    return core::ReportQpuOut{e.qpu, e.out, e.why, e.back_at};
  }
  Found operator()(const core::QpuCameBack& e) const {
    if (e.out == model::QpuOut::drained) return core::ResumeQpu{as(e.by), e.qpu};
    return core::ReportQpuIn{e.qpu};
  }
  Found operator()(const core::QpuMetered& e) const { return core::ReportQpuUse{e.qpu, e.reading}; }
  Found operator()(const core::AttemptPlaced& e) const { return placed(e.attempt, e.lease); }
  Found operator()(const core::OthersOnNode& e) const {
    if (const auto next = ahead_.centres.find(seq_); next != ahead_.centres.end())
      return core::ConfigureCentre{next->second, {}};
    if (e.placed.job != model::JobId{}) {
      const auto there = ahead_.placed.find(e.placed);
      return there == ahead_.placed.end() ? Found{} : placed(e.placed, there->second);
    }
    return core::ReportOthers{e.node, CoreCount{e.cores.count()}, CardCount{e.cards.count()}, e.memory, e.until};
  }
  template <class Consequence>
  Found operator()(const Consequence&) const {
    return {};
  }

 private:
  /// Whether they might was decided before the event was written, and their role is not in it.
  static core::Actor as(std::string user) { return {std::move(user), model::Role::operator_}; }
  [[nodiscard]] std::string name(model::NodeId node) const {
    return node.raw() < state_.centre.nodes.size() ? state_.centre.nodes[node.raw()].name : std::string();
  }
  /// That it had to wait for another's end, or not any longer, was decided before the event was written.
  [[nodiscard]] Found placed(model::AttemptId attempt, const model::Lease& lease) const {
    core::ReportPlaced command{.attempt = attempt, .nodes = {}, .at_last = true};
    for (const model::TaskLease& task : lease.form()) command.nodes.push_back(name(task.node));
    return command;
  }
  /// How long it had been silent is in the event in words only, rounded down; never less than its limit.
  [[nodiscard]] Found silent(model::AttemptId id) const {
    const core::Attempt* attempt = state_.find(id);
    if (attempt == nullptr) return {};
    const auto limit = state_.spec(state_.jobs.at(id.job)).hang_after;
    const auto said = parse_duration(silence);
    return core::ReportSilent{id, said ? std::max(*said, limit) : limit};
  }

  const core::State& state_;
  const Ahead& ahead_;
  std::uint64_t seq_;

 public:
  std::string silence;  ///< of an EndRequested for a hang, in words
};

class Replay {
 public:
  Replay(Ahead ahead, const sched::PlanSettings& plans) : ahead_(std::move(ahead)), planner_(plans) {}

  /// False: stop.
  bool take(const ports::Record& record) {
    auto body = core::decode_event(record.number, record.payload);
    if (!body) {
      fault_ =
          Fault{"corrupt-log", fmt::format("record {} holds an event that this version does not know", record.seq)};
      return false;
    }
    while (next_plan_ < ahead_.plans.size() && ahead_.plans[next_plan_].made.saw < record.seq) make_plan();
    if (expected_.empty()) decide_again(record, *body);
    if (!agrees(record, *body)) return false;
    auto folded = kernel_.replay(record);
    if (!folded) {
      fault_ = std::move(folded).error();
      return false;
    }
    feed_.hear(*body);
    ++replayed.records;
    if (std::holds_alternative<core::LeaseGranted>(*body) && as_recorded_ == 0) ++replayed.starts;
    return true;
  }

  Replayed replayed;
  [[nodiscard]] std::optional<Fault> take_fault() { return std::exchange(fault_, std::nullopt); }

 private:
  /// The state is now the one that this plan was made of.
  void make_plan() {
    const auto& [seq, made] = ahead_.plans[next_plan_++];
    ++replayed.plans;
    core::AdoptPlan adopts{.made = made, .news = true};
    if (auto result = plan_again(made)) {
      adopts = core::adoption_of(*result, made, true);
      std::visit([&](auto& plan) { book_.take(std::move(plan)); }, result->plan);
      newest_ = seq;
    } else {
      adopts.made->hash = "no step leads there";
    }
    plans_.emplace(seq, std::move(adopts));
  }

  /// Nothing: it was a step, and none leads there.
  std::optional<core::PlanResult> plan_again(const core::PlanMade& made) {
    if (made.step > 0) {
      if (made.step != step_ + 1) return std::nullopt;
      auto news = feed_.take(kernel_.state(), made.at);
      if (!news) return std::nullopt;
      step_ = made.step;
      return planner_.go_on(made.at, std::move(*news));
    }
    core::PlannerInput input = core::planner_input(kernel_.state(), made.at);
    if (made.keeps != 0 && made.keeps == newest_) input.snapshot.promises = sched::promises_of(book_.plan());
    feed_.begin(kernel_.state(), input);
    step_ = 0;
    return planner_.whole(std::move(input));
  }

  void decide_again(const ports::Record& record, const EventBody& body) {
    as_recorded_ = 0;
    std::optional<Command> command;
    if (std::holds_alternative<core::PlanMade>(body)) {
      const auto plan = plans_.find(record.seq);
      if (plan == plans_.end()) return;
      command = std::move(plan->second);
      plans_.erase(plan);
    } else {
      CommandOf command_of(kernel_.state(), ahead_, record.seq);
      if (const auto* end = std::get_if<core::EndRequested>(&body); end && end->reason == core::EndReason::hang)
        command_of.silence = end->by.substr(end->by.rfind(' ') + 1);
      command = std::visit(command_of, body);
    }
    if (!command) {
      if (of_a_plan(body) && ahead_.plans.empty()) as_recorded_ = 1;
      return;
    }
    ++replayed.decisions;
    auto decided = core::decide(kernel_.state(), *command, record.at);
    if (!decided) {
      refused_ = decided.error().message;
      return;
    }
    for (EventBody& event : *decided) expected_.push_back(std::move(event));
    if (const auto why = ahead_.hopeless.find(record.seq); why != ahead_.hopeless.end()) {
      // That its target had ended without success was known to history alone.
      const auto& submitted = std::get<core::JobSubmitted>(body);
      const auto count = std::max<std::size_t>(1, submitted.spec->indices.size());
      for (std::size_t i = 0; i < count; ++i) {
        expected_.emplace_back(
            core::JobEnded{model::JobId{submitted.first.raw() + i}, model::JobState::cancelled, why->second});
      }
    }
  }

  static bool of_a_plan(const EventBody& body) {
    return std::holds_alternative<core::LeaseGranted>(body) || std::holds_alternative<core::IdleClassified>(body) ||
           std::holds_alternative<core::PreemptionNoticed>(body);
  }

  bool agrees(const ports::Record& record, const EventBody& body) {
    if (as_recorded_ > 0) {
      ++replayed.as_recorded;
      return true;
    }
    const std::string recorded(core::event_name(body));
    if (expected_.empty()) {
      replayed.divergence = {record.seq, recorded, refused_.empty() ? "nothing" : "refused: " + refused_};
      return false;
    }
    const EventBody decided = std::move(expected_.front());
    expected_.pop_front();
    if (core::event_number(decided) == record.number && core::encode_event(decided) == record.payload) return true;
    std::string now(core::event_name(decided));
    if (const auto* plan = std::get_if<core::PlanMade>(&decided); plan != nullptr && now == recorded) {
      replayed.divergence = {record.seq, fmt::format("{} {}", recorded, std::get<core::PlanMade>(body).hash),
                             fmt::format("{} {}", now, plan->hash)};
      return false;
    }
    if (now == recorded) now += " with other content";
    replayed.divergence = {record.seq, recorded, std::move(now)};
    return false;
  }

  Ahead ahead_;
  std::size_t next_plan_ = 0;
  runtime::Kernel kernel_;
  std::deque<EventBody> expected_;                  ///< what the last decision says comes next
  std::map<std::uint64_t, core::AdoptPlan> plans_;  ///< made, not yet adopted; by the number of PlanMade
  core::PlannerFeed feed_;
  core::LivePlanner planner_;
  std::uint32_t step_ = 0;    ///< of the newest plan
  sched::PlanBook book_;      ///< that plan
  std::uint64_t newest_ = 0;  ///< number of the record that names it
  int as_recorded_ = 0;
  std::string refused_;
  std::optional<Fault> fault_;
};

}  // namespace

Expected<Replayed, Fault> replay(const ports::LogStore& store, const std::function<void(std::uint64_t)>& tell,
                                 const sched::PlanSettings& plans) {
  LookAhead look;
  CHECK_OK(store.read(1, [&](const ports::Record& record) {
    if (const auto body = core::decode_event(record.number, record.payload)) look.see(record, *body);
    return true;
  }));
  Replay again(std::move(look.ahead), plans);
  CHECK_OK(store.read(1, [&](const ports::Record& record) {
    if (tell && record.seq % 1'024 == 0) tell(record.seq);
    return again.take(record);
  }));
  if (auto broken = again.take_fault()) return Unexpected<Fault>(std::move(*broken));
  return std::move(again.replayed);
}

}  // namespace mingyue::twin
