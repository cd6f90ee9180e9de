#include "ledger/book.hpp"

#include <algorithm>
#include <set>

namespace mingyue::ledger {
namespace {

using model::JobId;

constexpr std::size_t at(UseClass use) { return static_cast<std::size_t>(use) - 1; }
constexpr std::array standing{UseClass::promised, UseClass::stranded, UseClass::unwanted,
                              UseClass::down,     UseClass::drained,  UseClass::others};

UseClass class_of(model::QpuSpent spent) {
  switch (spent) {
    case model::QpuSpent::run:
      return UseClass::productive;
    case model::QpuSpent::session:
      return UseClass::promised;
    case model::QpuSpent::stranded:
      return UseClass::stranded;
    case model::QpuSpent::unwanted:
      return UseClass::unwanted;
    case model::QpuSpent::calibration:
      return UseClass::calibration;
    case model::QpuSpent::maintenance:
      return UseClass::maintenance;
    case model::QpuSpent::down:
      return UseClass::down;
    case model::QpuSpent::drained:
      return UseClass::drained;
  }
  return UseClass::unwanted;
}

/// What a reading settles, laid end to end.
void add_qpu_rows(const core::QpuMetered& event, std::vector<Row>& rows) {
  Instant from = event.reading.from;
  for (const model::QpuUse& use : event.reading.uses) {
    if (use.time == Duration{0}) continue;
    rows.emplace_back(UsageRow{.partition = model::qpu_partition,
                               .card_type = event.qpu,
                               .use = class_of(use.spent),
                               .count = 1,
                               .from = from,
                               .to = from + use.time,
                               .attempt = use.of,
                               .project = use.project,
                               .user = use.user,
                               .kind = use.kind});
    from = from + use.time;
  }
}

struct Folder {
  Book& book;
  Instant now;
  std::vector<Use>& uses;

  /// Brings the pool's integrals up to now, and checks the law.
  void advance(Pool& p) const {
    const Duration dt = now - p.since;
    if (dt == Duration{0}) return;
    p.capacity_time += held(p.capacity, dt);
    p.busy_time += held(p.busy, dt);
    for (const UseClass use : standing) p.totals[at(use)] += held(p.open_count[at(use)], dt);
    p.since = now;
    check_law(p);
  }
  void advance_all() const {
    for (Pool& p : book.pools) advance(p);
  }

  static void check_law(const Pool& p) {
    ResourceTime sum = p.busy_time;
    for (const UseClass use : standing) sum += p.totals[at(use)];
    INVARIANT(sum == p.capacity_time, "partition {} {}: classes sum to {} ms, capacity is {} ms", p.key.partition,
              p.key.card_type.empty() ? "cores" : p.key.card_type, sum.raw(), p.capacity_time.raw());
    INVARIANT(p.settled <= p.busy_time, "partition {}: more settled than was ever busy", p.key.partition);
  }

  /// How idle divides now; what the plan said, clipped to what is idle.
  static std::array<std::int64_t, use_class_count> counts(const Pool& p) {
    std::array<std::int64_t, use_class_count> c{};
    c[at(UseClass::promised)] = std::clamp<std::int64_t>(p.wish_promised, 0, p.idle);
    c[at(UseClass::stranded)] = std::clamp<std::int64_t>(p.wish_stranded, 0, p.idle - c[at(UseClass::promised)]);
    c[at(UseClass::unwanted)] = p.idle - c[at(UseClass::promised)] - c[at(UseClass::stranded)];
    c[at(UseClass::down)] = p.down;
    c[at(UseClass::drained)] = p.drained;
    c[at(UseClass::others)] = p.others;
    return c;
  }

  /// After a change of its counts: rows of what stood until now, where its count is another from here on.
  void turn(std::uint32_t pool) const {
    Pool& p = book.pools[pool];
    INVARIANT(p.busy >= 0 && p.idle >= 0 && p.down >= 0 && p.drained >= 0 && p.others >= 0,
              "partition {} counts below zero", p.key.partition);
    INVARIANT(p.busy + p.idle + p.down + p.drained + p.others == p.capacity,
              "partition {}: {} busy, {} idle, {} down, {} drained, {} of others, of {}", p.key.partition, p.busy,
              p.idle, p.down, p.drained, p.others, p.capacity);
    const auto next = counts(p);
    for (const UseClass use : standing) {
      const std::size_t i = at(use);
      if (next[i] == p.open_count[i]) continue;
      if (p.open_count[i] > 0 && p.open_from[i] < now) {
        uses.push_back({.pool = pool, .use = use, .count = p.open_count[i], .from = p.open_from[i], .to = now});
      }
      p.open_count[i] = next[i];
      p.open_from[i] = now;
    }
  }
  void turn_all() const {
    for (std::uint32_t pool = 0; pool < book.pools.size(); ++pool) turn(pool);
  }

