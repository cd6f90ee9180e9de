#include "model/centre_document.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "model/document_reader.hpp"

namespace mingyue::model {
namespace {

constexpr Duration wall_max_default = days(7);
constexpr Duration engine_poll_default = seconds(1);
constexpr Credits core_hour_default{1'000'000};

std::vector<PriorityClass> default_classes() {
  return {{"low", 0, false}, {"normal", 100, false}, {"high", 200, true}, {"urgent", 500, true}};
}

template <class T>
bool has_name(const std::vector<T>& things, std::string_view name) {
  return std::ranges::find(things, name, &T::name) != things.end();
}

template <class T>
std::vector<std::string> names_of(const std::vector<T>& things) {
  std::vector<std::string> names;
  for (const T& thing : things) names.push_back(thing.name);
  return names;
}

void add_known_type(Centre& centre, const CardType& type) {
  if (!type.name.empty() && !has_name(centre.card_types, type.name)) centre.card_types.push_back(type);
}

/// This machine as node 0.
Node node_of(const MachineFacts& facts) {
  Node node;
  node.name = node_name_of(facts.host_name);
  node.cores = std::max(facts.cores, CoreCount{1});
  node.memory = facts.memory;
  if (!facts.cards.empty()) {
    node.card_type = facts.cards.front().type.name;
    node.cards = facts.cards.front().count;
  }
  return node;
}

/// Reads one file. Each section has its function; they run in the order in which they refer to each other.
class CentreReader {
 public:
  CentreReader(const Tree& document, const MachineFacts& facts)
      : document_(document), facts_(facts), root_(document, "", refusals_) {}

  Expected<CentreDocument, std::vector<Refusal>> read() {
    if (!document_.is_map()) return std::unexpected(refusals_.take());
    centre_.name = root_.name("name").value_or(node_name_of(facts_.host_name));
    read_card_types();
    read_engines();
    read_partitions();
    read_switches();
    read_machine();
    read_nodes();
    check_spares();
    read_classes();
    read_projects();
    read_users();
    read_prices();
    read_policy();
    read_qpus();
    root_.finish();
    if (!refusals_.empty()) return std::unexpected(refusals_.take());
    for (std::size_t i = 0; i < centre_.nodes.size(); ++i) centre_.nodes[i].id = NodeId(static_cast<std::uint32_t>(i));
    return CentreDocument{std::move(centre_), std::move(grants_)};
  }

 private:
  /// Calls `read` for each map in the list `name`; a lone word stands for a map with only that name.
  template <class Read>
  void each(std::string_view name, Read read) {
    const auto items = root_.list(name, nodes_max);
    for (std::size_t i = 0; i < items.size(); ++i) {
      const std::string path = fmt::format("{}[{}]", name, i);
      Tree from_word;
      if (items[i]->is_scalar()) {
        from_word.kind = Tree::Kind::map;
        from_word.line = items[i]->line;
        from_word.fields.push_back({"name", *items[i], items[i]->line, items[i]->column});
      }
      FieldReader fields(items[i]->is_scalar() ? from_word : *items[i], path, refusals_);
      if (!items[i]->is_scalar() && !items[i]->is_map()) continue;
      fields.require("name", "give it a name");
      read(fields);
      fields.finish();
    }
  }

  template <class T>
  void add(std::vector<T>& things, T thing, FieldReader& fields, std::string_view what) {
    if (thing.name.empty()) return;  // Refused already.
    if (has_name(things, thing.name)) {
      fields.refuse("name", "duplicate", fmt::format("two {} have the name \"{}\"", what, thing.name),
                    "give each its own");
      return;
    }
    things.push_back(std::move(thing));
  }

  void refuse_unknown(FieldReader& fields, std::string_view field, std::string_view what, std::string_view word,
                      const std::vector<std::string>& known) {
    fields.refuse(field, fmt::format("unknown-{}", what), fmt::format("there is no {} \"{}\"", what, shown(word)),
                  did_you_mean(word, known));
  }

