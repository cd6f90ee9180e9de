#include "drivers/qdmi_library.hpp"

#include <dlfcn.h>
#include <fmt/format.h>

#include <algorithm>

#include "base/text.hpp"

namespace mingyue::drivers::qdmi {
namespace {

/// A text of the library, which ends with a NUL or not.
Expected<std::optional<std::string>, Fault> as_text(Expected<std::optional<std::string>, Fault> bytes) {
  if (bytes && *bytes) (**bytes).resize(std::min((**bytes).find('\0'), (**bytes).size()));
  return bytes;
}

/// Finds the functions of one prefix.
class Symbols {
 public:
  Symbols(void* library, const std::string& prefix) : library_(library), prefix_(prefix) {}

  [[nodiscard]] void* find(const char* name) const { return ::dlsym(library_, (prefix_ + "_QDMI_" + name).c_str()); }
  template <class Function>
  void get(Function*& function, const char* name) {
    void* const found = find(name);
    if (found == nullptr && missing_.empty()) missing_ = prefix_ + "_QDMI_" + name;
    function = reinterpret_cast<Function*>(found);
  }
  [[nodiscard]] const std::string& missing() const { return missing_; }

 private:
  void* library_;
  const std::string& prefix_;
  std::string missing_;
};

Expected<Functions, Fault> find_functions(void* library, const std::string& path, const std::string& prefix) {
  Symbols symbols(library, prefix);
  Functions found;
  symbols.get(found.device_initialize, "device_initialize");
  if (!symbols.missing().empty())
    return fault("no-device-library", fmt::format("{} has no {}: is the prefix right?", path, symbols.missing()));
  if (symbols.find("device_job_set_programs") != nullptr)
    return fault("no-device-library", fmt::format("{} is of QDMI 1.4 or newer; 1.2 and 1.3 are understood", path));
  if (symbols.find("device_job_query_property") == nullptr)
    return fault("no-device-library", fmt::format("{} is of QDMI 1.1 or older; 1.2 and 1.3 are understood", path));
  symbols.get(found.device_finalize, "device_finalize");
  symbols.get(found.device_session_alloc, "device_session_alloc");
  symbols.get(found.device_session_set_parameter, "device_session_set_parameter");
  symbols.get(found.device_session_init, "device_session_init");
  symbols.get(found.device_session_free, "device_session_free");
  symbols.get(found.device_session_query_device_property, "device_session_query_device_property");
  symbols.get(found.device_session_query_site_property, "device_session_query_site_property");
  symbols.get(found.device_session_query_operation_property, "device_session_query_operation_property");
  symbols.get(found.device_session_create_device_job, "device_session_create_device_job");
  symbols.get(found.device_job_set_parameter, "device_job_set_parameter");
  symbols.get(found.device_job_submit, "device_job_submit");
  symbols.get(found.device_job_cancel, "device_job_cancel");
  symbols.get(found.device_job_check, "device_job_check");
  symbols.get(found.device_job_wait, "device_job_wait");
  symbols.get(found.device_job_get_results, "device_job_get_results");
  symbols.get(found.device_job_free, "device_job_free");
  if (!symbols.missing().empty())
    return fault("no-device-library", fmt::format("{} has no {}", path, symbols.missing()));
  return found;
}

}  // namespace

std::string status_words(int status) {
  switch (status) {
    case error_fatal:
      return "-1 (fatal)";
    case error_out_of_memory:
      return "-2 (out of memory)";
    case error_not_implemented:
      return "-3 (not implemented)";
    case error_library_not_found:
      return "-4 (library not found)";
    case error_not_found:
      return "-5 (not found)";
    case error_out_of_range:
      return "-6 (out of range)";
    case error_invalid_argument:
      return "-7 (invalid argument)";
    case error_permission_denied:
      return "-8 (permission denied)";
    case error_not_supported:
      return "-9 (not supported)";
    case error_bad_state:
      return "-10 (bad state)";
    case error_timeout:
      return "-11 (timeout)";
    default:
      return std::to_string(status);
  }
}

Unexpected<Fault> Library::failed(const std::string& function, int status) {
  return fault("device-failed", fmt::format("{} returned {}", function, status_words(status)));
}

Expected<std::unique_ptr<Library>, Fault> Library::open(const DriverSettings& settings) {
  // Kept loaded for the life of the process: libraries with threads of their own do not survive being unloaded.
  void* const loaded = ::dlopen(settings.library.c_str(), RTLD_NOW | RTLD_LOCAL);
  if (loaded == nullptr) {
    const char* const why = ::dlerror();
    return fault("no-device-library", why == nullptr ? "the library cannot be loaded" : shown(why, 300));
  }
  TRY(functions, find_functions(loaded, settings.library, settings.prefix));
  std::unique_ptr<Library> library(new Library);
  library->functions_ = functions;
  if (const int status = functions.device_initialize(); status < 0) return failed("device_initialize", status);
  library->initialised_ = true;
  CHECK_OK(library->begin_session(settings));
  return library;
}

Expected<void, Fault> Library::begin_session(const DriverSettings& settings) {
  if (const int status = functions_.device_session_alloc(&session_); status < 0)
    return failed("device_session_alloc", status);
  const auto set = [&](int parameter, const std::string& name, const std::string& value) -> Expected<void, Fault> {
    if (value.empty()) return {};
    const int status = functions_.device_session_set_parameter(session_, parameter, value.size() + 1, value.c_str());
    if (status < 0) return failed(fmt::format("device_session_set_parameter({})", name), status);
    return {};
  };
  CHECK_OK(set(session_base_url, "BASEURL", settings.base_url));
  CHECK_OK(set(session_token, "TOKEN", settings.token));
  for (std::size_t i = 0; i < std::min<std::size_t>(settings.custom.size(), 5); ++i)
    CHECK_OK(set(session_custom_1 + static_cast<int>(i), fmt::format("CUSTOM{}", i + 1), settings.custom[i]));
  const int status = functions_.device_session_init(session_);
  if (status == error_permission_denied)
    return fault("device-refused", "the device does not permit the session: are token and address right?");
  if (status < 0) return failed("device_session_init", status);
  return {};
}

Library::~Library() {
  if (session_ != nullptr) functions_.device_session_free(session_);
  if (initialised_) functions_.device_finalize();
}

Expected<std::optional<std::string>, Fault> Library::text(DeviceProperty property) const {
  return as_text(bytes(property));
}

Expected<std::optional<std::string>, Fault> Library::text(Operation operation, OperationProperty property) const {
  return as_text(bytes(operation, {}, property));
}

Expected<std::optional<std::string>, Fault> Library::bytes(DeviceProperty property) const {
  return whole(fmt::format("device_session_query_device_property({})", static_cast<int>(property)),
               [&](std::size_t size, void* value, std::size_t* needed) {
                 return functions_.device_session_query_device_property(session_, property, size, value, needed);
               });
}

Expected<std::optional<std::string>, Fault> Library::bytes(Site site, SiteProperty property) const {
  return whole(fmt::format("device_session_query_site_property({})", static_cast<int>(property)),
               [&](std::size_t size, void* value, std::size_t* needed) {
                 return functions_.device_session_query_site_property(session_, site, property, size, value, needed);
               });
}

Expected<std::optional<std::string>, Fault> Library::bytes(Operation operation, const std::vector<Site>& sites,
                                                           OperationProperty property) const {
  return whole(fmt::format("device_session_query_operation_property({})", static_cast<int>(property)),
               [&](std::size_t size, void* value, std::size_t* needed) {
                 return functions_.device_session_query_operation_property(session_, operation, sites.size(),
                                                                           sites.empty() ? nullptr : sites.data(), 0,
                                                                           nullptr, property, size, value, needed);
               });
}

}  // namespace mingyue::drivers::qdmi
