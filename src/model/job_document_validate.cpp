// validate(): what a centre can never do for a job. Reading the document itself is in job_document.cpp.

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <ranges>

#include "model/document_reader.hpp"
#include "model/job_document.hpp"

namespace mingyue::model {
namespace {

template <class T>
std::vector<std::string> names_of(const std::vector<T>& things) {
  std::vector<std::string> names;
  names.reserve(things.size());
  for (const T& thing : things) names.push_back(thing.name);
  return names;
}

template <class T>
const T* named(const std::vector<T>& things, std::string_view name) {
  const auto at = std::ranges::find(things, name, &T::name);
  return at == things.end() ? nullptr : &*at;
}

/// Two amounts that print alike but are not are printed in bytes: `2G, the largest has 2G` helps nobody.
std::string amount(Bytes bytes, Bytes beside) {
  std::string text = print_bytes(bytes);
  return bytes != beside && text == print_bytes(beside) ? fmt::format("{} bytes", bytes.raw()) : text;
}

class Check {
 public:
  Check(const JobSpec& job, const Centre& centre, const NodeKinds& kinds) : job_(job), centre_(centre), kinds_(kinds) {}

  std::vector<Refusal> all() {
    check_names();
    if (partition_ == nullptr) return std::move(refusals_);
    if (job_.wall > partition_->wall_max && partition_->wall_max > Duration{}) refuse_wall();
    if (const QpuNeed* need = job_.qpu()) check_qpu(*need);
    if (job_.where == Where::allies) return std::move(refusals_);  // It will not run on our nodes.
    bool each_fits = true;
    for (std::size_t i = 0; i < job_.parts.size(); ++i) each_fits = check_part(i) && each_fits;
    if (each_fits && job_.parts.size() > 1) check_together();
    return std::move(refusals_);
  }

 private:
  void refuse(std::string code, std::string field, std::string message, std::string hint) {
    refusals_.push_back({std::move(code), std::move(field), std::move(message), std::move(hint), 0});
  }

  void check_names() {
    partition_ = named(centre_.partitions, job_.partition);
    if (partition_ == nullptr) {
      refuse("unknown-partition", "partition", fmt::format("there is no partition \"{}\"", shown(job_.partition)),
             did_you_mean(job_.partition, names_of(centre_.partitions)));
    }
    if (named(centre_.classes, job_.priority_class) == nullptr) {
      refuse("unknown-class", "class", fmt::format("there is no class \"{}\"", shown(job_.priority_class)),
             did_you_mean(job_.priority_class, names_of(centre_.classes)));
    }
    const User* user = named(centre_.users, job_.user);
    if (user == nullptr) {
      refuse("unknown-user", "user", fmt::format("there is no user \"{}\" in this centre", shown(job_.user)),
             "ask an operator to add you to the centre's file");
    }
    if (named(centre_.projects, job_.project) == nullptr) {
      refuse("unknown-project", "project", fmt::format("there is no project \"{}\"", shown(job_.project)),
             did_you_mean(job_.project,
                          user != nullptr && !user->projects.empty() ? user->projects : names_of(centre_.projects)));
    } else if (user != nullptr && user->role != Role::operator_ &&
               std::ranges::find(user->projects, job_.project) == user->projects.end()) {
      refuse(
          "not-allowed", "project", fmt::format("{} may not submit to the project \"{}\"", job_.user, job_.project),
          user->projects.empty() ? "ask the project's lead to add you" : fmt::format("use {}", one_of(user->projects)));
    }
  }

  void check_qpu(const QpuNeed& need) {
    const auto part = std::ranges::find_if(job_.parts, [](const Part& p) { return p.qpu.written(); });
    const std::string at = field(static_cast<std::size_t>(part - job_.parts.begin()), "qpu");
    if (centre_.qpus.empty()) {
      refuse("no-qpu", at, "this centre has no quantum device", "see: mingyue qpus");
      return;
    }
    for (const std::string& name : need.devices) {
      if (named(centre_.qpus, name) != nullptr) continue;
      refuse("unknown-qpu", at + ".device", fmt::format("there is no quantum device \"{}\"", shown(name)),
             did_you_mean(name, names_of(centre_.qpus)));
    }
  }

