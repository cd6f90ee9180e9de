#include "client/centre_verbs.hpp"

#include <chrono>
#include <thread>

#include "base/text.hpp"
#include "client/change.hpp"
#include "client/columns.hpp"
#include "client/qpu_verbs.hpp"
#include "wire/requests.hpp"

namespace mingyue::client {
namespace {

using Align = Table::Align;

std::string hours_text(ResourceTime time) { return fmt::format("{:.3f}", static_cast<double>(time.raw()) / 3.6e6); }

std::string class_word(const Session& session, const std::string& name) {
  const std::string key = "class." + name;
  const std::string_view word = message(session.language, key);
  return word == key ? name : std::string(word);
}

std::string share_text(double share) { return fmt::format("{:.2f} %", share * 100); }

Cell node_state(const Session& session, const wire::NodeView& node) {
  const Tone tone = node.state == "up" ? Tone::good : node.state == "down" ? Tone::bad : Tone::warning;
  return {node.state + (node.is_virtual ? " (" + session.text("virtual") + ")" : ""), tone};
}

/// What others use counts for people as a reason: it is why so little is free.
std::string why_of(const Session& session, const wire::NodeView& node) {
  std::string why = node.why;
  if (node.cores_others == 0 && node.cards_others == 0) return why;
  if (!why.empty()) why += "; ";
  return why + session.text("node.others", node.cores_others, node.cards_others);
}

/// A line for people, or an object in a line for programs.
void print_event(const Session& session, const wire::EventView& event) {
  if (session.json)
    out(formats::write_json(event, formats::JsonStyle::cli) + "\n");
  else
    out(fmt::format("{:>8}  {}  {:<18}  {}\n", event.seq, short_time(event.at), event.type,
                    shown(event.summary, 1'000)));
}

/// Each partition and resource with its classes below it: hours, and their share of the capacity.
std::string ledger_table(const Session& session, const wire::LedgerView& view) {
  std::string text = session.text("ledger", view.centre, short_time(view.from), short_time(view.to)) + "\n";
  if (!view.lines.empty()) {
    Table table =
        titled(session, {{"partition"}, {"resource"}, {"class"}, {"hours", Align::right}, {"share", Align::right}});
    for (const wire::LedgerLine& line : view.lines) {
      table.add({line.partition, line.resource, session.text("class.capacity"), hours_text(line.capacity), ""});
      for (const auto& [name, time] : line.classes) {
        const double share =
            line.capacity.raw() == 0 ? 0 : static_cast<double>(time.raw()) / static_cast<double>(line.capacity.raw());
        table.add({"", "", class_word(session, name), hours_text(time), share_text(share)});
      }
      table.add({"", "", session.text("class.use"), "", share_text(line.use)});
      table.add({"", "", session.text("class.goodput"), "", share_text(line.goodput)});
    }
    text += printed(session, table);
  }
  if (!view.usage.empty()) {
    std::vector<Table::Column> columns{
        {session.text("column.partition")}, {session.text("column.resource")}, {session.text("column.group")}};
    for (const auto& [name, time] : view.usage.front().classes)
      columns.push_back({class_word(session, name), Align::right});
    Table table(std::move(columns));
    for (const wire::UsageLine& line : view.usage) {
      std::vector<Cell> cells{line.partition, line.resource, line.group};
      for (const auto& [name, time] : line.classes) cells.emplace_back(hours_text(time));
      table.add(std::move(cells));
    }
    text += printed(session, table);
  }
  return text;
}

}  // namespace

Exit show_status(Session& session) {
  auto view = get_one<wire::CentreView>(session, "/v1/centre");
  if (!view) return tell(session, view.error());
  if (session.json) {
    print_json(*view);
    return Exit::ok;
  }
  const auto incidents = get_list<wire::IncidentView>(session, "/v1/incidents");
  if (!incidents) return tell(session, incidents.error());
  out(session.text("status", view->name, view->version, view->jobs_running, view->jobs_waiting, view->nodes,
                   view->nodes_virtual, view->head_seq) +
      "\n");
  if (!incidents->empty()) out("  " + session.text("status.incidents", incidents->size()) + "\n");
  if (!view->stalled.empty()) out("  " + session.text("status.stalled", view->stalled) + "\n");
  return list_nodes(session);
}

Exit list_nodes(Session& session) {
  auto nodes = get_list<wire::NodeView>(session, "/v1/nodes");
  if (!nodes) return tell(session, nodes.error());
  if (session.json) {
    print_json(*nodes);
    return Exit::ok;
  }
  Table table = titled(session, {{"node"},
                                 {"engine"},
                                 {"partition"},
                                 {"state"},
                                 {"cores", Align::right},
                                 {"free", Align::right},
                                 {"memory", Align::right},
                                 {"cards"},
                                 {"free", Align::right},
                                 {"jobs", Align::right},
                                 {"why"}});
  for (const auto& node : *nodes) {
    table.add({node.name, node.engine.empty() ? session.text("engine.own") : node.engine, node.partition,
               node_state(session, node), std::to_string(node.cores), std::to_string(node.cores_free),
               print_bytes(node.memory), node.cards > 0 ? fmt::format("{} {}", node.cards, node.card_type) : "-",
               std::to_string(node.cards_free), std::to_string(node.jobs.size()), why_of(session, node)});
  }
  out(printed(session, table));
  // Devices are no nodes, and belong to the same view of the centre.
  const auto qpus = get_list<wire::QpuView>(session, "/v1/qpus");
  if (!qpus) return tell(session, qpus.error());
  if (!qpus->empty()) out("\n" + qpu_table(session, *qpus));
  return Exit::ok;
}

Exit show_node(Session& session, const std::string& name) {
  auto node = get_one<wire::NodeView>(session, "/v1/nodes/" + encode(name));
  if (!node) return tell(session, node.error());
  if (session.json) {
    print_json(*node);
    return Exit::ok;
  }
  const std::string state = node_state(session, *node).text + (node->why.empty() ? "" : ": " + node->why);
  out(session.text("node", node->name, node->partition, state) + "\n");
  out("  " +
      session.text("node.cores", node->cores, node->cores_free, print_bytes(node->memory),
                   print_bytes(node->memory_free)) +
      "\n");
  if (node->cards > 0) out("  " + session.text("node.cards", node->cards, node->card_type, node->cards_free) + "\n");
  if (!node->engine.empty()) out("  " + session.text("node.engine", node->engine) + "\n");
  if (node->cores_others > 0 || node->cards_others > 0) {
    out("  " + session.text("node.others", node->cores_others, node->cards_others) +
        (node->others_until ? ", " + session.text("until", short_time(*node->others_until)) : "") + "\n");
  }
  if (!node->jobs.empty()) {
    std::string ids;
    for (const auto id : node->jobs) ids += (ids.empty() ? "" : ", ") + std::to_string(id.raw());
    out("  " + session.text("node.jobs", ids) + "\n");
  }
  Table table = titled(session, {{"limit"}, {""}, {"how"}});
  for (const auto& limit : node->limits) {
    table.add(
        {limit.limit,
         Cell(session.text(limit.enforced ? "enforced" : "not.enforced"), limit.enforced ? Tone::good : Tone::warning),
         limit.how});
  }
  if (!table.empty()) out(printed(session, table));
  return Exit::ok;
}

Exit drain_node(Session& session, const std::string& name, const std::string& reason) {
  return change<wire::NodeView>(session, "POST", "/v1/nodes/" + encode(name) + "/drain",
                                formats::write_json(wire::DrainRequest{reason}, formats::JsonStyle::api),
                                session.text("node.drained", name));
}

Exit resume_node(Session& session, const std::string& name) {
  return change<wire::NodeView>(session, "POST", "/v1/nodes/" + encode(name) + "/resume", "",
                                session.text("node.resumed", name));
}

Exit list_incidents(Session& session, bool all) {
  auto incidents = get_list<wire::IncidentView>(session, all ? "/v1/incidents?all=true" : "/v1/incidents");
  if (!incidents) return tell(session, incidents.error());
  if (session.json) {
    print_json(*incidents);
    return Exit::ok;
  }
  Table table = titled(
      session, {{"id", Align::right}, {"kind"}, {"job", Align::right}, {"node"}, {"opened"}, {"closed"}, {"message"}});
  for (const auto& i : *incidents) {
    table.add({std::to_string(i.id.raw()), i.kind, i.job.raw() > 0 ? fmt::format("{}.{}", i.job.raw(), i.attempt) : "-",
               i.node, short_time(i.opened_at), short_time(i.closed_at), i.message});
  }
  out(printed(session, table));
  return Exit::ok;
}

Exit close_incident(Session& session, const std::string& id, const std::string& how) {
  return change<Nothing>(session, "POST", "/v1/incidents/" + encode(id) + "/close",
                         formats::write_json(wire::CloseRequest{how}, formats::JsonStyle::api),
                         session.text("closed", id));
}

Exit show_ledger(Session& session, const LedgerOptions& options) {
  std::string path = "/v1/ledger?";
  const auto add = [&](std::string_view name, const std::string& value) {
    if (!value.empty()) path += fmt::format("{}={}&", name, encode(value));
  };
  std::string from = options.from;
  if (!options.last.empty()) {
    const auto last = parse_duration(options.last);
    if (!last) return tell(session, Failure{422, {last.error()}});
    from = print_instant(now() - *last);
  }
  add("from", from);
  add("to", options.to);
  add("partition", options.partition);
  add("project", options.project);
  add("user", options.user);
  add("kind", options.kind);
  add("by", options.by);
  path.pop_back();
  auto view = get_one<wire::LedgerView>(session, path);
  if (!view) return tell(session, view.error());
  if (!session.json)
    out(ledger_table(session, *view));
  else if (view->usage.empty())
    print_json(view->lines);
  else
    print_json(view->usage);
  return Exit::ok;
}

Exit show_events(Session& session, const EventsOptions& options) {
  std::uint64_t from = 0;
  if (!options.from.empty()) {
    const auto number = parse_integer(options.from, 0, INT64_MAX);
    if (!number) return tell(session, Failure{422, {number.error()}});
    from = static_cast<std::uint64_t>(*number);
  } else {
    auto centre = get_one<wire::CentreView>(session, "/v1/centre");
    if (!centre) return tell(session, centre.error());
    const auto limit = static_cast<std::uint64_t>(options.limit);
    from = options.job.empty() && centre->head_seq > limit ? centre->head_seq - limit + 1 : 1;
  }
  session.connection.be_patient(options.follow ? minutes(1) : Duration{0});
  for (;;) {
    std::string path = fmt::format("/v1/events?from={}&limit={}", std::max<std::uint64_t>(1, from), options.limit);
    if (!options.job.empty()) path += "&job=" + encode(options.job);
    const auto events = get_list<wire::EventView>(session, path);
    if (!events) return tell(session, events.error());
    if (session.json && !options.follow)
      print_json(*events);
    else
      for (const wire::EventView& event : *events) print_event(session, event);
    if (!options.follow) return Exit::ok;
    if (events->empty())
      std::this_thread::sleep_for(std::chrono::milliseconds(500));
    else
      from = events->back().seq + 1;
  }
}

}  // namespace mingyue::client