  /// Where the free cores and cards of such a node are counted.
  static std::int64_t& free_in(Pool& p, const BookNode& n) {
    return n.down ? p.down : n.drained || n.maintained ? p.drained : p.idle;
  }

  /// Adds (sign 1) or removes (-1) a node's free and busy from its pools' counters.
  void count(const BookNode& n, std::int64_t sign) const {
    const auto one = [&](std::uint32_t pool, std::int64_t all, std::int64_t busy, std::int64_t others) {
      if (all == 0) return;
      Pool& p = book.pools[pool];
      p.capacity += sign * all;
      p.busy += sign * busy;
      p.others += sign * others;
      free_in(p, n) += sign * (all - busy - others);
    };
    one(n.cores_pool, n.cores, n.cores_busy, n.cores_others);
    one(n.cards_pool, n.cards, n.cards_busy, n.cards_others);
  }

  /// Whether a node may be used changes, or what others hold of it.
  template <class Change>
  void change(model::NodeId node, Change change_it) const {
    BookNode& n = book.nodes.at(node.raw());
    const auto each_pool = [&](auto what) {
      if (n.cores > 0) what(n.cores_pool);
      if (n.cards > 0) what(n.cards_pool);
    };
    each_pool([&](std::uint32_t pool) { advance(book.pools[pool]); });
    count(n, -1);
    change_it(n);
    count(n, 1);
    // Rows come in the order of the pools.
    if (n.cores > 0 && n.cards > 0 && n.cards_pool < n.cores_pool) turn(n.cards_pool);
    if (n.cores > 0) turn(n.cores_pool);
    if (n.cards > 0 && (n.cores == 0 || n.cards_pool > n.cores_pool)) turn(n.cards_pool);
  }

  JobId first_of(JobId job) const {
    const auto it = book.array_sizes.upper_bound(job);
    if (it == book.array_sizes.begin()) return job;
    const auto& [first, size] = *std::prev(it);
    return job.raw() < first.raw() + static_cast<std::uint64_t>(size) ? first : job;
  }

  static void add_hold(std::vector<BookHold>& holds, std::uint32_t pool, std::int64_t count) {
    if (count == 0) return;
    const auto it = std::ranges::lower_bound(holds, pool, {}, &BookHold::pool);
    if (it != holds.end() && it->pool == pool)
      it->count += count;
    else
      holds.insert(it, {pool, count});
  }

  /// The attempt's time up to `until` is of this class, for good.
  void settle(BookAttempt& attempt, UseClass use, Instant until) const {
    if (until <= attempt.from) return;
    for (const BookHold& hold : attempt.holds) {
      Pool& p = book.pools[hold.pool];
      advance(p);
      const ResourceTime time = held(hold.count, until - attempt.from);
      p.totals[at(use)] += time;
      p.settled += time;
      uses.push_back({hold.pool, use, hold.count, attempt.from, until, attempt.id, attempt.owner});
    }
    attempt.from = until;
  }

  /// Its cores and cards become busy (sign 1), or free again (-1).
  void lease(const BookAttempt& attempt, std::int32_t sign) const {
    for (const BookHold& hold : attempt.holds) advance(book.pools[hold.pool]);
    const auto move = [&](const BookNode& n, std::uint32_t pool, std::int64_t count) {
      if (count == 0) return;
      Pool& p = book.pools[pool];
      p.busy += sign * count;
      free_in(p, n) -= sign * count;
    };
    for (const BookLease& one : attempt.leases) {
      BookNode& n = book.nodes[one.node];
      n.cores_busy += sign * one.cores;
      n.cards_busy += sign * one.cards;
      INVARIANT(n.cores_busy >= 0 && n.cores_busy <= n.cores, "node {}: {} of {} cores are leased", one.node,
                n.cores_busy, n.cores);
      INVARIANT(n.cards_busy >= 0 && n.cards_busy <= n.cards, "node {}: {} of {} cards are leased", one.node,
                n.cards_busy, n.cards);
      move(n, n.cores_pool, one.cores);
      move(n, n.cards_pool, one.cards);
    }
    for (const BookHold& hold : attempt.holds) turn(hold.pool);
  }

