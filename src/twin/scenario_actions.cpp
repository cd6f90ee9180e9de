#include "twin/scenario_actions.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <boost/describe/members.hpp>
#include <boost/mp11/algorithm.hpp>
#include <set>

#include "model/document_reader.hpp"
#include "model/job_document.hpp"

namespace mingyue::twin {
namespace {

using model::FieldReader;
using model::Refusals;

/// One line while it is read.
struct Words {
  const ScenarioLine& line;
  FieldReader& fields;
  Refusals& refusals;

  [[nodiscard]] const std::string& subject() const { return line.subject; }
  [[nodiscard]] Duration duration(std::string_view name) const { return fields.duration(name).value_or(Duration{}); }
};

/// An action on the job that the line names; nothing happens where there is none, or nobody acknowledged it.
template <class Command>
Action on_job(Words& words) {
  return [job = words.subject()](SimulatedWorld& world) {
    if (const auto id = world.find_job(job)) world.command(Command{SimulatedWorld::somebody(), *id});
  };
}

// ---- submit

/// Those of a submission's fields that are the scenario's own; all others are a job document's (docs/formats/job.md).
constexpr std::array<std::string_view, 8> own_fields{"user",  "runs",     "ends",      "key",
                                                     "after", "after-ok", "after-any", "deadline"};

void read_dependencies(Words& words, Submission& submission) {
  using enum model::DependencyKind;
  for (const auto& [name, kind] : {std::pair{"after", after}, {"after-ok", after_ok}, {"after-any", after_any}}) {
    const auto text = words.fields.text(name);
    if (!text) continue;
    for (std::string_view rest = *text; !rest.empty();) {
      const auto comma = std::min(rest.find(','), rest.size());
      submission.after.emplace_back(kind, std::string(rest.substr(0, comma)));
      rest.remove_prefix(std::min(comma + 1, rest.size()));
    }
  }
}

std::optional<Instant> read_deadline(Words& words) {
  const auto text = words.fields.text("deadline");
  if (!text) return std::nullopt;
  const auto at = read_scenario_time(*text);
  if (!at)
    words.fields.refuse("deadline", "bad-value", "the deadline is no time of the scenario", "write one, like 3:00");
  return at ? std::optional(SimulatedWorld::instant(*at)) : std::nullopt;
}

Action submit(Words& words) {
  Submission submission;
  const std::string user = words.fields.name("user").value_or("ann");
  if (const auto runs = words.fields.duration("runs")) submission.program.runs = runs;
  submission.program.ends = words.fields.word<ProgramEnd>("ends");
  submission.key = words.fields.text("key", 200).value_or("");
  read_dependencies(words, submission);
  const auto deadline = read_deadline(words);

  const Tree::Field program{
      .name = "command",
      .value = {.kind = Tree::Kind::list, .items = {{.kind = Tree::Kind::scalar, .scalar = "work"}}}};
  Tree document = tree_of(words.line);
  std::erase_if(document.fields,
                [](const Tree::Field& field) { return std::ranges::find(own_fields, field.name) != own_fields.end(); });
  document.fields.push_back({.name = "name", .value = {.kind = Tree::Kind::scalar, .scalar = words.subject()}});
  const auto parts = std::ranges::find(document.fields, "parts", &Tree::Field::name);
  if (parts == document.fields.end()) {
    document.fields.push_back(program);
  } else {
    for (Tree& part : parts->value.items) part.fields.push_back(program);
  }
  auto spec = model::read_job(
      document,
      {.user = user, .project = user == "bob" ? "industry" : "science", .partition = "main", .wall = hours(1)});
  if (!spec) {
    for (Refusal& refusal : spec.error()) {
      refusal.line = words.line.line;
      words.refusals.add(std::move(refusal));
    }
    return {};
  }
  submission.spec = std::move(*spec);
  submission.spec.deadline = deadline;
  return [submission = std::move(submission)](SimulatedWorld& world) { world.submit(submission); };
}

// ---- what else people do

Action repeat(Words& words) {
  return [job = words.subject()](SimulatedWorld& world) { world.repeat(job); };
}

Action drain(Words& words) {
  return [node = words.subject()](SimulatedWorld& world) {
    world.command(core::DrainNode{SimulatedWorld::somebody(), node, "for a look"});
  };
}

Action resume(Words& words) {
  return [node = words.subject()](SimulatedWorld& world) {
    world.command(core::ResumeNode{SimulatedWorld::somebody(), node});
  };
}

Action grant(Words& words) {
  words.fields.require("credits", "say how many, like credits=20");
  return [project = words.subject(),
          credits = words.fields.credits("credits").value_or(Credits{})](SimulatedWorld& world) {
    world.command(core::GrantCredits{SimulatedWorld::somebody(), project, credits, ""});
  };
}

Action wait(Words&) {
  return [](SimulatedWorld&) {};
}

// ---- faults

Action crash(Words& words) {
  const Crash how{.kept = static_cast<std::size_t>(words.fields.integer("kept", 0, 1'000'000).value_or(0)),
                  .snapshot = words.fields.flag("snapshot").value_or(false),
                  .down = words.duration("down")};
  return [how](SimulatedWorld& world) { world.crash(how); };
}

Action lose_node(Words& words) {
  return [node = words.subject()](SimulatedWorld& world) { world.lose_node(node); };
}

Action restore_node(Words& words) {
  return [node = words.subject()](SimulatedWorld& world) { world.restore_node(node); };
}

Action others(Words& words) {
  const CoreCount cores{words.fields.small_integer("cores", 0, 256).value_or(0)};
  const CardCount cards{words.fields.small_integer("cards", 0, 16).value_or(0)};
  return [node = words.subject(), cores, cards, lasts = words.duration("for")](SimulatedWorld& world) {
    world.set_others(node, cores, cards, lasts);
  };
}

Action fill_disk(Words& words) {
  words.fields.require("for", "say how long, like for=10m");
  return [time = words.duration("for")](SimulatedWorld& world) { world.fill_disk(time); };
}

Action slow_disk(Words& words) {
  return [by = words.duration("by")](SimulatedWorld& world) { world.slow_disk(by); };
}

Action jump_clock(Words& words) {
  if (words.fields.has("ahead") && words.fields.has("behind"))
    words.fields.refuse("behind", "not-allowed", "a clock is not ahead and behind at once", "say one of them");
  const Duration ahead = words.duration("ahead") - words.duration("behind");
  return [ahead](SimulatedWorld& world) { world.jump_clock(ahead); };
}

Action say_nonsense(Words& words) {
  const model::AttemptId nobody{
      model::JobId{static_cast<std::uint64_t>(words.fields.integer("job", 0, 1'000'000).value_or(1'000'000))},
      words.fields.small_integer("attempt", 1, 1'000).value_or(9)};
  return [nobody](SimulatedWorld& world) { world.say_nonsense(nobody); };
}

// ---- the table

enum class Names : std::uint8_t { nothing, job, node, project };

struct ActionKind {
  std::string_view verb;
  Names names;
  Action (*read)(Words&);
};

constexpr std::array kinds{
    ActionKind{"submit", Names::job, submit},
    ActionKind{"repeat", Names::job, repeat},
    ActionKind{"cancel", Names::job, on_job<core::CancelJob>},
    ActionKind{"hold", Names::job, on_job<core::HoldJob>},
    ActionKind{"release", Names::job, on_job<core::ReleaseJob>},
    ActionKind{"drain", Names::node, drain},
    ActionKind{"resume", Names::node, resume},
    ActionKind{"grant", Names::project, grant},
    ActionKind{"wait", Names::nothing, wait},
    ActionKind{"crash", Names::nothing, crash},
    ActionKind{"lose-node", Names::node, lose_node},
    ActionKind{"restore-node", Names::node, restore_node},
    ActionKind{"others", Names::node, others},
    ActionKind{"fill-disk", Names::nothing, fill_disk},
    ActionKind{"slow-disk", Names::nothing, slow_disk},
    ActionKind{"jump-clock", Names::nothing, jump_clock},
    ActionKind{"say-nonsense", Names::nothing, say_nonsense},
};

// ---- settings

/// Everyone in simulated centres; only the nodes are a scenario's own.
model::Centre people_of_a_centre() {
  model::Centre centre{.name = "simulated"};
  centre.card_types = {{"a100", "NVIDIA", "CUDA_VISIBLE_DEVICES", Bytes{80LL << 30}}};
  centre.partitions = {{"main", hours(24)}, {"cards", hours(12)}};
  centre.classes = {{"low", 0, false}, {"normal", 100, false}, {"high", 200, true}};
  centre.projects = {{.name = "science"}, {.name = "industry", .shares = 3}, {.name = "poor", .has_budget = true}};
  centre.users = {{"ann", model::Role::member, {"science"}}, {"bob", model::Role::member, {"industry", "poor"}}};
  centre.prices = {{"", Credits{1'000'000}}, {"a100", Credits{10'000'000}}};
  return centre;
}

class Reader {
 public:
  Expected<ReadyScenario, std::vector<Refusal>> read(const Scenario& scenario) {
    ready_.settings.centre = people_of_a_centre();
    for (const ScenarioLine& line : scenario.settings) read_setting(line);
    if (ready_.settings.centre.nodes.empty() && refusals_.empty())
      refusals_.add("missing-field", "centre", "the centre has no nodes", "write centre nodes=2 cores=4",
                    scenario.settings.empty() ? 1 : scenario.settings.back().line);
    for (const ScenarioLine& line : scenario.story) read_action(line);
    if (!refusals_.empty()) return std::unexpected(refusals_.take());
    return std::move(ready_);
  }

 private:
  void add_node(FieldReader& fields, std::string name) {
    auto& nodes = ready_.settings.centre.nodes;
    const std::int32_t cards = fields.small_integer("cards", 0, 16).value_or(0);
    model::Node node{.id = model::NodeId{static_cast<std::uint32_t>(nodes.size())},
                     .name = std::move(name),
                     .partition = fields.name("partition").value_or(cards > 0 ? "cards" : "main"),
                     .cores = CoreCount{fields.small_integer("cores", 1, 256).value_or(8)},
                     .memory = fields.bytes("memory").value_or(Bytes{64LL << 30}),
                     .card_type = cards > 0 ? "a100" : "",
                     .cards = CardCount{cards},
                     .is_virtual = true};
    const auto& partitions = ready_.settings.centre.partitions;
    if (std::ranges::find(partitions, node.partition, &model::Partition::name) == partitions.end())
      fields.refuse("partition", "unknown-partition", fmt::format("there is no partition \"{}\"", node.partition),
                    "main or cards");
    if (!is_name(node.name))
      fields.refuse("name", "bad-value", fmt::format("\"{}\" is no name of a node", shown(node.name)),
                    "node n0 cores=4");
    if (std::ranges::find(nodes, node.name, &model::Node::name) != nodes.end())
      fields.refuse("name", "duplicate", fmt::format("two nodes have the name \"{}\"", shown(node.name)),
                    "give each its own");
    nodes.push_back(std::move(node));
  }

  void read_setting(const ScenarioLine& line) {
    const Tree tree = tree_of(line);
    FieldReader fields(tree, "", refusals_);
    if (line.verb == "partition") {
      auto& partitions = ready_.settings.centre.partitions;
      const auto at = std::ranges::find(partitions, line.subject, &model::Partition::name);
      if (at == partitions.end()) {
        fields.refuse("name", "unknown-partition", "there is no such partition", "main or cards");
      } else {
        at->spares = fields.small_integer("spares", 0, nodes_max).value_or(0);
        at->spares_for = fields.small_integer("spares-for", 1, nodes_max).value_or(2);
        at->guest = fields.flag("guest").value_or(false);
        if (at->guest) {
          at->engine = "simulated";
          at->engine_partition = at->name;
          at->spares = 0;
        }
      }
    } else if (line.verb == "policy") {
      ready_.settings.centre.policy.move_pause = fields.duration("move-pause").value_or(Duration{});
    } else if (line.verb == "planner") {
      sched::PlanSettings& plans = ready_.settings.plans;
      plans.counted_nodes = static_cast<std::size_t>(fields.integer("counts-from", 1, INT32_MAX).value_or(128));
      plans.keeps_from = static_cast<std::size_t>(fields.integer("keeps-from", 1, INT32_MAX).value_or(2'000));
    } else if (line.verb == "centre") {
      const std::int32_t nodes = fields.small_integer("nodes", 1, nodes_max).value_or(1);
      for (std::int32_t i = 0; i < nodes; ++i) add_node(fields, fmt::format("n{}", i));
    } else if (line.verb == "node") {
      if (ready_.settings.centre.nodes.size() < nodes_max) add_node(fields, line.subject);
    } else if (line.verb == "engine") {
      EngineFaults& engine = ready_.settings.engine;
      ready_.settings.engine_seed = static_cast<std::uint64_t>(fields.integer("seed", 0, INT64_MAX).value_or(1));
      boost::mp11::mp_for_each<boost::describe::describe_members<EngineFaults, boost::describe::mod_public>>(
          [&](auto member) {
            engine.*member.pointer =
                static_cast<std::uint64_t>(fields.integer(described_word(member.name), 0, 1'000).value_or(0));
          });
    } else {
      refusals_.add("bad-value", "", fmt::format("\"{}\" is no setting", shown(line.verb)),
                    "centre, node, partition, policy, planner or engine; what happens begins with its time, 0:10",
                    line.line);
      return;
    }
    fields.finish();
  }

  void read_action(const ScenarioLine& line) {
    const auto no = [&](std::string code, std::string message, std::string hint) {
      refusals_.add(std::move(code), "", std::move(message), std::move(hint), line.line);
    };
    const auto kind = std::ranges::find(kinds, line.verb, &ActionKind::verb);
    if (kind == kinds.end()) {
      std::vector<std::string> verbs;
      for (const ActionKind& each : kinds) verbs.emplace_back(each.verb);
      return no("bad-value", fmt::format("nothing is called \"{}\"", shown(line.verb)),
                model::did_you_mean(line.verb, verbs));
    }
    if ((kind->names == Names::nothing) != line.subject.empty()) {
      return no("bad-value",
                line.subject.empty() ? fmt::format("{} what?", line.verb)
                                     : fmt::format("\"{}\" has no meaning here", shown(line.subject)),
                fmt::format("{} {}", line.verb, line.subject.empty() ? "NAME" : "has fields only"));
    }
    if (line.verb == "submit" && !jobs_.insert(line.subject).second)
      return no("duplicate", fmt::format("two jobs have the name \"{}\"", shown(line.subject)), "give each its own");
    const Tree tree = line.verb == "submit" ? own_tree(line) : tree_of(line);
    FieldReader fields(tree, "", refusals_);
    Words words{line, fields, refusals_};
    Action act = kind->read(words);
    fields.finish();
    ready_.story.push_back({line.at_ms, std::move(act)});
  }

  static Tree own_tree(const ScenarioLine& line) {
    Tree tree = tree_of(line);
    std::erase_if(tree.fields, [](const Tree::Field& field) {
      return std::ranges::find(own_fields, field.name) == own_fields.end();
    });
    return tree;
  }

  static constexpr std::int32_t nodes_max = 1'000;

  ReadyScenario ready_;
  Refusals refusals_;
  std::set<std::string> jobs_;
};

}  // namespace

Expected<ReadyScenario, std::vector<Refusal>> ready(const Scenario& scenario) { return Reader().read(scenario); }

}  // namespace mingyue::twin
