#include "base/text.hpp"
#include "client/centre_verbs.hpp"
#include "client/change.hpp"
#include "client/columns.hpp"
#include "wire/requests.hpp"

/// Reservations and maintenance on the command line.
namespace mingyue::client {
namespace {

using Align = Table::Align;

std::string joined(const std::vector<std::string>& words) {
  std::string text;
  for (const std::string& word : words) text += (text.empty() ? "" : ", ") + word;
  return text;
}

/// An instant as the API writes it, or so long from now.
Expected<Instant> when(const std::string& option, const std::string& text) {
  if (const auto instant = parse_instant(text)) return *instant;
  if (const auto ahead = parse_duration(text)) return now() + *ahead;
  return refuse("bad-value", option, "\"" + shown(text) + "\": " + say("no.instant"), say("no.instant.hint"));
}

/// Sets `field` from an option that was given.
template <class T, class Read>
Expected<void> read(const std::string& option, const std::string& text, std::optional<T>& field, Read reader) {
  if (text.empty()) return {};
  auto value = reader(text);
  if (!value) {
    Refusal refusal = value.error();
    refusal.field = option;
    return Unexpected<Refusal>(std::move(refusal));
  }
  field = *value;
  return {};
}

Expected<wire::ReservationRequest> request_of(const ReserveOptions& options) {
  wire::ReservationRequest request{.name = options.name, .partition = options.partition};
  if (options.maintenance) request.kind = model::ReservationKind::maintenance;
  if (!options.nodes.empty()) request.nodes = options.nodes;
  request.count = options.count;
  if (!options.projects.empty()) request.projects = options.projects;
  if (!options.users.empty()) request.users = options.users;
  request.why = options.reason;
  request.force = options.force;
  const auto instant = [](const std::string& option) {
    return [option](const std::string& text) { return when(option, text); };
  };
  const auto duration = [](const std::string& text) { return parse_duration(text); };
  CHECK_OK(read("--start", options.start, request.start, instant("--start")));
  CHECK_OK(read("--end", options.end, request.end, instant("--end")));
  CHECK_OK(read("--for", options.lasts, request.lasts, duration));
  CHECK_OK(read("--every", options.every, request.every, duration));
  CHECK_OK(read("--until", options.until, request.until, instant("--until")));
  return request;
}

}  // namespace

Exit reserve(Session& session, const ReserveOptions& options) {
  const auto request = request_of(options);
  if (!request) {
    (void)tell(session, Failure{422, {request.error()}});
    return Exit::usage;
  }
  return change<wire::ReservationView>(session, "POST", "/v1/reservations",
                                       formats::write_json(*request, formats::JsonStyle::api),
                                       session.text("reserved", options.name));
}

Exit list_reservations(Session& session) {
  const auto all = get_list<wire::ReservationView>(session, "/v1/reservations");
  if (!all) return tell(session, all.error());
  if (session.json) {
    print_json(*all);
    return Exit::ok;
  }
  Table table = titled(session, {{"reservation"},
                                 {"kind"},
                                 {"state"},
                                 {"partition"},
                                 {"nodes", Align::right},
                                 {"start"},
                                 {"end"},
                                 {"every"},
                                 {"for.whom"},
                                 {"why"}});
  for (const wire::ReservationView& one : *all) {
    std::vector<std::string> whom = one.projects;
    whom.insert(whom.end(), one.users.begin(), one.users.end());
    table.add({one.name, session.text("reservation." + enum_word(one.kind)),
               Cell(session.text(one.open ? "reservation.open" : "reservation.ahead"),
                    one.open ? Tone::warning : Tone::plain),
               one.partition, std::to_string(one.nodes.size()), short_time(one.start), short_time(one.end),
               one.every ? print_duration(*one.every) : "-", joined(whom), one.why});
  }
  out(printed(session, table));
  return Exit::ok;
}

Exit end_reservation(Session& session, const std::string& name) {
  return change<Nothing>(session, "DELETE", "/v1/reservations/" + encode(name), "",
                         session.text("reservation.ended", name));
}

}  // namespace mingyue::client
