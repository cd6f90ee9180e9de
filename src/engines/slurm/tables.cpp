#include "engines/slurm/tables.hpp"

#include <algorithm>
#include <array>
#include <charconv>

#include "engines/slurm/hostlist.hpp"

namespace mingyue::engines::slurm {
namespace {

/// `each(line)` for every line that is not empty.
template <class Each>
void each_line(std::string_view text, Each each) {
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    std::string_view line = text.substr(0, end);
    if (line.ends_with('\r')) line.remove_suffix(1);
    if (!line.empty()) each(line);
    text.remove_prefix(std::min(end + 1, text.size()));
  }
}

/// The first N-1 fields between bars, and the rest of the line as the last one, bars and all. False when there are
/// fewer.
template <std::size_t N>
bool split(std::string_view line, std::array<std::string_view, N>& fields) {
  for (std::size_t i = 0; i + 1 < N; ++i) {
    const std::size_t bar = line.find('|');
    if (bar == std::string_view::npos) return false;
    fields[i] = line.substr(0, bar);
    line.remove_prefix(bar + 1);
  }
  fields[N - 1] = line;
  return true;
}

template <class Number>
bool whole(std::string_view text, Number& value) {
  const auto result = std::from_chars(text.data(), text.data() + text.size(), value);
  return result.ec == std::errc() && result.ptr == text.data() + text.size() && value >= 0;
}

std::string_view unless_null(std::string_view text) { return text == "(null)" || text == "N/A" ? "" : text; }

std::string_view value_of(std::string_view line, std::string_view key) {
  for (std::size_t at = 0; (at = line.find(key, at)) != std::string_view::npos; ++at) {
    if (at > 0 && line[at - 1] != ' ') continue;
    const std::string_view rest = line.substr(at + key.size());
    return rest.substr(0, std::min(rest.find(' '), rest.size()));
  }
  return {};
}

/// `gpu:a100:8(S:0-1),npu:4`: parentheses hold what we do not ask about.
void read_gres(std::string_view text, NodeRow& node) {
  std::size_t best = std::size(card_kinds);
  while (!text.empty()) {
    std::size_t end = 0;
    for (int depth = 0; end < text.size() && (depth > 0 || text[end] != ','); ++end)
      depth += text[end] == '(' ? 1 : text[end] == ')' ? -1 : 0;
    std::string_view item = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    item = item.substr(0, std::min(item.find('('), item.size()));
    const std::size_t colon = item.rfind(':');
    const std::string_view kind = item.substr(0, std::min(item.find(':'), item.size()));
    const auto rank = static_cast<std::size_t>(std::ranges::find(card_kinds, kind) - std::begin(card_kinds));
    std::int32_t count = 0;
    if (colon == std::string_view::npos || !whole(item.substr(colon + 1), count) || count == 0 || rank >= best)
      continue;
    best = rank;
    const std::string_view named = item.substr(0, colon);  // `gpu:a100` or `npu`
    node.card_gres = named;
    node.card_type = named.substr(named.find(':') == std::string_view::npos ? 0 : named.find(':') + 1);
    node.cards = count;
  }
}

}  // namespace

JobState state_of(std::string_view word) {
  if (word == "PENDING" || word == "REQUEUED" || word == "REQUEUE_HOLD" || word == "REQUEUE_FED" ||
      word == "SPECIAL_EXIT")
    return JobState::pending;
  if (word == "COMPLETING") return JobState::completing;
  for (const std::string_view final :
       {"COMPLETED", "FAILED", "CANCELLED", "TIMEOUT", "NODE_FAIL", "BOOT_FAIL", "OUT_OF_MEMORY", "DEADLINE",
        "PREEMPTED", "REVOKED", "LAUNCH_FAILED", "RECONFIG_FAIL"})
    if (word.starts_with(final)) return JobState::over;
  return JobState::running;
}

namespace {

/// One more component of the same job.
void join(JobRow& whole, const JobRow& part, bool part_is_first) {
  if (!part.nodes.empty()) whole.nodes += (whole.nodes.empty() ? "" : ",") + part.nodes;
  const bool lost = part.word == "NODE_FAIL" || part.word == "BOOT_FAIL";
  const bool was_lost = whole.word == "NODE_FAIL" || whole.word == "BOOT_FAIL";
  // It is as far as that component which is least far: PENDING before RUNNING before COMPLETING before the end.
  if (part.state < whole.state || (part.state == whole.state && (lost || (part_is_first && !was_lost)))) {
    whole.state = part.state;
    whole.word = part.word;
    whole.reason = part.reason;
  }
}

}  // namespace