  void refuse_wall() {
    std::string elsewhere;
    for (const Partition& other : centre_.partitions) {
      if (job_.wall <= other.wall_max || other.wall_max == Duration{}) {
        elsewhere = fmt::format("use partition \"{}\" or ", other.name);
        break;
      }
    }
    refuse("wall-too-long", "wall",
           fmt::format("job asks for {}, partition \"{}\" allows {}", print_duration(job_.wall), partition_->name,
                       print_duration(partition_->wall_max)),
           fmt::format("{}wall: {}", elsewhere, print_duration(partition_->wall_max)));
  }

  [[nodiscard]] std::string field(std::size_t part, std::string_view name) const {
    const bool alone = job_.parts.size() == 1 && job_.parts[0].name == "main";
    return alone ? std::string(name) : fmt::format("parts[{}].{}", part, name);
  }

  /// The kinds of nodes of a partition, by its place in the centre.
  [[nodiscard]] auto kinds_of(const Partition& partition) const {
    const auto number = static_cast<std::uint32_t>(&partition - centre_.partitions.data());
    const bool spares = job_.preemptible;  // kept from all others
    return std::views::filter(kinds_.all(), [number, spares](const NodeKind& kind) {
      return kind.partition == number && (spares || !kind.spare);
    });
  }

  [[nodiscard]] bool type_fits(const NodeKind& node, const TaskNeed& need) const {
    return need.cards == CardCount{} ||
           (node.cards > CardCount{} && (need.card_type.empty() || need.card_type == kinds_.card_type(node)));
  }

  [[nodiscard]] bool fits(const NodeKind& node, const TaskNeed& need) const {
    return node.cores >= need.cores && node.memory >= need.memory && node.cards >= need.cards && type_fits(node, need);
  }

  /// How many tasks of the part a partition holds at once, if nothing else is there.
  [[nodiscard]] std::int64_t room(const Partition& partition, const Part& part) const {
    std::int64_t all = 0;
    for (const NodeKind& node : kinds_of(partition)) {
      const TaskNeed& need = part.need;
      if (!fits(node, need)) continue;
      std::int64_t tasks = part.placement == Placement::spread ? 1 : tasks_max;
      if (need.cores > CoreCount{}) tasks = std::min<std::int64_t>(tasks, node.cores.raw() / need.cores.raw());
      if (need.memory > Bytes{}) tasks = std::min(tasks, node.memory.raw() / need.memory.raw());
      if (need.cards > CardCount{}) tasks = std::min<std::int64_t>(tasks, node.cards.raw() / need.cards.raw());
      all += tasks * node.nodes;
    }
    return all;
  }

  /// `use partition "b" or `, when a task of this need fits there; nothing otherwise.
  [[nodiscard]] std::string elsewhere(const TaskNeed& need) const {
    for (const Partition& other : centre_.partitions) {
      if (other.name == partition_->name) continue;
      for (const NodeKind& node : kinds_of(other))
        if (fits(node, need)) return fmt::format("use partition \"{}\" or ", other.name);
    }
    return {};
  }

  bool check_part(std::size_t index) {
    const Part& part = job_.parts[index];
    const TaskNeed& need = part.need;
    if (!need.card_type.empty() && named(centre_.card_types, need.card_type) == nullptr) {
      refuse("unknown-card-type", field(index, "cards.type"),
             fmt::format("there is no card type \"{}\"", shown(need.card_type)),
             did_you_mean(need.card_type, names_of(centre_.card_types)));
      return false;
    }
    auto nodes = kinds_of(*partition_);
    if (nodes.empty()) {
      refuse("does-not-fit", "partition", fmt::format("partition \"{}\" has no nodes", partition_->name),
             elsewhere(need) + "ask an operator to add some");
      return false;
    }
    if (std::ranges::any_of(nodes, [&](const NodeKind& node) { return fits(node, need); })) return check_gang(index);
    refuse_task(index);
    return false;
  }

