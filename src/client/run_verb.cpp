#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <mutex>
#include <thread>

#include "base/text.hpp"
#include "client/interrupt.hpp"
#include "client/job_verbs.hpp"
#include "client/job_words.hpp"
#include "client/output_follow.hpp"
#include "model/job_document.hpp"

/// `mingyue run`: a command through the queue, as if it ran here.
namespace mingyue::client {
namespace {

using model::JobState;
using std::chrono::milliseconds;

constexpr int code_interrupted = 130;   // what a shell says of Ctrl-C
constexpr int code_unread = 141;        // ... of SIGPIPE: nobody reads what we print
constexpr int code_killed = 137;        // ... of SIGKILL: over its memory
constexpr int code_cannot_start = 127;  // ... of a command that is not there
constexpr auto output_after_end_max = std::chrono::seconds(10);
constexpr std::int32_t tasks_shown_max = 16;  // two streams each; the others are in `mingyue logs --task N`

/// What a program needs to find its libraries, its interpreter and its language. Not more: the log keeps a job's
/// environment for ever, and a shell's has secrets in it. `--env NAME` adds one.
constexpr std::array passed_on{"PATH",
                               "HOME",
                               "LANG",
                               "LC_ALL",
                               "LC_CTYPE",
                               "TZ",
                               "LD_LIBRARY_PATH",
                               "LIBRARY_PATH",
                               "PYTHONPATH",
                               "VIRTUAL_ENV",
                               "CONDA_PREFIX",
                               "MODULEPATH",
                               "LOADEDMODULES",
                               "CUDA_HOME",
                               "OMP_NUM_THREADS"};

Expected<model::Environment> environment_of(const CommandOptions& options) {
  model::Environment environment;
  const auto set = [&](const std::string& name, std::string value) {
    std::erase_if(environment, [&](const auto& entry) { return entry.first == name; });
    environment.emplace_back(name, std::move(value));
  };
  for (const char* name : passed_on) {
    if (const char* value = std::getenv(name); value != nullptr && is_utf8(value)) set(name, value);
  }
  if (options.terminal) {
    if (const char* value = std::getenv("TERM"); value != nullptr && is_utf8(value)) set("TERM", value);
  }
  for (const std::string& variable : options.variables) {
    const auto sign = variable.find('=');
    if (sign != std::string::npos) {
      set(variable.substr(0, sign), variable.substr(sign + 1));
    } else if (const char* value = std::getenv(variable.c_str())) {
      set(variable, value);
    } else {
      return refuse("bad-value", "--env", say("not.set", shown(variable)), say("not.set.hint"));
    }
  }
  return environment;
}

/// The job document of a command, as JSON, which is YAML as well.
Expected<Submission> document_of(const CommandOptions& options) {
  for (const std::string& word : options.command) {
    if (!is_utf8(word)) {
      return refuse("bad-value", "command", say("not.utf8", shown(word)), say("not.utf8.hint"));
    }
  }
  TRY(environment, environment_of(options));
  formats::JsonWriter json(formats::JsonStyle::cli);
  json.begin_object();
  json.field("command", options.command);
  json.field("environment", environment);
  if (options.terminal) json.field("terminal", true);
  const auto said = [&](std::string_view name) {
    return std::ranges::find(options.fields, name, &Overrides::value_type::first) != options.fields.end();
  };
  if (!said("wall")) json.field("wall", "1h");
  json.key("retry");
  json.begin_object();
  json.field("attempts", 1);
  json.field("on-exit", false);
  json.end_object();
  json.end_object();
  const std::string name = model::job_name_of(std::filesystem::path(options.command.front()).filename().string());
  return with_overrides(
      {.document = json.take(), .content_type = "application/yaml", .name = name, .workdir = current_folder()},
      options.fields);
}

/// Both streams of every task, each in its own thread, until they end.
class Streams {
 public:
  Streams(const Session& session, const std::string& id, std::int32_t tasks) {
    for (std::int32_t task = 0; task < std::min(tasks, tasks_shown_max); ++task) {
      for (const bool err : {false, true})
        threads_.emplace_back(
            [this, &session, id, task, err] { follow(session, {.id = id, .task = task, .err = err}); });
    }
    open_ = static_cast<int>(threads_.size());
  }
  ~Streams() {
    stop_ = true;
    for (std::thread& thread : threads_) thread.join();
  }
  Streams(const Streams&) = delete;
  Streams& operator=(const Streams&) = delete;

  [[nodiscard]] bool all_ended() const { return ended_ == open_; }
  /// Nobody reads what we print (`mingyue run ... | head`).
  [[nodiscard]] bool unread() const { return unread_; }

 private:
  void follow(const Session& session, const OutputOf& of) {
    const auto print = [&](std::string_view bytes) {
      const std::lock_guard lock(mutex_);
      std::FILE* to = of.err ? stderr : stdout;
      if (std::fwrite(bytes.data(), 1, bytes.size(), to) == bytes.size() && std::fflush(to) == 0) return true;
      unread_ = true;
      return false;
    };
    // What goes wrong here is seen by who waits for the job as well, and told there.
    (void)follow_output(session, of, print, [this] { return !stop_; });
    ++ended_;
  }

