#pragma once

#include <gtest/gtest.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "api/service.hpp"
#include "api/token_book.hpp"
#include "base/tree.hpp"
#include "formats/parse.hpp"
#include "http/server.hpp"
#include "http/test_client.hpp"
#include "ports/clock.hpp"
#include "ports/memory_log_store.hpp"
#include "runtime/centre.hpp"

/// For the tests of this folder: a whole centre behind a real server, with an engine that does what the test says.
namespace mingyue::api::testing {

using http::testing::eventually;
using http::testing::TestAnswer;
using http::testing::TestClient;

/// Time that passes a thousand times as fast as ours, so that a second of a test is a quarter of an hour of the centre.
class FastClock final : public ports::Clock {
 public:
  [[nodiscard]] Instant now() const override {
    const auto passed =
        std::chrono::duration_cast<std::chrono::microseconds>(std::chrono::steady_clock::now() - start_);
    return Instant(1'790'000'000'000 + passed.count());
  }

 private:
  std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
};

/// Obeys by reporting: an attempt runs at once and ends when the test says so, or when it is asked to.
class FakeEngine final : public ports::Engine, public EngineAccess {
 public:
  explicit FakeEngine(std::string root) : root_(std::move(root)) {}
  void report_to(ports::ReportSink& sink) { sink_ = &sink; }
  /// Reports nothing more by itself.
  void rest() {
    reaper_.request_stop();
    if (reaper_.joinable()) reaper_.join();
  }
  /// From now on attempts succeed soon after they run.
  void end_at_once() {
    const std::lock_guard lock(mutex_);
    at_once_ = true;
    reaper_ = std::jthread([this](const std::stop_token& stop) {
      while (!stop.stop_requested()) {
        std::this_thread::sleep_for(std::chrono::milliseconds(2));
        std::vector<model::AttemptId> due;
        {
          const std::lock_guard guard(mutex_);
          due.swap(soon_);
        }
        for (const auto attempt : due) finish(attempt);
      }
    });
  }

  /// From now on attempts run until the test ends them.
  void keep_running() {
    const std::lock_guard lock(mutex_);
    at_once_ = false;
  }

  void launch(const model::LaunchOrder& order) override {
    {
      const std::lock_guard lock(mutex_);
      if (!begun_.insert(order.attempt).second) return;
      if (at_once_) soon_.push_back(order.attempt);
    }
    sink_->report(ports::Launched{order.attempt});
  }
  void signal(model::AttemptId, int) override {}
  void end(model::AttemptId attempt, Duration) override { finish(attempt, {.cause = model::EndCause::ended}); }
  void forget(model::AttemptId) override {}
  void reconcile(const std::vector<model::AttemptId>&) override {}

  [[nodiscard]] std::string attempt_folder(model::AttemptId attempt) const override {
    return root_ + "/" + model::print(attempt);
  }
  [[nodiscard]] std::vector<ports::LimitFact> limits(const model::Node&) const override {
    return {{"wall time", true, "a timer"}};
  }
  [[nodiscard]] Expected<http::UniqueFd, Fault> connect_terminal(model::AttemptId) const override {
    const int fd = terminal_.exchange(-1);
    if (fd < 0) return fault("no-terminal", "this attempt has no terminal");
    return http::UniqueFd(fd);
  }
  /// The next one who joins a terminal gets this end of a socket.
  void give_terminal(int fd) { terminal_ = fd; }

  void finish(model::AttemptId attempt, model::AttemptEnd end = {}) {
    {
      const std::lock_guard lock(mutex_);
      if (!begun_.contains(attempt) || !ended_.insert(attempt).second) return;
    }
    sink_->report(ports::Ended{attempt, std::move(end)});
  }
  void progress(model::AttemptId attempt, model::Progress progress) {
    sink_->report(ports::Progressed{attempt, std::move(progress)});
  }

