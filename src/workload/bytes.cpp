#include "workload/bytes.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <system_error>
#include <utility>

namespace mingyue::workload {
namespace {

constexpr unsigned buffer_size = 1U << 18U;

std::string reason_of(int error) { return std::generic_category().message(error); }

class File : public ByteSource {
 public:
  File(gzFile file, std::int64_t size) : file_(file), size_(size) { gzbuffer(file_, buffer_size); }
  ~File() override { gzclose_r(file_); }
  [[nodiscard]] Expected<std::size_t> read(char* to, std::size_t size) override {
    const int n = gzread(file_, to, static_cast<unsigned>(std::min<std::size_t>(size, 1U << 30U)));
    int code = Z_OK;
    const char* const words = gzerror(file_, &code);
    // At the end of a file that was cut short, zlib gives what there is and leaves Z_BUF_ERROR behind.
    if (n < 0 || code == Z_BUF_ERROR || code == Z_DATA_ERROR) {
      if (code == Z_ERRNO) return refuse("cannot-read", "", reason_of(errno));
      return refuse(
          "damaged", "",
          std::string("the gzip file is damaged") + (code == Z_BUF_ERROR ? ", or cut short" : "") + ": " + words,
          "get it again");
    }
    return static_cast<std::size_t>(n);
  }
  [[nodiscard]] double progress() const override {
    return size_ <= 0 ? 0.0 : static_cast<double>(gzoffset(file_)) / static_cast<double>(size_);
  }

 private:
  gzFile file_;
  std::int64_t size_;
};

class Text : public ByteSource {
 public:
  explicit Text(std::string text) : text_(std::move(text)) {}
  [[nodiscard]] Expected<std::size_t> read(char* to, std::size_t size) override {
    const std::size_t n = std::min(size, text_.size() - at_);
    text_.copy(to, n, at_);
    at_ += n;
    return n;
  }
  [[nodiscard]] double progress() const override {
    return text_.empty() ? 1.0 : static_cast<double>(at_) / static_cast<double>(text_.size());
  }

 private:
  std::string text_;
  std::size_t at_ = 0;
};

class NewFile : public ByteSink {
 public:
  NewFile(gzFile file, std::string path, std::string part)
      : file_(file), path_(std::move(path)), part_(std::move(part)) {
    gzbuffer(file_, buffer_size);
  }
  ~NewFile() override {
    if (file_ == nullptr) return;
    gzclose_w(file_);
    if (!part_.empty()) ::unlink(part_.c_str());
  }
  [[nodiscard]] Expected<void> write(std::string_view bytes) override {
    if (bytes.empty()) return {};
    errno = 0;
    if (gzwrite(file_, bytes.data(), static_cast<unsigned>(bytes.size())) <= 0) return failed();
    return {};
  }
  [[nodiscard]] Expected<void> finish() override {
    errno = 0;
    const int closed = gzclose_w(std::exchange(file_, nullptr));
    if (closed != Z_OK) {
      auto refusal = failed();
      if (!part_.empty()) ::unlink(part_.c_str());
      return refusal;
    }
    if (part_.empty()) return {};
    if (::rename(part_.c_str(), path_.c_str()) != 0) return failed();
    return {};
  }

 private:
  [[nodiscard]] Expected<void> failed() const {
    return refuse("cannot-write", "", path_ + ": " + (errno == 0 ? "cannot be written" : reason_of(errno)));
  }

  gzFile file_;
  std::string path_, part_;
};

class String : public ByteSink {
 public:
  explicit String(std::string& text) : text_(text) {}
  [[nodiscard]] Expected<void> write(std::string_view bytes) override {
    text_ += bytes;
    return {};
  }
  [[nodiscard]] Expected<void> finish() override { return {}; }

 private:
  std::string& text_;
};

}  // namespace

Expected<std::unique_ptr<ByteSource>> open_file(const std::string& path) {
  const int fd = path == "-" ? ::dup(STDIN_FILENO) : ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  struct stat facts {};
  if (fd < 0 || ::fstat(fd, &facts) != 0 || S_ISDIR(facts.st_mode)) {
    const std::string why = fd < 0 ? reason_of(errno) : "is a folder";
    if (fd >= 0) ::close(fd);
    return refuse("cannot-read", "", why, "name a file, plain or gzip; - is standard input");
  }
  gzFile file = gzdopen(fd, "rb");
  if (file == nullptr) {
    ::close(fd);
    return refuse("cannot-read", "", "no memory to read it");
  }
  return std::make_unique<File>(file, S_ISREG(facts.st_mode) ? facts.st_size : 0);
}

std::unique_ptr<ByteSource> bytes_of(std::string text) { return std::make_unique<Text>(std::move(text)); }

Expected<std::unique_ptr<ByteSink>> create_file(const std::string& path) {
  const bool standard = path == "-";
  // What is no ordinary file (/dev/null, a pipe) is written where it is.
  std::error_code ignored;
  const bool special = std::filesystem::exists(path, ignored) && !std::filesystem::is_regular_file(path, ignored);
  const std::string part = standard || special ? "" : path + ".part";
  const int fd = standard ? ::dup(STDOUT_FILENO)
                          : ::open((special ? path : part).c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
  if (fd < 0) return refuse("cannot-write", "", path + ": " + reason_of(errno));
  // Level 3: a million jobs in 1.1 s and 18 MB; level 6 takes 3.0 s to make it 16 MB. T: as it is.
  gzFile file = gzdopen(fd, path.ends_with(".gz") ? "wb3" : "wbT");
  if (file == nullptr) {
    ::close(fd);
    return refuse("cannot-write", "", path + ": no memory to write it");
  }
  return std::make_unique<NewFile>(file, path, part);
}

std::unique_ptr<ByteSink> into(std::string& text) { return std::make_unique<String>(text); }

}  // namespace mingyue::workload
