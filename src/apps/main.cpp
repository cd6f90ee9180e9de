#include <sys/ioctl.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <functional>

#include "apps/circuit_verb.hpp"
#include "apps/forecast_verb.hpp"
#include "apps/log_verbs.hpp"
#include "apps/serve.hpp"
#include "apps/trace_verbs.hpp"
#include "apps/twin_compare_verb.hpp"
#include "apps/twin_replay_verb.hpp"
#include "apps/twin_run_verb.hpp"
#include "apps/twin_verbs.hpp"
#include "base/text.hpp"
#include "client/centre_verbs.hpp"
#include "client/completion.hpp"
#include "client/engine_verbs.hpp"
#include "client/job_verbs.hpp"
#include "client/manual.hpp"
#include "client/qpu_verbs.hpp"
#include "client/recipe_verbs.hpp"
#include "client/whatif_verb.hpp"

/// One binary: reads options, and calls the verb. docs/cli.md is its manual.
namespace mingyue::apps {
namespace {

using client::Exit;
using client::message;

std::string environment(const char* name, std::string otherwise = {}) {
  const char* value = std::getenv(name);
  return value == nullptr || *value == '\0' ? otherwise : value;
}

std::filesystem::path program_folder() {
  std::error_code error;
  return std::filesystem::read_symlink("/proc/self/exe", error).parent_path();
}

/// Where the shipped recipes are: said, beside an installed program, or in the source tree above a built one.
std::string recipes_folder(const std::string& said) {
  if (!said.empty()) return said;
  if (std::string set = environment("MINGYUE_RECIPES"); !set.empty()) return set;
  const auto program = program_folder();
  for (const auto& folder : {program / "../share/mingyue/recipes", program / "../../../recipes",
                             program / "../../recipes", std::filesystem::path("recipes")}) {
    if (std::filesystem::exists(folder / "README.md")) return std::filesystem::weakly_canonical(folder).string();
  }
  return "recipes";
}

class Program {
 public:
  int main(int argc, char** argv) {
    build();
    try {
      app_.parse(argc, argv);
    } catch (const CLI::Success& answered) {  // --help, --version
      return app_.exit(answered);
    } catch (const CLI::ParseError& error) {
      return tell_misuse(error, argc, argv);
    }
    if (!token_file_.empty()) {
      std::ifstream file(token_file_);
      if (!(file >> where_.token)) {
        fmt::print(stderr, "mingyue: --token-file: {} cannot be read, or is empty\n", token_file_);
        return static_cast<int>(Exit::usage);
      }
    }
    return chosen_ ? chosen_() : static_cast<int>(Exit::usage);
  }

 private:
  client::Session session() {
    client::Session s{client::Connection(where_), language_};
    s.json = json_;
    s.terminal = isatty(STDOUT_FILENO) != 0;
    s.colour = s.terminal && environment("NO_COLOR").empty() && environment("TERM") != "dumb";
    winsize size{};
    if (s.terminal && ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0) s.width = size.ws_col;
    return s;
  }

  /// Wrong usage: what is wrong, and where the right one is told.
  int tell_misuse(const CLI::ParseError& error, int argc, char** argv) {
    const CLI::App* at = &app_;
    while (!at->get_subcommands().empty()) at = at->get_subcommands().front();
    std::string what = error.what();
    std::vector<std::string> verbs;
    for (const CLI::App* sub : at->get_subcommands({})) verbs.push_back(sub->get_name());
    // CLI11 says that a verb is missing; a mistyped one is an argument too many to it.
    for (int i = argc - 1; i > 0 && !verbs.empty(); --i) {
      const std::string near = nearest_word(argv[i], verbs);
      if (argv[i][0] == '-' || near.empty()) continue;
      what = fmt::format(fmt::runtime(message(language_, "no.verb")), shown(argv[i]), near);
    }
    const std::string see = fmt::format(fmt::runtime(message(language_, "see.help")), client::path_of(*at));
    fmt::print(stderr, "mingyue: {}\n  {}: {}\n", what, message(language_, "hint"), see);
    return static_cast<int>(Exit::usage);
  }

  /// A verb with its line from the catalogue; `act` runs once everything is parsed.
  CLI::App* verb(CLI::App& above, const std::string& name, const std::string& key, std::function<int()> act) {
    CLI::App* sub = above.add_subcommand(name, std::string(message(language_, key)));
    sub->fallthrough();  // global options may stand behind the verb
    if (act) sub->callback([this, act] { chosen_ = act; });
    return sub;
  }

  template <class F>
  std::function<int()> with_session(F f) {
    return [this, f] {
      client::Session s = session();
      return static_cast<int>(f(s));
    };
  }

