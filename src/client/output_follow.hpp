#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "client/session.hpp"

namespace mingyue::client {

/// Which bytes of a job.
struct OutputOf {
  std::string id;
  std::int32_t task = 0;
  std::int32_t attempt = 0;  ///< 0: the newest, and with follow all after it
  bool err = false;
  std::int64_t tail = -1;  ///< only the last so many bytes of the first attempt shown; -1: from the beginning
};

/// What a task wrote, as it is now.
[[nodiscard]] Expected<void, Failure> read_output(const Session& session, const OutputOf& of,
                                                  const Connection::Each& each);

/// What a task writes, until the job has ended: attempt by attempt, so that after an interruption (the centre restarts)
/// it goes on at the very byte. Waits for a job that has not started. `each` or `go_on` returning false ends it; that
/// is no failure. Gives up when the centre has been away for a minute.
[[nodiscard]] Expected<void, Failure> follow_output(const Session& session, OutputOf of, const Connection::Each& each,
                                                    const Connection::GoOn& go_on);

}  // namespace mingyue::client
