#include <algorithm>
#include <map>

#include "base/invariant.hpp"
#include "sched/line_planner_inside.hpp"

/// Conservative: everyone has a promise, and keeps it from step to step.
///
/// The rule (compression, of Mu'alem and Feitelson): in each step, in the order of the line, each job moves to the
/// earliest start that there is while everyone else keeps their promises; what is promised for now starts. Whoever
/// comes last in line is promised last. If the order of the line changes, those who stand behind the first change lose
/// their promises and are promised anew in order; if room is lost that was promised (nodes down, work that outlives its
/// limit), everyone is.
///
/// Most jobs cannot move, and finding that out one by one would cost as much as planning anew. So it begins with what
/// has come free. A hole is offered to each shape, and the line of the shape knows the first who would start earlier in
/// it. Who moves leaves a hole where they stood, which is offered to those behind; those before are offered it in the
/// next step.
///
/// For whole nodes this is exact: the same starts as if everyone were looked at. A part of a node moves into holes that
/// have come free, or forward within its own bin; a bin with only one promise in it does not move as a whole. Of jobs
/// of several demands, the first 32 in line that could profit are looked at.
namespace mingyue::sched {
namespace {
std::size_t at(std::int32_t i) { return static_cast<std::size_t>(i); }
constexpr std::size_t again_most = 32;
WaitingLine::Place behind(WaitingLine::Place place) { return {place.key, place.tie + 1}; }
}  // namespace

void LinePlanner::Inside::conservative(std::vector<LineStart>& starts) {
  bool late = false;  // a start was promised for an instant at which nobody asked what starts
  for (const Shape& shape : shapes) shape.line.each_due(now - milliseconds(1), [&](const auto&) { late = true; });
  if (nodes.broken() || late || unpacked || promised_to == the_first) {
    nodes.take_back_all();
    carried.clear();
    all.each([&](const WaitingLine::Entry& entry) {
      Job& job = jobs[at(entry.slot)];
      job.promise = LineNodes::none;
      job.promised = never;
      shapes[at(job.shape)].line.promise(line_place(job), never);
    });
    unpromised = false;
    unpacked = false;
    promised_to = the_first;
  } else {
    // The room of those behind is theirs to share out anew.
    LineNodes::Gains gains;
    std::swap(gains, nodes.gains());
    all.each(
        [&](const WaitingLine::Entry& entry) {
          Job& job = jobs[at(entry.slot)];
          if (job.promise == LineNodes::none) return;
          take_back(entry.slot);
          shapes[at(job.shape)].line.promise(line_place(job), never);
        },
        promised_to);
    std::swap(gains, nodes.gains());
    start_due(starts);
    compress(starts);
  }
  promise_in_order(promised_to, starts);
  promised_to = after_all;
  nodes.gains().clear();
}

void LinePlanner::Inside::start_due(std::vector<LineStart>& starts) {
  std::vector<WaitingLine::Entry> due;
  for (const Shape& shape : shapes) {
    shape.line.each_due(now, [&](const WaitingLine::Entry& entry) { due.push_back(entry); });
  }
  std::ranges::sort(due, {}, &WaitingLine::Entry::place);
  for (const auto& entry : due) start_promised(entry.slot, starts);
}

/// Promises a start to all from there on; they have none.
void LinePlanner::Inside::promise_in_order(Place from, std::vector<LineStart>& starts) {
  std::vector<WaitingLine::Entry> line;
  all.each([&](const WaitingLine::Entry& entry) { line.push_back(entry); }, from);
  // One shape with a longer limit starts no earlier in a pass: promises only take room away.
  std::vector<std::map<Duration, Instant>> known(line.size() > 1 ? shapes.size() : 0);
  for (const auto& entry : line) {
    const Job& job = jobs[at(entry.slot)];
    const bool helps = line.size() > 1 && shapes[at(job.shape)].alternatives.empty() && job.not_before <= now;
    Instant earliest = now;
    if (helps) {
      const auto& shape = known[at(job.shape)];
      if (const auto it = shape.upper_bound(job.wall); it != shape.begin()) earliest = std::prev(it)->second;
    }
    const Instant promised = promise(entry.slot, earliest);
    if (promised == now) {
      start_promised(entry.slot, starts);
      continue;
    }
    note_promise(entry.slot);
    if (promised == never) {
      unpromised = true;
      for (const Request& request : shapes[at(job.shape)].alternatives) unpacked |= nodes.fits_now(request);
    }
    if (!helps) continue;
    auto& shape = known[at(job.shape)];
    const auto [it, fresh] = shape.insert_or_assign(job.wall, promised);
    while (std::next(it) != shape.end() && std::next(it)->second <= promised) shape.erase(std::next(it));
  }
}

// --- offers ---

void LinePlanner::Inside::push(const Offer& offer) {
  offers.push_back(offer);
  std::ranges::push_heap(offers, LastFirst{});
}

/// Offers whole nodes, where they are free between `from` and `until`, to those of the shape from `place` on.
void LinePlanner::Inside::offer_whole(std::int32_t s, Instant from, Instant until, Place place) {
  const Shape& shape = shapes[at(s)];
  from = std::max(from, now);
  while (from < until) {
    const auto run = nodes.next_run(shape.demand.kind, shape.demand.whole, from);
    if (run.from >= until) return;
    const auto* first = shape.line.first_to_gain({run.from, run.until - run.from, run.until}, place);
    if (first != nullptr) {
      push({.place = first->place, .slot = first->slot, .shape = s, .from = run.from, .until = run.until});
    }
    from = run.until;
  }
}

void LinePlanner::Inside::offer_part(std::int32_t s, Instant from, Instant until, Duration wall_most, Place place) {
  from = std::max(from, now);
  if (from >= until) return;
  wall_most = std::min(wall_most, until - from);
  const auto* first = shapes[at(s)].line.first_to_gain({from, wall_most, from}, place);
  if (first == nullptr) return;
  push({.place = first->place, .slot = first->slot, .shape = s, .from = from, .until = until, .wall_most = wall_most});
}

/// Those of several demands look for themselves.
void LinePlanner::Inside::offer_again(Place from) {
  std::vector<WaitingLine::Entry> again;
  for (const Shape& shape : shapes) {
    if (shape.plain() || shape.line.empty()) continue;
    std::size_t some = 0;
    const WaitingLine::Hole hole{now, Duration{INT64_MAX}, never};
    for (const auto* entry = shape.line.first_to_gain(hole, from); entry != nullptr && some < again_most; ++some) {
      again.push_back(*entry);
      entry = shape.line.first_to_gain(hole, behind(entry->place));
    }
  }
  std::ranges::sort(again, {}, &WaitingLine::Entry::place);
  if (again.size() > again_most) again.resize(again_most);
  for (const auto& entry : again) push({.place = entry.place, .slot = entry.slot, .kind = Offer::Kind::again});
}

/// Offers what has come free to those from `from` on.
void LinePlanner::Inside::offer_gains(Place from) {
  LineNodes::Gains& gains = nodes.gains();
  for (const auto& gained : gains.nodes) {
    // What came free at once, or one after another, counts together.
    std::int32_t together = 0;
    for (const auto& other : gains.nodes) together += other.kind == gained.kind ? other.nodes : 0;
    const Instant to = gained.to;
    const auto each_new_run = [&](std::int32_t count, const auto& visit) {
      for (Instant t = std::max(gained.from, now); t < to;) {
        const auto run = nodes.next_run(gained.kind, count, t);
        if (run.from >= to) return;
        if (nodes.fewer_than(gained.kind, count + together, run.from, std::min(run.until, to)))
          visit(nodes.run_began(gained.kind, count, run.from), run.until);
        t = run.until;
      }
    };
    std::vector<LineNodes::Run> single;
    each_new_run(1, [&](Instant began, Instant until) { single.push_back({began, until}); });
    for (std::size_t i = 0; i < shapes.size(); ++i) {
      const Shape& shape = shapes[i];
      const auto s = static_cast<std::int32_t>(i);
      if (shape.line.empty() || !shape.plain() || shape.demand.kind != gained.kind) continue;
      const auto make = [&](Instant began, Instant until) {
        carried.push_back({.shape = s, .from = began, .until = until, .wall_most = Duration{INT64_MAX}});
        if (shape.demand.whole > 0)
          offer_whole(s, began, until, from);
        else
          offer_part(s, began, until, Duration{INT64_MAX}, from);
      };
      if (shape.demand.whole > 0) {
        each_new_run(shape.demand.whole, make);
        continue;
      }
      for (const auto& run : single) {
        make(run.from, run.until);
        // A bin that closes within the run may stay open until its end.
        const Instant hole = nodes.first_closing(shape.demand.kind, shape.demand.part, run.from, run.until);
        if (hole < run.from) make(hole, run.until);
      }
    }
  }
  for (const auto& gained : gains.parts) {
    const auto shape = shape_of.find(Demand{.kind = gained.kind, .part = gained.part});
    if (shape == shape_of.end() || shapes[at(shape->second)].line.empty()) continue;
    carried.push_back(
        {.shape = shape->second, .from = gained.from, .until = gained.until, .wall_most = Duration{INT64_MAX}});
    offer_part(shape->second, gained.from, gained.until, Duration{INT64_MAX}, from);
  }
  for (const JobNumber number : gains.slides) {
    const std::int32_t slot = slot_of.at(number);
    const Job& job = jobs[at(slot)];
    if (!shapes[at(job.shape)].plain()) continue;
    const Offer offer{.place = place(job), .slot = slot, .shape = job.shape, .kind = Offer::Kind::slide};
    if (offer.place >= from)
      push(offer);
    else
      carried.push_back(offer);
  }
  gains.clear();
}

/// Everyone whom something free lets start earlier does, in order.
void LinePlanner::Inside::compress(std::vector<LineStart>& starts) {
  offers.clear();
  std::vector<Offer> last;
  std::swap(last, carried);
  const bool gained = !nodes.gains().nodes.empty() || !nodes.gains().parts.empty() || !last.empty();
  for (const Offer& offer : last) {
    if (offer.kind == Offer::Kind::slide) {
      const Job& job = jobs[at(offer.slot)];
      if (job.promise != LineNodes::none && place(job) == offer.place) push(offer);
    } else if (shapes[at(offer.shape)].demand.whole > 0) {
      offer_whole(offer.shape, offer.from, offer.until, the_first);
    } else {
      offer_part(offer.shape, offer.from, offer.until, offer.wall_most, the_first);
    }
  }
  if (gained) offer_again(the_first);
  offer_gains(the_first);
  carried.clear();  // everyone has been offered those
  while (!offers.empty()) answer(starts);
}

/// The first in line whom an offer suits takes the best of the offers made to it.
void LinePlanner::Inside::answer(std::vector<LineStart>& starts) {
  const Place place = offers.front().place;
  const std::int32_t slot = offers.front().slot;
  std::vector<Offer> mine;
  while (!offers.empty() && offers.front().place == place) {
    std::ranges::pop_heap(offers, LastFirst{});
    mine.push_back(offers.back());
    offers.pop_back();
  }
  const Duration wall = jobs[at(slot)].wall;
  const bool moved = move_earlier(slot, mine);
  if (moved) {
    if (jobs[at(slot)].promised == now)
      start_promised(slot, starts);
    else
      note_promise(slot);
  }
  for (const Offer& offer : mine) {
    if (offer.kind != Offer::Kind::hole) continue;
    if (shapes[at(offer.shape)].demand.whole > 0)
      offer_whole(offer.shape, offer.from, offer.until, behind(place));
    else  // what does not fit any more, nothing longer does
      offer_part(offer.shape, offer.from, offer.until, moved ? offer.wall_most : wall - milliseconds(1), behind(place));
  }
  offer_gains(behind(place));
}

bool LinePlanner::Inside::move_earlier(std::int32_t slot, const std::vector<Offer>& mine) {
  Job& job = jobs[at(slot)];
  const Shape& shape = shapes[at(job.shape)];
  if (!shape.plain()) return promise_again(slot);
  const Instant earliest = std::max(now, job.not_before);
  if (shape.demand.whole > 0) {
    Instant best = job.promised;
    for (const Offer& offer : mine) {
      for (Instant t = offer.from; t < std::min(best, offer.until);) {
        const auto run = nodes.next_run(shape.demand.kind, shape.demand.whole, t);
        const Instant start = std::max(run.from, earliest);
        if (start >= std::min(best, offer.until)) break;
        t = run.until;
        if (start >= run.until || (job.promised > run.until && job.wall > run.until - start)) continue;
        best = start;
      }
    }
    if (best == job.promised) return false;
    nodes.move_whole(job.promise, best);
  } else {
    Instant from = job.promised;
    bool slides = false;
    for (const Offer& offer : mine) {
      if (offer.kind == Offer::Kind::hole) from = std::min(from, offer.from);
      slides = slides || offer.kind == Offer::Kind::slide;
    }
    const bool moved = from < job.promised && nodes.move_part(job.promise, std::max(from, earliest));
    if (!moved) {
      const Instant start = slides ? nodes.could_slide(job.promise, earliest) : job.promised;
      if (start >= job.promised) return false;
      nodes.slide(job.promise, start);
    }
  }
  job.promised = nodes.start_of(job.promise);
  return true;
}

/// A job of several demands looks for an earlier start while its promise stands.
bool LinePlanner::Inside::promise_again(std::int32_t slot) {
  Job& job = jobs[at(slot)];
  const Instant promised = job.promised;
  const LineNodes::Promise kept = job.promise;
  const std::int32_t alternative = job.alternative;
  const bool earlier = promise(slot, now) < promised;
  if (!earlier) nodes.take_back(job.promise);
  nodes.gains().clear();  // of what was tried; before, there was nothing that had not been offered
  if (earlier) {
    nodes.take_back(kept);
    return true;
  }
  job.promise = kept;
  job.promised = promised;
  job.alternative = alternative;
  return false;
}

}  // namespace mingyue::sched
