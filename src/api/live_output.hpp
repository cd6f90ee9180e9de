#pragma once

#include <memory>
#include <optional>

#include "api/engine_access.hpp"
#include "engines/output_file.hpp"
#include "wire/live.hpp"

namespace mingyue::api {

/// Follows the output of one job, piece by piece, from attempt to attempt.
class LiveOutput {
 public:
  /// `attempt` 0: none has begun.
  LiveOutput(const EngineAccess& engine, model::JobId job, std::int32_t attempt, std::int64_t offset);

  [[nodiscard]] model::JobId job() const { return job_; }
  [[nodiscard]] bool ended() const { return ended_; }
  /// How many attempts the job has had; nothing: it has ended. To be said now and then.
  void know(std::optional<std::int32_t> attempts);
  /// What is new, if anything is.
  [[nodiscard]] std::optional<wire::LivePiece> next();

 private:
  void begin(std::int32_t attempt, std::int64_t offset);

  const EngineAccess& engine_;
  model::JobId job_;
  std::int32_t attempt_ = 0;
  std::int64_t offset_ = 0;
  std::unique_ptr<engines::OutputReader> reader_;
  bool complete_ = false;  ///< of this attempt all was told
  int quiet_ = 0;          ///< times that the job was known to have ended, and nothing came
  bool job_ended_ = false;
  bool ended_ = false;
};

}  // namespace mingyue::api
