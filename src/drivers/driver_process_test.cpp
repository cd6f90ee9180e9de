// A driver process that crashes, hangs or lies, as the centre sees it.

#include <gmock/gmock.h>
#include <sys/wait.h>

#include "drivers/driver_testing.hpp"

namespace mingyue::drivers {
namespace {

using namespace testing;
using ::testing::HasSubstr;

class DriverProcessTest : public DriverTest {
 protected:
  DriverProcessTest() { options_.program = MINGYUE_TESTING_DRIVER; }
};

std::int64_t sum_of(const Outcome& outcome) {
  std::int64_t sum = 0;
  for (const auto& [key, count] : outcome.counts) sum += count;
  return sum;
}

TEST_F(DriverProcessTest, RunsABatchAndToldItsFactsBefore) {
  std::vector<std::string> told;
  std::mutex mutex;
  options_.on_facts = [&](const DeviceFacts& facts) {
    const std::lock_guard lock(mutex);
    told.push_back(facts.calibration_id);
  };
  const auto result = run(bell_batch("good"));
  ASSERT_TRUE(result) << result.error().message;
  EXPECT_EQ(result->id, "good");
  EXPECT_EQ(result->calibration, "cal-1");
  ASSERT_EQ(result->circuits.size(), 1u);
  ASSERT_EQ(result->circuits[0].outcomes.size(), 1u);
  EXPECT_EQ(sum_of(result->circuits[0].outcomes[0]), 1000);
  const std::lock_guard lock(mutex);
  EXPECT_EQ(told, std::vector<std::string>{"cal-1"});
}

TEST_F(DriverProcessTest, RunsTwoHundredParameterSetsAndExpectationsInOneBatch) {
  Batch batch;
  batch.id = "sweep";
  batch.shots = 100;
  BatchCircuit circuit;
  circuit.text = "OPENQASM 3; include \"stdgates.inc\"; input float a; qubit q; ry(a) q;";
  for (int i = 0; i < 200; ++i) circuit.sets.push_back({Real(0.01 * i)});
  circuit.sums = {{{0.5, "Z"}, {0.25, "X"}}, {{1.0, "I"}}};
  batch.circuits.push_back(circuit);
  const auto result = run(batch);
  ASSERT_TRUE(result) << result.error().message;
  ASSERT_EQ(result->circuits[0].outcomes.size(), 200u);
  for (int i = 0; i < 200; ++i) {
    const auto& expectations = result->circuits[0].outcomes[static_cast<std::size_t>(i)].expectations;
    ASSERT_EQ(expectations.size(), 2u);
    EXPECT_NEAR(expectations[0].value, 0.5 * std::cos(0.01 * i) + 0.25 * std::sin(0.01 * i), 1e-12);
    EXPECT_EQ(expectations[1].value, 1.0);
  }
}

TEST_F(DriverProcessTest, CarriesABatchOfManyMegabytesAndItsAnswer) {
  Batch batch = bell_batch("megabytes");
  batch.circuits[0].text += "\n// " + std::string(3 << 20, '-');
  batch.circuits.resize(4, batch.circuits[0]);
  const auto result = run(batch);
  ASSERT_TRUE(result) << result.error().message;
  EXPECT_EQ(result->circuits.size(), 4u);
}

TEST_F(DriverProcessTest, TellsOfANewCalibrationBeforeTheResultThatNamesIt) {
  const auto result = run(bell_batch("drift"));
  ASSERT_TRUE(result) << result.error().message;
  EXPECT_EQ(result->calibration, "cal-2");
}

TEST_F(DriverProcessTest, CalibratesAndDescribesAndTellsItsStatus) {
  Waits<DeviceFacts> calibrated;
  Waits<DeviceFacts> described;
  Waits<DeviceStatus> status;
  driver().calibrate(calibrated.answer());
  driver().describe(described.answer());
  driver().status(status.answer());
  EXPECT_EQ(calibrated.get()->calibration_id, "cal-2");
  EXPECT_EQ(described.get()->calibration_id, "cal-2");
  EXPECT_EQ(status.get().value(), DeviceStatus::idle);
}

TEST_F(DriverProcessTest, PassesOnWhatTheDeviceRefuses) {
  Batch batch = bell_batch("unreadable");
  batch.circuits[0].text = "OPENQASM 3; qubit q; no_such_gate q;";
  const auto result = run(batch);
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code, "circuit-refused");
  EXPECT_TRUE(run(bell_batch("good"))) << "the same process goes on";
}

TEST_F(DriverProcessTest, TurnsAnExceptionIntoAFault) {
  const auto result = run(bell_batch("throw"));
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code, "device-failed");
  EXPECT_THAT(result.error().message, HasSubstr("a vendor's exception"));
  EXPECT_TRUE(run(bell_batch("good")));
}

