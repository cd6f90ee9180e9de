#pragma once

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "client/session.hpp"
#include "formats/json.hpp"
#include "http/server.hpp"
#include "wire/views.hpp"

/// For tests of verbs: a server that answers what the test says, and the endpoint file by which a client finds it.
namespace mingyue::client::testing {

class CentreStub {
 public:
  using Handler = std::function<http::Response(const http::Request&)>;

  CentreStub() : data_(std::filesystem::temp_directory_path() / ("mingyue-client-test-" + std::to_string(::getpid()))) {
    std::filesystem::create_directories(data_);
  }
  ~CentreStub() {
    server_.reset();
    std::filesystem::remove_all(data_);
  }
  CentreStub(const CentreStub&) = delete;
  CentreStub& operator=(const CentreStub&) = delete;

  void on(std::string method, std::string pattern, Handler handler) {
    router_.on(std::move(method), std::move(pattern),
               [this, handler = std::move(handler)](http::Request request, http::Reply reply) {
                 http::Response response = handler(request);
                 {
                   const std::lock_guard lock(mutex_);
                   requests_.push_back(std::move(request));
                 }
                 reply.send(std::move(response));
               });
  }

  /// A session that finds the centre by its data directory.
  Session start() {
    auto server = http::Server::start(router_, {});
    EXPECT_TRUE(server.has_value());
    server_ = std::move(*server);
    const wire::Endpoint endpoint{
        .url = "http://127.0.0.1:" + std::to_string(server_->port()), .token = "secret", .pid = ::getpid()};
    std::ofstream(data_ / "endpoint.json") << formats::write_json(endpoint, formats::JsonStyle::api);
    return Session{.connection = Connection({.data = data_.string()})};
  }

  std::vector<http::Request> requests() {
    const std::lock_guard lock(mutex_);
    return requests_;
  }
  [[nodiscard]] const std::filesystem::path& data() const { return data_; }

 private:
  std::filesystem::path data_;
  http::Router router_;
  std::mutex mutex_;
  std::vector<http::Request> requests_;
  std::unique_ptr<http::Server> server_;
};

template <class T>
http::Response answer(const T& value) {
  return http::Response::json(formats::write_json(value, formats::JsonStyle::api));
}

inline wire::JobView a_job(std::uint64_t id, model::JobState state) {
  return {.id = model::JobId(id),
          .array = model::JobId(id),
          .name = "bar",
          .user = "li",
          .project = "demo",
          .partition = "main",
          .priority_class = "normal",
          .state = state,
          .attempts = 1,
          .submitted_at = Instant{1'800'000'000'000},
          .cores = 2};
}

/// What a call printed on standard output.
template <class Call>
std::pair<std::string, int> printed(Call call) {
  ::testing::internal::CaptureStdout();
  const auto exit = call();
  return {::testing::internal::GetCapturedStdout(), static_cast<int>(exit)};
}

}  // namespace mingyue::client::testing
