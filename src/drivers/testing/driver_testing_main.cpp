// A driver process for tests. Its device is honest, unless the name of a batch says how to go wrong; `open-...` as the
// library of the settings says how to go wrong before.

#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdio>
#include <limits>
#include <string>
#include <thread>

#include "drivers/driver_server.hpp"
#include "drivers/driver_wire.hpp"
#include "quantum/qasm.hpp"
#include "quantum/simulate.hpp"

namespace mingyue::drivers {
namespace {

void send_bytes(const std::string& bytes) { (void)!::send(driver_socket, bytes.data(), bytes.size(), MSG_NOSIGNAL); }

[[noreturn]] void hang() {
  for (;;) ::pause();
}

void go_wrong(const std::string& how) {
  if (how == "crash") {
    std::fputs("the vendor's library is about to crash\n", stderr);
    ::signal(SIGSEGV, SIG_DFL);
    ::raise(SIGSEGV);
  }
  if (how == "exit") {
    std::fputs("licence expired\n", stderr);
    ::_exit(3);
  }
  if (how == "close") {
    ::shutdown(driver_socket, SHUT_WR);
    hang();
  }
  if (how == "leave-a-child-and-crash" && ::fork() != 0) ::raise(SIGKILL);
  if (how == "leave-a-child-and-crash") hang();
  if (how == "hang") hang();
  if (how == "stop") ::raise(SIGSTOP);
  if (how == "garbage") send_bytes(std::string(200, '\x7f'));
  if (how == "huge") send_bytes(encode_frame({FrameKind::answer, Verb::run, 0, {}}).replace(0, 4, "\xff\xff\xff\x0f"));
  if (how == "unasked") send_bytes(encode_frame({FrameKind::answer, Verb::run, 4711, {}}));
  if (how == "request") send_bytes(encode_frame({FrameKind::request, Verb::run, 1, {}}));
  if (how == "half-a-frame") {
    send_bytes(encode_frame({FrameKind::answer, Verb::describe, 0, std::string(1000, 'x')}).substr(0, 500));
    ::_exit(0);
  }
}

class TestingBackend final : public Backend {
 public:
  Expected<DeviceFacts, Fault> describe() override {
    return DeviceFacts{"description", "calibration", calibration_id(), DeviceStatus::idle};
  }
  Expected<DeviceStatus, Fault> status() override { return DeviceStatus::idle; }
  Expected<DeviceFacts, Fault> calibrate() override {
    ++calibrations_;
    return describe();
  }
  std::string calibration_id() const override { return "cal-" + std::to_string(calibrations_); }

  Expected<BatchResult, Fault> run(const Batch& batch, const Cancellation& cancellation) override {
    if (batch.id.starts_with("wait") && cancellation.wait(std::chrono::minutes(10)))
      return fault("batch-cancelled", "as was asked");
    go_wrong(batch.id);
    if (batch.id == "throw") throw std::runtime_error("a vendor's exception");
    if (batch.id == "drift") ++calibrations_;
    BatchResult result;
    result.id = batch.id;
    result.calibration = calibration_id();
    for (const BatchCircuit& each : batch.circuits) {
      const auto circuit = quantum::read_qasm(each.text);
      if (!circuit) return fault("circuit-refused", circuit.error().message);
      CircuitResult& made = result.circuits.emplace_back();
      for (std::size_t run = 0; run < each.runs(); ++run) {
        const std::vector<double> values = each.sets.empty()
                                               ? std::vector<double>()
                                               : std::vector<double>(each.sets[run].begin(), each.sets[run].end());
        const auto bound = quantum::bind_parameters(*circuit, values);
        if (!bound) return fault("circuit-refused", bound.error().message);
        Outcome& outcome = made.outcomes.emplace_back();
        if (each.sums.empty()) {
          const auto counts = quantum::sample(*bound, batch.shots, batch.seed + run);
          if (!counts) return fault("circuit-refused", counts.error().message);
          outcome.counts.assign(counts->begin(), counts->end());
        }
        for (const auto& sum : each.sums) {
          quantum::PauliSum terms;
          for (const PauliTerm& term : sum) terms.push_back({term.coefficient, term.letters});
          const auto value = quantum::expectation(*bound, terms);
          if (!value) return fault("circuit-refused", value.error().message);
          outcome.expectations.push_back({*value, 0.01});
        }
      }
    }
    lie(batch, result);
    return result;
  }

 private:
  static void lie(const Batch& batch, BatchResult& result) {
    const std::string& how = batch.id;
    if (how == "lie-id") result.id = "another";
    if (how == "large") result.message = std::string(1 << 20, 'x');
    if (how == "lie-calibration") result.calibration = "cal-99";
    if (how == "lie-negative-time") result.qpu_ms = -1;
    if (how == "lie-long-time") result.qpu_ms = 86'400'000;
    if (how == "lie-circuits") result.circuits.emplace_back();
    if (result.circuits.empty() || result.circuits[0].outcomes.empty()) return;
    if (how == "lie-outcomes") result.circuits[0].outcomes.pop_back();
    if (how == "lie-layout") result.circuits[0].layout = {3, 3};
    auto& [counts, expectations] = result.circuits[0].outcomes[0];
    if (how == "lie-value") expectations[0].value = 1.5;
    if (how == "lie-nan") expectations[0].value = std::numeric_limits<double>::quiet_NaN();
    if (how == "lie-error") expectations[0].error = -1;
    if (counts.empty()) return;
    if (how == "lie-sum") counts[0].second -= 1;
    if (how == "lie-sum-overflow") counts.push_back({"01", std::numeric_limits<std::int64_t>::max()});
    if (how == "lie-width") counts[0].first += "0";
    if (how == "lie-letter") counts[0].first.back() = '2';
    if (how == "lie-twice") {
      counts.push_back({counts[0].first, 1});
      counts[0].second -= 1;
    }
    if (how == "lie-nothing") counts.push_back({"01", 0});
    if (how == "lie-kind") expectations.push_back({0.5, 0.1});
  }

  int calibrations_ = 1;
};

Expected<std::unique_ptr<Backend>, Fault> open_testing(const DriverSettings& settings) {
  if (settings.library.starts_with("open-")) go_wrong(settings.library.substr(5));
  if (settings.library == "refuse") return fault("device-refused", "the token is not known");
  // Once, and well from then on: the file is the memory of it.
  if (settings.library.starts_with("once:") && ::access(settings.library.c_str() + 5, F_OK) == 0) {
    ::unlink(settings.library.c_str() + 5);
    ::_exit(7);
  }
  return std::make_unique<TestingBackend>();
}

}  // namespace
}  // namespace mingyue::drivers

int main() { mingyue::drivers::serve_driver(mingyue::drivers::driver_socket, mingyue::drivers::open_testing); }
