#include "engines/output_file.hpp"

#include <dirent.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <string_view>

#include "engines/attempt_reading.hpp"
#include "engines/shim/files.hpp"

namespace mingyue::engines {

OutputReader::OutputReader(const std::string& attempt_folder, std::int32_t task, OutputStream stream)
    : attempt_folder_(attempt_folder),
      folder_(AttemptFolder(attempt_folder).output()),
      name_(std::to_string(task) + (stream == OutputStream::out ? ".out" : ".err")) {}

std::vector<OutputReader::File> OutputReader::files() const {
  std::vector<File> list;
  DIR* dir = ::opendir(folder_.c_str());
  if (dir == nullptr) return list;
  while (const dirent* entry = ::readdir(dir)) {
    const std::string_view name = entry->d_name;
    if (!name.starts_with(name_)) continue;
    const std::string_view suffix = name.substr(name_.size());
    const std::int64_t begin = suffix.empty() ? 0 : suffix.starts_with('.') ? parse_count(suffix.substr(1)) : -1;
    if (begin >= 0) list.push_back({begin, folder_ + "/" + std::string(name)});
  }
  ::closedir(dir);
  std::ranges::sort(list, {}, &File::begin);
  return list;
}

OutputPiece OutputReader::read(std::int64_t offset, std::size_t max) const {
  offset = std::max<std::int64_t>(offset, 0);
  // Looked at before the bytes: what is complete now has all its bytes in the files.
  const bool complete = exists(folder_ + "/complete");
  OutputPiece piece{.bytes = {}, .offset = offset, .dropped = 0, .complete = complete};
  struct stat owner {};
  if (::stat(attempt_folder_.c_str(), &owner) != 0) return piece;
  for (const File& file : files()) {
    const auto opened = open_of_owner(file.path, owner.st_uid);
    struct stat status {};
    if (!opened || ::fstat(opened->get(), &status) != 0) continue;  // turned over just now: its bytes are gone
    if (file.begin + status.st_size <= offset) continue;
    piece.offset = std::max(offset, file.begin);
    piece.dropped = piece.offset - offset;
    const std::int64_t left = file.begin + status.st_size - piece.offset;
    piece.bytes.resize(std::min(max, static_cast<std::size_t>(left)));
    ssize_t n = 0;
    do n = ::pread(opened->get(), piece.bytes.data(), piece.bytes.size(), piece.offset - file.begin);
    while (n < 0 && errno == EINTR);
    piece.bytes.resize(static_cast<std::size_t>(std::max<ssize_t>(n, 0)));
    piece.complete = false;  // the next read says whether more follows
    return piece;
  }
  return piece;
}

std::int64_t OutputReader::end() const {
  const auto list = files();
  struct stat status {};
  if (list.empty() || ::stat(list.back().path.c_str(), &status) != 0) return 0;
  return list.back().begin + status.st_size;
}

}  // namespace mingyue::engines
