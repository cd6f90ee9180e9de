#include "api/posted_job.hpp"

#include <fmt/format.h>

#include "base/text.hpp"

namespace mingyue::api {
namespace {

constexpr std::int64_t shots_max = 100'000'000;

Content document_of(std::string_view type) {
  return {std::string(type), type == job_types[0] ? SchemaOf([](Schemas&) {
            return std::string(R"({"type":"object","description":"a job document: docs/formats/job.md"})");
          })
                                                  : nullptr};
}

}  // namespace

std::vector<Param> posted_params() {
  return {text_param("name", "the file's name, or the job's, where the document says none"),
          text_param("workdir", "an absolute path, where the document says none"),
          number_param("shots", 1, shots_max, "of a circuit; default 1000"),
          number_param("seed", 1, INT64_MAX, "of a circuit: a simulated device then gives the same again"),
          text_param("device", "of a circuit: the quantum device; default any that qualifies"),
          word_param("prefer", enum_words<model::QpuPrefer>(), "of a circuit: what counts among devices")};
}

std::vector<Content> posted_bodies() {
  std::vector<Content> bodies;
  for (const std::string_view type : job_types) bodies.push_back(document_of(type));
  return bodies;
}

Expected<void, http::Problem> check_posted(const Call& call) {
  const std::string_view type = call.request.header("content-type");
  if (job_type_of(type).empty()) {
    return Unexpected<http::Problem>({.status = 415,
                                      .refusal = {"unknown-type", "Content-Type",
                                                  type.empty() ? std::string("the document's type is not said")
                                                               : fmt::format("a job is not sent as {}", shown(type)),
                                                  std::string(job_types_hint), 0}});
  }
  if (const auto workdir = call.query.text("workdir"); workdir && !workdir->starts_with('/')) {
    return Unexpected<http::Problem>(http::problems::malformed("workdir",
                                                               fmt::format("\"{}\" is not absolute", shown(*workdir)),
                                                               "give the whole path of a folder on the centre"));
  }
  return {};
}

Expected<ReadDocument, std::vector<Refusal>> read_posted(const Call& call, const model::Centre& centre) {
  const std::string name = call.query.text("name").value_or("");
  const std::string workdir = call.query.text("workdir").value_or("");
  return read_document({.content_type = call.request.header("content-type"),
                        .text = call.request.body,
                        .user = call.caller.user,
                        .name = name,
                        .workdir = workdir,
                        .circuit = {.shots = call.query.number("shots").value_or(1'000),
                                    .seed = static_cast<std::uint64_t>(call.query.number("seed").value_or(0)),
                                    .device = call.query.text("device").value_or(""),
                                    .prefer = call.query.text("prefer").value_or("")}},
                       centre);
}

}  // namespace mingyue::api
