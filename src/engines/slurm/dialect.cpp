#include "engines/slurm/dialect.hpp"

#include <algorithm>
#include <array>
#include <boost/json.hpp>
#include <charconv>
#include <set>

namespace mingyue::engines::slurm {
namespace {

const boost::json::value* member(const boost::json::object& object, std::string_view name) {
  return object.if_contains({name.data(), name.size()});
}

std::int64_t number(const boost::json::value* value) {
  if (value == nullptr) return 0;
  if (const auto* whole = value->if_int64()) return *whole;
  if (const auto* object = value->if_object()) return number(member(*object, "number"));  // {"set": true, "number": 7}
  if (const auto* text = value->if_string()) {
    std::int64_t parsed = 0;
    std::from_chars(text->data(), text->data() + text->size(), parsed);
    return parsed;
  }
  return 0;
}

std::string text(const boost::json::value* value) {
  if (value == nullptr) return {};
  if (const auto* string = value->if_string()) return {string->data(), string->size()};
  if (const auto* whole = value->if_int64()) return std::to_string(*whole);
  return {};
}

}  // namespace

std::vector<int> offered_versions(std::string_view openapi) {
  // The document is half a megabyte, and of all of it we want the paths: `/slurm/v0.0.38/...`, where some servers write
  // the slashes as `\/`.
  std::set<int> versions;
  constexpr std::string_view mark = "v0.0.";
  for (std::size_t at = 0; (at = openapi.find(mark, at)) != std::string_view::npos; at += mark.size()) {
    const std::string_view before = openapi.substr(0, at);
    if (!before.ends_with("slurm/") && !before.ends_with("slurm\\/")) continue;
    const std::string_view rest = openapi.substr(at + mark.size());
    int version = 0;
    const auto result = std::from_chars(rest.data(), rest.data() + rest.size(), version);
    if (result.ec == std::errc() && result.ptr != rest.data() + rest.size() &&
        (*result.ptr == '/' || *result.ptr == '\\'))
      versions.insert(version);
  }
  return {versions.begin(), versions.end()};
}

const Dialect* choose_dialect(std::string_view openapi) {
  const std::vector<int> offered = offered_versions(openapi);
  for (const Dialect* dialect : {&dialect_42, &dialect_40, &dialect_38})
    if (std::ranges::find(offered, dialect->version) != offered.end()) return dialect;
  return nullptr;
}

std::optional<Said> read_answer(std::string_view body) {
  boost::system::error_code error;
  const auto value = boost::json::parse({body.data(), body.size()}, error);
  if (error || !value.is_object()) return std::nullopt;
  const auto& answer = value.as_object();
  Said said;
  said.job = std::max<std::int64_t>(number(member(answer, "job_id")), 0);
  if (const auto* errors = member(answer, "errors"); errors != nullptr && errors->is_array()) {
    for (const auto& one : errors->as_array()) {
      if (!one.is_object()) continue;
      const auto& object = one.as_object();
      const std::int64_t code = std::max(number(member(object, "error_code")), number(member(object, "error_number")));
      std::string words = text(member(object, "error"));
      if (const std::string more = text(member(object, "description")); !more.empty() && more != words)
        words.append(words.empty() ? "" : ": ").append(more);
      // The first error is the cause; one without a number says more about the next.
      if (said.code <= 0) said.code = code;
      if (!words.empty() && said.error.find(words) == std::string::npos)
        said.error += (said.error.empty() ? "" : "; ") + words;
    }
  }
  if (const auto* meta = member(answer, "meta"); meta != nullptr && meta->is_object())
    for (const char* name : {"Slurm", "slurm"})
      if (const auto* slurm = member(meta->as_object(), name); slurm != nullptr && slurm->is_object())
        said.release = text(member(slurm->as_object(), "release"));
  return said;
}

Refused meaning_of(int http_status, const Said& said) {
  constexpr std::int64_t try_again = 11;        // EAGAIN: the controller holds as many jobs as it may (MaxJobCount)
  constexpr std::int64_t no_connection = 1800;  // slurmrestd did not reach the controller, so it has not taken it
  constexpr std::int64_t record_copy = 2007;    // "temporarily unable to accept job"
  if (said.code == try_again || said.code == no_connection || said.code == record_copy) return Refused::not_now;
  if (http_status == 401 || http_status == 403 || http_status == 404 || http_status == 429 || http_status == 503)
    return Refused::not_now;
  // Between slurmrestd and the controller something broke off: 1000 to 1999 communication, 5000 to 5999 sockets.
  const bool broke_off = (said.code >= 1000 && said.code < 2000) || (said.code >= 5000 && said.code < 6000);
  if (broke_off || said.code <= 0) return Refused::unknown;
  return Refused::for_good;
}

}  // namespace mingyue::engines::slurm