  void read_card_types() {
    each("card-types", [&](FieldReader& fields) {
      CardType type;
      type.name = fields.name("name").value_or("");
      const auto known = std::ranges::find(known_card_types(), type.name, &CardType::name);
      if (known != known_card_types().end()) type = *known;
      type.vendor = fields.text("vendor", 64).value_or(type.vendor);
      type.visible_variable = fields.text("visible-variable", 64).value_or(type.visible_variable);
      type.memory = fields.bytes("memory").value_or(type.memory);
      if (!type.visible_variable.empty() &&
          type.visible_variable.find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_") != std::string::npos) {
        fields.refuse("visible-variable", "bad-value",
                      fmt::format("\"{}\" is no name of a variable", shown(type.visible_variable)),
                      "write what programs read, like CUDA_VISIBLE_DEVICES");
      }
      add(centre_.card_types, std::move(type), fields, "card types");
    });
  }

  void read_engines() {
    each("engines", [&](FieldReader& fields) {
      Engine engine;
      engine.name = fields.name("name").value_or("");
      engine.kind = fields.word<EngineKind>("kind").value_or(EngineKind::slurm);
      engine.rest = fields.text("rest").value_or("");
      engine.token_file = fields.text("token-file").value_or("");
      engine.key_file = fields.text("key-file").value_or("");
      engine.admin = fields.name("admin").value_or("slurm");
      engine.commands = fields.text("commands").value_or("");
      engine.shared = fields.text("shared").value_or("");
      engine.poll = fields.duration("poll").value_or(engine_poll_default);
      engine.pilots = fields.flag("pilots").value_or(true);
      if (engine.kind == EngineKind::local)
        fields.refuse("kind", "not-allowed", "this machine's own engine is always there", "leave it out");
      fields.require("rest", "say where slurmrestd is: http://HOST:PORT or unix:/PATH");
      if (!engine.rest.empty() && !engine.rest.starts_with("http://") && !engine.rest.starts_with("https://") &&
          !engine.rest.starts_with("unix:/")) {
        fields.refuse("rest", "bad-value", fmt::format("\"{}\" is no address of slurmrestd", shown(engine.rest)),
                      "write http://HOST:PORT or unix:/PATH");
      }
      fields.require("shared", "name a folder that all nodes of the engine see");
      if (!engine.shared.empty() && !engine.shared.starts_with('/'))
        fields.refuse("shared", "bad-value", "the shared folder has no absolute path", "write one that begins with /");
      if (engine.token_file.empty() == engine.key_file.empty()) {
        fields.refuse(
            engine.token_file.empty() ? "name" : "key-file", "bad-value",
            "an engine has either `token-file` or `key-file`",
            "token-file: a JWT of the administrator; key-file: the cluster's key, with which tokens are made");
      }
      add(centre_.engines, std::move(engine), fields, "engines");
    });
  }

  void read_partitions() {
    each("partitions", [&](FieldReader& fields) {
      Partition partition;
      partition.name = fields.name("name").value_or("");
      partition.wall_max = fields.duration("wall-max").value_or(wall_max_default);
      partition.spares = fields.small_integer("spares", 0, nodes_max).value_or(partition.spares);
      partition.spares_for = fields.small_integer("spares-for", 1, nodes_max).value_or(partition.spares_for);
      partition.engine = fields.name("engine").value_or("");
      if (!partition.engine.empty() && !has_name(centre_.engines, partition.engine))
        refuse_unknown(fields, "engine", "engine", partition.engine, names_of(centre_.engines));
      partition.engine_partition =
          fields.name("engine-partition").value_or(partition.engine.empty() ? "" : partition.name);
      partition.guest = fields.flag("guest").value_or(false);
      if (partition.engine.empty() && (partition.guest || !partition.engine_partition.empty())) {
        fields.refuse(partition.guest ? "guest" : "engine-partition", "not-allowed",
                      "only a partition on an engine of `engines` has that", "name its `engine`, or leave this out");
      }
      if (partition.guest && partition.spares > 0)
        fields.refuse("spares", "not-allowed", "where the engine's own queue decides, no node can be kept",
                      "leave `spares` or `guest` out");
      if (partition.spares > 0)
        spares_at_.insert_or_assign(partition.name, std::pair{fields.path_of("spares"), fields.line_of("spares")});
      add(centre_.partitions, std::move(partition), fields, "partitions");
    });
    if (centre_.partitions.empty()) centre_.partitions.push_back({"main", wall_max_default});
  }

  void read_switches() {
    std::vector<std::pair<std::string, int>> above;
    each("switches", [&](FieldReader& fields) {
      Switch next;
      next.name = fields.name("name").value_or("");
      next.above = fields.name("above").value_or("");
      above.emplace_back(fields.path_of("above"), fields.line_of("above"));
      const std::size_t before = centre_.switches.size();
      add(centre_.switches, std::move(next), fields, "switches");
      if (centre_.switches.size() == before) above.pop_back();
    });
    check_tree(centre_.switches, &Switch::above, above, "switch");
  }

