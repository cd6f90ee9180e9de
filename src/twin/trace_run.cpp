#include "twin/trace_run.hpp"

#include <algorithm>

#include "twin/trace_world.hpp"

namespace mingyue::twin {

Expected<TraceRun> run_trace(workload::Source& source, const TraceRunOptions& options) {
  if (options.centre.nodes.empty())
    return refuse("bad-centre", "nodes", "a centre without nodes runs nothing", "name at least one");
  // A trace's jobs are of nobody whom the centre knows: they get a project and a user of their own.
  TraceRunOptions own = options;
  if (std::ranges::find(own.centre.projects, "trace", &model::Project::name) == own.centre.projects.end())
    own.centre.projects.push_back({.name = "trace"});
  if (std::ranges::find(own.centre.users, "trace", &model::User::name) == own.centre.users.end())
    own.centre.users.push_back({"trace", model::Role::member, {"trace"}});
  TraceWorld world(source, own);
  CHECK_OK(world.prepare_faults());
  return world.run();
}

}  // namespace mingyue::twin
