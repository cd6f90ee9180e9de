#pragma once

#include <sys/types.h>

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/expected.hpp"
#include "broker/broker.hpp"
#include "model/environment.hpp"
#include "ports/clock.hpp"
#include "runtime/centre.hpp"

/// Quantum devices of a live centre: their drivers, the socket for running jobs, and the broker between.
namespace mingyue::hybrid {

struct ServiceOptions {
  std::string socket;          ///< absolute path
  std::string host;            ///< this machine, as nodes of other engines reach it; empty: they do not
  std::uint16_t port = 0;      ///< with `host`: where it listens for them
  std::string driver_program;  ///< the path of `mingyue-qpu-driver`
  std::string log_folder;      ///< for what drivers write to their standard error
  std::string secret;          ///< keys of jobs are made of it; the same after a restart
  std::string clients;         ///< folder of the clients' source, told to jobs; empty: not told
  broker::Rules rules;
  Duration meter_every = seconds(10);
  std::function<void(const Fault&)> on_fault;  ///< what an operator should know; any thread
};

struct DeviceModel;

/// A device as it is now, beside what the state says of it.
struct LiveQpu {
  std::string name;
  model::AttemptId of;  ///< whose batch runs, or who has it in a session; job 0: nobody
  bool session = false;
  std::int32_t waiting = 0;  ///< batches and sessions that could be granted here
};

/// One device as it was weighed for a batch.
struct WeighedQpu {
  std::string name;
  std::int32_t success = 0;  ///< expected, of one shot, in millionths
  Duration wait;             ///< expected; of no meaning where nobody could say
  Duration run;              ///< expected
  bool chosen = false;
  std::string why_not;  ///< it could not run there: the refusal
};

/// What a job does with quantum devices.
struct LiveLoop {
  model::AttemptId attempt;
  std::int64_t batches = 0;      ///< ended, since the daemon's start
  Duration held;                 ///< devices, since then
  std::int32_t waiting = 0;      ///< its batches that wait
  std::int32_t place = 0;        ///< of the first of these in the order, from 1
  std::optional<Instant> start;  ///< ... expected
  model::QpuPrefer prefer = model::QpuPrefer::balanced;
  std::vector<WeighedQpu> weighed;  ///< for its newest batch
};

/// One thread does everything but the laying out of circuits. Calls may come from any thread.
class Service {
 public:
  /// Of the devices that the centre's state names now: others are seen after the next start.
  [[nodiscard]] static Expected<std::unique_ptr<Service>, Fault> start(runtime::Centre& centre,
                                                                       const ports::Clock& clock,
                                                                       ServiceOptions options);
  /// What was metered is told to the centre, if it still listens; drivers end.
  ~Service();

  [[nodiscard]] std::vector<LiveQpu> devices() const;
  [[nodiscard]] std::optional<LiveLoop> loop_of(model::JobId job) const;
  /// What the device is and how well it does, as its driver told last; null: it has not been seen, or is not here.
  [[nodiscard]] std::shared_ptr<const DeviceModel> model_of(const std::string& qpu) const;
  /// Has the driver started again now where it failed or is down, and the device measured anew where it can be.
  void restart(const std::string& qpu);
  /// Of the driver's present process; 0: there is none.
  [[nodiscard]] pid_t driver_pid(const std::string& qpu) const;

 private:
  class Inside;
  struct Body;
  explicit Service(std::unique_ptr<Body> body);
  std::unique_ptr<Body> body_;
};

/// What an attempt's tasks find in their environment: the socket, the attempt's key, the folder of the Python client.
[[nodiscard]] model::Environment environment_of(const ServiceOptions& options, model::AttemptId attempt);
/// The same for tasks on other machines.
[[nodiscard]] model::Environment network_environment_of(const ServiceOptions& options, model::AttemptId attempt);

/// The key by which the tasks of an attempt show who they are.
[[nodiscard]] std::string key_of(const std::string& secret, model::AttemptId attempt);
/// Whose key it is, or nothing.
[[nodiscard]] std::optional<model::AttemptId> attempt_of(const std::string& secret, const std::string& key);

}  // namespace mingyue::hybrid
