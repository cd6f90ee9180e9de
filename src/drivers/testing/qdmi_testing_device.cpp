// A small quantum device behind QDMI's device interface, for tests: five qubits in a row, simulated without errors. It
// takes nothing but its own gates on its own pairs. The session's parameter CUSTOM1 says how it goes wrong, CUSTOM2
// `qasm2` that it takes OpenQASM 2 alone. The token is `secret`.
//
// It is written against the same facts as the driver (qdmi_abi.hpp): what it proves is the driver, not the facts.

#include <signal.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdlib>
#include <cstring>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "drivers/qdmi_abi.hpp"
#include "quantum/qasm.hpp"
#include "quantum/simulate.hpp"

namespace mingyue::drivers::qdmi {

struct SiteHandle {
  std::size_t index;
  bool zone;
};
struct OperationHandle {
  const char* name;
  std::size_t qubits;
};
struct SessionHandle {
  std::map<int, std::string> parameters;
  bool initialised = false;
  [[nodiscard]] bool goes(const char* how) const {
    const auto it = parameters.find(session_custom_1);
    return it != parameters.end() && it->second == how;
  }
  [[nodiscard]] bool takes_qasm3() const { return !parameters.contains(session_custom_1 + 1); }
};

namespace {

constexpr std::size_t qubits = 5;
std::array<SiteHandle, qubits + 1> sites{{{10, false}, {11, false}, {99, true}, {12, false}, {13, false}, {14, false}}};
std::array<OperationHandle, 5> operations{{{"rz", 1}, {"sx", 1}, {"x", 1}, {"cz", 2}, {"measure", 1}}};
std::atomic<int> calibrations = 0;

Site site_of(std::size_t qubit) { return &sites[qubit < 2 ? qubit : qubit + 1]; }

int answer(const void* data, std::size_t bytes, std::size_t size, void* value, std::size_t* needed) {
  if (needed != nullptr) *needed = bytes;
  if (value == nullptr) return success;
  if (size < bytes) return error_invalid_argument;
  std::memcpy(value, data, bytes);
  return success;
}
int answer(const std::string& text, std::size_t size, void* value, std::size_t* needed) {
  return answer(text.c_str(), text.size() + 1, size, value, needed);
}
template <class T>
int answer_value(T number, std::size_t size, void* value, std::size_t* needed) {
  return answer(&number, sizeof number, size, value, needed);
}
template <class T>
int answer_list(const std::vector<T>& list, std::size_t size, void* value, std::size_t* needed) {
  return answer(list.data(), list.size() * sizeof(T), size, value, needed);
}

}  // namespace

struct JobHandle {
  explicit JobHandle(Session s) : session(s) {}
  ~JobHandle() {
    if (worker.joinable()) worker.join();
  }
  JobHandle(const JobHandle&) = delete;
  JobHandle& operator=(const JobHandle&) = delete;

  Session session;
  int format = format_qasm2;
  std::optional<quantum::Circuit> circuit;
  std::size_t shots = 0;

  std::mutex mutex;
  std::condition_variable news;
  int status = job_created;  ///< guarded by mutex, like the next two
  bool cancelled = false;
  quantum::Counts counts;
  std::thread worker;
};

namespace {

bool is_native(const quantum::Instruction& each) {
  if (std::holds_alternative<quantum::Measurement>(each.what) || std::holds_alternative<quantum::Barrier>(each.what))
    return true;
  const auto* use = std::get_if<quantum::GateUse>(&each.what);
  if (use == nullptr) return false;
  if (use->controls == 0)
    return use->gate == quantum::Gate::rz || use->gate == quantum::Gate::sx || use->gate == quantum::Gate::x;
  return use->gate == quantum::Gate::z && use->controls == 1 && use->negative == 0 &&
         std::abs(use->qubits[0] - use->qubits[1]) == 1;
}

int take_program(JobHandle& job, const char* text) {
  const auto circuit = quantum::read_qasm(text);
  if (!circuit) return error_invalid_argument;
  if (circuit->qubit_registers.size() != 1 || circuit->qubit_registers[0].name != "q" ||
      circuit->qubits != static_cast<int>(qubits))
    return error_not_supported;
  for (const auto& each : circuit->body)
    if (!is_native(each)) return error_not_supported;
  job.circuit = *circuit;
  return success;
}

void work(JobHandle& job) {
  quantum::Counts counts;
  if (job.circuit) {
    const auto taken = quantum::sample(*job.circuit, static_cast<std::int64_t>(job.shots), 7);
    if (taken) counts = *taken;
  } else {
    ++calibrations;
  }
  std::unique_lock lock(job.mutex);
  if (job.session->goes("slow")) job.news.wait_for(lock, std::chrono::minutes(10), [&] { return job.cancelled; });
  job.counts = std::move(counts);
  job.status = job.cancelled ? job_cancelled : job.session->goes("fail") ? job_failed : job_done;
  job.news.notify_all();
}

}  // namespace
}  // namespace mingyue::drivers::qdmi

