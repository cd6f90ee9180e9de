#include "client/manual.hpp"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <array>
#include <memory>
#include <vector>

#include "client/messages.hpp"
#include "client/table.hpp"

namespace mingyue::client {
namespace {

constexpr int text_column = 28;  // where descriptions begin
constexpr int line_max = 110;

/// What a verb is tried with first. `$` lines are run by people as they stand.
struct Examples {
  std::string_view verb;
  std::string_view lines;
};
constexpr auto examples = std::to_array<Examples>({
    {"mingyue",
     "mingyue serve --data centre &\nmingyue run -- echo hello\nmingyue submit job.yaml --wait\nmingyue jobs --all "
     "--json | jq '.[].state'\n"
     "mingyue why 12\nmingyue ledger --last 7d --by project"},
    {"mingyue serve",
     "mingyue serve --data centre\nmingyue serve --data /var/lib/mingyue --centre centre.yaml --listen 0.0.0.0:8443 "
     "--tls-certificate chain.pem "
     "--tls-key key.pem"},
    {"mingyue submit",
     "mingyue submit job.yaml\nmingyue submit script.sh --project demo --wall 2h\nmingyue submit gather.yaml "
     "--after-ok 12,13 --wait\n"
     "generate | mingyue submit - --name generated --json"},
    {"mingyue run",
     "mingyue run -- make -j4\nmingyue run --cores 4 --memory 8G --wall 30m -- ./simulate case.in\nmingyue run --cards "
     "1 --env WANDB_MODE=offline -- "
     "python3 train.py\nmingyue run --pty -- bash"},
    {"mingyue jobs",
     "mingyue jobs --watch\nmingyue jobs --all --state failed,timed_out --limit 20\nmingyue jobs --json | jq '.[] | "
     ".reason'"},
    {"mingyue job", "mingyue job 12"},
    {"mingyue why", "mingyue why 12"},
    {"mingyue wait", "mingyue wait 12 13\nmingyue wait 12 --timeout 10m"},
    {"mingyue logs", "mingyue logs 12 -f\nmingyue logs 12 --err --tail 4000\nmingyue logs 12 --task 3 --attempt 1"},
    {"mingyue cancel", "mingyue cancel 12 13"},
    {"mingyue hold", "mingyue hold 12"},
    {"mingyue release", "mingyue release 12"},
    {"mingyue node drain", "mingyue node drain n3 --reason \"fan 2 is loud\""},
    {"mingyue node resume", "mingyue node resume n3"},
    {"mingyue node show", "mingyue node show n3"},
    {"mingyue engine show", "mingyue engine show big"},
    {"mingyue qpu show", "mingyue qpu show lake-grid"},
    {"mingyue qpu drain", "mingyue qpu drain lake-grid --reason \"warming up\""},
    {"mingyue qpu resume", "mingyue qpu resume lake-grid"},
    {"mingyue result",
     "mingyue result 12\nmingyue result 12 --csv > counts.csv\nmingyue result 12 --json | jq .counts"},
    {"mingyue reserve",
     "mingyue reserve fans --maintenance --nodes n3,n4 --start 2026-12-01T08:00:00Z --for 4h --reason \"new fans\"\n"
     "mingyue reserve course --count 8 --project teaching --start 2026-12-01T08:00:00Z --for 2h --every 7d --until "
     "2027-02-01T00:00:00Z\nmingyue submit exercise.yaml --reservation course"},
    {"mingyue reservation end", "mingyue reservation end course"},
    {"mingyue project set", "mingyue project set fusion --parent science --shares 3 --budget yes"},
    {"mingyue project grant", "mingyue project grant fusion 1000"},
    {"mingyue user set", "mingyue user set li --role lead --project fusion,demo"},
    {"mingyue token issue", "MINGYUE_TOKEN=$(mingyue token issue li-laptop --user li)"},
    {"mingyue token revoke", "mingyue token revoke li-laptop"},
    {"mingyue incident close", "mingyue incident close 4 --how \"the fan was replaced\""},
    {"mingyue ledger",
     "mingyue ledger\nmingyue ledger --last 7d --by project\nmingyue ledger --json | jq '.[] | .capacity - "
     "([.classes[]] | add)'"},
    {"mingyue events", "mingyue events -f\nmingyue events --job 12\nmingyue events --from 1 --limit 10000 --json"},
    {"mingyue log verify", "mingyue log verify --data centre"},
    {"mingyue log cut", "mingyue log verify --data centre\nmingyue log cut --data centre --at 4711"},
    {"mingyue twin run",
     "mingyue twin run --trace kth.csv.gz --policy easy\nmingyue twin run --trace llm.csv.gz --faults "
     "examples/faults/rsc1.yaml --checkpoint auto --report out\nmingyue twin run --trace llm.csv.gz --centre "
     "examples/chaohu.yaml --faults 3.79 --until 91d"},
    {"mingyue twin compare",
     "mingyue twin compare --trace kth.csv.gz --policy fcfs,easy,aged\nmingyue twin compare --trace llm.csv.gz "
     "--centre "
     "a.yaml,b.yaml --policy aged --faults 6.5 --threads 2 --report out"},
    {"mingyue trace import",
     "mingyue trace import KTH-SP2-1996-2.1-cln.swf.gz -o kth.csv.gz\nmingyue trace import venus.csv.gz --cards 1064 "
     "-o "
     "venus.csv\nmingyue trace import log.swf --processors 512 --skip -o log.csv --json"},
    {"mingyue trace generate",
     "mingyue trace generate venus-mix --from venus.csv.gz --days 364 -o year.csv.gz\nmingyue trace generate llm-mix "
     "--cards 10000 --load 0.955 -o llm.csv.gz\nmingyue trace generate giant-mix --load 1.05 --days 182 -o "
     "giants.csv.gz\n"
     "mingyue trace generate fitted --cluster kalos --cards 2416 --seed 7 -o -"},
    {"mingyue trace show", "mingyue trace show year.csv.gz\nmingyue trace show year.csv.gz --json | jq .offered_load"},
    {"mingyue recipes",
     "mingyue recipes\nmingyue recipes show taylor-bar\nmingyue recipes run taylor-bar tungsten-lattice"},
    {"mingyue recipes run", "mingyue recipes run taylor-bar\nmingyue recipes run --quickstart --json"},
    {"mingyue recipes show", "mingyue recipes show taylor-bar"},
    {"mingyue completion",
     "mingyue completion bash > ~/.local/share/bash-completion/completions/mingyue\nmingyue completion fish > "
     "~/.config/fish/completions/mingyue.fish\n"
     "source <(mingyue completion zsh)"},
});

/// Words, broken to lines that begin at a column. Chinese breaks anywhere.
std::string wrapped(std::string_view text, int column) {
  std::string out;
  int used = column;
  while (!text.empty()) {
    std::size_t length = 0;
    if (static_cast<unsigned char>(text.front()) < 0x80) {
      length = std::min(text.find(' '), text.size());
      for (std::size_t i = 0; i < length; ++i) {
        if (static_cast<unsigned char>(text[i]) >= 0x80) length = i;
      }
    } else {
      length = 1;
      while (length < text.size() && (static_cast<unsigned char>(text[length]) & 0xc0U) == 0x80U) ++length;
    }
    length = std::max<std::size_t>(length, 1);
    const std::string_view word = text.substr(0, length);
    const int width = display_width(word);
    if (used + width > line_max && used > column) {
      while (!out.empty() && out.back() == ' ') out.pop_back();
      out += "\n" + std::string(static_cast<std::size_t>(column), ' ');
      used = column;
      if (word == " ") {
        text.remove_prefix(1);
        continue;
      }
    }
    out += word;
    used += width;
    text.remove_prefix(length);
    if (!text.empty() && text.front() == ' ') {
      out += ' ';
      ++used;
      text.remove_prefix(1);
    }
  }
  return out;
}

std::string row(const std::string& left, const std::string& text) {
  std::string out = "  " + left;
  if (text.empty()) return out + "\n";
  const int width = display_width(out);
  if (width + 2 > text_column)
    out += "\n" + std::string(text_column, ' ');
  else
    out += std::string(static_cast<std::size_t>(text_column - width), ' ');
  return out + wrapped(text, text_column) + "\n";
}

class Manual : public CLI::FormatterBase {
 public:
  explicit Manual(Language language) : language_(language) {}

