#include "api/ledger_view.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "base/text.hpp"

namespace mingyue::api {
namespace {

using Classes = std::array<ResourceTime, ledger::use_class_count>;

std::size_t place(ledger::UseClass use) { return static_cast<std::size_t>(use) - 1; }
constexpr std::size_t used_classes = 4;  // productive, checkpoint, start, lost: the first ones

/// Those that are shown: nodes are in the first ones, quantum devices in more; used by others is what others use.
std::vector<ledger::UseClass> classes_of(const std::string& partition, const Classes& classes) {
  const int count = partition == model::qpu_partition ? ledger::qpu_class_count : ledger::node_class_count;
  std::vector<ledger::UseClass> shown;
  for (int i = 1; i <= count; ++i) shown.push_back(static_cast<ledger::UseClass>(i));
  if (classes[place(ledger::UseClass::others)] > ResourceTime{}) shown.push_back(ledger::UseClass::others);
  return shown;
}

/// One amount of time, from either half.
struct Portion {
  const std::string& partition;
  const std::string& card_type;
  ledger::UseClass use;
  const std::string& project;
  const std::string& user;
  model::WorkKind kind;
  model::JobId job;
  ResourceTime time;
};

bool asked_for(const LedgerQuestion& q, const Portion& p) {
  if (q.partition && *q.partition != p.partition) return false;
  if (!q.is_narrowed()) return true;
  if (place(p.use) >= used_classes) return false;
  return (!q.project || *q.project == p.project) && (!q.user || *q.user == p.user) && (!q.kind || *q.kind == p.kind);
}

std::string group_of(LedgerBy by, const Portion& p) {
  switch (by) {
    case LedgerBy::none:
    case LedgerBy::project:
      return p.project;
    case LedgerBy::user:
      return p.user;
    case LedgerBy::kind:
      return enum_word(p.kind);
    case LedgerBy::job:
      return std::to_string(p.job.raw());
  }
  return {};
}

std::string resource_of(const std::string& card_type) { return card_type.empty() ? "cores" : card_type; }

std::vector<std::pair<std::string, ResourceTime>> named(const Classes& classes,
                                                        const std::vector<ledger::UseClass>& shown) {
  std::vector<std::pair<std::string, ResourceTime>> out;
  for (const ledger::UseClass use : shown) out.emplace_back(enum_word(use), classes[place(use)]);
  return out;
}

double share(ResourceTime part, ResourceTime whole) {
  return whole.raw() == 0 ? 0.0 : static_cast<double>(part.raw()) / static_cast<double>(whole.raw());
}

struct Adder {
  const LedgerQuestion& question;
  std::map<ledger::PoolKey, Classes> pools;
  std::map<std::pair<ledger::PoolKey, std::string>, Classes> groups;

  void add(const Portion& p) {
    if (!asked_for(question, p)) return;
    const ledger::PoolKey key{p.partition, p.card_type};
    pools[key][place(p.use)] += p.time;
    const bool wants_groups = question.by != LedgerBy::none || question.is_narrowed();
    if (wants_groups && place(p.use) < used_classes) groups[{key, group_of(question.by, p)}][place(p.use)] += p.time;
  }
};

wire::LedgerLine line_of(const ledger::PoolKey& key, const Classes& classes) {
  wire::LedgerLine line{.partition = key.partition,
                        .resource = resource_of(key.card_type),
                        .capacity = {},
                        .classes = named(classes, classes_of(key.partition, classes))};
  ResourceTime used;
  for (std::size_t i = 0; i < classes.size(); ++i) {
    line.capacity += classes[i];
    if (i < used_classes) used += classes[i];
  }
  used += classes[place(ledger::UseClass::others)];
  line.use = share(used, line.capacity);
  line.goodput = share(classes[place(ledger::UseClass::productive)], line.capacity);
  return line;
}

}  // namespace

LedgerLines ledger_lines(const LedgerQuestion& question, const OpenLedger& open,
                         const std::vector<ports::UsageSum>& stored) {
  Adder adder{.question = question, .pools = {}, .groups = {}};
  for (const ledger::PoolSum& pool : open.sums) {  // a partition in which nothing happened yet has its line too
    if (!question.partition || *question.partition == pool.key.partition) adder.pools[pool.key];
  }
  for (const ports::UsageSum& sum : stored) {
    adder.add({sum.partition, sum.card_type, sum.use, sum.project, sum.user, sum.kind, sum.job, sum.time});
  }
  for (const ledger::UsageRow& row : open.rows) {
    const Instant from = std::max(row.from, question.from);
    const Instant to = std::min(row.to, question.to);
    if (from >= to) continue;
    adder.add({row.partition, row.card_type, row.use, row.project, row.user, row.kind, row.attempt.job,
               held(row.count, to - from)});
  }
  const std::vector of_somebody{ledger::UseClass::productive, ledger::UseClass::checkpoint, ledger::UseClass::start,
                                ledger::UseClass::lost};
  LedgerLines answer;
  if (!question.is_narrowed()) {
    for (const auto& [key, classes] : adder.pools) answer.lines.push_back(line_of(key, classes));
  }
  for (const auto& [key, classes] : adder.groups) {
    answer.usage.push_back({.partition = key.first.partition,
                            .resource = resource_of(key.first.card_type),
                            .group = key.second,
                            .classes = named(classes, of_somebody)});
  }
  return answer;
}

std::string disagreement(const std::vector<wire::LedgerLine>& lines, const OpenLedger& open) {
  for (const ledger::PoolSum& pool : open.sums) {
    const auto line = std::ranges::find_if(lines, [&](const wire::LedgerLine& l) {
      return l.partition == pool.key.partition && l.resource == resource_of(pool.key.card_type);
    });
    if (line == lines.end()) return fmt::format("partition {} has no line", pool.key.partition);
    for (const auto& [word, time] : line->classes) {
      const ResourceTime in_book = pool.classes[place(enum_from_word<ledger::UseClass>(word).value())];
      if (time == in_book) continue;
      return fmt::format("partition {} {}: rows say {} ms {}, the book says {} ms", pool.key.partition, line->resource,
                         time.raw(), word, in_book.raw());
    }
    if (line->capacity != pool.capacity) {
      return fmt::format("partition {} {}: rows sum to {} ms, the capacity is {} ms", pool.key.partition,
                         line->resource, line->capacity.raw(), pool.capacity.raw());
    }
  }
  return {};
}

}  // namespace mingyue::api
