#include "cli/arguments.h"

#include <boost/program_options.hpp>

#include "base/nearest.h"
#include "reports/format.h"

namespace traincost {
namespace {

namespace po = boost::program_options;

std::vector<std::string> option_names(const Command& command) {
  std::vector<std::string> names = {"--help"};
  for (const OptionSpec& option : command.options) names.push_back("--" + std::string(option.name));
  return names;
}

po::options_description describe(const Command& command) {
  po::options_description description;
  for (const OptionSpec& option : command.options) {
    const std::string name(option.name);
    if (option.value.empty()) {
      description.add_options()(name.c_str(), po::bool_switch());
    } else {
      description.add_options()(name.c_str(), po::value<std::vector<std::string>>());
    }
  }
  description.add_options()("help,h", po::bool_switch());
  description.add_options()("positional", po::value<std::vector<std::string>>());
  return description;
}

std::string name_of(const po::error_with_option_name& error) { return error.get_option_name(); }

}  // namespace

Arguments parse_arguments(const Command& command, const std::vector<std::string>& words) {
  const po::options_description description = describe(command);
  po::positional_options_description positional;
  positional.add("positional", -1);
  po::variables_map values;
  const int style = po::command_line_style::unix_style & ~po::command_line_style::allow_guessing;
  try {
    po::store(po::command_line_parser(words)
                  .options(description)
                  .positional(positional)
                  .style(style)
                  .run(),
              values);
  } catch (const po::unknown_option& error) {
    const std::string name = name_of(error);
    throw UsageError{"unknown option " + name + " for " + std::string(command.name),
                     did_you_mean(name, option_names(command))};
  } catch (const po::error_with_option_name& error) {
    throw UsageError{"option " + name_of(error) + " needs one value", ""};
  } catch (const po::error& error) {
    throw UsageError{error.what(), ""};
  }
  Arguments arguments;
  for (const auto& [name, value] : values) {
    if (value.value().type() == typeid(bool)) {
      if (value.as<bool>()) arguments.options[name] = {};
    } else if (name == "positional") {
      arguments.positional = value.as<std::vector<std::string>>();
    } else {
      arguments.options[name] = value.as<std::vector<std::string>>();
    }
  }
  for (const OptionSpec& option : command.options) {
    const std::string name(option.name);
    if (!option.repeated && arguments.values(name).size() > 1) {
      throw UsageError{"option --" + name + " is given more than once", ""};
    }
  }
  return arguments;
}

std::string help_text() {
  std::string text =
      "traincost: what training a large model takes\n\n"
      "usage: traincost COMMAND [ARGUMENTS]\n\n";
  Table table({true, true});
  for (const Command& command : commands()) {
    table.row({std::string(command.name), std::string(command.sentence)});
  }
  text += table.text("  ");
  text +=
      "\n  traincost help COMMAND prints a command's options and examples; --version the version.\n"
      "\nexit status: 0 ok, 1 internal or output error, 2 wrong use, 3 bad or missing input, 4 "
      "infeasible,\n"
      "5 a claim or a comparison fails\n";
  return text;
}

std::string help_text(const Command& command) {
  std::string text = std::string(command.name) + ": " + std::string(command.sentence) +
                     "\n\nusage: " + std::string(command.synopsis) + "\n\nexamples\n";
  for (const std::string_view example : command.examples) {
    text += "  " + std::string(example) + "\n";
  }
  if (command.options.empty()) return text;
  text += "\noptions\n";
  Table table({true, true});
  for (const OptionSpec& option : command.options) {
    if (option.sentence.empty()) continue;
    std::string name = "--" + std::string(option.shown.empty() ? option.name : option.shown);
    if (!option.value.empty()) name += " " + std::string(option.value);
    table.row({name, std::string(option.sentence) + (option.repeated ? "; may be repeated" : "")});
  }
  return text + table.text("  ");
}

}  // namespace traincost
