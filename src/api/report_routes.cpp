#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "api/parts.hpp"
#include "base/text.hpp"
#include "wire/reports.hpp"

/// Reports of the twin, as pages of their own.
namespace mingyue::api {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t report_bytes_max = std::size_t{64} << 20;
constexpr std::size_t title_within = 64 * 1024;
constexpr std::size_t reports_max = 1'000;

/// A report may hold what others wrote (names of jobs). It runs no script but its own, in an origin of its own: it
/// cannot ask the API, nor anybody else.
constexpr const char* report_policy =
    "sandbox allow-scripts; default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; img-src data:; "
    "font-src data:; frame-ancestors 'self'";

/// The file of a report; nothing where the name could lead elsewhere or there is no such file. Links are not followed.
std::optional<fs::path> file_of(const std::string& folder, std::string_view name) {
  if (folder.empty() || !is_name(name) || !name.ends_with(".html")) return std::nullopt;
  const fs::path file = fs::path(folder) / name;
  std::error_code error;
  if (!fs::is_regular_file(fs::symlink_status(file, error))) return std::nullopt;
  if (const auto size = fs::file_size(file, error); error || size > report_bytes_max) return std::nullopt;
  return file;
}

std::string title_of(const fs::path& file) {
  std::string head(title_within, '\0');
  std::ifstream in(file, std::ios::binary);
  in.read(head.data(), static_cast<std::streamsize>(head.size()));
  head.resize(static_cast<std::size_t>(in.gcount()));
  const auto begin = head.find("<title>");
  const auto end = head.find("</title>", begin == std::string::npos ? 0 : begin);
  if (begin == std::string::npos || end == std::string::npos) return {};
  return head.substr(begin + 7, std::min<std::size_t>(end - begin - 7, 200));
}

std::vector<wire::ReportView> read_reports(const std::string& folder) {
  std::vector<wire::ReportView> reports;
  std::error_code error;
  if (folder.empty()) return reports;
  for (const auto& entry : fs::directory_iterator(folder, error)) {
    const std::string name = entry.path().filename().string();
    const auto file = file_of(folder, name);
    if (!file) continue;
    const auto written = std::chrono::file_clock::to_sys(fs::last_write_time(*file, error)).time_since_epoch();
    reports.push_back({.name = name,
                       .title = title_of(*file),
                       .size = Bytes{static_cast<std::int64_t>(fs::file_size(*file, error))},
                       .written_at = Instant(std::chrono::duration_cast<std::chrono::milliseconds>(written).count())});
  }
  std::ranges::sort(reports, std::ranges::greater{},
                    [](const wire::ReportView& one) { return std::pair(one.written_at, one.name); });
  if (reports.size() > reports_max) reports.resize(reports_max);
  return reports;
}

void send_report(Parts& parts, Call call) {
  later(parts, std::move(call), [&parts](Call on) {
    const auto file = file_of(parts.options.reports, on.param("name"));
    if (!file) {
      return on.refuse(
          {.status = 404,
           .refusal = {"unknown-report", "name", fmt::format("there is no report {}", shown(on.param("name"))),
                       "reports are HTML files in the folder `reports` of the centre's data", 0}});
    }
    std::ifstream in(*file, std::ios::binary);
    http::Response response{.content_type = "text/html; charset=utf-8",
                            .body = std::string(std::istreambuf_iterator<char>(in), {})};
    response.headers.add("Content-Security-Policy", report_policy);
    response.headers.add("X-Content-Type-Options", "nosniff");
    response.headers.add("Cache-Control", "no-store");
    on.reply.send(std::move(response));
  });
}

}  // namespace

void add_report_routes(Parts& parts, Routes& routes) {
  routes.add({.method = "GET",
              .pattern = "/v1/reports",
              .id = "listReports",
              .summary = "Reports of the twin that lie in the centre's data, the newest first",
              .answers = {json_of<std::vector<wire::ReportView>>()}},
             [&parts](Call call) {
               later(parts, std::move(call), [&parts](Call on) { on.send(read_reports(parts.options.reports)); });
             });
  routes.add({.method = "GET",
              .pattern = "/v1/reports/{name}",
              .id = "readReport",
              .summary = "One report, as a page in an origin of its own",
              .answers = {{"text/html", nullptr}}},
             [&parts](Call call) { send_report(parts, std::move(call)); });
}

}  // namespace mingyue::api
