#pragma once

#include <memory>
#include <optional>
#include <string>

#include "api/access.hpp"
#include "api/engine_access.hpp"
#include "api/parts.hpp"
#include "http/router.hpp"
#include "http/server.hpp"
#include "ports/history.hpp"
#include "ports/log_store.hpp"
#include "runtime/centre.hpp"

namespace mingyue::api {

/// The API of one centre under /v1 (docs/api.md, and /v1/openapi.json, which is made of the same registrations).
///
///   1. construct, with a centre that has been started;
///   2. install()  puts the routes into a router;
///   3. attach()   completes the options of the server that will serve it;
///   4. stop()     after the server has stopped and before the centre does: streams end, its threads are joined.
///
/// It never decides: what people wish goes to the core as a command with their name and role. It checks who may read,
/// and turns state and read tables into views.
class Service {
 public:
  Service(runtime::Centre& centre, const ports::History& history, ports::LogStore& log, const EngineAccess& engine,
          ServiceOptions options = {});
  ~Service();
  Service(const Service&) = delete;
  Service& operator=(const Service&) = delete;

  void install(http::Router& router);
  void attach(http::ServerOptions& options);
  void stop();

  /// The secret of this start, known to whoever can read DATA/endpoint.json; only its hash is kept.
  void set_local_token(std::string_view secret, Caller caller);
  /// Tokens in the log: without one, nobody from elsewhere could come in.
  [[nodiscard]] std::size_t tokens() const;
  [[nodiscard]] std::string openapi() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace mingyue::api
