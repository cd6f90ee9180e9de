#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/expected.hpp"

struct pollfd;

/// HTTP to slurmrestd over a few connections that are kept. One thread uses it.
namespace mingyue::engines::slurm {

struct RestRequest {
  std::string method = "GET";
  std::string path;
  std::string body;  ///< JSON; empty: none
  std::string user;  ///< as whom
  std::string token;
};

struct RestAnswer {
  bool answered = false;  ///< false: nobody knows whether the request arrived
  bool connected = true;  ///< false: it certainly did not
  int status = 0;
  std::string body;
  std::string trouble;  ///< in words, when it was not answered
};

class RestClient {
 public:
  using Done = std::function<void(RestAnswer)>;

  /// `url`: `http://HOST:PORT`, `https://...` or `unix:/PATH`.
  RestClient(const std::string& url, int connections_max);
  ~RestClient();
  RestClient(const RestClient&) = delete;
  RestClient& operator=(const RestClient&) = delete;

  /// Begins a request; `done` is called from work(). Beyond `connections_max` at once, requests wait inside.
  void send(const RestRequest& request, Done done, int timeout_ms = 30'000);
  /// Moves all requests on and calls what is done.
  void work();
  /// Waits until there is something to do here or on one of `fds` (their `revents` are set), or wake() is called.
  void wait(std::vector<pollfd>& fds, int timeout_ms);
  /// From any thread.
  void wake();
  [[nodiscard]] std::size_t under_way() const;

 private:
  struct Inside;
  std::unique_ptr<Inside> inside_;
};

}  // namespace mingyue::engines::slurm
