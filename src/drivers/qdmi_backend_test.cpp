// A device of QDMI behind its driver process: what is read of it, what it runs, and how it fails.

#include <gmock/gmock.h>

#include <cmath>

#include "drivers/driver_testing.hpp"
#include "formats/parse.hpp"
#include "qpu/device_document.hpp"

namespace mingyue::drivers {
namespace {

using namespace testing;
using ::testing::HasSubstr;

class QdmiBackend : public DriverTest {
 protected:
  QdmiBackend() {
    options_.program = MINGYUE_QPU_DRIVER;
    options_.failures_max = 1;
    options_.settings.device = "row";
    options_.settings.backend = "qdmi";
    options_.settings.library = MINGYUE_TESTING_QDMI_DEVICE;
    options_.settings.prefix = "TESTING";
    options_.settings.token = "secret";
  }
  DeviceFacts facts() {
    Waits<DeviceFacts> waits;
    driver().describe(waits.answer());
    return waits.get().value();
  }
  Fault why_down() {
    driver();
    return states_.next(DriverState::down).value();
  }
};

TEST_F(QdmiBackend, TellsItsDeviceInOurWords) {
  const DeviceFacts told = facts();
  EXPECT_EQ(told.status, DeviceStatus::idle);
  const auto device = qpu::read_device(formats::parse_yaml(told.description).value());
  ASSERT_TRUE(device) << told.description;
  EXPECT_EQ(device->name, "row");
  EXPECT_THAT(device->description, HasSubstr("Row of Five, version 0.1"));
  EXPECT_EQ(device->qubits, 5) << "the zone is no qubit";
  EXPECT_EQ(qpu::pairs_of(*device), (std::vector<qpu::Pair>{{0, 1}, {1, 2}, {2, 3}, {3, 4}}))
      << "both directions are one pair";
  EXPECT_EQ(qpu::native_gates(*device), (std::vector<std::string>{"rz", "sx", "x", "cz"}));
  EXPECT_EQ(device->times.one_qubit_ns, 30);
  EXPECT_EQ(device->times.two_qubit_ns, 40);
  EXPECT_EQ(device->times.readout_ns, 1000);
  const auto calibration = qpu::read_calibration(formats::parse_yaml(told.calibration).value(), *device);
  ASSERT_TRUE(calibration) << told.calibration;
  EXPECT_EQ(calibration->id, told.calibration_id);
  EXPECT_NEAR(calibration->qubits[2].t1_us, 42, 0.01) << "of site 12";
  EXPECT_NEAR(calibration->qubits[2].t2_us, 20, 0.01);
  EXPECT_NEAR(calibration->qubits[0].gate_error, 0.001, 1e-9);
  EXPECT_NEAR(calibration->qubits[0].reads_0_as_1, 0.03, 1e-9);
  EXPECT_NEAR(calibration->pairs[3].gate_error, 0.01, 1e-9);
}

TEST_F(QdmiBackend, RunsCircuitsThatAreMadeOfItsGates) {
  for (const char* const format : {"", "qasm2"}) {
    driver_.reset();
    options_.settings.custom = {"", format};
    Batch batch = bell_batch("bell");
    // Qubits that are far apart on the device meet.
    batch.circuits.push_back({.text = "OPENQASM 2.0; include \"qelib1.inc\"; qreg a[5]; creg m[5];"
                                      "h a[0]; cx a[0], a[4]; cx a[0], a[2]; ccx a[0], a[2], a[3]; measure a -> m;",
                              .bits = 5,
                              .sets = {},
                              .sums = {}});
    const auto result = run(batch);
    ASSERT_TRUE(result) << result.error().message;
    const auto keys_of = [&](std::size_t circuit) {
      std::set<std::string> keys;
      for (const auto& [key, count] : result->circuits[circuit].outcomes[0].counts) {
        keys.insert(key);
        EXPECT_NEAR(static_cast<double>(count), 500, 100) << key;
      }
      return keys;
    };
    EXPECT_EQ(keys_of(0), (std::set<std::string>{"00", "11"}));
    EXPECT_EQ(keys_of(1), (std::set<std::string>{"00000", "11101"}));
    EXPECT_EQ(result->circuits[0].layout.size(), 2u);
    EXPECT_EQ(result->circuits[0].measured.size(), 2u);
    EXPECT_EQ(result->circuits[1].measured.size(), 5u);
    EXPECT_THAT(result->calibration, HasSubstr("row#"));
  }
}

TEST_F(QdmiBackend, RunsManyParameterSetsAndEstimatesExpectations) {
  Batch batch;
  batch.id = "sweep";
  batch.shots = 4000;
  BatchCircuit circuit;
  circuit.text = "OPENQASM 3; include \"stdgates.inc\"; input float a; qubit[2] q; ry(a) q[0]; cx q[0], q[1];";
  for (int i = 0; i < 6; ++i) circuit.sets.push_back({Real(0.4 * i)});
  circuit.sums = {{{1.0, "ZZ"}, {0.5, "XX"}, {0.5, "YY"}}, {{1.0, "ZI"}}};
  batch.circuits.push_back(circuit);
  const auto result = run(batch);
  ASSERT_TRUE(result) << result.error().message;
  for (int i = 0; i < 6; ++i) {
    const auto& [counts, estimates] = result->circuits[0].outcomes[static_cast<std::size_t>(i)];
    const double a = 0.4 * i;
    EXPECT_TRUE(counts.empty());
    // cos a/2 |00> + sin a/2 |11>: ZZ is 1, XX is sin a, YY is -sin a, Z of one is cos a.
    EXPECT_NEAR(estimates[0].value, 1.0, 5 * estimates[0].error + 1e-9) << a;
    EXPECT_NEAR(estimates[1].value, std::cos(a), 5 * estimates[1].error + 1e-9) << a;
  }
}

TEST_F(QdmiBackend, ReadsShotsWhereThereIsNoHistogram) {
  options_.settings.custom = {"shots-alone"};
  const auto result = run(bell_batch("bell"));
  ASSERT_TRUE(result) << result.error().message;
  EXPECT_EQ(result->circuits[0].outcomes[0].counts.size(), 2u);
}

TEST_F(QdmiBackend, CalibratesAndNamesTheNewFigures) {
  const std::string before = facts().calibration_id;
  EXPECT_EQ(facts().calibration_id, before) << "the same figures have the same id";
  Waits<DeviceFacts> calibrated;
  driver().calibrate(calibrated.answer());
  const auto after = calibrated.get();
  ASSERT_TRUE(after) << after.error().message;
  EXPECT_NE(after->calibration_id, before);
  const auto result = run(bell_batch("bell"));
  ASSERT_TRUE(result) << result.error().message;
  EXPECT_EQ(result->calibration, after->calibration_id);
}

TEST_F(QdmiBackend, SaysThatADeviceDoesNotCalibrateOnDemand) {
  options_.settings.custom = {"fixed"};
  Waits<DeviceFacts> calibrated;
  driver().calibrate(calibrated.answer());
  EXPECT_EQ(calibrated.get().error().code, "cannot-calibrate");
}

TEST_F(QdmiBackend, CancelsABatchThatRuns) {
  options_.settings.custom = {"slow"};
  Waits<BatchResult> running;
  driver().run(bell_batch("long"), seconds(600), running.answer());
  ASSERT_TRUE(eventually([&] {
    Waits<bool> cancelled;
    driver().cancel("long", cancelled.answer());
    return cancelled.get().value();
  }));
  EXPECT_EQ(running.get().error().code, "batch-cancelled");
}

TEST_F(QdmiBackend, RefusesWhatTheDeviceCannotRun) {
  const auto refused = [&](const std::string& text, int bits, const std::string& why) {
    Batch batch = bell_batch("refused");
    batch.circuits[0].text = text;
    batch.circuits[0].bits = bits;
    const auto result = run(batch);
    ASSERT_FALSE(result) << text;
    EXPECT_EQ(result.error().code, "circuit-refused") << text;
    EXPECT_THAT(result.error().message, HasSubstr(why));
  };
  refused("OPENQASM 3; qubit[6] q; bit[6] c; c = measure q;", 6, "6");
  refused("OPENQASM 3; qubit[2] q; bit[2] c; c = measure q;", 3, "outcomes have 2 bits, the batch says 3");
  refused("OPENQASM 3; input float a; qubit q; bit c; rx(a) q; c = measure q;", 1, "");
  refused("OPENQASM 3; nonsense", 1, "");
  EXPECT_TRUE(run(bell_batch("good"))) << "the process is the same";
}

TEST_F(QdmiBackend, IsEndedWhenItCrashesHangsOrLies) {
  options_.failures_max = 100;
  const auto code_of = [&](const char* how) {
    driver_.reset();
    options_.settings.custom = {how};
    const auto result = run(bell_batch(how), milliseconds(0));
    return result ? std::string("none") : result.error().code;
  };
  EXPECT_EQ(code_of("crash"), "driver-ended");
  EXPECT_EQ(code_of("exit"), "driver-ended");
  for (const char* lie : {"lie-sum", "lie-width", "lie-letter", "lie-twice", "lie-negative"})
    EXPECT_EQ(code_of(lie), "driver-lied") << lie;
  EXPECT_EQ(code_of("uneven"), "device-failed");
  EXPECT_EQ(code_of("fail"), "device-failed");
  options_.answers_within = milliseconds(500);
  EXPECT_EQ(code_of("hang"), "driver-hung");
}

TEST_F(QdmiBackend, SaysWhyALibraryIsOfNoUse) {
  options_.settings.library = base_ + "/none.so";
  EXPECT_EQ(why_down().code, "no-device-library");
  driver_.reset();
  options_.settings.library = MINGYUE_TESTING_QDMI_DEVICE;
  const std::pair<const char*, const char*> prefixes[] = {
      {"WRONG", "has no WRONG_QDMI_device_initialize: is the prefix right?"},
      {"OLDER", "is of QDMI 1.1 or older"},
      {"NEWER", "is of QDMI 1.4 or newer"},
      {"PARTIAL", "has no PARTIAL_QDMI_device_finalize"}};
  for (const auto& [prefix, words] : prefixes) {
    driver_.reset();
    options_.settings.prefix = prefix;
    const Fault why = why_down();
    EXPECT_EQ(why.code, "no-device-library") << prefix;
    EXPECT_THAT(why.message, HasSubstr(words));
  }
}

TEST_F(QdmiBackend, SaysWhyADeviceCannotBeOpened) {
  const auto code_of = [&](const char* how) {
    driver_.reset();
    options_.settings.custom = {how};
    return why_down();
  };
  EXPECT_EQ(code_of("odd-gates").code, "no-device-library");
  EXPECT_EQ(code_of("half-a-pair").code, "device-failed");
  EXPECT_EQ(code_of("no-such-status").code, "device-failed");
  EXPECT_EQ(code_of("crash-on-open").code, "driver-ended");
  options_.settings.token = "wrong";
  EXPECT_EQ(code_of("").code, "device-refused");
}

}  // namespace
}  // namespace mingyue::drivers
