#include "ledger/book.hpp"

#include <algorithm>

namespace mingyue::ledger {
namespace {

using model::JobId;

constexpr std::size_t at(UseClass use) { return static_cast<std::size_t>(use) - 1; }
constexpr std::array standing{UseClass::promised, UseClass::stranded, UseClass::unwanted, UseClass::down,
                              UseClass::drained};

struct Folder {
  Book& book;
  Instant now;
  std::vector<Row>& rows;

  Pool& pool(const std::string& partition, const std::string& card_type) {
    const auto [it, fresh] = book.pools.try_emplace(PoolKey{partition, card_type});
    if (fresh) {
      it->second.since = now;
      it->second.totals.resize(use_class_count);
      it->second.open_count.resize(use_class_count);
      it->second.open_from.resize(use_class_count, now);
    }
    return it->second;
  }

  /// Brings every integral up to now, and checks the law.
  void advance() {
    for (auto& [key, p] : book.pools) {
      const Duration dt = now - p.since;
      if (dt == Duration{0}) continue;
      p.capacity_time += held(p.capacity, dt);
      p.busy_time += held(p.busy, dt);
      for (const UseClass use : standing) p.totals[at(use)] += held(p.open_count[at(use)], dt);
      p.since = now;
      check_law(key, p);
    }
  }

  static void check_law(const PoolKey& key, const Pool& p) {
    ResourceTime sum = p.busy_time;
    for (const UseClass use : standing) sum += p.totals[at(use)];
    INVARIANT(sum == p.capacity_time, "partition {} {}: classes sum to {} ms, capacity is {} ms", key.partition,
              key.card_type.empty() ? "cores" : key.card_type, sum.raw(), p.capacity_time.raw());
    INVARIANT(p.settled <= p.busy_time, "partition {}: more settled than was ever busy", key.partition);
  }

  /// How idle divides now; what the plan said, clipped to what is idle.
  static std::array<std::int64_t, use_class_count> counts(const Pool& p) {
    std::array<std::int64_t, use_class_count> c{};
    c[at(UseClass::promised)] = std::clamp<std::int64_t>(p.wish.promised, 0, p.idle);
    c[at(UseClass::stranded)] = std::clamp<std::int64_t>(p.wish.stranded, 0, p.idle - c[at(UseClass::promised)]);
    c[at(UseClass::unwanted)] = p.idle - c[at(UseClass::promised)] - c[at(UseClass::stranded)];
    c[at(UseClass::down)] = p.down;
    c[at(UseClass::drained)] = p.drained;
    return c;
  }

  /// After a change: rows of what stood until now, where its count is another from here on.
  void turn() {
    for (auto& [key, p] : book.pools) {
      INVARIANT(p.busy >= 0 && p.idle >= 0 && p.down >= 0 && p.drained >= 0, "partition {} counts below zero",
                key.partition);
      INVARIANT(p.busy + p.idle + p.down + p.drained == p.capacity,
                "partition {}: {} busy, {} idle, {} down, {} drained of {}", key.partition, p.busy, p.idle, p.down,
                p.drained, p.capacity);
      const auto next = counts(p);
      for (const UseClass use : standing) {
        const std::size_t i = at(use);
        if (next[i] == p.open_count[i]) continue;
        if (p.open_count[i] > 0 && p.open_from[i] < now) {
          rows.emplace_back(UsageRow{.partition = key.partition,
                                     .card_type = key.card_type,
                                     .use = use,
                                     .count = p.open_count[i],
                                     .from = p.open_from[i],
                                     .to = now});
        }
        p.open_count[i] = next[i];
        p.open_from[i] = now;
      }
    }
  }

  /// Adds (sign 1) or removes (-1) a node's free and busy from its pools' counters.
  void count(const BookNode& n, std::int64_t sign) {
    const auto one = [&](const std::string& type, std::int64_t all, std::int64_t busy) {
      if (all == 0) return;
      Pool& p = pool(n.partition, type);
      p.capacity += sign * all;
      p.busy += sign * busy;
      (n.down ? p.down : n.drained ? p.drained : p.idle) += sign * (all - busy);
    };
    one("", n.cores, n.cores_busy);
    if (n.cards > 0) one(n.card_type, n.cards, n.cards_busy);
  }

  template <class Change>
  void change(std::uint32_t node, Change change_it) {
    BookNode& n = book.nodes.at(node);
    count(n, -1);
    change_it(n);
    INVARIANT(n.cores_busy >= 0 && n.cores_busy <= n.cores, "node {}: {} of {} cores are leased", node, n.cores_busy,
              n.cores);
    INVARIANT(n.cards_busy >= 0 && n.cards_busy <= n.cards, "node {}: {} of {} cards are leased", node, n.cards_busy,
              n.cards);
    count(n, 1);
  }

