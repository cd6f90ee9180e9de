#include "hybrid/service.hpp"

#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmath>
#include <fstream>

#include "hybrid/centre_testing.hpp"

namespace mingyue::hybrid {
namespace {

using testing::bell_text;
using testing::ideal;
using testing::LiveCentre;
using testing::turn_text;

const std::string driver = MINGYUE_QPU_DRIVER;

TEST(HybridService, AJobRunsACircuitAndIsToldWhereItRan) {
  LiveCentre live(driver, {ideal()});
  ASSERT_TRUE(live.wait_until_up("ideal"));
  auto devices = live.connect(live.run_job({.qubits = 2, .technology = model::ideal_device}));
  ASSERT_TRUE(devices) << devices.error().message;
  ASSERT_EQ(devices->list().size(), 1U);
  EXPECT_TRUE(devices->list()[0].simulated);
  const auto ran = devices->run({.shots = 1'000, .seed = 7, .circuits = {{.text = bell_text}}});
  ASSERT_TRUE(ran) << ran.error().message;
  EXPECT_EQ(ran->device, "ideal");
  EXPECT_EQ(ran->seed, 7U);
  std::uint64_t sum = 0;
  for (const auto& [bits, count] : ran->circuits.at(0).outcomes.at(0).counts) {
    EXPECT_TRUE(bits == "00" || bits == "11") << bits;
    sum += count;
  }
  EXPECT_EQ(sum, 1'000U);
  const auto again = devices->run({.shots = 1'000, .seed = 7, .circuits = {{.text = bell_text}}});
  ASSERT_TRUE(again);
  EXPECT_EQ(again->circuits.at(0).outcomes.at(0).counts, ran->circuits.at(0).outcomes.at(0).counts);
}

TEST(HybridService, AJobOnAnotherMachineComesOverTheNetwork) {
  LiveCentre live(driver, {ideal()});
  const std::uint16_t port = live.open_network();
  ASSERT_TRUE(live.wait_until_up("ideal"));
  const model::AttemptId attempt = live.run_job();
  auto devices = live.connect_over_network(attempt);
  ASSERT_TRUE(devices) << devices.error().message;
  const auto ran = devices->run({.shots = 100, .seed = 7, .circuits = {{.text = bell_text}}});
  ASSERT_TRUE(ran) << ran.error().message;
  EXPECT_EQ(ran->device, "ideal");

  // Who has no key is told so, and who talks without one is not listened to for long.
  const auto stranger = qpu_client::Devices::connect(
      {.socket = "tcp:127.0.0.1:" + std::to_string(port), .key = "1.1:00", .patience = std::chrono::seconds(2)});
  ASSERT_FALSE(stranger);
  EXPECT_EQ(stranger.error().code, "wrong-key");
  const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(port);
  ASSERT_EQ(::connect(fd, reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
  const std::string long_frame = std::string("\xff\xff\x00\x00", 4) + std::string(8'000, 'x');
  ASSERT_EQ(::send(fd, long_frame.data(), long_frame.size(), MSG_NOSIGNAL), static_cast<ssize_t>(long_frame.size()));
  char byte = 0;
  EXPECT_LE(::recv(fd, &byte, 1, 0), 0) << "the connection has ended";
  ::close(fd);
}

TEST(HybridService, ParameterSetsAndExpectationsComeInOneAnswer) {
  LiveCentre live(driver, {ideal()});
  ASSERT_TRUE(live.wait_until_up("ideal"));
  auto devices = live.connect(live.run_job());
  ASSERT_TRUE(devices);
  wire::Circuit circuit{.text = turn_text, .parameters = 1, .sums = {{{2.0, "Z"}}, {{1.0, "X"}, {0.5, ""}}}};
  for (int i = 0; i < 200; ++i) circuit.sets.push_back({0.03 * i});
  const auto ran = devices->run({.circuits = {circuit}});
  ASSERT_TRUE(ran) << ran.error().message;
  ASSERT_EQ(ran->circuits.at(0).outcomes.size(), 200U);
  for (int i = 0; i < 200; ++i) {
    const auto& expectations = ran->circuits[0].outcomes[static_cast<std::size_t>(i)].expectations;
    ASSERT_EQ(expectations.size(), 2U);
    EXPECT_NEAR(expectations[0].first, 2 * std::cos(0.03 * i), 1e-12);
    EXPECT_NEAR(expectations[1].first, std::sin(0.03 * i) + 0.5, 1e-12);
  }
}

TEST(HybridService, BatchesOfSeveralJobsGoThroughOneDevice) {
  LiveCentre live(driver, {ideal()});
  ASSERT_TRUE(live.wait_until_up("ideal"));
  std::vector<std::jthread> loops;
  std::atomic<int> good = 0;
  for (int i = 0; i < 4; ++i) {
    loops.emplace_back([&, attempt = live.run_job()] {
      auto devices = live.connect(attempt);
      if (!devices) return;
      for (int step = 0; step < 50; ++step)
        if (devices->run({.shots = 10, .circuits = {{.text = bell_text}}})) ++good;
    });
  }
  loops.clear();
  EXPECT_EQ(good, 200);
}

TEST(HybridService, BadBatchesAreRefusedWithWhatIsWrong) {
  LiveCentre live(driver, {ideal()});
  ASSERT_TRUE(live.wait_until_up("ideal"));
  auto devices = live.connect(live.run_job());
  ASSERT_TRUE(devices);
  const auto code = [&](const wire::Batch& batch) {
    const auto ran = devices->run(batch);
    return ran ? std::string("ran") : ran.error().code + " " + ran.error().message;
  };
  EXPECT_EQ(code({.shots = 1}).substr(0, 10), "bad-batch ");
  EXPECT_EQ(code({.shots = 1, .circuits = {{.text = "OPENQASM 3;\nqubit q;\nwobble q;"}}}).substr(0, 12),
            "bad-circuit ");
  EXPECT_EQ(code({.shots = 1, .circuits = {{.text = turn_text}}}),
            "bad-batch circuits[0].sets: the circuit has 1 parameters, and sets of 0 are given");
  EXPECT_EQ(code({.circuits = {{.text = bell_text}}}), "bad-batch shots: 0 shots give no counts");
  EXPECT_EQ(code({.circuits = {{.text = bell_text, .sums = {{{1, "ZZZ"}}}}}}),
            "bad-batch circuits[0].sums: \"ZZZ\" is no Pauli string on 2 qubits");
  EXPECT_EQ(code({.shots = 1, .device = "nowhere", .circuits = {{.text = bell_text}}}),
            "no-qpu device: the job may not use a device \"nowhere\"");
  EXPECT_EQ(code({.shots = 5, .circuits = {{.text = bell_text}}}), "ran");
  const auto session = devices->begin_session(5);
  ASSERT_FALSE(session);
  EXPECT_EQ(session.error().code, "no-session");
}

TEST(HybridService, OnlyAKeyOfARunningAttemptOpensTheDoor) {
  LiveCentre live(driver, {ideal()});
  ASSERT_TRUE(live.wait_until_up("ideal"));
  const model::AttemptId attempt = live.run_job();
  const std::string key = key_of("secret", attempt);
  EXPECT_EQ(attempt_of("secret", key), attempt);
  std::string other = key;
  other.back() = other.back() == '0' ? '1' : '0';
  EXPECT_FALSE(attempt_of("secret", other));
  EXPECT_FALSE(attempt_of("other", key));
  EXPECT_FALSE(attempt_of("secret", ""));
  EXPECT_FALSE(attempt_of("secret", "1.1"));
  const auto unknown = live.connect({model::JobId{999}, 1});
  ASSERT_FALSE(unknown);
  EXPECT_EQ(unknown.error().code, "attempt-over");
  live.end(attempt);
  EXPECT_TRUE(live.wait_until([&] { return !live.connect(attempt); }));
}

TEST(HybridService, TheDevicesTimeIsMeteredAndPaidFor) {
  LiveCentre live(driver, {ideal()});
  ASSERT_TRUE(live.wait_until_up("ideal"));
  const model::AttemptId attempt = live.run_job();
  {
    auto devices = live.connect(attempt);
    ASSERT_TRUE(devices);
    for (int i = 0; i < 100; ++i) ASSERT_TRUE(devices->run({.shots = 20'000, .circuits = {{.text = bell_text}}}));
  }
  live.end(attempt);
  Credits charged;
  const auto told = [&] {
    std::int64_t used = 0;
    live.ask([&](const runtime::View& view) {
      used = view.state.qpu_usage.contains("default") ? view.state.qpu_usage.at("default").value : 0;
      charged = view.state.accounts.at("default").charged;
    });
    return used > 0 && !live.service().loop_of(attempt.job);
  };
  EXPECT_TRUE(live.wait_until(told));
  EXPECT_GT(charged, Credits{0});
  live.close();  // what is left of the meter is told
  live.ask([&](const runtime::View& view) {
    const auto sums = ledger::sums(view.book, view.now);
    const auto qpu = std::ranges::find(sums, (ledger::PoolKey{model::qpu_partition, "ideal"}), &ledger::PoolSum::key);
    ASSERT_NE(qpu, sums.end());
    ResourceTime sum;
    for (const ResourceTime time : qpu->classes) sum += time;
    EXPECT_EQ(sum, qpu->capacity);
    EXPECT_GT(qpu->classes[static_cast<std::size_t>(ledger::UseClass::productive) - 1], ResourceTime{0});
  });
}

TEST(HybridService, WhoHasNothingLeftIsRefused) {
  model::Qpu dear = ideal();
  dear.per_hour = Credits{1'000'000'000'000'000};  // a millisecond costs 278 credits
  LiveCentre live(driver, {dear}, {}, Credits{50'000'000});
  ASSERT_TRUE(live.wait_until_up("ideal"));
  auto devices = live.connect(live.run_job());
  ASSERT_TRUE(devices) << devices.error().message;
  std::string code;
  EXPECT_TRUE(live.wait_until([&] {
    const auto ran = devices->run({.shots = 100'000, .circuits = {{.text = bell_text}}});
    if (!ran) code = ran.error().code;
    return !ran;
  }));
  EXPECT_EQ(code, "budget");
}

TEST(HybridService, ASessionIsTheJobsAloneUntilItEnds) {
  LiveCentre live(driver, {ideal()});
  ASSERT_TRUE(live.wait_until_up("ideal"));
  auto holder = live.connect(live.run_job({.technology = model::ideal_device, .hold = model::QpuHold::session}));
  auto other = live.connect(live.run_job());
  ASSERT_TRUE(holder && other);
  const auto session = holder->begin_session(60);
  ASSERT_TRUE(session) << session.error().message;
  EXPECT_EQ(session->device, "ideal");
  const auto number = other->submit({.shots = 1, .circuits = {{.text = bell_text}}});
  // A circuit that is seen for the first time is laid out before it has a place.
  ASSERT_TRUE(live.wait_until([&] { return other->place(number)->place == 1; }));
  EXPECT_EQ(other->place(number)->start_ms, session->until_ms);
  EXPECT_TRUE(holder->run({.shots = 1, .circuits = {{.text = bell_text}}}));
  EXPECT_EQ(other->place(number)->place, 1U);
  // Asked for again it is the same one, and its request is over: to cancel that finds nothing.
  const auto again = holder->begin_session(600);
  ASSERT_TRUE(again);
  EXPECT_EQ(again->until_ms, session->until_ms);
  for (std::uint64_t earlier = 1; earlier < 8; ++earlier) EXPECT_FALSE(*holder->cancel(earlier));
  EXPECT_TRUE(holder->end_session());
  EXPECT_TRUE(other->wait(number));
}

TEST(HybridService, ADriverThatIsKilledCostsNoBatch) {
  LiveCentre live(driver, {ideal("a"), ideal("b")});
  ASSERT_TRUE(live.wait_until_up("a") && live.wait_until_up("b"));
  auto devices = live.connect(live.run_job());
  ASSERT_TRUE(devices);
  std::jthread killer([&](const std::stop_token& stop) {
    while (!stop.stop_requested()) {
      std::this_thread::sleep_for(std::chrono::milliseconds(150));
      const pid_t pid = live.service().driver_pid("a");
      if (pid > 0) ::kill(pid, SIGKILL);
    }
  });
  for (int i = 0; i < 300; ++i) {
    const auto ran = devices->run({.shots = 50, .circuits = {{.text = bell_text}}});
    ASSERT_TRUE(ran) << ran.error().code << ": " << ran.error().message;
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
  }
  killer = {};
  std::size_t incidents = 0;
  live.ask([&](const runtime::View& view) {
    for (const auto& [id, incident] : view.state.incidents)
      if (incident.kind == core::IncidentKind::qpu_failed) ++incidents;
  });
  EXPECT_GT(incidents, 0U);
}

/// A device behind a library of QDMI that goes wrong in this way; `good`: it does not.
model::Qpu library(const std::string& name, const std::string& how, const std::string& token_file) {
  return {.name = name, .library = MINGYUE_QDMI_DEVICE, .prefix = "TESTING", .token_file = token_file, .custom = {how}};
}

class WrongDevice : public ::testing::TestWithParam<const char*> {};

TEST_P(WrongDevice, CostsNoBatchWhereAnotherQualifies) {
  const std::string token_file = std::string("/tmp/mingyue-token-") + std::to_string(::getpid());
  std::ofstream(token_file) << "secret\n";
  const bool lies = std::string_view(GetParam()).starts_with("lie");
  LiveCentre live(driver, {library("bad", GetParam(), token_file), library("good", "good", token_file)});
  ASSERT_TRUE(live.wait_until_up("bad") && live.wait_until_up("good"));
  auto devices = live.connect(live.run_job({.qubits = 2}));
  ASSERT_TRUE(devices);
  // Of two that promise the same the first is chosen.
  const auto ran = devices->run({.shots = 100, .circuits = {{.text = bell_text}}});
  ASSERT_TRUE(ran) << ran.error().code << ": " << ran.error().message;
  EXPECT_EQ(ran->device, "good");
  const core::IncidentKind kind = lies ? core::IncidentKind::qpu_lied : core::IncidentKind::qpu_failed;
  EXPECT_TRUE(live.wait_until([&] {
    bool found = false;
    live.ask([&](const runtime::View& view) {
      for (const auto& [id, incident] : view.state.incidents)
        found = found || (incident.kind == kind && incident.message.starts_with("bad: "));
    });
    return found;
  }));
  const auto loop = live.service().loop_of(model::JobId{1});
  ASSERT_TRUE(loop);
  ASSERT_EQ(loop->weighed.size(), 2U);
  EXPECT_TRUE(loop->weighed[0].chosen);
  std::filesystem::remove(token_file);
}

INSTANTIATE_TEST_SUITE_P(HybridService, WrongDevice, ::testing::Values("crash", "exit", "hang", "lie-sum", "lie-width"),
                         [](const auto& each) {
                           std::string name = each.param;
                           std::erase(name, '-');
                           return name;
                         });

TEST(HybridService, AClientGoesOnWhereTheCentreComesBack) {
  LiveCentre live(driver, {ideal()});
  ASSERT_TRUE(live.wait_until_up("ideal"));
  auto devices = live.connect(live.run_job());
  ASSERT_TRUE(devices);
  std::atomic<int> restarts = 0;
  std::jthread restarter([&] {
    for (; restarts < 3; ++restarts) {
      std::this_thread::sleep_for(std::chrono::milliseconds(100));
      live.close();
      std::this_thread::sleep_for(std::chrono::milliseconds(100));
      live.open();
    }
  });
  for (bool last = false; !last;) {
    last = restarts == 3;
    const auto one = devices->run({.shots = 50, .circuits = {{.text = bell_text}}});
    ASSERT_TRUE(one) << one.error().code << ": " << one.error().message;
  }
}

TEST(HybridService, WhatCannotBeReadEndsTheConnectionAndNothingElse) {
  wire::Frames frames;
  frames.add(std::string("\x01\x00\x00\x00zzzz", 8));
  EXPECT_FALSE(frames.next());
  EXPECT_TRUE(frames.broken());
  EXPECT_FALSE(wire::decode_batch("short"));
  EXPECT_FALSE(wire::decode_result(std::string(100, '\xff')));
  const wire::Batch batch{
      .shots = 3,
      .seed = 9,
      .prefer = 2,
      .device = "x",
      .circuits = {{.text = "t", .parameters = 2, .sets = {{1, 2}, {3, 4}}, .sums = {{{0.5, "XY"}}}}}};
  const auto back = wire::decode_batch(wire::encode(batch));
  ASSERT_TRUE(back);
  EXPECT_EQ(back->circuits[0].sets[1][1], 4);
  EXPECT_EQ(back->circuits[0].sums[0][0].letters, "XY");
  const std::string whole = wire::encode(batch);
  for (std::size_t cut = 0; cut < whole.size(); ++cut) EXPECT_FALSE(wire::decode_batch(whole.substr(0, cut))) << cut;
}

}  // namespace
}  // namespace mingyue::hybrid
