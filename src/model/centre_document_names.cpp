// Names in a centre's file: ranges of nodes, and the card types that need no description.

#include <fmt/format.h>

#include <charconv>

#include "base/text.hpp"
#include "model/centre_document.hpp"

namespace mingyue::model {
namespace {

/// One range inside brackets: `001-128` or `7`. The width of its first number pads the others.
struct Range {
  std::int64_t first = 0;
  std::int64_t last = 0;
  std::size_t width = 0;
};

Expected<std::vector<Range>> parse_ranges(std::string_view text, std::string_view pattern) {
  std::vector<Range> ranges;
  for (std::string_view rest = text;;) {
    const auto comma = rest.find(',');
    const std::string_view piece = rest.substr(0, comma);
    const auto dash = piece.find('-');
    const std::string_view from = piece.substr(0, dash);
    const std::string_view to = dash == std::string_view::npos ? from : piece.substr(dash + 1);
    const auto first = parse_integer(from, 0, 999'999'999);
    const auto last = parse_integer(to, 0, 999'999'999);
    if (!first || !last || *last < *first || from.size() > 9) {
      return refuse("bad-value", "", fmt::format("\"{}\" in \"{}\" is no range", shown(piece), shown(pattern)),
                    "write node[001-128] or node[1,3,5-7]");
    }
    ranges.push_back({*first, *last, from.size()});
    if (comma == std::string_view::npos) return ranges;
    rest.remove_prefix(comma + 1);
  }
}

}  // namespace

Expected<std::vector<std::string>> expand_names(std::string_view pattern, std::size_t count_max) {
  std::vector<std::string> names{""};
  for (std::string_view rest = pattern; !rest.empty();) {
    const auto open = rest.find('[');
    for (std::string& name : names) name += rest.substr(0, open);
    if (open == std::string_view::npos) break;
    const auto close = rest.find(']', open);
    if (close == std::string_view::npos) {
      return refuse("bad-value", "", fmt::format("\"{}\" has a [ without its ]", shown(pattern)),
                    "write node[001-128]");
    }
    TRY(ranges, parse_ranges(rest.substr(open + 1, close - open - 1), pattern));
    std::int64_t each = 0;
    for (const Range& range : ranges) each += range.last - range.first + 1;
    if (each > static_cast<std::int64_t>(count_max / names.size())) {
      return refuse("too-large", "",
                    fmt::format("\"{}\" and those before it are more than {} nodes", shown(pattern), nodes_max),
                    "name fewer nodes");
    }
    std::vector<std::string> longer;
    longer.reserve(names.size() * static_cast<std::size_t>(each));
    for (const std::string& name : names) {
      for (const Range& range : ranges) {
        for (std::int64_t n = range.first; n <= range.last; ++n)
          longer.push_back(fmt::format("{}{:0{}}", name, n, range.width));
      }
    }
    names = std::move(longer);
    rest.remove_prefix(close + 1);
  }
  for (const std::string& name : names) {
    if (!is_name(name)) {
      return refuse("bad-value", "", fmt::format("\"{}\" is no name", shown(name)),
                    "use 1 to 64 of A-Z a-z 0-9 . _ - and begin with a letter, a digit or _");
    }
  }
  return names;
}

const std::vector<CardType>& known_card_types() {
  // Memory is left open: nearly every one of these is sold in several sizes. A centre's file can say more, or others.
  static const std::vector<CardType> types{
      {"v100", "NVIDIA", "CUDA_VISIBLE_DEVICES", {}},
      {"a100", "NVIDIA", "CUDA_VISIBLE_DEVICES", {}},
      {"a800", "NVIDIA", "CUDA_VISIBLE_DEVICES", {}},
      {"h100", "NVIDIA", "CUDA_VISIBLE_DEVICES", {}},
      {"h200", "NVIDIA", "CUDA_VISIBLE_DEVICES", {}},
      {"h800", "NVIDIA", "CUDA_VISIBLE_DEVICES", {}},
      {"rtx4090", "NVIDIA", "CUDA_VISIBLE_DEVICES", {}},
      {"ascend910a", "Huawei", "ASCEND_RT_VISIBLE_DEVICES", {}},
      {"ascend910b", "Huawei", "ASCEND_RT_VISIBLE_DEVICES", {}},
      {"ascend910c", "Huawei", "ASCEND_RT_VISIBLE_DEVICES", {}},
      {"dcu-z100", "Hygon", "HIP_VISIBLE_DEVICES", {}},
      {"dcu-k100", "Hygon", "HIP_VISIBLE_DEVICES", {}},
      {"mi250x", "AMD", "HIP_VISIBLE_DEVICES", {}},
      {"mi300x", "AMD", "HIP_VISIBLE_DEVICES", {}},
      {"mlu370", "Cambricon", "MLU_VISIBLE_DEVICES", {}},
  };
  return types;
}

}  // namespace mingyue::model