  void build() {
    app_.name("mingyue");
    app_.description(std::string(message(language_, "about")));
    app_.require_subcommand(1);
    app_.set_version_flag("--version", std::string("mingyue ") + MINGYUE_VERSION)
        ->description(std::string(message(language_, "manual.version")));
    where_ = {environment("MINGYUE_URL"), environment("MINGYUE_TOKEN"), environment("MINGYUE_DATA", "centre"),
              environment("MINGYUE_CA")};
    app_.add_option("--data", where_.data, "the centre's data directory (MINGYUE_DATA; default ./centre)");
    app_.add_option("--url", where_.url, "the centre's address (MINGYUE_URL)");
    app_.add_option("--token", where_.token, "a bearer token (better in MINGYUE_TOKEN: others can see arguments)");
    app_.add_option("--token-file", token_file_, "a file with the token in it");
    app_.add_option("--ca", where_.ca, "PEM of who signed the centre's certificate (MINGYUE_CA)");
    app_.add_flag("--json", json_, "for programs: JSON instead of tables");
    build_serve();
    build_jobs();
    build_nodes();
    build_people();
    build_records();
    build_traces();
    build_recipes();
    client::make_manual(app_, language_);
  }

  void build_serve() {
    CLI::App* sub = verb(app_, "serve", "verb.serve", [this] {
      serve_.data = where_.data;
      return static_cast<int>(serve(serve_));
    });
    sub->add_option("--listen", serve_.listen, "HOST:PORT; port 0 is any free one (default 127.0.0.1:0)");
    sub->add_option("--centre", serve_.centre_file,
                    "the centre's YAML file; default DATA/centre.yaml, else this machine as it is");
    sub->add_option("--tls-certificate", serve_.tls_certificate,
                    "PEM; needed, with the key, to listen beyond loopback");
    sub->add_option("--tls-key", serve_.tls_key, "PEM");
    sub->add_option("--shim", serve_.shim, "the supervisor program; default mingyue-shim beside this one");
    sub->add_option("--threads", serve_.threads, "that serve HTTP")->check(CLI::Range(1, 64));
  }

