#pragma once

#include <spdlog/logger.h>

#include <memory>
#include <string>

#include "ports/log_store.hpp"

namespace mingyue::apps {

/// The daemon's operational log: warnings to standard error, and everything also to DATA/log/mingyue.log, which turns
/// over at 8 MiB and keeps five. It is not the event log. Quiet when all is well.
[[nodiscard]] std::shared_ptr<spdlog::logger> make_logger();

/// Adds the file, once the data directory is ours. A file that cannot be written is one warning.
void log_to_file(spdlog::logger& logger, const std::string& data);

/// Says once that the event log cannot be written, and once that it can again.
class StallWatch {
 public:
  void look(const ports::LogStore& store, spdlog::logger& logger);

 private:
  bool stalled_ = false;
};

}  // namespace mingyue::apps
