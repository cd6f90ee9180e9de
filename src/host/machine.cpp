#include "host/machine.hpp"

#include <fmt/format.h>
#include <hwloc.h>
#include <pwd.h>
#include <sched.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdlib>
#include <memory>

#include "host/cards.hpp"
#include "host/machine_limits.hpp"
#include "host/probe.hpp"

namespace mingyue::host {
namespace {

std::string host_name() {
  std::array<char, 256> name{};
  return ::gethostname(name.data(), name.size() - 1) == 0 && name[0] != '\0' ? name.data() : "localhost";
}

std::string user_name() {
  std::array<char, 4096> buffer{};
  passwd entry{};
  passwd* found = nullptr;
  ::getpwuid_r(::geteuid(), &entry, buffer.data(), buffer.size(), &found);
  if (found != nullptr) return found->pw_name;
  return {};
}

/// The affinity mask. Machines with more cores than a cpu_set_t holds need a larger set: the kernel says so by EINVAL.
std::vector<std::int32_t> usable_cores() {
  std::vector<std::int32_t> cores;
  for (int count = CPU_SETSIZE; count <= 1 << 20; count *= 2) {
    const std::unique_ptr<cpu_set_t, void (*)(cpu_set_t*)> set(CPU_ALLOC(static_cast<std::size_t>(count)),
                                                               [](cpu_set_t* p) { CPU_FREE(p); });
    const std::size_t size = CPU_ALLOC_SIZE(static_cast<std::size_t>(count));
    if (::sched_getaffinity(0, size, set.get()) != 0) continue;
    for (int core = 0; core < count; ++core) {
      if (CPU_ISSET_S(static_cast<std::size_t>(core), size, set.get())) cores.push_back(core);
    }
    break;
  }
  if (cores.empty()) cores.push_back(0);
  return cores;
}

/// `MemTotal:       24689764 kB`
std::int64_t memory_of_machine() {
  const std::string text = read_text("/proc/meminfo").value_or("");
  for (const std::string_view line : lines_of(text)) {
    const auto words = words_of(line);
    std::int64_t kilobytes = 0;
    if (words.size() >= 2 && words[0] == "MemTotal:" &&
        std::from_chars(words[1].data(), words[1].data() + words[1].size(), kilobytes).ec == std::errc{})
      return kilobytes * 1024;
  }
  return std::int64_t{::sysconf(_SC_PHYS_PAGES)} * ::sysconf(_SC_PAGESIZE);
}

void read_topology(Machine& machine) {
  hwloc_topology_t topology = nullptr;
  if (hwloc_topology_init(&topology) != 0) return;
  const std::unique_ptr<hwloc_topology, void (*)(hwloc_topology*)> owner(topology, hwloc_topology_destroy);
  hwloc_topology_set_io_types_filter(topology, HWLOC_TYPE_FILTER_KEEP_NONE);
  if (hwloc_topology_load(topology) != 0) return;
  const auto count = [&](hwloc_obj_type_t type) { return std::max(0, hwloc_get_nbobjs_by_type(topology, type)); };
  machine.packages = count(HWLOC_OBJ_PACKAGE);
  machine.numa_nodes = count(HWLOC_OBJ_NUMANODE);
  machine.physical_cores = count(HWLOC_OBJ_CORE);
}

void limit_cores(Machine& machine, const GroupLimits& limits) {
  const std::size_t all = machine.core_list.size();
  if (limits.cpu_millicores && *limits.cpu_millicores < static_cast<std::int64_t>(all) * 1'000) {
    const std::int64_t whole = std::max<std::int64_t>(1, *limits.cpu_millicores / 1'000);
    machine.core_list.resize(static_cast<std::size_t>(whole));
    machine.notes.push_back(fmt::format("a CPU quota of {}.{:02} cores leaves {} of {} cores to the centre",
                                        *limits.cpu_millicores / 1'000, *limits.cpu_millicores % 1'000 / 10, whole,
                                        all));
  }
  machine.facts.cores = CoreCount(static_cast<std::int32_t>(machine.core_list.size()));
}

void limit_memory(Machine& machine, const GroupLimits& limits) {
  std::int64_t memory = memory_of_machine();
  if (limits.memory_bytes && *limits.memory_bytes < memory) {
    machine.notes.push_back(fmt::format("a control group leaves {} of {} of memory to the centre",
                                        print_bytes(Bytes(*limits.memory_bytes)), print_bytes(Bytes(memory))));
    memory = *limits.memory_bytes;
  }
  machine.facts.memory = Bytes(memory);
}

}  // namespace

Machine look_at_machine() {
  Machine machine;
  machine.facts.host_name = host_name();
  machine.facts.user = user_name();
  machine.core_list = usable_cores();
  const GroupLimits limits = group_limits();
  limit_cores(machine, limits);
  limit_memory(machine, limits);
  machine.facts.cards = find_cards();
  for (std::size_t i = 1; i < machine.facts.cards.size(); ++i) {
    const model::CardsFound& cards = machine.facts.cards[i];
    machine.notes.push_back(fmt::format("{} cards of type {} are not used: a node has cards of one type, here {}",
                                        cards.count.raw(), cards.type.name, machine.facts.cards[0].type.name));
  }
  read_topology(machine);
  return machine;
}

}  // namespace mingyue::host
