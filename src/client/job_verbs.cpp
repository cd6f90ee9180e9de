#include "client/job_verbs.hpp"

#include <algorithm>
#include <chrono>
#include <thread>

#include "client/interrupt.hpp"
#include "client/job_words.hpp"
#include "client/output_follow.hpp"
#include "formats/parse.hpp"

namespace mingyue::client {
namespace {

using wire::JobView;

constexpr Duration patience = minutes(1);

/// The list, again each time it has changed, until Ctrl-C; on a terminal in place.
Exit watch_jobs(Session& session, const std::string& path) {
  session.connection.be_patient(patience);
  const Interrupts interrupts;
  std::string shown;
  while (interrupts.count() == 0) {
    const auto jobs = get_list<JobView>(session, path);
    if (!jobs) return tell(session, jobs.error());
    const std::string text = jobs->empty() ? session.text("no.jobs") + "\n" : job_table(session, *jobs);
    if (text != shown) out((session.terminal ? "\033[H\033[2J" : shown.empty() ? "" : "\n") + text);
    shown = text;
    for (int i = 0; i < 10 && interrupts.count() == 0; ++i) std::this_thread::sleep_for(std::chrono::milliseconds(100));
  }
  return Exit::ok;
}

}  // namespace

Exit list_jobs(Session& session, const ListOptions& options) {
  std::string path = fmt::format("/v1/jobs?limit={}", options.limit);
  if (options.all) path += "&all=true";
  for (const auto& state : options.states) path += "&state=" + encode(state);
  if (!options.user.empty()) path += "&user=" + encode(options.user);
  if (!options.project.empty()) path += "&project=" + encode(options.project);
  if (!options.partition.empty()) path += "&partition=" + encode(options.partition);
  if (!options.name.empty()) path += "&name=" + encode(options.name);
  if (options.watch && !session.json) return watch_jobs(session, path);
  auto jobs = get_list<JobView>(session, path);
  if (!jobs) return tell(session, jobs.error());
  if (session.json)
    print_json(*jobs);
  else if (jobs->empty())
    out(session.text("no.jobs") + "\n");
  else
    out(job_table(session, *jobs));
  return Exit::ok;
}

Exit logs(Session& session, const LogsOptions& options) {
  auto id = id_of(options.id);
  if (!id) return tell(session, id.error());
  const OutputOf of{
      .id = *id, .task = options.task, .attempt = options.attempt, .err = options.err, .tail = options.tail};
  const auto print = [](std::string_view bytes) {
    out(bytes);
    return true;
  };
  session.connection.be_patient(patience);
  const auto read = options.follow ? follow_output(session, of, print, {}) : read_output(session, of, print);
  return read ? Exit::ok : tell(session, read.error());
}

Exit change_jobs(Session& session, const std::string& what, const std::vector<std::string>& ids) {
  Exit first = Exit::ok;  // what the first that went wrong came to
  std::vector<JobView> changed;
  for (const auto& text : ids) {
    const auto id = id_of(text);
    const auto answer =
        id ? session.connection.ask({.method = "POST", .path = fmt::format("/v1/jobs/{}/{}", *id, what)})
           : Expected<Answer, Failure>(Unexpected<Failure>(id.error()));
    if (!answer) {
      const Exit exit = tell(session, answer.error());
      if (first == Exit::ok) first = exit;
      continue;
    }
    if (!session.json) {
      out(session.text(what == "cancel" ? "cancelled" : what == "hold" ? "held" : "released", *id) + "\n");
    } else if (const auto tree = formats::parse_json(answer->body)) {
      if (auto job = read_as<JobView>(*tree)) changed.push_back(std::move(*job));
    }
  }
  if (session.json) print_json(changed);
  return first;
}

}  // namespace mingyue::client
