#include "client/submission.hpp"

#include <unistd.h>

#include <algorithm>
#include <climits>
#include <fstream>
#include <iostream>
#include <iterator>

#include "formats/parse.hpp"
#include "formats/sbatch.hpp"
#include "model/job_document.hpp"

namespace mingyue::client {
namespace {

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  for (std::size_t at = 0; at < text.size();) {
    const auto end = std::min(text.find('\n', at), text.size());
    lines.push_back(text.substr(at, end - at));
    at = end + 1;
  }
  return lines;
}

std::string joined(const std::vector<std::string>& lines) {
  std::string text;
  for (const std::string& line : lines) text += line + "\n";
  return text;
}

/// `#MINGYUE field: value` lines behind the first line; one that is there for the same field becomes a comment.
void override_script(Submission& submission, const Overrides& overrides) {
  std::vector<std::string> lines = lines_of(submission.document);
  std::vector<std::string> added;
  for (const auto& [field, value] : overrides) {
    for (std::string& line : lines) {
      if (line.starts_with("#MINGYUE " + field + ":")) line = "#";
    }
    added.push_back("#MINGYUE " + field + ": " + value);
  }
  lines.insert(lines.begin() + 1, added.begin(), added.end());
  submission.lines_added = static_cast<int>(added.size());
  submission.document = joined(lines);
}

/// The lines from a field's name to the next field's are emptied; the option's value stands at the end.
void override_block(Submission& submission, const Tree& tree, const Overrides& overrides) {
  std::vector<std::string> lines = lines_of(submission.document);
  // An end mark of YAML would end the document before what is added.
  if (const auto end = std::ranges::find(lines, "..."); end != lines.end()) lines.erase(end, lines.end());
  for (const auto& [field, value] : overrides) {
    for (std::size_t i = 0; i < tree.fields.size(); ++i) {
      if (tree.fields[i].name != field) continue;
      const auto first = static_cast<std::size_t>(tree.fields[i].line) - 1;
      const auto last =
          i + 1 < tree.fields.size() ? static_cast<std::size_t>(tree.fields[i + 1].line) - 1 : lines.size();
      for (std::size_t at = first; at < std::min(last, lines.size()); ++at) lines[at].clear();
    }
    lines.push_back(field + ": " + value);
  }
  submission.document = joined(lines);
}

Expected<void> override_braces(Submission& submission, const Tree& tree, const Overrides& overrides) {
  std::string added;
  for (const auto& [field, value] : overrides) {
    if (tree.find(field) != nullptr) {
      return refuse("not-allowed", field, say("said.twice"), say("said.twice.hint"));
    }
    added += quoted(field) + ": " + value + (tree.fields.empty() ? "" : ", ");
  }
  submission.document.insert(submission.document.find('{') + 1, added);
  return {};
}

}  // namespace

std::string quoted(std::string_view text) { return formats::write_json(std::string(text), formats::JsonStyle::api); }

std::string current_folder() {
  char folder[PATH_MAX];
  return getcwd(folder, sizeof folder) == nullptr ? std::string() : std::string(folder);
}

Expected<Submission, Failure> read_submission(const std::string& file) {
  Submission submission;
  if (file == "-") {
    submission.document.assign(std::istreambuf_iterator<char>(std::cin), {});
    submission.name = "job";
  } else {
    std::ifstream in(file, std::ios::binary);
    if (in) submission.document.assign(std::istreambuf_iterator<char>(in), {});
    if (!in || submission.document.empty()) {
      return Unexpected<Failure>(
          Failure{404, {Refusal{"no-file", "", say(in ? "empty.file" : "no.file"), say("no.file.hint")}}});
    }
    submission.name = model::job_name_of(file);
  }
  const bool is_script = formats::is_script(submission.document);
  submission.content_type = is_script ? "text/x-shellscript" : "application/yaml";
  if (is_script) submission.workdir = current_folder();
  return submission;
}

Expected<Submission> with_overrides(Submission submission, const Overrides& overrides) {
  if (overrides.empty()) return submission;
  if (submission.content_type == "text/x-shellscript") {
    override_script(submission, overrides);
    return submission;
  }
  const auto tree = formats::parse_yaml(submission.document);
  // What is no document is for the centre to refuse, with all that is wrong.
  if (!tree || !(tree->is_map() || tree->is_null())) return submission;
  const auto is_block = [](const Tree::Field& field) { return field.column == 1; };
  if (std::ranges::all_of(tree->fields, is_block) &&
      submission.document.find_first_not_of(" \t\r\n") != submission.document.find('{')) {
    override_block(submission, *tree, overrides);
  } else if (submission.document.find_first_not_of(" \t\r\n") == submission.document.find('{')) {
    CHECK_OK(override_braces(submission, *tree, overrides));
  } else {
    return refuse("not-allowed", overrides.front().first, say("indented"), say("indented.hint"));
  }
  return submission;
}

Expected<wire::Submitted, Failure> send(const Session& session, const Submission& submission) {
  Request request{.method = "POST",
                  .path = "/v1/jobs?name=" + encode(submission.name),
                  .body = submission.document,
                  .content_type = submission.content_type};
  if (!submission.workdir.empty()) request.path += "&workdir=" + encode(submission.workdir);
  request.headers["Idempotency-Key"] = fresh_key();
  auto answer = session.connection.ask(request);
  if (!answer) {
    for (Refusal& refusal : answer.error().refusals) {
      if (refusal.line > 1) refusal.line = std::max(1, refusal.line - submission.lines_added);
    }
    return Unexpected<Failure>(std::move(answer).error());
  }
  const auto tree = formats::parse_json(answer->body);
  if (!tree) return Unexpected<Failure>(Failure{answer->status, {tree.error()}});
  return read_as<wire::Submitted>(*tree);
}

}  // namespace mingyue::client