std::vector<JobRow> read_jobs(std::string_view text) {
  std::vector<JobRow> rows;
  std::map<std::int64_t, std::size_t> heterogeneous;
  each_line(text, [&](std::string_view line) {
    std::array<std::string_view, 5> f;
    if (!split(line, f) || f[1].empty()) return;
    const std::size_t plus = std::min(f[0].find('+'), f[0].size());
    JobRow row{.state = state_of(f[1]),
               .word = std::string(f[1]),
               .nodes = std::string(unless_null(f[2])),
               .reason = std::string(f[3]),
               .comment = std::string(f[4])};
    if (!whole(f[0].substr(0, plus), row.id) || row.id == 0) return;
    if (plus < f[0].size()) {
      const auto [it, is_new] = heterogeneous.emplace(row.id, rows.size());
      if (!is_new) return join(rows[it->second], row, f[0].substr(plus) == "+0");
    }
    rows.push_back(std::move(row));
  });
  return rows;
}

std::vector<NodeRow> read_nodes(std::string_view text) {
  std::vector<NodeRow> rows;
  each_line(text, [&](std::string_view line) {
    std::array<std::string_view, 8> f;
    NodeRow node;
    if (!split(line, f) || f[0].empty() || !whole(f[3], node.cpus) || !whole(f[5], node.memory_mb)) return;
    node.name = f[0];
    // Marks behind the state: * does not respond, ~ powered off, # powering up, % powering down, $ in a reservation for
    // maintenance, @ to be rebooted, ^ rebooting, ! powering down, - planned.
    std::string_view state = f[1];
    while (!state.empty() && std::string_view("*~#%$@^!-").find(state.back()) != std::string_view::npos) {
      if (state.back() == '*') node.responds = false;
      state.remove_suffix(1);
    }
    node.state = state;
    node.partition = f[2].ends_with('*') ? f[2].substr(0, f[2].size() - 1) : f[2];
    const std::size_t last = f[4].rfind(':');  // sockets:cores:threads
    if (last == std::string_view::npos || !whole(f[4].substr(last + 1), node.threads_a_core) || node.threads_a_core < 1)
      node.threads_a_core = 1;
    read_gres(unless_null(f[6]), node);
    node.reason = f[7] == "none" ? "" : f[7];
    rows.push_back(std::move(node));
  });
  return rows;
}

bool is_down(const NodeRow& node) {
  return node.state == "down" || node.state == "unknown" || node.state == "future" || node.state == "error" ||
         node.state == "powered_down";
}

bool takes_work(const NodeRow& node) {
  return !is_down(node) && node.state != "drained" && node.state != "draining" && node.state != "drng" &&
         node.state != "fail" && node.state != "failing" && node.state != "maint" && node.state != "inval";
}

Topology read_topology(std::string_view text) {
  Topology topology;
  std::map<std::string, std::string, std::less<>> above;
  each_line(text, [&](std::string_view line) {
    const std::string name(value_of(line, "SwitchName="));
    if (name.empty()) return;
    topology.switches.push_back({name, ""});
    if (const std::string_view below = value_of(line, "Switches="); !below.empty()) {
      if (const auto names = expand_hostlist(below))
        for (const std::string& one : *names) above[one] = name;
      return;  // its nodes are those of the switches below
    }
    if (const auto nodes = expand_hostlist(value_of(line, "Nodes=")))
      for (const std::string& node : *nodes) topology.switch_of_node[node] = name;
  });
  for (model::EngineSwitch& one : topology.switches)
    if (const auto it = above.find(one.name); it != above.end() && it->second != one.name) one.above = it->second;
  return topology;
}

std::vector<AccountingRow> read_accounting(std::string_view text) {
  std::vector<AccountingRow> rows;
  each_line(text, [&](std::string_view line) {
    std::array<std::string_view, 4> f;
    AccountingRow row;
    if (!split(line, f) || !whole(f[0], row.id) || f[1].empty()) return;
    row.word = f[1];
    row.cpu_ms = read_duration_ms(f[2]).value_or(0);
    row.comment = f[3];
    rows.push_back(std::move(row));
  });
  return rows;
}

std::vector<HoldingRow> read_holdings(std::string_view text) {
  std::vector<HoldingRow> rows;
  each_line(text, [&](std::string_view line) {
    if (line.ends_with('|')) line.remove_suffix(1);
    std::array<std::string_view, 8> f;
    HoldingRow row;
    if (!split(line, f) || !whole(f[0], row.id)) return;
    auto nodes = expand_hostlist(unless_null(f[5]));
    if (!nodes || nodes->empty()) return;
    row.word = f[1], row.user = f[2], row.partition = f[3], row.comment = f[7];
    row.nodes = std::move(*nodes);
    row.ends_s = read_time_s(f[6]).value_or(0);
    std::int64_t typed = 0;
    std::int64_t plain = 0;
    for (std::string_view tres = f[4]; !tres.empty();) {
      const std::size_t end = std::min(tres.find(','), tres.size());
      const std::string_view item = tres.substr(0, end);
      tres.remove_prefix(std::min(end + 1, tres.size()));
      const std::size_t equals = item.find('=');
      if (equals == std::string_view::npos) continue;
      const std::string_view key = item.substr(0, equals);
      const std::string_view value = item.substr(equals + 1);
      std::int64_t count = 0;
      if (key == "cpu" && whole(value, count)) row.cpus = count;
      if (key == "mem") row.memory_mb = read_memory_mb(value).value_or(0);
      if (!key.starts_with("gres/") || !whole(value, count)) continue;
      const std::string_view kind = key.substr(5, std::min(key.find(':'), key.size()) - 5);
      if (std::ranges::find(card_kinds, kind) == std::end(card_kinds)) continue;
      (key.find(':') == std::string_view::npos ? plain : typed) += count;  // gres/gpu=4,gres/gpu:a100=4 are the same
    }
    row.cards = std::max(typed, plain);
    rows.push_back(std::move(row));
  });
  return rows;
}

