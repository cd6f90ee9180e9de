// Traces in any form: from any bytes to jobs that keep their promises, or to a refusal with its line.

#include "fuzz.hpp"
#include "workload/read.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace mingyue;
  using namespace mingyue::workload;
  const std::string text(fuzz::text_of(data, size));
  for (const Format format :
       {Format::guess, Format::common, Format::swf, Format::helios, Format::acme, Format::openb}) {
    for (const BadRows bad_rows : {BadRows::refuse, BadRows::skip}) {
      auto source = read_trace(bytes_of(text), {.format = format, .bad_rows = bad_rows, .window = 3});
      if (!source) {
        fuzz::check_refusal(source.error(), text);
        continue;
      }
      std::uint64_t jobs = 0;
      Duration before;
      for (TraceJob job; (*source)->next(job); ++jobs, before = job.submit) {
        fuzz::promise(job.submit >= before && job.submit <= submit_max, "a job goes back in time");
        fuzz::promise(job.run > Duration(0) && job.run <= job.request && job.request <= run_max,
                      "a job runs for no time");
        fuzz::promise(job.tasks > 0 && cores_of(job) <= size_max && cards_of(job) <= size_max, "a job has no size");
        fuzz::promise(cores_of(job) > 0 || cards_of(job) > 0, "a job holds nothing");
      }
      const auto status = (*source)->status();
      if (!status) fuzz::check_refusal(status.error(), text);
      const Account account = (*source)->account();
      const std::uint64_t out = account.sum(Treatment::dropped) + account.sum(Treatment::skipped);
      fuzz::promise(!status || (jobs == account.jobs && account.rows == jobs + out), "rows are lost on the way");
      fuzz::promise(bad_rows == BadRows::skip || account.sum(Treatment::skipped) == 0, "a bad row is skipped unasked");
    }
  }
  return 0;
}
