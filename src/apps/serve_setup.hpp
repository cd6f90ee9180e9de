#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/expected.hpp"
#include "host/sqlite_log_store.hpp"
#include "http/static_content.hpp"
#include "model/centre_document.hpp"
#include "wire/views.hpp"

/// The steps of a start that only read or write files.
namespace mingyue::apps {

struct ListenAddress {
  std::string host;  ///< an address without brackets
  std::uint16_t port = 0;
  bool is_loopback = false;
};
/// `127.0.0.1:8080`, `[::1]:0`, `localhost:8080`, `:8080` (every address).
[[nodiscard]] Expected<ListenAddress> parse_listen(std::string_view text);

/// `http://127.0.0.1:8080`, `http://[::1]:8080`; every address is told as this machine's own.
[[nodiscard]] std::string url_of(std::string_view scheme, std::string_view host, std::uint16_t port);

struct Description {
  model::CentreDocument document;
  std::string source;  ///< the file, or `this machine`
};
/// The centre's file, or the machine where there is none. All refusals, each with its line.
[[nodiscard]] Expected<Description, std::vector<Refusal>> describe_centre(const std::string& file,
                                                                          const std::string& data,
                                                                          const model::MachineFacts& facts);

/// DATA/endpoint.json: where the centre is and with which token, for its owner alone. Written beside, then renamed.
class EndpointFile {
 public:
  [[nodiscard]] static Expected<EndpointFile, Fault> write(const std::string& data, const wire::Endpoint& endpoint);
  EndpointFile(EndpointFile&& other) noexcept : path_(std::exchange(other.path_, {})) {}
  EndpointFile& operator=(EndpointFile&&) = delete;
  ~EndpointFile();  ///< removes it

 private:
  explicit EndpointFile(std::string path) : path_(std::move(path)) {}
  std::string path_;
};

/// Folds the whole log again into the read tables, when they are stale.
[[nodiscard]] Expected<void, Fault> rebuild_stale_rows(host::SqliteLogStore& store);

/// All files below a folder, to be served; none where there is no such folder.
[[nodiscard]] http::StaticFiles read_console(const std::string& folder);
/// Where the built console lies: share/mingyue/web where the program is installed, build/web in the tree; empty:
/// nowhere.
[[nodiscard]] std::string console_beside_program();
/// Where the shipped recipes lie: beside an installed program, or in the source tree above a built one; empty: nowhere.
[[nodiscard]] std::string shipped_recipes();
/// One page that says how to build it.
[[nodiscard]] http::StaticFiles console_that_is_missing();

/// As many open files as the system allows: each client and each job's output needs some.
void raise_file_limit();

}  // namespace mingyue::apps
