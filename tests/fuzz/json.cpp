// JSON bodies: parsed, and read as the largest structs that clients send.

#include "job_checks.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace mingyue;
  const auto text = fuzz::text_of(data, size);
  const auto tree = formats::parse_json(text);
  if (!tree) {
    fuzz::check_refusal(tree.error(), text);
    return 0;
  }
  if (const auto job = model::read_job(*tree, fuzz::some_defaults())) {
    fuzz::check_job(*job);
  } else {
    fuzz::check_refusals(job.error(), text);
  }
  if (const auto job = formats::read_json<model::JobSpec>(*tree)) {
    fuzz::check_json(*job);
  } else {
    fuzz::check_refusal(job.error(), text);
  }
  const auto order = formats::read_json<model::LaunchOrder>(*tree, formats::UnknownFields::ignore);
  if (!order) fuzz::check_refusal(order.error(), text);
  return 0;
}
