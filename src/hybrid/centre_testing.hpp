#pragma once

#include <gtest/gtest.h>
#include <netinet/in.h>
#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <thread>

#include "hybrid/service.hpp"
#include "model/centre_document.hpp"
#include "model/job_document.hpp"
#include "ports/memory_log_store.hpp"
#include "qpu_client/qpu_client.hpp"
#include "runtime/centre.hpp"

/// For tests and benchmarks: a live centre with real drivers, whose jobs are this process's own threads.
namespace mingyue::hybrid::testing {

class SystemClock final : public ports::Clock {
 public:
  [[nodiscard]] Instant now() const override {
    const auto since = std::chrono::system_clock::now().time_since_epoch();
    return Instant(std::chrono::duration_cast<std::chrono::milliseconds>(since).count());
  }
};

/// Attempts run at once, and end when they are told to.
class Engine final : public ports::Engine {
 public:
  ports::ReportSink* sink = nullptr;
  void launch(const model::LaunchOrder& order) override { sink->report(ports::Launched{order.attempt}); }
  void signal(model::AttemptId, int) override {}
  void end(model::AttemptId attempt, Duration) override {
    sink->report(ports::Ended{attempt, {.cause = model::EndCause::ended}});
  }
  void forget(model::AttemptId) override {}
  void reconcile(const std::vector<model::AttemptId>&) override {}
  [[nodiscard]] std::vector<ports::LimitFact> limits(const model::Node&) const override { return {}; }
};

class LiveCentre {
 public:
  /// `driver`: the path of mingyue-qpu-driver.
  LiveCentre(std::string driver, std::vector<model::Qpu> qpus, broker::Rules rules = {}, Credits budget = Credits{0}) {
    char folder[] = "/tmp/mingyue-hybrid-XXXXXX";
    folder_ = ::mkdtemp(folder);
    model::Centre described = model::describe_machine(
        {.host_name = "host", .cores = CoreCount{64}, .memory = Bytes{64LL << 30}, .cards = {}, .user = "ann"});
    described.qpus = std::move(qpus);
    if (budget > Credits{0}) described.projects.front().has_budget = true;
    centre_ = std::make_unique<runtime::Centre>(store_, clock_);
    (void)centre_->recover();
    engine_.sink = centre_.get();
    centre_->start(engine_);
    core::ConfigureCentre wish{described, {}};
    if (budget > Credits{0}) wish.grants.emplace_back(described.projects.front().name, budget);
    (void)centre_->submit_and_wait(std::move(wish));
    options_ = {.socket = folder_ + "/socket",
                .driver_program = std::move(driver),
                .log_folder = folder_,
                .secret = "secret",
                .rules = std::move(rules),
                .meter_every = milliseconds(200)};
    open();
  }
  ~LiveCentre() {
    service_.reset();
    centre_->stop();
    std::error_code error;
    std::filesystem::remove_all(folder_, error);
  }

  void open() { service_ = std::move(*Service::start(*centre_, clock_, options_)); }
  void close() { service_.reset(); }

  /// A job that runs: its attempt. Waits until it is started.
  model::AttemptId run_job(model::QpuNeed need = {.technology = model::ideal_device}) {
    model::JobSpec spec;
    spec.name = "loop";
    spec.user = "ann";
    spec.wall = hours(10);
    spec.kind = model::WorkKind::quantum;
    core::Actor by;
    ask([&](const runtime::View& view) {
      const model::JobDefaults defaults = model::defaults_of(view.state.centre, spec.user);
      spec.project = defaults.project;
      spec.partition = defaults.partition;
      spec.priority_class = defaults.priority_class;
      by = {spec.user, model::Role::operator_};
    });
    model::Part part{.name = "main", .need = {.cores = CoreCount{1}, .memory = Bytes{1 << 20}}, .command = {"loop"}};
    part.qpu.edit() = std::move(need);
    spec.parts.push_back(std::move(part));
    const auto done = centre_->submit_and_wait(core::SubmitJob{by, Shared<model::JobSpec>(spec), "", {}});
    if (!done) return {};
    const model::JobId id = std::get<core::JobSubmitted>(done->events.front().body).first;
    const model::AttemptId attempt{id, 1};
    wait_until([&] {
      bool started = false;
      ask([&](const runtime::View& view) {
        const core::Attempt* found = view.state.find(attempt);
        started = found != nullptr && found->started_at.has_value();
      });
      return started;
    });
    return attempt;
  }
  void end(model::AttemptId attempt) { centre_->report(ports::Ended{attempt, {}}); }

  /// As a job on another machine does.
  [[nodiscard]] Expected<qpu_client::Devices> connect_over_network(model::AttemptId attempt) const {
    std::string socket;
    for (const auto& [name, value] : network_environment_of(options_, attempt))
      if (name == "MINGYUE_QPU_SOCKET") socket = value;
    return qpu_client::Devices::connect(
        {.socket = std::move(socket), .key = key_of(options_.secret, attempt), .patience = std::chrono::seconds(20)});
  }
  /// Begins again, and listens on the network too: at which port.
  std::uint16_t open_network() {
    close();
    const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    socklen_t size = sizeof address;
    auto* const generic = reinterpret_cast<sockaddr*>(&address);
    EXPECT_TRUE(::bind(fd, generic, size) == 0 && ::getsockname(fd, generic, &size) == 0);
    ::close(fd);
    options_.host = "127.0.0.1";
    options_.port = ntohs(address.sin_port);
    open();
    return options_.port;
  }

  [[nodiscard]] Expected<qpu_client::Devices> connect(model::AttemptId attempt, int patience_s = 20) const {
    return qpu_client::Devices::connect({.socket = options_.socket,
                                         .key = key_of(options_.secret, attempt),
                                         .patience = std::chrono::seconds(patience_s)});
  }

  template <class Question>
  void ask(Question question) {
    centre_->ask_and_wait([&](const runtime::View& view) { question(view); });
  }
  /// Whether it came true within half a minute: nothing here takes that long on a machine that has anything to spare.
  template <class Condition>
  bool wait_until(Condition condition) {
    const auto until = std::chrono::steady_clock::now() + std::chrono::seconds(30);
    while (!condition()) {
      if (std::chrono::steady_clock::now() > until) return false;
      std::this_thread::sleep_for(std::chrono::milliseconds(2));
    }
    return true;
  }
  bool wait_until_up(const std::string& qpu) {
    return wait_until([&] {
      bool up = false;
      ask([&](const runtime::View& view) { up = view.state.qpus.at(qpu).in_service(); });
      return up;
    });
  }

  runtime::Centre& centre() { return *centre_; }
  Service& service() { return *service_; }

 private:
  std::string folder_;
  ports::MemoryLogStore store_;
  SystemClock clock_;
  Engine engine_;
  std::unique_ptr<runtime::Centre> centre_;
  ServiceOptions options_;
  std::unique_ptr<Service> service_;
};

inline model::Qpu ideal(const std::string& name = "ideal") {
  return {.name = name, .device = model::ideal_device, .pace = 0};
}

inline constexpr const char* bell_text = R"(OPENQASM 3;
include "stdgates.inc";
qubit[2] q;
bit[2] c;
h q[0];
cx q[0], q[1];
c = measure q;
)";

inline constexpr const char* turn_text = R"(OPENQASM 3;
include "stdgates.inc";
input float a;
qubit[1] q;
ry(a) q[0];
)";

}  // namespace mingyue::hybrid::testing
