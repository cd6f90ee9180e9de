#include "apps/fault_words.hpp"

#include <fmt/format.h>

namespace mingyue::apps {

std::string fault_words(const client::Session& session, const Fault& fault) {
  const std::string key = "fault." + fault.code;
  return client::message(session.language, key) == key ? fault.message : session.text(key, fault.message);
}

int tell_fault(const client::Session& session, const Fault& fault) {
  fmt::print(stderr, "mingyue: {}\n", fault_words(session, fault));
  return static_cast<int>(client::Exit::job_failed);
}

}  // namespace mingyue::apps
