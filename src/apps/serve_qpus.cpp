#include "apps/serve_qpus.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "base/hash.hpp"
#include "host/entropy.hpp"
#include "http/unique_fd.hpp"
#include "hybrid/workshop.hpp"

namespace mingyue::apps {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t secret_bytes = 32;

/// From the centre file's folder; absolute.
std::string resolved(const std::string& path, const std::string& centre_file) {
  std::error_code error;
  const fs::path folder = fs::absolute(centre_file, error).parent_path();
  return (folder / path).lexically_normal().string();
}

}  // namespace

std::string shipped_qpus() {
  std::error_code error;
  const fs::path program = fs::read_symlink("/proc/self/exe", error).parent_path();
  for (const auto& folder : {program / "../share/mingyue/qpus", program / "../../../examples/qpus"})
    if (fs::is_directory(folder, error)) return fs::weakly_canonical(folder, error).string();
  return {};
}

std::vector<model::Qpu> qpus_out_of_the_box() {
  std::vector<model::Qpu> qpus;
  const std::string folder = shipped_qpus();
  std::error_code error;
  if (!folder.empty())
    for (const auto& entry : fs::directory_iterator(folder, error))
      if (entry.path().extension() == ".yaml")
        qpus.push_back({.name = entry.path().stem().string(),
                        .device = entry.path().string(),
                        .per_hour = model::qpu_hour_default});
  std::ranges::sort(qpus, {}, &model::Qpu::name);
  qpus.push_back({.name = model::ideal_device, .device = model::ideal_device, .pace = 0});
  return qpus;
}

Expected<void, std::vector<Refusal>> find_qpu_files(std::vector<model::Qpu>& qpus, const std::string& centre_file) {
  std::vector<Refusal> refusals;
  const std::string shipped = shipped_qpus();
  for (std::size_t i = 0; i < qpus.size(); ++i) {
    model::Qpu& qpu = qpus[i];
    const auto find = [&](std::string& path, const char* field) {
      if (path.empty()) return;
      std::error_code error;
      const std::string named = shipped + "/" + path + ".yaml";
      const bool is_shipped = is_name(path) && !shipped.empty() && fs::is_regular_file(named, error);
      std::string found = is_shipped ? named : resolved(path, centre_file);
      if (!fs::is_regular_file(found, error))
        refusals.push_back({"no-file", fmt::format("qpus[{}].{}", i, field), fmt::format("there is no file {}", found),
                            "name one of lake-grid, lake-hex, lake-ion, ideal, or a file", 0});
      path = std::move(found);
    };
    if (qpu.device != model::ideal_device) find(qpu.device, "device");
    find(qpu.library, "qdmi");
    find(qpu.token_file, "token-file");
  }
  if (refusals.empty()) return {};
  return Unexpected<std::vector<Refusal>>(std::move(refusals));
}

