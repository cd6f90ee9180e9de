#pragma once

#include <cstdint>
#include <deque>
#include <string>
#include <string_view>

#include "engines/shim/files.hpp"

/// Where the bytes of one stream go: a head that is kept for ever, and a tail that turns over, so that the first and
/// the newest output are always there and the disk use is bounded.
///
///     0.out               [0, head)            half of the bound
///     0.out.33554432      [33554432, ...)      tail segments of an eighth of the bound each, at most four;
///     0.out.41943040                           the oldest goes when a fifth is needed
///
/// A file's name says the logical offset of its first byte, so an offset means the same byte for ever, even when the
/// bytes before it are gone.
///
/// A full disk does not stop the program: its bytes are counted as dropped, and a new segment begins where there is
/// room again.
namespace mingyue::engines {

class OutputStore {
 public:
  /// `path` is that of the head (`FOLDER/output/0.out`). Nothing is created before the first byte.
  OutputStore(std::string path, std::int64_t bytes_max);

  void append(std::string_view data);
  /// Bytes that could not be written, and why the last of them could not.
  [[nodiscard]] std::int64_t dropped() const { return dropped_; }
  [[nodiscard]] const std::string& trouble() const { return trouble_; }

 private:
  [[nodiscard]] std::size_t room() const;
  bool open_next();
  void drop(std::size_t bytes, const Errno& why);

  std::string path_;
  std::int64_t head_max_;
  std::int64_t segment_max_;
  std::int64_t offset_ = 0;  ///< logical: of the next byte
  Fd file_;
  std::int64_t file_begin_ = 0;
  std::deque<std::string> segments_;
  std::int64_t retry_at_ms_ = 0;
  std::int64_t dropped_ = 0;
  std::string trouble_;
};

}  // namespace mingyue::engines
