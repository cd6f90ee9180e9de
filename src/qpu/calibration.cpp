#include "qpu/calibration.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>

#include "base/invariant.hpp"
#include "base/prng.hpp"

namespace mingyue::qpu {
namespace {

constexpr std::int64_t hour_ms = 3'600'000;

/// Nearly normal: the sum of twelve uniform draws has variance 1. Without tails beyond 6, and without a C library.
double normal(Prng& prng) {
  double sum = -6;
  for (int i = 0; i < 12; ++i) sum += static_cast<double>(prng.next() >> 11) * 0x1p-53;
  return sum;
}

double four_digits(double value) {
  std::array<char, 32> text{};
  const auto end = std::to_chars(text.data(), text.data() + text.size(), value, std::chars_format::scientific, 3).ptr;
  double rounded = 0;
  std::from_chars(text.data(), end, rounded);
  return rounded;
}

/// Draws figures in the order of qubits and pairs. A qubit is mostly as it was made, and differs a little from one
/// recalibration to the next; after one, the logarithm of each figure walks from hour to hour.
class Drawer {
 public:
  Drawer(const Device& device, std::uint64_t seed, Instant calibrated, std::int64_t hours)
      : made_(Prng(seed).split(device.name).split("made")),
        set_(Prng(seed).split(device.name).split(fmt::format("set {}", calibrated.raw()))),
        walk_(Prng(seed).split(device.name).split(fmt::format("walk {}", calibrated.raw()))),
        hours_(hours) {}

  double draw(const Typical& typical) {
    constexpr double of_making = 0.9;
    const double of_setting = std::sqrt(1 - of_making * of_making);
    const double place = of_making * normal(made_) + of_setting * normal(set_);
    // Every figure has a stream of steps of its own, so that an hour more adds a step and changes none.
    Prng steps = walk_.split(fmt::format("{}", figure_++));
    double walked = 0;
    for (std::int64_t hour = 0; hour < hours_; ++hour) walked += normal(steps);
    return typical.median * std::exp(typical.spread * place + typical.drift * walked / std::sqrt(24.0));
  }

