#include "client/engine_verbs.hpp"

#include "base/text.hpp"
#include "client/columns.hpp"
#include "wire/views.hpp"

namespace mingyue::client {
namespace {

using Align = Table::Align;

Cell state_of(const wire::EngineView& engine) { return {engine.state, engine.state == "up" ? Tone::good : Tone::bad}; }

std::string partitions_of(const wire::EngineView& engine) {
  std::string all;
  for (const std::string& name : engine.partitions) all += (all.empty() ? "" : ", ") + name;
  return all;
}

std::string known(const std::string& text) { return text.empty() ? "-" : text; }

}  // namespace

Exit list_engines(Session& session) {
  const auto all = get_list<wire::EngineView>(session, "/v1/engines");
  if (!all) return tell(session, all.error());
  if (session.json) {
    print_json(*all);
    return Exit::ok;
  }
  if (all->empty()) {
    out(session.text("engines.none") + "\n");
    return Exit::ok;
  }
  Table table = titled(session, {{"engine"},
                                 {"version"},
                                 {"speaks"},
                                 {"state"},
                                 {"nodes", Align::right},
                                 {"cores", Align::right},
                                 {"cards", Align::right},
                                 {"partition"},
                                 {"why"}});
  for (const wire::EngineView& engine : *all) {
    table.add({engine.name, known(engine.version), known(engine.speaks), state_of(engine), std::to_string(engine.nodes),
               std::to_string(engine.cores), std::to_string(engine.cards), partitions_of(engine), engine.why});
  }
  out(printed(session, table));
  return Exit::ok;
}

Exit show_engine(Session& session, const std::string& name) {
  const auto engine = get_one<wire::EngineView>(session, "/v1/engines/" + encode(name));
  if (!engine) return tell(session, engine.error());
  if (session.json) {
    print_json(*engine);
    return Exit::ok;
  }
  const std::string state = engine->state + (engine->why.empty() ? "" : ": " + engine->why);
  out(session.text("engine", engine->name, known(engine->version), state) + "\n");
  out("  " + session.text("engine.speaks", known(engine->speaks)) + "\n");
  out("  " + session.text("engine.nodes", engine->nodes, engine->cores, engine->cards, partitions_of(*engine)) + "\n");
  out("  " + session.text("engine.attempts", engine->attempts, engine->pilots) + "\n");
  return Exit::ok;
}

}  // namespace mingyue::client
