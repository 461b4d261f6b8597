// traincost: argv in, an answer on standard output, faults on standard error.
#include <csignal>
#include <exception>
#include <iostream>
#include <string>
#include <vector>

#include "base/fault.h"
#include "base/nearest.h"
#include "cli/arguments.h"
#include "cli/guarded.h"
#include "commands/command.h"
#include "reports/report.h"

namespace traincost {
namespace {

int print(const std::string& text) {
  std::cout << text << std::flush;
  if (std::cout) return kOk;
  std::cerr << "cannot write to standard output\n";
  return kInternal;
}

UsageError unknown_command(const std::string& name) {
  std::vector<std::string> names;
  for (const Command& command : commands()) names.emplace_back(command.name);
  const std::string near = did_you_mean(name, names);
  return {"unknown command \"" + name + "\"", near.empty() ? "traincost --help" : near};
}

int run(const std::vector<std::string>& words) {
  const std::string name = words.empty() ? "--help" : words.front();
  if (name == "--version" || name == "version") {
    return print("traincost " + engine_version() + ", data of " + data_version() + "\n");
  }
  const bool help = name == "--help" || name == "-h" || name == "help";
  if (help && words.size() < 2) {
    if (!words.empty()) return print(help_text());
    std::cerr << help_text();
    return kUsage;
  }
  const std::string wanted = help ? words[1] : name;
  const Command* command = find_command(wanted);
  if (command == nullptr) throw unknown_command(wanted);
  if (help) return print(help_text(*command));
  const Arguments arguments = parse_arguments(*command, {words.begin() + 1, words.end()});
  if (arguments.has("help")) return print(help_text(*command));
  const Outcome outcome = command->run(arguments);
  std::cerr << outcome.messages;
  const int written = print(outcome.output);
  return written == kOk ? outcome.status : written;
}

// Whoever asks for JSON has a program read it, errors too.
bool wants_json(const std::vector<std::string>& words) {
  for (std::size_t i = 0; i < words.size(); ++i) {
    if (words[i] == "--format=json") return true;
    if (words[i] == "--format" && i + 1 < words.size() && words[i + 1] == "json") return true;
  }
  return false;
}

}  // namespace
}  // namespace traincost

int main(int argc, char** argv) {
  // A reader that has seen enough ends the program quietly, as with any other tool.
  std::signal(SIGPIPE, SIG_DFL);
  const std::vector<std::string> words(argv + 1, argv + argc);
  return traincost::guarded([&] { return traincost::run(words); }, traincost::wants_json(words));
}
