#include "drivers/driver_log.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdio>

#include "base/text.hpp"

namespace mingyue::drivers {
namespace {
constexpr std::size_t tail_bytes = 2048;
constexpr std::size_t lines_told = 3;
constexpr std::size_t line_length_told = 160;
}  // namespace

DriverLog::DriverLog(std::string path, std::int64_t bytes_max) : path_(std::move(path)), bytes_max_(bytes_max) {}

void DriverLog::append(std::string_view text) {
  tail_ += text;
  if (tail_.size() > tail_bytes) tail_.erase(0, tail_.size() - tail_bytes);
  if (path_.empty()) return;
  if (file_ && size_ >= bytes_max_ / 2) {
    file_.reset();
    ::rename(path_.c_str(), (path_ + ".1").c_str());
  }
  if (!file_) {
    auto opened = engines::open_file(path_, O_WRONLY | O_APPEND | O_CREAT);
    if (!opened) return;
    file_ = std::move(*opened);
    struct stat found {};
    size_ = ::fstat(file_.get(), &found) == 0 ? found.st_size : 0;
  }
  if (engines::write_all(file_.get(), text)) size_ += static_cast<std::int64_t>(text.size());
}

std::string DriverLog::last_lines() const {
  std::string told;
  std::string_view rest = tail_;
  for (std::size_t lines = 0; lines < lines_told && !rest.empty();) {
    const std::size_t at = rest.rfind('\n');
    const std::string_view line = at == std::string_view::npos ? rest : rest.substr(at + 1);
    rest = at == std::string_view::npos ? std::string_view() : rest.substr(0, at);
    if (line.find_first_not_of(" \t\r") == std::string_view::npos) continue;
    told = shown(line, line_length_told) + (told.empty() ? "" : " / ") + told;
    ++lines;
  }
  return told;
}

}  // namespace mingyue::drivers
