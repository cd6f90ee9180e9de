#include "engines/shim/output_store.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

namespace mingyue::engines {
namespace {
constexpr std::size_t segments_max = 4;
constexpr std::int64_t retry_after_ms = 1000;
}  // namespace

OutputStore::OutputStore(std::string path, std::int64_t bytes_max)
    : path_(std::move(path)),
      head_max_(std::max<std::int64_t>(bytes_max / 2, 8)),
      segment_max_(std::max<std::int64_t>(bytes_max / 8, 2)) {}

void OutputStore::append(std::string_view data) {
  while (!data.empty()) {
    if ((!file_ || room() == 0) && !open_next()) return drop(data.size(), Errno{ENOSPC});
    const std::string_view part = data.substr(0, room());
    const ssize_t n = ::write(file_.get(), part.data(), part.size());
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) {
      // This file ends here; after a while a new one begins at the offset that we have reached by then.
      const Errno why{errno};
      file_.reset();
      retry_at_ms_ = steady_ms() + retry_after_ms;
      return drop(data.size(), why);
    }
    offset_ += n;
    data.remove_prefix(static_cast<std::size_t>(n));
  }
}

std::size_t OutputStore::room() const {
  const std::int64_t size = file_begin_ == 0 ? head_max_ : segment_max_;
  return static_cast<std::size_t>(std::max<std::int64_t>(file_begin_ + size - offset_, 0));
}

bool OutputStore::open_next() {
  if (retry_at_ms_ != 0 && steady_ms() < retry_at_ms_) return false;
  if (offset_ > 0 && segments_.size() == segments_max) {
    ::unlink(segments_.front().c_str());
    segments_.pop_front();
  }
  std::string name = offset_ == 0 ? path_ : path_ + "." + std::to_string(offset_);
  auto file = open_file(name, O_WRONLY | O_CREAT | O_APPEND);
  if (!file) {
    retry_at_ms_ = steady_ms() + retry_after_ms;
    trouble_ = file.error().text();
    return false;
  }
  retry_at_ms_ = 0;
  file_ = std::move(*file);
  file_begin_ = offset_;
  if (offset_ > 0) segments_.push_back(std::move(name));
  return true;
}

void OutputStore::drop(std::size_t bytes, const Errno& why) {
  if (trouble_.empty()) trouble_ = why.text();
  offset_ += static_cast<std::int64_t>(bytes);
  dropped_ += static_cast<std::int64_t>(bytes);
}

}  // namespace mingyue::engines
