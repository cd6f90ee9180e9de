#pragma once

#include <fstream>
#include <iterator>
#include <stdexcept>
#include <string>

#include "formats/parse.hpp"
#include "qpu/device_document.hpp"

/// The devices in examples/qpus, for tests.
namespace mingyue::qpu::testing {

inline std::string text_of(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}

inline Device shipped(const std::string& name) {
  const auto tree = formats::parse_yaml(text_of(std::string(MINGYUE_EXAMPLES) + "/qpus/" + name + ".yaml"));
  if (!tree) throw std::runtime_error(tree.error().message);
  const auto device = read_device(*tree);
  if (!device) throw std::runtime_error(device.error().front().field + ": " + device.error().front().message);
  return *device;
}

/// A small device of its own: qubits in a row.
inline Device line_of(int qubits, Entangler entangler = Entangler::cz) {
  Device device = shipped("lake-grid");
  device.name = "line";
  device.qubits = qubits;
  device.coupling = {.shape = Coupling::Shape::grid, .rows = 1, .columns = qubits, .pairs = {}, .without = {}};
  device.entangler = entangler;
  return device;
}

}  // namespace mingyue::qpu::testing
