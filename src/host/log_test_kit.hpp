#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <stdlib.h>

#include <filesystem>
#include <string>
#include <utility>

#include "host/schema.hpp"
#include "host/sqlite.hpp"
#include "host/sqlite_log_store.hpp"

/// What the tests of logs share.
namespace mingyue::host::testing {

/// A directory that is gone at the end.
class TempDir {
 public:
  TempDir() {
    std::string name = (std::filesystem::temp_directory_path() / "mingyue-log-XXXXXX").string();
    path_ = ::mkdtemp(name.data());
  }
  ~TempDir() { std::filesystem::remove_all(path_); }
  TempDir(const TempDir&) = delete;
  TempDir& operator=(const TempDir&) = delete;
  [[nodiscard]] std::string operator/(const std::string& name) const { return path_ + "/" + name; }
  [[nodiscard]] const std::string& path() const { return path_; }

 private:
  std::string path_;
};

/// Writes one record after the other, each with its hash.
class Writer {
 public:
  Writer() = default;
  explicit Writer(const ports::Head& head) : seq_(head.seq), hash_(head.hash) {}

  [[nodiscard]] ports::Record record(std::string payload) {
    ++seq_;
    ports::Record record{.seq = seq_,
                         .at = Instant(1'800'000'000'000 + static_cast<std::int64_t>(seq_) * 10),
                         .number = static_cast<std::uint32_t>(seq_ % 25),
                         .payload = std::move(payload),
                         .hash = {}};
    record.hash = hash_ = ports::record_hash(hash_, record);
    return record;
  }
  /// `count` records whose payload is their number in words of bytes, and no rows.
  [[nodiscard]] ports::Batch batch(std::size_t count) {
    ports::Batch batch;
    for (std::size_t i = 0; i < count; ++i) batch.records.push_back(record(payload_of(seq_ + 1)));
    return batch;
  }
  /// What `batch` puts into record `seq`: some have zeros and all bytes, one has none.
  [[nodiscard]] static std::string payload_of(std::uint64_t seq) {
    if (seq == 3) return {};
    std::string text = "record " + std::to_string(seq);
    text.push_back('\0');
    text.push_back(static_cast<char>(seq % 256));
    return text;
  }
  [[nodiscard]] std::uint64_t seq() const { return seq_; }
  [[nodiscard]] const Hash& hash() const { return hash_; }

 private:
  std::uint64_t seq_ = 0;
  Hash hash_{};
};

inline std::unique_ptr<SqliteLogStore> open_store(const std::string& data, SqliteLogOptions options = {}) {
  auto store = SqliteLogStore::open(data, options);
  EXPECT_TRUE(store.has_value()) << (store ? "" : store.error().message);
  return store ? std::move(*store) : nullptr;
}

/// The fault with which opening is refused; the code is empty when it was not.
inline Fault open_fault(const std::string& data) {
  auto store = SqliteLogStore::open(data);
  return store ? Fault{} : store.error();
}

/// A new log with `count` records, closed again.
inline void write_log(const std::string& data, std::size_t count) {
  const auto store = open_store(data);
  ASSERT_NE(store, nullptr);
  Writer writer(store->head());
  store->append(writer.batch(count), [] {});
  store->flush();
}

/// Changes the file behind everybody's back.
inline void tamper(const std::string& data, const std::string& sql) {
  auto database = Database::open(database_path(data), Database::Access::read_write);
  ASSERT_TRUE(database.has_value());
  const auto done = database->execute(sql);
  ASSERT_TRUE(done.has_value()) << done.error().message;
}

}  // namespace mingyue::host::testing