  void build_jobs() {
    CLI::App* sub =
        verb(app_, "submit", "verb.submit", with_session([this](auto& s) { return client::submit(s, submit_); }));
    sub->add_option("FILE", submit_.file, "a YAML document, a script or a circuit (.qasm); - is standard input")
        ->required();
    sub->add_option("--shots", submit_.circuit.shots, "of a circuit: how often it is measured (default 1000)")
        ->check(CLI::Range(std::int64_t{1}, std::int64_t{10'000'000}));
    sub->add_option("--device", submit_.circuit.device, "of a circuit: on this quantum device");
    sub->add_option("--prefer", submit_.circuit.prefer, "of a circuit: balanced (default), fidelity or time")
        ->check(CLI::IsMember({"balanced", "fidelity", "time"}));
    sub->add_option("--seed", submit_.circuit.seed, "of a circuit: what a simulated device draws from");
    sub->add_flag("--wait", submit_.wait, "until it has ended; then ends like `wait`");
    job_field(sub, submit_.overrides, "name", "the job's name");
    job_field(sub, submit_.overrides, "array", "indices: 0-9, 1,3,7, 0-100:10; %4 at the end: at most 4 at once");
    job_list(sub, submit_.overrides, "after-ok", "start when these jobs have succeeded");
    job_list(sub, submit_.overrides, "after", "start when these have started or ended");
    job_list(sub, submit_.overrides, "after-any", "start when these have ended, however");
    job_field(sub, submit_.overrides, "deadline", "should end by then: 2026-12-01T08:00:00Z");
    sub->add_flag_callback(
        "--hold", [this] { submit_.overrides.emplace_back("hold", "true"); }, "wait until released");
    job_fields(sub, submit_.overrides);

    sub = verb(app_, "run", "verb.run", with_session([this](auto& s) { return client::run(s, run_); }));
    job_field(sub, run_.fields, "name", "the job's name; default: the command's");
    job_fields(sub, run_.fields);
    sub->add_option("--env", run_.variables, "NAME=value, or NAME as it is here; may be repeated")
        ->allow_extra_args(false);
    sub->add_flag("--pty", run_.terminal, "with a terminal: mingyue run --pty -- bash");
    sub->add_option("COMMAND", run_.command, "behind --")->required();

    sub = verb(app_, "jobs", "verb.jobs", with_session([this](auto& s) { return client::list_jobs(s, list_); }));
    sub->add_flag("--all", list_.all, "with ended jobs");
    sub->add_option("--state", list_.states, "held, queued, starting, running, succeeded, failed, cancelled, timed_out")
        ->delimiter(',')
        ->allow_extra_args(false);
    sub->add_option("--user", list_.user, "of this user");
    sub->add_option("--project", list_.project, "of this project");
    sub->add_option("--partition", list_.partition, "of this partition");
    sub->add_option("--name", list_.name, "of this name");
    sub->add_option("--limit", list_.limit, "at most so many, newest first (default 100)")
        ->check(CLI::Range(1, 10'000));
    sub->add_flag("--watch", list_.watch, "again whenever it has changed, until Ctrl-C");

    const auto one_id = [this](CLI::App* s) { s->add_option("ID", id_, "a job's number")->required(); };
    one_id(verb(app_, "job", "verb.job", with_session([this](auto& s) { return client::show_job(s, id_); })));
    one_id(verb(app_, "why", "verb.why", with_session([this](auto& s) { return client::why(s, id_); })));

    sub =
        verb(app_, "whatif", "verb.whatif", with_session([this](auto& s) { return client::ask_what_if(s, what_if_); }));
    sub->add_option("--drain", what_if_.drain, "nodes on which nothing new starts")->delimiter(',');
    sub->add_option("--resume", what_if_.resume, "drained or lost nodes that come back")->delimiter(',');
    sub->add_option("--add", what_if_.add, "NODE=COUNT: so many more nodes like this one")->delimiter(',');
    sub->add_option("--weight", what_if_.weights, "class, fair-share, age, size or merit =NUMBER")->delimiter(',');
    sub->add_option("--submit", what_if_.submit, "jobs that are not there yet: documents or scripts");
    sub->add_option("--for", what_if_.horizon, "how far to look (default 7d)");
    sub->add_option("--futures", what_if_.futures, "1 (default): whole wall limits; more: run times are drawn")
        ->check(CLI::Range(1, 100));
    sub->add_option("--seed", what_if_.seed, "of what is drawn (default 1)");

    sub = verb(app_, "wait", "verb.wait", [this] {
      client::Session s = session();
      Duration within;
      if (!timeout_.empty()) {
        const auto parsed = parse_duration(timeout_);
        if (!parsed) return static_cast<int>(client::tell(s, client::Failure{422, {parsed.error()}}));
        within = *parsed;
      }
      return static_cast<int>(client::wait_for(s, ids_, within));
    });
    sub->add_option("ID", ids_, "jobs; an array's first number stands for all its elements")->required();
    sub->add_option("--timeout", timeout_, "give up after this long (30s, 2h): exit code 124");

    sub = verb(app_, "logs", "verb.logs", with_session([this](auto& s) { return client::logs(s, logs_); }));
    sub->add_option("ID", logs_.id, "a job's number")->required();
    sub->add_flag("-f,--follow", logs_.follow, "until the job has ended");
    sub->add_flag("--err", logs_.err, "standard error instead of output");
    sub->add_option("--task", logs_.task, "rank of a gang's task (default 0)");
    sub->add_option("--attempt", logs_.attempt, "default: the newest");
    sub->add_option("--tail", logs_.tail, "only the last so many bytes");

    for (const char* what : {"cancel", "hold", "release"}) {
      sub = verb(app_, what, std::string("verb.") + what,
                 with_session([this, what](auto& s) { return client::change_jobs(s, what, ids_); }));
      sub->add_option("ID", ids_, "jobs")->required();
    }
  }

  /// An option that is a field of the job document, and wins over it.
  static void job_field(CLI::App* sub, client::Overrides& fields, const std::string& name, const std::string& about) {
    sub->add_option_function<std::string>(
        "--" + name, [&fields, name](const std::string& value) { fields.emplace_back(name, client::quoted(value)); },
        about);
  }
  static void job_list(CLI::App* sub, client::Overrides& fields, const std::string& name, const std::string& about) {
    sub->add_option_function<std::vector<std::string>>(
           "--" + name,
           [&fields, name](const std::vector<std::string>& values) {
             std::string list;
             for (const std::string& value : values) list += (list.empty() ? "" : ", ") + client::quoted(value);
             fields.emplace_back(name, "[" + list + "]");
           },
           about)
        ->delimiter(',')
        ->allow_extra_args(false);
  }
  static void job_fields(CLI::App* sub, client::Overrides& fields) {
    job_field(sub, fields, "project", "who pays; default: your first project");
    job_field(sub, fields, "partition", "where; default: the centre's first partition");
    job_field(sub, fields, "class", "a priority class of the centre");
    job_field(sub, fields, "kind", "general, ai, supercomputing: how the ledger groups the work");
    job_field(sub, fields, "wall", "limit on one attempt: 90s, 10m, 2h, 1d; for run 1h");
    job_field(sub, fields, "tasks", "that start together; default 1");
    job_field(sub, fields, "cores", "per task; default 1");
    job_field(sub, fields, "memory", "per task: 512M, 2G; default 256M per core");
    job_field(sub, fields, "cards", "per task; default none");
    job_field(sub, fields, "reservation", "runs inside this reservation");
    job_field(sub, fields, "comment", "free text");
    sub->add_option_function<std::string>(
        "--workdir",
        [&fields](const std::string& folder) {
          fields.emplace_back("workdir", client::quoted(std::filesystem::absolute(folder).lexically_normal().string()));
        },
        "an existing folder on the centre");
  }

  void build_nodes() {
    verb(app_, "status", "verb.status", with_session([](auto& s) { return client::show_status(s); }));
    verb(app_, "nodes", "verb.nodes", with_session([](auto& s) { return client::list_nodes(s); }));
    CLI::App* node = verb(app_, "node", "verb.node", {});
    node->require_subcommand(1);
    const auto named = [this](CLI::App* s) {
      s->add_option("NAME", name_, "the node")->required();
      return s;
    };
    named(verb(*node, "show", "verb.node", with_session([this](auto& s) { return client::show_node(s, name_); })));
    named(verb(*node, "drain", "verb.node", with_session([this](auto& s) {
      return client::drain_node(s, name_, text_);
    })))->add_option("--reason", text_, "for people");
    named(verb(*node, "resume", "verb.node", with_session([this](auto& s) { return client::resume_node(s, name_); })));
    build_reservations();
    build_engines();
    build_qpus();
  }

  void build_engines() {
    verb(app_, "engines", "verb.engines", with_session([](auto& s) { return client::list_engines(s); }));
    CLI::App* engine = verb(app_, "engine", "verb.engine", {});
    engine->require_subcommand(1);
    CLI::App* sub =
        verb(*engine, "show", "verb.engine", with_session([this](auto& s) { return client::show_engine(s, name_); }));
    sub->add_option("NAME", name_, "the engine")->required();
  }

  void build_qpus() {
    verb(app_, "qpus", "verb.qpus", with_session([](auto& s) { return client::list_qpus(s); }));
    CLI::App* qpu = verb(app_, "qpu", "verb.qpu", {});
    qpu->require_subcommand(1);
    CLI::App* sub =
        verb(*qpu, "show", "verb.qpu", with_session([this](auto& s) { return client::show_qpu(s, name_); }));
    sub->add_option("NAME", name_, "the device")->required();
    sub = verb(*qpu, "drain", "verb.qpu", with_session([this](auto& s) { return client::drain_qpu(s, name_, text_); }));
    sub->add_option("NAME", name_, "the device")->required();
    sub->add_option("--reason", text_, "for people");
    sub = verb(*qpu, "resume", "verb.qpu", with_session([this](auto& s) { return client::resume_qpu(s, name_); }));
    sub->add_option("NAME", name_, "the device")->required();
    sub =
        verb(app_, "result", "verb.result", with_session([this](auto& s) { return client::show_result(s, result_); }));
    sub->add_option("ID", result_.id, "the job of a circuit")->required();
    sub->add_flag("--csv", result_.csv, "outcome,count");
    CLI::App* circuit = verb(app_, "circuit", "verb.circuit", {});
    circuit->require_subcommand(1);
    sub = verb(*circuit, "run", "verb.circuit", [this] { return run_circuit(circuit_); });
    sub->add_option("FILE", circuit_.file, "OpenQASM 2 or 3")->required();
    sub->add_option("--shots", circuit_.shots, "how often it is measured (default 1000)")
        ->check(CLI::Range(std::int64_t{1}, std::int64_t{10'000'000}));
    sub->add_option("--seed", circuit_.seed, "what a simulated device draws from");
    sub->add_option("--device", circuit_.device, "on this quantum device");
  }

  void build_reservations() {
    CLI::App* sub =
        verb(app_, "reserve", "verb.reserve", with_session([this](auto& s) { return client::reserve(s, reserve_); }));
    sub->add_option("NAME", reserve_.name, "the reservation's name")->required();
    const auto list = [&](const char* option, std::vector<std::string>& to, const char* about) {
      sub->add_option(option, to, about)->delimiter(',')->allow_extra_args(false);
    };
    list("--nodes", reserve_.nodes, "these nodes");
    sub->add_option("--count", reserve_.count, "or so many: the centre chooses them")->check(CLI::Range(1, 100'000));
    sub->add_option("--partition", reserve_.partition, "whose nodes; default: that of the named ones, else the first");
    sub->add_option("--start", reserve_.start, "2026-12-01T08:00:00Z, or 2h: so long from now; default: now");
    sub->add_option("--end", reserve_.end, "likewise; or say --for");
    sub->add_option("--for", reserve_.lasts, "how long it lasts: 4h, 2d");
    sub->add_option("--every", reserve_.every, "again and again, from start to start: 24h, 7d");
    sub->add_option("--until", reserve_.until, "nothing begins then or later; with --every");
    list("--project", reserve_.projects, "for the jobs of these projects");
    list("--user", reserve_.users, "for the jobs of these users");
    sub->add_flag("--maintenance", reserve_.maintenance, "for nobody");
    sub->add_option("--reason", reserve_.reason, "for people");
    sub->add_flag("--force", reserve_.force,
                  "also over work that may run there then: at the start it is asked to end, and waits again");
    verb(app_, "reservations", "verb.reservations", with_session([](auto& s) { return client::list_reservations(s); }));
    CLI::App* reservation = verb(app_, "reservation", "verb.reservation", {});
    reservation->require_subcommand(1);
    sub = verb(*reservation, "end", "verb.reservation",
               with_session([this](auto& s) { return client::end_reservation(s, name_); }));
    sub->add_option("NAME", name_, "the reservation")->required();
  }

  void build_people() {
    verb(app_, "projects", "verb.projects", with_session([](auto& s) { return client::list_projects(s); }));
    CLI::App* project = verb(app_, "project", "verb.project", {});
    project->require_subcommand(1);
    CLI::App* sub = verb(*project, "set", "verb.project",
                         with_session([this](auto& s) { return client::set_project(s, project_); }));
    sub->add_option("NAME", project_.name, "the project")->required();
    sub->add_option("--parent", project_.parent, "the project above it");
    sub->add_option("--shares", project_.shares, "of its parent, relative to its siblings");
    sub->add_option("--merit", project_.merit, "scientific merit, 0 to 1000");
    sub->add_option("--budget", project_.budget, "yes: it stops at zero credits")->check(CLI::IsMember({"yes", "no"}));
    sub = verb(*project, "grant", "verb.project",
               with_session([this](auto& s) { return client::grant_credits(s, name_, text_); }));
    sub->add_option("NAME", name_, "the project")->required();
    sub->add_option("CREDITS", text_, "how many; negative: taken back")->required();

    verb(app_, "users", "verb.users", with_session([](auto& s) { return client::list_users(s); }));
    CLI::App* user = verb(app_, "user", "verb.user", {});
    user->require_subcommand(1);
    sub = verb(*user, "set", "verb.user",
               with_session([this](auto& s) { return client::set_user(s, name_, role_, projects_); }));
    sub->add_option("NAME", name_, "the user")->required();
    sub->add_option("--role", role_, "member, lead, operator, partner, auditor");
    sub->add_option("--project", projects_, "may submit to these; the first is the default")
        ->delimiter(',')
        ->allow_extra_args(false);

    verb(app_, "tokens", "verb.tokens", with_session([](auto& s) { return client::list_tokens(s); }));
    CLI::App* token = verb(app_, "token", "verb.token", {});
    token->require_subcommand(1);
    sub = verb(*token, "issue", "verb.token", with_session([this](auto& s) {
      return client::issue_token(s, name_, user_, role_.empty() ? "member" : role_);
    }));
    sub->add_option("NAME", name_, "the token's public name")->required();
    sub->add_option("--user", user_, "whose it is")->required();
    sub->add_option("--role", role_, "default member");
    sub =
        verb(*token, "revoke", "verb.token", with_session([this](auto& s) { return client::revoke_token(s, name_); }));
    sub->add_option("NAME", name_, "the token's public name")->required();
  }

  void build_records() {
    CLI::App* sub = verb(app_, "incidents", "verb.incidents",
                         with_session([this](auto& s) { return client::list_incidents(s, all_); }));
    sub->add_flag("--all", all_, "with closed ones");
    CLI::App* incident = verb(app_, "incident", "verb.incident", {});
    incident->require_subcommand(1);
    sub = verb(*incident, "close", "verb.incident",
               with_session([this](auto& s) { return client::close_incident(s, id_, text_); }));
    sub->add_option("ID", id_, "the incident's number")->required();
    sub->add_option("--how", text_, "what was done");

    sub =
        verb(app_, "ledger", "verb.ledger", with_session([this](auto& s) { return client::show_ledger(s, ledger_); }));
    sub->add_option("--from", ledger_.from, "2026-12-01T00:00:00Z; default: the beginning");
    sub->add_option("--to", ledger_.to, "default: now");
    sub->add_option("--last", ledger_.last, "7d, 12h: instead of --from");
    sub->add_option("--partition", ledger_.partition, "only this one");
    sub->add_option("--project", ledger_.project, "what it used");
    sub->add_option("--user", ledger_.user, "what they used");
    sub->add_option("--kind", ledger_.kind, "what this kind of work used: general, ai, supercomputing");
    sub->add_option("--by", ledger_.by, "used time, grouped: project, user, kind, job");

    sub =
        verb(app_, "events", "verb.events", with_session([this](auto& s) { return client::show_events(s, events_); }));
    sub->add_flag("-f,--follow", events_.follow, "go on as they happen");
    sub->add_option("--from", events_.from, "number of the first event");
    sub->add_option("--job", events_.job, "only of this job");
    sub->add_option("--limit", events_.limit, "default 100");

    CLI::App* log = verb(app_, "log", "verb.log", {});
    log->require_subcommand(1);
    verb(*log, "verify", "verb.log", [this] {
      client::Session s = session();
      return verify_log_verb(s);
    });
    sub = verb(*log, "cut", "verb.log", [this] {
      client::Session s = session();
      return cut_log_verb(s, cut_at_);
    });
    sub->add_option("--at", cut_at_, "keep the records before this one; the others move to a file beside the log")
        ->required();

    CLI::App* twin = verb(app_, "twin", "verb.twin", {});
    twin->require_subcommand(1);
    sub = verb(*twin, "seeds", "verb.twin", [this] {
      client::Session s = session();
      return twin_seeds_verb(s, twin_seeds_);
    });
    CLI::Option* first =
        sub->add_option("--first", twin_seeds_.first, "the first seed (default 1); hexadecimal with 0x");
    CLI::Option* count = sub->add_option("--count", twin_seeds_.count, "how many (default 100)");
    CLI::Option* seed =
        sub->add_option("--seed", twin_seeds_.seed, "this seed alone: what it chose, and all that happened");
    seed->excludes(first)->excludes(count);
    sub->add_option("--write", twin_seeds_.write, "a file for the scenario of --seed")->needs(seed);
    sub->add_flag("--minimise", twin_seeds_.minimise, "make the scenario of --seed as small as it fails")->needs(seed);

    sub = verb(*twin, "scenario", "verb.twin", [this] {
      client::Session s = session();
      return twin_scenario_verb(s, twin_scenario_);
    });
    sub->add_option("FILE", twin_scenario_.file, "a scenario; - is standard input")->required();
    sub->add_option("--write", twin_scenario_.write, "a file for the scenario, as it was run or made small");
    sub->add_flag("--minimise", twin_scenario_.minimise, "make the scenario as small as it fails");

    sub = verb(*twin, "replay", "verb.twin", [this] {
      client::Session s = session();
      return twin_replay_verb(s, replay_);
    });
    sub->add_option("log", replay_, "the data folder of a centre that does not run; default: this centre's");

    build_twin_runs(*twin);

    sub = verb(app_, "completion", "verb.completion", [this] { return client::print_completion(app_, shell_); });
    sub->add_option("SHELL", shell_, "bash, zsh or fish")->required()->check(CLI::IsMember({"bash", "zsh", "fish"}));
    verb(app_, "version", "verb.version", [] {
      client::out(std::string("mingyue ") + MINGYUE_VERSION + "\n");
      return 0;
    });
  }

  void build_twin_runs(CLI::App& twin) {
    const auto world = [](CLI::App* sub, TwinWorldOptions& options, CLI::Option* centre) {
      sub->add_option("--trace", options.trace, "jobs: a file that mingyue trace reads")->required();
      sub->add_option("--nodes", options.nodes, "instead of a centre: so many equal nodes")
          ->check(CLI::Range(1, 100'000))
          ->excludes(centre);
      sub->add_option("--cores", options.cores, "of each (default 1)")->check(CLI::Range(1, 4'096));
      sub->add_option("--cards", options.cards, "of each (default 0)")->check(CLI::Range(0, 64));
      sub->add_option("--faults", options.faults,
                      "a file of faults, or node faults per 1,000 node-days such as 3.79; several are one plan")
          ->delimiter(',')
          ->allow_extra_args(false);
      sub->add_option("--checkpoint", options.checkpoint,
                      "trace (default: as each job of the trace does), never, hourly, 30m, young, daly, auto");
      sub->add_option("--checkpoint-write", options.checkpoint_write,
                      "how long a job stands while it writes one (default 5s; 0 with --checkpoint trace)");
      sub->add_option("--seed", options.seed, "of what is drawn (default 1); hexadecimal with 0x");
      sub->add_option("--until", options.until, "submissions and the window end then, 91d; default: with the trace");
      sub->add_flag("--skip", options.skip, "leave bad rows out and count them, instead of refusing the first");
    };
    CLI::App* sub =
        verb(app_, "forecast", "verb.forecast",
             with_session([this](auto& s) { return forecast_calibration_verb(s, forecast_, MINGYUE_VERSION); }));
    sub->add_flag("--calibration", calibration_, "how well intervals kept their word, on a trace")->required();
    CLI::Option* of_forecast =
        sub->add_option("--centre", forecast_.centre, "a centre's YAML; default: as the trace says");
    world(sub, forecast_.world, of_forecast);
    sub->add_option("--policy", forecast_.policy, "aged (default), easy, easy-sjbf, fcfs")
        ->check(CLI::IsMember({"aged", "easy", "easy-sjbf", "fcfs"}));

    sub = verb(twin, "run", "verb.twin",
               with_session([this](auto& s) { return twin_run_verb(s, twin_run_, MINGYUE_VERSION); }));
    CLI::Option* centre = sub->add_option("--centre", twin_run_.centre, "a centre's YAML; default: as the trace says");
    world(sub, twin_run_.world, centre);
    sub->add_option("--policy", twin_run_.policy, "aged (default), easy, easy-sjbf, conservative, fcfs")
        ->check(CLI::IsMember({"aged", "easy", "easy-sjbf", "conservative", "fcfs"}));
    sub->add_option("--report", twin_run_.report, "a folder for report.html, report.json and tables");

    sub = verb(twin, "compare", "verb.twin",
               with_session([this](auto& s) { return twin_compare_verb(s, twin_compare_, MINGYUE_VERSION); }));
    centre = sub->add_option("--centre", twin_compare_.centres, "centres' YAML files; default: as the trace says")
                 ->delimiter(',')
                 ->allow_extra_args(false);
    world(sub, twin_compare_.world, centre);
    sub->add_option("--policy", twin_compare_.policies,
                    "of aged, easy, easy-sjbf, conservative, fcfs (default "
                    "fcfs,easy,conservative,aged)")
        ->delimiter(',')
        ->allow_extra_args(false)
        ->check(CLI::IsMember({"aged", "easy", "easy-sjbf", "conservative", "fcfs"}));
    sub->add_option("--threads", twin_compare_.threads, "how many runs at a time (default 1)")
        ->check(CLI::Range(1, 64));
    sub->add_option("--report", twin_compare_.report, "a folder for compare.html, compare.csv and a JSON of each run");
  }

  void build_traces() {
    CLI::App* trace = verb(app_, "trace", "verb.trace", {});
    trace->require_subcommand(1);
    const auto read_options = [](CLI::App* sub, std::string& format, std::int32_t& cards, std::int32_t& processors) {
      sub->add_option("--format", format, "guess (default), common, swf, helios, acme, openb")
          ->check(CLI::IsMember({"guess", "common", "swf", "helios", "acme", "openb"}));
      CLI::Option* of_cards = sub->add_option("--cards", cards, "of the machine; default: as the file says")
                                  ->check(CLI::Range(1, 10'000'000));
      sub->add_option("--processors", processors, "of the machine, for a log that counts in cores")
          ->check(CLI::Range(1, 10'000'000))
          ->excludes(of_cards);
    };
    CLI::App* sub =
        verb(*trace, "import", "verb.trace", with_session([this](auto& s) { return import_trace(s, trace_import_); }));
    sub->add_option("FILE", trace_import_.file, "a trace, plain or gzip; - is standard input")->required();
    read_options(sub, trace_import_.format, trace_import_.cards, trace_import_.processors);
    sub->add_flag("--skip", trace_import_.skip, "leave bad rows out and count them, instead of refusing the first");
    sub->add_option("--seed", trace_import_.seed, "of requests that are drawn where the form has none (default 1)");
    sub->add_option("-o,--out", trace_import_.out, "the file to write; gzip where it ends with .gz")->required();

    sub = verb(*trace, "generate", "verb.trace",
               with_session([this](auto& s) { return generate_trace(s, trace_generate_); }));
    sub->add_option("KIND", trace_generate_.kind, "venus-mix, llm-mix, giant-mix or fitted")
        ->required()
        ->check(CLI::IsMember({"venus-mix", "llm-mix", "giant-mix", "fitted"}));
    sub->add_option("--cards", trace_generate_.cards, "of the machine (default 10000)")
        ->check(CLI::Range(1, 10'000'000));
    sub->add_option("--load", trace_generate_.load, "offered, as a share of the machine (default 0.955)");
    sub->add_option("--days", trace_generate_.days, "for how long jobs are submitted (default 91)")
        ->check(CLI::Range(1, 3650));
    sub->add_option("--seed", trace_generate_.seed, "of everything that is drawn (default 1); hexadecimal with 0x");
    sub->add_option("--from", trace_generate_.from,
                    "a recorded trace to superpose; without one, published figures are followed");
    sub->add_option("--format", trace_generate_.format, "of --from: guess (default), common, helios, acme, openb")
        ->check(CLI::IsMember({"guess", "common", "swf", "helios", "acme", "openb"}));
    sub->add_option("--cluster", trace_generate_.cluster,
                    "whose figures fitted follows: seren (default), kalos, helios")
        ->check(CLI::IsMember({"seren", "kalos", "helios"}));
    sub->add_option("--giants-share", trace_generate_.giants_share,
                    "percent of the card-time in pre-training jobs (default 40 in llm-mix, 50 in giant-mix)")
        ->check(CLI::Range(0, 100));
    sub->add_option("--giants-cards", trace_generate_.giants_cards,
                    "their sizes (default 256,512,1024; in giant-mix 1024,2048,4096)")
        ->delimiter(',')
        ->allow_extra_args(false)
        ->check(CLI::Range(1, 10'000'000));
    sub->add_option("-o,--out", trace_generate_.out, "the file to write; gzip where it ends with .gz")->required();

    sub = verb(*trace, "show", "verb.trace", with_session([this](auto& s) { return show_trace(s, trace_show_); }));
    sub->add_option("FILE", trace_show_.file, "a trace, plain or gzip; - is standard input")->required();
    read_options(sub, trace_show_.format, trace_show_.cards, trace_show_.processors);
    sub->add_flag("--skip", trace_show_.skip, "leave bad rows out and count them, instead of refusing the first");
  }

  void build_recipes() {
    CLI::App* recipes = verb(app_, "recipes", "verb.recipes", [this] {
      if (chosen_recipe_verb_) return chosen_recipe_verb_();
      client::Session s = session();
      return static_cast<int>(client::list_recipes(s, recipes_folder(recipes_)));
    });
    recipes->add_option("--recipes", recipes_, "the folder of recipes");
    CLI::App* sub = recipes->add_subcommand("show", "one recipe: what it computes, its references and their sources");
    sub->fallthrough();
    sub->add_option("NAME", name_, "the recipe")->required();
    sub->callback([this] {
      chosen_recipe_verb_ = [this] {
        client::Session s = session();
        return static_cast<int>(client::show_recipe(s, recipes_folder(recipes_), name_));
      };
    });
    sub =
        recipes->add_subcommand("run", "run recipes through the centre and hold their results against the references");
    sub->fallthrough();
    sub->add_option("NAME", names_, "recipes");
    sub->add_flag("--quickstart", quickstart_, "those of the quickstart");
    sub->add_flag("--reuse", reuse_, "keep a result that is there and whose recipe has not changed");
    sub->add_option("--work", work_, "where they work; default DATA/work");
    sub->callback([this] {
      chosen_recipe_verb_ = [this] {
        client::Session s = session();
        const std::string work = work_.empty() ? std::filesystem::absolute(where_.data + "/work").string() : work_;
        return static_cast<int>(
            client::run_named_recipes(s, recipes_folder(recipes_), names_, quickstart_, reuse_, work));
      };
    });
  }

  const Language language_ = client::language_of_environment();
  CLI::App app_;
  std::function<int()> chosen_, chosen_recipe_verb_;
  client::Where where_;
  std::string token_file_;
  bool json_ = false;

  ServeOptions serve_;
  client::SubmitOptions submit_;
  client::CommandOptions run_;
  client::ListOptions list_;
  client::LogsOptions logs_;
  client::ProjectOptions project_;
  client::ResultOptions result_;
  CircuitOptions circuit_;
  client::ReserveOptions reserve_;
  client::LedgerOptions ledger_;
  client::EventsOptions events_;
  TraceImportOptions trace_import_;
  TraceGenerateOptions trace_generate_;
  TraceShowOptions trace_show_;
  client::WhatIfOptions what_if_;
  TwinRunOptions twin_run_;
  TwinRunOptions forecast_;
  bool calibration_ = false;
  std::string replay_;
  TwinCompareOptions twin_compare_;
  TwinSeedsOptions twin_seeds_;
  TwinScenarioOptions twin_scenario_;
  std::string id_, name_, text_, user_, role_, timeout_, shell_, recipes_, work_;
  std::vector<std::string> ids_, names_, projects_;
  std::uint64_t cut_at_ = 0;
  bool all_ = false, quickstart_ = false, reuse_ = false;
};

}  // namespace
}  // namespace mingyue::apps

int main(int argc, char** argv) {
  std::signal(SIGPIPE, SIG_IGN);
  return mingyue::apps::Program().main(argc, argv);
}
