#include "engines/slurm/rest_client.hpp"

#include <curl/curl.h>
#include <poll.h>

#include <algorithm>
#include <map>
#include <mutex>

namespace mingyue::engines::slurm {
namespace {

constexpr std::size_t answer_max = 64U << 20U;

struct Exchange {
  RestRequest request;
  RestClient::Done done;
  std::string answer;
  curl_slist* headers = nullptr;
};

std::size_t take(char* bytes, std::size_t size, std::size_t count, void* user) {
  auto& exchange = *static_cast<Exchange*>(user);
  if (exchange.answer.size() + size * count > answer_max) return 0;
  exchange.answer.append(bytes, size * count);
  return size * count;
}

void start_library() {
  static std::once_flag once;
  std::call_once(once, [] { ::curl_global_init(CURL_GLOBAL_DEFAULT); });
}

}  // namespace

struct RestClient::Inside {
  CURLM* multi = nullptr;
  std::string base;
  std::string socket;  ///< path of a Unix socket; empty: TCP
  std::map<CURL*, std::unique_ptr<Exchange>> exchanges;
  std::vector<CURL*> idle;  ///< used before, kept for the next request

  void set(CURL* easy, Exchange& exchange, int timeout_ms) const {
    const RestRequest& request = exchange.request;
    const auto header = [&exchange](const std::string& line) {
      exchange.headers = ::curl_slist_append(exchange.headers, line.c_str());
    };
    header("X-SLURM-USER-NAME: " + request.user);
    header("X-SLURM-USER-TOKEN: " + request.token);
    header("Accept: application/json");
    header("Expect:");  // no question before the body: slurmrestd does not answer it
    if (!request.body.empty()) header("Content-Type: application/json");
    ::curl_easy_setopt(easy, CURLOPT_URL, (base + request.path).c_str());
    if (!socket.empty()) ::curl_easy_setopt(easy, CURLOPT_UNIX_SOCKET_PATH, socket.c_str());
    ::curl_easy_setopt(easy, CURLOPT_HTTPHEADER, exchange.headers);
    ::curl_easy_setopt(easy, CURLOPT_NOPROXY, "*");
    ::curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
    ::curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, static_cast<long>(timeout_ms));
    ::curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS, 3000L);
    ::curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, take);
    ::curl_easy_setopt(easy, CURLOPT_WRITEDATA, &exchange);
    if (!request.body.empty()) {
      // With a length in front: slurmrestd refuses bodies in chunks.
      ::curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(request.body.size()));
      ::curl_easy_setopt(easy, CURLOPT_POSTFIELDS, request.body.c_str());
    }
    if (request.method != "GET" && (request.method != "POST" || request.body.empty()))
      ::curl_easy_setopt(easy, CURLOPT_CUSTOMREQUEST, request.method.c_str());
  }
};

RestClient::RestClient(const std::string& url, int connections_max) : inside_(std::make_unique<Inside>()) {
  start_library();
  inside_->multi = ::curl_multi_init();
  ::curl_multi_setopt(inside_->multi, CURLMOPT_MAX_TOTAL_CONNECTIONS, static_cast<long>(connections_max));
  ::curl_multi_setopt(inside_->multi, CURLMOPT_MAXCONNECTS, static_cast<long>(connections_max));
  if (url.starts_with("unix:")) {
    inside_->socket = url.substr(5);
    inside_->base = "http://slurmrestd";
  } else {
    inside_->base = url.ends_with('/') ? url.substr(0, url.size() - 1) : url;
  }
}

RestClient::~RestClient() {
  for (auto& [easy, exchange] : inside_->exchanges) {
    ::curl_multi_remove_handle(inside_->multi, easy);
    ::curl_slist_free_all(exchange->headers);
    ::curl_easy_cleanup(easy);
  }
  for (CURL* easy : inside_->idle) ::curl_easy_cleanup(easy);
  ::curl_multi_cleanup(inside_->multi);
}

void RestClient::send(const RestRequest& request, Done done, int timeout_ms) {
  CURL* easy = nullptr;
  if (inside_->idle.empty()) {
    easy = ::curl_easy_init();
  } else {
    easy = inside_->idle.back();
    inside_->idle.pop_back();
    ::curl_easy_reset(easy);
  }
  auto exchange = std::make_unique<Exchange>(Exchange{request, std::move(done), {}, nullptr});
  inside_->set(easy, *exchange, timeout_ms);
  inside_->exchanges.emplace(easy, std::move(exchange));
  ::curl_multi_add_handle(inside_->multi, easy);
}

void RestClient::work() {
  int running = 0;
  ::curl_multi_perform(inside_->multi, &running);
  int left = 0;
  while (const CURLMsg* message = ::curl_multi_info_read(inside_->multi, &left)) {
    if (message->msg != CURLMSG_DONE) continue;
    CURL* const easy = message->easy_handle;
    const CURLcode result = message->data.result;
    RestAnswer answer;
    long status = 0;
    ::curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &status);
    ::curl_multi_remove_handle(inside_->multi, easy);
    const auto it = inside_->exchanges.find(easy);
    std::unique_ptr<Exchange> exchange = std::move(it->second);
    inside_->exchanges.erase(it);
    ::curl_slist_free_all(exchange->headers);
    inside_->idle.push_back(easy);
    answer.answered = result == CURLE_OK && status > 0;
    answer.connected = result != CURLE_COULDNT_CONNECT && result != CURLE_COULDNT_RESOLVE_HOST;
    answer.status = static_cast<int>(status);
    answer.body = std::move(exchange->answer);
    if (!answer.answered) answer.trouble = ::curl_easy_strerror(result);
    exchange->done(std::move(answer));
  }
}

void RestClient::wait(std::vector<pollfd>& fds, int timeout_ms) {
  std::vector<curl_waitfd> extra;
  for (const pollfd& fd : fds) extra.push_back({fd.fd, fd.events, 0});  // POLLIN and POLLOUT have curl's values here
  static_assert(CURL_WAIT_POLLIN == POLLIN && CURL_WAIT_POLLOUT == POLLOUT);
  int count = 0;
  ::curl_multi_poll(inside_->multi, extra.data(), static_cast<unsigned>(extra.size()), timeout_ms, &count);
  for (std::size_t i = 0; i < fds.size(); ++i) fds[i].revents = extra[i].revents;
}

void RestClient::wake() { ::curl_multi_wakeup(inside_->multi); }

std::size_t RestClient::under_way() const { return inside_->exchanges.size(); }

}  // namespace mingyue::engines::slurm
