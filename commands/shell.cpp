// Completion for shells and pages for man, from the table of commands.
#include <algorithm>
#include <cctype>

#include "base/nearest.h"
#include "commands/common.h"
#include "estimator/model/named.h"

namespace traincost {
namespace {

std::string joined(const std::vector<std::string>& words) {
  std::string text;
  for (const std::string& each : words) text += (text.empty() ? "" : " ") + each;
  return text;
}

std::vector<std::string> formats() {
  return {"text", "json", "md", "csv", "ndjson", "html", "svg"};
}

// What may follow an option: ids of the shipped records, names, or nothing but files.
std::vector<std::string> values_of(const OptionSpec& option) {
  const HardwareDb db = load_database(Arguments{});
  if (option.name == "accelerator") return db.ids("accelerators");
  if (option.name == "model") return model_names();
  if (option.name == "stack") return db.ids("stacks");
  if (option.name == "format") return formats();
  std::vector<std::string> choices;
  if (option.value.find('|') == std::string_view::npos) return choices;
  std::string word;
  for (const char c : std::string(option.value) + "|") {
    if (c != '|') {
      word += c;
      continue;
    }
    const bool lower = std::all_of(word.begin(), word.end(), [](unsigned char letter) {
      return std::islower(letter) != 0 || letter == '-';
    });
    if (lower) choices.push_back(word);
    word.clear();
  }
  return choices;
}

std::vector<std::string> command_names() {
  std::vector<std::string> names;
  for (const Command& each : commands()) names.emplace_back(each.name);
  return names;
}

std::string bash_completion() {
  std::string text =
      "# bash completion for traincost: traincost completion bash > "
      "/etc/bash_completion.d/traincost\n"
      "_traincost() {\n"
      "  local word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD-1]} options=\n"
      "  if [ \"$COMP_CWORD\" -eq 1 ]; then\n    COMPREPLY=($(compgen -W \"" +
      joined(command_names()) +
      " help --help --version\" -- \"$word\"))\n    return\n  fi\n"
      "  case \"${COMP_WORDS[1]} $before\" in\n";
  for (const Command& command : commands()) {
    for (const OptionSpec& option : command.options) {
      const std::vector<std::string> values = values_of(option);
      if (values.empty()) continue;
      text += "    \"" + std::string(command.name) + " --" + std::string(option.name) +
              "\") COMPREPLY=($(compgen -W \"" + joined(values) + "\" -- \"$word\")); return ;;\n";
    }
  }
  text += "  esac\n  case \"${COMP_WORDS[1]}\" in\n";
  for (const Command& command : commands()) {
    std::vector<std::string> options;
    for (const OptionSpec& option : command.options)
      options.push_back("--" + std::string(option.name));
    options.emplace_back("--help");
    text += "    " + std::string(command.name) + ") options=\"" + joined(options) + "\" ;;\n";
  }
  return text + "    help) options=\"" + joined(command_names()) +
         "\" ;;\n  esac\n"
         "  case $word in\n    -*) COMPREPLY=($(compgen -W \"$options\" -- \"$word\")) ;;\n"
         "    *) [ \"${COMP_WORDS[1]}\" = help ] && COMPREPLY=($(compgen -W \"$options\" -- "
         "\"$word\")) || COMPREPLY=($(compgen -f -- \"$word\")) ;;\n  esac\n}\n"
         "complete -o filenames -F _traincost traincost\n";
}

// A text between single quotes.
std::string quoted(std::string_view text) {
  std::string safe = "'";
  for (const char c : text) safe += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return safe + "'";
}

std::string fish_completion() {
  std::string text =
      "# fish completion for traincost: traincost completion fish > "
      "~/.config/fish/completions/traincost.fish\n";
  for (const Command& command : commands()) {
    const std::string name(command.name);
    text += "complete -c traincost -n __fish_use_subcommand -a " + name + " -d " +
            quoted(command.sentence) + "\n";
    for (const OptionSpec& option : command.options) {
      text += "complete -c traincost -n '__fish_seen_subcommand_from " + name + "' -l " +
              std::string(option.name);
      if (!option.value.empty()) text += " -r";
      const std::vector<std::string> values = values_of(option);
      if (!values.empty()) text += " -f -a " + quoted(joined(values));
      text += " -d " + quoted(option.sentence.empty() ? option.name : option.sentence) + "\n";
    }
  }
  return text;
}

// Brackets, colons and quotes have meanings in what _arguments takes.
std::string zsh_text(std::string_view text) {
  std::string safe;
  for (const char c : text) {
    if (c == '[' || c == ']' || c == ':' || c == '\\') safe += '\\';
    safe += c == '\'' ? std::string("'\\''") : std::string(1, c);
  }
  return safe;
}

std::string zsh_completion() {
  std::string text =
      "#compdef traincost\n# zsh completion for traincost: traincost completion zsh > a folder of "
      "$fpath/_traincost\n_traincost() {\n  if (( CURRENT == 2 )); then\n    local -a "
      "commands=(\n";
  for (const Command& command : commands()) {
    text += "      '" + zsh_text(command.name) + ":" + zsh_text(command.sentence) + "'\n";
  }
  text += "    )\n    _describe command commands\n    return\n  fi\n  case ${words[2]} in\n";
  for (const Command& command : commands()) {
    text += "    " + std::string(command.name) + ")\n      _arguments";
    for (const OptionSpec& option : command.options) {
      const std::string sentence =
          zsh_text(option.sentence.empty() ? option.name : option.sentence);
      text += " \\\n        '" + std::string(option.repeated ? "*" : "") + "--" +
              std::string(option.name) + "[" + sentence + "]";
      if (!option.value.empty()) {
        const std::vector<std::string> values = values_of(option);
        text += ":" + zsh_text(option.value) + ":" +
                (values.empty() ? "_files" : "(" + joined(values) + ")");
      }
      text += "'";
    }
    text += " \\\n        '*:file:_files' ;;\n";
  }
  return text + "  esac\n}\n_traincost \"$@\"\n";
}

// As roff reads it: no escape, no hyphen that may break, no line that begins with a request.
std::string roff(std::string_view text) {
  std::string safe;
  for (const char c : text) {
    if (c == '\\') {
      safe += "\\e";
    } else if (c == '-') {
      safe += "\\-";
    } else {
      if ((c == '.' || c == '\'') && (safe.empty() || safe.back() == '\n')) safe += "\\&";
      safe += c;
    }
  }
  return safe;
}

std::string page_head(const std::string& name, std::string_view sentence) {
  return ".TH " + roff(name) + " 1 \"" + data_day() + "\" \"traincost " + engine_version() +
         "\" \"User Commands\"\n.SH NAME\n" + roff(name) + " \\- " + roff(sentence) + "\n";
}

constexpr const char* kExitStatus =
    ".SH EXIT STATUS\n0 answered, 1 internal or output error, 2 wrong use, 3 bad or missing input, "
    "4 "
    "no (does not fit, no cluster), 5 a claim or a comparison fails, 130 interrupted.\n";

std::string man_page(const Command& command) {
  std::string text = page_head("traincost-" + std::string(command.name), command.sentence) +
                     ".SH SYNOPSIS\n" + roff(command.synopsis) + "\n";
  if (!command.options.empty()) {
    text += ".SH OPTIONS\n";
    for (const OptionSpec& option : command.options) {
      if (option.sentence.empty()) continue;
      text += ".TP\n\\fB" +
              roff("--" + std::string(option.shown.empty() ? option.name : option.shown)) + "\\fR";
      if (!option.value.empty()) text += " \\fI" + roff(option.value) + "\\fR";
      text += "\n" + roff(option.sentence) + (option.repeated ? "; may be repeated" : "") + "\n";
    }
  }
  text += ".SH EXAMPLES\n";
  for (const std::string_view example : command.examples) {
    text += ".PP\n.EX\n" + roff(example) + "\n.EE\n";
  }
  return text + kExitStatus + ".SH SEE ALSO\n.BR traincost (1)\n";
}

std::string man_page() {
  std::string text = page_head("traincost", "what training a large model takes") +
                     ".SH SYNOPSIS\ntraincost COMMAND [ARGUMENTS]\n.SH COMMANDS\n";
  for (const Command& command : commands()) {
    text += ".TP\n\\fB" + roff(command.name) + "\\fR\n" + roff(command.sentence) + "\n";
  }
  return text + kExitStatus;
}

}  // namespace

Outcome run_completion(const Arguments& arguments) {
  expect_positional(arguments, 1, 1, "bash, zsh or fish");
  const std::string& shell = arguments.positional.front();
  if (shell == "bash") return {bash_completion(), "", kOk};
  if (shell == "zsh") return {zsh_completion(), "", kOk};
  if (shell == "fish") return {fish_completion(), "", kOk};
  throw UsageError{"no completion for \"" + shell + "\"", "one of: bash, zsh, fish"};
}

Outcome run_man(const Arguments& arguments) {
  expect_positional(arguments, 0, 1, "one command");
  if (arguments.positional.empty()) return {man_page(), "", kOk};
  const std::string& name = arguments.positional.front();
  if (const Command* command = find_command(name)) return {man_page(*command), "", kOk};
  throw UsageError{"unknown command \"" + name + "\"", did_you_mean(name, command_names())};
}

}  // namespace traincost
