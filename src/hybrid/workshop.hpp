#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "base/expected.hpp"
#include "base/time.hpp"
#include "qpu/transpile.hpp"
#include "quantum/circuit.hpp"

namespace mingyue::hybrid {

/// A device as the workshop sees it: what it is, and how well it does today. Shared and never changed: a new
/// calibration is a new one.
struct DeviceModel {
  std::string name;
  qpu::Device device;
  qpu::Calibration calibration;
  bool ideal = false;  ///< a simulator without errors, to which any circuit goes as it is
};
using Model = std::shared_ptr<const DeviceModel>;

/// What to expect of a circuit on a device.
struct Appraisal {
  double success = 1;        ///< of one shot
  std::int64_t shot_ns = 0;  ///< with what passes between two shots
  std::int64_t once_ms = 0;  ///< to load it
};

/// What a circuit's text says of itself.
struct CircuitFacts {
  std::int32_t qubits = 0;
  std::int32_t bits = 0;  ///< of an outcome
  std::int32_t parameters = 0;
  std::int64_t gates = 0;
};

/// A circuit's facts, and for each model asked about what to expect there, or why it cannot run there.
struct Appraised {
  CircuitFacts facts;
  std::vector<Expected<Appraisal>> on;
};

/// Reads circuits and lays them out on devices, to know what to expect of each: on a thread of its own, since a large
/// circuit takes tenths of a second. What was worked out is remembered: a loop that sends the same circuit ten thousand
/// times has it laid out once for each calibration.
class Workshop {
 public:
  /// `done` is called on the workshop's thread.
  using Done = std::move_only_function<void(Expected<std::vector<Appraised>>)>;

  Workshop();
  ~Workshop();
  Workshop(const Workshop&) = delete;
  Workshop& operator=(const Workshop&) = delete;

  /// All that is asked is remembered from before; else nothing. Any thread; takes microseconds for each text.
  [[nodiscard]] std::optional<std::vector<Appraised>> remembered(const std::vector<std::string>& texts,
                                                                 const std::vector<Model>& models) const;
  /// Refused is the first text that is no circuit, with its number in the field.
  void appraise(std::vector<std::string> texts, std::vector<Model> models, Done done);

 private:
  struct Work {
    std::vector<std::string> texts;
    std::vector<Model> models;
    Done done;
  };
  using Key = std::string;  ///< hash of the text; for an appraisal also of device and calibration

  void run();
  [[nodiscard]] Expected<std::vector<Appraised>> work_out(const Work& work);

  mutable std::mutex mutex_;
  std::condition_variable news_;
  std::deque<Work> asked_;
  std::map<Key, CircuitFacts> facts_;
  std::map<Key, Expected<Appraisal>> appraisals_;
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace mingyue::hybrid
