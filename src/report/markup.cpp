#include "report/markup.hpp"

#include <fmt/format.h>

#include <array>
#include <cmath>

#include "base/text.hpp"
#include "report/numbers.hpp"

namespace mingyue::report {

std::string escaped(std::string_view text) {
  std::string out;
  while (!text.empty()) {
    const std::size_t length = code_point_length(text);
    const char c = text.front();
    if (length == 0 || (length == 1 && (static_cast<unsigned char>(c) < ' ' || c == '\x7f'))) {
      out += "\xef\xbf\xbd";
      text.remove_prefix(1);
      continue;
    }
    switch (c) {
      case '&':
        out += "&amp;";
        break;
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      case '"':
        out += "&quot;";
        break;
      default:
        out += text.substr(0, length);
    }
    text.remove_prefix(length);
  }
  return out;
}

std::string both(const Words& words) {
  if (words.en == words.zh) return std::string(words.en);
  return fmt::format(R"(<span lang="en">{}</span><span lang="zh">{}</span>)", words.en, words.zh);
}

std::string beside(const Words& words) {
  if (words.en == words.zh) return escaped(words.en);
  return escaped(words.en) + " " + escaped(words.zh);
}

std::string percent_of(double share) {
  // Two places are a tenth of a pixel on any screen.
  std::string text = fmt::format("{:.2f}", share * 100);
  while (text.ends_with('0')) text.pop_back();
  if (text.ends_with('.')) text.pop_back();
  return (text == "-0" ? "0" : text) + "%";
}

const ClassWords& words_of(UseClass use) {
  static const std::array<ClassWords, ledger::node_class_count> words{{
      {{"productive", "有效"}, {"work that was kept", "保留下来的计算"}},
      {{"checkpoint", "检查点"}, {"writing checkpoints", "写检查点"}},
      {{"start", "启动"}, {"launching and restoring", "启动与恢复"}},
      {{"lost", "损失"}, {"work thrown away by a fault, a preemption or a timeout", "因故障、抢占或超时而作废的计算"}},
      {{"promised", "预留"}, {"idle, held for a job that will start", "空闲，为即将开始的作业保留"}},
      {{"stranded", "碎片"},
       {"idle; waiting work fits the number, not the shape", "空闲；等待的作业数量合适、形状不合"}},
      {{"unwanted", "空闲"}, {"idle, and nothing waits for it", "空闲，且无作业等待"}},
      {{"down", "故障"}, {"out of service by a fault", "因故障停用"}},
      {{"drained", "排空"}, {"out of service by plan", "按计划停用"}},
  }};
  return words[static_cast<std::size_t>(use) - 1];
}

std::string css_class(UseClass use) { return "c" + std::to_string(static_cast<int>(use)); }

std::string swatch(UseClass use) {
  return fmt::format(R"(<svg class="swatch" aria-hidden="true"><rect class="{}" width="100%" height="100%"/></svg>)",
                     css_class(use));
}

Words words_of(model::JobState state) {
  switch (state) {
    case model::JobState::held:
      return {"still held", "仍被保持"};
    case model::JobState::queued:
      return {"still waiting", "仍在等待"};
    case model::JobState::starting:
      return {"still starting", "仍在启动"};
    case model::JobState::running:
      return {"still running", "仍在运行"};
    case model::JobState::succeeded:
      return {"succeeded", "成功"};
    case model::JobState::failed:
      return {"failed", "失败"};
    case model::JobState::cancelled:
      return {"cancelled", "已取消"};
    case model::JobState::timed_out:
      return {"timed out", "超时"};
  }
  return {"?", "?"};
}

Words hour_unit(const Pool& pool) { return pool.card_type.empty() ? Words{"core-h", "核时"} : Words{"card-h", "卡时"}; }

std::string print_sizes(std::int64_t size_min, std::int64_t size_max) {
  if (size_max == 0) return ">" + print_count(size_min - 1);
  if (size_min == size_max) return print_count(size_min);
  return print_count(size_min) + "–" + print_count(size_max);
}

Table::Table(std::vector<std::string> headings, std::size_t left) : left_(left) {
  for (std::size_t i = 0; i < headings.size(); ++i)
    head_ += fmt::format(R"(<th scope="col"{}>{}</th>)", i < left_ ? R"( class="left")" : "", headings[i]);
}

void Table::row(const std::vector<std::string>& cells, std::string_view css) {
  body_ += css.empty() ? "<tr>" : fmt::format(R"(<tr class="{}">)", css);
  for (std::size_t i = 0; i < cells.size(); ++i) {
    const char* left = i < left_ ? R"( class="left")" : "";
    body_ += i == 0 ? fmt::format(R"(<th scope="row"{}>{}</th>)", left, cells[i])
                    : fmt::format("<td{}>{}</td>", left, cells[i]);
  }
  body_ += "</tr>\n";
}

std::string Table::markup(const Words& name) const {
  return fmt::format(R"(<div class="table" tabindex="0" role="region" aria-label="{}"><table>
<thead><tr>{}</tr></thead>
<tbody>
{}</tbody></table></div>
)",
                     beside(name), head_, body_);
}