  /// What a task writes.
  void write(model::AttemptId attempt, std::string_view text) {
    const std::string folder = attempt_folder(attempt) + "/output";
    std::filesystem::create_directories(folder);
    std::ofstream(folder + "/0.out", std::ios::app | std::ios::binary) << text;
  }
  void complete(model::AttemptId attempt) { std::ofstream(attempt_folder(attempt) + "/output/complete") << ""; }

 private:
  const std::string root_;
  ports::ReportSink* sink_ = nullptr;
  std::mutex mutex_;
  bool at_once_ = false;
  std::set<model::AttemptId> begun_;
  std::set<model::AttemptId> ended_;
  std::vector<model::AttemptId> soon_;
  mutable std::atomic<int> terminal_ = -1;
  std::jthread reaper_;
};

/// Two nodes of eight cores, one with two cards; projects demo and other.
inline model::Centre small_centre() {
  model::Centre centre{.name = "test"};
  centre.card_types = {{.name = "a100", .vendor = "NVIDIA", .visible_variable = "CUDA_VISIBLE_DEVICES"}};
  centre.partitions = {{"main", hours(24)}};
  centre.nodes = {{.name = "n0", .partition = "main", .cores = CoreCount{8}, .memory = Bytes{16LL << 30}},
                  {.name = "n1",
                   .partition = "main",
                   .cores = CoreCount{8},
                   .memory = Bytes{16LL << 30},
                   .card_type = "a100",
                   .cards = CardCount{2}}};
  centre.classes = {{"normal", 100, false}};
  centre.projects = {{.name = "demo"}, {.name = "other"}};
  using model::Role;
  centre.users = {{"alice", Role::member, {"demo"}}, {"bob", Role::member, {"other"}},
                  {"lena", Role::lead, {"demo"}},    {"otto", Role::operator_, {"demo"}},
                  {"audrey", Role::auditor, {}},     {"pat", Role::partner, {"demo"}}};
  centre.prices = {{"", Credits{1'000'000}}};
  return centre;
}

/// A centre that listens. Each user has a token of their own name and role.
class TestService {
 public:
  explicit TestService(runtime::CentreOptions with = {})
      : root_(make_root()), engine(root_), centre(store, clock_, with) {
    EXPECT_TRUE(centre.recover());
    engine.report_to(centre);
    centre.start(engine);
    EXPECT_TRUE(centre.submit_and_wait(core::ConfigureCentre{small_centre(), {}}));
    for (const model::User& user : small_centre().users) {
      secrets_[user.name] = new_secret();
      EXPECT_TRUE(centre.submit_and_wait(
          core::IssueToken{root, user.name, user.name, user.role, hash_of_secret(secrets_[user.name])}));
    }
    service = std::make_unique<Service>(
        centre, store, store, engine,
        ServiceOptions{.version = "1.2.3", .recipes = root_ + "/recipes", .reports = root_ + "/reports"});
    service->install(router_);
    http::ServerOptions options;
    service->attach(options);
    server_ = http::testing::start(router_, std::move(options));
  }
  ~TestService() {
    server_->stop(milliseconds(200));
    service->stop();
    engine.rest();
    centre.stop();
    std::filesystem::remove_all(root_);
  }

  /// Of this test alone; recipes and reports are looked for in folders of these names in it.
  [[nodiscard]] const std::string& folder() const { return root_; }
  [[nodiscard]] std::uint16_t port() const { return server_->port(); }
  [[nodiscard]] std::string bearer(const std::string& user) const {
    return user.empty() ? std::string() : "Authorization: Bearer " + secrets_.at(user) + "\r\n";
  }

  /// One request on a connection of its own; `more` are header lines with their CRLF.
  TestAnswer ask(const std::string& user, std::string_view method, std::string_view target, std::string_view body = {},
                 std::string_view more = {}) {
    TestClient client(port());
    return client.ask(method, target, body, bearer(user) + std::string(more));
  }
  Tree get(const std::string& user, std::string_view target) {
    const TestAnswer answer = ask(user, "GET", target);
    EXPECT_EQ(answer.status, 200) << target << "\n" << answer.body;
    return json(answer.body);
  }
  static Tree json(std::string_view text) {
    auto tree = formats::parse_json(text);
    EXPECT_TRUE(tree) << text;
    return tree ? std::move(*tree) : Tree{};
  }