  JobId first_of(JobId job) const {
    const auto it = book.array_sizes.upper_bound(job);
    if (it == book.array_sizes.begin()) return job;
    const auto& [first, size] = *std::prev(it);
    return job.raw() < first.raw() + static_cast<std::uint64_t>(size) ? first : job;
  }

  /// What the attempt holds, by pool.
  std::map<PoolKey, std::int64_t> held_of(const BookAttempt& attempt) const {
    std::map<PoolKey, std::int64_t> sum;
    for (const BookLease& lease : attempt.leases) {
      const BookNode& n = book.nodes.at(lease.node);
      if (lease.cores > 0) sum[{n.partition, ""}] += lease.cores;
      if (lease.cards > 0) sum[{n.partition, n.card_type}] += lease.cards;
    }
    return sum;
  }

  /// The attempt's time up to `until` is of this class, for good.
  void settle(BookAttempt& attempt, UseClass use, Instant until) {
    if (until <= attempt.from) return;
    const Owner& owner = book.owners[book.jobs.at(first_of(attempt.id.job)).owner];
    for (const auto& [key, n] : held_of(attempt)) {
      Pool& p = book.pools.at(key);
      const ResourceTime time = held(n, until - attempt.from);
      p.totals[at(use)] += time;
      p.settled += time;
      rows.emplace_back(UsageRow{key.partition, key.card_type, use, n, attempt.from, until, attempt.id, owner.project,
                                 owner.user, owner.kind});
    }
    attempt.from = until;
  }

  void lease(const BookAttempt& attempt, std::int64_t sign) {
    for (const BookLease& one : attempt.leases) {
      change(one.node, [&](BookNode& n) {
        n.cores_busy += sign * one.cores;
        n.cards_busy += sign * one.cards;
      });
    }
  }

  void on(const core::CentreConfigured& event) {
    for (const BookNode& n : book.nodes) count(n, -1);
    book.nodes.resize(event.centre.nodes.size());
    for (std::size_t i = 0; i < book.nodes.size(); ++i) {
      const model::Node& described = event.centre.nodes[i];
      BookNode& n = book.nodes[i];
      n.partition = described.partition;
      n.card_type = described.card_type;
      n.cores = described.cores.raw();
      n.cards = described.cards.raw();
      count(n, 1);
    }
  }

  void on(const core::JobSubmitted& event) {
    const auto size = static_cast<std::int64_t>(event.spec.indices.size());
    const auto [owner, fresh] = book.owner_numbers.try_emplace({event.spec.project, event.spec.user, event.spec.kind},
                                                               static_cast<std::uint32_t>(book.owners.size()));
    if (fresh) book.owners.push_back(owner->first);
    book.jobs.emplace(event.first, BookJob{owner->second, std::max<std::int32_t>(1, static_cast<std::int32_t>(size))});
    if (size > 0) book.array_sizes.emplace(event.first, size);
  }

  void on(const core::JobEnded& event) {
    const JobId first = first_of(event.job);
    const auto it = book.jobs.find(first);
    INVARIANT(it != book.jobs.end(), "job {} ends, and the ledger does not know it", event.job.raw());
    if (--it->second.live > 0) return;
    book.jobs.erase(it);
    book.array_sizes.erase(first);
  }

  void on(const core::LeaseGranted& event) {
    BookAttempt attempt{.id = event.attempt, .from = now};
    for (const auto& one : event.leases) {
      attempt.leases.push_back(
          {one.node.raw(), static_cast<std::int64_t>(one.cores.size()), static_cast<std::int64_t>(one.cards.size())});
    }
    lease(attempt, 1);
    const bool fresh = book.attempts.emplace(event.attempt.job, std::move(attempt)).second;
    INVARIANT(fresh, "job {} is granted a second lease", event.attempt.job.raw());
  }

  void on(const core::AttemptStarted& event) {
    BookAttempt& attempt = book.attempts.at(event.attempt.job);
    settle(attempt, UseClass::start, now);
    attempt.started = true;
  }

  void on(const core::ProgressMade& event) {
    if (event.progress.checkpoint.empty()) return;
    BookAttempt& attempt = book.attempts.at(event.attempt.job);
    settle(attempt, UseClass::productive,
           std::max(attempt.from, now - Duration{std::max<std::int64_t>(0, event.progress.took_ms)}));
    settle(attempt, UseClass::checkpoint, now);
  }

