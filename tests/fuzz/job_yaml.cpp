// Job documents in YAML: from any bytes to a job or to refusals that a person can read.

#include "fuzz.hpp"
#include "job_checks.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace mingyue;
  const auto text = fuzz::text_of(data, size);
  const auto tree = formats::parse_yaml(text);
  if (!tree) {
    fuzz::check_refusal(tree.error(), text);
    return 0;
  }
  const auto job = model::read_job(*tree, fuzz::some_defaults());
  if (job) {
    fuzz::check_job(*job);
  } else {
    fuzz::check_refusals(job.error(), text);
  }
  return 0;
}
