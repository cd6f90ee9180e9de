#include "api/event_view.hpp"

#include <fmt/format.h>

#include "base/text.hpp"

namespace mingyue::api {
namespace {

constexpr std::size_t text_max = 200;

/// Someone else's words, at the end of a sentence: `: disk is full`, or nothing.
std::string because(std::string_view why) { return why.empty() ? std::string() : ": " + shown(why, text_max); }

struct Summary {
  const std::vector<std::string>& node_names;

  std::string node(model::NodeId id) const {
    return id.raw() < node_names.size() ? node_names[id.raw()] : fmt::format("number {}", id.raw());
  }

  std::string operator()(const core::CentreConfigured& e) const {
    return fmt::format("centre {} has {} nodes in {} partitions", e.centre.name, e.centre.nodes.size(),
                       e.centre.partitions.size());
  }
  std::string operator()(const core::JobSubmitted& e) const {
    const std::string what = e.spec->indices.empty()
                                 ? fmt::format("job {}", e.first.raw())
                                 : fmt::format("array {} of {} jobs", e.first.raw(), e.spec->indices.size());
    return fmt::format("{} ({}) submitted by {} for project {}", what, e.spec->name, e.spec->user, e.spec->project);
  }
  std::string operator()(const core::JobHeld& e) const { return fmt::format("job {} held by {}", e.job.raw(), e.by); }
  std::string operator()(const core::JobReleased& e) const {
    return fmt::format("job {} released by {}", e.job.raw(), e.by);
  }
  std::string operator()(const core::LeaseGranted& e) const {
    if (e.lease.shares().empty())
      return fmt::format("attempt {} is handed over to the queue of its engine", model::print(e.attempt));
    return fmt::format("attempt {} granted on {}{}", model::print(e.attempt), where(e.lease),
                       e.backfill ? ", by backfill" : "");
  }
  std::string where(const model::Lease& lease) const {
    if (lease.shares().empty()) return "no node of the centre";
    const std::string first = node(lease.shares().front().node);
    const auto tasks = lease.tasks();
    return tasks > 1 ? fmt::format("{} and {} more leases", first, tasks - 1) : first;
  }
  std::string operator()(const core::AttemptPlaced& e) const {
    return fmt::format("attempt {} is put on {} by its engine", model::print(e.attempt), where(e.lease));
  }
  std::string operator()(const core::OthersOnNode& e) const {
    return fmt::format("others hold {} cores and {} cards of node {}{}", e.cores.count(), e.cards.count(), node(e.node),
                       e.until ? ", until " + print_instant(*e.until) : std::string());
  }
  std::string operator()(const core::AttemptStarted& e) const {
    return fmt::format("attempt {} runs", model::print(e.attempt));
  }
  std::string operator()(const core::ProgressMade& e) const {
    if (!e.progress.checkpoint.empty()) {
      return fmt::format("attempt {} wrote checkpoint {}", model::print(e.attempt),
                         shown(e.progress.checkpoint, text_max));
    }
    if (e.progress.of >= 0)
      return fmt::format("attempt {} is at step {} of {}", model::print(e.attempt), e.progress.step, e.progress.of);
    return fmt::format("attempt {} is at step {}", model::print(e.attempt), e.progress.step);
  }
  std::string operator()(const core::PreemptionNoticed& e) const {
    return fmt::format("attempt {} is to make room for job {} by {}{}", model::print(e.attempt), e.by.raw(),
                       print_instant(e.end_at), e.move ? ", and to go on elsewhere" : "");
  }
  std::string operator()(const core::EndRequested& e) const {
    return fmt::format("attempt {} is asked to end: {}{}", model::print(e.attempt), enum_word(e.reason),
                       e.by.empty() ? "" : ", by " + e.by);
  }
  std::string operator()(const core::AttemptEnded& e) const {
    std::string how = enum_word(e.end.cause);
    if (e.end.cause == model::EndCause::exited) how += fmt::format(" with code {}", e.end.exit_code);
    if (e.end.cause == model::EndCause::signalled) how += fmt::format(" {}", e.end.signal);
    return fmt::format("attempt {} ended: {}; its work is {}{}", model::print(e.attempt), how, enum_word(e.verdict),
                       because(e.end.message));
  }
  std::string operator()(const core::ChargePosted& e) const {
    return fmt::format(
        "project {} pays {} credits for attempt {}{}", e.project, print_credits(e.amount), model::print(e.attempt),
        e.waived == Credits{0} ? "" : fmt::format("; {} are the centre's loss", print_credits(e.waived)));
  }
  std::string operator()(const core::JobRequeued& e) const {
    return fmt::format("job {} waits again{}", e.job.raw(), because(e.reason));
  }
  std::string operator()(const core::JobEnded& e) const {
    return fmt::format("job {} {}{}", e.job.raw(), enum_word(e.state), because(e.reason));
  }
  std::string operator()(const core::NodeDrained& e) const {
    return fmt::format("node {} drained by {}{}", node(e.node), e.by, because(e.reason));
  }
  std::string operator()(const core::NodeResumed& e) const {
    return fmt::format("node {} resumed by {}", node(e.node), e.by);
  }
  std::string operator()(const core::NodeLost& e) const {
    return fmt::format("node {} lost{}", node(e.node), because(e.message));
  }
  std::string operator()(const core::NodeRestored& e) const { return fmt::format("node {} is back", node(e.node)); }
  std::string operator()(const core::IncidentOpened& e) const {
    return fmt::format("incident {}, {}{}", e.incident.raw(), enum_word(e.kind), because(e.message));
  }
  std::string operator()(const core::IncidentClosed& e) const {
    return fmt::format("incident {} closed{}", e.incident.raw(), because(e.how));
  }
  std::string operator()(const core::IdleClassified& e) const {
    std::int64_t promised = 0;
    std::int64_t stranded = 0;
    std::int64_t unwanted = 0;
    for (const auto& idle : e.idle) {
      promised += idle.promised;
      stranded += idle.stranded;
      unwanted += idle.unwanted;
    }
    return fmt::format("idle divides into {} promised, {} stranded, {} unwanted", promised, stranded, unwanted);
  }
  std::string operator()(const core::CreditsGranted& e) const {
    return fmt::format("project {} is granted {} credits by {}", e.project, print_credits(e.amount), e.by);
  }
  std::string operator()(const core::ProjectSet& e) const {
    return fmt::format("project {} set by {}", e.project.name, e.by);
  }
  std::string operator()(const core::UserSet& e) const { return fmt::format("user {} set by {}", e.user.name, e.by); }
  std::string operator()(const core::TokenIssued& e) const {
    return fmt::format("token {} issued to {} as {} by {}", e.token, e.user, enum_word(e.role), e.by);
  }
  std::string operator()(const core::TokenRevoked& e) const {
    return fmt::format("token {} revoked by {}", e.token, e.by);
  }
  std::string operator()(const core::PlanMade& e) const {
    const std::string what = e.step == 0 ? std::string("a plan") : fmt::format("step {} of a plan", e.step);
    return fmt::format("{} of the state at record {}: {}", what, e.saw, e.hash.substr(0, 12));
  }
  std::string operator()(const core::ReservationMade& e) const {
    const model::Reservation& r = e.reservation;
    return fmt::format("reservation {} ({}) of {} nodes made by {}, from {} to {}{}{}", r.name, enum_word(r.kind),
                       r.nodes.size(), r.by, print_instant(r.start), print_instant(r.end),
                       r.every > Duration{0} ? ", every " + print_duration(r.every) : std::string(), because(r.why));
  }
  std::string operator()(const core::ReservationBegan& e) const {
    return fmt::format("reservation {} ({}) of {} nodes began, until {}", e.name, enum_word(e.kind), e.nodes.size(),
                       print_instant(e.end));
  }
  std::string operator()(const core::ReservationEnded& e) const {
    return fmt::format("reservation {} ended{}{}", e.name, e.by.empty() ? "" : " by " + e.by,
                       e.next ? ", again from " + print_instant(*e.next) : std::string());
  }
  std::string operator()(const core::QpuSeen& e) const {
    return fmt::format("quantum device {}: {} qubits, {}{}{}", e.qpu, e.facts.qubits, e.facts.technology,
                       e.facts.simulated ? ", simulated" : "",
                       e.facts.calibration.empty() ? "" : ", calibration " + e.facts.calibration);
  }
  std::string operator()(const core::QpuWentOut& e) const {
    return fmt::format("quantum device {} is out of service: {}{}{}{}", e.qpu, enum_word(e.out),
                       e.by.empty() ? "" : " by " + e.by, e.why.empty() ? "" : ", " + e.why,
                       e.back_at ? ", until " + print_instant(*e.back_at) : "");
  }
  std::string operator()(const core::QpuCameBack& e) const {
    return fmt::format("quantum device {} is back from {}{}", e.qpu, enum_word(e.out),
                       e.by.empty() ? "" : ", resumed by " + e.by);
  }
  std::string operator()(const core::QpuMetered& e) const {
    std::int64_t batches = 0;
    Duration run;
    for (const auto& use : e.reading.uses) {
      batches += use.batches;
      if (use.spent == model::QpuSpent::run) run += use.time;
    }
    return fmt::format("quantum device {}: {} batches in {} of {}", e.qpu, batches, print_duration(run),
                       print_duration(e.reading.to - e.reading.from));
  }
  std::string operator()(const core::DeadlineLost& e) const {
    return fmt::format("job {} can no longer end by {}", e.job.raw(), print_instant(e.deadline));
  }
};

}  // namespace

std::string summary(const core::EventBody& event, const std::vector<std::string>& node_names) {
  return std::visit(Summary{node_names}, event);
}

wire::EventView event_view(const ports::Record& record, const std::vector<std::string>& node_names) {
  wire::EventView view{.seq = record.seq, .at = record.at, .hash = print_hex(record.hash)};
  const auto body = core::decode_event(record.number, record.payload);
  if (!body) {
    view.type = "unknown";
    view.summary = fmt::format("an event of kind {} that this version cannot read", record.number);
    return view;
  }
  view.type = std::string(core::event_name(*body));
  if (const auto job = core::job_of(*body)) view.job = *job;
  view.summary = summary(*body, node_names);
  return view;
}

std::vector<std::string> node_names_of(const model::Centre& centre) {
  std::vector<std::string> names;
  names.reserve(centre.nodes.size());
  for (const model::Node& node : centre.nodes) names.push_back(node.name);
  return names;
}

}  // namespace mingyue::api