  void on(const core::AttemptEnded& event) {
    BookAttempt& attempt = book.attempts.at(event.attempt.job);
    INVARIANT(attempt.id == event.attempt, "attempt {} ends, {} is in force", model::print(event.attempt),
              model::print(attempt.id));
    if (!attempt.started) settle(attempt, UseClass::start, now);
    settle(attempt, event.verdict == core::Verdict::kept ? UseClass::productive : UseClass::lost, now);
    lease(attempt, -1);
    book.attempts.erase(event.attempt.job);
  }

  void on(const core::NodeDrained& e) {
    change(e.node.raw(), [](BookNode& n) { n.drained = true; });
  }
  void on(const core::NodeResumed& e) {
    change(e.node.raw(), [](BookNode& n) { n.drained = false; });
  }
  void on(const core::NodeLost& e) {
    change(e.node.raw(), [](BookNode& n) { n.down = true; });
  }
  void on(const core::NodeRestored& e) {
    change(e.node.raw(), [](BookNode& n) { n.down = false; });
  }

  void on(const core::IdleClassified& event) {
    for (auto& [key, p] : book.pools) p.wish = {};
    for (const auto& idle : event.idle) {
      const auto it = book.pools.find({idle.partition, idle.card_type});
      if (it != book.pools.end()) it->second.wish = idle;
    }
  }

  template <class T>
  void on(const T&) {}
};

/// Events that move neither cores nor cards: nothing to turn after them.
bool moves_nothing(const core::EventBody& body) {
  return std::holds_alternative<core::JobSubmitted>(body) || std::holds_alternative<core::JobEnded>(body) ||
         std::holds_alternative<core::ProgressMade>(body) || std::holds_alternative<core::AttemptStarted>(body);
}

}  // namespace

void record(Book& book, const core::Event& event, std::vector<Row>& rows) {
  Folder folder{book, event.at, rows};
  folder.advance();
  std::visit([&](const auto& body) { folder.on(body); }, event.body);
  if (!moves_nothing(event.body)) folder.turn();
}

std::vector<UsageRow> open_rows(const Book& book, Instant now) {
  std::vector<Row> rows;
  Book copy = book;
  Folder folder{copy, now, rows};
  for (auto& [id, attempt] : copy.attempts) {
    folder.settle(attempt, attempt.started ? UseClass::productive : UseClass::start, now);
  }
  std::vector<UsageRow> open;
  for (Row& row : rows) open.push_back(std::move(std::get<UsageRow>(row)));
  for (const auto& [key, p] : book.pools) {
    for (const UseClass use : standing) {
      const std::size_t i = at(use);
      if (p.open_count[i] == 0 || p.open_from[i] >= now) continue;
      open.push_back({.partition = key.partition,
                      .card_type = key.card_type,
                      .use = use,
                      .count = p.open_count[i],
                      .from = p.open_from[i],
                      .to = now});
    }
  }
  return open;
}

std::vector<PoolSum> sums(const Book& book, Instant now) {
  std::vector<Row> rows;
  Book copy = book;
  Folder folder{copy, now, rows};
  folder.advance();
  for (auto& [id, attempt] : copy.attempts) {
    folder.settle(attempt, attempt.started ? UseClass::productive : UseClass::start, now);
  }
  std::vector<PoolSum> all;
  for (const auto& [key, p] : copy.pools) {
    PoolSum sum{.key = key, .capacity = p.capacity_time};
    for (std::size_t i = 0; i < sum.classes.size(); ++i) sum.classes[i] = p.totals[i];
    ResourceTime total;
    for (const ResourceTime time : sum.classes) total += time;
    INVARIANT(total == sum.capacity, "partition {}: classes sum to {} ms, capacity is {} ms", key.partition,
              total.raw(), sum.capacity.raw());
    all.push_back(std::move(sum));
  }
  return all;
}

void check(const Book& book, const core::State& state) {
  INVARIANT(book.nodes.size() == state.nodes.size(), "the ledger knows {} nodes, the core {}", book.nodes.size(),
            state.nodes.size());
  for (std::size_t i = 0; i < book.nodes.size(); ++i) {
    const BookNode& n = book.nodes[i];
    const core::NodeState& s = state.nodes[i];
    INVARIANT(n.cores - n.cores_busy == s.cores_free.count, "node {}: the ledger sees {} free cores, the core {}", i,
              n.cores - n.cores_busy, s.cores_free.count);
    INVARIANT(n.cards - n.cards_busy == s.cards_free.count, "node {}: the ledger sees {} free cards, the core {}", i,
              n.cards - n.cards_busy, s.cards_free.count);
    INVARIANT(n.down == s.down && n.drained == s.drained,
              "node {}: the ledger and the core disagree whether it may be used", i);
  }
  INVARIANT(book.attempts.size() == state.attempts.size(), "the ledger knows {} attempts, the core {}",
            book.attempts.size(), state.attempts.size());
}

}  // namespace mingyue::ledger