  /// New pools find their place among the others, in the order of the keys.
  void add_pools(const model::Centre& centre) const {
    std::set<PoolKey> fresh;
    for (const model::Node& node : centre.nodes) {
      if (node.cores > CoreCount{0}) fresh.insert({node.partition, ""});
      if (node.cards > CardCount{0}) fresh.insert({node.partition, node.card_type});
    }
    for (const Pool& p : book.pools) fresh.erase(p.key);
    if (fresh.empty()) return;
    std::vector<PoolKey> before;
    for (const Pool& p : book.pools) before.push_back(p.key);
    for (const PoolKey& key : fresh) {
      Pool p{.key = key, .since = now};
      p.open_from.fill(now);
      book.pools.push_back(std::move(p));
    }
    std::ranges::sort(book.pools, {}, &Pool::key);
    for (auto& [id, attempt] : book.attempts)
      for (BookHold& hold : attempt.holds) hold.pool = place_of(before[hold.pool]);
  }

  std::uint32_t place_of(const PoolKey& key) const {
    return static_cast<std::uint32_t>(std::ranges::lower_bound(book.pools, key, {}, &Pool::key) - book.pools.begin());
  }

  void on(const core::CentreConfigured& event) const {
    advance_all();
    for (const BookNode& n : book.nodes) count(n, -1);
    add_pools(event.centre);
    book.nodes.resize(event.centre.nodes.size());
    for (std::size_t i = 0; i < book.nodes.size(); ++i) {
      const model::Node& described = event.centre.nodes[i];
      BookNode& n = book.nodes[i];
      n.cores = described.cores.raw();
      n.cards = described.cards.raw();
      if (n.cores > 0) n.cores_pool = place_of({described.partition, ""});
      if (n.cards > 0) n.cards_pool = place_of({described.partition, described.card_type});
      count(n, 1);
    }
    turn_all();
    configure_qpus(event.centre);
  }

  void configure_qpus(const model::Centre& centre) const {
    for (auto& [name, qpu] : book.qpus)
      if (std::ranges::find(centre.qpus, name, &model::Qpu::name) == centre.qpus.end()) qpu.gone = true;
    for (const model::Qpu& described : centre.qpus) {
      const auto [it, fresh] = book.qpus.try_emplace(described.name, BookQpu{.since = now, .metered_to = now});
      // One that comes back has no time in between: its capacity is counted from then on.
      if (!fresh && it->second.gone) {
        it->second.since = now - (it->second.metered_to - it->second.since);
        it->second.metered_to = now;
        it->second.gone = false;
      }
    }
  }

  void on(const core::QpuMetered& event) const {
    BookQpu& qpu = book.qpus.at(event.qpu);
    INVARIANT(event.reading.from == qpu.metered_to, "quantum device {}: a reading from {} follows one to {}", event.qpu,
              event.reading.from.raw(), qpu.metered_to.raw());
    Duration sum;
    for (const model::QpuUse& use : event.reading.uses) {
      qpu.totals[at(class_of(use.spent))] += held(1, use.time);
      sum += use.time;
    }
    INVARIANT(sum == event.reading.to - event.reading.from, "quantum device {}: uses sum to {} ms of {}", event.qpu,
              sum.raw(), (event.reading.to - event.reading.from).raw());
    qpu.metered_to = event.reading.to;
    ResourceTime total;
    for (const ResourceTime time : qpu.totals) total += time;
    INVARIANT(total == held(1, qpu.metered_to - qpu.since), "quantum device {}: classes sum to {} ms of {}", event.qpu,
              total.raw(), (qpu.metered_to - qpu.since).raw());
  }

  void on(const core::JobSubmitted& event) const {
    const auto size = static_cast<std::int64_t>(event.spec->indices.size());
    const auto [owner, fresh] = book.owner_numbers.try_emplace(
        {event.spec->project, event.spec->user, event.spec->kind}, static_cast<std::uint32_t>(book.owners.size()));
    if (fresh) book.owners.push_back(owner->first);
    book.jobs.emplace(event.first, BookJob{owner->second, std::max<std::int32_t>(1, static_cast<std::int32_t>(size))});
    if (size > 0) book.array_sizes.emplace(event.first, size);
  }

  void on(const core::JobEnded& event) const {
    const JobId first = first_of(event.job);
    const auto it = book.jobs.find(first);
    INVARIANT(it != book.jobs.end(), "job {} ends, and the ledger does not know it", event.job.raw());
    if (--it->second.live > 0) return;
    book.jobs.erase(first);
    book.array_sizes.erase(first);
  }

