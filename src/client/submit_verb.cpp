#include "client/job_verbs.hpp"
#include "client/submission.hpp"

namespace mingyue::client {

Exit submit(Session& session, const SubmitOptions& options) {
  const std::string file = options.file == "-" ? "-" : options.file;
  auto read = read_submission(options.file);
  if (!read) return tell(session, read.error(), file);
  auto submission = with_overrides(std::move(*read), options.overrides);
  if (!submission) return tell(session, Failure{422, {submission.error()}}, file);
  if (!options.workdir.empty()) submission->workdir = options.workdir;
  session.connection.be_patient(minutes(1));
  const auto submitted = send(session, *submission);
  if (!submitted) return tell(session, submitted.error(), file);
  for (const std::string& note : submitted->notes) fmt::print(stderr, "mingyue: {}: {}\n", file, note);
  const std::string id = std::to_string(submitted->id.raw());
  if (session.json) {
    if (!options.wait) print_json(*submitted);
  } else if (submitted->count > 1) {
    out(session.text("submitted.array", id, submitted->count) + "\n");
  } else {
    out(session.text("submitted", id) + "\n");
  }
  if (!options.wait) return Exit::ok;
  return wait_for(session, {id}, Duration{0});
}

}  // namespace mingyue::client