  /// Everything named above something exists, and no walk upwards returns to where it began.
  template <class T>
  void check_tree(const std::vector<T>& things, std::string T::*parent,
                  const std::vector<std::pair<std::string, int>>& places, std::string_view what) {
    std::map<std::string_view, std::size_t> index;
    for (std::size_t i = 0; i < things.size(); ++i) index.emplace(things[i].name, i);
    std::vector<char> seen(things.size(), 0);  // 0: not yet, 1: on this walk, 2: known to end at a root
    for (std::size_t i = 0; i < things.size(); ++i) {
      std::vector<std::size_t> walk;
      std::size_t at = i;
      for (;;) {
        if (seen[at] == 1) {
          refusals_.add("bad-value", places[at].first,
                        fmt::format("the {} \"{}\" is above itself", what, things[at].name),
                        "let one of them have nothing above it", places[at].second);
          break;
        }
        if (seen[at] == 2) break;
        seen[at] = 1;
        walk.push_back(at);
        const std::string& up = things[at].*parent;
        if (up.empty()) break;
        const auto next = index.find(up);
        if (next == index.end()) {
          refusals_.add(fmt::format("unknown-{}", what), places[at].first,
                        fmt::format("there is no {} \"{}\"", what, up), did_you_mean(up, names_of(things)),
                        places[at].second);
          break;
        }
        at = next->second;
      }
      for (const std::size_t passed : walk) seen[passed] = 2;
    }
  }

  /// Of what the file describes itself, the default; where there is none, any will be refused.
  [[nodiscard]] const std::string& own_partition() const {
    const auto own = std::ranges::find(centre_.partitions, "", &Partition::engine);
    return own == centre_.partitions.end() ? centre_.partitions.front().name : own->name;
  }

  std::string read_partition(FieldReader& fields) {
    const auto name = fields.name("partition").value_or(own_partition());
    const auto at = std::ranges::find(centre_.partitions, name, &Partition::name);
    if (at == centre_.partitions.end()) {
      refuse_unknown(fields, "partition", "partition", name, names_of(centre_.partitions));
    } else if (!at->engine.empty()) {
      fields.refuse("partition", "not-allowed",
                    fmt::format("the nodes of partition \"{}\" are those of engine \"{}\"", name, at->engine),
                    "name a partition of this machine's own; the engine is asked for its nodes");
    }
    return name;
  }

  std::string read_switch(FieldReader& fields) {
    const auto name = fields.name("switch");
    if (!name) return {};
    if (!has_name(centre_.switches, *name))
      refuse_unknown(fields, "switch", "switch", *name, names_of(centre_.switches));
    return *name;
  }

