#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "client/session.hpp"
#include "wire/views.hpp"

/// A job on its way to the centre: a document, or a script, with what the command line says beside it.
namespace mingyue::client {

/// Fields of the job document that options give, as YAML: {"after-ok", "[12, 13]"}. They win over the document's own.
using Overrides = std::vector<std::pair<std::string, std::string>>;

struct Submission {
  std::string document;
  std::string content_type;
  std::string name;     ///< where the document says none
  std::string workdir;  ///< where the document says none; empty: the centre makes a fresh folder
  int lines_added = 0;  ///< by with_overrides() behind the first line: faults further down are told that much higher
};

/// Reads the file; `-` is standard input. A script (`#!`) works where it is submitted, as with Slurm; a document where
/// it says.
[[nodiscard]] Expected<Submission, Failure> read_submission(const std::string& file);

/// The same with the options in it. The document's own field is blanked out, so that every line keeps its number.
/// Refused where options cannot be put in: a document in braces that has the field already.
[[nodiscard]] Expected<Submission> with_overrides(Submission submission, const Overrides& overrides);

/// Sends it, once: the idempotency key makes a repetition after a lost answer harmless.
[[nodiscard]] Expected<wire::Submitted, Failure> send(const Session& session, const Submission& submission);

/// Text as a scalar of YAML and JSON.
[[nodiscard]] std::string quoted(std::string_view text);

/// The working folder of this process; empty when it is gone.
[[nodiscard]] std::string current_folder();

}  // namespace mingyue::client
