#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/expected.hpp"
#include "core/command.hpp"
#include "formats/circuit.hpp"
#include "model/centre.hpp"
#include "model/job.hpp"
#include "ports/history.hpp"

namespace mingyue::api {

/// A job as it came in.
struct Document {
  std::string_view content_type;  ///< as in the header, parameters and all
  std::string_view text;
  std::string_view user;
  std::string_view name;                ///< of the file, or wanted; empty: none
  std::string_view workdir;             ///< where the document says none
  formats::CircuitFields circuit = {};  ///< where it is one
};

struct ReadDocument {
  model::JobSpec spec;
  std::vector<std::string> notes;  ///< what was understood and has no effect here
};

/// How bodies of POST /v1/jobs may be typed.
inline constexpr std::string_view job_types[] = {"application/json", "application/yaml", "text/x-shellscript",
                                                 "text/x-qasm"};

inline constexpr std::string_view job_types_hint =
    "use application/json, application/yaml, text/x-shellscript or text/x-qasm";

/// Without its parameters, in lower case, common synonyms turned into those above; empty for what is none of them.
[[nodiscard]] std::string_view job_type_of(std::string_view content_type);

/// Reads the job and checks it against the centre. Everything that is wrong, in the order of lines.
[[nodiscard]] Expected<ReadDocument, std::vector<Refusal>> read_document(const Document& document,
                                                                         const model::Centre& centre);

/// What the read tables say of those of the dependencies' targets that have ended; of an array's first id: of all its
/// elements.
[[nodiscard]] Expected<std::vector<core::EndedTarget>, Fault> ended_targets(const model::JobSpec& spec,
                                                                            const ports::History& history);

}  // namespace mingyue::api