  std::string make_help(const CLI::App* app, std::string, CLI::AppFormatMode) const override {
    const std::string path = path_of(*app);
    std::string page = path + " — " + app->get_description() + "\n\n" + usage(*app, path);
    page += options(*app, true) + options(*app, false) + verbs(*app);
    if (app->get_parent() != nullptr)
      page += "\n" + std::string(text("manual.global")) + "\n";
    else
      page += "\n" + std::string(text("manual.centre")) + "\n";
    if (const auto* found = std::ranges::find(examples, path, &Examples::verb); found != examples.end())
      page += shown_examples(found->lines);
    return page + exit_codes(path);
  }

 private:
  [[nodiscard]] std::string_view text(std::string_view key) const { return message(language_, key); }
  [[nodiscard]] std::string head(std::string_view key) const { return fmt::format("\n{}\n", text(key)); }

  [[nodiscard]] std::string usage(const CLI::App& app, const std::string& path) const {
    std::string line = fmt::format("{} {}", text("manual.usage"), path);
    bool any = false;
    for (const CLI::Option* option : app.get_options()) any = any || !option->nonpositional() ? any : true;
    if (any) line += fmt::format(" [{}]", text("manual.usage.options"));
    if (!app.get_subcommands({}).empty()) line += fmt::format(" {}", text("manual.usage.verb"));
    for (const CLI::Option* option : app.get_options()) {
      if (option->nonpositional()) continue;
      std::string name = option->get_name(true);
      if (option->get_items_expected_max() > 1) name += "...";
      if (path == "mingyue run") name = "-- " + name;
      line += option->get_required() ? " " + name : " [" + name + "]";
    }
    return line + "\n";
  }

