#pragma once

#include <optional>
#include <string>
#include <vector>

#include "model/ids.hpp"
#include "wire/calibration.hpp"
#include "wire/views.hpp"

namespace mingyue::api {

/// What the API needs of the quantum devices' service beyond the state: to see, never to do. Any thread; quick.
class QpuAccess {
 public:
  struct Live {
    std::string name;
    model::JobId job;  ///< whose batch runs, or who has it in a session; 0: nobody
    bool session = false;
    std::int32_t waiting = 0;
  };
  virtual ~QpuAccess() = default;
  [[nodiscard]] virtual std::vector<Live> devices() const = 0;
  /// What a running job does with them; nothing where it does nothing.
  [[nodiscard]] virtual std::optional<wire::LoopView> loop_of(model::JobId job) const = 0;
  /// How well its qubits and pairs do; nothing where its driver has not said so yet.
  [[nodiscard]] virtual std::optional<wire::QpuCalibrationView> calibration_of(const std::string& qpu) const = 0;
};

}  // namespace mingyue::api
