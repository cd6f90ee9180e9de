#include "hybrid_wire/wire.hpp"

namespace mingyue::hybrid::wire {
namespace {

void put(Writer& out, const std::vector<std::int32_t>& numbers) {
  out.u32(numbers.size());
  for (const std::int32_t n : numbers) out.i32(n);
}
std::vector<std::int32_t> numbers(Reader& in) {
  std::vector<std::int32_t> all(in.list(4));
  for (std::int32_t& n : all) n = in.i32();
  return all;
}

Circuit circuit(Reader& in) {
  Circuit circuit{.text = in.text(), .parameters = in.u32(), .sets = {}, .sums = {}};
  // A set without parameters would take no bytes; there are none of those.
  const std::size_t sets = circuit.parameters > 0 ? in.list(8 * std::size_t{circuit.parameters}) : in.u32() & 0U;
  circuit.sets.resize(sets);
  for (auto& set : circuit.sets) {
    set.resize(circuit.parameters);
    for (double& x : set) x = in.f64();
  }
  circuit.sums.resize(in.list(4));
  for (auto& sum : circuit.sums) {
    sum.resize(in.list(12));
    for (Term& term : sum) term = {.coefficient = in.f64(), .letters = in.text()};
  }
  return circuit;
}

}  // namespace

std::string encode(const Batch& batch) {
  Writer out;
  out.u32(batch.shots);
  out.u64(batch.seed);
  out.u8(batch.prefer);
  out.text(batch.device);
  out.u32(batch.circuits.size());
  for (const Circuit& circuit : batch.circuits) {
    out.text(circuit.text);
    out.u32(circuit.parameters);
    out.u32(circuit.sets.size());
    for (const auto& set : circuit.sets)
      for (const double x : set) out.f64(x);
    out.u32(circuit.sums.size());
    for (const auto& sum : circuit.sums) {
      out.u32(sum.size());
      for (const Term& term : sum) {
        out.f64(term.coefficient);
        out.text(term.letters);
      }
    }
  }
  return out.take();
}

std::optional<Batch> decode_batch(std::string_view body) {
  Reader in(body);
  Batch batch{.shots = in.u32(), .seed = in.u64(), .prefer = in.u8(), .device = in.text(), .circuits = {}};
  batch.circuits.resize(in.list(16));
  for (Circuit& one : batch.circuits) one = circuit(in);
  if (!in.finished() || batch.prefer > 3) return std::nullopt;
  return batch;
}

std::string encode(const Result& result) {
  Writer out;
  out.text(result.device);
  out.text(result.calibration);
  out.u64(result.seed);
  out.f64(result.success);
  out.u64(result.held_us);
  out.u64(result.waited_us);
  out.text(result.message);
  out.u32(result.circuits.size());
  for (const CircuitResult& circuit : result.circuits) {
    put(out, circuit.layout);
    put(out, circuit.measured);
    out.u32(circuit.outcomes.size());
    for (const Outcome& outcome : circuit.outcomes) {
      out.u32(outcome.counts.size());
      for (const auto& [bits, count] : outcome.counts) {
        out.text(bits);
        out.u64(count);
      }
      out.u32(outcome.expectations.size());
      for (const auto& [value, error] : outcome.expectations) {
        out.f64(value);
        out.f64(error);
      }
    }
  }
  return out.take();
}

std::optional<Result> decode_result(std::string_view body) {
  Reader in(body);
  Result result{.device = in.text(),
                .calibration = in.text(),
                .seed = in.u64(),
                .success = in.f64(),
                .held_us = in.u64(),
                .waited_us = in.u64(),
                .message = in.text(),
                .circuits = {}};
  result.circuits.resize(in.list(12));
  for (CircuitResult& circuit : result.circuits) {
    circuit.layout = numbers(in);
    circuit.measured = numbers(in);
    circuit.outcomes.resize(in.list(8));
    for (Outcome& outcome : circuit.outcomes) {
      outcome.counts.resize(in.list(12));
      for (auto& [bits, count] : outcome.counts) bits = in.text(), count = in.u64();
      outcome.expectations.resize(in.list(16));
      for (auto& [value, error] : outcome.expectations) value = in.f64(), error = in.f64();
    }
  }
  if (!in.finished()) return std::nullopt;
  return result;
}

std::string encode(const Refused& refused) {
  Writer out;
  out.text(refused.code);
  out.text(refused.message);
  out.text(refused.hint);
  return out.take();
}

std::optional<Refused> decode_refused(std::string_view body) {
  Reader in(body);
  Refused refused{.code = in.text(), .message = in.text(), .hint = in.text()};
  if (!in.finished()) return std::nullopt;
  return refused;
}

std::string encode(const std::vector<Device>& devices) {
  Writer out;
  out.u32(devices.size());
  for (const Device& device : devices) {
    out.text(device.name);
    out.text(device.technology);
    out.u32(device.qubits);
    out.u8(device.simulated ? 1 : 0);
    out.text(device.calibration);
  }
  return out.take();
}

std::vector<Device> read_devices(Reader& in) {
  std::vector<Device> devices(in.list(17));
  for (Device& device : devices)
    device = {.name = in.text(),
              .technology = in.text(),
              .qubits = in.u32(),
              .simulated = in.u8() != 0,
              .calibration = in.text()};
  return devices;
}

}  // namespace mingyue::hybrid::wire
