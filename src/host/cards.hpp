#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "model/centre_document.hpp"

/// Finding accelerator cards without being linked to anybody's library: NVML by dlopen, other vendors by their tool or
/// by what the kernel shows. Whatever hangs or crashes costs its deadline and counts as absent.
namespace mingyue::host {

/// Where to look. Tests have a machine of their own in a folder, and no drivers or programs.
struct CardPlaces {
  std::string root;         ///< in front of every path
  bool ask_drivers = true;  ///< NVML, npu-smi, nvidia-smi
  Duration deadline = seconds(5);
};

/// All cards, one entry a type, in the order NVIDIA, Ascend, Hygon and AMD.
[[nodiscard]] std::vector<model::CardsFound> find_cards(const CardPlaces& places = {});

/// `NVIDIA A100-SXM4-80GB` is `a100`, `Ascend 910B3` is `ascend910b`: the known type (model/centre_document.hpp) that
/// the product's name speaks of; else the name itself, made fit to be one.
[[nodiscard]] model::CardType card_type_of(std::string_view vendor, std::string_view product);

/// The chips in what `npu-smi info -m` prints, by name; the board's own controller (Mcu) is not one.
[[nodiscard]] std::vector<std::string> npu_chips(std::string_view output);

}  // namespace mingyue::host