  void hold(BookAttempt& attempt, const model::Lease& held) const {
    attempt.leases.reserve(held.shares().size());
    for (const model::NodeShare& share : held.shares()) {
      const BookLease one{share.node.raw(), share.cores.count(), share.cards.count()};
      const BookNode& n = book.nodes.at(one.node);
      add_hold(attempt.holds, n.cores_pool, one.cores);
      add_hold(attempt.holds, n.cards_pool, one.cards);
      attempt.leases.push_back(one);
    }
    lease(attempt, 1);
  }

  void on(const core::AttemptPlaced& event) const {
    BookAttempt& attempt = book.attempts.at(event.attempt.job);
    attempt.from = now;
    hold(attempt, event.lease);
  }

  void on(const core::LeaseGranted& event) const {
    BookAttempt attempt{
        .id = event.attempt, .owner = book.jobs.at(first_of(event.attempt.job)).owner, .started = false, .from = now};
    hold(attempt, event.lease);
    const bool fresh = book.attempts.emplace(event.attempt.job, std::move(attempt)).second;
    INVARIANT(fresh, "job {} is granted a second lease", event.attempt.job.raw());
  }

  void on(const core::AttemptStarted& event) const {
    BookAttempt& attempt = book.attempts.at(event.attempt.job);
    settle(attempt, UseClass::start, now);
    attempt.started = true;
  }

  void on(const core::ProgressMade& event) const {
    if (event.progress.checkpoint.empty()) return;
    BookAttempt& attempt = book.attempts.at(event.attempt.job);
    settle(attempt, UseClass::productive,
           std::max(attempt.from, now - Duration{std::max<std::int64_t>(0, event.progress.took_ms)}));
    settle(attempt, UseClass::checkpoint, now);
  }

  void on(const core::AttemptEnded& event) const {
    BookAttempt& attempt = book.attempts.at(event.attempt.job);
    INVARIANT(attempt.id == event.attempt, "attempt {} ends, {} is in force", model::print(event.attempt),
              model::print(attempt.id));
    if (!attempt.started) settle(attempt, UseClass::start, now);
    settle(attempt, event.verdict == core::Verdict::kept ? UseClass::productive : UseClass::lost, now);
    lease(attempt, -1);
    book.attempts.erase(event.attempt.job);
  }

  void on(const core::OthersOnNode& e) const {
    change(e.node, [&](BookNode& n) {
      n.cores_others = e.cores.count();
      n.cards_others = e.cards.count();
    });
  }

  void on(const core::NodeDrained& e) const {
    change(e.node, [](BookNode& n) { n.drained = true; });
  }
  void on(const core::NodeResumed& e) const {
    change(e.node, [](BookNode& n) { n.drained = false; });
  }
  void on(const core::NodeLost& e) const {
    change(e.node, [](BookNode& n) { n.down = true; });
  }
  void on(const core::NodeRestored& e) const {
    change(e.node, [](BookNode& n) { n.down = false; });
  }

  void maintain(model::ReservationKind kind, const std::vector<model::NodeId>& nodes, bool now_maintained) const {
    if (kind != model::ReservationKind::maintenance) return;
    for (const model::NodeId node : nodes) change(node, [&](BookNode& n) { n.maintained = now_maintained; });
  }
  void on(const core::ReservationBegan& e) const { maintain(e.kind, e.nodes, true); }
  void on(const core::ReservationEnded& e) const { maintain(e.kind, e.nodes, false); }

  void on(const core::IdleClassified& event) const {
    advance_all();
    for (Pool& p : book.pools) {
      const auto idle = std::ranges::find_if(event.idle, [&](const sched::IdleClasses& one) {
        return one.partition == p.key.partition && one.card_type == p.key.card_type;
      });
      const bool told = idle != event.idle.end();
      p.wish_promised = told ? idle->promised : 0;
      p.wish_stranded = told ? idle->stranded : 0;
    }
    turn_all();
  }

