#include <algorithm>

#include "client/job_verbs.hpp"

namespace mingyue::client {

Exit submit(Session& session, const SubmitOptions& options) {
  auto read = read_submission(options.file);
  if (!read) return tell(session, read.error(), options.file);
  if (is_circuit(options.file, read->document)) {
    auto job = circuit_job(read->document, read->name, options.circuit);
    if (!job) return tell(session, Failure{422, {job.error()}}, options.file);
    read = std::move(*job);
  }
  auto submission = with_overrides(std::move(*read), options.overrides);
  if (!submission) return tell(session, Failure{422, {submission.error()}}, options.file);
  session.connection.be_patient(minutes(1));
  const auto submitted = send(session, *submission);
  if (!submitted) return tell(session, submitted.error(), options.file);
  for (const std::string& note : submitted->notes) fmt::print(stderr, "mingyue: {}: {}\n", options.file, note);
  const std::string id = std::to_string(submitted->id.raw());
  if (session.json)
    print_json(*submitted);
  else if (submitted->count > 1)
    out(session.text("submitted.array", id, submitted->count) + "\n");
  else
    out(session.text("submitted", id) + "\n");
  if (!options.wait) return Exit::ok;
  const auto ended = wait_until_ended(session, {id}, Duration{0}, session.json ? Telling::silent : Telling::people);
  if (!ended) return ended.error();
  const bool good =
      std::ranges::all_of(*ended, [](const wire::JobView& job) { return job.state == model::JobState::succeeded; });
  return good ? Exit::ok : Exit::job_failed;
}

}  // namespace mingyue::client
