#pragma once

#include <cstring>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/expected.hpp"
#include "drivers/batch.hpp"
#include "drivers/qdmi_abi.hpp"

namespace mingyue::drivers::qdmi {

/// `-8 (permission denied)`.
[[nodiscard]] std::string status_words(int status);

/// A device library of QDMI, loaded and initialised, with one session. Fault codes: `no-device-library` (no such file,
/// not of QDMI 1.2 or 1.3, the prefix is another), `device-refused` (the session is not permitted), `device-failed`.
///
/// Answers of the library are taken as they come, but never beyond their sizes. What it crashes with, crashes us: it is
/// called in a process of its own.
class Library {
 public:
  [[nodiscard]] static Expected<std::unique_ptr<Library>, Fault> open(const DriverSettings& settings);
  ~Library();
  Library(const Library&) = delete;
  Library& operator=(const Library&) = delete;

  // Queries; nothing where the library does not support the property.
  [[nodiscard]] Expected<std::optional<std::string>, Fault> text(DeviceProperty property) const;
  template <class T>
  [[nodiscard]] Expected<std::optional<T>, Fault> value(DeviceProperty property) const {
    return as_value<T>(bytes(property));
  }
  template <class T>
  [[nodiscard]] Expected<std::optional<std::vector<T>>, Fault> list(DeviceProperty property) const {
    return as_list<T>(bytes(property));
  }
  template <class T>
  [[nodiscard]] Expected<std::optional<T>, Fault> value(Site site, SiteProperty property) const {
    return as_value<T>(bytes(site, property));
  }
  [[nodiscard]] Expected<std::optional<std::string>, Fault> text(Operation operation, OperationProperty property) const;
  /// Without sites: what holds wherever it is applied.
  template <class T>
  [[nodiscard]] Expected<std::optional<T>, Fault> value(Operation operation, const std::vector<Site>& sites,
                                                        OperationProperty property) const {
    return as_value<T>(bytes(operation, sites, property));
  }

  [[nodiscard]] const Functions& functions() const { return functions_; }
  [[nodiscard]] Session session() const { return session_; }

  /// A fault that names the function and what it returned.
  [[nodiscard]] static Unexpected<Fault> failed(const std::string& function, int status);

  /// All bytes of an answer that is asked for twice: for its size, then for itself.
  template <class Ask>
  [[nodiscard]] static Expected<std::optional<std::string>, Fault> whole(const std::string& function, Ask ask) {
    std::size_t size = 0;
    int status = ask(std::size_t{0}, nullptr, &size);
    if (status == error_not_supported || status == error_not_implemented) return std::nullopt;
    if (status < 0) return failed(function, status);
    if (size > answer_bytes_max) return failed(function, error_out_of_memory);
    std::string bytes(size, '\0');
    if (size == 0) return bytes;
    status = ask(size, bytes.data(), &size);
    if (status == error_not_supported || status == error_not_implemented) return std::nullopt;
    if (status < 0) return failed(function, status);
    if (size < bytes.size()) bytes.resize(size);
    return bytes;
  }
  template <class T>
  [[nodiscard]] static Expected<std::optional<std::vector<T>>, Fault> as_list(
      Expected<std::optional<std::string>, Fault> bytes) {
    if (!bytes) return std::unexpected(std::move(bytes).error());
    if (!*bytes) return std::nullopt;
    if ((**bytes).size() % sizeof(T) != 0)
      return fault("device-failed", "the library answered with a list that is not of whole items");
    std::vector<T> list((**bytes).size() / sizeof(T));
    if (!list.empty()) std::memcpy(list.data(), (**bytes).data(), (**bytes).size());
    return list;
  }

 private:
  static constexpr std::size_t answer_bytes_max = std::size_t{256} << 20;

  Library() = default;
  template <class T>
  [[nodiscard]] static Expected<std::optional<T>, Fault> as_value(Expected<std::optional<std::string>, Fault> bytes) {
    if (!bytes) return std::unexpected(std::move(bytes).error());
    if (!*bytes) return std::nullopt;
    if ((**bytes).size() != sizeof(T))
      return fault("device-failed", "the library answered with a value of another size than QDMI says");
    T value{};
    std::memcpy(&value, (**bytes).data(), sizeof(T));
    return value;
  }
  [[nodiscard]] Expected<std::optional<std::string>, Fault> bytes(DeviceProperty property) const;
  [[nodiscard]] Expected<std::optional<std::string>, Fault> bytes(Site site, SiteProperty property) const;
  [[nodiscard]] Expected<std::optional<std::string>, Fault> bytes(Operation operation, const std::vector<Site>& sites,
                                                                  OperationProperty property) const;
  [[nodiscard]] Expected<void, Fault> begin_session(const DriverSettings& settings);

  Functions functions_;
  Session session_ = nullptr;
  bool initialised_ = false;
};

}  // namespace mingyue::drivers::qdmi
