#include "formats/sbatch.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>

#include "base/text.hpp"
#include "formats/parse.hpp"
#include "formats/sbatch_lines.hpp"
#include "model/document_reader.hpp"

namespace mingyue::formats {
namespace {

using model::Refusals;

Tree text_node(std::string text, int line) {
  Tree node;
  node.kind = Tree::Kind::scalar;
  node.scalar = std::move(text);
  node.line = line;
  return node;
}

Tree map_node(int line) {
  Tree node;
  node.kind = Tree::Kind::map;
  node.line = line;
  return node;
}

void set(Tree& map, std::string_view name, Tree value) {
  const int line = value.line;
  for (Tree::Field& field : map.fields) {
    if (field.name != name) continue;
    field.value = std::move(value);
    field.line = line;
    return;
  }
  map.fields.push_back({std::string(name), std::move(value), line, 1});
}

/// Cards as --gres, --gpus and their kin write them: `[gpu:][type:]n`.
struct Cards {
  std::string type;
  std::int64_t count = 1;
};

std::optional<Cards> parse_cards(std::string_view text) {
  Cards cards;
  const auto colon = text.find(':');
  if (colon != std::string_view::npos) {
    cards.type = std::string(text.substr(0, colon));
    text = text.substr(colon + 1);
    if (!is_name(cards.type)) return std::nullopt;
  }
  const auto count = parse_integer(text, 0, model::cards_max);
  if (!count) return std::nullopt;
  cards.count = *count;
  return cards;
}

/// Memory as Slurm writes it: a bare number is MiB.
std::optional<std::int64_t> parse_slurm_memory(std::string_view text) {
  const bool bare = !text.empty() && text.find_first_not_of("0123456789") == std::string_view::npos;
  const auto bytes = parse_bytes(bare ? fmt::format("{}M", text) : std::string(text));
  return bytes ? std::optional(bytes->raw()) : std::nullopt;
}

/// Turns the directives of one script into the tree of a job document.
class Translator {
 public:
  Translator(std::string_view script, UnknownDirectives unknown, const model::JobDefaults& defaults)
      : script_(script), unknown_(unknown), defaults_(defaults) {}

  Tree translate(const DirectiveLines& lines, Refusals& refusals) {
    refusals_ = &refusals;
    for (const int line : lines.bad_lines) {
      refuse("bad-value", "", line, "this #SBATCH line cannot be read",
             "write options like --ntasks=4, and close quotes");
    }
    for (const Directive& directive : lines.directives) read(directive);
    add_resources();
    add_output();
    if (!environment_.fields.empty()) set(job_, "environment", environment_);
    add_document(lines.document);
    set(job_, "script", text_node(std::string(script_), 1));
    return std::move(job_);
  }

  std::vector<Refusal> not_understood;
  std::vector<Refusal> notes;

 private:
  /// The last directive of a name counts, as in Slurm.
  struct Given {
    std::string value;
    std::string written;
    int line = 0;
  };

  void refuse(std::string code, std::string field, int line, std::string message, std::string hint) {
    refusals_->add(std::move(code), std::move(field), std::move(message), std::move(hint), line);
  }
  void refuse(const Given& given, std::string message, std::string hint) {
    refuse("bad-value", given.written, given.line, fmt::format("{}={}: {}", given.written, shown(given.value), message),
           std::move(hint));
  }
  void note(const Directive& directive, std::string message, std::string hint) {
    notes.push_back({"no-effect", directive.written, std::move(message), std::move(hint), directive.line});
  }
  void set_text(std::string_view field, const Given& given) { set(job_, field, text_node(given.value, given.line)); }

  const Given* given(std::string_view name) const {
    const auto at = given_.find(name);
    return at == given_.end() ? nullptr : &at->second;
  }

  std::int64_t count(std::string_view name, std::int64_t otherwise, std::int64_t max) {
    const Given* at = given(name);
    if (at == nullptr) return otherwise;
    if (const auto number = parse_integer(at->value, 1, max)) return *number;
    refuse(*at, "this is no count", fmt::format("write one number from 1 to {}", max));
    return otherwise;
  }

