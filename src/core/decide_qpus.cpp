#include <algorithm>
#include <map>

#include "core/decide.hpp"

namespace mingyue::core {
namespace {

Expected<const QpuState*> find_qpu(const State& state, const std::string& name) {
  const auto qpu = state.qpus.find(name);
  if (qpu != state.qpus.end()) return &qpu->second;
  return refuse("unknown-qpu", "qpu", fmt::format("there is no quantum device {}", name), "see: mingyue qpus");
}

Expected<void> require_sense(const State& state, const std::string& name, const QpuState& qpu,
                             const model::QpuReading& reading, Instant now) {
  Duration sum;
  bool negative = false;
  for (const model::QpuUse& use : reading.uses) {
    sum += use.time;
    negative = negative || use.time < Duration{0};
  }
  if (reading.from == qpu.metered_to && reading.to <= now && !negative && sum == reading.to - reading.from) return {};
  return refuse("bad-reading", "reading",
                fmt::format("a reading of {} from {} to {} sums to {} ms and should begin at {}", name,
                            print_instant(reading.from), print_instant(reading.to), sum.raw(),
                            print_instant(state.qpus.at(name).metered_to)),
                "read the meter from where it was read last");
}

}  // namespace

Decision decide_one(const State& state, const ReportQpu& command, Instant) {
  TRY(qpu, find_qpu(state, command.qpu));
  if (qpu->facts == command.facts) return Events{};
  return Events{QpuSeen{command.qpu, command.facts}};
}

Decision decide_one(const State& state, const ReportQpuOut& command, Instant) {
  TRY(qpu, find_qpu(state, command.qpu));
  if (qpu->out == command.out && qpu->why == command.why && qpu->back_at == command.back_at) return Events{};
  return Events{QpuWentOut{command.qpu, command.out, command.why, "", command.back_at}};
}

Decision decide_one(const State& state, const ReportQpuIn& command, Instant) {
  TRY(qpu, find_qpu(state, command.qpu));
  if (qpu->out == model::QpuOut::no) return Events{};
  return Events{QpuCameBack{command.qpu, qpu->out, ""}};
}

Decision decide_one(const State& state, const ReportQpuUse& command, Instant now) {
  TRY(qpu, find_qpu(state, command.qpu));
  const model::QpuReading& reading = command.reading;
  if (reading.to == reading.from && reading.uses.empty()) return Events{};
  CHECK_OK(require_sense(state, command.qpu, *qpu, reading, now));
  Events events{QpuMetered{command.qpu, reading}};
  // A device is paid for while it is held: by a batch, or by a session in which nothing runs.
  std::map<model::AttemptId, ChargePosted> charges;
  const auto described = std::ranges::find(state.centre.qpus, command.qpu, &model::Qpu::name);
  for (const model::QpuUse& use : reading.uses) {
    if (use.of.job == model::JobId{} || use.time == Duration{0}) continue;
    ChargePosted& charge = charges[use.of];
    charge.project = use.project;
    charge.attempt = use.of;
    charge.amount += price_ceil(held(1, use.time), described->per_hour);
  }
  for (auto& [attempt, charge] : charges)
    if (charge.amount > Credits{0}) events.emplace_back(std::move(charge));
  return events;
}

Decision decide_one(const State& state, const ReportQpuFault& command, Instant) {
  CHECK_OK(find_qpu(state, command.qpu));
  Incidents incidents(state);
  return Events{incidents.open(command.lied ? IncidentKind::qpu_lied : IncidentKind::qpu_failed, command.attempt,
                               std::nullopt, command.qpu + ": " + command.message)};
}

Decision decide_one(const State& state, const DrainQpu& command, Instant) {
  CHECK_OK(require_operator(command.by, "drain a quantum device"));
  TRY(qpu, find_qpu(state, command.qpu));
  if (qpu->drained && qpu->drained_why == command.reason) return Events{};
  return Events{QpuWentOut{command.qpu, model::QpuOut::drained, command.reason, command.by.user, std::nullopt}};
}

Decision decide_one(const State& state, const ResumeQpu& command, Instant) {
  CHECK_OK(require_operator(command.by, "resume a quantum device"));
  TRY(qpu, find_qpu(state, command.qpu));
  if (!qpu->drained) return Events{};
  return Events{QpuCameBack{command.qpu, model::QpuOut::drained, command.by.user}};
}

}  // namespace mingyue::core
