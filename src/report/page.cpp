#include <fmt/format.h>

#include "report/markup.hpp"

/// The frame of a page: style, patterns, and the switch of languages.
namespace mingyue::report {
namespace {

// Each class of use has a ground, and all but the two plain ones an ink in which its pattern is drawn: --c is the
// ground, --i the ink. Ink on ground, text on surface and the plain classes on the surface were measured: text 4.5:1
// at least, patterns and marks 3:1.
constexpr std::string_view style = R"css(
:root{color-scheme:light dark;--page:#f5f6f8;--surface:#fff;--text:#1b1f24;--muted:#545d68;--line:#c9d1d9;--faint:#e6eaee;
--accent:#1f5fae;--warn-page:#fff4d6;--warn-line:#8a5a00;--warn-text:#5c3c00;
--c1:#2f6db5;--c2:#a8dcd2;--i2:#0b6b5d;--c3:#bcd6f5;--i3:#24599a;--c4:#f7c6c3;--i4:#a40e26;--c5:#ffe9b0;--i5:#8a5a00;
--c6:#fbcf9f;--i6:#8a3b00;--c7:#e4e8ec;--i7:#8b949e;--c8:#57606a;--i8:#fff;--c9:#d5ccec;--i9:#5b3fa0;
--h0:#f1f4f8;--h1:#d3e3f5;--h2:#a9caec;--h3:#6fa3d8;--h4:#2f6db5;--h5:#174a86;--on-light:#1b1f24;--on-dark:#fff;
--shade:rgb(0 0 0/.25);--mark:#1b1f24;--box:#bcd6f5;--box-line:#24599a;--p95:#8a3b00;--p99:#a40e26}
@media (prefers-color-scheme:dark){:root{--page:#0f1318;--surface:#171c23;--text:#e6edf3;--muted:#a3afbb;--line:#3a434d;--faint:#242b33;
--accent:#7fb6f5;--warn-page:#33270a;--warn-line:#d9a520;--warn-text:#ffe1a0;
--c1:#4f94e0;--c2:#17443d;--i2:#6fd6c3;--c3:#1d3a5f;--i3:#8fbdf5;--c4:#571a22;--i4:#ff8b93;--c5:#43330b;--i5:#f2c14e;
--c6:#4d2c0f;--i6:#ffab66;--c7:#2a313a;--i7:#77828e;--c8:#9aa5b1;--i8:#171c23;--c9:#352a57;--i9:#bda9f2;
--h0:#1c232c;--h1:#1d3a5f;--h2:#27568d;--h3:#3874b8;--h4:#74abeb;--h5:#bcd9fa;--on-light:#fff;--on-dark:#0f1318;
--shade:rgb(255 255 255/.25);--mark:#e6edf3;--box:#1d3a5f;--box-line:#8fbdf5;--p95:#ffab66;--p99:#ff8b93}}
*{box-sizing:border-box}
body{margin:0;background:var(--page);color:var(--text);font:15px/1.5 system-ui,-apple-system,"Segoe UI","PingFang SC","Noto Sans CJK SC","Microsoft YaHei",sans-serif}
html:has(#language-zh:checked) span[lang=en]{display:none}
html:not(:has(#language-zh:checked)) span[lang=zh]{display:none}
header,main,footer{max-width:1240px;margin:0 auto;padding:0 20px}
header{padding-top:20px;display:flex;flex-wrap:wrap;gap:4px 20px;align-items:baseline;justify-content:space-between}
h1{font-size:1.55rem;line-height:1.25;margin:0}
h2{font-size:1.15rem;margin:0 0 2px}
h3{font-size:1rem;margin:18px 0 4px}
.languages{border:0;margin:0;padding:0;display:flex;gap:4px}
.languages legend{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%)}
.languages label{padding:3px 10px;border:1px solid var(--line);border-radius:6px;cursor:pointer;background:var(--surface)}
.languages input{position:absolute;opacity:0}
.languages label:has(:checked){border-color:var(--accent);font-weight:600;text-decoration:underline;text-underline-offset:3px}
.languages label:has(:focus-visible),.table:focus-visible,summary:focus-visible,a:focus-visible{outline:2px solid var(--accent);outline-offset:2px}
.simulated{margin:12px 0 0;padding:8px 14px;border:2px dashed var(--warn-line);border-radius:8px;background:var(--warn-page);color:var(--warn-text)}
.facts{display:flex;flex-wrap:wrap;gap:2px 28px;margin:12px 0 0;padding:0}
.facts div{display:flex;gap:7px}
.facts dt{color:var(--muted)}
.facts dd{margin:0;font-weight:600;overflow-wrap:anywhere}
.tiles{display:grid;grid-template-columns:repeat(auto-fit,minmax(136px,1fr));gap:10px;margin:16px 0}
.tile{background:var(--surface);border:1px solid var(--line);border-radius:8px;padding:10px 14px}
.tile dt{color:var(--muted);font-size:.87rem}
.tile dd{margin:0}
.tile b{display:block;font-size:1.5rem;line-height:1.3;font-variant-numeric:tabular-nums;white-space:nowrap}
.tile small{color:var(--muted);font-size:.8rem;line-height:1.35;display:block}
section{background:var(--surface);border:1px solid var(--line);border-radius:8px;padding:16px 18px;margin:14px 0}
.lead,.note{color:var(--muted);margin:0 0 12px;max-width:78ch}
.note{font-size:.87rem;margin:8px 0}
.pair{display:grid;grid-template-columns:minmax(0,1fr) minmax(0,25rem);gap:10px 26px;align-items:start}
.chart{display:grid;grid-template-columns:3.4rem minmax(0,1fr);column-gap:8px;margin:6px 0}
.chart.rows{grid-template-columns:8.5rem minmax(0,1fr)}
.left-axis,.bottom-axis{position:relative;font-size:.78rem;color:var(--muted);font-variant-numeric:tabular-nums}
.left-axis span{line-height:1.2}
.left-axis>span{position:absolute;right:0;max-width:100%;transform:translateY(-50%);white-space:nowrap;overflow:hidden;text-overflow:ellipsis}
.rows .left-axis>span{color:var(--text);white-space:normal;overflow-wrap:anywhere;text-align:right;max-height:2.4em}
.bottom-axis{grid-column:2;height:1.5em}
.tick{position:absolute;transform:translateX(-50%);white-space:nowrap;top:3px}
.tick.first{transform:none}
.tick.last{transform:translateX(-100%)}
.plot{display:block;width:100%;overflow:hidden;background:var(--surface);border:1px solid var(--line)}
.plot g:hover rect.hit{fill:var(--text);fill-opacity:.14}
.hit{fill:transparent}
.grid{stroke:var(--faint);stroke-width:1}
.columns{shape-rendering:crispEdges}
.c1{fill:var(--c1)}.c2{fill:url(#p2)}.c3{fill:url(#p3)}.c4{fill:url(#p4)}.c5{fill:url(#p5)}.c6{fill:url(#p6)}.c7{fill:var(--c7)}.c8{fill:url(#p8)}.c9{fill:url(#p9)}
pattern path,pattern circle{vector-effect:none}
.queue{fill:var(--box-line)}
.edge{stroke:var(--surface);stroke-width:1}
.swatch{width:22px;height:13px;margin-right:8px;border:1px solid var(--muted);vertical-align:-2px}
.whisker,.box{stroke:var(--box-line);stroke-width:1.5;fill:var(--box)}
.median{stroke:var(--mark);stroke-width:3}
.p95{fill:var(--surface);stroke:var(--p95);stroke-width:2}
.p99{fill:var(--p99)}
.largest{stroke:var(--mark);stroke-width:1.5}
.mean{fill:var(--mark);font-size:15px;text-anchor:middle;dominant-baseline:central}
.key{display:flex;flex-wrap:wrap;gap:2px 18px;font-size:.83rem;color:var(--muted);margin:2px 0 8px;padding:0;list-style:none}
.key svg{width:22px;height:14px;vertical-align:-2px;margin-right:5px;overflow:visible}
.table{background:linear-gradient(var(--surface),var(--surface)) 0 0/20px 100% no-repeat local,linear-gradient(var(--surface),var(--surface)) 100% 0/20px 100% no-repeat local,
linear-gradient(to left,var(--shade),transparent) 100% 0/14px 100% no-repeat scroll,linear-gradient(to right,var(--shade),transparent) 0 0/14px 100% no-repeat scroll;
overflow-x:auto;max-height:32rem;overflow-y:auto;margin:6px 0}
table{border-collapse:collapse;width:100%;font-size:.87rem;font-variant-numeric:tabular-nums}
th,td{padding:4px 9px;text-align:right;border-bottom:1px solid var(--faint);white-space:nowrap;font-weight:400}
thead th{position:sticky;top:0;background:var(--surface);color:var(--muted);border-bottom:1px solid var(--line);vertical-align:bottom;z-index:1}
.left{text-align:left}
tbody th{color:var(--text)}
tr.sum th,tr.sum td{font-weight:600;border-top:1px solid var(--line)}
tr.group th,tr.group td{font-weight:600}
td.best{font-weight:700}
.narrow{max-width:30rem}
.wrap td,.wrap th{white-space:normal}
details{margin:6px 0}
summary{cursor:pointer;color:var(--accent);width:fit-content}
.racks{display:flex;flex-wrap:wrap;gap:12px 14px;margin:10px 0}
.racks figure{margin:0}
.racks figcaption{font-size:.72rem;color:var(--muted);line-height:1.3;max-width:9.5rem;overflow:hidden;text-overflow:ellipsis;white-space:nowrap}
.racks svg{display:block}
.h0{fill:var(--h0)}.h1{fill:var(--h1)}.h2{fill:var(--h2)}.h3{fill:var(--h3)}.h4{fill:var(--h4)}.h5{fill:var(--h5)}
.cell{stroke:var(--line);stroke-width:1}
.digit{font-size:11px;font-weight:700;text-anchor:middle;dominant-baseline:central;fill:var(--on-light)}
.digit.dark{fill:var(--on-dark)}
.stem{stroke:var(--p99);stroke-width:1}
.drop{fill:var(--c4);stroke:var(--p99);stroke-width:1.5;fill-opacity:.75}
.density{fill:var(--p99)}
.bar-label{font-size:11px;fill:var(--on-dark);dominant-baseline:central;pointer-events:none}
.waiting{stroke:var(--muted);stroke-width:2;stroke-dasharray:3 3}
.honest{stroke:var(--muted);stroke-dasharray:5 4}
.kept{fill:var(--c1);stroke:var(--surface)}
footer{color:var(--muted);font-size:.87rem;padding-bottom:28px}
footer dl{display:grid;grid-template-columns:max-content minmax(0,1fr);gap:3px 14px;margin:8px 0}
footer dt{color:var(--text)}
footer dd{margin:0}
.definitions{position:absolute;width:0;height:0}
@media (max-width:1000px){.pair{grid-template-columns:minmax(0,1fr)}}
@media (max-width:640px){header,main,footer{padding-left:10px;padding-right:10px}section{padding:12px 10px}.minor{display:none}
.chart.rows{grid-template-columns:5.6rem minmax(0,1fr)}.chart{grid-template-columns:2.9rem minmax(0,1fr)}
.tiles{grid-template-columns:repeat(2,minmax(0,1fr))}.tile{padding:8px 10px}.tile b{font-size:1.25rem}.bar-label{display:none}.wide{display:none}}
@media print{body{background:#fff}section{break-inside:avoid}.languages{display:none}}
)css";

constexpr std::string_view patterns =
    R"svg(<svg class="definitions" aria-hidden="true"><defs>
<pattern id="p2" width="6" height="6" patternUnits="userSpaceOnUse"><rect width="6" height="6" fill="var(--c2)"/><path d="M0 3H6" stroke="var(--i2)" stroke-width="1.5"/></pattern>
<pattern id="p3" width="6" height="6" patternUnits="userSpaceOnUse"><rect width="6" height="6" fill="var(--c3)"/><path d="M-1 1L1 -1M-1 7L7 -1M5 7L7 5" stroke="var(--i3)" stroke-width="1.3"/></pattern>
<pattern id="p4" width="6" height="6" patternUnits="userSpaceOnUse"><rect width="6" height="6" fill="var(--c4)"/><path d="M0 0L6 6M0 6L6 0" stroke="var(--i4)" stroke-width="1.3"/></pattern>
<pattern id="p5" width="6" height="6" patternUnits="userSpaceOnUse"><rect width="6" height="6" fill="var(--c5)"/><circle cx="2" cy="2" r="1.2" fill="var(--i5)"/><circle cx="5" cy="5" r="1.2" fill="var(--i5)"/></pattern>
<pattern id="p6" width="6" height="6" patternUnits="userSpaceOnUse"><rect width="6" height="6" fill="var(--c6)"/><path d="M3 0V6M0 3H6" stroke="var(--i6)" stroke-width="1.2"/></pattern>
<pattern id="p8" width="6" height="6" patternUnits="userSpaceOnUse"><rect width="6" height="6" fill="var(--c8)"/><path d="M-1 5L1 7M-1 -1L7 7M5 -1L7 1" stroke="var(--i8)" stroke-width="1.3"/></pattern>
<pattern id="p9" width="6" height="6" patternUnits="userSpaceOnUse"><rect width="6" height="6" fill="var(--c9)"/><path d="M3 0V6" stroke="var(--i9)" stroke-width="1.6"/></pattern>
</defs></svg>
)svg";

// The page works without it; it keeps the document's `lang` true, and begins in the reader's language.
constexpr std::string_view script = R"js(
(function () {
  'use strict';
  var asked = new URLSearchParams(location.search).get('lang') || navigator.language || 'en';
  var choices = Array.prototype.slice.call(document.querySelectorAll('input[name=language]'));
  function choose(choice) { choice.checked = true; document.documentElement.lang = choice.value; }
  choices.forEach(function (choice) {
    choice.addEventListener('change', function () { choose(choice); });
    if (asked.slice(0, 2) === choice.value) { choose(choice); }
  });
}());
)js";

constexpr Words simulated_words{
    "<strong>Simulated.</strong> A model of a centre replayed a trace of jobs. Nothing here ran on a machine; no "
    "figure is a "
    "measurement of one.",
    "<strong>模拟结果。</strong>由中心的模型重放作业轨迹得出。没有任何作业在真实机器上运行，所有数字均非实测。"};

}  // namespace

std::string page(const PageWords& words, const std::string& body) {
  std::string out = fmt::format(R"(<!DOCTYPE html>
<html lang="en" xmlns="http://www.w3.org/1999/xhtml">
<head>
<meta charset="utf-8"/>
<meta name="viewport" content="width=device-width, initial-scale=1"/>
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'"/>
<title>{}</title>
<style>)",
                                escaped(words.title));
  out += style;
  out += "</style>\n</head>\n<body>\n";
  out += patterns;
  out += fmt::format(R"(<header><h1>{}</h1>
<fieldset class="languages"><legend>Language 语言</legend>
<label lang="en"><input type="radio" name="language" id="language-en" value="en" checked="checked"/>English</label>
<label lang="zh"><input type="radio" name="language" id="language-zh" value="zh"/>中文</label></fieldset></header>
<main>
)",
                     both(words.heading));
  if (words.simulated) out += fmt::format("<p class=\"simulated\" role=\"note\">{}</p>\n", both(simulated_words));
  out += body;
  out += "<script>";
  out += script;
  out += "</script>\n</body>\n</html>\n";
  return out;
}

}  // namespace mingyue::report