TEST_F(DriverProcessTest, AnswersStatusAndCancelsWhileABatchRuns) {
  Waits<BatchResult> running;
  Waits<BatchResult> waiting;
  driver().run(bell_batch("wait-1"), seconds(600), running.answer());
  driver().run(bell_batch("wait-2"), seconds(600), waiting.answer());
  ASSERT_TRUE(eventually([&] {
    Waits<DeviceStatus> status;
    driver().status(status.answer());
    return status.get().value() == DeviceStatus::busy;
  }));
  Waits<bool> cancelled[3];
  driver().cancel("wait-2", cancelled[0].answer());
  EXPECT_TRUE(cancelled[0].get().value());
  EXPECT_EQ(waiting.get().error().code, "batch-cancelled");
  EXPECT_FALSE(running.came());
  driver().cancel("wait-1", cancelled[1].answer());
  EXPECT_TRUE(cancelled[1].get().value());
  EXPECT_EQ(running.get().error().code, "batch-cancelled");
  driver().cancel("wait-1", cancelled[2].answer());
  EXPECT_FALSE(cancelled[2].get().value());
  EXPECT_TRUE(run(bell_batch("good"))) << "what was cancelled is not remembered against the next";
}

TEST_F(DriverProcessTest, TellsACrashAtOnceWithItsLastWordsAndStartsAgain) {
  Waits<BatchResult> crashed;
  Waits<BatchResult> behind;
  driver().run(bell_batch("crash"), seconds(600), crashed.answer());
  driver().run(bell_batch("behind"), seconds(600), behind.answer());
  const auto result = crashed.get();
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code, "driver-ended");
  EXPECT_THAT(result.error().message, HasSubstr("the driver of aria was ended by signal 11 (SEGV)"));
  EXPECT_THAT(result.error().message, HasSubstr("the vendor's library is about to crash"));
  EXPECT_EQ(behind.get().error().code, "driver-ended");
  const auto why = states_.next(DriverState::failed);
  ASSERT_TRUE(why);
  EXPECT_EQ(why->code, "driver-ended");
  states_.next(DriverState::ready);
  EXPECT_TRUE(run(bell_batch("good")));
  EXPECT_THAT(text_of(options_.log), HasSubstr("about to crash"));
}

TEST_F(DriverProcessTest, TellsTheExitCode) {
  const auto result = run(bell_batch("exit"));
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code, "driver-ended");
  EXPECT_THAT(result.error().message, HasSubstr("exited with code 3; its last words: licence expired"));
}

TEST_F(DriverProcessTest, KillsOneThatHangsAndTheOnesBehindItAreNotBlamed) {
  options_.answers_within = milliseconds(300);
  Waits<BatchResult> hung;
  Waits<BatchResult> behind;
  driver();
  states_.next(DriverState::ready);
  const pid_t before = driver().pid();
  driver().run(bell_batch("hang"), milliseconds(0), hung.answer());
  driver().run(bell_batch("behind"), seconds(600), behind.answer());
  const auto result = hung.get();
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code, "driver-hung");
  EXPECT_THAT(result.error().message, HasSubstr("no answer to run of batch hang within 300ms"));
  EXPECT_EQ(behind.get().error().code, "driver-ended");
  EXPECT_EQ(states_.next(DriverState::failed)->code, "driver-hung");
  EXPECT_TRUE(is_gone(before));
  states_.next(DriverState::ready);
  EXPECT_TRUE(run(bell_batch("good")));
}

TEST_F(DriverProcessTest, KillsOneThatIsStopped) {
  options_.answers_within = milliseconds(300);
  driver();
  states_.next(DriverState::ready);
  Waits<BatchResult> stopped;
  driver().run(bell_batch("stop"), milliseconds(0), stopped.answer());
  EXPECT_EQ(stopped.get().error().code, "driver-hung");
}

TEST_F(DriverProcessTest, KillsOneThatClosedItsSocketAndLivesOn) {
  const auto result = run(bell_batch("close"), seconds(600));
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code, "driver-ended");
  EXPECT_THAT(result.error().message, HasSubstr("signal 9"));
}

