#include "core/event.hpp"

#include <array>

#include "base/codec.hpp"

namespace mingyue::core {
namespace {

template <class T>
struct NameOf;
#define NAME(Type)                                   \
  template <>                                        \
  struct NameOf<Type> {                              \
    static constexpr std::string_view value = #Type; \
  }
NAME(CentreConfigured);
NAME(JobSubmitted);
NAME(JobHeld);
NAME(JobReleased);
NAME(LeaseGranted);
NAME(AttemptStarted);
NAME(ProgressMade);
NAME(PreemptionNoticed);
NAME(EndRequested);
NAME(AttemptEnded);
NAME(ChargePosted);
NAME(JobRequeued);
NAME(JobEnded);
NAME(NodeDrained);
NAME(NodeResumed);
NAME(NodeLost);
NAME(NodeRestored);
NAME(IncidentOpened);
NAME(IncidentClosed);
NAME(IdleClassified);
NAME(CreditsGranted);
NAME(ProjectSet);
NAME(UserSet);
NAME(TokenIssued);
NAME(TokenRevoked);
NAME(PlanMade);
NAME(ReservationMade);
NAME(ReservationBegan);
NAME(ReservationEnded);
NAME(DeadlineLost);
NAME(QpuSeen);
NAME(QpuWentOut);
NAME(QpuCameBack);
NAME(QpuMetered);
NAME(AttemptPlaced);
NAME(OthersOnNode);
#undef NAME

template <std::size_t... I>
std::vector<std::string_view> names(std::index_sequence<I...>) {
  return {NameOf<std::variant_alternative_t<I, EventBody>>::value...};
}

template <std::size_t I>
std::optional<EventBody> decode_as(std::string_view bytes) {
  auto value = codec::decode<std::variant_alternative_t<I, EventBody>>(bytes);
  if (!value) return std::nullopt;
  return EventBody(std::in_place_index<I>, std::move(*value));
}

using Decoder = std::optional<EventBody> (*)(std::string_view);
template <std::size_t... I>
constexpr std::array<Decoder, sizeof...(I)> decoders(std::index_sequence<I...>) {
  return {&decode_as<I>...};
}

using Kinds = std::make_index_sequence<std::variant_size_v<EventBody>>;

}  // namespace

const std::vector<std::string_view>& event_names() {
  static const std::vector<std::string_view> all = names(Kinds{});
  return all;
}

std::string_view event_name(const EventBody& body) { return event_names()[body.index()]; }

std::uint32_t event_number(const EventBody& body) { return static_cast<std::uint32_t>(body.index()) + 1; }

std::string encode_event(const EventBody& body) {
  return std::visit([](const auto& event) { return codec::encode(event); }, body);
}

std::optional<EventBody> decode_event(std::uint32_t number, std::string_view bytes) {
  static constexpr auto table = decoders(Kinds{});
  if (number == 0 || number > table.size()) return std::nullopt;
  return table[number - 1](bytes);
}

namespace {
template <class... Members>
Hash hash_of_all(const Members&... members) {
  codec::Writer out;
  (codec::write(out, members), ...);
  return hash_of(out.take());
}
}  // namespace

Hash plan_hash(const sched::Plan& plan) {
  return hash_of_all(plan.starts, plan.preemptions, plan.waits, plan.idle, plan.replan_at);
}

Hash plan_hash(const sched::PlanStep& step) {
  return hash_of_all(step.starts, step.waits, step.repromised, step.gone, step.idle, step.replan_at);
}

std::optional<model::JobId> job_of(const EventBody& body) {
  return std::visit(
      [](const auto& event) -> std::optional<model::JobId> {
        if constexpr (requires { event.first; })
          return event.first;
        else if constexpr (requires { event.attempt.job; }) {
          if (event.attempt.job == model::JobId{}) return std::nullopt;
          return event.attempt.job;
        } else if constexpr (requires { event.job; })
          return event.job;
        else
          return std::nullopt;
      },
      body);
}

}  // namespace mingyue::core