  /// No node of the partition holds one task: say which single number is too large, or that together they are.
  void refuse_task(std::size_t index) {
    const TaskNeed& need = job_.parts[index].need;
    const std::string where = fmt::format("partition \"{}\"", partition_->name);
    const std::string other = elsewhere(need);
    CoreCount cores;
    CardCount cards;
    Bytes memory;
    for (const NodeKind& node : kinds_of(*partition_)) {
      cores = std::max(cores, node.cores);
      memory = std::max(memory, node.memory);
      if (type_fits(node, need)) cards = std::max(cards, node.cards);
    }
    const std::size_t before = refusals_.size();
    if (need.cores > cores) {
      refuse("does-not-fit", field(index, "cores"),
             fmt::format("job needs {} cores per task, the largest node of {} has {}", need.cores.raw(), where,
                         cores.raw()),
             fmt::format("{}cores: {}", other, cores.raw()));
    }
    if (need.memory > memory) {
      refuse("does-not-fit", field(index, "memory"),
             fmt::format("job needs {} of memory per task, the largest node of {} has {}", amount(need.memory, memory),
                         where, amount(memory, need.memory)),
             fmt::format("{}memory: {}M", other, memory.raw() >> 20));
    }
    if (need.cards > cards) {
      const std::string of_type = need.card_type.empty() ? "" : fmt::format(" of type {}", need.card_type);
      refuse("does-not-fit", field(index, "cards"),
             fmt::format("job needs {} cards{} per task, {}", need.cards.raw(), of_type,
                         cards == CardCount{} ? fmt::format("{} has none", where)
                                              : fmt::format("the node of {} with most has {}", where, cards.raw())),
             cards == CardCount{} ? other + "leave cards out" : fmt::format("{}cards: {}", other, cards.raw()));
    }
    if (refusals_.size() > before) return;
    const std::string with_cards = need.cards == CardCount{} ? "" : fmt::format(" and {} cards", need.cards.raw());
    refuse("does-not-fit", field(index, "cores"),
           fmt::format("job needs {} cores, {}{} on one node; {} has each of them, but on no node all together",
                       need.cores.raw(), print_bytes(need.memory), with_cards, where),
           other + "ask for less per task");
  }

  bool check_gang(std::size_t index) {
    const Part& part = job_.parts[index];
    const std::int64_t most = room(*partition_, part);
    if (most >= part.least()) return true;
    const auto larger = std::ranges::find_if(centre_.partitions,
                                             [&](const Partition& other) { return room(other, part) >= part.least(); });
    const std::string other =
        larger == centre_.partitions.end() ? "" : fmt::format("use partition \"{}\" or ", larger->name);
    refuse("does-not-fit", field(index, "tasks"),
           fmt::format("job needs {} tasks at once{}, partition \"{}\" has room for {}", part.least(),
                       part.placement == Placement::spread ? ", one a node" : "", partition_->name, most),
           fmt::format("{}tasks: {}", other, most));
    return false;
  }

  /// Parts that fit alone may not fit together. That they need more than there is, is said here; that they cannot be
  /// packed, at submission (core/packing.hpp).
  void check_together() {
    std::int64_t cores = 0;
    std::int64_t cards = 0;
    std::int64_t memory_mib = 0;  // In MiB: 100,000 tasks of an exbibyte each are beyond 64 bits in bytes.
    for (const Part& part : job_.parts) {
      cores += std::int64_t{part.need.cores.raw()} * part.least();
      cards += std::int64_t{part.need.cards.raw()} * part.least();
      memory_mib += (part.need.memory.raw() >> 20) * part.least();
    }
    std::int64_t cores_all = 0;
    std::int64_t cards_all = 0;
    std::int64_t memory_all = 0;
    for (const NodeKind& node : kinds_of(*partition_)) {
      cores_all += node.cores.raw() * node.nodes;
      cards_all += node.cards.raw() * node.nodes;
      memory_all += ((node.memory.raw() >> 20) + 1) * node.nodes;
    }
    const auto over = [&](std::int64_t need, std::int64_t have, std::string_view what) {
      if (need <= have) return;
      refuse("does-not-fit", "parts",
             fmt::format("the parts need {} {} together, partition \"{}\" has {}", need, what, partition_->name, have),
             "ask for fewer or smaller tasks");
    };
    over(cores, cores_all, "cores");
    over(memory_mib, memory_all, "MiB of memory");
    over(cards, cards_all, "cards");
  }

  const JobSpec& job_;
  const Centre& centre_;
  const NodeKinds& kinds_;
  const Partition* partition_ = nullptr;
  std::vector<Refusal> refusals_;
};

}  // namespace

std::vector<Refusal> validate(const JobSpec& job, const Centre& centre, const NodeKinds& kinds) {
  return Check(job, centre, kinds).all();
}

std::vector<Refusal> validate(const JobSpec& job, const Centre& centre) {
  return validate(job, centre, NodeKinds(centre));
}

}  // namespace mingyue::model
