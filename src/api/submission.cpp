#include "api/submission.hpp"

#include <algorithm>

#include "base/tree.hpp"
#include "formats/parse.hpp"
#include "formats/sbatch.hpp"
#include "http/text.hpp"
#include "model/job_document.hpp"

namespace mingyue::api {
namespace {

using Refusals = std::vector<Refusal>;

Expected<ReadDocument, Refusals> read_script(const Document& document, model::JobDefaults defaults) {
  const std::string_view file_name = document.name.empty() ? std::string_view("job") : document.name;
  auto script = formats::read_script(document.text, file_name, std::move(defaults));
  if (!script) return Unexpected<Refusals>(std::move(script).error());
  ReadDocument read{.spec = std::move(script->job)};
  for (const Refusal& note : script->notes) {
    read.notes.push_back((note.line > 0 ? "line " + std::to_string(note.line) + ": " : std::string()) + note.message);
  }
  return read;
}

/// A circuit is read as the document that it makes; lines are those of the circuit.
Expected<ReadDocument, Refusals> read_circuit(const Document& document, const model::JobDefaults& defaults,
                                              const model::Centre& centre) {
  const auto text = formats::circuit_document(document.text, document.circuit);
  if (!text) return Unexpected<Refusals>(Refusals{text.error()});
  const auto tree = formats::parse_yaml(*text);
  if (!tree) return Unexpected<Refusals>(Refusals{tree.error()});
  auto spec = model::read_job(*tree, defaults);
  auto refusals = spec ? model::validate(*spec, centre) : std::move(spec).error();
  for (Refusal& refusal : refusals) refusal.line = 0;
  if (!refusals.empty()) return Unexpected<Refusals>(std::move(refusals));
  return ReadDocument{.spec = std::move(*spec)};
}

/// Whether some element of the array did not succeed; the array has wholly ended.
Expected<bool, Fault> all_succeeded(model::JobId first, const ports::History& history) {
  ports::JobFilter filter{.array = first, .limit = 10'000};
  for (;;) {
    TRY(rows, history.jobs(filter));
    for (const ledger::JobRow& row : rows) {
      if (row.state != model::JobState::succeeded) return false;
    }
    if (rows.size() < static_cast<std::size_t>(filter.limit)) return true;
    filter.before = rows.back().id;
  }
}

}  // namespace

std::string_view job_type_of(std::string_view content_type) {
  const std::string type = http::lower(http::trim(content_type.substr(0, content_type.find(';'))));
  if (type == "application/json") return job_types[0];
  if (type == "application/yaml" || type == "application/x-yaml" || type == "text/yaml" || type == "text/x-yaml")
    return job_types[1];
  if (type == "text/x-shellscript" || type == "application/x-sh" || type == "application/x-shellscript")
    return job_types[2];
  if (type == "text/x-qasm" || type == "application/x-qasm") return job_types[3];
  return {};
}

Expected<ReadDocument, std::vector<Refusal>> read_document(const Document& document, const model::Centre& centre) {
  model::JobDefaults defaults = model::defaults_of(centre, document.user);
  if (!document.name.empty()) defaults.name = model::job_name_of(document.name);
  defaults.workdir = std::string(document.workdir);
  const std::string_view type = job_type_of(document.content_type);
  if (type == job_types[2]) {
    TRY(read, read_script(document, std::move(defaults)));
    if (auto refusals = model::validate(read.spec, centre); !refusals.empty())
      return Unexpected<Refusals>(std::move(refusals));
    return read;
  }
  if (type == job_types[3]) return read_circuit(document, defaults, centre);
  auto tree = type == job_types[0] ? formats::parse_json(document.text) : formats::parse_yaml(document.text);
  if (!tree) return Unexpected<Refusals>(Refusals{std::move(tree).error()});
  TRY(spec, model::read_job(*tree, defaults));
  if (auto refusals = model::validate(spec, centre); !refusals.empty()) {
    locate(refusals, *tree);
    return Unexpected<Refusals>(std::move(refusals));
  }
  return ReadDocument{.spec = std::move(spec)};
}

Expected<std::vector<core::EndedTarget>, Fault> ended_targets(const model::JobSpec& spec,
                                                              const ports::History& history) {
  std::vector<core::EndedTarget> targets;
  for (const model::Dependency& dependency : spec.dependencies) {
    if (std::ranges::find(targets, dependency.job, &core::EndedTarget::job) != targets.end()) continue;
    TRY(row, history.job(dependency.job));
    if (!row || !model::ended(row->state)) continue;
    bool succeeded = row->state == model::JobState::succeeded;
    if (succeeded && row->array_index >= 0 && row->array == row->id) {
      TRY(all, all_succeeded(row->id, history));
      succeeded = all;
    }
    targets.push_back({dependency.job, succeeded});
  }
  return targets;
}

}  // namespace mingyue::api
