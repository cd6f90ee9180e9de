#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

#include "base/expected.hpp"

/// The folder's only way to files: bytes in, bytes out. gzip is taken off and put on here and is nobody else's concern.
namespace mingyue::workload {

class ByteSource {
 public:
  ByteSource() = default;
  ByteSource(const ByteSource&) = delete;
  ByteSource& operator=(const ByteSource&) = delete;
  virtual ~ByteSource() = default;
  /// How many bytes came, at most `size`; 0 at the end.
  [[nodiscard]] virtual Expected<std::size_t> read(char* to, std::size_t size) = 0;
  /// How far it is, 0 to 1.
  [[nodiscard]] virtual double progress() const = 0;
};

/// A file, plain or gzip: what it is is told by its first bytes and not by its name. `-` is standard input.
[[nodiscard]] Expected<std::unique_ptr<ByteSource>> open_file(const std::string& path);
/// Text at hand.
[[nodiscard]] std::unique_ptr<ByteSource> bytes_of(std::string text);

class ByteSink {
 public:
  ByteSink() = default;
  ByteSink(const ByteSink&) = delete;
  ByteSink& operator=(const ByteSink&) = delete;
  virtual ~ByteSink() = default;
  [[nodiscard]] virtual Expected<void> write(std::string_view bytes) = 0;
  /// All is written. A sink that is dropped without this leaves nothing behind.
  [[nodiscard]] virtual Expected<void> finish() = 0;
};

/// A file; gzip where its name ends with `.gz`. `-` is standard output. Until finish() it grows beside its name, with
/// `.part` behind it, so that a file of that name is always whole.
[[nodiscard]] Expected<std::unique_ptr<ByteSink>> create_file(const std::string& path);
/// Into a string, which must outlive the sink.
[[nodiscard]] std::unique_ptr<ByteSink> into(std::string& text);

}  // namespace mingyue::workload