using namespace mingyue::drivers::qdmi;  // NOLINT: what is exported stands outside of all namespaces

#define EXPORTED(type, name) extern "C" __attribute__((visibility("default"))) type TESTING_QDMI_##name

EXPORTED(int, device_initialize)() { return success; }
EXPORTED(int, device_finalize)() { return success; }

EXPORTED(int, device_session_alloc)(Session* session) {
  *session = new SessionHandle;
  return success;
}

EXPORTED(int, device_session_set_parameter)(Session session, int parameter, std::size_t size, const void* value) {
  if (value != nullptr) session->parameters[parameter] = std::string(static_cast<const char*>(value), size - 1);
  return success;
}

EXPORTED(int, device_session_init)(Session session) {
  if (session->goes("crash-on-open")) ::raise(SIGKILL);
  if (session->parameters[session_token] != "secret") return error_permission_denied;
  session->initialised = true;
  return success;
}

EXPORTED(void, device_session_free)(Session session) { delete session; }

EXPORTED(int, device_session_query_device_property)
(Session session, int property, std::size_t size, void* value, std::size_t* needed) {
  if (!session->initialised) return error_bad_state;
  switch (property) {
    case device_name:
      return answer("Row of Five", size, value, needed);
    case device_version:
      return answer("0.1", size, value, needed);
    case device_status:
      return answer_value<int>(session->goes("no-such-status") ? 17 : 1, size, value, needed);
    case device_library_version:
      return answer("1.3.0", size, value, needed);
    case device_qubits:
      return answer_value(qubits, size, value, needed);
    case device_sites: {
      std::vector<Site> list;
      for (SiteHandle& site : sites) list.push_back(&site);
      return answer_list(list, size, value, needed);
    }
    case device_operations: {
      std::vector<Operation> list;
      for (OperationHandle& operation : operations) list.push_back(&operation);
      if (session->goes("odd-gates")) list.erase(list.begin() + 3);
      return answer_list(list, size, value, needed);
    }
    case device_coupling_map: {
      std::vector<Site> list;
      for (std::size_t i = 0; i + 1 < qubits; ++i)
        for (const std::size_t end : {i, i + 1, i + 1, i}) list.push_back(site_of(end));
      if (session->goes("half-a-pair")) list.pop_back();
      return answer_list(list, size, value, needed);
    }
    case device_duration_unit:
      return answer("us", size, value, needed);
    case device_duration_scale:
      return answer_value(0.001, size, value, needed);
    case device_program_formats:
      return answer_list(
          session->takes_qasm3() ? std::vector<int>{format_qasm3, format_qasm2} : std::vector<int>{format_qasm2}, size,
          value, needed);
    default:
      return error_not_supported;
  }
}