Expected<std::string, Fault> qpu_secret(const std::string& data) {
  const std::string path = data + "/qpu.key";
  std::ifstream in(path, std::ios::binary);
  std::string secret{std::istreambuf_iterator<char>(in), {}};
  if (secret.size() == secret_bytes) return secret;
  secret = host::random_bytes(secret_bytes);
  const std::string beside = path + ".new";
  ::unlink(beside.c_str());
  http::UniqueFd fd(::open(beside.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
  if (!fd || ::write(fd.get(), secret.data(), secret.size()) != static_cast<ssize_t>(secret.size()) ||
      ::fsync(fd.get()) != 0 || ::rename(beside.c_str(), path.c_str()) != 0)
    return fault("io-error", fmt::format("{}: {}", path, std::strerror(errno)));
  return secret;
}

Expected<std::uint16_t, Fault> qpu_port(const std::string& data) {
  const std::string path = data + "/qpu.port";
  int port = 0;
  if (std::ifstream in(path); in >> port && port > 0 && port < 65'536) return static_cast<std::uint16_t>(port);
  const http::UniqueFd fd(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_in address{};
  address.sin_family = AF_INET;
  socklen_t size = sizeof address;
  auto* const generic = reinterpret_cast<sockaddr*>(&address);
  if (!fd || ::bind(fd.get(), generic, size) != 0 || ::getsockname(fd.get(), generic, &size) != 0)
    return fault("qpu-socket", fmt::format("no TCP port for jobs on other machines: {}", std::strerror(errno)));
  port = ntohs(address.sin_port);
  std::ofstream out(path);
  if (!(out << port << '\n') || !out.flush())
    return fault("io-error", fmt::format("{}: {}", path, std::strerror(errno)));
  return static_cast<std::uint16_t>(port);
}

std::string qpu_socket(const std::string& data) {
  std::string path = data + "/qpu.socket";
  if (path.size() < sizeof(sockaddr_un::sun_path)) return path;
  return "/tmp/mingyue-" + print_hex(hash_of(data)).substr(0, 16) + ".socket";
}

std::vector<api::QpuAccess::Live> QpuServiceAccess::devices() const {
  std::vector<Live> all;
  for (const hybrid::LiveQpu& one : service_.devices()) all.push_back({one.name, one.of.job, one.session, one.waiting});
  return all;
}

std::optional<wire::LoopView> QpuServiceAccess::loop_of(model::JobId job) const {
  const auto loop = service_.loop_of(job);
  if (!loop) return std::nullopt;
  wire::LoopView view{.batches = loop->batches,
                      .held = loop->held,
                      .waiting = loop->waiting,
                      .place = loop->place,
                      .start = loop->start,
                      .prefer = loop->prefer,
                      .weighed = {}};
  for (const hybrid::WeighedQpu& one : loop->weighed)
    view.weighed.push_back({one.name, one.success / 1e6, one.wait, one.run, one.chosen, one.why_not});
  return view;
}

std::optional<wire::QpuCalibrationView> QpuServiceAccess::calibration_of(const std::string& qpu) const {
  const auto model = service_.model_of(qpu);
  if (!model) return std::nullopt;
  const qpu::Device& device = model->device;
  constexpr const char* shapes[] = {"all-to-all", "grid", "heavy-hex", "pairs"};
  wire::QpuCalibrationView view{.name = model->name,
                                .calibration = model->calibration.id,
                                .ideal = model->ideal,
                                .description = device.description,
                                .source = device.source,
                                .shape = model->ideal ? "" : shapes[static_cast<std::size_t>(device.coupling.shape)]};
  if (model->ideal) return view;
  if (model->calibration.calibrated != Instant{}) view.calibrated_at = model->calibration.calibrated;
  view.two_qubit_gate = qpu::native_gates(device).back();
  const auto told = [](double us) { return us < qpu::coherence_unknown_us ? std::optional(us) : std::nullopt; };
  const std::vector<qpu::Position> places = qpu::positions_of(device);
  for (std::size_t i = 0; i < model->calibration.qubits.size(); ++i) {
    const qpu::Calibration::OfQubit& figures = model->calibration.qubits[i];
    wire::QpuQubit& qubit =
        view.qubits.emplace_back(wire::QpuQubit{.qubit = static_cast<std::int32_t>(i),
                                                .t1_us = told(figures.t1_us),
                                                .t2_us = told(figures.t2_us),
                                                .gate_error = figures.gate_error,
                                                .readout_error = (figures.reads_0_as_1 + figures.reads_1_as_0) / 2,
                                                .reads_0_as_1 = figures.reads_0_as_1,
                                                .reads_1_as_0 = figures.reads_1_as_0});
    if (i >= places.size()) continue;
    qubit.row = places[i].row;
    qubit.column = places[i].column;
  }
  for (const qpu::Calibration::OfPair& pair : model->calibration.pairs)
    view.pairs.push_back({pair.a, pair.b, pair.gate_error});
  return view;
}

}  // namespace mingyue::apps
