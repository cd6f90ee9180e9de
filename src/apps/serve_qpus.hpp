#pragma once

#include <memory>
#include <string>
#include <vector>

#include "api/qpu_access.hpp"
#include "base/expected.hpp"
#include "hybrid/service.hpp"
#include "model/qpu.hpp"

/// Quantum devices of a daemon.
namespace mingyue::apps {

/// Where the shipped descriptions of simulated devices are: beside an installed program, or in the source tree above a
/// built one; empty: nowhere.
[[nodiscard]] std::string shipped_qpus();

/// What a centre without a file has: one simulated device for each shipped description, and the ideal simulator.
[[nodiscard]] std::vector<model::Qpu> qpus_out_of_the_box();

/// `device: lake-grid` becomes the path of the shipped description of that name, another one a path from the centre
/// file's folder; libraries likewise. Refused (`no-file`): a file that is not there.
[[nodiscard]] Expected<void, std::vector<Refusal>> find_qpu_files(std::vector<model::Qpu>& qpus,
                                                                  const std::string& centre_file);

/// 32 bytes that only the daemon's user can read; made at the first start.
[[nodiscard]] Expected<std::string, Fault> qpu_secret(const std::string& data);

/// Where the socket is: in the data directory, or, where its path is too long for a socket, in the folder of temporary
/// files under a name that is made of it.
[[nodiscard]] std::string qpu_socket(const std::string& data);

/// The port at which jobs on other machines reach the devices: chosen at the first start and kept, since those that run
/// were told it.
[[nodiscard]] Expected<std::uint16_t, Fault> qpu_port(const std::string& data);

/// The service as the API sees it.
class QpuServiceAccess final : public api::QpuAccess {
 public:
  explicit QpuServiceAccess(const hybrid::Service& service) : service_(service) {}
  [[nodiscard]] std::vector<Live> devices() const override;
  [[nodiscard]] std::optional<wire::LoopView> loop_of(model::JobId job) const override;
  [[nodiscard]] std::optional<wire::QpuCalibrationView> calibration_of(const std::string& qpu) const override;

 private:
  const hybrid::Service& service_;
};

}  // namespace mingyue::apps
