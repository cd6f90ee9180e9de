#include "forecast/log_note.hpp"

#include <algorithm>
#include <string_view>

namespace mingyue::forecast {
namespace {

/// FNV-1a (G. Fowler, L. C. Noll, K.-P. Vo), 64 bits; 0 is left for who is not known.
std::uint64_t number_of(std::string_view name) {
  std::uint64_t hash = 0xcbf29ce484222325ULL;
  for (const char c : name) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3ULL;
  return name.empty() ? 0 : std::max<std::uint64_t>(hash, 1);
}

bool is_a_fault(model::EndCause cause) {
  using model::EndCause;
  return cause == EndCause::launch_failed || cause == EndCause::lost || cause == EndCause::node_lost;
}

struct Read {
  Note operator()(const core::JobSubmitted& e) const {
    return {.kind = Note::Kind::submitted, .job = e.first, .spec = e.spec};
  }
  Note operator()(const core::JobHeld& e) const { return {.kind = Note::Kind::held, .job = e.job, .spec = {}}; }
  Note operator()(const core::JobReleased& e) const { return {.kind = Note::Kind::released, .job = e.job, .spec = {}}; }
  std::optional<Note> operator()(const core::LeaseGranted& e) const {
    if (e.lease.shares().empty()) return std::nullopt;  // it waits, in another queue
    return Note{.kind = Note::Kind::started, .job = e.attempt.job, .spec = {}};
  }
  Note operator()(const core::AttemptPlaced& e) const {
    return {.kind = Note::Kind::started, .job = e.attempt.job, .spec = {}};
  }
  Note operator()(const core::PreemptionNoticed& e) const {
    return {.kind = Note::Kind::cut, .job = e.attempt.job, .spec = {}};
  }
  Note operator()(const core::AttemptEnded& e) const {
    return {.kind = Note::Kind::ended,
            .job = e.attempt.job,
            .was_cut = is_a_fault(e.end.cause),
            .succeeded = e.end.cause == model::EndCause::exited && e.end.exit_code == 0,
            .spec = {}};
  }
  Note operator()(const core::JobRequeued& e) const { return {.kind = Note::Kind::requeued, .job = e.job, .spec = {}}; }
  Note operator()(const core::JobEnded& e) const { return {.kind = Note::Kind::gone, .job = e.job, .spec = {}}; }
  std::optional<Note> operator()(const core::EndRequested& e) const {
    // A user who cancels has seen enough of the job: that is how long such jobs run.
    if (e.reason == core::EndReason::cancelled || e.reason == core::EndReason::wall) return std::nullopt;
    return Note{.kind = Note::Kind::cut, .job = e.attempt.job, .spec = {}};
  }
  std::optional<Note> operator()(const auto&) const { return std::nullopt; }
};

}  // namespace

std::optional<Note> note_of(const core::Event& event) {
  auto note = std::visit([](const auto& body) { return std::optional<Note>(Read{}(body)); }, event.body);
  if (note) note->at = event.at;
  return note;
}

RunFacts facts_of(const model::JobSpec& spec) {
  std::int64_t cores = 0;
  std::int64_t cards = 0;
  for (const model::Part& part : spec.parts) {
    cores += std::int64_t{part.tasks} * part.need.cores.raw();
    cards += std::int64_t{part.tasks} * part.need.cards.raw();
  }
  return {.user = number_of(spec.user),
          .name = number_of(spec.name),
          .size = std::max<std::int64_t>(cards > 0 ? cards : cores, 1),
          .limit = std::max(spec.wall, milliseconds(1)),
          .kind = static_cast<std::uint32_t>(spec.kind)};
}

}  // namespace mingyue::forecast
