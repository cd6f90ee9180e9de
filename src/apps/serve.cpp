#include "apps/serve.hpp"

#include <fmt/format.h>
#include <pwd.h>
#include <signal.h>
#include <unistd.h>

#include <chrono>
#include <filesystem>
#include <future>

#include "api/service.hpp"
#include "api/token_book.hpp"
#include "apps/serve_engines.hpp"
#include "apps/serve_log.hpp"
#include "apps/serve_qpus.hpp"
#include "apps/serve_setup.hpp"
#include "engines/local_engine.hpp"
#include "engines/terminal_client.hpp"
#include "host/clock.hpp"
#include "host/machine.hpp"
#include "host/sqlite_history.hpp"
#include "host/sqlite_log_store.hpp"
#include "http/server.hpp"
#include "runtime/centre.hpp"

#ifndef MINGYUE_VERSION
#define MINGYUE_VERSION "0"
#endif

namespace mingyue::apps {
namespace {

using Steady = std::chrono::steady_clock;

ServeExit exit_of(const Fault& fault) {
  if (fault.code == "in-use") return ServeExit::in_use;
  if (fault.code == "corrupt-log" || fault.code == "corrupt") return ServeExit::corrupt_log;
  if (fault.code == "wrong-version") return ServeExit::wrong_version;
  if (fault.code == "disk-full" || fault.code == "read-only" || fault.code == "io-error" ||
      fault.code == "cannot-open" || fault.code == "busy") {
    return ServeExit::cannot_write;
  }
  if (fault.code == "listen") return ServeExit::cannot_listen;
  if (fault.code == "tls") return ServeExit::bad_options;
  if (fault.code == "engine-root" || fault.code == "no-shim" || fault.code == "qpu-socket") return ServeExit::no_engine;
  return ServeExit::failed;
}

/// One start of the daemon. Members are in the order in which they are built; destroyed the other way round, each finds
/// what it needs still there.
class Daemon {
 public:
  explicit Daemon(const ServeOptions& options) : options_(options), logger_(make_logger()) {}
  ~Daemon() { stop(); }

  [[nodiscard]] ServeExit run() {
    const ServeExit started = start();
    if (started != ServeExit::ok) return started;
    wait_for_signal();
    stop();
    return ServeExit::ok;
  }

 private:
  ServeExit start() {
    const auto begin = Steady::now();
    const auto listen = parse_listen(options_.listen);
    if (!listen) return refused(listen.error(), options_.listen);
    if (options_.data.empty())
      return refused({"no-data", "", "no data directory is named", "name one with --data", 0}, "");
    if (!listen->is_loopback && options_.tls_certificate.empty()) {
      return refused({"no-tls", "", fmt::format("{} can be reached by others, and there is no TLS", options_.listen),
                      "give --tls-certificate and --tls-key, or listen on 127.0.0.1", 0},
                     "");
    }
    block_signals();
    raise_file_limit();
    const host::Machine machine = host::look_at_machine();
    if (const auto opened = open_store(); opened != ServeExit::ok) return opened;
    log_to_file(*logger_, options_.data);
    logger_->info("start version={} pid={}", MINGYUE_VERSION, ::getpid());
    for (const std::string& note : machine.notes) logger_->info("machine: {}", note);
    auto description = describe_centre(options_.centre_file, options_.data, machine.facts);
    if (!description) return refused_all(description.error());

    centre_ = std::make_unique<runtime::Centre>(*store_, clock_);
    const auto recovered = centre_->recover();
    if (!recovered) return failed(recovered.error());
    if (const auto opened = open_engines(description->document.centre); opened != ServeExit::ok) return opened;
    centre_->start(engines_->all());
    description_ = std::move(*description);
    if (const auto configured = configure(); configured != ServeExit::ok) return configured;
    if (const auto opened = open_qpus(); opened != ServeExit::ok) return opened;
    engines_->watch([this] { configure_again(); });
    if (const auto served = open_servers(*listen, machine.facts.user); served != ServeExit::ok) return served;
    tell_ready(*recovered, std::chrono::duration<double>(Steady::now() - begin).count());
    return ServeExit::ok;
  }