 private:
  Prng made_, set_, walk_;
  std::int64_t hours_;
  int figure_ = 0;
};

Calibration draw_all(const Device& device, std::uint64_t seed, Instant calibrated, std::int64_t hours) {
  INVARIANT(device.typical.has_value(), "device {} has no typical figures", device.name);
  const TypicalFigures& typical = *device.typical;
  Calibration calibration;
  calibration.calibrated = calibrated;
  calibration.holds_at = Instant(calibrated.raw() + hours * hour_ms);
  calibration.id = fmt::format("{}@{}#{:x}", device.name, print_instant(calibrated), seed);
  Drawer drawer(device, seed, calibrated, hours);
  for (Qubit qubit = 0; qubit < device.qubits; ++qubit) {
    Calibration::OfQubit figures;
    figures.t1_us = four_digits(drawer.draw(typical.t1_us));
    figures.t2_us = std::min(four_digits(drawer.draw(typical.t2_us)), 2 * figures.t1_us);
    figures.gate_error = four_digits(std::min(drawer.draw(typical.one_qubit_error), 0.5));
    figures.reads_0_as_1 = four_digits(std::min(drawer.draw(typical.reads_0_as_1), 0.5));
    figures.reads_1_as_0 = four_digits(std::min(drawer.draw(typical.reads_1_as_0), 0.5));
    calibration.qubits.push_back(figures);
  }
  for (const auto& [a, b] : pairs_of(device))
    calibration.pairs.push_back({a, b, four_digits(std::min(drawer.draw(typical.two_qubit_error), 0.75))});
  return calibration;
}

}  // namespace

Calibration calibrate(const Device& device, std::uint64_t seed, Instant at) {
  return draw_all(device, seed, recalibrated_at(device, at), 0);
}

Calibration conditions(const Device& device, std::uint64_t seed, Instant at) {
  const Instant calibrated = recalibrated_at(device, at);
  // A device that is never set anew does not walk for ever.
  const std::int64_t hours = device.recalibration ? (at - calibrated).raw() / hour_ms : 0;
  return draw_all(device, seed, calibrated, hours);
}

Expected<void> check_calibration(const Device& device, const Calibration& calibration) {
  const auto no = [&](std::string field, std::string message) {
    return refuse("bad-value", std::move(field), std::move(message),
                  fmt::format("a calibration of device {}", device.name));
  };
  if (calibration.qubits.size() != static_cast<std::size_t>(device.qubits))
    return no("qubits",
              fmt::format("figures of {} qubits, and the device has {}", calibration.qubits.size(), device.qubits));
  const std::vector<Pair> pairs = pairs_of(device);
  if (calibration.pairs.size() != pairs.size())
    return no("pairs",
              fmt::format("figures of {} pairs, and the device has {}", calibration.pairs.size(), pairs.size()));
  const auto share = [](double value, double most) { return value >= 0 && value <= most; };
  for (std::size_t i = 0; i < pairs.size(); ++i) {
    const auto& each = calibration.pairs[i];
    if (Pair(each.a, each.b) != pairs[i]) {
      return no(fmt::format("pairs[{}]", i), fmt::format("the pair [{}, {}] where the device has [{}, {}]", each.a,
                                                         each.b, pairs[i].first, pairs[i].second));
    }
    if (!share(each.gate_error, 0.75)) return no(fmt::format("pairs[{}]", i), "an error of a pair beyond 0 to 3/4");
  }
  for (std::size_t i = 0; i < calibration.qubits.size(); ++i) {
    const auto& each = calibration.qubits[i];
    if (!(each.t1_us > 0) || !(each.t2_us > 0) || each.t2_us > 2 * each.t1_us * (1 + 1e-9))
      return no(fmt::format("qubits[{}]", i), "times of coherence that cannot be: not positive, or t2 above twice t1");
    if (!share(each.gate_error, 0.5) || !share(each.reads_0_as_1, 1) || !share(each.reads_1_as_0, 1))
      return no(fmt::format("qubits[{}]", i), "an error that cannot be: gates 0 to 1/2, readout 0 to 1");
  }
  return {};
}

double coherence(const Calibration::OfQubit& figures, double seconds) {
  return (1 + std::exp(-seconds * 1e6 / figures.t1_us) + 2 * std::exp(-seconds * 1e6 / figures.t2_us)) / 4;
}

quantum::Noise noise_of(const Device& device, const Calibration& calibration) {
  quantum::Noise noise;
  noise.rz_is_free = true;
  const auto seconds = [](std::int64_t ns) { return static_cast<double>(ns) * 1e-9; };
  // What benchmarking measures has the decay during the gate in it, and the simulator adds that by itself. With process
  // fidelities, which multiply, the rest is what is left of 1 - error: F = (d f + 1) / (d + 1).
  const auto rest_of = [](double error, double d, double decayed) {
    const double fidelity = ((1 - error) * (d + 1) - 1) / d / decayed;
    return std::max(0.0, (1 - fidelity) * d / (d + 1));
  };
  const double one_s = seconds(device.times.one_qubit_ns), two_s = seconds(device.times.two_qubit_ns);
  for (const auto& each : calibration.qubits) {
    noise.qubits.push_back({.t1_s = each.t1_us * 1e-6,
                            .t2_s = each.t2_us * 1e-6,
                            .gate_s = one_s,
                            .gate_error = rest_of(each.gate_error, 2, coherence(each, one_s)),
                            .measurement_s = seconds(device.times.readout_ns),
                            .reads_0_as_1 = each.reads_0_as_1,
                            .reads_1_as_0 = each.reads_1_as_0});
  }
  for (const auto& each : calibration.pairs) {
    const double decayed = coherence(calibration.qubits[static_cast<std::size_t>(each.a)], two_s) *
                           coherence(calibration.qubits[static_cast<std::size_t>(each.b)], two_s);
    noise.pairs.push_back({each.a, each.b, two_s, rest_of(each.gate_error, 4, decayed)});
  }
  return noise;
}

}  // namespace mingyue::qpu
