// validate(): what a centre can never do for a job. Reading the document itself is in job_document.cpp.

#include <fmt/format.h>

#include <algorithm>
#include <optional>

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

bool type_fits(const Node& node, const TaskNeed& need) {
  return need.cards == CardCount{} ||
         (node.cards > CardCount{} && (need.card_type.empty() || need.card_type == node.card_type));
}

bool fits(const Node& node, const TaskNeed& need) {
  return node.cores >= need.cores && node.memory >= need.memory && node.cards >= need.cards && type_fits(node, need);
}

/// How many tasks of this need the node holds at once.
std::int64_t room(const Node& node, const TaskNeed& need) {
  if (!fits(node, need)) return 0;
  std::int64_t tasks = node.cores.raw() / need.cores.raw();
  if (need.memory > Bytes{}) tasks = std::min(tasks, node.memory.raw() / need.memory.raw());
  if (need.cards.raw() > 0) tasks = std::min<std::int64_t>(tasks, node.cards.raw() / need.cards.raw());
  return tasks;
}

class Check {
 public:
  Check(const JobSpec& job, const Centre& centre) : job_(job), centre_(centre) {}

  std::vector<Refusal> all() {
    check_names();
    if (partition_ == nullptr) return std::move(refusals_);
    if (job_.wall > partition_->wall_max && partition_->wall_max > Duration{}) refuse_wall();
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

  [[nodiscard]] std::vector<const Node*> nodes_of(std::string_view partition) const {
    std::vector<const Node*> nodes;
    for (const Node& node : centre_.nodes) {
      if (node.partition == partition) nodes.push_back(&node);
    }
    return nodes;
  }

  /// `use partition "b" or `, when a task of this need fits there; nothing otherwise.
  [[nodiscard]] std::string elsewhere(const TaskNeed& need) const {
    for (const Partition& other : centre_.partitions) {
      if (other.name == partition_->name) continue;
      for (const Node& node : centre_.nodes) {
        if (node.partition == other.name && fits(node, need))
          return fmt::format("use partition \"{}\" or ", other.name);
      }
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
    const auto nodes = nodes_of(partition_->name);
    if (nodes.empty()) {
      refuse("does-not-fit", "partition", fmt::format("partition \"{}\" has no nodes", partition_->name),
             elsewhere(need) + "ask an operator to add some");
      return false;
    }
    if (std::ranges::any_of(nodes, [&](const Node* node) { return fits(*node, need); }))
      return check_gang(index, nodes);
    refuse_task(index, nodes);
    return false;
  }

  /// No node of the partition holds one task: say which single number is too large, or that together they are.
  void refuse_task(std::size_t index, const std::vector<const Node*>& nodes) {
    const TaskNeed& need = job_.parts[index].need;
    const std::string where = fmt::format("partition \"{}\"", partition_->name);
    const std::string other = elsewhere(need);
    CoreCount cores;
    CardCount cards;
    Bytes memory;
    for (const Node* node : nodes) {
      cores = std::max(cores, node->cores);
      memory = std::max(memory, node->memory);
      if (type_fits(*node, need)) cards = std::max(cards, node->cards);
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

  bool check_gang(std::size_t index, const std::vector<const Node*>& nodes) {
    const Part& part = job_.parts[index];
    std::int64_t most = 0;
    for (const Node* node : nodes) {
      const std::int64_t tasks = room(*node, part.need);
      most += part.placement == Placement::spread ? std::min<std::int64_t>(tasks, 1) : tasks;
    }
    if (most >= part.tasks) return true;
    std::string other;
    for (const Partition& candidate : centre_.partitions) {
      std::int64_t there = 0;
      for (const Node* node : nodes_of(candidate.name)) {
        const std::int64_t tasks = room(*node, part.need);
        there += part.placement == Placement::spread ? std::min<std::int64_t>(tasks, 1) : tasks;
      }
      if (there >= part.tasks) {
        other = fmt::format("use partition \"{}\" or ", candidate.name);
        break;
      }
    }
    refuse("does-not-fit", field(index, "tasks"),
           fmt::format("job needs {} tasks at once{}, partition \"{}\" has room for {}", part.tasks,
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
      cores += std::int64_t{part.need.cores.raw()} * part.tasks;
      cards += std::int64_t{part.need.cards.raw()} * part.tasks;
      memory_mib += (part.need.memory.raw() >> 20) * part.tasks;
    }
    std::int64_t cores_all = 0;
    std::int64_t cards_all = 0;
    std::int64_t memory_all = 0;
    for (const Node* node : nodes_of(partition_->name)) {
      cores_all += node->cores.raw();
      cards_all += node->cards.raw();
      memory_all += (node->memory.raw() >> 20) + 1;
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
  const Partition* partition_ = nullptr;
  std::vector<Refusal> refusals_;
};

}  // namespace

std::vector<Refusal> validate(const JobSpec& job, const Centre& centre) { return Check(job, centre).all(); }

}  // namespace mingyue::model
