#include "formats/job_yaml.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>
#include <vector>

#include "base/text.hpp"
#include "base/time.hpp"
#include "formats/json.hpp"

namespace mingyue::formats {
namespace {

/// In double quotes, unless it is a plain word that nobody could take for something else.
std::string scalar(std::string_view text) {
  const auto plain = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '.' ||
           c == '/' || c == '-';
  };
  const bool is_word = !text.empty() && text.front() != '-' && std::ranges::all_of(text, plain) && text != "null" &&
                       text != "Null" && text != "NULL" && !text.ends_with("...") && !text.starts_with("..");
  return is_word ? std::string(text) : write_json(std::string(text), JsonStyle::api);
}

/// In the largest unit in which it is whole. Not of nothing, which documents do not name.
std::string exact(Duration d) {
  constexpr std::array<std::pair<std::int64_t, const char*>, 4> units{
      {{86'400'000, "d"}, {3'600'000, "h"}, {60'000, "m"}, {1'000, "s"}}};
  for (const auto& [ms, unit] : units)
    if (d.raw() % ms == 0) return fmt::format("{}{}", d.raw() / ms, unit);
  return fmt::format("{}ms", d.raw());
}

std::string exact(Bytes bytes) {
  constexpr std::array<std::pair<int, const char*>, 3> units{{{30, "G"}, {20, "M"}, {10, "K"}}};
  for (const auto& [power, unit] : units)
    if (bytes.raw() != 0 && bytes.raw() % (std::int64_t{1} << power) == 0)
      return fmt::format("{}{}", bytes.raw() >> power, unit);
  return fmt::format("{}B", bytes.raw());
}

std::string words(const std::vector<std::string>& list) {
  std::string text = "[";
  for (const std::string& word : list) text += (text.size() > 1 ? ", " : "") + scalar(word);
  return text + "]";
}

/// `0-9,12%4`.
std::string array_text(const model::JobSpec& spec) {
  std::string text;
  for (std::size_t i = 0; i < spec.indices.size();) {
    std::size_t last = i;
    while (last + 1 < spec.indices.size() && spec.indices[last + 1] == spec.indices[last] + 1) ++last;
    if (!text.empty()) text += ",";
    text += fmt::to_string(spec.indices[i]);
    if (last > i) text += fmt::format("-{}", spec.indices[last]);
    i = last + 1;
  }
  if (spec.array_at_once > 0) text += fmt::format("%{}", spec.array_at_once);
  return text;
}

std::string signal_text(std::int32_t signal) {
  constexpr std::array<std::pair<std::int32_t, const char*>, 5> names{
      {{1, "HUP"}, {2, "INT"}, {10, "USR1"}, {12, "USR2"}, {15, "TERM"}}};
  for (const auto& [number, name] : names)
    if (number == signal) return name;
  return fmt::to_string(signal);
}

/// Lines at one depth. The first line of a list's item begins with `- `.
class Block {
 public:
  Block(std::string& out, std::size_t indent) : out_(out), indent_(indent) {}

  void item() { is_item_ = true; }
  void field(std::string_view name, std::string_view text) {
    begin();
    out_ += fmt::format("{}: {}\n", name, text);
  }
  void field_if(bool wanted, std::string_view name, std::string_view text) {
    if (wanted) field(name, text);
  }
  void open(std::string_view name) {
    begin();
    out_ += fmt::format("{}:\n", name);
  }
  [[nodiscard]] Block inner() { return {out_, indent_ + 2}; }

  /// Text of several lines as it is, where YAML keeps it so; else in quotes.
  void script(std::string_view text) {
    const bool odd = std::ranges::any_of(text, [](char c) {
      const auto byte = static_cast<unsigned char>(c);
      return (byte < 0x20 && c != '\n' && c != '\t') || byte >= 0x7f;
    });
    const std::string_view rest = text.substr(0, text.size() - (text.ends_with('\n') ? 1 : 0));
    if (odd || !text.starts_with('#') || rest.ends_with('\n'))
      return field("script", write_json(std::string(text), JsonStyle::api));
    begin();
    out_ += text.ends_with('\n') ? "script: |\n" : "script: |-\n";
    for (std::string_view left = rest;;) {
      const auto end = left.find('\n');
      const std::string_view line = left.substr(0, end);
      // A line of nothing needs no indentation; one of blanks has some of its own.
      if (!line.empty()) out_ += std::string(indent_ + 2, ' ') + std::string(line);
      out_ += '\n';
      if (end == std::string_view::npos) break;
      left.remove_prefix(end + 1);
    }
  }

 private:
  void begin() {
    out_ += std::string(indent_ - (is_item_ ? 2 : 0), ' ') + (is_item_ ? "- " : "");
    is_item_ = false;
  }