  TestAnswer submit(const std::string& user, std::string_view document, std::string_view more = {}) {
    return ask(user, "POST", "/v1/jobs", document, "Content-Type: application/yaml\r\n" + std::string(more));
  }
  /// Submits a job that must be taken, and gives its id.
  model::JobId job(const std::string& user = "alice", std::string_view document = "command: ['true']\nwall: 1h\n") {
    const TestAnswer answer = submit(user, document);
    EXPECT_EQ(answer.status, 201) << answer.body;
    return model::JobId(std::stoull(json(answer.body).text("id", "0")));
  }
  [[nodiscard]] std::string state_of(model::JobId job) {
    return get("otto", "/v1/jobs/" + std::to_string(job.raw())).text("job.state");
  }
  [[nodiscard]] bool wait_for(model::JobId job, std::string_view state) {
    return eventually([&] { return state_of(job) == state; });
  }
  model::AttemptId running(const std::string& user = "alice",
                           std::string_view document = "command: ['true']\nwall: 1h\n") {
    const model::JobId id = job(user, document);
    EXPECT_TRUE(wait_for(id, "running"));
    return {id, 1};
  }

  static inline const core::Actor root{"root", model::Role::operator_};

 private:
  static std::string make_root() {
    std::string pattern = (std::filesystem::temp_directory_path() / "mingyue-api-XXXXXX").string();
    return ::mkdtemp(pattern.data());
  }

  const std::string root_;
  FastClock clock_;
  std::map<std::string, std::string> secrets_;
  http::Router router_;

 public:
  ports::MemoryLogStore store;
  FakeEngine engine;
  runtime::Centre centre;
  std::unique_ptr<Service> service;

 private:
  std::unique_ptr<http::Server> server_;
};

inline std::string path_of(model::JobId job, std::string_view rest = {}) {
  return "/v1/jobs/" + std::to_string(job.raw()) + std::string(rest);
}

/// Reads a stream of server-sent events.
class EventReader {
 public:
  EventReader(TestService& service, const std::string& user, std::string_view target, std::string_view more = {})
      : client_(service.port()) {
    client_.send("GET " + std::string(target) + " HTTP/1.1\r\nHost: localhost\r\n" + service.bearer(user) +
                 std::string(more) + "\r\n");
    status = client_.read_answer_head().status;
  }

  struct Event {
    std::string name;
    std::string id;
    Tree data;
  };
  /// The next event; comments are passed over.
  Event next() {
    for (;;) {
      const std::size_t end = text_.find("\n\n");
      if (end == std::string::npos) {
        const std::string size = client_.read_until("\r\n");
        const std::size_t count = size.empty() ? 0 : std::stoul(size, nullptr, 16);
        if (count == 0) return {.name = "end", .id = {}, .data = {}};
        text_ += client_.read_bytes(count);
        client_.read_bytes(2);
        continue;
      }
      Event event;
      std::string data;
      std::string block = text_.substr(0, end + 1);
      text_.erase(0, end + 2);
      while (!block.empty()) {
        const std::string line = block.substr(0, block.find('\n'));
        block.erase(0, line.size() + 1);
        if (line.starts_with("id: ")) event.id = line.substr(4);
        if (line.starts_with("event: ")) event.name = line.substr(7);
        if (line.starts_with("data: ")) data += line.substr(6);
      }
      if (event.name.empty()) continue;
      event.data = TestService::json(data);
      return event;
    }
  }
  /// Events until one holds, at most a hundred.
  template <class Holds>
  std::optional<Event> until(Holds holds) {
    for (int i = 0; i < 100; ++i) {
      Event event = next();
      if (event.name == "end") return std::nullopt;
      if (holds(event)) return event;
    }
    return std::nullopt;
  }

  int status = 0;

 private:
  TestClient client_;
  std::string text_;
};

}  // namespace mingyue::api::testing
