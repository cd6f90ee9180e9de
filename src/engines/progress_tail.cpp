#include "engines/progress_tail.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <cmath>

#include "engines/attempt_reading.hpp"
#include "engines/shim/files.hpp"

namespace mingyue::engines {
namespace {

constexpr std::size_t line_max = 16384;
constexpr std::size_t read_max = 1U << 20U;
constexpr std::size_t name_max = 1024;  // of a checkpoint: it travels in the log
constexpr int depth_max = 32;

/// A small strict reader of JSON. Every take_ function moves past what it read, or says no and leaves `good` false.
class JsonLine {
 public:
  explicit JsonLine(std::string_view text) : rest_(text) {}

  [[nodiscard]] bool at_end() {
    blanks();
    return rest_.empty();
  }
  bool take(char wanted) {
    blanks();
    if (rest_.empty() || rest_.front() != wanted) return false;
    rest_.remove_prefix(1);
    return true;
  }
  [[nodiscard]] bool sees(char wanted) {
    blanks();
    return !rest_.empty() && rest_.front() == wanted;
  }

  std::optional<std::string> take_string() {
    if (!take('"')) return std::nullopt;
    std::string text;
    while (!rest_.empty()) {
      const char c = rest_.front();
      rest_.remove_prefix(1);
      if (c == '"') return text;
      if (static_cast<unsigned char>(c) < 0x20) return std::nullopt;
      if (c != '\\') {
        text += c;
      } else if (!take_escape(text)) {
        return std::nullopt;
      }
    }
    return std::nullopt;
  }

  std::optional<double> take_number() {
    blanks();
    // from_chars knows `inf`, `nan` and leading zeros, which JSON does not.
    const std::size_t digit = rest_.starts_with('-') ? 1 : 0;
    if (rest_.size() <= digit || rest_[digit] < '0' || rest_[digit] > '9') return std::nullopt;
    if (rest_[digit] == '0' && rest_.size() > digit + 1 && rest_[digit + 1] >= '0' && rest_[digit + 1] <= '9')
      return std::nullopt;
    double value = 0;
    const auto result = std::from_chars(rest_.data(), rest_.data() + rest_.size(), value);
    if (result.ec != std::errc() || !std::isfinite(value)) return std::nullopt;
    rest_.remove_prefix(static_cast<std::size_t>(result.ptr - rest_.data()));
    return value;
  }

  bool skip_value(int depth = 0) {
    if (depth > depth_max) return false;
    if (sees('"')) return take_string().has_value();
    if (take('[')) return skip_members(depth, ']', false);
    if (take('{')) return skip_members(depth, '}', true);
    for (const std::string_view word : {"true", "false", "null"}) {
      if (!rest_.starts_with(word)) continue;
      rest_.remove_prefix(word.size());
      return true;
    }
    return take_number().has_value();
  }

 private:
  void blanks() {
    while (!rest_.empty() && (rest_.front() == ' ' || rest_.front() == '\t' || rest_.front() == '\r'))
      rest_.remove_prefix(1);
  }

  bool skip_members(int depth, char end, bool named) {
    if (take(end)) return true;
    for (;;) {
      if (named && !(take_string() && take(':'))) return false;
      if (!skip_value(depth + 1)) return false;
      if (take(end)) return true;
      if (!take(',')) return false;
    }
  }

  std::optional<std::uint32_t> take_hex() {
    std::uint32_t unit = 0;
    if (rest_.size() < 4) return std::nullopt;
    const auto result = std::from_chars(rest_.data(), rest_.data() + 4, unit, 16);
    if (result.ptr != rest_.data() + 4) return std::nullopt;
    rest_.remove_prefix(4);
    return unit;
  }

  bool take_escape(std::string& text) {
    if (rest_.empty()) return false;
    const char c = rest_.front();
    rest_.remove_prefix(1);
    constexpr std::string_view names = "\"\\/bfnrt";
    constexpr std::string_view values = "\"\\/\b\f\n\r\t";
    if (const std::size_t at = names.find(c); at != std::string_view::npos) {
      text += values[at];
      return true;
    }
    if (c != 'u') return false;
    auto unit = take_hex();
    if (!unit) return false;
    std::uint32_t point = *unit;
    if (point >= 0xd800 && point < 0xdc00) {
      if (!rest_.starts_with("\\u")) return false;
      rest_.remove_prefix(2);
      const auto low = take_hex();
      if (!low || *low < 0xdc00 || *low > 0xdfff) return false;
      point = 0x10000 + ((point - 0xd800) << 10U) + (*low - 0xdc00);
    } else if (point >= 0xdc00 && point < 0xe000) {
      return false;
    }
    append_utf8(text, point);
    return true;
  }

