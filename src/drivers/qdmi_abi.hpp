#pragma once

#include <cstddef>
#include <cstdint>

/// What of QDMI's device interface is used, as facts of its binary interface: the names of its functions, their
/// arguments, and the numbers of its enumerations. QDMI is the Quantum Device Management Interface of the Munich
/// Quantum Software Stack (https://github.com/Munich-Quantum-Software-Stack/QDMI, Apache-2.0 with LLVM exceptions);
/// these are those of its releases 1.2 and 1.3, read in include/qdmi/device.h and include/qdmi/constants.h of 1.3.0.
/// No text of it is copied, and none of its headers is needed.
///
/// 1.1 and before lay some numbers out otherwise and wait without a time. 1.4 asks results by an index and names
/// program formats by structures. Either is recognised by the functions that a library has (qdmi_library.hpp) and
/// refused. docs/formats/qdmi.md says how QDMI's words map onto ours.
namespace mingyue::drivers::qdmi {

// Handles: what they point to is the library's own.
using Session = struct SessionHandle*;
using Job = struct JobHandle*;
using Site = struct SiteHandle*;
using Operation = struct OperationHandle*;

/// What functions return.
enum Status : int {
  success = 0,
  warning = 1,
  error_fatal = -1,
  error_out_of_memory = -2,
  error_not_implemented = -3,
  error_library_not_found = -4,
  error_not_found = -5,
  error_out_of_range = -6,
  error_invalid_argument = -7,
  error_permission_denied = -8,
  error_not_supported = -9,
  error_bad_state = -10,
  error_timeout = -11,
};

/// Values are texts that end with a NUL, which counts.
enum SessionParameter : int {
  session_base_url = 0,
  session_token = 1,
  session_custom_1 = 999'999'995,  ///< up to custom 5, one after the other
};

enum DeviceProperty : int {
  device_name = 0,              ///< text
  device_version = 1,           ///< text
  device_status = 2,            ///< DeviceStatus, whose numbers are those of drivers::DeviceStatus
  device_library_version = 3,   ///< text
  device_qubits = 4,            ///< size_t
  device_sites = 5,             ///< list of Site
  device_operations = 6,        ///< list of Operation
  device_coupling_map = 7,      ///< list of Site, two for each pair
  device_duration_unit = 12,    ///< text: `ns`, `us` ...
  device_duration_scale = 13,   ///< double; 1 where it is not told
  device_program_formats = 15,  ///< list of ProgramFormat
};

enum SiteProperty : int {
  site_index = 0,    ///< size_t
  site_t1 = 1,       ///< uint64_t, in the device's unit of duration
  site_t2 = 2,       ///< uint64_t, likewise
  site_is_zone = 7,  ///< bool; false where it is not told
};

enum OperationProperty : int {
  operation_name = 0,      ///< text
  operation_qubits = 1,    ///< size_t
  operation_duration = 3,  ///< uint64_t, in the device's unit of duration
  operation_fidelity = 4,  ///< double
};

enum JobParameter : int {
  job_program_format = 0,  ///< ProgramFormat
  job_program = 1,         ///< text that ends with a NUL, which counts
  job_shots = 2,           ///< size_t
};

enum JobStatus : int {
  job_created = 0,
  job_submitted = 1,
  job_queued = 2,
  job_running = 3,
  job_done = 4,
  job_cancelled = 5,
  job_failed = 6,
};

enum ProgramFormat : int {
  format_qasm2 = 0,
  format_qasm3 = 1,
  format_calibration = 6,  ///< no program: the device calibrates itself
};

enum JobResult : int {
  result_shots = 0,             ///< text: `00,11,00`, the last bit leftmost
  result_histogram_keys = 1,    ///< text: `00,11`
  result_histogram_values = 2,  ///< list of size_t, one for each key
};

/// The functions, each under its name with the prefix of the device before it: `IQM_QDMI_device_initialize`. All but
/// the two that free return a Status. Queries take a buffer and its size, and say the size that is needed; a buffer of
/// null asks for that size alone.
struct Functions {
  int (*device_initialize)() = nullptr;
  int (*device_finalize)() = nullptr;
  int (*device_session_alloc)(Session*) = nullptr;
  int (*device_session_set_parameter)(Session, int parameter, std::size_t size, const void* value) = nullptr;
  int (*device_session_init)(Session) = nullptr;
  void (*device_session_free)(Session) = nullptr;
  int (*device_session_query_device_property)(Session, int property, std::size_t size, void* value,
                                              std::size_t* size_needed) = nullptr;
  int (*device_session_query_site_property)(Session, Site, int property, std::size_t size, void* value,
                                            std::size_t* size_needed) = nullptr;
  int (*device_session_query_operation_property)(Session, Operation, std::size_t sites_count, const Site* sites,
                                                 std::size_t parameters_count, const double* parameters, int property,
                                                 std::size_t size, void* value, std::size_t* size_needed) = nullptr;
  int (*device_session_create_device_job)(Session, Job*) = nullptr;
  int (*device_job_set_parameter)(Job, int parameter, std::size_t size, const void* value) = nullptr;
  int (*device_job_submit)(Job) = nullptr;
  int (*device_job_cancel)(Job) = nullptr;
  int (*device_job_check)(Job, int* status) = nullptr;
  int (*device_job_wait)(Job, std::size_t timeout_s) = nullptr;  ///< 0: as long as it takes
  int (*device_job_get_results)(Job, int result, std::size_t size, void* data, std::size_t* size_needed) = nullptr;
  void (*device_job_free)(Job) = nullptr;
};

}  // namespace mingyue::drivers::qdmi