  static void block_signals() {
    ::signal(SIGPIPE, SIG_IGN);
    sigset_t signals = awaited();
    pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  }
  static sigset_t awaited() {
    sigset_t signals;
    sigemptyset(&signals);
    for (const int signal : {SIGTERM, SIGINT, SIGHUP}) sigaddset(&signals, signal);
    return signals;
  }

  ServeExit open_store() {
    auto store = host::SqliteLogStore::open(options_.data);
    if (!store) return failed(store.error());
    store_ = std::move(*store);
    if (store_->rows_stale()) logger_->warn("the read tables are stale: they are made anew from the log");
    if (const auto rebuilt = rebuild_stale_rows(*store_); !rebuilt) return failed(rebuilt.error());
    auto history = host::SqliteHistory::open(options_.data);
    if (!history) return failed(history.error());
    history_ = std::move(*history);
    return ServeExit::ok;
  }

  ServeExit open_engines(const model::Centre& described) {
    std::error_code error;
    const std::string root = std::filesystem::absolute(options_.data, error).lexically_normal().string() + "/attempts";
    if (const auto prepared = prepare_qpus(described); !prepared) return failed(prepared.error());
    ServedEngines::Options options{
        .own = {.root = root,
                .shim = options_.shim,
                .qpu_environment =
                    [this](model::AttemptId attempt) { return hybrid::environment_of(qpu_options_, attempt); }},
        .described = described,
        .clients = qpu_options_.clients,
        .on_fault = [this](const Fault& fault) { warn(fault); }};
    if (!qpu_options_.host.empty())
      options.qpu_environment = [this](model::AttemptId attempt) {
        return hybrid::network_environment_of(qpu_options_, attempt);
      };
    auto engines = ServedEngines::open(std::move(options), *centre_);
    if (!engines) return failed(engines.error());
    engines_ = std::move(*engines);
    return ServeExit::ok;
  }

  /// What jobs are told of quantum devices does not depend on whether there are any yet.
  Expected<void, Fault> prepare_qpus(const model::Centre& described) {
    std::error_code error;
    const std::string data = std::filesystem::absolute(options_.data, error).lexically_normal().string();
    TRY(secret, qpu_secret(data));
    const std::filesystem::path program = std::filesystem::read_symlink("/proc/self/exe", error).parent_path();
    qpu_options_.socket = qpu_socket(data);
    qpu_options_.secret = std::move(secret);
    qpu_options_.log_folder = data + "/qpus";
    qpu_options_.driver_program = (program / "mingyue-qpu-driver").string();
    for (const auto& folder : {program / "../share/mingyue/clients", program / "../../../clients/python"})
      if (qpu_options_.clients.empty() && std::filesystem::is_directory(folder, error))
        qpu_options_.clients = std::filesystem::weakly_canonical(folder, error).string();
    qpu_options_.on_fault = [this](const Fault& fault) { warn(fault); };
    if (!described.engines.empty()) {
      qpu_options_.host = ServedEngines::own_address(described);
      TRY(port, qpu_port(data));
      qpu_options_.port = port;
    }
    return {};
  }

  ServeExit open_qpus() {
    std::size_t count = 0;
    centre_->ask_and_wait([&](const runtime::View& view) { count = view.state.centre.qpus.size(); });
    if (count == 0) return ServeExit::ok;
    std::error_code error;
    std::filesystem::create_directories(qpu_options_.log_folder, error);
    auto service = hybrid::Service::start(*centre_, clock_, qpu_options_);
    if (!service) return failed(service.error());
    qpus_ = std::move(*service);
    qpu_access_ = std::make_unique<QpuServiceAccess>(*qpus_);
    return ServeExit::ok;
  }