TEST_F(DriverProcessTest, LeavesNothingOfItsGroupBehind) {
  driver();
  states_.next(DriverState::ready);
  const std::string group = std::to_string(driver().pid());
  EXPECT_EQ(run(bell_batch("leave-a-child-and-crash")).error().code, "driver-ended");
  const auto members = [&] {
    int count = 0;
    for (const auto& entry : std::filesystem::directory_iterator("/proc")) {
      const std::string name = entry.path().filename().string();
      if (name.find_first_not_of("0123456789") != std::string::npos) continue;
      const std::string stat = text_of("/proc/" + name + "/stat");
      const std::size_t at = stat.rfind(')');
      if (at == std::string::npos || is_gone(std::stoi(name))) continue;
      std::istringstream rest(stat.substr(at + 2));
      std::string state, parent, of_group;
      rest >> state >> parent >> of_group;
      if (of_group == group) ++count;
    }
    return count;
  };
  EXPECT_TRUE(eventually([&] { return members() == 0; }));
}

struct Lie {
  const char* how;
  const char* sentence;
};

class Liars : public DriverProcessTest, public ::testing::WithParamInterface<Lie> {};

TEST_P(Liars, AreNotBelieved) {
  Batch batch = bell_batch(GetParam().how);
  const auto result = run(batch);
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code, "driver-lied");
  EXPECT_THAT(result.error().message, HasSubstr(GetParam().sentence));
  EXPECT_EQ(states_.next(DriverState::failed)->code, "driver-lied");
  states_.next(DriverState::ready);
  EXPECT_TRUE(run(bell_batch("good")));
}

INSTANTIATE_TEST_SUITE_P(
    Each, Liars,
    ::testing::Values(Lie{"lie-id", "the result is of batch 'another'"},
                      Lie{"lie-calibration", "the calibration 'cal-99', which the device has not told"},
                      Lie{"lie-negative-time", "the device worked for -1 ms"},
                      Lie{"lie-long-time", "the device worked for 86400000 ms"},
                      Lie{"lie-circuits", "results of 2 circuits, where 1 were asked"},
                      Lie{"lie-outcomes", "circuit 0: 0 outcomes, where 1 were asked"},
                      Lie{"lie-layout", "the device's qubit 3 in the layout"},
                      Lie{"lie-sum", "the counts sum to 999, not to the 1000 shots"},
                      Lie{"lie-sum-overflow", "the counts sum to more than the 1000 shots"},
                      Lie{"lie-width", "has 3 bits, the circuit 2"}, Lie{"lie-letter", "is no bit string"},
                      Lie{"lie-twice", "is there twice"}, Lie{"lie-nothing", "was seen 0 times"},
                      Lie{"lie-kind", "expectations, where counts were asked"}),
    [](const auto& liar) {
      std::string name = liar.param.how;
      std::erase(name, '-');
      return name;
    });

TEST_F(DriverProcessTest, DoesNotBelieveImpossibleExpectations) {
  for (const char* how : {"lie-value", "lie-nan", "lie-error"}) {
    Batch batch = bell_batch(how);
    batch.circuits[0].sums = {{{0.5, "ZZ"}, {0.25, "XX"}}};
    const auto result = run(batch);
    ASSERT_FALSE(result) << how;
    EXPECT_EQ(result.error().code, "driver-lied") << how;
    states_.next(DriverState::failed);
    states_.next(DriverState::ready);
  }
}

TEST_F(DriverProcessTest, EndsOneThatDoesNotSpeakTheProtocol) {
  for (const char* how : {"garbage", "huge", "unasked", "request", "large"}) {
    const auto result = run(bell_batch(how));
    ASSERT_FALSE(result) << how;
    EXPECT_EQ(result.error().code, "driver-ended") << how;
    EXPECT_THAT(result.error().message, HasSubstr("made this up")) << how;
    EXPECT_EQ(states_.next(DriverState::failed)->code, "driver-lied") << how;
    states_.next(DriverState::ready);
  }
  EXPECT_EQ(run(bell_batch("half-a-frame")).error().code, "driver-ended");
}

TEST_F(DriverProcessTest, RefusesUntilItIsStartedAgain) {
  options_.again_after = hours(1);
  options_.again_after_max = hours(1);
  EXPECT_EQ(run(bell_batch("exit")).error().code, "driver-ended");
  states_.next(DriverState::failed);
  const auto refused = run(bell_batch("good"));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, "driver-down");
  EXPECT_THAT(refused.error().message, HasSubstr("exited with code 3"));
  driver().restart();
  states_.next(DriverState::ready);
  EXPECT_TRUE(run(bell_batch("good")));
}

TEST_F(DriverProcessTest, IsDownAfterTooManyFailuresInARowUntilAsked) {
  options_.failures_max = 3;
  options_.settings.library = "open-exit";
  driver();
  for (int i = 0; i < 2; ++i) EXPECT_EQ(states_.next(DriverState::failed)->code, "driver-ended");
  EXPECT_EQ(states_.next(DriverState::down)->code, "driver-ended");
  EXPECT_EQ(run(bell_batch("good")).error().code, "driver-down");
  EXPECT_EQ(driver().pid(), 0);
  driver().restart();
  states_.next(DriverState::down);
}

