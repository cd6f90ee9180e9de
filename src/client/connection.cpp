#include "client/connection.hpp"

#include <curl/curl.h>
#include <unistd.h>

#include <algorithm>
#include <cctype>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <memory>
#include <random>
#include <sstream>
#include <thread>

#include "base/text.hpp"
#include "client/messages.hpp"
#include "formats/json_read.hpp"
#include "formats/parse.hpp"
#include "wire/views.hpp"

namespace mingyue::client {
namespace {

constexpr Duration patience_at_first_max = seconds(10);
constexpr long connect_within_ms = 5'000;
constexpr long silence_max_s = 90;  // of a request that is no stream; the centre answers, or says 504, within a minute
constexpr long probe_after_s = 30;  // silence of a stream after which the line is probed ...
constexpr long probe_every_s = 10;  // ... so often

struct Incoming {
  Answer answer;
  const Connection::Each* each = nullptr;
  const Connection::GoOn* go_on = nullptr;
  bool stopped = false;
  CURL* curl = nullptr;
};

std::size_t on_body(char* data, std::size_t, std::size_t size, void* user) {
  auto& in = *static_cast<Incoming*>(user);
  long status = 0;
  curl_easy_getinfo(in.curl, CURLINFO_RESPONSE_CODE, &status);
  if (in.each == nullptr || status >= 300) {
    in.answer.body.append(data, size);
    return size;
  }
  if ((*in.each)({data, size})) return size;
  in.stopped = true;
  return 0;
}

int on_tick(void* user, curl_off_t, curl_off_t, curl_off_t, curl_off_t) {
  auto& in = *static_cast<Incoming*>(user);
  if (in.go_on == nullptr || !*in.go_on || (*in.go_on)()) return 0;
  in.stopped = true;
  return 1;
}

std::size_t on_header(char* data, std::size_t, std::size_t size, void* user) {
  auto& in = *static_cast<Incoming*>(user);
  const std::string_view line(data, size);
  const auto colon = line.find(':');
  if (colon == std::string_view::npos) return size;
  std::string name(line.substr(0, colon));
  std::ranges::transform(name, name.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  std::string_view value = line.substr(colon + 1);
  while (!value.empty() && std::isspace(static_cast<unsigned char>(value.front()))) value.remove_prefix(1);
  while (!value.empty() && std::isspace(static_cast<unsigned char>(value.back()))) value.remove_suffix(1);
  in.answer.headers[name] = value;
  return size;
}

/// Where no centre was ever, or none that can be trusted, trying again does not help.
Failure nowhere(std::string text, std::string hint) {
  return {0, {Refusal{"no-centre", "", std::move(text), std::move(hint)}}};
}
Failure unreachable(std::string text, std::string hint) {
  return {0, {Refusal{"unreachable", "", std::move(text), std::move(hint)}}};
}

bool may_come_back(const Failure& failure) {
  // 429, 503: busy, or its disk is full for now.
  return (failure.status == 0 && failure.refusals.front().code != "no-centre") || failure.status == 503 ||
         failure.status == 429;
}

struct Handle {
  CURL* curl = curl_easy_init();
  curl_slist* headers = nullptr;
  Handle() = default;
  Handle(const Handle&) = delete;
  Handle& operator=(const Handle&) = delete;
  ~Handle() {
    curl_slist_free_all(headers);
    curl_easy_cleanup(curl);
  }
};

}  // namespace

Exit exit_of(const Failure& failure) {
  if (failure.status == 0) return Exit::unreachable;
  if (failure.status == 401 || failure.status == 403) return Exit::not_allowed;
  if (failure.status == 404) return Exit::not_found;
  return Exit::refused;
}

Failure failure_of(const Answer& answer) {
  Failure failure{answer.status, {}};
  const auto tree = formats::parse_json(answer.body);
  if (tree && tree->is_map()) {
    const auto read = [](const Tree& t) {
      Refusal refusal{t.text("code"), t.text("field"), t.text("detail"), t.text("hint")};
      if (refusal.message.empty()) refusal.message = t.text("message");
      if (const auto line = t.text("line"); !line.empty()) refusal.line = std::atoi(line.c_str());
      return refusal;
    };
    if (const Tree* errors = tree->find("errors"); errors != nullptr && errors->is_list()) {
      for (const Tree& item : errors->items) failure.refusals.push_back(read(item));
    }
    if (failure.refusals.empty()) failure.refusals.push_back(read(*tree));
  }
  if (failure.refusals.empty()) {
    failure.refusals.push_back({"unexpected", "", say("strange.answer", answer.status), say("strange.answer.hint")});
  }
  return failure;
}

Expected<Connection::Target, Failure> Connection::target() const {
  if (!where_.url.empty()) return Target{where_.url, where_.token};
  std::ifstream file(where_.data + "/endpoint.json");
  if (!file) {
    const bool was_one = std::filesystem::exists(where_.data + "/centre.db");
    Failure failure = nowhere(say("no.centre", where_.data), say("no.centre.hint", where_.data));
    if (was_one) failure.refusals.front().code = "unreachable";
    return Unexpected<Failure>(std::move(failure));
  }
  std::stringstream text;
  text << file.rdbuf();
  const auto tree = formats::parse_json(text.str());
  if (!tree) return Unexpected<Failure>(unreachable(say("bad.endpoint", where_.data), say("bad.endpoint.hint")));
  const auto endpoint = formats::read_json<wire::Endpoint>(*tree, formats::UnknownFields::ignore);
  if (!endpoint) return Unexpected<Failure>(unreachable(say("bad.endpoint", where_.data), say("bad.endpoint.hint")));
  return Target{endpoint->url, where_.token.empty() ? endpoint->token : where_.token};
}

Expected<Answer, Failure> Connection::once(const Request& request, const Each* each, const GoOn* go_on) const {
  TRY(to, target());
  Handle handle;
  CURL* curl = handle.curl;
  Incoming in{.each = each, .go_on = go_on, .curl = curl};
  const std::string url = to.url + request.path;
  char error[CURL_ERROR_SIZE] = "";
  if (!to.token.empty())
    handle.headers = curl_slist_append(handle.headers, ("Authorization: Bearer " + to.token).c_str());
  if (!request.content_type.empty())
    handle.headers = curl_slist_append(handle.headers, ("Content-Type: " + request.content_type).c_str());
  if (!request.headers.contains("Accept-Language")) {
    const char* language = language_of_environment() == Language::zh ? "Accept-Language: zh" : "Accept-Language: en";
    handle.headers = curl_slist_append(handle.headers, language);
  }
  for (const auto& [name, value] : request.headers)
    handle.headers = curl_slist_append(handle.headers, (name + ": " + value).c_str());
  handle.headers = curl_slist_append(handle.headers, "Expect:");
  curl_easy_setopt(curl, CURLOPT_URL, url.c_str());
  curl_easy_setopt(curl, CURLOPT_CUSTOMREQUEST, request.method.c_str());
  curl_easy_setopt(curl, CURLOPT_HTTPHEADER, handle.headers);
  curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, &on_body);
  curl_easy_setopt(curl, CURLOPT_WRITEDATA, &in);
  curl_easy_setopt(curl, CURLOPT_HEADERFUNCTION, &on_header);
  curl_easy_setopt(curl, CURLOPT_HEADERDATA, &in);
  curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, error);
  curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(curl, CURLOPT_PROXY, "");
  curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT_MS, connect_within_ms);
  if (!where_.ca.empty()) curl_easy_setopt(curl, CURLOPT_CAINFO, where_.ca.c_str());
  if (each == nullptr) {
    curl_easy_setopt(curl, CURLOPT_LOW_SPEED_LIMIT, 1L);
    curl_easy_setopt(curl, CURLOPT_LOW_SPEED_TIME, silence_max_s);
  } else {
    curl_easy_setopt(curl, CURLOPT_TCP_KEEPALIVE, 1L);
    curl_easy_setopt(curl, CURLOPT_TCP_KEEPIDLE, probe_after_s);
    curl_easy_setopt(curl, CURLOPT_TCP_KEEPINTVL, probe_every_s);
    curl_easy_setopt(curl, CURLOPT_NOPROGRESS, 0L);
    curl_easy_setopt(curl, CURLOPT_XFERINFOFUNCTION, &on_tick);
    curl_easy_setopt(curl, CURLOPT_XFERINFODATA, &in);
  }
  if (!request.body.empty() || request.method == "POST" || request.method == "PUT") {
    curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE, static_cast<long>(request.body.size()));
    curl_easy_setopt(curl, CURLOPT_POSTFIELDS, request.body.c_str());
  }
  const CURLcode code = curl_easy_perform(curl);
  long status = 0;
  curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
  in.answer.status = static_cast<int>(status);
  if (in.stopped) return std::move(in.answer);
  if (code != CURLE_OK) {
    const std::string why = error[0] != '\0' ? error : curl_easy_strerror(code);
    const std::string at = shown(to.url, 200);
    if (code == CURLE_PEER_FAILED_VERIFICATION || code == CURLE_SSL_CACERT_BADFILE) {
      return Unexpected<Failure>(nowhere(say("no.trust", at, why), say("no.trust.hint")));
    }
    if (code == CURLE_URL_MALFORMAT || code == CURLE_UNSUPPORTED_PROTOCOL)
      return Unexpected<Failure>(nowhere(say("no.answer", at, why), say("no.answer.hint")));
    return Unexpected<Failure>(unreachable(say("no.answer", at, why), say("no.answer.hint")));
  }
  if (status >= 400) return Unexpected<Failure>(failure_of(in.answer));
  return std::move(in.answer);
}

