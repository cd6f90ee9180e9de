#include "drivers/qdmi_job.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <string_view>

#include "base/text.hpp"

namespace mingyue::drivers::qdmi {
namespace {

using Histogram = std::vector<std::pair<std::string, std::int64_t>>;

/// Frees the job on every path.
class OwnJob {
 public:
  explicit OwnJob(const Functions& functions) : functions_(functions) {}
  ~OwnJob() {
    if (job != nullptr) functions_.device_job_free(job);
  }
  OwnJob(const OwnJob&) = delete;
  OwnJob& operator=(const OwnJob&) = delete;

  Job job = nullptr;

 private:
  const Functions& functions_;
};

std::vector<std::string> split(std::string_view text) {
  std::vector<std::string> parts;
  while (!text.empty()) {
    const std::size_t at = std::min(text.find(','), text.size());
    parts.emplace_back(text.substr(0, at));
    text.remove_prefix(std::min(at + 1, text.size()));
  }
  return parts;
}

Expected<std::optional<std::string>, Fault> result_bytes(const Functions& functions, Job job, JobResult result) {
  return Library::whole(fmt::format("device_job_get_results({})", static_cast<int>(result)),
                        [&](std::size_t size, void* data, std::size_t* needed) {
                          return functions.device_job_get_results(job, result, size, data, needed);
                        });
}

Expected<std::optional<std::vector<std::string>>, Fault> result_list(const Functions& functions, Job job,
                                                                     JobResult result) {
  TRY(bytes, result_bytes(functions, job, result));
  if (!bytes) return std::nullopt;
  return split(std::string_view(*bytes).substr(0, bytes->find('\0')));
}

Expected<Histogram, Fault> read_results(const Functions& functions, Job job) {
  TRY(keys, result_list(functions, job, result_histogram_keys));
  TRY(values, Library::as_list<std::size_t>(result_bytes(functions, job, result_histogram_values)));
  Histogram histogram;
  if (keys && values) {
    if (keys->size() != values->size())
      return fault("device-failed",
                   fmt::format("a histogram of {} outcomes and {} counts", keys->size(), values->size()));
    // Nothing is put right here: outcomes that are there twice, or too many, are for the centre to judge.
    for (std::size_t i = 0; i < keys->size(); ++i)
      histogram.emplace_back(std::move((*keys)[i]), static_cast<std::int64_t>((*values)[i]));
    return histogram;
  }
  TRY(shots, result_list(functions, job, result_shots));
  if (!shots) return fault("device-failed", "the device gives neither a histogram nor its shots");
  std::map<std::string, std::int64_t> counted;
  for (std::string& shot : *shots) ++counted[std::move(shot)];
  histogram.assign(counted.begin(), counted.end());
  return histogram;
}

Expected<void, Fault> set(const Functions& functions, Job job, JobParameter parameter, const char* name,
                          std::size_t size, const void* value) {
  const int status = functions.device_job_set_parameter(job, parameter, size, value);
  if (status == error_not_supported || status == error_invalid_argument)
    return fault("circuit-refused", fmt::format("the device takes no such {}: {}", name, status_words(status)));
  if (status < 0) return Library::failed(fmt::format("device_job_set_parameter({})", name), status);
  return {};
}

Expected<void, Fault> await(const Functions& functions, Job job, const Cancellation& cancellation) {
  bool cancelled = false;
  for (;;) {
    const int waited = functions.device_job_wait(job, 1);
    if (waited < 0 && waited != error_timeout) return Library::failed("device_job_wait", waited);
    int status = job_created;
    if (const int checked = functions.device_job_check(job, &status); checked < 0)
      return Library::failed("device_job_check", checked);
    if (status == job_done) return {};
    if (status == job_cancelled) return fault("batch-cancelled", cancelled ? "as was asked" : "by the device");
    if (status == job_failed) return fault("device-failed", "the device says that the job failed");
    if (waited >= 0) return fault("device-failed", fmt::format("a finished job whose status is {}", status));
    if (cancellation.asked() && !cancelled) {
      cancelled = true;
      (void)functions.device_job_cancel(job);  // one that cannot be cancelled comes to its end
    }
  }
}

}  // namespace

Expected<Histogram, Fault> run_job(const Library& library, const Program& program, const Cancellation& cancellation) {
  const Functions& functions = library.functions();
  if (cancellation.asked()) return fault("batch-cancelled", "as was asked");
  OwnJob own(functions);
  if (const int status = functions.device_session_create_device_job(library.session(), &own.job); status < 0)
    return Library::failed("device_session_create_device_job", status);
  const int format = program.format;
  CHECK_OK(set(functions, own.job, job_program_format, "format", sizeof format, &format));
  if (!program.text.empty())
    CHECK_OK(set(functions, own.job, job_program, "program", program.text.size() + 1, program.text.c_str()));
  const auto shots = static_cast<std::size_t>(program.shots);
  if (shots > 0) CHECK_OK(set(functions, own.job, job_shots, "number of shots", sizeof shots, &shots));
  if (const int status = functions.device_job_submit(own.job); status < 0)
    return Library::failed("device_job_submit", status);
  CHECK_OK(await(functions, own.job, cancellation));
  if (program.format == format_calibration) return Histogram();
  return read_results(functions, own.job);
}

}  // namespace mingyue::drivers::qdmi