  void read_cards(FieldReader& fields, Node& node) {
    const Tree* at = fields.get("cards");
    if (at == nullptr) return;
    FieldReader cards(*at, fields.path_of("cards"), refusals_);
    cards.require("type", "name a type of card-types");
    node.card_type = cards.name("type").value_or("");
    node.cards = CardCount(cards.small_integer("count", 1, 1'024).value_or(1));
    cards.finish();
    if (node.card_type.empty() || has_name(centre_.card_types, node.card_type)) return;
    const auto known = std::ranges::find(known_card_types(), node.card_type, &CardType::name);
    if (known != known_card_types().end()) {
      centre_.card_types.push_back(*known);
      return;
    }
    auto names = names_of(centre_.card_types);
    for (const CardType& type : known_card_types()) names.push_back(type.name);
    cards.refuse(
        "type", "unknown-card-type", fmt::format("there is no card type \"{}\"", shown(node.card_type)),
        nearest_word(node.card_type, names).empty() ? "add it to card-types" : did_you_mean(node.card_type, names));
  }

  void read_machine() {
    const Tree* at = root_.get("machine");
    if (at != nullptr && at->is_scalar() && at->scalar == "none") return;
    if (at == nullptr && std::ranges::find(centre_.partitions, "", &Partition::engine) == centre_.partitions.end())
      return;  // nothing but engines: this machine only speaks to them
    Node node = node_of(facts_);
    node.partition = own_partition();
    if (at != nullptr) {
      FieldReader fields(*at, "machine", refusals_);
      if (!at->is_map()) return;
      const auto is_auto = [&](std::string_view name) {
        return fields.has(name) && fields.get(name)->is_scalar() && fields.get(name)->scalar == "auto";
      };
      if (!is_auto("name")) node.name = fields.name("name").value_or(node.name);
      if (!is_auto("cores"))
        node.cores = CoreCount(fields.small_integer("cores", 1, 65'536).value_or(node.cores.raw()));
      if (!is_auto("memory")) node.memory = fields.bytes("memory").value_or(node.memory);
      if (fields.has("cards") && fields.get("cards")->is_scalar() && fields.get("cards")->scalar == "none") {
        node.card_type.clear();
        node.cards = CardCount{};
      } else if (!is_auto("cards")) {
        read_cards(fields, node);
      }
      node.partition = read_partition(fields);
      node.switch_name = read_switch(fields);
      check_machine(fields, node);
      fields.finish();
    }
    if (!facts_.cards.empty() && node.card_type == facts_.cards.front().type.name)
      add_known_type(centre_, facts_.cards.front().type);
    node_places_.emplace(node.name, std::pair{0, 0});
    centre_.nodes.push_back(std::move(node));
  }

  /// A real machine cannot be given more than it has: jobs would be bound to cores that are not there.
  void check_machine(FieldReader& fields, const Node& node) {
    if (facts_.cores > CoreCount{} && node.cores > facts_.cores) {
      fields.refuse(
          "cores", "out-of-range",
          fmt::format("this machine has {} cores, not {}", facts_.cores.raw(), node.cores.raw()),
          fmt::format("write auto, or at most {}; to try out larger nodes, add virtual ones", facts_.cores.raw()));
    }
    if (facts_.memory > Bytes{} && node.memory > facts_.memory) {
      fields.refuse(
          "memory", "out-of-range",
          fmt::format("this machine has {} of memory, not {}", print_bytes(facts_.memory), print_bytes(node.memory)),
          "write auto, or less than it has; to try out larger nodes, add virtual ones");
    }
  }

  void read_nodes() {
    each("nodes", [&](FieldReader& fields) {
      Node node;
      node.partition = read_partition(fields);
      node.switch_name = read_switch(fields);
      fields.require("cores", "say how many cores the node has");
      node.cores = CoreCount(fields.small_integer("cores", 1, 65'536).value_or(1));
      node.memory = fields.bytes("memory").value_or(Bytes((2LL << 30) * node.cores.raw()));
      read_cards(fields, node);
      node.is_virtual = fields.flag("virtual").value_or(false);
      const auto pattern = fields.text("name", 256);
      if (!node.is_virtual) {
        fields.refuse("virtual", "not-allowed",
                      "the local engine runs tasks on this machine alone, which `machine` describes",
                      "add `virtual: true`: the node is planned for, and its tasks are simulated");
      }
      if (!pattern) return;
      auto names = expand_names(
          *pattern, static_cast<std::size_t>(nodes_max) - std::min<std::size_t>(centre_.nodes.size(), nodes_max));
      if (!names) {
        fields.refuse("name", names.error().code, names.error().message, names.error().hint);
        return;
      }
      for (std::string& name : *names) {
        const Tree& here = *fields.get("name");
        const auto [before, is_new] = node_places_.emplace(name, std::pair{here.line, here.column});
        if (!is_new) {
          const auto [line, column] = before->second;
          const std::string place = fmt::format("line {}, column {}: ", here.line, here.column);
          if (line == 0) {
            fields.refuse("name", "duplicate", fmt::format("{}this machine has the name \"{}\" already", place, name),
                          "choose another, or set machine: {name: ...}");
          } else {
            fields.refuse(
                "name", "duplicate",
                fmt::format("{}\"{}\" is the name of another node, from line {}, column {}", place, name, line, column),
                "give each node a name of its own");
          }
          return;
        }
        node.name = std::move(name);
        centre_.nodes.push_back(node);
      }
    });
    const bool found_out =
        std::ranges::any_of(centre_.partitions, [](const Partition& p) { return !p.engine.empty(); });
    if (centre_.nodes.empty() && !found_out && refusals_.empty()) {
      root_.refuse("nodes", "missing-field", "the centre has no node",
                   "leave `machine: none` out, or add virtual nodes");
    }
  }

  /// A partition of spares alone would run nothing.
  void check_spares() {
    for (const Partition& partition : centre_.partitions) {
      const auto nodes = std::ranges::count(centre_.nodes, partition.name, &Node::partition);
      if (partition.spares == 0 || partition.spares < nodes || !partition.engine.empty()) continue;
      const auto& [path, line] = spares_at_.at(partition.name);
      refusals_.add("out-of-range", path,
                    fmt::format("partition \"{}\" has {} nodes and cannot keep {} of them as spares", partition.name,
                                nodes, partition.spares),
                    "keep fewer", line);
    }
  }

  void read_classes() {
    each("classes", [&](FieldReader& fields) {
      PriorityClass next;
      next.name = fields.name("name").value_or("");
      next.rank = fields.small_integer("rank", 0, 1'000).value_or(100);
      next.preempts = fields.flag("preempts").value_or(false);
      add(centre_.classes, std::move(next), fields, "classes");
    });
    if (centre_.classes.empty()) centre_.classes = default_classes();
  }

  void read_projects() {
    std::vector<std::pair<std::string, int>> parents;
    each("projects", [&](FieldReader& fields) {
      Project project;
      project.name = fields.name("name").value_or("");
      project.parent = fields.name("parent").value_or("");
      project.shares = fields.small_integer("shares", 1, 1'000'000).value_or(1);
      project.merit = fields.small_integer("merit", 0, 1'000).value_or(100);
      const auto budget = fields.credits("budget");
      project.has_budget = budget.has_value();
      const std::string name = project.name;
      parents.emplace_back(fields.path_of("parent"), fields.line_of("parent"));
      const std::size_t before = centre_.projects.size();
      add(centre_.projects, std::move(project), fields, "projects");
      if (centre_.projects.size() == before) {
        parents.pop_back();
      } else if (budget) {
        grants_.push_back({name, *budget});
      }
    });
    check_tree(centre_.projects, &Project::parent, parents, "project");
    if (centre_.projects.empty()) centre_.projects.push_back({"default"});
  }

  void read_users() {
    each("users", [&](FieldReader& fields) {
      User user;
      user.name = fields.name("name").value_or("");
      user.role = fields.word<Role>("role").value_or(Role::member);
      user.account = fields.name("account").value_or("");
      const auto items = fields.list("projects", 1'000);
      for (std::size_t i = 0; i < items.size(); ++i) {
        const auto name = scalar_text(*items[i], fmt::format("{}[{}]", fields.path_of("projects"), i), 64, refusals_);
        if (!name) continue;
        if (!has_name(centre_.projects, *name))
          refuse_unknown(fields, "projects", "project", *name, names_of(centre_.projects));
        user.projects.push_back(*name);
      }
      if (!fields.has("projects")) user.projects.push_back(centre_.projects.front().name);
      add(centre_.users, std::move(user), fields, "users");
    });
    // Who runs the centre can always reach it, whatever the file says of others.
    if (!facts_.user.empty() && is_name(facts_.user) && !has_name(centre_.users, facts_.user)) {
      centre_.users.push_back({facts_.user, Role::operator_, {centre_.projects.front().name}});
    }
  }

  void read_prices() {
    Credits core_hour = core_hour_default;
    std::map<std::string, Credits> card_hours;
    for (const CardType& type : centre_.card_types) card_hours.emplace(type.name, usual_card_hour);
    if (const Tree* at = root_.get("prices")) {
      FieldReader prices(*at, "prices", refusals_);
      core_hour = prices.credits("core-hour").value_or(core_hour);
      if (const Tree* cards = prices.get("card-hour")) {
        FieldReader by_type(*cards, "prices.card-hour", refusals_);
        for (auto& [type, price] : card_hours) price = by_type.credits(type).value_or(price);
        by_type.finish();
      }
      prices.finish();
    }
    centre_.prices.push_back({"", core_hour});
    for (const CardType& type : centre_.card_types) centre_.prices.push_back({type.name, card_hours.at(type.name)});
  }

  void read_qpus() {
    each("qpus", [&](FieldReader& fields) {
      Qpu qpu;
      qpu.name = fields.name("name").value_or("");
      qpu.device = fields.text("device").value_or("");
      qpu.library = fields.text("qdmi").value_or("");
      qpu.prefix = fields.name("prefix").value_or("");
      qpu.base_url = fields.text("base-url").value_or("");
      qpu.token_file = fields.text("token-file").value_or("");
      const auto custom = fields.list("custom", 5);
      for (std::size_t i = 0; i < custom.size(); ++i)
        qpu.custom.push_back(
            scalar_text(*custom[i], fmt::format("{}[{}]", fields.path_of("custom"), i), 4'096, refusals_).value_or(""));
      qpu.loops = fields.small_integer("loops", 1, 10'000).value_or(qpu.loops);
      qpu.per_hour = fields.credits("price-per-hour").value_or(qpu_hour_default);
      if (const auto text = fields.text("pace", 16)) {
        if (const auto pace = parse_credits(*text); pace && *pace <= Credits{1'000'000'000})
          qpu.pace = static_cast<std::int32_t>(pace->raw() / 1'000);
        else
          fields.refuse("pace", "bad-value", fmt::format("\"{}\" is no pace", shown(*text)),
                        "1 is as slow as a real device, 0 as fast as this machine can, up to 1000");
      }
      if (qpu.device.empty() == qpu.library.empty()) {
        fields.refuse(qpu.device.empty() ? "name" : "qdmi", "bad-value",
                      "a quantum device has either `device` or `qdmi`",
                      "device: the description that a simulated one follows; qdmi: the library of a real one");
      }
      if (!qpu.library.empty()) fields.require("prefix", "say how the library's functions begin, like MY");
      add(centre_.qpus, std::move(qpu), fields, "quantum devices");
    });
    if (!centre_.qpus.empty() && has_name(centre_.partitions, qpu_partition))
      root_.refuse("qpus", "not-allowed", "a partition has the name \"qpus\", by which the ledger calls these",
                   "call the partition something else");
  }

  void read_policy() {
    const Tree* at = root_.get("policy");
    if (at == nullptr) return;
    FieldReader fields(*at, "policy", refusals_);
    Policy& policy = centre_.policy;
    policy.fair_share_half_life = fields.duration("fair-share-half-life").value_or(policy.fair_share_half_life);
    policy.age_max = fields.duration("age-max").value_or(policy.age_max);
    policy.shortest_first = fields.duration("shortest-first").value_or(policy.shortest_first);
    policy.launch_limit = fields.duration("launch-limit").value_or(policy.launch_limit);
    policy.deadline_margin = fields.duration("deadline-margin").value_or(policy.deadline_margin);
    policy.end_limit = fields.duration("end-limit").value_or(policy.end_limit);
    policy.move_pause = fields.duration("move-pause").value_or(policy.move_pause);
    if (!fields.flag("moves").value_or(true)) policy.move_pause = Duration{};
    policy.restart_cost = fields.duration("restart-cost").value_or(policy.restart_cost);
    policy.attempts_without_progress_max =
        fields.small_integer("attempts-without-progress-max", 1, 100).value_or(policy.attempts_without_progress_max);
    if (const Tree* inner = fields.get("weights")) {
      FieldReader weights(*inner, "policy.weights", refusals_);
      const auto read = [&](std::string_view name, std::int32_t& weight) {
        weight = weights.small_integer(name, 0, 1'000'000).value_or(weight);
      };
      read("class", policy.weight_class);
      read("fair-share", policy.weight_fair_share);
      read("age", policy.weight_age);
      read("size", policy.weight_size);
      read("merit", policy.weight_merit);
      weights.finish();
    }
    fields.finish();
  }

  const Tree& document_;
  const MachineFacts& facts_;
  Refusals refusals_;
  FieldReader root_;
  Centre centre_;
  std::vector<Grant> grants_;
  std::map<std::string, std::pair<std::string, int>> spares_at_;  ///< by partition: path and line
  std::map<std::string, std::pair<int, int>> node_places_;        ///< line and column of each name; zeros: this machine
};

}  // namespace

Expected<CentreDocument, std::vector<Refusal>> read_centre(const Tree& document, const MachineFacts& facts) {
  return CentreReader(document, facts).read();
}

Centre describe_machine(const MachineFacts& facts) {
  // An empty file says the same, so there is one set of defaults. It cannot be refused: nothing is in it.
  Tree empty;
  empty.kind = Tree::Kind::map;
  return read_centre(empty, facts)->centre;
}

std::string node_name_of(std::string_view host_name) {
  std::string name;
  for (const char c : host_name.substr(0, std::min<std::size_t>(host_name.find('.'), 64)))
    name += is_name(std::string{'a', c}) ? c : '-';
  while (name.starts_with('-')) name.erase(0, 1);
  return name.empty() ? "localhost" : name;
}

}  // namespace mingyue::model