std::optional<std::int64_t> read_memory_mb(std::string_view text) {
  std::int64_t number = 0;
  const auto result = std::from_chars(text.data(), text.data() + text.size(), number);
  if (result.ec != std::errc() || number < 0 || number > (1LL << 40)) return std::nullopt;
  std::string_view rest(result.ptr, static_cast<std::size_t>(text.data() + text.size() - result.ptr));
  std::int64_t hundredths = 0;  // 62.50G
  if (rest.starts_with('.')) {
    std::int64_t scale = 10;
    for (rest.remove_prefix(1); !rest.empty() && rest.front() >= '0' && rest.front() <= '9'; rest.remove_prefix(1)) {
      hundredths += (rest.front() - '0') * scale;
      scale /= 10;
    }
  }
  if (rest.empty() || rest == "M") return number;
  if (rest == "K") return number / 1024;
  if (rest == "G") return number * 1024 + hundredths * 1024 / 100;
  if (rest == "T") return number * 1024 * 1024 + hundredths * 1024 * 1024 / 100;
  return std::nullopt;
}

std::optional<std::int64_t> read_duration_ms(std::string_view text) {
  std::int64_t days = 0;
  if (const std::size_t dash = text.find('-'); dash != std::string_view::npos) {
    if (!whole(text.substr(0, dash), days) || days > 100'000) return std::nullopt;
    text.remove_prefix(dash + 1);
  }
  std::int64_t ms = 0;
  if (const std::size_t dot = text.find('.'); dot != std::string_view::npos) {
    std::int64_t fraction = 0;
    if (!whole(text.substr(dot + 1), fraction) || text.size() - dot - 1 != 3) return std::nullopt;
    ms = fraction;
    text = text.substr(0, dot);
  }
  std::int64_t seconds = 0;
  int parts = 0;
  for (;;) {
    const std::size_t end = std::min(text.find(':'), text.size());
    std::int64_t part = 0;
    if (++parts > 3 || !whole(text.substr(0, end), part) || part > 100'000'000) return std::nullopt;
    seconds = seconds * 60 + part;
    if (end == text.size()) break;
    text.remove_prefix(end + 1);
  }
  if (parts < 2) return std::nullopt;
  return (days * 86'400 + seconds) * 1000 + ms;
}

std::optional<std::int64_t> read_time_s(std::string_view text) {
  std::int64_t seconds = 0;
  if (whole(text, seconds)) return seconds;
  if (text.size() != 19 || text[4] != '-' || text[7] != '-' || text[10] != 'T' || text[13] != ':' || text[16] != ':')
    return std::nullopt;
  std::int64_t y = 0, mo = 0, d = 0, h = 0, mi = 0, s = 0;
  if (!whole(text.substr(0, 4), y) || !whole(text.substr(5, 2), mo) || !whole(text.substr(8, 2), d) ||
      !whole(text.substr(11, 2), h) || !whole(text.substr(14, 2), mi) || !whole(text.substr(17, 2), s) || y < 1970 ||
      mo < 1 || mo > 12 || d < 1 || d > 31 || h > 23 || mi > 59 || s > 60)
    return std::nullopt;
  // Days since 1970 of a date of the Gregorian calendar: March is the first month, so that leap days come last.
  const std::int64_t year = y - (mo <= 2 ? 1 : 0);
  const std::int64_t day_of_year = (153 * (mo + (mo > 2 ? -3 : 9)) + 2) / 5 + d - 1;
  const std::int64_t days = year * 365 + year / 4 - year / 100 + year / 400 + day_of_year - 719'468;
  return days * 86'400 + h * 3600 + mi * 60 + s;
}

model::EngineMachines machines_of(const std::vector<NodeRow>& nodes, const Topology& topology) {
  model::EngineMachines machines{.switches = topology.switches, .nodes = {}};
  std::map<std::string_view, std::size_t> seen;
  for (const NodeRow& node : nodes) {
    const auto [it, is_new] = seen.emplace(node.name, machines.nodes.size());
    if (!is_new) {
      machines.nodes[it->second].partitions.push_back(node.partition);
      continue;
    }
    const auto at = topology.switch_of_node.find(node.name);
    machines.nodes.push_back({.name = node.name,
                              .partitions = {node.partition},
                              .switch_name = at == topology.switch_of_node.end() ? "" : at->second,
                              .cores = CoreCount(node.cpus / node.threads_a_core),
                              .memory = Bytes(node.memory_mb << 20),
                              .card_type = node.card_type,
                              .cards = CardCount(node.cards)});
  }
  return machines;
}

}  // namespace mingyue::engines::slurm