  void read(const Directive& directive);
  void read_dependency(const Given& given);
  void read_signal(const Given& given);
  void read_export(const Directive& directive, const Given& given);
  void add_resources();
  void add_cards(std::int64_t tasks, std::int64_t nodes);
  void add_output();
  void add_document(const std::string& yaml);

  std::string_view script_;
  UnknownDirectives unknown_;
  const model::JobDefaults& defaults_;
  Refusals* refusals_ = nullptr;
  Tree job_ = map_node(1);
  Tree environment_ = map_node(1);
  std::map<std::string, Given, std::less<>> given_;
};

void Translator::read(const Directive& directive) {
  const std::string& name = directive.name;
  if (!directive.known) {
    Refusal refusal{"unknown-directive", directive.written,
                    fmt::format("the directive {} is not known here", shown(directive.written)), "", directive.line};
    const std::string near = nearest_word(name, directive_names());
    refusal.hint = near.empty()
                       ? "remove it, or say the same in a #MINGYUE line; docs/formats/sbatch.md lists what is known"
                       : fmt::format("did you mean --{}?", near);
    if (unknown_ == UnknownDirectives::Name) {
      not_understood.push_back(std::move(refusal));
    } else {
      refusals_->add(std::move(refusal));
    }
    return;
  }
  const bool flag = name == "hold" || name == "requeue" || name == "no-requeue" || name == "exclusive" ||
                    name == "quiet" || name == "verbose" || name == "parsable" || name == "hetjob" || name == "packjob";
  if (!flag && (!directive.value || directive.value->empty())) {
    refuse("bad-value", directive.written, directive.line, fmt::format("{} has no value", directive.written),
           fmt::format("write {}=VALUE", directive.written));
    return;
  }
  const Given given{directive.value.value_or(""), directive.written, directive.line};
  given_[name] = given;
  if (name == "job-name") {
    const std::string clean = is_name(given.value) ? given.value : model::job_name_of(given.value + ".sh");
    if (clean != given.value)
      note(directive, fmt::format("the job is named {}", clean), "names have A-Z a-z 0-9 . _ -");
    set(job_, "name", text_node(clean, given.line));
  } else if (name == "partition") {
    if (given.value.find(',') != std::string::npos)
      refuse(given, "a job waits in one partition", "name one of them");
    else
      set_text("partition", given);
  } else if (name == "account") {
    set_text("project", given);
  } else if (name == "qos") {
    set_text("class", given);
  } else if (name == "comment") {
    set_text("comment", given);
  } else if (name == "reservation") {
    if (given.value.find(',') != std::string::npos)
      refuse(given, "a job runs inside one reservation", "name one of them");
    else
      set_text("reservation", given);
  } else if (name == "array") {
    set_text("array", given);
  } else if (name == "chdir" || name == "workdir") {
    set_text("workdir", given);
  } else if (name == "hold") {
    set(job_, "hold", text_node("true", given.line));
  } else if (name == "requeue" || name == "no-requeue") {
    Tree retry = map_node(given.line);
    set(retry, "attempts", text_node(name == "requeue" ? "3" : "1", given.line));
    set(job_, "retry", std::move(retry));
  } else if (name == "time") {
    const auto wall = parse_slurm_time(given.value);
    if (!wall) refuse("bad-value", given.written, given.line, wall.error().message, wall.error().hint);
    // A refused time has a stand-in, so that it is not called missing as well.
    set(job_, "wall", text_node(fmt::format("{}ms", wall ? wall->raw() : 1), given.line));
  } else if (name == "dependency") {
    read_dependency(given);
  } else if (name == "signal") {
    read_signal(given);
  } else if (name == "export") {
    read_export(directive, given);
  } else if (name == "begin") {
    refuse("not-allowed", given.written, given.line, "a start at a fixed time is not offered",
           "submit with --hold and release it then, or leave --begin out: the queue starts it as soon as it can");
  } else if (name == "hetjob" || name == "packjob") {
    refuse("not-allowed", name, given.line, "a heterogeneous job cannot be written in one script here",
           "write a job document with parts: each has its tasks, cores and script");
  } else if (name == "exclusive") {
    note(directive, "a job gets what it names, not the node around it",
         "name all cores that it should hold with --cpus-per-task");
  } else if (name == "error") {
    note(directive, "standard error has no file of its own",
         "the centre keeps it beside standard output; or write 2>FILE in the script");
  } else if (name == "mail-type" || name == "mail-user") {
    note(directive, "the centre sends no mail", "follow the job in the console, or wait for it on the command line");
  } else if (name == "open-mode" || name == "quiet" || name == "verbose" || name == "parsable") {
    note(directive, "this speaks to the command sbatch", "it may be removed");
  } else if (name == "cpus-per-gpu") {
    refuse("not-allowed", given.written, given.line, "cores are counted per task here", "use --cpus-per-task");
  }
}

void Translator::read_dependency(const Given& given) {
  constexpr std::array<std::pair<std::string_view, std::string_view>, 3> kinds{
      {{"afterok", "after-ok"}, {"afterany", "after-any"}, {"after", "after"}}};
  if (given.value.find('?') != std::string::npos) {
    refuse(given, "dependencies that are alternatives (?) are not offered", "part them by commas: all must hold");
    return;
  }
  for (std::string_view rest = given.value;;) {
    const auto comma = rest.find(',');
    const std::string_view clause = rest.substr(0, comma);
    const auto colon = clause.find(':');
    const auto kind = std::ranges::find(kinds, clause.substr(0, colon), [](const auto& pair) { return pair.first; });
    if (kind == kinds.end() || colon == std::string_view::npos) {
      refuse(given, fmt::format("the dependency {} is not offered", shown(clause)),
             "use afterok:JOB, afterany:JOB or after:JOB");
    } else {
      Tree jobs;
      jobs.kind = Tree::Kind::list;
      jobs.line = given.line;
      if (const Tree* before = job_.find(kind->second)) jobs = *before;
      for (std::string_view ids = clause.substr(colon + 1);;) {
        const auto next = ids.find(':');
        const std::string_view id = ids.substr(0, next);
        if (id.find_first_of("_+") != std::string_view::npos) {
          refuse(given, fmt::format("{} is more than a job's number", shown(id)),
                 "name the job alone; an array's first number stands for all its elements");
        } else {
          jobs.items.push_back(text_node(std::string(id), given.line));
        }
        if (next == std::string_view::npos) break;
        ids.remove_prefix(next + 1);
      }
      set(job_, kind->second, std::move(jobs));
    }
    if (comma == std::string_view::npos) break;
    rest.remove_prefix(comma + 1);
  }
}

void Translator::read_signal(const Given& given) {
  // [B:]USR1[@60]. B: the batch shell alone; our signals go to the whole process group of the task.
  std::string_view text = given.value;
  if (text.starts_with("B:")) text.remove_prefix(2);
  const auto at = text.find('@');
  const auto grace =
      at == std::string_view::npos ? Expected<std::int64_t>(60) : parse_integer(text.substr(at + 1), 1, 65'535);
  if (!grace) {
    refuse(given, "the time after @ is no count of seconds", "write --signal=USR1@60");
    return;
  }
  Tree checkpoint = map_node(given.line);
  set(checkpoint, "signal", text_node(std::string(text.substr(0, at)), given.line));
  set(checkpoint, "grace", text_node(fmt::format("{}s", *grace), given.line));
  set(job_, "checkpoint", std::move(checkpoint));
}

void Translator::read_export(const Directive& directive, const Given& given) {
  for (std::string_view rest = given.value;;) {
    const auto comma = rest.find(',');
    const std::string_view item = rest.substr(0, comma);
    const auto equals = item.find('=');
    if (item == "ALL") {
      note(directive, "a task begins with the centre's environment, not with that of the shell that submits",
           "name what the job needs: --export=NAME=value");
    } else if (item != "NONE" && item != "NIL" && equals == std::string_view::npos) {
      refuse(given, fmt::format("the value of {} is not in the script", shown(item)),
             fmt::format("write --export={}=value", shown(item)));
    } else if (equals != std::string_view::npos) {
      set(environment_, item.substr(0, equals), text_node(std::string(item.substr(equals + 1)), given.line));
    }
    if (comma == std::string_view::npos) break;
    rest.remove_prefix(comma + 1);
  }
}

void Translator::add_resources() {
  std::int64_t nodes = 1;
  if (const Given* at = given("nodes")) {
    std::string_view text = at->value;
    std::string_view most = text;
    if (const auto dash = text.find('-'); dash != std::string_view::npos) {
      most = text.substr(dash + 1);
      text = text.substr(0, dash);
    }
    const auto number = parse_integer(text, 1, model::tasks_max);
    const auto last = parse_integer(most, 1, model::tasks_max);
    if (!number || !last || *last < *number)
      refuse(*at, "this is no count of nodes", "write one number, or a range like 2-4, or leave it out");
    nodes = number.value_or(1);
    if (number && last && *number < *last) {
      notes.push_back({"no-effect", at->written, fmt::format("of {} nodes the fewest are taken", shown(at->value)),
                       "a script is one task; write a job document with `tasks: 2..4` for an elastic job", at->line});
    }
  }
  const std::int64_t per_node = count("ntasks-per-node", 1, model::tasks_max);
  const std::int64_t tasks =
      count("ntasks", std::min<std::int64_t>(nodes * per_node, model::tasks_max), model::tasks_max);
  const std::int64_t cpus = count("cpus-per-task", 1, model::cores_max);
  const std::int64_t cores = tasks * cpus;
  const auto line_of = [&](std::initializer_list<std::string_view> names) {
    int line = 1;
    for (const auto name : names) line = given(name) != nullptr ? std::max(line, given(name)->line) : line;
    return line;
  };
  const int line = line_of({"ntasks", "cpus-per-task", "nodes", "ntasks-per-node"});
  if (cores > model::cores_max) {
    refuse("out-of-range", "cores", line,
           fmt::format("{} tasks of {} cores are {} cores; a script holds them all on one node", tasks, cpus, cores),
           "write a job document with `tasks`, which may go to many nodes");
  } else if (cores > 1) {
    set(job_, "cores", text_node(fmt::to_string(cores), line));
  }
  if (given("mem") != nullptr && given("mem-per-cpu") != nullptr) {
    refuse(*given("mem-per-cpu"), "both --mem and --mem-per-cpu are given", "keep one of them");
  } else if (const Given* at = given("mem") != nullptr ? given("mem") : given("mem-per-cpu")) {
    const std::int64_t times = given("mem") != nullptr ? nodes : cores;
    const auto bytes = parse_slurm_memory(at->value);
    if (!bytes) {
      refuse(*at, at->value == "0" ? "all memory of a node is not offered" : "this is no amount of memory",
             "write how much, like 4G");
    } else if (*bytes > (std::int64_t{1} << 60) / times) {
      refuse(*at, "this is more than one exbibyte", "ask for less");
    } else {
      set(job_, "memory", text_node(fmt::to_string(*bytes * times), at->line));
    }
  }
  add_cards(tasks, nodes);
  // What the script asked for, in Slurm's words: our own would say one task with all the cores. SLURM_* of a document
  // win over the centre's (model/environment.hpp).
  const auto say = [&](std::string_view name, std::int64_t value) {
    if (environment_.find(name) == nullptr) set(environment_, name, text_node(fmt::to_string(value), line));
  };
  if (tasks > 1 || given("ntasks") != nullptr || given("ntasks-per-node") != nullptr) {
    say("SLURM_NTASKS", tasks);
    say("SLURM_NPROCS", tasks);
    say("SLURM_TASKS_PER_NODE", tasks);
    say("SLURM_NTASKS_PER_NODE", tasks);
    say("SLURM_CPUS_PER_TASK", cpus);
    say("OMP_NUM_THREADS", cpus);
  }
}

void Translator::add_cards(std::int64_t tasks, std::int64_t nodes) {
  const Given* chosen = nullptr;
  std::int64_t times = 1;
  const auto choose = [&](std::string_view name, std::int64_t factor) {
    const Given* at = given(name);
    if (at == nullptr) return;
    if (chosen != nullptr) refuse(*at, fmt::format("{} asks for cards already", chosen->written), "keep one of them");
    chosen = at;
    times = factor;
  };
  choose("gres", nodes);
  choose("gpus", 1);
  choose("gpus-per-node", nodes);
  choose("gpus-per-task", tasks);
  if (chosen == nullptr) return;
  std::string_view text = chosen->value;
  if (given("gres") == chosen) {
    if (text == "none") return;
    if (text.starts_with("gres:")) text.remove_prefix(5);
    if (text != "gpu" && !text.starts_with("gpu:")) {
      refuse(*chosen, "only gres of the kind gpu are known", "write gpu:1 or gpu:TYPE:1");
      return;
    }
    text = text.size() > 4 ? text.substr(4) : "1";
    if (is_name(text) && text.find_first_not_of("0123456789") != std::string_view::npos) {
      refuse(*chosen, "the count of cards is missing", fmt::format("write gpu:{}:1", text));
      return;
    }
  }
  const auto cards = parse_cards(text);
  if (!cards) {
    refuse(*chosen, "this is no count of cards", "write a number, or TYPE:number");
    return;
  }
  const std::int64_t total = cards->count * times;
  if (total > model::cards_max) {
    refuse("out-of-range", "cards", chosen->line,
           fmt::format("{} cards together; a script holds them all on one node", total),
           "write a job document with `tasks`, which may go to many nodes");
    return;
  }
  if (total == 0) return;
  Tree node = map_node(chosen->line);
  set(node, "count", text_node(fmt::to_string(total), chosen->line));
  if (!cards->type.empty()) set(node, "type", text_node(cards->type, chosen->line));
  set(job_, "cards", std::move(node));
}

void Translator::add_output() {
  const Given* at = given("output");
  if (at == nullptr) {
    // Slurm's own default: who looks for slurm-4711.out finds it.
    set(job_, "output", text_node(given("array") != nullptr ? "slurm-%A_%a.out" : "slurm-%j.out", 1));
    return;
  }
  if (at->value == "/dev/null" || at->value == "none") return;
  std::string path = at->value;
  const Tree* workdir = job_.find("workdir");
  std::string base = workdir != nullptr ? workdir->scalar : defaults_.workdir;
  if (!base.empty() && !base.ends_with('/')) base += '/';
  if (!base.empty() && path.size() > base.size() && path.starts_with(base)) path = path.substr(base.size());
  set(job_, "output", text_node(path, at->line));
}

void Translator::add_document(const std::string& yaml) {
  auto tree = parse_yaml(yaml);
  if (!tree) {
    Refusal refusal = std::move(tree).error();
    refusal.message = "in the #MINGYUE lines: " + refusal.message;
    refusals_->add(std::move(refusal));
    return;
  }
  if (tree->is_null()) return;
  if (!tree->is_map()) {
    refuse("bad-document", "", tree->line, "the #MINGYUE lines are no fields", "write #MINGYUE field: value");
    return;
  }
  for (Tree::Field& field : tree->fields) {
    if (field.name == "script") {
      refuse("not-allowed", "script", field.line, "the script is this file", "remove the line");
      continue;
    }
    // Two environments are joined: the directives speak of Slurm's variables, the line of others.
    const Tree* before = job_.find("environment");
    if (field.name == "environment" && field.value.is_map() && before != nullptr) {
      Tree both = *before;
      for (Tree::Field& variable : field.value.fields) set(both, variable.name, std::move(variable.value));
      field.value.fields = std::move(both.fields);
    }
    const int line = field.line;
    set(job_, field.name, std::move(field.value));
    for (Tree::Field& placed : job_.fields) {
      if (placed.name == field.name) placed.line = line;
    }
  }
}

/// Scripts may hold control characters (a tab stop, a bell); they must be text that the log and the console can show.
Expected<void> check_script_text(std::string_view text) {
  if (text.size() > model::script_bytes_max) {
    return refuse("too-large", "script",
                  fmt::format("the script has {} bytes, the most is {}", text.size(), model::script_bytes_max),
                  "keep data in files");
  }
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t length = code_point_length(text.substr(at));
    if (length == 0) {
      const int line = 1 + static_cast<int>(std::ranges::count(text.substr(0, at), '\n'));
      return refuse("bad-document", "script", "the script is no UTF-8", "convert it: iconv -f GB18030 -t UTF-8", line);
    }
    at += length;
  }
  return {};
}

}  // namespace

Expected<Duration> parse_slurm_time(std::string_view text) {
  const auto bad = [&] {
    return refuse("bad-value", "", fmt::format("\"{}\" is no time of Slurm's", shown(text)),
                  "write minutes, M:S, H:M:S, D-H, D-H:M or D-H:M:S; a limit is needed, so not UNLIMITED");
  };
  std::string_view rest = text;
  std::int64_t day_count = 0;
  const auto dash = rest.find('-');
  if (dash != std::string_view::npos) {
    const auto number = parse_integer(rest.substr(0, dash), 0, 3'653);
    if (!number) return bad();
    day_count = *number;
    rest.remove_prefix(dash + 1);
  }
  std::array<std::int64_t, 3> fields{};
  std::size_t count = 0;
  for (;;) {
    const auto colon = rest.find(':');
    const auto number = parse_integer(rest.substr(0, colon), 0, 100'000'000);
    if (!number || count == 3) return bad();
    fields[count++] = *number;
    if (colon == std::string_view::npos) break;
    rest.remove_prefix(colon + 1);
  }
  // After days the first field is hours; without, one field is minutes, two are minutes and seconds.
  const auto [a, b, c] = fields;
  Duration total = days(day_count);
  if (dash != std::string_view::npos || count == 3) {
    total += hours(a) + minutes(b) + seconds(c);
  } else {
    total += minutes(a) + seconds(b);
  }
  if (total == Duration{} || total > duration_max) return bad();
  return total;
}

Expected<Script, std::vector<Refusal>> read_script(std::string_view text, std::string_view file_name,
                                                   model::JobDefaults defaults, UnknownDirectives unknown) {
  Refusals refusals;
  if (auto checked = check_script_text(text); !checked) {
    refusals.add(std::move(checked).error());
    return std::unexpected(refusals.take());
  }
  if (!file_name.empty()) defaults.name = model::job_name_of(file_name);
  const DirectiveLines lines = find_directives(text);
  // Who writes for Slurm expects that a program which says it failed is not run again.
  if (lines.for_slurm) defaults.retry_on_exit = false;
  Translator translator(text, unknown, defaults);
  const Tree tree = translator.translate(lines, refusals);
  auto job = model::read_job(tree, defaults);
  if (!job) {
    for (Refusal& refusal : job.error()) {
      if (refusal.field == "wall" && refusal.code == "missing-field")
        refusal.hint = "add a line like #SBATCH --time=1:00:00";
      refusals.add(std::move(refusal));
    }
  }
  if (!refusals.empty() || !job) return std::unexpected(refusals.take());
  return Script{std::move(*job), std::move(translator.not_understood), std::move(translator.notes)};
}

}  // namespace mingyue::formats
