#include "twin/swarm.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "base/hash.hpp"
#include "base/prng.hpp"

namespace mingyue::twin {
namespace {

constexpr std::int64_t second_ms = 1'000;
constexpr std::int64_t minute_ms = 60 * second_ms;

std::string plain(std::int64_t number) { return fmt::to_string(number); }
std::string ms(std::int64_t time) { return fmt::format("{}ms", time); }
std::string in_seconds(std::int64_t time) { return fmt::format("{}s", time); }
std::string in_minutes(std::int64_t time) { return fmt::format("{}m", time); }

/// The scenario while kinds of work and of fault are added to it.
struct Story {
  Scenario scenario;
  std::vector<ScenarioLine> jobs;    ///< submissions, in order of time
  std::vector<ScenarioLine> others;  ///< what else happens
  std::vector<ScenarioLine> rules;   ///< settings that are no nodes
  ScenarioLine engine{.verb = "engine"};
  std::int64_t end_ms = 0;

  /// Often the instant of a submission: then it happens between the decision and the disk.
  std::int64_t some_time(Prng& prng) const {
    if (prng.chance(1, 3)) return jobs[prng.below(jobs.size())].at_ms;
    return prng.between(0, end_ms);
  }
  std::string some_node(Prng& prng) const {
    return scenario.settings[prng.below(scenario.settings.size())].subject;  // all are nodes as yet
  }
  ScenarioLine& add(std::int64_t at_ms, std::string verb, std::string subject = {}) {
    return others.emplace_back(ScenarioLine{.at_ms = at_ms, .verb = std::move(verb), .subject = std::move(subject)});
  }
};

void draw_world(Story& story, Prng prng) {
  for (std::int64_t i = 0, nodes = prng.between(1, 6); i < nodes; ++i) {
    ScenarioLine node{.verb = "node", .subject = fmt::format("n{}", i)};
    node.set("cores", plain(prng.between(1, 16)));
    story.scenario.settings.push_back(std::move(node));
  }
  // From a burst to a job now and then.
  const std::int64_t gap_ms = std::array{5 * second_ms, minute_ms, 5 * minute_ms, 15 * minute_ms}[prng.below(4)];
  std::int64_t at_ms = 0;
  for (std::int64_t i = 0, jobs = prng.between(10, 100); i < jobs; ++i, at_ms += prng.between(0, 2 * gap_ms)) {
    ScenarioLine job{.at_ms = at_ms, .verb = "submit", .subject = fmt::format("job{}", i)};
    if (prng.chance(1, 2)) job.set("user", "bob");
    job.set("cores", plain(prng.between(1, 8)));
    job.set("memory", fmt::format("{}G", prng.between(1, 16)));
    job.set("wall", in_minutes(prng.between(1, 240)));
    story.jobs.push_back(std::move(job));
  }
  story.end_ms = at_ms;
}

// ---- kinds of work. The rate of those below: so many of 1,000 jobs.

template <class Each>
void some_jobs(Story& story, Prng& prng, std::int64_t rate, Each each) {
  for (ScenarioLine& job : story.jobs)
    if (prng.chance(static_cast<std::uint64_t>(rate), 1'000)) each(job);
}

void gangs(Story& story, Prng& prng, std::int64_t rate) {
  some_jobs(story, prng, rate, [&](ScenarioLine& job) { job.set("tasks", plain(prng.between(2, 4))); });
}

void elastic(Story& story, Prng& prng, std::int64_t rate) {
  some_jobs(story, prng, rate, [&](ScenarioLine& job) {
    const std::int64_t least = prng.between(1, 3);
    job.set("tasks", fmt::format("{}..{}", least, least + prng.between(1, 4)));
  });
}

void cards(Story& story, Prng& prng, std::int64_t rate) {
  for (ScenarioLine& node : story.scenario.settings)
    if (prng.chance(1, 2)) node.set("cards", plain(prng.between(1, 8)));
  some_jobs(story, prng, rate, [&](ScenarioLine& job) {
    job.set("partition", "cards");
    if (prng.chance(2, 3)) job.set("cards", plain(prng.between(1, 4)));
  });
}

void parts(Story& story, Prng& prng, std::int64_t rate) {
  some_jobs(story, prng, rate, [&](ScenarioLine& job) {
    std::erase_if(job.fields, [](const auto& field) {
      return field.first == "cores" || field.first == "memory" || field.first == "tasks" || field.first == "cards";
    });
    for (const char* part : {"a", "b"}) {
      job.set(fmt::format("parts.{}.tasks", part), plain(prng.between(1, 3)));
      job.set(fmt::format("parts.{}.cores", part), plain(prng.between(1, 8)));
      job.set(fmt::format("parts.{}.memory", part), fmt::format("{}G", prng.between(1, 16)));
    }
  });
}

void arrays(Story& story, Prng& prng, std::int64_t rate) {
  some_jobs(story, prng, rate, [&](ScenarioLine& job) {
    std::string range = fmt::format("0-{}", prng.between(1, 8));
    if (const std::int64_t at_once = prng.between(0, 3); at_once > 0) range += fmt::format("%{}", at_once);
    job.set("array", range);
  });
}

void dependencies(Story& story, Prng& prng, std::int64_t rate) {
  for (std::size_t i = 1; i < story.jobs.size(); ++i) {
    if (!prng.chance(static_cast<std::uint64_t>(rate), 1'000)) continue;
    const char* kind = std::array{"after", "after-ok", "after-any"}[prng.below(3)];
    std::string names = story.jobs[prng.below(i)].subject;
    if (prng.chance(1, 4)) names += "," + story.jobs[prng.below(i)].subject;
    story.jobs[i].set(kind, names);
  }
}

void deadlines(Story& story, Prng& prng, std::int64_t rate) {
  some_jobs(story, prng, rate, [&](ScenarioLine& job) {
    job.set("deadline", print_scenario_time(job.at_ms + prng.between(1, 300) * minute_ms));
  });
}

void preemptible(Story& story, Prng& prng, std::int64_t rate) {
  some_jobs(story, prng, rate, [&](ScenarioLine& job) { job.set("preemptible", "true"); });
}

void classes(Story& story, Prng& prng, std::int64_t rate) {
  some_jobs(story, prng, rate, [&](ScenarioLine& job) { job.set("class", prng.chance(1, 2) ? "high" : "low"); });
}

void retries(Story& story, Prng& prng, std::int64_t rate) {
  some_jobs(story, prng, rate, [&](ScenarioLine& job) {
    job.set("retry.attempts", plain(prng.between(1, 5)));
    if (prng.chance(1, 2)) job.set("retry.delay", in_seconds(prng.between(1, 90)));
  });
}

void checkpoints(Story& story, Prng& prng, std::int64_t rate) {
  some_jobs(story, prng, rate, [&](ScenarioLine& job) {
    job.set("checkpoint.signal", "USR1");
    job.set("checkpoint.grace", in_seconds(prng.between(1, 50)));
  });
}

void held(Story& story, Prng& prng, std::int64_t rate) {
  some_jobs(story, prng, rate, [&](ScenarioLine& job) { job.set("hold", "true"); });
}

void budgets(Story& story, Prng& prng, std::int64_t rate) {
  some_jobs(story, prng, rate, [&](ScenarioLine& job) {
    job.set("user", "bob");
    job.set("project", "poor");
  });
}

void repeats(Story& story, Prng& prng, std::int64_t rate) {
  some_jobs(story, prng, rate, [&](ScenarioLine& job) {
    job.set("key", "key-" + job.subject);
    story.add(job.at_ms + prng.between(0, 2) * prng.between(0, 60) * second_ms, "repeat", job.subject);
  });
}

/// Of both partitions, as many nodes as may be there or not.
void spares(Story& story, Prng& prng, std::int64_t nodes) {
  for (const char* partition : {"main", "cards"}) {
    const auto count = std::ranges::count_if(story.scenario.settings, [&](const ScenarioLine& node) {
      return (node.find("cards") != nullptr) == (partition == std::string_view("cards"));
    });
    if (count < 2) continue;
    ScenarioLine& line = story.rules.emplace_back(ScenarioLine{.verb = "partition", .subject = partition});
    line.set("spares", plain(std::min<std::int64_t>(nodes, count - 1)));
    line.set("spares-for", plain(prng.between(1, 2)));
  }
}

void moves(Story& story, Prng&, std::int64_t pause) {
  story.rules.emplace_back(ScenarioLine{.verb = "policy"}).set("move-pause", in_minutes(pause));
}

void hangs(Story& story, Prng& prng, std::int64_t rate) {
  some_jobs(story, prng, rate, [&](ScenarioLine& job) {
    job.set("ends", "hangs");
    if (prng.chance(2, 3)) job.set("hang-after", in_minutes(prng.between(1, 60)));
  });
}

// ---- ... and so many times in all.

void cancel(Story& story, Prng& prng, std::int64_t times) {
  for (; times > 0; --times) {
    const ScenarioLine& job = story.jobs[prng.below(story.jobs.size())];
    const bool element = job.find("array") != nullptr && prng.chance(1, 2);
    story.add(job.at_ms + prng.between(0, 120) * prng.between(0, minute_ms), "cancel",
              job.subject + (element ? fmt::format("[{}]", prng.between(0, 3)) : ""));
  }
}

void hold(Story& story, Prng& prng, std::int64_t times) {
  for (; times > 0; --times) {
    const ScenarioLine& job = story.jobs[prng.below(story.jobs.size())];
    const std::int64_t at_ms = job.at_ms + prng.between(0, 60) * prng.between(0, minute_ms);
    story.add(at_ms, "hold", job.subject);
    if (prng.chance(2, 3)) story.add(at_ms + prng.between(0, 120) * minute_ms, "release", job.subject);
  }
}

void drain(Story& story, Prng& prng, std::int64_t times) {
  for (; times > 0; --times) {
    const std::int64_t at_ms = story.some_time(prng);
    const std::string node = story.some_node(prng);
    story.add(at_ms, "drain", node);
    if (prng.chance(3, 4)) story.add(at_ms + prng.between(0, 240) * minute_ms, "resume", node);
  }
}

void others(Story& story, Prng& prng, std::int64_t times) {
  for (; times > 0; --times) {
    const std::int64_t at_ms = story.some_time(prng);
    const std::string node = story.some_node(prng);
    const std::int64_t lasts = prng.between(1, 240) * minute_ms;
    ScenarioLine& line = story.add(at_ms, "others", node);
    line.set("cores", plain(prng.between(1, 16)));
    if (prng.chance(1, 3)) line.set("cards", plain(prng.between(1, 8)));
    if (prng.chance(3, 4)) line.set("for", ms(lasts));
    // Mostly they go when they said, or before; some stay longer.
    if (prng.chance(4, 5)) story.add(at_ms + prng.between(1, 5 * lasts / 4), "others", node);
  }
}

void guests(Story& story, Prng& prng, std::int64_t) {
  ScenarioLine& line =
      story.rules.emplace_back(ScenarioLine{.verb = "partition", .subject = prng.chance(1, 2) ? "main" : "cards"});
  line.set("guest", "true");
}

void grant(Story& story, Prng& prng, std::int64_t times) {
  for (; times > 0; --times)
    story.add(story.some_time(prng), "grant", "poor").set("credits", plain(prng.between(1, 50)));
}

// ---- kinds of fault: so many times in all.

void crash(Story& story, Prng& prng, std::int64_t times) {
  for (; times > 0; --times) {
    ScenarioLine& line = story.add(story.some_time(prng), "crash");
    if (prng.chance(1, 2)) line.set("kept", plain(prng.between(1, 4)));
    if (prng.chance(1, 3)) line.set("snapshot", "true");
    if (prng.chance(1, 3)) line.set("down", in_seconds(prng.between(1, 1'800)));
  }
}

void lose_node(Story& story, Prng& prng, std::int64_t times) {
  for (; times > 0; --times) {
    const std::int64_t at_ms = story.some_time(prng);
    const std::string node = story.some_node(prng);
    story.add(at_ms, "lose-node", node);
    if (prng.chance(3, 4)) story.add(at_ms + prng.between(0, 120) * prng.between(0, minute_ms), "restore-node", node);
  }
}

void fill_disk(Story& story, Prng& prng, std::int64_t times) {
  for (; times > 0; --times)
    story.add(story.some_time(prng), "fill-disk").set("for", in_seconds(prng.between(1, 1'800)));
}

void slow_disk(Story& story, Prng& prng, std::int64_t times) {
  for (bool first = true; times > 0; --times, first = false) {
    ScenarioLine& line = story.add(first ? 0 : story.some_time(prng), "slow-disk");
    if (first || prng.chance(2, 3))
      line.set("by",
               ms(prng.between(1, std::array{100 * std::int64_t{1}, 5 * second_ms, 5 * minute_ms}[prng.below(3)])));
  }
}

void jump_clock(Story& story, Prng& prng, std::int64_t times) {
  for (; times > 0; --times) {
    ScenarioLine& line = story.add(story.some_time(prng), "jump-clock");
    if (const auto way = prng.below(5); way > 0)
      line.set(way > 2 ? "behind" : "ahead", in_seconds(prng.between(1, 7'200)));
  }
}

void say_nonsense(Story& story, Prng& prng, std::int64_t times) {
  for (; times > 0; --times) {
    ScenarioLine& line = story.add(story.some_time(prng), "say-nonsense");
    line.set("job", plain(prng.chance(1, 5) ? prng.between(0, 1'000'000) : prng.between(0, 60)));
    line.set("attempt", plain(prng.between(7, 9)));
  }
}

// ---- the table

enum class Group : std::uint8_t { work, fault, engine };

/// Partitions that count their nodes although they are small, and plans that are repaired from event to event.
void kept_plans(Story& story, Prng& prng, std::int64_t keeps_from) {
  ScenarioLine& line = story.rules.emplace_back(ScenarioLine{.verb = "planner"});
  line.set("counts-from", plain(prng.between(1, 4)));
  line.set("keeps-from", plain(keeps_from));
}

struct Kind {
  std::string_view name;
  Group group;
  std::int64_t rate_max;
  void (*draw)(Story&, Prng&, std::int64_t rate);  ///< null for the engine's: it draws from the rate itself
};

/// In this order they add to the story: `parts` replaces what came before.
constexpr std::array swarm_kinds{
    Kind{"gangs", Group::work, 600, gangs},
    Kind{"elastic", Group::work, 600, elastic},
    Kind{"cards", Group::work, 600, cards},
    Kind{"parts", Group::work, 300, parts},
    Kind{"arrays", Group::work, 400, arrays},
    Kind{"dependencies", Group::work, 500, dependencies},
    Kind{"deadlines", Group::work, 300, deadlines},
    Kind{"preemptible", Group::work, 700, preemptible},
    Kind{"classes", Group::work, 700, classes},
    Kind{"retries", Group::work, 1'000, retries},
    Kind{"checkpoints", Group::work, 1'000, checkpoints},
    Kind{"held", Group::work, 150, held},
    Kind{"budgets", Group::work, 500, budgets},
    Kind{"repeats", Group::work, 500, repeats},
    Kind{"spares", Group::work, 4, spares},
    Kind{"moves", Group::work, 60, moves},
    Kind{"cancel", Group::work, 15, cancel},
    Kind{"hold", Group::work, 10, hold},
    Kind{"drain", Group::work, 10, drain},
    Kind{"grant", Group::work, 8, grant},
    Kind{"others", Group::work, 12, others},
    Kind{"guests", Group::work, 1, guests},
    Kind{"kept-plans", Group::work, 8, kept_plans},
    Kind{"hangs", Group::fault, 200, hangs},
    Kind{"crash", Group::fault, 12, crash},
    Kind{"lose-node", Group::fault, 12, lose_node},
    Kind{"fill-disk", Group::fault, 6, fill_disk},
    Kind{"slow-disk", Group::fault, 6, slow_disk},
    Kind{"jump-clock", Group::fault, 6, jump_clock},
    Kind{"say-nonsense", Group::fault, 10, say_nonsense},
    Kind{"program-fails", Group::engine, 300, nullptr},
    Kind{"program-killed", Group::engine, 200, nullptr},
    Kind{"program-lost", Group::engine, 200, nullptr},
    Kind{"launch-fails", Group::engine, 200, nullptr},
    Kind{"ignores-term", Group::engine, 500, nullptr},
    Kind{"report-repeated", Group::engine, 500, nullptr},
    Kind{"report-late", Group::engine, 600, nullptr},
};

}  // namespace

Swarm draw_swarm(std::uint64_t seed) {
  const Prng prng(seed);
  Swarm swarm;
  Story story;
  draw_world(story, prng.split("world"));
  story.engine.set("seed", plain(static_cast<std::int64_t>(prng.split("engine").next() >> 1)));
  for (const Kind& kind : swarm_kinds) {
    Prng own = prng.split(kind.name);
    if (!own.chance(1, 2)) continue;
    const std::int64_t rate = own.between(1, kind.rate_max);
    swarm.choices.push_back({std::string(kind.name), rate, kind.group != Group::work});
    if (kind.group == Group::engine)
      story.engine.set(std::string(kind.name), plain(rate));
    else
      kind.draw(story, own, rate);
  }
  std::ranges::move(story.rules, std::back_inserter(story.scenario.settings));
  story.scenario.settings.push_back(std::move(story.engine));
  story.scenario.story = std::move(story.jobs);
  std::ranges::move(story.others, std::back_inserter(story.scenario.story));
  std::ranges::stable_sort(story.scenario.story, {}, &ScenarioLine::at_ms);
  story.scenario.comments = {fmt::format("Drawn from the seed {:#x}.", seed), words_of(swarm.choices)};
  swarm.scenario = std::move(story.scenario);
  return swarm;
}

std::string words_of(const std::vector<SwarmChoice>& choices) {
  std::string work, faults;
  for (const SwarmChoice& choice : choices) {
    std::string& group = choice.fault ? faults : work;
    group += fmt::format("{}{} {}", group.empty() ? "" : ", ", choice.kind, choice.rate);
  }
  return fmt::format("work: {}; faults: {}", work.empty() ? "plain" : work, faults.empty() ? "none" : faults);
}

std::string short_hash(const Scenario& scenario) { return print_hex(hash_of(write_scenario(scenario))).substr(0, 8); }

}  // namespace mingyue::twin
