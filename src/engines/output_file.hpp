#pragma once

#include <cstdint>
#include <string>
#include <vector>

/// Reading what a task wrote, while it runs and long after (the layout is that of engines/shim/output_store.hpp).
namespace mingyue::engines {

enum class OutputStream : std::uint8_t { out, err };

struct OutputPiece {
  std::string bytes;
  std::int64_t offset = 0;   ///< of the first byte: what was asked for, or later when bytes in between are gone
  std::int64_t dropped = 0;  ///< how many bytes lie between what was asked for and `offset`
  bool complete = false;     ///< nothing follows these bytes, now or ever
};

/// An offset means the same byte for as long as the output is kept; read on at `offset + bytes.size()`. Safe beside the
/// shim that writes, and beside other readers. A terminal has only `out`.
class OutputReader {
 public:
  OutputReader(const std::string& attempt_folder, std::int32_t task, OutputStream stream);

  /// At most `max` bytes; none when there is nothing new (not complete: ask again after IN_MODIFY or a while).
  [[nodiscard]] OutputPiece read(std::int64_t offset, std::size_t max) const;
  /// The offset after the newest byte: to begin at the last n, subtract.
  [[nodiscard]] std::int64_t end() const;
  /// The folder in which files of this stream appear and grow, for inotify.
  [[nodiscard]] const std::string& folder() const { return folder_; }

 private:
  struct File {
    std::int64_t begin = 0;
    std::string path;
  };
  [[nodiscard]] std::vector<File> files() const;

  std::string attempt_folder_;  ///< whoever owns it has written what is in it: other people's files are not read
  std::string folder_;
  std::string name_;
};

}  // namespace mingyue::engines