  static void append_utf8(std::string& text, std::uint32_t point) {
    if (point < 0x80) {
      text += static_cast<char>(point);
    } else if (point < 0x800) {
      text += static_cast<char>(0xc0U | point >> 6U);
      text += static_cast<char>(0x80U | (point & 0x3fU));
    } else if (point < 0x10000) {
      text += static_cast<char>(0xe0U | point >> 12U);
      text += static_cast<char>(0x80U | (point >> 6U & 0x3fU));
      text += static_cast<char>(0x80U | (point & 0x3fU));
    } else {
      text += static_cast<char>(0xf0U | point >> 18U);
      text += static_cast<char>(0x80U | (point >> 12U & 0x3fU));
      text += static_cast<char>(0x80U | (point >> 6U & 0x3fU));
      text += static_cast<char>(0x80U | (point & 0x3fU));
    }
  }

  std::string_view rest_;
};

/// Programs count in floating point now and then; 120.0 is the step 120, and 120.5 is none.
std::optional<std::int64_t> whole(std::optional<double> number) {
  if (!number || *number < 0 || *number > 9.0e15 || *number != std::floor(*number)) return std::nullopt;
  return static_cast<std::int64_t>(*number);
}

}  // namespace

std::optional<model::Progress> parse_progress(std::string_view line) {
  JsonLine json(line);
  model::Progress progress;
  if (!json.take('{')) return std::nullopt;
  for (bool first = true; !json.take('}'); first = false) {
    if (!first && !json.take(',')) return std::nullopt;
    const auto name = json.take_string();
    if (!name || !json.take(':')) return std::nullopt;
    if (*name == "step" || *name == "of") {
      const auto value = whole(json.take_number());
      if (!value) return std::nullopt;
      (*name == "step" ? progress.step : progress.of) = *value;
    } else if (*name == "checkpoint") {
      auto value = json.take_string();
      if (!value || value->empty() || value->size() > name_max) return std::nullopt;
      progress.checkpoint = std::move(*value);
    } else if (*name == "took_s") {
      const auto value = json.take_number();
      if (!value || *value < 0 || *value > 1.0e9) return std::nullopt;
      progress.took_ms = std::llround(*value * 1000);
    } else if (!json.skip_value()) {
      return std::nullopt;
    }
  }
  if (!json.at_end() || (progress.step < 0 && progress.checkpoint.empty())) return std::nullopt;
  return progress;
}

bool ProgressTail::read(const std::function<void(model::Progress)>& progressed, bool at_end) {
  const auto file = owner_ ? open_of_owner(path_, *owner_) : open_file(path_, O_RDONLY | O_NONBLOCK);
  if (!file) return false;
  struct stat status {};
  if (::fstat(file->get(), &status) == 0 && status.st_size < offset_) offset_ = 0;  // the program began the file anew
  std::size_t taken = 0;
  char chunk[16384];
  while (taken < read_max) {
    const ssize_t n = ::pread(file->get(), chunk, sizeof chunk, offset_);
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) break;
    offset_ += n;
    taken += static_cast<std::size_t>(n);
    std::string_view bytes(chunk, static_cast<std::size_t>(n));
    for (std::size_t end; (end = bytes.find('\n')) != std::string_view::npos; bytes.remove_prefix(end + 1)) {
      rest_.append(bytes.substr(0, end));
      take(rest_, progressed);
      rest_.clear();
      skipping_ = false;
    }
    if (!skipping_) rest_.append(bytes);
    if (rest_.size() > line_max) {
      ++unreadable_;
      skipping_ = true;
      rest_.clear();
    }
  }
  const bool more = taken >= read_max;
  if (at_end && !more) {
    take(rest_, progressed);
    rest_.clear();
  }
  return more;
}

void ProgressTail::take(std::string_view line, const std::function<void(model::Progress)>& progressed) {
  if (skipping_ || line.find_first_not_of(" \t\r") == std::string_view::npos) return;
  auto progress = line.size() <= line_max ? parse_progress(line) : std::nullopt;
  if (!progress) {
    ++unreadable_;
    return;
  }
  if (progress->step >= 0) last_step_ = progress->step;
  progressed(std::move(*progress));
}

}  // namespace mingyue::engines
