#include "client/job_verbs.hpp"

#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <fstream>
#include <iostream>
#include <iterator>
#include <map>
#include <set>
#include <sstream>
#include <thread>

#include "base/text.hpp"
#include "client/table.hpp"
#include "model/job_document.hpp"

namespace mingyue::client {
namespace {

using model::JobState;
using wire::JobView;

constexpr Duration patience = minutes(1);

std::string state_word(JobState state) { return enum_word(state); }

std::string progress_text(const JobView& job) {
  if (!job.progress || job.progress->step < 0) return "";
  if (job.progress->of <= 0) return fmt::format("step {}", job.progress->step);
  return progress_bar(static_cast<double>(job.progress->step) / static_cast<double>(job.progress->of), 24);
}

/// What is most worth a person's eye: why it waits, how far it is, why it ended.
std::string remark(const JobView& job) {
  if (job.state == JobState::running) return progress_text(job);
  return job.reason;
}

std::string table_of(const Session& session, const std::vector<JobView>& jobs) {
  using Align = Table::Align;
  Table table({{"ID", Align::right}, {"NAME"}, {"USER"}, {"PROJECT"}, {"STATE"}, {"TRY", Align::right}, {"CORES", Align::right},
               {"CARDS", Align::right}, {"NODES"}, {"START"}, {"REASON"}});
  for (const JobView& job : jobs) {
    std::string nodes = job.nodes.empty() ? "" : job.nodes.front();
    const std::set<std::string> distinct(job.nodes.begin(), job.nodes.end());
    if (distinct.size() > 1) nodes += fmt::format("+{}", distinct.size() - 1);
    if (job.is_virtual) nodes += fmt::format(" ({})", session.text("virtual"));
    const auto start = job.started_at ? short_time(job.started_at) : job.expected_start ? "~" + short_time(job.expected_start) : "-";
    table.add({std::to_string(job.id.raw()), job.array_index >= 0 ? fmt::format("{}[{}]", job.name, job.array_index) : job.name,
               job.user, job.project, state_word(job.state), std::to_string(job.attempts), std::to_string(job.cores),
               std::to_string(job.cards), nodes, start, remark(job)});
  }
  return table.print(session.width);
}

Expected<std::string, Failure> read_file(const std::string& file) {
  if (file == "-") return std::string(std::istreambuf_iterator<char>(std::cin), {});
  std::ifstream in(file, std::ios::binary);
  if (!in) return Unexpected<Failure>(Failure{422, {Refusal{"no-file", "", file + " cannot be read", "is the path right?"}}});
  std::stringstream text;
  text << in.rdbuf();
  return text.str();
}

/// A number, or the failure that it is none.
Expected<std::string, Failure> id_of(const std::string& text) {
  if (const auto number = parse_integer(text, 1, INT64_MAX); number) return std::to_string(*number);
  return Unexpected<Failure>(Failure{404, {Refusal{"unknown-job", "", "\"" + text + "\" is not the number of a job", "see: mingyue jobs --all"}}});
}

/// The job, and all elements of its array where it is the first.
Expected<std::vector<JobView>, Failure> jobs_meant(const Session& session, const std::string& id) {
  TRY(detail, get_one<wire::JobDetail>(session, "/v1/jobs/" + id));
  if (detail.job.array_index < 0 || detail.job.array != detail.job.id) return std::vector{detail.job};
  return get_list<JobView>(session, "/v1/jobs?all=true&limit=10000&array=" + id);
}

std::string quoted_yaml(const std::string& text) {
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') out += '\\';
    if (c == '\n') out += "\\n";
    else if (c == '\t') out += "\\t";
    else out += c;
  }
  return out + "\"";
}

Expected<wire::Submitted, Failure> post_job(const Session& session, std::string body, const std::string& type, const std::string& name) {
  char folder[4096] = "";
  Request request{.method = "POST", .path = "/v1/jobs?name=" + encode(name), .body = std::move(body), .content_type = type};
  if (getcwd(folder, sizeof folder) != nullptr) request.path += "&workdir=" + encode(folder);
  request.headers["Idempotency-Key"] = fresh_key();
  request.headers["Accept-Language"] = session.language == Language::zh ? "zh" : "en";
  TRY(answer, session.connection.ask(request));
  auto tree = formats::parse_json(answer.body);
  if (!tree) return Unexpected<Failure>(Failure{answer.status, {tree.error()}});
  return read_as<wire::Submitted>(*tree);
}

}  // namespace

