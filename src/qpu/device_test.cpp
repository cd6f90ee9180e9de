#include "qpu/device.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <set>

#include "formats/parse.hpp"
#include "qpu/device_document.hpp"
#include "qpu/devices_testing.hpp"

namespace mingyue::qpu {
namespace {

using testing::shipped;
using testing::text_of;

Expected<Device, std::vector<Refusal>> read(const std::string& text) {
  auto tree = formats::parse_yaml(text);
  if (!tree) throw std::runtime_error(tree.error().message);
  return read_device(*tree);
}

/// The refusals of a shipped file in which `from` was replaced, as `code field line; ...`.
std::string refusals(const std::string& from, const std::string& to) {
  std::string text = text_of(std::string(MINGYUE_EXAMPLES) + "/qpus/lake-grid.yaml");
  const auto at = text.find(from);
  if (at == std::string::npos) return "the file has no such text";
  const auto device = read(text.replace(at, from.size(), to));
  if (device) return "accepted";
  std::string all;
  for (const Refusal& one : device.error())
    all += (all.empty() ? "" : "; ") + one.code + " " + one.field + " " + std::to_string(one.line);
  return all;
}

TEST(Device, TheShippedOnesAreReadAndSayThatTheyAreSimulated) {
  const Device grid = shipped("lake-grid"), hex = shipped("lake-hex"), ion = shipped("lake-ion");
  for (const Device& device : {grid, hex, ion}) {
    EXPECT_TRUE(device.simulated);
    EXPECT_FALSE(device.source.empty());
    EXPECT_TRUE(check_device(device).has_value());
  }
  EXPECT_EQ(pairs_of(grid).size(), 12U * 5 + 11U * 6 - 2);
  EXPECT_EQ(pairs_of(hex).size(), 144U);
  EXPECT_EQ(pairs_of(ion).size(), 32U * 31 / 2);
  EXPECT_EQ(native_gates(hex), (std::vector<std::string>{"rz", "sx", "x", "ecr"}));
}

TEST(Device, AHeavyHexLatticeIsThatOfAnEagle) {
  const std::string path = std::string(MINGYUE_CALIBRATIONS) + "/ibm_sherbrooke.json";
  if (!std::filesystem::exists(path)) GTEST_SKIP() << "no published calibrations beside the tree";
  const auto tree = formats::parse_json(text_of(path), {.bytes_max = 1 << 20, .depth_max = 32, .nodes_max = 1'000'000});
  ASSERT_TRUE(tree.has_value()) << tree.error().message;
  std::set<std::pair<int, int>> published, ours;
  for (const Tree& pair : tree->find("coupling_map")->items) {
    const int a = std::stoi(pair.items[0].scalar), b = std::stoi(pair.items[1].scalar);
    published.emplace(std::min(a, b), std::max(a, b));
  }
  for (const auto& [a, b] : pairs_of(shipped("lake-hex"))) ours.emplace(std::min(a, b), std::max(a, b));
  EXPECT_EQ(ours, published);
}

TEST(Device, WhatIsWrittenReadsBack) {
  for (const char* name : {"lake-grid", "lake-hex", "lake-ion"}) {
    const Device device = shipped(name);
    const auto again = read(write_device(device));
    ASSERT_TRUE(again.has_value()) << again.error().front().message << "\n" << write_device(device);
    EXPECT_EQ(*again, device);
  }
}

TEST(Device, ADocumentIsRefusedWithFieldAndLine) {
  EXPECT_EQ(refusals("qubits: 72", "qubits: 71"), "bad-value qubits 10");
  EXPECT_EQ(refusals("rz, sx, x, cz", "rz, sx, x, cz, ecr"), "bad-value gates 12");
  EXPECT_EQ(refusals("at: \"20:00\"", "at: \"24:00\""), "bad-value recalibration.at 15");
  EXPECT_EQ(refusals("[14, 15], [44", "[14, 15, 16], [44"), "bad-value coupling.without[0] 11");
  EXPECT_EQ(refusals("shots: 100000, ", ""), "missing-field limits.shots 14");
  EXPECT_EQ(refusals("median: 12.5", "median: often"), "bad-value typical.t1-us.median 19");
  EXPECT_EQ(refusals("median: 12.5", "mean: 12.5"),
            "missing-field typical.t1-us.median 19; unknown-field "
            "typical.t1-us.mean 19");
  EXPECT_EQ(refusals("simulated: true", "simulated: false"), "not-allowed typical 19");
  EXPECT_EQ(refusals("takes: 240m", "takes: 8d"), "out-of-range maintenance[0].takes 17");
  // Corner 0 is joined by two pairs.
  EXPECT_EQ(refusals("[14, 15],", "[0, 1], [0, 6],"), "bad-value coupling 11");
}

TEST(Device, ServesOutsideItsWindows) {
  const Device device = shipped("lake-grid");
  const auto at = [](const char* text) { return *parse_instant(text); };
  EXPECT_EQ(serves_from(device, at("2026-12-01T19:59:59Z")), at("2026-12-01T19:59:59Z"));
  EXPECT_EQ(serves_from(device, at("2026-12-01T20:00:00Z")), at("2026-12-01T21:00:00Z"));
  // 2026-12-01 is a Tuesday.
  EXPECT_EQ(serves_from(device, at("2026-12-01T01:30:00Z")), at("2026-12-01T05:00:00Z"));
  EXPECT_EQ(serves_from(device, at("2026-12-02T01:30:00Z")), at("2026-12-02T01:30:00Z"));
  const auto day = windows(device, at("2026-12-01T00:00:00Z"), at("2026-12-02T00:00:00Z"));
  ASSERT_EQ(day.size(), 2U);
  EXPECT_EQ(day[0].kind, Window::Kind::maintenance);
  EXPECT_EQ(day[1].kind, Window::Kind::recalibration);
  EXPECT_EQ(recalibrated_at(device, at("2026-12-01T20:59:59Z")), at("2026-11-30T21:00:00Z"));
  EXPECT_EQ(recalibrated_at(device, at("2026-12-01T21:00:00Z")), at("2026-12-01T21:00:00Z"));
}

TEST(Device, OneThatIsAlwaysInMaintenanceServesNever) {
  Device device = shipped("lake-grid");
  device.maintenance.clear();
  for (const Weekday day : {Weekday::monday, Weekday::thursday, Weekday::sunday})
    device.maintenance.push_back({day, 0, days(4), "always"});
  EXPECT_EQ(serves_from(device, *parse_instant("2026-12-01T12:00:00Z")), std::nullopt);
}

TEST(Device, QubitsOfALatticeHaveTheirPlaces) {
  for (const char* name : {"lake-grid", "lake-hex"}) {
    const Device device = shipped(name);
    const std::vector<Position> places = positions_of(device);
    ASSERT_EQ(places.size(), static_cast<std::size_t>(device.qubits)) << name;
    std::set<std::pair<int, int>> taken;
    for (const Position& place : places) EXPECT_TRUE(taken.emplace(place.row, place.column).second) << name;
    // A gate acts on neighbours.
    for (const auto& [a, b] : pairs_of(device)) {
      const Position& from = places[static_cast<std::size_t>(a)];
      const Position& to = places[static_cast<std::size_t>(b)];
      EXPECT_EQ(std::abs(from.row - to.row) + std::abs(from.column - to.column), 1) << name << " " << a << " " << b;
    }
  }
  EXPECT_TRUE(positions_of(shipped("lake-ion")).empty());
}

}  // namespace
}  // namespace mingyue::qpu