std::string folded(const Words& summary, const std::string& body) {
  return fmt::format("<details><summary>{}</summary>\n{}</details>\n", both(summary), body);
}

std::string framed(const Frame& frame, const std::string& svg) {
  std::string lines;
  std::string left;
  for (const Tick& tick : frame.left) {
    const std::string at = percent_of(frame.rows ? tick.at : 1 - tick.at);
    left += fmt::format(R"(<span style="top:{}">{}</span>)", at, tick.label);
    if (frame.grid_left) lines += fmt::format(R"(<line class="grid" x1="0" x2="100%" y1="{0}" y2="{0}"/>)", at);
  }
  std::string bottom;
  for (const Tick& tick : frame.bottom) {
    const std::string at = percent_of(tick.at);
    // Labels at the ends would stick out.
    const char* end = tick.at < 0.02 ? " first" : tick.at > 0.98 ? " last" : "";
    bottom += fmt::format(R"(<span class="tick{}{}" style="left:{}">{}</span>)", tick.minor ? " minor" : "", end, at,
                          tick.label);
    if (frame.grid_bottom) lines += fmt::format(R"(<line class="grid" x1="{0}" x2="{0}" y1="0" y2="100%"/>)", at);
  }
  return fmt::format(R"(<div class="chart{}"><div class="left-axis" style="height:{}px">{}</div>
<svg class="plot" role="img" aria-label="{}" style="height:{}px">{}{}</svg>
<div class="bottom-axis">{}</div></div>
)",
                     frame.rows ? " rows" : "", frame.height, left, beside(frame.name), frame.height, lines, svg,
                     bottom);
}

std::string tile(const Words& name, const std::string& value, const Words& note) {
  return fmt::format(R"(<div class="tile"><dt>{}</dt><dd><b>{}</b><small>{}</small></dd></div>
)",
                     both(name), value, both(note));
}

std::string section(std::string_view id, const Words& heading, const Words& lead, const std::string& body) {
  return fmt::format(R"(<section id="{0}" aria-labelledby="{0}-h"><h2 id="{0}-h">{1}</h2>
<p class="lead">{2}</p>
{3}</section>
)",
                     id, both(heading), both(lead), body);
}

std::string class_footer() {
  std::string out = "</main>\n<footer><h3>" + both({"The nine classes", "九个类别"}) + "</h3><dl>\n";
  for (const UseClass use : use_classes)
    out +=
        fmt::format("<dt>{}{}</dt><dd>{}</dd>\n", swatch(use), both(words_of(use).name), both(words_of(use).meaning));
  out +=
      "</dl><p>" +
      both(
          {"use = (productive + checkpoint + start + lost) / capacity; goodput = productive / capacity. Times are UTC.",
           "使用率 = (有效 + 检查点 + 启动 + 损失) / 容量；有效率 = 有效 / 容量。时间为 UTC。"}) +
      "</p></footer>\n";
  return out;
}

}  // namespace mingyue::report