TEST_F(DriverProcessTest, AGoodBatchForgivesEarlierFailures) {
  options_.failures_max = 2;
  for (int i = 0; i < 4; ++i) {
    EXPECT_EQ(run(bell_batch("exit")).error().code, "driver-ended");
    states_.next(DriverState::failed);
    states_.next(DriverState::ready);
    EXPECT_TRUE(run(bell_batch("good"))) << "after failure " << i;
  }
}

TEST_F(DriverProcessTest, SaysWhyTheDeviceCannotBeOpened) {
  options_.settings.library = "refuse";
  options_.failures_max = 1;
  driver();
  const auto why = states_.next(DriverState::down);
  ASSERT_TRUE(why);
  EXPECT_EQ(why->code, "device-refused");
  EXPECT_EQ(why->message, "the token is not known");
}

TEST_F(DriverProcessTest, HangsWhileOpeningIsKilledToo) {
  options_.settings.library = "open-hang";
  options_.opens_within = milliseconds(200);
  options_.failures_max = 1;
  EXPECT_EQ(run(bell_batch("waits-for-it")).error().code, "driver-ended");
  EXPECT_EQ(states_.next(DriverState::down)->code, "driver-hung");
}

TEST_F(DriverProcessTest, RequestsWaitForASlowStartThatSucceeds) {
  std::ofstream(base_ + "/memory") << "x";
  options_.settings.library = "once:" + base_ + "/memory";
  driver();
  states_.next(DriverState::failed);
  states_.next(DriverState::starting);
  EXPECT_TRUE(run(bell_batch("good")));
}

TEST_F(DriverProcessTest, SaysThatTheProgramIsNotThere) {
  options_.program = base_ + "/no-such-program";
  options_.failures_max = 1;
  driver();
  const auto why = states_.next(DriverState::down);
  EXPECT_EQ(why->code, "driver-ended");
  EXPECT_THAT(why->message, HasSubstr("cannot be started"));
}

TEST_F(DriverProcessTest, ClosingAnswersEverybodyAndEndsEvenOneThatHangs) {
  Waits<BatchResult> hung;
  driver().run(bell_batch("hang"), hours(1), hung.answer());
  states_.next(DriverState::ready);
  const pid_t pid = driver().pid();
  driver_.reset();
  EXPECT_EQ(hung.get().error().code, "driver-ended");
  EXPECT_TRUE(is_gone(pid));
}

TEST_F(DriverProcessTest, ManyDevicesShareOneLoop) {
  options_.on_state = nullptr;
  std::vector<std::unique_ptr<DriverProcess>> drivers;
  std::vector<Waits<BatchResult>> answers(6);
  for (std::size_t i = 0; i < answers.size(); ++i) {
    options_.settings.device = "device-" + std::to_string(i);
    drivers.push_back(std::make_unique<DriverProcess>(*loop_, options_));
    drivers.back()->run(bell_batch(i == 2 ? "crash" : "good"), seconds(600), answers[i].answer());
  }
  for (std::size_t i = 0; i < answers.size(); ++i) EXPECT_EQ(answers[i].get().has_value(), i != 2) << i;
}

TEST_F(DriverProcessTest, EndsWhenItsCentreIsKilledEvenWhileTheDeviceHangs) {
  int pipe[2];
  ASSERT_EQ(::pipe(pipe), 0);
  loop_.reset();  // no thread of ours at the fork
  const pid_t centre = ::fork();
  if (centre == 0) {
    auto loop = std::move(DriverLoop::open().value());
    options_.on_state = nullptr;
    DriverProcess process(*loop, options_);
    process.run(bell_batch("hang"), hours(1), [](const auto&) {});
    (void)eventually([&] {
      Waits<DeviceStatus> status;
      process.status(status.answer());
      return status.get() == DeviceStatus::busy;
    });
    const pid_t found = process.pid();
    (void)!::write(pipe[1], &found, sizeof found);
    for (;;) ::pause();
  }
  pid_t driver = 0;
  ASSERT_EQ(::read(pipe[0], &driver, sizeof driver), static_cast<ssize_t>(sizeof driver));
  ::kill(centre, SIGKILL);
  ::waitpid(centre, nullptr, 0);
  EXPECT_TRUE(eventually([&] { return is_gone(driver); }));
  for (const int fd : pipe) ::close(fd);
}

}  // namespace
}  // namespace mingyue::drivers