  /// The description, with the nodes that engines say they have, becomes the centre. What jobs run on now cannot change
  /// under them: then the old one stays.
  ServeExit configure() {
    model::Centre before;
    centre_->ask_and_wait([&](const runtime::View& view) { before = view.state.centre; });
    auto centre = engines_->describe(before);
    if (!centre) return refused(centre.error(), description_.source);
    core::ConfigureCentre wish{std::move(*centre), {}};
    for (const auto& grant : description_.document.grants) wish.grants.emplace_back(grant.project, grant.credits);
    const auto promise = std::make_shared<std::promise<runtime::Answer>>();
    auto future = promise->get_future();
    centre_->submit(std::move(wish), [promise](runtime::Answer answer) { promise->set_value(std::move(answer)); });
    while (future.wait_for(std::chrono::milliseconds(100)) != std::future_status::ready) {
      if (const auto stalled = store_->stalled()) return failed(*stalled);
    }
    const runtime::Answer answer = future.get();
    centre_->ask_and_wait([&](const runtime::View& view) { engines_->follow(view.state.centre); });
    if (answer) return ServeExit::ok;
    if (answer.error().code == "log-stalled") return failed({"disk-full", answer.error().message});
    if (answer.error().code != "node-in-use") return refused(answer.error(), description_.source);
    logger_->warn("{}: {}; {}. The centre goes on as it was described before.", description_.source,
                  answer.error().message, answer.error().hint);
    return ServeExit::ok;
  }

  /// An engine has other nodes now. From the thread that looks after engines.
  void configure_again() {
    logger_->info("engines have other nodes: the centre is described again");
    if (configure() != ServeExit::ok) logger_->warn("the centre goes on as it was described before");
  }

  ServeExit open_servers(const ListenAddress& listen, const std::string& user) {
    service_ =
        std::make_unique<api::Service>(*centre_, *history_, *store_, *engines_,
                                       api::ServiceOptions{.version = MINGYUE_VERSION,
                                                           .on_fault = [this](const Fault& fault) { warn(fault); },
                                                           .qpus = qpu_access_.get(),
                                                           .recipes = shipped_recipes(),
                                                           .reports = options_.data + "/reports"});
    if (!listen.is_loopback && service_->tokens() == 0) {
      return refused(
          {"no-token", "", fmt::format("{} can be reached by others, and nobody has a token yet", options_.listen),
           "start on 127.0.0.1 first, issue one with: mingyue token issue NAME --user USER, then listen here", 0},
          "");
    }
    service_->install(router_);
    auto files = read_console(options_.console.empty() ? console_beside_program() : options_.console);
    http::serve_files(router_, "/", files.empty() ? console_that_is_missing() : std::move(files));

    http::ServerOptions server{.host = listen.host, .port = listen.port, .threads = options_.threads};
    server.on_fault = [this](const Fault& fault) { warn(fault); };
    service_->attach(server);
    if (!listen.is_loopback) {
      // Clients of this machine need no certificate: they have a door of their own.
      http::ServerOptions local = server;
      local.host = "127.0.0.1";
      local.port = 0;
      if (const auto opened = open_server(local_, std::move(local)); opened != ServeExit::ok) return opened;
    }
    if (!options_.tls_certificate.empty()) server.tls = http::TlsFiles{options_.tls_certificate, options_.tls_key};
    if (const auto opened = open_server(server_, std::move(server)); opened != ServeExit::ok) return opened;
    url_ = url_of(options_.tls_certificate.empty() ? "http" : "https", listen.host, server_->port());
    return write_endpoint(user);
  }

  ServeExit open_server(std::unique_ptr<http::Server>& into, http::ServerOptions options) {
    auto server = http::Server::start(router_, std::move(options));
    if (!server) return failed(server.error());
    into = std::move(*server);
    return ServeExit::ok;
  }

