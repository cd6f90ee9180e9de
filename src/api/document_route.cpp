#include <fmt/format.h>

#include "api/find_job.hpp"
#include "api/find_submission.hpp"
#include "formats/job_yaml.hpp"

/// GET /v1/jobs/{id}/document: what a job was submitted as, as a document that gives it again.
namespace mingyue::api {
namespace {

void send_document(Parts& parts, Call call, const FoundJob& job) {
  if (!may_read_output(call.caller, job)) {
    return call.refuse(problem_of(Refusal{"not-allowed", "id",
                                          fmt::format("the document of job {} belongs to user {}, project {}",
                                                      job.row.id.raw(), job.row.user, job.row.project),
                                          fmt::format("allowed: {}", words(Access::output)), 0}));
  }
  auto spec = find_submission(parts.log, parts.durable.seq(), job.row.id, job.row.submitted_at);
  if (!spec) return call.refuse(problem_of(spec.error()));
  if (!*spec) return call.refuse(unknown_job(call.param("id")));
  if (job.row.array_index >= 0 && job.row.array != job.row.id) (**spec).indices = {job.row.array_index};
  http::Response response{.content_type = "application/yaml", .body = formats::write_job_yaml(**spec)};
  call.reply.send(std::move(response));
}

}  // namespace

void add_document_route(Parts& parts, Routes& routes) {
  routes.add(
      {.method = "GET",
       .pattern = "/v1/jobs/{id}/document",
       .id = "showDocument",
       .summary = "The job as a document in YAML that, submitted, gives the same job: of the first element of an "
                  "array the whole array, of another one that element",
       .access = Access::output,
       .answers = {{"application/yaml", nullptr}}},
      [&parts](Call call) {
        find_job(parts, std::move(call),
                 [&parts](Call on, const FoundJob& job) { send_document(parts, std::move(on), job); });
      });
}

}  // namespace mingyue::api
