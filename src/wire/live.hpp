#pragma once

#include <cstdint>
#include <string>

#include "base/describe.hpp"
#include "model/ids.hpp"

/// What GET /v1/live tells beside the events of jobs and nodes.
namespace mingyue::wire {

/// The event `ready`: from here on nothing is missed.
struct LiveReady {
  std::uint64_t seq = 0;
};
DESCRIBE(LiveReady, seq)

/// Data of the event `reset`: what is to be read anew.
struct LiveReset {
  std::string topic;
};
DESCRIBE(LiveReset, topic)

/// The event `output`: what the first task of a job wrote to its standard output. Bytes that are no UTF-8 are U+FFFD;
/// as they are, they can be read at /v1/jobs/{id}/output.
struct LivePiece {
  model::JobId job;
  std::int32_t attempt = 0;
  std::int64_t offset = 0;   ///< of its first byte, in the attempt
  std::int64_t next = 0;     ///< of the byte behind its last
  std::int64_t dropped = 0;  ///< how many bytes before it are gone
  std::string text;
  bool ended = false;  ///< nothing more will come
};
DESCRIBE(LivePiece, job, attempt, offset, next, dropped, text, ended)

}  // namespace mingyue::wire