  ServeExit write_endpoint(const std::string& facts_user) {
    const std::string secret = api::new_secret();
    const std::string user = facts_user.empty() ? "root" : facts_user;
    service_->set_local_token(secret, {user, model::Role::operator_});
    const std::string url = local_ ? url_of("http", "127.0.0.1", local_->port()) : url_;
    auto file = EndpointFile::write(options_.data, {url, secret, ::getpid(), clock_.now()});
    if (!file) return failed(file.error());
    endpoint_ = std::make_unique<EndpointFile>(std::move(*file));
    return ServeExit::ok;
  }

  void tell_ready(const runtime::Kernel::Recovered& recovered, double took_s) {
    std::string name;
    centre_->ask_and_wait([&](const runtime::View& view) { name = view.state.centre.name; });
    fmt::print("mingyue: centre {} is ready at {} (data {}, recovered {} events in {:.2f} s)\n", name, url_,
               options_.data, recovered.snapshot_seq + recovered.records, took_s);
    std::fflush(stdout);
    logger_->info("ready centre={} url={} replayed={} snapshot={} took_s={:.3f}", name, url_, recovered.records,
                  recovered.snapshot_seq, took_s);
  }

  void wait_for_signal() {
    const sigset_t signals = awaited();
    StallWatch watch;
    for (;;) {
      const timespec second{.tv_sec = 1, .tv_nsec = 0};
      const int signal = ::sigtimedwait(&signals, nullptr, &second);
      watch.look(*store_, *logger_);
      if (signal == SIGHUP) reload_tls();
      if (signal == SIGTERM || signal == SIGINT) {
        logger_->info("stop signal={}", signal);
        return;
      }
    }
  }

  void reload_tls() {
    if (options_.tls_certificate.empty()) return;
    const auto reloaded = server_->reload_tls();
    if (!reloaded)
      warn(reloaded.error());
    else
      logger_->info("certificate read again");
  }

  /// From the outside in: no more clients, no more commands, all that was accepted is durable. Jobs go on running.
  void stop() {
    endpoint_.reset();
    if (server_) server_->stop();
    if (local_) local_->stop();
    if (service_) service_->stop();
    if (engines_) engines_->stop();
    qpus_.reset();
    if (centre_ && engines_) centre_->stop();
    engines_.reset();
  }

  ServeExit failed(const Fault& fault) {
    logger_->error("{} (code {})", fault.message, fault.code);
    return exit_of(fault);
  }
  ServeExit refused(const Refusal& refusal, const std::string& where) {
    logger_->error("{}{}{}: {}{}{}", where, refusal.line > 0 ? fmt::format(":{}", refusal.line) : "",
                   where.empty() ? "refused" : "", refusal.field.empty() ? "" : refusal.field + ": ", refusal.message,
                   refusal.hint.empty() ? "" : "; " + refusal.hint);
    return ServeExit::bad_options;
  }
  ServeExit refused_all(const std::vector<Refusal>& refusals) {
    const std::string file = options_.centre_file.empty() ? options_.data + "/centre.yaml" : options_.centre_file;
    for (const Refusal& refusal : refusals) refused(refusal, file);
    return ServeExit::bad_options;
  }
  void warn(const Fault& fault) { logger_->warn("{} (code {})", fault.message, fault.code); }

  const ServeOptions options_;
  std::shared_ptr<spdlog::logger> logger_;
  host::SystemClock clock_;
  std::unique_ptr<host::SqliteLogStore> store_;
  std::unique_ptr<host::SqliteHistory> history_;
  std::unique_ptr<runtime::Centre> centre_;
  Description description_;
  std::unique_ptr<ServedEngines> engines_;
  hybrid::ServiceOptions qpu_options_;
  std::unique_ptr<hybrid::Service> qpus_;
  std::unique_ptr<QpuServiceAccess> qpu_access_;
  std::unique_ptr<api::Service> service_;
  http::Router router_;
  std::unique_ptr<http::Server> local_;
  std::unique_ptr<http::Server> server_;
  std::unique_ptr<EndpointFile> endpoint_;
  std::string url_;
};

}  // namespace

int serve(const ServeOptions& options) { return static_cast<int>(Daemon(options).run()); }

}  // namespace mingyue::apps
