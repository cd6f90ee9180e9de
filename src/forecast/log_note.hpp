#pragma once

#include <cstdint>
#include <optional>

#include "core/event.hpp"
#include "forecast/run_time.hpp"

/// What a forecaster needs of an event of a centre's log, and no more; so that it can be handed to another thread.
namespace mingyue::forecast {

struct Note {
  enum class Kind : std::uint8_t {
    submitted,  ///< a job, or an array of them from `job` on
    held,
    released,
    started,   ///< an attempt was granted its nodes
    cut,       ///< the attempt will be ended by the centre, and not for its length
    ended,     ///< the attempt; `was_cut`: whatever was noted before, its length says nothing
    requeued,  ///< it waits again
    gone,      ///< the job has its outcome
  };
  Kind kind = Kind::gone;
  Instant at;
  model::JobId job;
  bool was_cut = false;
  bool succeeded = false;       ///< of ended: by itself and well, so that its length counts in any case
  Shared<model::JobSpec> spec;  ///< of submitted
};

/// Nothing for an event that is none of these.
[[nodiscard]] std::optional<Note> note_of(const core::Event& event);

/// What run times are learnt by: size in cards where it asks for any, else in cores.
[[nodiscard]] RunFacts facts_of(const model::JobSpec& spec);

}  // namespace mingyue::forecast
