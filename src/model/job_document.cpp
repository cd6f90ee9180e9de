#include "model/job_document.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

#include "model/document_reader.hpp"

namespace mingyue::model {
namespace {

constexpr std::size_t path_bytes_max = 4'096;
constexpr std::size_t argument_bytes_max = 128 << 10;  // Linux: MAX_ARG_STRLEN, one argument or NAME=value
constexpr std::size_t arguments_max = 4'096;
constexpr std::size_t words_bytes_max = 1 << 20;  // all arguments, or all of an environment, of one part

/// A path that goes up could leave the folder it is meant for.
bool goes_up(std::string_view path) {
  while (!path.empty()) {
    const std::size_t end = path.find('/');
    if (path.substr(0, end) == "..") return true;
    if (end == std::string_view::npos) return false;
    path.remove_prefix(end + 1);
  }
  return false;
}

// ---- what a task runs
// ------------------------------------------------------------------------------------------------

void check_script(FieldReader& fields, const std::string& script) {
  if (!script.starts_with("#!")) {
    fields.refuse("script", "bad-value", "the script does not begin with #!", "begin with a line like #!/bin/bash");
  } else if (script.substr(0, script.find('\n')).ends_with('\r')) {
    fields.refuse("script", "bad-value", "the script's lines end as on Windows (CR LF)",
                  "convert it: sed -i 's/\\r$//' FILE");
  }
}

std::vector<std::string> read_command(FieldReader& fields, Refusals& refusals) {
  const Tree* at = fields.get("command");
  if (at == nullptr) return {};
  if (!at->is_list() || at->items.empty()) {
    fields.refuse("command", "bad-value",
                  fmt::format("{} is {}", fields.path_of("command"), at->is_list() ? "empty" : describe(*at)),
                  "write a list: [./program, argument]; or use script for a line of shell");
    return {};
  }
  std::vector<std::string> words;
  std::size_t bytes = 0;
  if (at->items.size() > arguments_max) {
    fields.refuse("command", "too-large",
                  fmt::format("the command has {} words, the most is {}", at->items.size(), arguments_max),
                  "read the arguments from a file");
    return {};
  }
  for (std::size_t i = 0; i < at->items.size(); ++i) {
    const std::string path = fmt::format("{}[{}]", fields.path_of("command"), i);
    auto word = scalar_text(at->items[i], path, argument_bytes_max - 1, refusals);
    if (!word) return {};
    bytes += word->size() + 1;
    words.push_back(std::move(*word));
  }
  if (words.front().empty()) {
    fields.refuse("command", "bad-value", "the command's program is empty", "name a program first");
  }
  if (bytes > words_bytes_max) {
    fields.refuse("command", "too-large",
                  fmt::format("the command has {} bytes, the most is {}", bytes, words_bytes_max),
                  "read the arguments from a file");
  }
  return words;
}

bool is_variable(std::string_view name) {
  if (name.empty() || name.size() > 256 || (name.front() >= '0' && name.front() <= '9')) return false;
  return std::ranges::all_of(name, [](char c) {
    return c == '_' || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
  });
}

Environment read_environment(FieldReader& fields, Refusals& refusals) {
  const Tree* at = fields.get("environment");
  if (at == nullptr) return {};
  const std::string path = fields.path_of("environment");
  if (!at->is_map()) {
    fields.refuse("environment", "bad-value", fmt::format("{} is {}", path, describe(*at)),
                  "write a map: {NAME: value}");
    return {};
  }
  if (at->fields.size() > environment_entries_max) {
    fields.refuse("environment", "too-large",
                  fmt::format("{} has {} variables, the most is {}", path, at->fields.size(), environment_entries_max),
                  "read them from a file in the script");
    return {};
  }
  Environment environment;
  std::size_t bytes = 0;
  for (const Tree::Field& field : at->fields) {
    const std::string here = fmt::format("{}.{}", path, shown(field.name));
    if (!is_variable(field.name)) {
      refusals.add("bad-value", here, fmt::format("\"{}\" is no name of a variable", shown(field.name)),
                   "use A-Z a-z 0-9 _, and no digit first", field.line);
      continue;
    }
    if (field.name.starts_with("MINGYUE_")) {
      refusals.add("not-allowed", here, fmt::format("{} is the centre's to set", shown(field.name)),
                   "choose a name that does not begin with MINGYUE_", field.line);
      continue;
    }
    if (field.value.is_null()) {
      environment.emplace_back(field.name, "");
      continue;
    }
    auto value = scalar_text(field.value, here, argument_bytes_max - 2 - field.name.size(), refusals);
    if (!value) continue;
    bytes += field.name.size() + value->size() + 2;
    environment.emplace_back(field.name, std::move(*value));
  }
  if (bytes > words_bytes_max) {
    fields.refuse("environment", "too-large",
                  fmt::format("{} has {} bytes, the most is {}", path, bytes, words_bytes_max),
                  "read long values from a file");
  }
  std::ranges::sort(environment);
  return environment;
}

// ---- parts
// -----------------------------------------------------------------------------------------------------------

void read_cards(FieldReader& fields, TaskNeed& need, Refusals& refusals) {
  const Tree* at = fields.get("cards");
  if (at == nullptr) return;
  if (!at->is_map()) {
    need.cards = CardCount(fields.small_integer("cards", 0, cards_max).value_or(0));
    return;
  }
  FieldReader cards(*at, fields.path_of("cards"), refusals);
  need.cards = CardCount(cards.small_integer("count", 1, cards_max).value_or(1));
  need.card_type = cards.name("type").value_or("");
  cards.finish();
}

/// A number; or an elastic range, `4..16` or {min: 4, max: 16}.
void read_tasks(FieldReader& fields, Part& part, Refusals& refusals) {
  const Tree* at = fields.get("tasks");
  if (at == nullptr) return;
  std::int32_t least = 0;
  const auto dots = at->is_scalar() ? at->scalar.find("..") : std::string::npos;
  if (at->is_map()) {
    FieldReader range(*at, fields.path_of("tasks"), refusals);
    range.require("min", "say the fewest tasks that it can run with, like `{min: 4, max: 16}`");
    range.require("max", "say the most tasks that it can use, like `{min: 4, max: 16}`");
    least = range.small_integer("min", 1, tasks_max).value_or(1);
    part.tasks = range.small_integer("max", 1, tasks_max).value_or(least);
    range.finish();
  } else if (dots != std::string::npos) {
    const std::string_view text = at->scalar;
    const auto from = parse_integer(text.substr(0, dots), 1, tasks_max);
    const auto to = parse_integer(text.substr(dots + 2), 1, tasks_max);
    if (!from || !to) {
      fields.refuse("tasks", "bad-value",
                    fmt::format("\"{}\" is no range of tasks from 1 to {}", shown(text), tasks_max),
                    "write the fewest and the most, like 4..16");
      return;
    }
    least = static_cast<std::int32_t>(*from);
    part.tasks = static_cast<std::int32_t>(*to);
  } else {
    part.tasks = fields.small_integer("tasks", 1, tasks_max).value_or(1);
    return;
  }
  if (part.tasks < least) {
    fields.refuse("tasks", "bad-value",
                  fmt::format("the most tasks, {}, are fewer than the fewest, {}", part.tasks, least),
                  fmt::format("write {}..{}", part.tasks, least));
    part.tasks = least;
  }
  if (part.tasks > least) part.tasks_least = least;
}

/// Words in a list, or one word.
std::vector<std::string> read_words(FieldReader& fields, std::string_view name, Refusals& refusals) {
  std::vector<std::string> words;
  const auto items = fields.list(name, qpu_words_max);
  for (std::size_t i = 0; i < items.size(); ++i) {
    auto word = scalar_text(*items[i], fmt::format("{}[{}]", fields.path_of(name), i), 64, refusals);
    if (word) words.push_back(std::move(*word));
  }
  return words;
}

/// `qpu: 5`, so many qubits; or a map that says more.
void read_qpu(FieldReader& fields, Part& part, Refusals& refusals) {
  const Tree* at = fields.get("qpu");
  if (at == nullptr) return;
  QpuNeed& need = part.qpu.edit();
  if (!at->is_map()) {
    need.qubits = fields.small_integer("qpu", 1, qubits_max).value_or(1);
    return;
  }
  FieldReader qpu(*at, fields.path_of("qpu"), refusals);
  need.qubits = qpu.small_integer("qubits", 1, qubits_max).value_or(1);
  need.devices = read_words(qpu, "device", refusals);
  need.technology = qpu.name("technology").value_or("");
  need.gates = read_words(qpu, "gates", refusals);
  if (const auto text = qpu.text("two-qubit-fidelity", 16)) {
    if (const auto part_of_one = parse_credits(*text); part_of_one && *part_of_one <= Credits{1'000'000}) {
      need.two_qubit_fidelity = static_cast<std::int32_t>(part_of_one->raw());
    } else {
      qpu.refuse("two-qubit-fidelity", "bad-value", fmt::format("\"{}\" is no fidelity", shown(*text)),
                 "write a number from 0 to 1 with at most six places, like 0.995");
    }
  }
  need.prefer = qpu.word<QpuPrefer>("prefer").value_or(QpuPrefer::balanced);
  need.hold = qpu.word<QpuHold>("hold").value_or(QpuHold::batch);
  qpu.finish();
}

Part read_part(FieldReader& fields, const JobDefaults& defaults, Refusals& refusals) {
  Part part;
  read_tasks(fields, part, refusals);
  part.need.cores = CoreCount(fields.small_integer("cores", 1, cores_max).value_or(1));
  part.need.memory = fields.bytes("memory").value_or(defaults.memory_per_core * part.need.cores.raw());
  read_cards(fields, part.need, refusals);
  read_qpu(fields, part, refusals);
  part.placement = fields.word<Placement>("placement").value_or(Placement::any);
  const bool has_script = fields.has("script");
  const bool has_command = fields.has("command");
  if (auto script = fields.text("script", script_bytes_max)) {
    check_script(fields, *script);
    part.script = std::move(*script);
  }
  part.command = read_command(fields, refusals);
  if (has_script && has_command) {
    fields.refuse("command", "not-allowed", "both script and command are given", "keep one of them");
  } else if (!has_script && !has_command) {
    fields.refuse("script", "missing-field",
                  fmt::format("{} says nothing to run", fields.path_of("script") == "script" ? "the job" : "the part"),
                  "add `script: |` with a #! line, or `command: [program, argument]`");
  }
  part.environment = read_environment(fields, refusals);
  return part;
}

std::vector<Part> read_parts(FieldReader& job, const JobDefaults& defaults, Refusals& refusals) {
  if (!job.has("parts")) {
    Part part = read_part(job, defaults, refusals);
    part.name = "main";
    return {std::move(part)};
  }
  for (const char* name :
       {"tasks", "cores", "memory", "cards", "qpu", "placement", "script", "command", "environment"}) {
    if (job.has(name)) {
      job.refuse(name, "not-allowed", fmt::format("{} stands beside parts", name), "say it in each part");
    }
  }
  const auto items = job.list("parts", parts_max);
  if (items.empty() && job.get("parts")->is_list() && job.get("parts")->items.empty()) {
    job.refuse("parts", "bad-value", "parts is empty", "name at least one part, or leave parts out");
  }
  std::vector<Part> parts;
  for (std::size_t i = 0; i < items.size(); ++i) {
    FieldReader fields(*items[i], fmt::format("parts[{}]", i), refusals);
    if (!items[i]->is_map()) continue;
    const std::string name = fields.name("name").value_or(fmt::format("part{}", i));
    Part part = read_part(fields, defaults, refusals);
    part.name = name;
    if (std::ranges::find(parts, name, &Part::name) != parts.end()) {
      fields.refuse("name", "duplicate", fmt::format("two parts have the name \"{}\"", name), "give each its own");
    }
    if (part.elastic() && std::ranges::any_of(parts, &Part::elastic)) {
      fields.refuse("tasks", "not-allowed", "two parts have a range of tasks",
                    "give the tasks of one of them as a number");
    }
    const auto asks = [](const Part& other) { return other.qpu.written(); };
    if (part.qpu.written() && std::ranges::any_of(parts, asks)) {
      fields.refuse("qpu", "not-allowed", "two parts ask for quantum devices",
                    "let one part speak to them, for the others");
    }
    fields.finish();
    parts.push_back(std::move(part));
  }
  std::int64_t tasks = 0;
  for (const Part& part : parts) tasks += part.tasks;
  if (tasks > tasks_max) {
    job.refuse("parts", "too-large", fmt::format("the parts have {} tasks together, the most is {}", tasks, tasks_max),
               "ask for fewer tasks, or use an array");
  }
  return parts;
}

// ---- the job's own fields
// --------------------------------------------------------------------------------------------

void read_array(FieldReader& job, JobSpec& spec) {
  const auto text = job.text("array", script_bytes_max);
  if (!text) return;
  auto range = parse_array(*text);
  if (!range) {
    job.refuse("array", range.error().code, range.error().message, range.error().hint);
    return;
  }
  spec.indices = std::move(range->indices);
  spec.array_at_once = range->at_once;
}

void read_dependencies(FieldReader& job, JobSpec& spec, Refusals& refusals) {
  constexpr std::array<std::pair<const char*, DependencyKind>, 3> kinds{{{"after", DependencyKind::after},
                                                                         {"after-ok", DependencyKind::after_ok},
                                                                         {"after-any", DependencyKind::after_any}}};
  for (const auto& [name, kind] : kinds) {
    const auto items = job.list(name, dependencies_max);
    for (std::size_t i = 0; i < items.size(); ++i) {
      const std::string path = items.size() == 1 ? std::string(name) : fmt::format("{}[{}]", name, i);
      const auto text = scalar_text(*items[i], path, 64, refusals);
      if (!text) continue;
      if (const auto id = parse_integer(*text, 1, INT64_MAX)) {
        spec.dependencies.push_back({kind, JobId(static_cast<std::uint64_t>(*id))});
      } else {
        refusals.add("bad-value", path, fmt::format("\"{}\" is no job's number", shown(*text)),
                     "write the numbers of jobs: [12, 13]", items[i]->line);
      }
    }
  }
  std::ranges::sort(spec.dependencies);
  const auto twice = std::ranges::unique(spec.dependencies);
  spec.dependencies.erase(twice.begin(), twice.end());
}

void read_paths(FieldReader& job, JobSpec& spec, const JobDefaults& defaults) {
  spec.workdir = job.text("workdir", path_bytes_max).value_or(defaults.workdir);
  if (!spec.workdir.empty() && (!spec.workdir.starts_with('/') || goes_up(spec.workdir))) {
    job.refuse("workdir", "bad-value", fmt::format("\"{}\" is no absolute path without ..", shown(spec.workdir, 200)),
               "write the whole path from /");
  }
  const auto output = job.text("output", path_bytes_max);
  if (!output) return;
  spec.output = *output;
  if (output->empty() || output->starts_with('/') || output->ends_with('/') || goes_up(*output)) {
    job.refuse("output", "bad-value", fmt::format("\"{}\" is no file below workdir", shown(*output, 200)),
               "write a relative path without .., like out-%j.txt");
    return;
  }
  for (std::size_t i = output->find('%'); i != std::string::npos; i = output->find('%', i + 2)) {
    const char letter = i + 1 < output->size() ? (*output)[i + 1] : ' ';
    if (std::string_view("jaAxut").find(letter) != std::string_view::npos) continue;
    job.refuse("output", "bad-value", fmt::format("output has the unknown pattern {}", shown(output->substr(i, 2))),
               "use %j job, %A array, %a array index, %x job's name, %u user, %t task");
    return;
  }
}

void read_contracts(FieldReader& job, JobSpec& spec, const JobDefaults& defaults, Refusals& refusals) {
  spec.retry.on_exit = defaults.retry_on_exit;
  if (const Tree* at = job.get("retry")) {
    FieldReader retry(*at, "retry", refusals);
    spec.retry.attempts = retry.small_integer("attempts", 1, 100).value_or(spec.retry.attempts);
    spec.retry.delay = retry.duration("delay").value_or(Duration{});
    spec.retry.on_exit = retry.flag("on-exit").value_or(defaults.retry_on_exit);
    retry.finish();
  }
  if (const Tree* at = job.get("checkpoint")) {
    FieldReader checkpoint(*at, "checkpoint", refusals);
    checkpoint.require("signal", "name the signal that asks for a checkpoint, like USR1");
    if (const auto text = checkpoint.text("signal", 64)) {
      if (const auto signal = parse_signal(*text)) {
        spec.checkpoint.signal = *signal;
      } else {
        checkpoint.refuse("signal", signal.error().code, signal.error().message, signal.error().hint);
      }
    }
    spec.checkpoint.grace = checkpoint.duration("grace").value_or(seconds(30));
    if (spec.wall > Duration{} && spec.checkpoint.grace >= spec.wall) {
      checkpoint.refuse("grace", "out-of-range",
                        fmt::format("a grace of {} leaves nothing of a wall limit of {}",
                                    print_duration(spec.checkpoint.grace), print_duration(spec.wall)),
                        "ask for a longer wall or a shorter grace");
    }
    checkpoint.finish();
  }
}

}  // namespace

Expected<JobSpec, std::vector<Refusal>> read_job(const Tree& document, const JobDefaults& defaults) {
  Refusals refusals;
  FieldReader job(document, "", refusals);
  if (!document.is_map()) return std::unexpected(refusals.take());
  JobSpec spec;
  spec.user = defaults.user;
  spec.name = job.name("name").value_or(defaults.name);
  spec.project = job.name("project").value_or(defaults.project);
  spec.partition = job.name("partition").value_or(defaults.partition);
  spec.kind = job.word<WorkKind>("kind").value_or(WorkKind::general);
  spec.priority_class = job.name("class").value_or(defaults.priority_class);
  spec.preemptible = job.flag("preemptible").value_or(false);
  spec.hold = job.flag("hold").value_or(false);
  spec.terminal = job.flag("terminal").value_or(false);
  spec.wall = job.duration("wall").value_or(defaults.wall);
  if (defaults.wall == Duration{}) job.require("wall", "say how long one attempt may take, like `wall: 10m`");
  read_array(job, spec);
  read_dependencies(job, spec, refusals);
  spec.parts = read_parts(job, defaults, refusals);
  read_paths(job, spec, defaults);
  read_contracts(job, spec, defaults, refusals);
  spec.hang_after = job.duration("hang-after").value_or(Duration{});
  spec.deadline = job.instant("deadline");
  spec.where = job.word<Where>("where").value_or(Where::here);
  spec.comment = job.text("comment").value_or("");
  spec.reservation = job.name("reservation").value_or("");
  job.finish();
  if (!refusals.empty()) return std::unexpected(refusals.take());
  return spec;
}

std::string job_name_of(std::string_view file_name) {
  if (const auto slash = file_name.rfind('/'); slash != std::string_view::npos) file_name.remove_prefix(slash + 1);
  if (const auto dot = file_name.rfind('.'); dot != std::string_view::npos && dot > 0)
    file_name = file_name.substr(0, dot);
  std::string name;
  for (const char c : file_name.substr(0, 64)) name += is_name(std::string{'a', c}) ? c : '-';
  while (name.starts_with('.') || name.starts_with('-')) name.erase(0, 1);
  return name.empty() ? "job" : name;
}

JobDefaults defaults_of(const Centre& centre, std::string_view user) {
  JobDefaults defaults;
  defaults.user = std::string(user);
  if (!centre.partitions.empty()) defaults.partition = centre.partitions.front().name;
  const auto known = std::ranges::find(centre.users, user, &User::name);
  if (known != centre.users.end() && !known->projects.empty()) {
    defaults.project = known->projects.front();
  } else if (!centre.projects.empty()) {
    defaults.project = centre.projects.front().name;
  }
  const bool has_normal = std::ranges::find(centre.classes, "normal", &PriorityClass::name) != centre.classes.end();
  if (!has_normal && !centre.classes.empty()) {
    defaults.priority_class = std::ranges::min_element(centre.classes, {}, &PriorityClass::rank)->name;
  }
  return defaults;
}

Expected<ArrayRange> parse_array(std::string_view text) {
  const auto bad = [&](std::string_view piece) {
    return refuse("bad-value", "", fmt::format("\"{}\" is no range of array indices", shown(piece)),
                  "write 0-9, 1,3,7 or 0-100:10, and %4 for at most 4 at once");
  };
  ArrayRange range;
  if (const auto percent = text.find('%'); percent != std::string_view::npos) {
    const auto at_once = parse_integer(text.substr(percent + 1), 1, array_elements_max);
    if (!at_once) return bad(text);
    range.at_once = static_cast<std::int32_t>(*at_once);
    text = text.substr(0, percent);
  }
  for (std::string_view rest = text;;) {
    const auto comma = rest.find(',');
    const std::string_view piece = rest.substr(0, comma);
    const auto colon = piece.find(':');
    const auto dash = piece.find('-');
    const auto first = parse_integer(piece.substr(0, std::min(dash, colon)), 0, INT32_MAX);
    auto last = first;
    std::int64_t step = 1;
    if (!first || (dash == std::string_view::npos && colon != std::string_view::npos)) return bad(piece);
    if (dash != std::string_view::npos) {
      if (colon != std::string_view::npos) {
        const auto read = parse_integer(piece.substr(colon + 1), 1, INT32_MAX);
        if (!read || colon < dash) return bad(piece);
        step = *read;
      }
      last = parse_integer(piece.substr(dash + 1, colon == std::string_view::npos ? colon : colon - dash - 1), 0,
                           INT32_MAX);
      if (!last || *last < *first) return bad(piece);
    }
    const std::int64_t count = (*last - *first) / step + 1;
    if (count + static_cast<std::int64_t>(range.indices.size()) > array_elements_max) {
      return refuse("too-large", "", fmt::format("the array has more than {} elements", array_elements_max),
                    "split it into several jobs");
    }
    for (std::int64_t index = *first; index <= *last; index += step)
      range.indices.push_back(static_cast<std::int32_t>(index));
    if (comma == std::string_view::npos) break;
    rest.remove_prefix(comma + 1);
  }
  std::ranges::sort(range.indices);
  if (const auto twice = std::ranges::adjacent_find(range.indices); twice != range.indices.end()) {
    return refuse("duplicate", "", fmt::format("the array names the index {} twice", *twice), "name each index once");
  }
  return range;
}

Expected<std::int32_t> parse_signal(std::string_view text) {
  // The numbers of Linux on x86, ARM and RISC-V. KILL and STOP cannot be caught, so no checkpoint can follow.
  constexpr std::array<std::pair<std::string_view, std::int32_t>, 11> signals{{{"HUP", 1},
                                                                               {"INT", 2},
                                                                               {"QUIT", 3},
                                                                               {"ALRM", 14},
                                                                               {"USR1", 10},
                                                                               {"USR2", 12},
                                                                               {"TERM", 15},
                                                                               {"CONT", 18},
                                                                               {"URG", 23},
                                                                               {"WINCH", 28},
                                                                               {"PWR", 30}}};
  std::string_view name = text;
  if (name.starts_with("SIG")) name.remove_prefix(3);
  for (const auto& [word, number] : signals) {
    if (name == word || text == fmt::to_string(number)) return number;
  }
  return refuse("bad-value", "",
                fmt::format("\"{}\" is no signal that a program can answer with a checkpoint", shown(text)),
                "use USR1, USR2, TERM, INT, HUP, QUIT, ALRM, CONT, URG, WINCH or PWR");
}

}  // namespace mingyue::model
