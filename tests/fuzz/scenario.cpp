// A scenario: from any bytes to lines that can be written and read again, or to refusals with their lines.

#include "twin/scenario.hpp"

#include "fuzz.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace mingyue;
  const auto text = fuzz::text_of(data, size);
  const auto scenario = twin::read_scenario(text);
  if (!scenario) {
    fuzz::check_refusals(scenario.error(), text);
    return 0;
  }
  std::int64_t before = 0;
  for (const twin::ScenarioLine& line : scenario->story) {
    fuzz::promise(line.at_ms >= before, "a story goes on in time", line.verb);
    before = line.at_ms;
    fuzz::promise(!line.verb.empty(), "something happens");
    fuzz::promise(twin::read_scenario_time(twin::print_scenario_time(line.at_ms)) == line.at_ms,
                  "a time that we write can be read", twin::print_scenario_time(line.at_ms));
    (void)twin::tree_of(line);
  }
  for (const twin::ScenarioLine& line : scenario->settings) {
    fuzz::promise(line.at_ms == -1 && !line.verb.empty(), "a setting has no time", line.verb);
    (void)twin::tree_of(line);
  }
  const std::string written = twin::write_scenario(*scenario);
  const auto again = twin::read_scenario(written);
  fuzz::promise(again.has_value(), "what we write can be read", written);
  fuzz::promise(*again == *scenario, "what we write means the same", written);
  return 0;
}
