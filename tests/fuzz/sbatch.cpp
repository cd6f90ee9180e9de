// Shell scripts with #SBATCH and #MINGYUE lines.

#include "formats/sbatch.hpp"

#include "job_checks.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace mingyue;
  const auto text = fuzz::text_of(data, size);
  const auto strict = formats::read_script(text, "run.sh", fuzz::some_defaults());
  const auto lenient = formats::read_script(text, "run.sh", fuzz::some_defaults(), formats::UnknownDirectives::Name);
  if (strict) {
    fuzz::check_job(strict->job);
    fuzz::promise(lenient && lenient->job == strict->job && lenient->not_understood.empty(),
                  "what is read strictly is read leniently");
    for (const Refusal& note : strict->notes) fuzz::check_refusal(note, text);
  } else {
    fuzz::check_refusals(strict.error(), text);
  }
  if (lenient) {
    for (const Refusal& refusal : lenient->not_understood) fuzz::check_refusal(refusal, text);
    fuzz::promise(strict || !lenient->not_understood.empty(), "what is dropped is named");
  }
  return 0;
}
