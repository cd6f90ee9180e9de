#include "apps/serve_log.hpp"

#include <spdlog/sinks/rotating_file_sink.h>
#include <spdlog/sinks/stdout_sinks.h>

namespace mingyue::apps {

std::shared_ptr<spdlog::logger> make_logger() {
  auto screen = std::make_shared<spdlog::sinks::stderr_sink_mt>();
  screen->set_level(spdlog::level::warn);
  screen->set_pattern("mingyue: %l: %v");
  auto logger = std::make_shared<spdlog::logger>("mingyue", std::move(screen));
  logger->set_level(spdlog::level::info);
  return logger;
}

void log_to_file(spdlog::logger& logger, const std::string& data) {
  try {
    auto file = std::make_shared<spdlog::sinks::rotating_file_sink_mt>(data + "/log/mingyue.log", 8U << 20U, 5);
    file->set_pattern("%Y-%m-%dT%H:%M:%S.%e%z %l %v");
    logger.sinks().push_back(std::move(file));
    logger.flush_on(spdlog::level::info);
  } catch (const spdlog::spdlog_ex& error) {
    logger.warn("no log file: {}", error.what());
  }
}

void StallWatch::look(const ports::LogStore& store, spdlog::logger& logger) {
  const auto why = store.stalled();
  if (why && !stalled_)
    logger.error("the log cannot be written: code={} {}; nothing is acknowledged or started until it can", why->code,
                 why->message);
  if (!why && stalled_) logger.warn("the log can be written again");
  stalled_ = why.has_value();
}

}  // namespace mingyue::apps
