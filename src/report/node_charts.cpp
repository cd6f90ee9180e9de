#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <map>
#include <tuple>

#include "report/charts.hpp"
#include "report/numbers.hpp"

/// The map of nodes: a block for each rack or switch, a cell for each node.
namespace mingyue::report {
namespace {

constexpr int cell_px = 15;
constexpr std::size_t cells_max = 5'000;       ///< above: one cell for each rack or switch
constexpr std::size_t table_rows_max = 2'000;  ///< above: the nodes with most faults and least use
constexpr int levels = 6;

struct Block {
  std::string name;
  std::vector<NodeUse> cells;
};

/// Five equal ranges of whole percents that hold most nodes, and one for all below.
struct Shades {
  int low = 0;
  int step = 20;
  [[nodiscard]] int of(double use) const {
    const double above = use * 100 - low;
    return above < 0 ? 0 : std::min(1 + static_cast<int>(above / step), levels - 1);
  }
};

Shades shades_of(const std::vector<NodeUse>& cells) {
  std::vector<double> uses;
  for (const NodeUse& cell : cells) uses.push_back(cell.use);
  std::ranges::sort(uses);
  Shades shades;
  if (uses.empty()) return shades;
  shades.low = static_cast<int>(std::floor(uses[uses.size() / 20] * 100));
  const int high = static_cast<int>(std::ceil(uses.back() * 100));
  shades.step = std::max(1, (high - shades.low + levels - 2) / (levels - 1));
  return shades;
}

std::vector<Block> blocks_of(const std::vector<NodeUse>& nodes) {
  std::vector<Block> blocks;
  std::map<std::string, std::size_t> places;
  constexpr std::size_t unnamed_max = 64;
  for (const NodeUse& node : nodes) {
    if (node.group.empty()) {
      if (blocks.empty() || !blocks.back().name.empty() || blocks.back().cells.size() == unnamed_max)
        blocks.push_back({});
      blocks.back().cells.push_back(node);
      continue;
    }
    const auto [at, is_new] = places.emplace(node.group, blocks.size());
    if (is_new) blocks.push_back({.name = node.group, .cells = {}});
    blocks[at->second].cells.push_back(node);
  }
  return blocks;
}

/// A rack or switch as if it were one node.
NodeUse together(const Block& block) {
  NodeUse sum{.node = block.name};
  double use = 0;
  double down = 0;
  for (const NodeUse& cell : block.cells) {
    sum.count += cell.count;
    use += cell.use * static_cast<double>(cell.count);
    down += cell.down * static_cast<double>(cell.count);
    sum.faults += cell.faults;
  }
  if (sum.count > 0) {
    sum.use = use / static_cast<double>(sum.count);
    sum.down = down / static_cast<double>(sum.count);
  }
  return sum;
}

std::string draw_block(const Block& block, const Shades& shades) {
  const std::size_t size = block.cells.size();
  const std::size_t columns = size <= 4 ? size : size <= 16 ? 4 : size <= 64 ? 8 : 16;
  const std::size_t rows = (size + columns - 1) / columns;
  std::string svg;
  for (std::size_t i = 0; i < size; ++i) {
    const NodeUse& cell = block.cells[i];
    const int x = static_cast<int>(i % columns) * cell_px;
    const int y = static_cast<int>(i / columns) * cell_px;
    const int shade = shades.of(cell.use);
    svg += fmt::format("<g><title>{}\n{} {}\n{} {}\n{} {}</title>", escaped(cell.node), beside({"use", "使用率"}),
                       escaped(print_percent(cell.use)), beside({"down", "故障"}), escaped(print_percent(cell.down)),
                       beside({"faults", "故障次数"}), cell.faults);
    svg += fmt::format(R"(<rect class="cell h{}" x="{}" y="{}" width="{}" height="{}"/>)", shade, x, y, cell_px - 1,
                       cell_px - 1);
    // Time out of service, as the part of the cell's height that it took; two pixels are the least that is seen.
    if (cell.down >= 0.005)
      svg += fmt::format(R"(<rect class="c8" x="{}" y="{}" width="{}" height="{}"/>)", x, y, cell_px - 1,
                         std::clamp(static_cast<int>(std::lround(cell.down * cell_px)), 2, cell_px - 1));
    if (cell.faults > 0)
      svg += fmt::format(R"(<text class="digit{}" x="{}" y="{}">{}</text>)", shade >= 4 ? " dark" : "", x + cell_px / 2,
                         y + cell_px / 2 + 1, cell.faults > 9 ? "+" : std::to_string(cell.faults));
    svg += "</g>";
  }
  const std::string name = block.name.empty() ? block.cells.front().node + " …" : block.name;
  return fmt::format(
      R"(<figure><figcaption>{}</figcaption><svg width="{}" height="{}" role="img" aria-label="{}">{}</svg></figure>
)",
      escaped(name), columns * cell_px, rows * cell_px, escaped(name), svg);
}

std::string map_key(const Shades& shades) {
  std::string key = "<ul class=\"key\">";
  for (int level = 0; level < levels; ++level) {
    const int low = shades.low + (level - 1) * shades.step;
    if (level == 0 && shades.low == 0) continue;
    const std::string range = level == 0 ? fmt::format("&lt;{} %", shades.low)
                                         : fmt::format("{}–{} %", low, std::min(low + shades.step, 100));
    if (level > 0 && low >= 100) continue;
    key += fmt::format(R"(<li><svg aria-hidden="true"><rect class="cell h{}" width="22" height="14"/></svg>{}</li>)",
                       level, range);
  }
  key += fmt::format(R"(<li><svg aria-hidden="true"><rect class="c8" width="22" height="14"/></svg>{}</li>)",
                     both({"part of the time down", "故障停用的时间占比"}));
  key += fmt::format("<li><b>2</b> {}</li>", both({"faults", "次故障"}));
  return key + "</ul>\n";
}

std::string node_table(const RunReport& report) {
  std::vector<NodeUse> nodes = report.nodes;
  const std::size_t all = nodes.size();
  if (all > table_rows_max) {
    std::ranges::stable_sort(nodes, [](const NodeUse& a, const NodeUse& b) {
      return std::tuple(-a.faults, a.use) < std::tuple(-b.faults, b.use);
    });
    nodes.resize(table_rows_max);
  }
  Table table({both({"node", "节点"}), both({"rack or switch", "机柜或交换机"}), both({"partition", "分区"}),
               both({"cards or cores", "卡或核"}), both({"use", "使用率"}), both({"down", "故障"}),
               both({"drained", "排空"}), both({"faults", "故障次数"})},
              3);
  for (const NodeUse& node : nodes) {
    const double drained = share(node.drained_resource_ms, held(node.count, report.header.to - report.header.from));
    table.row({escaped(node.node), escaped(node.group), escaped(node.partition), print_count(node.count),
               escaped(print_percent(node.use)), escaped(print_percent(node.down)), escaped(print_percent(drained)),
               print_count(node.faults)});
  }
  std::string body = table.markup({"Nodes", "节点"});
  if (all > table_rows_max) {
    const std::string en = fmt::format("{} of {} nodes: those with most faults. nodes.csv has all.",
                                       print_count(table_rows_max), print_count(static_cast<std::int64_t>(all)));
    const std::string zh = fmt::format("{1} 个节点中故障最多的 {0} 个；全部见 nodes.csv。", print_count(table_rows_max),
                                       print_count(static_cast<std::int64_t>(all)));
    body += "<p class=\"note\">" + both({en, zh}) + "</p>\n";
  }
  return folded({"All nodes as a table", "节点数据表"}, body);
}

}  // namespace

std::string node_map(const RunReport& report) {
  if (report.nodes.empty()) return {};
  std::vector<Block> blocks = blocks_of(report.nodes);
  std::string body;
  std::vector<NodeUse> cells = report.nodes;
  if (report.nodes.size() > cells_max) {
    // Too many to look at: racks stand for their nodes.
    cells.clear();
    for (const Block& block : blocks) cells.push_back(together(block));
    blocks = {{.name = {}, .cells = cells}};
    body += "<p class=\"note\">" + both({"A cell is a whole rack or switch.", "每格为一个机柜或交换机。"}) + "</p>\n";
  }
  const Shades shades = shades_of(cells);
  body += map_key(shades) + "<div class=\"racks\">\n";
  for (const Block& block : blocks) body += draw_block(block, shades);
  return body + "</div>\n" + node_table(report);
}

}  // namespace mingyue::report
