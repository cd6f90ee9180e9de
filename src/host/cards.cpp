#include "host/cards.hpp"

#include <dlfcn.h>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>

#include "host/probe.hpp"

namespace mingyue::host {
namespace {

using model::CardsFound;
using model::CardType;

struct Product {
  std::string name;
  Bytes memory;  ///< 0: unknown
};

/// Counts equal cards together, in the order in which their types first appear.
std::vector<CardsFound> by_type(std::string_view vendor, const std::vector<Product>& products) {
  std::vector<CardsFound> found;
  for (const Product& product : products) {
    CardType type = card_type_of(vendor, product.name);
    type.memory = product.memory;
    const auto same = std::ranges::find(found, type.name, [](const CardsFound& cards) { return cards.type.name; });
    if (same == found.end()) {
      found.push_back({.type = std::move(type), .count = CardCount(1)});
    } else {
      same->count += CardCount(1);
      same->type.memory = std::min(same->type.memory, product.memory);  // What any of them can hold.
    }
  }
  return found;
}

// NVIDIA.

/// One line a card, `name|bytes`, from NVML. Runs in a child: a sick driver may never return.
std::string ask_nvml() {
  void* library = ::dlopen("libnvidia-ml.so.1", RTLD_NOW | RTLD_LOCAL);
  if (library == nullptr) return {};
  // The part of NVML's ABI that we use; it has been stable since 2012.
  using Device = void*;
  struct Memory {
    unsigned long long total, free, used;
  };
  const auto find = [&]<class Function>(const char* name, Function*& function) {
    function = reinterpret_cast<Function*>(::dlsym(library, name));
    return function != nullptr;
  };
  int (*init)() = nullptr;
  int (*count)(unsigned*) = nullptr;
  int (*by_index)(unsigned, Device*) = nullptr;
  int (*name)(Device, char*, unsigned) = nullptr;
  int (*memory)(Device, Memory*) = nullptr;
  if (!find("nvmlInit_v2", init) || !find("nvmlDeviceGetCount_v2", count) ||
      !find("nvmlDeviceGetHandleByIndex_v2", by_index) || !find("nvmlDeviceGetName", name) ||
      !find("nvmlDeviceGetMemoryInfo", memory))
    return {};
  unsigned cards = 0;
  if (init() != 0 || count(&cards) != 0) return {};
  std::string answer;
  for (unsigned index = 0; index < cards; ++index) {
    Device device = nullptr;
    std::array<char, 96> text{};
    Memory bytes{};
    if (by_index(index, &device) != 0 || name(device, text.data(), text.size() - 1) != 0) continue;
    (void)memory(device, &bytes);
    answer += fmt::format("{}|{}\n", text.data(), bytes.total);
  }
  return answer;
}

/// Lines of `name<separator>number`.
std::vector<Product> products_in(std::string_view text, std::string_view separator, std::int64_t unit) {
  std::vector<Product> products;
  for (const std::string_view line : lines_of(text)) {
    const std::size_t at = line.rfind(separator);
    if (at == std::string_view::npos || at == 0) continue;
    const auto words = words_of(line.substr(at + separator.size()));
    std::int64_t memory = 0;
    if (!words.empty()) std::from_chars(words[0].data(), words[0].data() + words[0].size(), memory);
    products.push_back({.name = std::string(line.substr(0, at)), .memory = Bytes(memory * unit)});
  }
  return products;
}

/// `/proc/driver/nvidia/gpus/0000:17:00.0/information` has a line `Model: 		 NVIDIA A100-SXM4-80GB`. It
/// lists the cards of the whole machine; a container may use those that it has a device file for.
std::vector<Product> nvidia_in_proc(const std::string& root) {
  std::vector<Product> products;
  const std::string gpus = root + "/proc/driver/nvidia/gpus";
  for (const std::string& card : names_in(gpus)) {
    const std::string text = read_text(gpus + "/" + card + "/information").value_or("");
    for (std::string_view line : lines_of(text)) {
      if (!line.starts_with("Model:")) continue;
      line.remove_prefix(std::string_view("Model:").size());
      const auto words = words_of(line);
      if (!words.empty()) products.push_back({.name = fmt::format("{}", fmt::join(words, " ")), .memory = {}});
    }
  }
  const auto usable = static_cast<std::size_t>(count_numbered(root + "/dev", "nvidia"));
  if (products.size() > usable) products.resize(usable);
  return products;
}

std::vector<Product> find_nvidia(const CardPlaces& places) {
  if (places.ask_drivers && count_numbered(places.root + "/dev", "nvidia") > 0) {
    const auto nvml = ask_with_deadline(ask_nvml, places.deadline);
    if (nvml && !nvml->empty()) return products_in(*nvml, "|", 1);
    const auto tool =
        output_of({"nvidia-smi", "--query-gpu=name,memory.total", "--format=csv,noheader,nounits"}, places.deadline);
    if (tool && !tool->empty()) return products_in(*tool, ", ", std::int64_t{1} << 20);
  }
  return nvidia_in_proc(places.root);
}

// Ascend.

/// The chip of a Huawei accelerator, by its PCI device id.
std::string ascend_chip(std::string_view device) {
  struct Known {
    std::string_view id, chip;
  };
  static constexpr std::array<Known, 5> known{
      {{"0xd100", "310"}, {"0xd500", "310P"}, {"0xd801", "910A"}, {"0xd802", "910B"}, {"0xd803", "910C"}}};
  const auto found = std::ranges::find(known, device, &Known::id);
  return found == known.end() ? std::string() : std::string(found->chip);
}

/// `/dev/davinci0` and so on are the chips that this process may use; their kind is on the PCI bus.
std::vector<Product> ascend_in_dev(const std::string& root) {
  const int count = count_numbered(root + "/dev", "davinci");
  if (count == 0) return {};
  std::string chip;
  const std::string bus = root + "/sys/bus/pci/devices";
  for (const std::string& device : names_in(bus)) {
    const std::string vendor = read_text(bus + "/" + device + "/vendor").value_or("");
    if (!vendor.starts_with("0x19e5")) continue;
    const std::string id = read_text(bus + "/" + device + "/device").value_or("");
    chip = ascend_chip(std::string_view(id).substr(0, 6));
    if (!chip.empty()) break;
  }
  return std::vector<Product>(static_cast<std::size_t>(count), Product{.name = "Ascend " + chip, .memory = {}});
}

std::vector<Product> find_ascend(const CardPlaces& places) {
  std::vector<Product> found = ascend_in_dev(places.root);
  if (found.empty() || !places.ask_drivers) return found;
  // The tool knows the exact chip; the device files know how many are ours.
  const auto output = output_of({"npu-smi", "info", "-m"}, places.deadline);
  const auto chips = output ? npu_chips(*output) : std::vector<std::string>();
  for (std::size_t i = 0; i < found.size() && i < chips.size(); ++i) found[i].name = chips[i];
  return found;
}

// Hygon and AMD: both show their cards as nodes of /sys/class/kfd.

/// The product of an AMD or Hygon card, by its PCI device id; `gpu-` and the number for one that we do not know.
std::string kfd_product(std::int64_t vendor, std::int64_t device) {
  constexpr std::int64_t hygon = 0x1d94;
  if (vendor == hygon) {
    const std::int64_t family = device >> 8;
    if (family >= 0x51 && family <= 0x57 && (device & 0xff) == 0xb7) return "DCU Z100";
    if (family >= 0x61 && family <= 0x67 && (device & 0xff) == 0xb7) return "DCU K100";
    if (device >= 0x6210 && device <= 0x6212) return "DCU K100";
    return fmt::format("DCU {:x}", device);
  }
  switch (device) {
    case 0x738c:
      return "MI100";
    case 0x740f:
      return "MI210";
    case 0x7408:
    case 0x740c:
      return "MI250X";
    case 0x74a1:
      return "MI300X";
    default:
      return fmt::format("gpu-{:x}", device);
  }
}

/// `key value` lines of a node's properties.
std::int64_t property(std::string_view properties, std::string_view key) {
  for (const std::string_view line : lines_of(properties)) {
    const auto words = words_of(line);
    if (words.size() != 2 || words[0] != key) continue;
    std::int64_t value = 0;
    std::from_chars(words[1].data(), words[1].data() + words[1].size(), value);
    return value;
  }
  return 0;
}

/// The sizes of a node's memory banks in its own memory (heap types 1 and 2).
Bytes kfd_memory(const std::string& node) {
  Bytes sum;
  for (const std::string& bank : names_in(node + "/mem_banks")) {
    const std::string text = read_text(node + "/mem_banks/" + bank + "/properties").value_or("");
    const std::int64_t heap = property(text, "heap_type");
    if (heap == 1 || heap == 2) sum += Bytes(property(text, "size_in_bytes"));
  }
  return sum;
}

std::vector<Product> find_kfd(const CardPlaces& places, std::int64_t wanted_vendor) {
  std::vector<Product> found;
  const std::string nodes = places.root + "/sys/class/kfd/kfd/topology/nodes";
  for (const std::string& node : names_in(nodes)) {
    const std::string text = read_text(nodes + "/" + node + "/properties").value_or("");
    if (property(text, "simd_count") == 0 || property(text, "vendor_id") != wanted_vendor) continue;  // A CPU has none.
    found.push_back(
        {.name = kfd_product(wanted_vendor, property(text, "device_id")), .memory = kfd_memory(nodes + "/" + node)});
  }
  return found;
}

std::string lower_case(std::string_view text) {
  std::string lower;
  for (const char c : text) lower += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return lower;
}

/// Letters and digits in small letters, everything else a single `-`.
std::string as_name(std::string_view text) {
  std::string name;
  for (const char c : lower_case(text)) {
    if (std::isalnum(static_cast<unsigned char>(c)) != 0)
      name += c;
    else if (!name.empty() && name.back() != '-')
      name += '-';
  }
  while (!name.empty() && name.back() == '-') name.pop_back();
  return name.substr(0, 64);
}

/// True where the product's words, run together, name the type: `rtx4090` in `GeForce RTX 4090 D`, `a100` in
/// `A100-SXM4-80GB` but not in `RTX A1000`, and `ascend910b` in `Ascend 910B3`: a letter may be followed by a grade.
bool speaks_of(const std::string& product, const std::string& type) {
  const std::string words = as_name(product);  // nvidia-a100-sxm4-80gb
  const auto matches_at = [&](std::size_t at) {
    for (const char wanted : as_name(type)) {
      if (wanted == '-') continue;
      if (at < words.size() && words[at] == '-') ++at;
      if (at >= words.size() || words[at] != wanted) return false;
      ++at;
    }
    const auto is_digit = [](char c) { return c >= '0' && c <= '9'; };
    return at == words.size() || words[at] == '-' || (is_digit(words[at]) && !is_digit(type.back()));
  };
  for (std::size_t at = 0; at < words.size(); ++at) {
    if ((at == 0 || words[at - 1] == '-') && matches_at(at)) return true;
  }
  return false;
}

}  // namespace

std::vector<std::string> npu_chips(std::string_view output) {
  std::vector<std::string> chips;
  for (const std::string_view line : lines_of(output)) {
    // NPU ID, chip ID, logic ID (`-` for what does no work), and a name of one or two words.
    const auto words = words_of(line);
    if (words.size() < 4 || words[0].find_first_not_of("0123456789") != std::string_view::npos || words[2] == "-")
      continue;
    chips.push_back(fmt::format("{}", fmt::join(words.begin() + 3, words.end(), " ")));
  }
  return chips;
}

CardType card_type_of(std::string_view vendor, std::string_view product) {
  const CardType* best = nullptr;
  for (const CardType& type : model::known_card_types()) {
    if (type.vendor == vendor && speaks_of(std::string(product), type.name) &&
        (best == nullptr || type.name.size() > best->name.size()))
      best = &type;
  }
  if (best != nullptr) return *best;
  CardType type;
  for (const CardType& known : model::known_card_types()) {
    if (known.vendor == vendor) type.visible_variable = known.visible_variable;
  }
  type.vendor = vendor;
  type.name = as_name(product);
  const std::string prefix = as_name(vendor) + "-";
  if (type.name.starts_with(prefix)) type.name.erase(0, prefix.size());
  if (type.name.empty()) type.name = as_name(vendor);
  return type;
}

std::vector<CardsFound> find_cards(const CardPlaces& places) {
  constexpr std::int64_t hygon = 0x1d94;
  constexpr std::int64_t amd = 0x1002;
  std::vector<CardsFound> all;
  const auto add = [&](std::string_view vendor, const std::vector<Product>& products) {
    std::ranges::move(by_type(vendor, products), std::back_inserter(all));
  };
  add("NVIDIA", find_nvidia(places));
  add("Huawei", find_ascend(places));
  add("Hygon", find_kfd(places, hygon));
  add("AMD", find_kfd(places, amd));
  return all;
}

}  // namespace mingyue::host