Expected<Answer, Failure> Connection::ask(const Request& request) const {
  using Steady = std::chrono::steady_clock;
  const auto begin = Steady::now();
  // Who was never reached may simply not run: that should be known soon.
  const Duration patience = reached_ ? patience_ : std::min(patience_, patience_at_first_max);
  const auto until = begin + std::chrono::milliseconds(patience.raw());
  bool told = false;
  for (auto pause = std::chrono::milliseconds(100);; pause = std::min(pause * 2, std::chrono::milliseconds(2'000))) {
    auto answer = once(request, nullptr, nullptr);
    if (answer || answer.error().status != 0) reached_ = true;
    if (answer || !may_come_back(answer.error()) || Steady::now() + pause > until) return answer;
    if (!told && Steady::now() - begin > std::chrono::seconds(1) && isatty(STDERR_FILENO) != 0) {
      told = true;
      fmt::print(stderr, "mingyue: {}\n", say("away", print_duration(patience)));
    }
    std::this_thread::sleep_for(pause);
  }
}

Expected<Tree, Failure> Connection::get(const std::string& path) const {
  TRY(answer, ask({.path = path}));
  auto tree = formats::parse_json(answer.body, {.bytes_max = 1 << 30, .nodes_max = 50'000'000});
  if (!tree) return Unexpected<Failure>(Failure{answer.status, {tree.error()}});
  return std::move(*tree);
}

Expected<Answer, Failure> Connection::stream(const Request& request, const Each& each, const GoOn& go_on) const {
  return once(request, &each, &go_on);
}

std::string encode(std::string_view text) {
  static constexpr char digits[] = "0123456789ABCDEF";
  std::string out;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (std::isalnum(byte) || c == '-' || c == '_' || c == '.' || c == '~') {
      out += c;
    } else {
      out += '%';
      out += digits[byte >> 4];
      out += digits[byte & 15];
    }
  }
  return out;
}

std::string fresh_key() {
  std::random_device device;
  std::string key;
  for (int i = 0; i < 4; ++i) {
    char word[9];
    std::snprintf(word, sizeof word, "%08x", device());
    key += word;
  }
  return key;
}

}  // namespace mingyue::client