Exit submit(Session& session, const SubmitOptions& options) {
  auto text = read_file(options.file);
  if (!text) return tell(session, text.error());
  const bool script = text->starts_with("#!");
  if (!options.after_ok.empty()) {
    std::string ids;
    for (const auto& id : options.after_ok) ids += (ids.empty() ? "" : ", ") + id;
    if (script) {
      const auto line_end = text->find('\n');
      text->insert(line_end == std::string::npos ? text->size() : line_end + 1, fmt::format("#MINGYUE after-ok: [{}]\n", ids));
    } else {
      *text += fmt::format("\nafter-ok: [{}]\n", ids);
    }
  }
  const std::string file = options.file == "-" ? "standard input" : options.file;
  const std::string name = options.name.empty() ? (options.file == "-" ? "job" : model::job_name_of(options.file)) : options.name;
  session.connection.be_patient(patience);
  auto submitted = post_job(session, *text, script ? "text/x-shellscript" : "application/yaml", name);
  if (!submitted) return tell(session, submitted.error(), file);
  if (session.json) print_json(*submitted);
  else {
    out(submitted->count > 1 ? session.text("submitted.array", submitted->id.raw(), submitted->count) + "\n"
                             : session.text("submitted", submitted->id.raw()) + "\n");
    for (const auto& note : submitted->notes) fmt::print(stderr, "mingyue: {}\n", note);
  }
  if (!options.wait) return Exit::ok;
  return wait_for(session, {std::to_string(submitted->id.raw())}, Duration{0});
}

int run(Session& session, const CommandOptions& options) {
  std::string document = fmt::format("wall: {}\ncores: {}\ntasks: {}\nretry: {{attempts: 1, on-exit: false}}\n", options.wall, options.cores, options.tasks);
  if (!options.project.empty()) document += "project: " + quoted_yaml(options.project) + "\n";
  if (!options.partition.empty()) document += "partition: " + quoted_yaml(options.partition) + "\n";
  if (!options.memory.empty()) document += "memory: " + options.memory + "\n";
  if (!options.cards.empty()) document += "cards: " + options.cards + "\n";
  document += "environment:\n";
  for (const char* name : {"PATH", "HOME", "LANG", "TERM", "PYTHONPATH", "LD_LIBRARY_PATH"}) {
    if (const char* value = std::getenv(name)) document += fmt::format("  {}: {}\n", name, quoted_yaml(value));
  }
  if (options.terminal) document += "terminal: true\n";
  document += "command:\n";
  for (const auto& word : options.command) document += "  - " + quoted_yaml(word) + "\n";
  const std::string name = options.name.empty() ? model::job_name_of(options.command.front()) : options.name;
  session.connection.be_patient(patience);
  auto submitted = post_job(session, document, "application/yaml", name);
  if (!submitted) return static_cast<int>(tell(session, submitted.error()));
  const std::string id = std::to_string(submitted->id.raw());
  fmt::print(stderr, "mingyue: {}\n", session.text("submitted", id));
  if (options.terminal) {
    if (const int code = terminal_session(session, id); code != 0) return code;
  } else {
    logs(session, {.id = id, .follow = true});
    logs(session, {.id = id, .err = true});
  }
  wait_for(session, {id}, Duration{0});
  auto detail = get_one<wire::JobDetail>(session, "/v1/jobs/" + id);
  if (!detail) return static_cast<int>(tell(session, detail.error()));
  if (detail->job.state == JobState::succeeded) return 0;
  return detail->job.exit_code != 0 ? detail->job.exit_code : static_cast<int>(Exit::job_failed);
}