  [[nodiscard]] std::string options(const CLI::App& app, bool positional) const {
    std::string rows;
    for (const CLI::Option* option : app.get_options()) {
      if (option->nonpositional() == positional) continue;
      std::string left;
      if (positional) {
        left = option->get_name(true);
      } else {
        for (const auto& name : option->get_snames()) left += (left.empty() ? "-" : ", -") + name;
        for (const auto& name : option->get_lnames()) left += (left.empty() ? "--" : ", --") + name;
        if (option->get_items_expected_max() > 0) left += " " + fmt::format("{}", text("manual.value"));
      }
      rows += row(left, option->get_description());
    }
    return rows.empty() ? "" : head(positional ? "manual.arguments" : "manual.options") + rows;
  }

  [[nodiscard]] std::string verbs(const CLI::App& app) const {
    std::string rows;
    for (const CLI::App* sub : app.get_subcommands({})) rows += row(sub->get_name(), sub->get_description());
    return rows.empty() ? "" : head("manual.verbs") + rows;
  }

  [[nodiscard]] std::string shown_examples(std::string_view lines) const {
    std::string out = head("manual.examples");
    while (!lines.empty()) {
      const auto end = std::min(lines.find('\n'), lines.size());
      out += "  " + std::string(lines.substr(0, end)) + "\n";
      lines.remove_prefix(std::min(end + 1, lines.size()));
    }
    return out;
  }

  [[nodiscard]] std::string exit_codes(const std::string& path) const {
    const std::string own = path == "mingyue run" ? std::string(text("manual.exit.run")) + "\n  " : "";
    return head("manual.exit") + "  " + wrapped(own.empty() ? text("manual.exit.codes") : std::string_view(own), 2) +
           (own.empty() ? "" : wrapped(text("manual.exit.codes"), 2)) + "\n";
  }

  Language language_;
};

/// The option's words in Chinese: those of its verb, else those that it has everywhere.
void translate(CLI::App& app, const std::string& verb) {
  for (CLI::Option* option : app.get_options()) {
    const std::string name = option->nonpositional()
                                 ? (option->get_lnames().empty() ? "" : "--" + option->get_lnames().front())
                                 : option->get_name(true);
    std::string_view words = in_chinese(verb.empty() ? name : verb + " " + name);
    if (words.empty()) words = in_chinese(name);
    if (!words.empty()) option->description(std::string(words));
  }
}

void each_app(CLI::App& app, const std::string& verb, const std::function<void(CLI::App&, const std::string&)>& act) {
  act(app, verb);
  for (CLI::App* sub : app.get_subcommands({}))
    each_app(*sub, verb.empty() ? sub->get_name() : verb + " " + sub->get_name(), act);
}

}  // namespace

std::string path_of(const CLI::App& app) {
  return app.get_parent() == nullptr ? app.get_name() : path_of(*app.get_parent()) + " " + app.get_name();
}

void make_manual(CLI::App& app, Language language) {
  const auto manual = std::make_shared<Manual>(language);
  each_app(app, "", [&](CLI::App& each, const std::string& verb) {
    each.formatter(manual);
    each.set_help_flag("-h,--help", std::string(message(language, "manual.help")));
    if (language == Language::zh) translate(each, verb);
    // A verb of a verb has a line of its own.
    const std::string key = "verb." + verb;
    if (const std::string_view line = message(language, key); line != key) each.description(std::string(line));
  });
}

}  // namespace mingyue::client