  template <class T>
  void on(const T&) const {}
};

}  // namespace

void record(Book& book, const core::Event& event, std::vector<Use>& settled) {
  const Folder folder{book, event.at, settled};
  std::visit([&](const auto& body) { folder.on(body); }, event.body);
}

void record(Book& book, const core::Event& event, std::vector<Row>& rows) {
  std::vector<Use> settled;
  record(book, event, settled);
  for (const Use& use : settled) rows.emplace_back(row_of(book, use));
  if (const auto* metered = std::get_if<core::QpuMetered>(&event.body)) add_qpu_rows(*metered, rows);
}

UsageRow row_of(const Book& book, const Use& use) {
  const PoolKey& key = book.pools[use.pool].key;
  UsageRow row{.partition = key.partition,
               .card_type = key.card_type,
               .use = use.use,
               .count = use.count,
               .from = use.from,
               .to = use.to,
               .attempt = use.attempt};
  if (use.owner != Use::nobody) {
    const Owner& owner = book.owners[use.owner];
    row.project = owner.project;
    row.user = owner.user;
    row.kind = owner.kind;
  }
  return row;
}

std::vector<UsageRow> open_rows(const Book& book, Instant now) {
  std::vector<UsageRow> open;
  for (const auto& [id, attempt] : book.attempts) {
    if (now <= attempt.from) continue;
    const UseClass use = attempt.started ? UseClass::productive : UseClass::start;
    for (const BookHold& hold : attempt.holds)
      open.push_back(row_of(book, {hold.pool, use, hold.count, attempt.from, now, attempt.id, attempt.owner}));
  }
  for (std::uint32_t pool = 0; pool < book.pools.size(); ++pool) {
    const Pool& p = book.pools[pool];
    for (const UseClass use : standing) {
      const std::size_t i = at(use);
      if (p.open_count[i] == 0 || p.open_from[i] >= now) continue;
      open.push_back(
          row_of(book, {.pool = pool, .use = use, .count = p.open_count[i], .from = p.open_from[i], .to = now}));
    }
  }
  for (const auto& [name, qpu] : book.qpus) {
    if (qpu.gone || qpu.metered_to >= now) continue;
    open.push_back({.partition = model::qpu_partition,
                    .card_type = name,
                    .use = UseClass::unwanted,
                    .count = 1,
                    .from = qpu.metered_to,
                    .to = now});
  }
  return open;
}

std::vector<PoolSum> sums(const Book& book, Instant now) {
  std::vector<Use> settled;
  Book copy = book;
  const Folder folder{copy, now, settled};
  folder.advance_all();
  for (auto& [id, attempt] : copy.attempts) {
    folder.settle(attempt, attempt.started ? UseClass::productive : UseClass::start, now);
  }
  std::vector<PoolSum> all;
  for (const Pool& p : copy.pools) {
    PoolSum sum{.key = p.key, .capacity = p.capacity_time, .classes = p.totals};
    ResourceTime total;
    for (const ResourceTime time : sum.classes) total += time;
    INVARIANT(total == sum.capacity, "partition {}: classes sum to {} ms, capacity is {} ms", p.key.partition,
              total.raw(), sum.capacity.raw());
    all.push_back(std::move(sum));
  }
  for (const auto& [name, qpu] : book.qpus) {
    const Instant until = qpu.gone ? qpu.metered_to : std::max(now, qpu.metered_to);
    PoolSum sum{.key = {model::qpu_partition, name}, .capacity = held(1, until - qpu.since), .classes = qpu.totals};
    sum.classes[at(UseClass::unwanted)] += held(1, until - qpu.metered_to);
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
    const std::int32_t cores = n.cores - n.cores_busy - n.cores_others;
    const std::int32_t cards = n.cards - n.cards_busy - n.cards_others;
    INVARIANT(cores == s.cores_free.count(), "node {}: the ledger sees {} free cores, the core {}", i, cores,
              s.cores_free.count());
    INVARIANT(cards == s.cards_free.count(), "node {}: the ledger sees {} free cards, the core {}", i, cards,
              s.cards_free.count());
    INVARIANT(n.down == s.down && n.drained == s.drained,
              "node {}: the ledger and the core disagree whether it may be used", i);
  }
  std::set<model::NodeId> maintained;
  for (const auto& [id, reservation] : state.reservations) {
    if (reservation.open && reservation.kind == model::ReservationKind::maintenance)
      maintained.insert(reservation.nodes.begin(), reservation.nodes.end());
  }
  for (std::size_t i = 0; i < book.nodes.size(); ++i) {
    INVARIANT(book.nodes[i].maintained == maintained.contains(model::NodeId{static_cast<std::uint32_t>(i)}),
              "node {}: the ledger and the core disagree whether it is in maintenance", i);
  }
  INVARIANT(book.attempts.size() == state.attempts.size(), "the ledger knows {} attempts, the core {}",
            book.attempts.size(), state.attempts.size());
}

}  // namespace mingyue::ledger