Exit list_jobs(Session& session, const ListOptions& options) {
  std::string path = fmt::format("/v1/jobs?limit={}", options.limit);
  if (options.all) path += "&all=true";
  for (const auto& state : options.states) path += "&state=" + encode(state);
  if (!options.user.empty()) path += "&user=" + encode(options.user);
  if (!options.project.empty()) path += "&project=" + encode(options.project);
  if (!options.name.empty()) path += "&name=" + encode(options.name);
  auto jobs = get_list<JobView>(session, path);
  if (!jobs) return tell(session, jobs.error());
  if (session.json) print_json(*jobs);
  else if (jobs->empty()) out(session.text("no.jobs") + "\n");
  else out(table_of(session, *jobs));
  return Exit::ok;
}

Exit show_job(Session& session, const std::string& text) {
  auto id = id_of(text);
  if (!id) return tell(session, id.error());
  auto detail = get_one<wire::JobDetail>(session, "/v1/jobs/" + *id);
  if (!detail) return tell(session, detail.error());
  if (session.json) {
    print_json(*detail);
    return Exit::ok;
  }
  const JobView& job = detail->job;
  out(fmt::format("job {}  {}\n", job.id.raw(), job.name));
  const auto line = [](std::string_view key, const std::string& value) {
    if (!value.empty()) out(fmt::format("  {:<12} {}\n", key, value));
  };
  line("state", state_word(job.state) + (job.reason.empty() ? "" : ": " + job.reason));
  line("progress", progress_text(job));
  line("owner", fmt::format("{}, project {}, {}", job.user, job.project, enum_word(job.kind)));
  line("asks", fmt::format("{} task(s), {} core(s), {} card(s), wall {}, partition {}", job.tasks, job.cores, job.cards,
                           print_duration(detail->wall), job.partition));
  line("submitted", short_time(job.submitted_at));
  line("start", job.started_at ? short_time(job.started_at) : job.expected_start ? "expected " + short_time(job.expected_start) : "");
  line("ended", job.ended_at ? short_time(job.ended_at) : "");
  line("charged", print_credits(job.charged) + " credits");
  line("workdir", detail->workdir);
  line("comment", detail->comment);
  if (detail->attempts.empty()) return Exit::ok;
  using Align = Table::Align;
  Table table({{"TRY", Align::right}, {"OUTCOME"}, {"EXIT", Align::right}, {"STARTED"}, {"ENDED"}, {"LOST", Align::right},
               {"CPU", Align::right}, {"MEMORY", Align::right}, {"NODES"}, {"MESSAGE"}});
  for (const auto& attempt : detail->attempts) {
    std::string nodes;
    for (const auto& node : std::set<std::string>(attempt.nodes.begin(), attempt.nodes.end())) nodes += (nodes.empty() ? "" : " ") + node;
    table.add({std::to_string(attempt.attempt.number), attempt.outcome, std::to_string(attempt.exit_code), short_time(attempt.started_at),
               short_time(attempt.ended_at), attempt.lost > Duration{0} ? print_duration(attempt.lost) : "-",
               print_duration(Duration{attempt.cpu_ms}), print_bytes(attempt.memory_peak), nodes, attempt.message});
  }
  out(table.print(session.width));
  return Exit::ok;
}

Exit why(Session& session, const std::string& text) {
  auto id = id_of(text);
  if (!id) return tell(session, id.error());
  const Request request{.path = "/v1/jobs/" + *id + "/why", .headers = {{"Accept-Language", session.language == Language::zh ? "zh" : "en"}}};
  auto answer = session.connection.ask(request);
  if (!answer) return tell(session, answer.error());
  const auto tree = formats::parse_json(answer->body);
  if (!tree) return tell(session, Failure{200, {tree.error()}});
  auto view = read_as<wire::WhyView>(*tree);
  if (!view) return tell(session, view.error());
  if (session.json) {
    print_json(*view);
    return Exit::ok;
  }
  out(fmt::format("job {} ({}): {}\n", view->id.raw(), state_word(view->state), view->sentence));
  if (!view->advice.empty()) out(view->advice + "\n");
  if (view->expected_start) out(fmt::format("expected start: {}\n", short_time(view->expected_start)));
  if (view->place > 0) {
    const auto& p = view->priority;
    out(fmt::format("place {} in the order; priority {} = class {} + fair-share {} + age {} + size {} + merit {}\n", view->place, p.total,
                    p.class_term, p.fair_share_term, p.age_term, p.size_term, p.merit_term));
  }
  return Exit::ok;
}

