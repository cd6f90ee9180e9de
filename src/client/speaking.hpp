#pragma once

#include <cstdlib>
#include <optional>
#include <string>
#include <utility>
#include <vector>

/// For tests: the language of the environment while this lives; afterwards it is what it was. A null is a variable that
/// is not there.
namespace mingyue::client::testing {

class Speaking {
 public:
  explicit Speaking(const char* all, const char* messages = nullptr, const char* lang = nullptr) {
    set("LC_ALL", all);
    set("LC_MESSAGES", messages);
    set("LANG", lang);
  }
  ~Speaking() {
    for (const auto& [name, value] : before_) put(name, value ? value->c_str() : nullptr);
  }
  Speaking(const Speaking&) = delete;
  Speaking& operator=(const Speaking&) = delete;

 private:
  static void put(const char* name, const char* value) {
    value == nullptr ? ::unsetenv(name) : ::setenv(name, value, 1);
  }
  void set(const char* name, const char* value) {
    const char* before = std::getenv(name);
    before_.emplace_back(name, before == nullptr ? std::nullopt : std::optional<std::string>(before));
    put(name, value);
  }

  std::vector<std::pair<const char*, std::optional<std::string>>> before_;
};

}  // namespace mingyue::client::testing
