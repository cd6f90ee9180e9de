#pragma once

#include "apps/twin_run_verb.hpp"

namespace mingyue::apps {

/// Runs a trace on a simulated centre, says of each job that must wait when it will start, and prints what came of it:
/// how many starts lay within their interval, which is to hold for 90 in 100, and how many near the point.
client::Exit forecast_calibration_verb(client::Session& session, const TwinRunOptions& options,
                                       const std::string& version);

}  // namespace mingyue::apps