Exit wait_for(Session& session, const std::vector<std::string>& ids, Duration within) {
  using Steady = std::chrono::steady_clock;
  const auto until = Steady::now() + std::chrono::milliseconds(within.raw());
  session.connection.be_patient(patience);
  std::map<model::JobId, JobView> ended;
  std::vector<std::string> open = ids;
  auto pause = std::chrono::milliseconds(50);
  while (!open.empty()) {
    std::vector<std::string> still;
    std::string line;
    for (const auto& text : open) {
      auto id = id_of(text);
      if (!id) return tell(session, id.error());
      auto jobs = jobs_meant(session, *id);
      if (!jobs) return tell(session, jobs.error());
      bool all = true;
      for (const JobView& job : *jobs) {
        if (!model::ended(job.state)) {
          all = false;
          if (job.state == JobState::running && line.empty()) line = fmt::format("{} {} {}", job.id.raw(), job.name, progress_text(job));
        } else if (ended.emplace(job.id, job).second && !session.json) {
          if (session.terminal) out("\r\033[K");
          out(session.text("ended", job.id.raw(), job.name, state_word(job.state) + (job.reason.empty() ? "" : ": " + job.reason)) + "\n");
        }
      }
      if (!all) still.push_back(text);
    }
    open = std::move(still);
    if (open.empty()) break;
    if (session.terminal && !session.json) out(fmt::format("\r\033[K{}  {}", session.text("waiting", open.size()), line));
    if (within > Duration{0} && Steady::now() + pause > until) {
      fmt::print(stderr, "mingyue: {}\n", session.text("timeout", open.size()));
      return Exit::timed_out;
    }
    std::this_thread::sleep_for(pause);
    pause = std::min(pause * 3 / 2, std::chrono::milliseconds(1'000));
  }
  std::vector<JobView> list;
  bool ok = true;
  for (auto& [id, job] : ended) {
    ok = ok && job.state == JobState::succeeded;
    list.push_back(std::move(job));
  }
  if (session.json) print_json(list);
  return ok ? Exit::ok : Exit::job_failed;
}

Exit logs(Session& session, const LogsOptions& options) {
  auto id = id_of(options.id);
  if (!id) return tell(session, id.error());
  std::int64_t offset = 0;
  bool first = true;
  using Steady = std::chrono::steady_clock;
  auto last_byte = Steady::now();
  for (;;) {
    std::string path = fmt::format("/v1/jobs/{}/output?task={}&stream={}", *id, options.task, options.err ? "err" : "out");
    if (options.attempt > 0) path += fmt::format("&attempt={}", options.attempt);
    if (first && options.tail >= 0) path += fmt::format("&tail={}", options.tail);
    else if (!first) path += fmt::format("&offset={}", offset);
    if (options.follow) path += "&follow=true";
    auto answer = session.connection.stream({.path = path}, [&](std::string_view bytes) {
      out(bytes);
      offset += static_cast<std::int64_t>(bytes.size());
      last_byte = Steady::now();
      return true;
    });
    if (answer) return Exit::ok;
    // The centre went away in the middle: go on from where we are when it is back.
    const bool away = answer.error().status == 0;
    if (!away || !options.follow || Steady::now() - last_byte > std::chrono::minutes(1)) return tell(session, answer.error());
    first = options.tail >= 0;
    std::this_thread::sleep_for(std::chrono::milliseconds(500));
  }
}

Exit change_jobs(Session& session, const std::string& what, const std::vector<std::string>& ids) {
  Exit worst = Exit::ok;
  for (const auto& text : ids) {
    auto id = id_of(text);
    if (!id) {
      worst = tell(session, id.error());
      continue;
    }
    auto answer = session.connection.ask({.method = "POST", .path = fmt::format("/v1/jobs/{}/{}", *id, what)});
    if (!answer) {
      worst = tell(session, answer.error());
      continue;
    }
    if (!session.json) out(session.text(what == "cancel" ? "cancelled" : what == "hold" ? "held" : "released", *id) + "\n");
  }
  return worst;
}

}  // namespace mingyue::client