EXPORTED(int, device_session_query_site_property)
(Session, Site site, int property, std::size_t size, void* value, std::size_t* needed) {
  switch (property) {
    case site_index:
      return answer_value(site->index, size, value, needed);
    case site_t1:
      return answer_value<std::uint64_t>(30'000 + 1'000 * site->index + static_cast<std::uint64_t>(calibrations), size,
                                         value, needed);
    case site_t2:
      return answer_value<std::uint64_t>(20'000, size, value, needed);
    case site_is_zone:
      return answer_value(site->zone, size, value, needed);
    default:
      return error_not_supported;
  }
}

EXPORTED(int, device_session_query_operation_property)
(Session, Operation operation, std::size_t sites_count, const Site* at, std::size_t, const double*, int property,
 std::size_t size, void* value, std::size_t* needed) {
  const std::string name = operation->name;
  switch (property) {
    case operation_name:
      return answer(name, size, value, needed);
    case operation_qubits:
      return answer_value(operation->qubits, size, value, needed);
    case operation_duration:
      if (name == "rz") return error_not_supported;
      return answer_value<std::uint64_t>(name == "cz" ? 40 : name == "measure" ? 1000 : 30, size, value, needed);
    case operation_fidelity:
      if (name == "rz") return answer_value(1.0, size, value, needed);
      // Of the others what holds at a site, and of pairs in one direction alone.
      if (sites_count != operation->qubits || (sites_count == 2 && at[0]->index > at[1]->index))
        return error_not_supported;
      return answer_value(name == "cz" ? 0.99 : name == "measure" ? 0.97 : 0.999, size, value, needed);
    default:
      return error_not_supported;
  }
}

EXPORTED(int, device_session_create_device_job)(Session session, Job* job) {
  *job = new JobHandle(session);
  return success;
}

EXPORTED(int, device_job_set_parameter)(Job job, int parameter, std::size_t size, const void* value) {
  switch (parameter) {
    case job_program_format:
      std::memcpy(&job->format, value, sizeof job->format);
      if (job->format == format_qasm3) return job->session->takes_qasm3() ? success : error_not_supported;
      if (job->format == format_calibration) return job->session->goes("fixed") ? error_not_supported : success;
      return job->format == format_qasm2 ? success : error_not_supported;
    case job_program:
      if (static_cast<const char*>(value)[size - 1] != '\0') return error_invalid_argument;
      if ((job->format == format_qasm3) != (std::strstr(static_cast<const char*>(value), "OPENQASM 3") != nullptr))
        return error_invalid_argument;
      return take_program(*job, static_cast<const char*>(value));
    case job_shots:
      std::memcpy(&job->shots, value, sizeof job->shots);
      return job->shots > 1'000'000 ? error_not_supported : success;
    default:
      return error_not_supported;
  }
}

/// No property of a job is asked for; the function is what tells 1.2 from what was before.
EXPORTED(int, device_job_query_property)(Job, int, std::size_t, void*, std::size_t*) { return error_not_supported; }

EXPORTED(int, device_job_submit)(Job job) {
  if (job->session->goes("crash")) {
    ::signal(SIGSEGV, SIG_DFL);
    ::raise(SIGSEGV);
  }
  if (job->session->goes("exit")) std::exit(9);
  job->status = job_running;
  job->worker = std::thread([job] { work(*job); });
  return success;
}

EXPORTED(int, device_job_cancel)(Job job) {
  const std::lock_guard lock(job->mutex);
  job->cancelled = true;
  job->news.notify_all();
  return success;
}

EXPORTED(int, device_job_check)(Job job, int* status) {
  const std::lock_guard lock(job->mutex);
  *status = job->status;
  return success;
}

EXPORTED(int, device_job_wait)(Job job, std::size_t timeout_s) {
  if (job->session->goes("hang"))
    for (;;) ::pause();
  std::unique_lock lock(job->mutex);
  const auto is_over = [job] { return job->status > job_running; };
  if (timeout_s == 0) return job->news.wait(lock, is_over), success;
  return job->news.wait_for(lock, std::chrono::seconds(timeout_s), is_over) ? success : error_timeout;
}

EXPORTED(int, device_job_get_results)(Job job, int result, std::size_t size, void* data, std::size_t* needed) {
  const SessionHandle& session = *job->session;
  std::vector<std::pair<std::string, std::size_t>> histogram;
  for (const auto& [key, count] : job->counts) histogram.emplace_back(key, static_cast<std::size_t>(count));
  if (!histogram.empty()) {
    auto& [key, count] = histogram.front();
    if (session.goes("lie-sum")) count += 1;
    if (session.goes("lie-width")) key += "0";
    if (session.goes("lie-letter")) key[0] = 'x';
    if (session.goes("lie-negative")) count = static_cast<std::size_t>(-1);
    if (session.goes("lie-twice") && count > 1) {
      count -= 1;
      const std::string same = key;
      histogram.emplace_back(same, 1);
    }
  }
  const bool shots_alone = session.goes("shots-alone");
  std::string text;
  const auto add = [&text](const std::string& word) { text += text.empty() ? word : "," + word; };
  if (result == result_histogram_keys && !shots_alone) {
    for (const auto& [key, count] : histogram) add(key);
    return answer(text, size, data, needed);
  }
  if (result == result_histogram_values && !shots_alone) {
    std::vector<std::size_t> values;
    for (const auto& [key, count] : histogram) values.push_back(count);
    if (session.goes("uneven")) values.push_back(1);
    return answer_list(values, size, data, needed);
  }
  if (result == result_shots && shots_alone) {
    for (const auto& [key, count] : histogram)
      for (std::size_t i = 0; i < count; ++i) add(key);
    return answer(text, size, data, needed);
  }
  return error_not_supported;
}

EXPORTED(void, device_job_free)(Job job) { delete job; }

// What tells a library of 1.1 (no device_job_query_property) and one of 1.4 (device_job_set_programs) from ours.
extern "C" __attribute__((visibility("default"))) int OLDER_QDMI_device_initialize() { return success; }
extern "C" __attribute__((visibility("default"))) int NEWER_QDMI_device_initialize() { return success; }
extern "C" __attribute__((visibility("default"))) int NEWER_QDMI_device_job_set_programs() { return success; }
extern "C" __attribute__((visibility("default"))) int PARTIAL_QDMI_device_initialize() { return success; }
extern "C" __attribute__((visibility("default"))) int PARTIAL_QDMI_device_job_query_property() { return success; }
