#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/expected.hpp"
#include "hybrid_wire/wire.hpp"

/// For programs in C++ that use quantum devices while they run as a job (docs/hybrid-programs.md):
///
///   auto devices = qpu_client::Devices::from_environment();
///   auto ran = devices->run({.shots = 4000, .circuits = {{.text = bell}}});
///   for (auto& [bits, count] : ran->circuits[0].outcomes[0].counts) ...
///
/// Batches can be under way at once: submit() some, then wait() for each. When the centre is restarted meanwhile, the
/// client connects again and asks again for what was not answered. One thread at a time.
namespace mingyue::qpu_client {

namespace wire = hybrid::wire;

class Devices {
 public:
  struct Options {
    std::string socket;
    std::string key;
    std::chrono::seconds patience{600};  ///< for how long it tries to reach a centre that is gone
  };
  /// Of MINGYUE_QPU_SOCKET and MINGYUE_QPU_KEY. Refused (`no-qpu`) where they are not set, as the job asks for no QPU.
  [[nodiscard]] static Expected<Devices> from_environment();
  [[nodiscard]] static Expected<Devices> connect(Options options);
  Devices(Devices&& other) noexcept;
  Devices& operator=(Devices&&) = delete;
  ~Devices();

  /// Those that the job may use.
  [[nodiscard]] const std::vector<wire::Device>& list() const { return devices_; }

  using Number = std::uint64_t;
  /// Asks, and does not wait.
  [[nodiscard]] Number submit(const wire::Batch& batch);
  /// Refused: whatever the centre says; `no-centre` where it stays away for longer than the patience.
  [[nodiscard]] Expected<wire::Result> wait(Number number);
  [[nodiscard]] Expected<wire::Result> run(const wire::Batch& batch) { return wait(submit(batch)); }
  /// Whether it was still there; its wait() is then refused with `cancelled`.
  [[nodiscard]] Expected<bool> cancel(Number number);

  struct Session {
    std::string device;
    std::int64_t until_ms = 0;  ///< since 1970
  };
  /// Waits until a device is the job's alone; `device` empty: any.
  [[nodiscard]] Expected<Session> begin_session(std::uint32_t seconds, const std::string& device = {});
  [[nodiscard]] Expected<void> end_session();

  struct Place {
    std::uint32_t place = 0;               ///< in the order, from 1; 0: it runs
    std::optional<std::int64_t> start_ms;  ///< expected, since 1970
    std::string device;
  };
  [[nodiscard]] Expected<Place> place(Number number);

 private:
  explicit Devices(Options options) : options_(std::move(options)) {}
  [[nodiscard]] Number ask(wire::Verb verb, std::string body);
  [[nodiscard]] Expected<std::string> answer(Number number);
  [[nodiscard]] bool connect_once();
  [[nodiscard]] bool send(const std::string& bytes);
  [[nodiscard]] bool receive();
  [[nodiscard]] Expected<void> reach();
  void disconnect();

  Options options_;
  int fd_ = -1;
  Number last_ = 0;
  wire::Frames frames_;
  std::map<Number, std::string> open_;  ///< whole frames that were not answered
  std::map<Number, wire::Frame> answers_;
  std::vector<wire::Device> devices_;
};

}  // namespace mingyue::qpu_client