  std::string& out_;
  std::size_t indent_;
  bool is_item_ = false;
};

std::string qpu_text(const model::QpuNeed& need) {
  std::string text = fmt::format("{{qubits: {}", need.qubits);
  const auto add = [&](bool wanted, std::string_view name, const std::string& value) {
    if (wanted) text += fmt::format(", {}: {}", name, value);
  };
  add(!need.devices.empty(), "device", words(need.devices));
  add(!need.technology.empty(), "technology", scalar(need.technology));
  add(!need.gates.empty(), "gates", words(need.gates));
  add(need.two_qubit_fidelity > 0, "two-qubit-fidelity", print_credits(Credits{need.two_qubit_fidelity}));
  add(need.prefer != model::QpuPrefer::balanced, "prefer", std::string(enum_word(need.prefer)));
  add(need.hold != model::QpuHold::batch, "hold", std::string(enum_word(need.hold)));
  return text + "}";
}

void write_part(Block& block, const model::Part& part) {
  if (part.elastic())
    block.field("tasks", fmt::format("{}..{}", part.tasks_least, part.tasks));
  else
    block.field_if(part.tasks != 1, "tasks", fmt::to_string(part.tasks));
  block.field("cores", fmt::to_string(part.need.cores.raw()));
  block.field("memory", exact(part.need.memory));
  if (!part.need.card_type.empty())
    block.field("cards", fmt::format("{{count: {}, type: {}}}", part.need.cards.raw(), scalar(part.need.card_type)));
  else
    block.field_if(part.need.cards > CardCount{0}, "cards", fmt::to_string(part.need.cards.raw()));
  if (part.qpu.written()) block.field("qpu", qpu_text(*part.qpu));
  block.field_if(part.placement != model::Placement::any, "placement", enum_word(part.placement));
  if (!part.environment.empty()) {
    block.open("environment");
    Block inner = block.inner();
    for (const auto& [name, value] : part.environment) inner.field(name, scalar(value));
  }
  if (!part.command.empty())
    block.field("command", words(part.command));
  else
    block.script(part.script);
}

void write_dependencies(Block& block, const model::JobSpec& spec) {
  constexpr std::array<std::pair<model::DependencyKind, const char*>, 3> kinds{
      {{model::DependencyKind::after, "after"},
       {model::DependencyKind::after_ok, "after-ok"},
       {model::DependencyKind::after_any, "after-any"}}};
  for (const auto& [kind, name] : kinds) {
    std::vector<std::string> jobs;
    for (const model::Dependency& dependency : spec.dependencies)
      if (dependency.kind == kind) jobs.push_back(fmt::to_string(dependency.job.raw()));
    block.field_if(!jobs.empty(), name, words(jobs));
  }
}

}  // namespace

std::string write_job_yaml(const model::JobSpec& spec) {
  std::string out;
  Block job(out, 0);
  job.field("name", scalar(spec.name));
  job.field("project", scalar(spec.project));
  job.field("partition", scalar(spec.partition));
  job.field("class", scalar(spec.priority_class));
  job.field_if(spec.kind != model::WorkKind::general, "kind", enum_word(spec.kind));
  job.field_if(!spec.comment.empty(), "comment", scalar(spec.comment));
  job.field("wall", exact(spec.wall));
  job.field_if(spec.preemptible, "preemptible", "true");
  job.field_if(spec.hold, "hold", "true");
  job.field_if(spec.terminal, "terminal", "true");
  job.field_if(!spec.indices.empty(), "array", "\"" + array_text(spec) + "\"");
  write_dependencies(job, spec);
  if (spec.deadline) job.field("deadline", print_instant(*spec.deadline));
  job.field_if(!spec.reservation.empty(), "reservation", scalar(spec.reservation));
  job.field_if(spec.where != model::Where::here, "where", enum_word(spec.where));
  job.field_if(!spec.workdir.empty(), "workdir", scalar(spec.workdir));
  job.field_if(!spec.output.empty(), "output", scalar(spec.output));
  const std::string delay = spec.retry.delay > Duration{} ? ", delay: " + exact(spec.retry.delay) : "";
  job.field("retry", fmt::format("{{attempts: {}{}, on-exit: {}}}", spec.retry.attempts, delay, spec.retry.on_exit));
  if (spec.checkpoint.signal != 0)
    job.field("checkpoint", fmt::format("{{signal: {}, grace: {}}}", signal_text(spec.checkpoint.signal),
                                        exact(spec.checkpoint.grace)));
  job.field_if(spec.hang_after > Duration{}, "hang-after", exact(spec.hang_after));
  if (spec.parts.size() == 1 && spec.parts.front().name == "main") {
    write_part(job, spec.parts.front());
    return out;
  }
  job.open("parts");
  for (const model::Part& part : spec.parts) {
    Block inner(out, 4);
    inner.item();
    inner.field("name", scalar(part.name));
    write_part(inner, part);
  }
  return out;
}

}  // namespace mingyue::formats