  std::mutex mutex_;
  std::atomic<bool> stop_ = false;
  std::atomic<bool> unread_ = false;
  std::atomic<int> ended_ = 0;
  int open_ = 0;
  std::vector<std::thread> threads_;
};

/// A look at the job, and what a person at a terminal should know while nothing runs yet.
class Onlooker {
 public:
  explicit Onlooker(const std::string& id) : id_(id), tells_(::isatty(STDERR_FILENO) != 0) {}

  void look(const wire::JobView& job) {
    const bool waits = job.state == JobState::queued || job.state == JobState::held;
    const bool is_new = std::chrono::steady_clock::now() - begin_ < std::chrono::seconds(1);
    if (!tells_ || !waits || is_new || job.reason == told_) return;
    told_ = job.reason;
    fmt::print(stderr, "mingyue: job {}: {}\n", id_, job.reason);
  }

 private:
  std::string id_;
  bool tells_;
  std::string told_;
  std::chrono::steady_clock::time_point begin_ = std::chrono::steady_clock::now();
};

int code_of(const Session& session, const wire::JobDetail& detail) {
  const wire::JobView& job = detail.job;
  if (job.state == JobState::succeeded) return 0;
  const ledger::AttemptRow* last = detail.attempts.empty() ? nullptr : &detail.attempts.back();
  const bool by_itself =
      job.state == JobState::failed && last != nullptr && last->outcome == "exited" && job.exit_code != 0;
  if (by_itself) return job.exit_code;
  const std::string reason = job.reason.empty() && last != nullptr ? last->message : job.reason;
  const std::string state = state_cell(session, job.state).text;
  fmt::print(stderr, "mingyue: {}\n",
             session.text("run.ended", job.id.raw(), reason.empty() ? state : state + ": " + shown(reason, 500)));
  if (job.state == JobState::timed_out) return static_cast<int>(Exit::timed_out);
  if (last != nullptr && last->outcome == "signalled") return 128 + last->signal;
  if (last != nullptr && last->outcome == "memory") return code_killed;
  if (last != nullptr && last->outcome == "launch-failed") return code_cannot_start;
  return job.exit_code != 0 ? job.exit_code : static_cast<int>(Exit::job_failed);
}

/// Asks for the end, once. Who asks twice does not wait for it.
void cancel(const Session& session, const std::string& id) {
  const auto answer = session.connection.ask({.method = "POST", .path = "/v1/jobs/" + id + "/cancel"});
  if (!answer && answer.error().status != 409) (void)tell(session, answer.error());
}

int follow_to_the_end(Session& session, const std::string& id, std::int32_t tasks) {
  const Interrupts interrupts;
  Streams streams(session, id, tasks);
  Onlooker onlooker(id);
  std::chrono::steady_clock::time_point ended_at{};
  bool cancelled = false;
  milliseconds pause{20};
  for (;;) {
    if ((interrupts.count() > 0 || streams.unread()) && !cancelled) {
      cancelled = true;
      cancel(session, id);
    }
    if (interrupts.count() > 1) return code_interrupted;
    auto detail = get_one<wire::JobDetail>(session, "/v1/jobs/" + id);
    if (!detail) return static_cast<int>(tell(session, detail.error()));
    const auto now = std::chrono::steady_clock::now();
    if (model::ended(detail->job.state)) {
      if (ended_at == std::chrono::steady_clock::time_point{}) {
        ended_at = now;
        pause = milliseconds(10);
      }
      const bool all_read = streams.all_ended() || streams.unread() || now - ended_at > output_after_end_max;
      const bool is_our_end = cancelled && detail->job.state == JobState::cancelled;
      if (all_read && is_our_end) return streams.unread() ? code_unread : code_interrupted;
      if (all_read) return code_of(session, *detail);
    } else {
      onlooker.look(detail->job);
      if (streams.all_ended()) pause = milliseconds(20);  // its end is near
    }
    std::this_thread::sleep_for(pause);
    pause = std::min(pause * 3 / 2, milliseconds(500));
  }
}

int through_terminal(Session& session, const std::string& id) {
  if (const auto joined = join_terminal(session, id); !joined) return static_cast<int>(tell(session, joined.error()));
  // The shim is gone before the centre knows.
  const auto ended = wait_until_ended(session, {id}, minutes(1), Telling::silent);
  if (!ended) return static_cast<int>(ended.error());
  const auto detail = get_one<wire::JobDetail>(session, "/v1/jobs/" + id);
  if (!detail) return static_cast<int>(tell(session, detail.error()));
  return code_of(session, *detail);
}

}  // namespace

int run(Session& session, const CommandOptions& options) {
  const auto document = document_of(options);
  if (!document) return static_cast<int>(tell(session, Failure{422, {document.error()}}));
  session.connection.be_patient(minutes(1));
  const auto submitted = send(session, *document);
  if (!submitted) return static_cast<int>(tell(session, submitted.error()));
  const std::string id = std::to_string(submitted->id.raw());
  if (::isatty(STDERR_FILENO) != 0) fmt::print(stderr, "mingyue: {}\n", session.text("submitted", id));
  if (options.terminal) return through_terminal(session, id);
  const auto detail = get_one<wire::JobDetail>(session, "/v1/jobs/" + id);
  if (!detail) return static_cast<int>(tell(session, detail.error()));
  return follow_to_the_end(session, id, detail->job.tasks);
}

}  // namespace mingyue::client
