#include "apps/serve_engines.hpp"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <netdb.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include <algorithm>
#include <filesystem>

#include "base/text.hpp"
#include "engines/terminal_client.hpp"
#include "formats/parse.hpp"
#include "http/unique_fd.hpp"
#include "model/engine_nodes.hpp"

namespace mingyue::apps {
namespace {

namespace fs = std::filesystem;
using engines::slurm::ForeignUse;

constexpr std::chrono::seconds others_gap{5};
constexpr int looks_between_machines = 6;  ///< of those at others

/// What a task on another machine needs to import is where all of them see it.
void copy_clients(const std::string& clients, const std::string& shared) {
  std::error_code error;
  if (clients.empty()) return;
  const fs::path to = fs::path(shared) / "clients";
  fs::create_directories(to, error);
  fs::permissions(to, fs::perms(0755), error);
  fs::copy_file(fs::path(clients) / "mingyue_qpu.py", to / "mingyue_qpu.py", fs::copy_options::overwrite_existing,
                error);
  fs::permissions(to / "mingyue_qpu.py", fs::perms(0644), error);
}

/// The address of this machine from which it would speak to that one.
std::string address_towards(const std::string& host, const std::string& port) {
  addrinfo hints{};
  hints.ai_family = AF_INET;
  hints.ai_socktype = SOCK_DGRAM;  // nothing is sent: to connect it only finds the way
  addrinfo* found = nullptr;
  if (::getaddrinfo(host.c_str(), port.c_str(), &hints, &found) != 0) return {};
  std::string address;
  const http::UniqueFd fd(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  sockaddr_in own{};
  socklen_t size = sizeof own;
  std::array<char, INET_ADDRSTRLEN> text{};
  if (fd && ::connect(fd.get(), found->ai_addr, found->ai_addrlen) == 0 &&
      ::getsockname(fd.get(), reinterpret_cast<sockaddr*>(&own), &size) == 0 &&
      ::inet_ntop(AF_INET, &own.sin_addr, text.data(), text.size()) != nullptr)
    address = text.data();
  ::freeaddrinfo(found);
  return address;
}

}  // namespace

Expected<std::unique_ptr<ServedEngines>, Fault> ServedEngines::open(Options options, ports::ReportSink& sink) {
  std::unique_ptr<ServedEngines> served(new ServedEngines(std::move(options), sink));
  TRY(own, engines::LocalEngine::open(served->options_.own, sink));
  served->own_ = std::move(own);
  served->router_ = std::make_unique<engines::EngineRouter>(*served->own_, sink);
  for (const model::Engine& engine : served->options_.described.engines) CHECK_OK(served->open_slurm(engine));
  return served;
}

Expected<void, Fault> ServedEngines::open_slurm(const model::Engine& engine) {
  engines::slurm::SlurmOptions options{.engine = engine, .centre = options_.described.name};
  options.pilots.use = engine.pilots;
  for (const model::Partition& partition : options_.described.partitions)
    if (partition.engine == engine.name) options.partitions.push_back(partition.engine_partition);
  if (options_.qpu_environment) {
    options.qpu_environment = [ask = options_.qpu_environment, shared = engine.shared](model::AttemptId attempt) {
      model::Environment environment = ask(attempt);
      for (auto& [name, value] : environment)
        if (name == "MINGYUE_CLIENTS" || name == "PYTHONPATH") value = shared + "/clients";
      return environment;
    };
  }
  auto slurm = std::make_unique<Slurm>();
  slurm->described = engine;
  TRY(opened, engines::slurm::SlurmEngine::open(std::move(options), sink_));
  slurm->engine = std::move(opened);
  copy_clients(options_.clients, engine.shared);
  router_->add(engine.name, *slurm->engine);
  slurms_.push_back(std::move(slurm));
  return {};
}

ServedEngines::~ServedEngines() { stop(); }

bool ServedEngines::look_at_machines(Slurm& slurm) {
  auto found = engines::slurm::discover(slurm.described);
  const std::lock_guard lock(mutex_);
  if (!found) {
    if (slurm.silent_why != found.error().message && options_.on_fault) options_.on_fault(found.error());
    slurm.silent_why = found.error().message;
    return false;
  }
  slurm.silent_why.clear();
  const bool changed = !slurm.machines || *slurm.machines != *found;
  slurm.machines = std::move(*found);
  return changed;
}

Expected<model::Centre> ServedEngines::describe(const model::Centre& before) {
  model::Centre centre = options_.described;
  for (const auto& slurm : slurms_) {
    if (!slurm->machines) (void)look_at_machines(*slurm);
    const std::lock_guard lock(mutex_);
    if (slurm->machines)
      CHECK_OK(model::add_engine_nodes(centre, slurm->described.name, *slurm->machines));
    else
      model::keep_engine_nodes(centre, slurm->described.name, before);
  }
  return centre;
}

void ServedEngines::follow(const model::Centre& centre) {
  std::map<std::string, std::string> engines;
  for (const model::Partition& partition : centre.partitions)
    if (!partition.engine.empty()) engines.emplace(partition.name, partition.engine);
  router_->set_partitions(engines);
  const std::lock_guard lock(mutex_);
  nodes_.clear();
  engine_of_nodes_.clear();
  std::map<std::string, std::vector<std::pair<std::string, model::NodeId>>> names;
  for (const model::Node& node : centre.nodes) {
    const auto engine = engines.find(node.partition);
    if (engine == engines.end() || (node.cores == CoreCount{} && node.cards == CardCount{})) continue;
    nodes_.emplace(node.name, node.id);
    engine_of_nodes_.emplace(node.name, engine->second);
    names[engine->second].emplace_back(node.name, node.id);
  }
  for (const auto& slurm : slurms_) {
    // What the log says of others may be from before a restart, or of a node that was another: it is said again of
    // each, also that there are none.
    slurm->others.clear();
    for (const auto& [name, id] : names[slurm->described.name]) slurm->others.emplace(name, not_said);
    slurm->engine->name_nodes(names[slurm->described.name]);
  }
}

void ServedEngines::look_at_others(Slurm& slurm) {
  const auto uses = engines::slurm::foreign_use(slurm.described, options_.described.name);
  if (!uses) return;  // what was known stays; look_at_machines says why it is silent
  std::map<std::string, Held> now;
  std::vector<ports::OthersSeen> news;
  const std::lock_guard lock(mutex_);
  for (const ForeignUse& use : *uses) {
    if (!nodes_.contains(use.node)) continue;
    auto [held, fresh] = now.try_emplace(use.node);
    held->second.cores = held->second.cores + use.cores;
    held->second.cards = held->second.cards + use.cards;
    held->second.memory = held->second.memory + use.memory;
    // Until the last of them ends; nobody knows when one without a limit does.
    if (fresh && use.until != Instant{})
      held->second.until = use.until;
    else if (use.until == Instant{})
      held->second.until.reset();
    else if (held->second.until)
      held->second.until = std::max(*held->second.until, use.until);
  }
  for (const auto& [name, before] : slurm.others)
    if (!now.contains(name) && nodes_.contains(name)) news.push_back({nodes_.at(name), {}, {}, {}, {}});
  for (const auto& [name, held] : now) {
    const auto before = slurm.others.find(name);
    if (before != slurm.others.end() && before->second == held) continue;
    news.push_back({nodes_.at(name), held.cores, held.cards, held.memory, held.until});
  }
  slurm.others = std::move(now);
  for (const ports::OthersSeen& one : news) sink_.report(one);
}

void ServedEngines::watch(std::function<void()> describe_again) {
  if (slurms_.empty()) return;
  describe_again_ = std::move(describe_again);
  watcher_ = std::thread([this] { run(); });
}

void ServedEngines::run() {
  for (int look = 1;; ++look) {
    for (const auto& slurm : slurms_) look_at_others(*slurm);
    {
      std::unique_lock lock(mutex_);
      if (wake_.wait_for(lock, others_gap, [&] { return stopping_; })) return;
    }
    if (look % looks_between_machines != 0) continue;
    bool changed = false;
    for (const auto& slurm : slurms_) changed = look_at_machines(*slurm) || changed;
    if (changed) describe_again_();
  }
}

void ServedEngines::stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_all();
  if (watcher_.joinable()) watcher_.join();
}

std::string ServedEngines::own_address(const model::Centre& centre) {
  for (const model::Engine& engine : centre.engines) {
    const auto begin = engine.rest.find("://");
    if (begin == std::string::npos) continue;  // a Unix socket: the controller is this machine, its nodes may not be
    std::string host = engine.rest.substr(begin + 3);
    host = host.substr(0, host.find('/'));
    const auto colon = host.rfind(':');
    const std::string port = colon == std::string::npos ? "80" : host.substr(colon + 1);
    const std::string address = address_towards(host.substr(0, colon), port);
    if (!address.empty()) return address;
  }
  std::array<char, 256> name{};
  return ::gethostname(name.data(), name.size() - 1) == 0 ? address_towards(name.data(), "80") : std::string();
}

std::string ServedEngines::attempt_folder(model::AttemptId attempt) const {
  std::error_code error;
  for (const auto& slurm : slurms_)
    if (std::string folder = slurm->engine->attempt_folder(attempt); fs::is_directory(folder, error)) return folder;
  return own_->attempt_folder(attempt);
}

std::vector<ports::LimitFact> ServedEngines::limits(const model::Node& node) const { return router_->limits(node); }

std::vector<std::pair<std::string, ports::EngineStatus>> ServedEngines::engines() const {
  std::vector<std::pair<std::string, ports::EngineStatus>> all;
  for (const auto& slurm : slurms_) {
    ports::EngineStatus status = slurm->engine->status();
    const std::lock_guard lock(mutex_);
    if (status.reachable && !slurm->silent_why.empty()) {
      status.reachable = false;
      status.why = slurm->silent_why;
    }
    all.emplace_back(slurm->described.name, std::move(status));
  }
  return all;
}

Expected<http::UniqueFd, Fault> ServedEngines::connect_terminal(model::AttemptId attempt) const {
  auto fd = engines::connect_terminal(own_->attempt_folder(attempt));
  if (!fd) return std::unexpected(std::move(fd).error());
  return http::UniqueFd(fd->release());
}

}  // namespace mingyue::apps
