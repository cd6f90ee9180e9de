// A simulated device behind its driver process.

#include "drivers/simulated_backend.hpp"

#include <gmock/gmock.h>

#include <cmath>

#include "base/codec.hpp"
#include "drivers/driver_testing.hpp"
#include "drivers/open_backend.hpp"
#include "formats/parse.hpp"
#include "qpu/device_document.hpp"
#include "qpu/devices_testing.hpp"

namespace mingyue::drivers {
namespace {

using namespace testing;
using ::testing::HasSubstr;

/// Five qubits in a row that are always there.
qpu::Device always_there() {
  qpu::Device device = qpu::testing::line_of(5);
  device.recalibration.reset();
  device.maintenance.clear();
  return device;
}

class SimulatedBackend : public DriverTest {
 protected:
  SimulatedBackend() {
    options_.program = MINGYUE_QPU_DRIVER;
    options_.failures_max = 1;
    options_.settings.device = "line";
    options_.settings.backend = "simulated";
    options_.settings.pace = 0;
    options_.settings.seed = 3;
    describe_as(always_there());
  }
  void describe_as(const qpu::Device& device) { options_.settings.description = qpu::write_device(device); }
  DeviceFacts facts() {
    Waits<DeviceFacts> waits;
    driver().describe(waits.answer());
    return waits.get().value();
  }
};

TEST_F(SimulatedBackend, TellsItsDescriptionAndTheCalibrationOfItsSeed) {
  const DeviceFacts told = facts();
  const auto device = qpu::read_device(formats::parse_yaml(told.description).value());
  ASSERT_TRUE(device);
  EXPECT_EQ(*device, always_there());
  const auto calibration = qpu::read_calibration(formats::parse_yaml(told.calibration).value(), *device);
  ASSERT_TRUE(calibration);
  EXPECT_EQ(*calibration, qpu::calibrate(*device, 3, Instant(0)));
  EXPECT_EQ(calibration->id, told.calibration_id);
  EXPECT_EQ(told.status, DeviceStatus::idle);
}

TEST_F(SimulatedBackend, MakesTheErrorsOfItsDeviceAndRepeatsThem) {
  const auto first = run(bell_batch("bell"));
  ASSERT_TRUE(first) << first.error().message;
  std::map<std::string, std::int64_t> counts(first->circuits[0].outcomes[0].counts.begin(),
                                             first->circuits[0].outcomes[0].counts.end());
  EXPECT_GT(counts["00"] + counts["11"], 700);
  EXPECT_GT(counts["01"] + counts["10"], 20) << "readout alone is wrong in one of ten shots";
  driver_.reset();
  const auto second = run(bell_batch("bell"));
  ASSERT_TRUE(second);
  EXPECT_EQ(codec::encode(*first), codec::encode(*second)) << "in another process too";
  Batch other = bell_batch("bell");
  other.seed = 8;
  EXPECT_NE(codec::encode(*run(other)), codec::encode(*first));
}

TEST_F(SimulatedBackend, MetersWhatTheMachineWouldTakeWhateverThePace) {
  // 20 ms to load each circuit once, 1000 shots of 200 us and a little.
  Batch batch = bell_batch("bell");
  batch.circuits.push_back(
      {.text = "OPENQASM 3; include \"stdgates.inc\"; input float a; qubit q; bit c; rx(a) q; c = measure q;",
       .bits = 1,
       .sets = {{0.1}, {0.2}, {0.3}},
       .sums = {}});
  const auto at_once = run(batch);
  ASSERT_TRUE(at_once) << at_once.error().message;
  EXPECT_GE(at_once->qpu_ms, 2 * 20 + 4 * 200);
  EXPECT_LE(at_once->qpu_ms, 2 * 20 + 4 * 204);
  driver_.reset();
  options_.settings.pace = 500;
  const auto begin = std::chrono::steady_clock::now();
  const auto waited = run(batch);
  const auto took = std::chrono::steady_clock::now() - begin;
  ASSERT_TRUE(waited) << waited.error().message;
  EXPECT_EQ(waited->qpu_ms, at_once->qpu_ms);
  EXPECT_GE(took, std::chrono::milliseconds(waited->qpu_ms / 2));
}

TEST_F(SimulatedBackend, EndsItsWaitWhenTheBatchIsCancelled) {
  options_.settings.pace = 1'000'000;  // some minutes
  Waits<BatchResult> running;
  driver().run(bell_batch("bell"), hours(1), running.answer());
  ASSERT_TRUE(eventually([&] {
    Waits<bool> cancelled;
    driver().cancel("bell", cancelled.answer());
    return cancelled.get().value();
  }));
  EXPECT_EQ(running.get().error().code, "batch-cancelled");
}

TEST_F(SimulatedBackend, EstimatesExpectationsNearTheExactOnes) {
  Batch batch;
  batch.id = "sweep";
  batch.shots = 2000;
  BatchCircuit circuit;
  circuit.text = "OPENQASM 3; include \"stdgates.inc\"; input float a; qubit[2] q; ry(a) q[0]; cx q[0], q[1];";
  circuit.sets = {{0.0}, {1.0}, {2.0}};
  circuit.sums = {{{1.0, "ZI"}}, {{1.0, "XX"}}};
  batch.circuits.push_back(circuit);
  const auto result = run(batch);
  ASSERT_TRUE(result) << result.error().message;
  for (int i = 0; i < 3; ++i) {
    const auto& estimates = result->circuits[0].outcomes[static_cast<std::size_t>(i)].expectations;
    EXPECT_NEAR(estimates[0].value, std::cos(1.0 * i), 0.25) << i;
    EXPECT_NEAR(estimates[1].value, std::sin(1.0 * i), 0.35) << i;
    EXPECT_GT(estimates[1].error, 0.0);
  }
}

TEST_F(SimulatedBackend, IsNotThereWhileItIsMaintained) {
  qpu::Device device = always_there();
  for (const auto day : {qpu::Weekday::monday, qpu::Weekday::thursday})
    device.maintenance.push_back({.day = day, .minute_of_day = 0, .takes = days(4), .what = "cryostat"});
  describe_as(device);
  EXPECT_EQ(facts().status, DeviceStatus::maintenance);
  const auto result = run(bell_batch("bell"));
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code, "device-failed");
  EXPECT_THAT(result.error().message, HasSubstr("cryostat until 20"));
}

TEST_F(SimulatedBackend, RefusesWhatIsBeyondItsLimits) {
  qpu::Device device = always_there();
  device.limits.shots = 1000;
  device.limits.circuits = 2;
  describe_as(device);
  EXPECT_TRUE(run(bell_batch("bell")));
  Batch shots = bell_batch("shots");
  shots.shots = 1001;
  EXPECT_EQ(run(shots).error().code, "circuit-refused");
  Batch circuits = bell_batch("circuits");
  circuits.circuits.resize(3, circuits.circuits[0]);
  EXPECT_EQ(run(circuits).error().code, "circuit-refused");
  Batch qubits = bell_batch("qubits");
  qubits.circuits[0] = {.text = "OPENQASM 3; qubit[6] q; bit[6] c; c = measure q;", .bits = 6, .sets = {}, .sums = {}};
  EXPECT_EQ(run(qubits).error().code, "circuit-refused");
  Waits<DeviceFacts> calibrated;
  driver().calibrate(calibrated.answer());
  EXPECT_EQ(calibrated.get().error().code, "cannot-calibrate");
}

TEST(OpenBackend, SaysWhatIsNoDevice) {
  EXPECT_EQ(open_backend({.backend = "abacus"}).error().code, "no-device-library");
  EXPECT_EQ(open_backend({.backend = "simulated", .description = "name: [}"}).error().code, "no-device-library");
  EXPECT_EQ(open_backend({.backend = "simulated", .description = "name: x"}).error().code, "no-device-library");
}

}  // namespace
}  // namespace mingyue::drivers
