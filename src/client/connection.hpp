#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/expected.hpp"
#include "base/time.hpp"
#include "base/tree.hpp"

namespace mingyue::client {

/// Why a request did not do what was wanted.
struct Failure {
  int status = 0;                 ///< of the answer; 0: the centre was not reached
  std::vector<Refusal> refusals;  ///< at least one
};

/// What programs may rely on, in --help and docs/cli.md.
enum class Exit : int {
  ok = 0,
  job_failed = 1,  ///< a job did not succeed, or a check did not hold
  usage = 2,
  refused = 3,  ///< the centre says no
  not_found = 4,
  unreachable = 5,  ///< no centre there
  not_allowed = 6,
  timed_out = 124,
};
[[nodiscard]] Exit exit_of(const Failure& failure);

/// How the centre is found: --url (MINGYUE_URL) with --token (MINGYUE_TOKEN), else the endpoint that a centre leaves in
/// its data directory, --data (MINGYUE_DATA, else ./centre).
struct Where {
  std::string url;
  std::string token;
  std::string data;
  std::string ca;  ///< --ca (MINGYUE_CA): PEM of who signed the centre's certificate; empty: who the system trusts
};

struct Request {
  std::string method = "GET";
  std::string path;  ///< `/v1/jobs?limit=10`, encoded
  std::string body;
  std::string content_type;
  std::map<std::string, std::string> headers;  ///< Accept-Language is that of the environment, unless it is here
};

struct Answer {
  int status = 0;
  std::string body;
  std::map<std::string, std::string> headers;  ///< names in lower case
};

/// The refusals in the problem document of an answer; one of our own where it is none.
[[nodiscard]] Failure failure_of(const Answer& answer);

/// A way to one centre. A request that fails because the centre is away (it restarts, say) is tried again for
/// `patience` (at most 10 s as long as it was never reached) with the endpoint read anew: every write that the client
/// makes carries an idempotency key or is one by nature.
class Connection {
 public:
  explicit Connection(Where where, Duration patience = Duration{0}) : where_(std::move(where)), patience_(patience) {}

  [[nodiscard]] Expected<Answer, Failure> ask(const Request& request) const;
  /// The JSON of a GET.
  [[nodiscard]] Expected<Tree, Failure> get(const std::string& path) const;
  /// Bytes as they come; `each` returns false to stop. Ends when the centre ends the answer; no patience here: the
  /// caller knows from where to go on. `go_on` is asked at least once a second, also in silence: false stops. A line
  /// that went dead is noticed within a minute (TCP keep-alive).
  using Each = std::function<bool(std::string_view)>;
  using GoOn = std::function<bool()>;
  [[nodiscard]] Expected<Answer, Failure> stream(const Request& request, const Each& each,
                                                 const GoOn& go_on = {}) const;

  void be_patient(Duration patience) { patience_ = patience; }
  /// URL and token, for what does not speak HTTP all the way (the terminal).
  struct Target {
    std::string url;
    std::string token;
  };
  [[nodiscard]] Expected<Target, Failure> target() const;
  [[nodiscard]] Duration patience() const { return patience_; }
  [[nodiscard]] const Where& where() const { return where_; }

 private:
  Expected<Answer, Failure> once(const Request& request, const Each* each, const GoOn* go_on) const;

  Where where_;
  Duration patience_;
  mutable bool reached_ = false;  ///< set by the first request, before there are threads
};

/// Percent-encodes what is not of a query's or path's own characters.
[[nodiscard]] std::string encode(std::string_view text);
/// 128 random bits in hexadecimal: an idempotency key.
[[nodiscard]] std::string fresh_key();

}  // namespace mingyue::client
