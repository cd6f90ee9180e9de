#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "base/describe.hpp"
#include "base/units.hpp"
#include "model/job.hpp"

/// The body of GET /v1/now: what everything does at one moment, in a few lines however large the centre is.
namespace mingyue::wire {

/// A partition's cores, or its cards of one type. `classes` sum to `capacity`.
struct NowPool {
  std::string partition;
  std::string resource;  ///< `cores`, or the card type
  std::int64_t capacity = 0;
  std::vector<std::pair<std::string, std::int64_t>>
      classes;  ///< busy, promised, stranded, unwanted, down, drained, others
};
DESCRIBE(NowPool, partition, resource, capacity, classes)

/// Live jobs of one kind of work, and what those hold that run.
struct NowWork {
  model::WorkKind kind = model::WorkKind::general;
  std::int64_t held = 0;
  std::int64_t queued = 0;
  std::int64_t starting = 0;
  std::int64_t running = 0;
  std::int64_t cores = 0;
  std::int64_t cards = 0;
};
DESCRIBE(NowWork, kind, held, queued, starting, running, cores, cards)

/// A promise that the plan holds.
struct NowStart {
  model::JobId job;
  std::string name;
  std::string user;
  std::string project;
  std::string partition;
  model::WorkKind kind = model::WorkKind::general;
  std::int64_t cores = 0;
  std::int64_t cards = 0;
  Instant promised;
};
DESCRIBE(NowStart, job, name, user, project, partition, kind, cores, cards, promised)

struct NowNodes {
  std::int64_t up = 0;
  std::int64_t drained = 0;
  std::int64_t down = 0;
};
DESCRIBE(NowNodes, up, drained, down)

struct NowView {
  Instant at;
  std::uint64_t seq = 0;  ///< of the newest event that it includes
  std::vector<NowPool> pools;
  std::vector<NowWork> work;   ///< all kinds, always in the same order
  std::vector<NowStart> next;  ///< the earliest promises, at most ten
  std::int64_t promises = 0;   ///< in all
  std::int64_t incidents = 0;  ///< open ones
  NowNodes nodes;
};
DESCRIBE(NowView, at, seq, pools, work, next, promises, incidents, nodes)

}  // namespace mingyue::wire
