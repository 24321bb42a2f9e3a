#include <algorithm>

#include "cli/commands.h"
#include "cli/help.h"
#include "cli/host_options.h"
#include "cli/text.h"

namespace cli {
namespace {

// run has a second table, for containers over the host's files. What both have is offered once.
std::vector<Option> offered(const Command& command) {
  std::vector<Option> options(command.options.begin(), command.options.end());
  if (command.name != "run") return options;
  for (const Option& more : host_option_table())
    if (std::ranges::find(options, more.name, &Option::name) == options.end()) options.push_back(more);
  return options;
}

bool shown(const Command& command) { return !command.hidden && command.run != nullptr; }

std::string words_of(std::span<const Option> options) {
  std::string words = "--help";
  for (const Option& option : options)
    if (!option.hidden) words.append(" --").append(option.name);
  return words;
}

std::string command_names() {
  std::string names = "help";
  for (const Command& command : all_commands())
    if (shown(command)) names.append(" ").append(command.name);
  return names;
}

// Global options that take the next word, as alternatives of a shell pattern: the word after them is no command.
std::string valued_globals() {
  std::string pattern;
  for (const Option& option : global_options())
    if (option.kind != Kind::flag && !option.hidden) pattern.append(pattern.empty() ? "" : "|").append("--").append(option.name);
  return pattern;
}

bool takes_container(const Command& command) {
  return command.operands.starts_with("CONTAINER") && command.name != "create" && command.name != "run";
}

std::string bash() {
  std::string text =
      "_minc_oci() {\n"
      "  local word=${COMP_WORDS[COMP_CWORD]} command= i choices\n"
      "  for ((i = 1; i < COMP_CWORD; i++)); do\n"
      "    case ${COMP_WORDS[i]} in\n"
      "      " +
      valued_globals() +
      ") ((i++)) ;;\n"
      "      -*) ;;\n"
      "      *) command=${COMP_WORDS[i]}; break ;;\n"
      "    esac\n"
      "  done\n"
      "  case $command in\n"
      "    '') choices='" +
      command_names() + ' ' + words_of(global_options()) + "' ;;\n";
  for (const Command& command : all_commands()) {
    if (!shown(command)) continue;
    text.append("    ").append(command.name).append(") choices='").append(words_of(offered(command))).append("'");
    if (takes_container(command)) text.append("; [[ $word == -* ]] || choices=$(minc-oci list --quiet 2>/dev/null)");
    text.append(" ;;\n");
  }
  return text.append(
      "    *) choices= ;;\n"
      "  esac\n"
      "  COMPREPLY=($(compgen -W \"$choices\" -- \"$word\"))\n"
      "}\n"
      "complete -o default -F _minc_oci minc-oci\n");
}

// zsh runs bash's functions through its own emulation of `complete`.
std::string zsh() { return "autoload -U +X bashcompinit && bashcompinit\n" + bash(); }

std::string fish_option(std::string_view condition, const Option& option) {
  std::string line = "complete -c minc-oci -n '" + std::string(condition) + "' -l " + std::string(option.name);
  if (option.letter != 0) line.append(" -s ").append(1, option.letter);
  if (option.kind != Kind::flag) line.append(" -r");
  std::string help;
  for (const char c : option.help) help.append(c == '\'' ? "\\'" : std::string(1, c));
  return line.append(" -d '").append(help).append("'\n");
}

std::string fish() {
  std::string text;
  for (const Option& option : global_options())
    if (!option.hidden) text.append(fish_option("__fish_use_subcommand", option));
  for (const Command& command : all_commands()) {
    if (!shown(command)) continue;
    text.append("complete -c minc-oci -f -n __fish_use_subcommand -a ")
        .append(command.name)
        .append(" -d '")
        .append(command.usage)
        .append("'\n");
    const std::string condition = "__fish_seen_subcommand_from " + std::string(command.name);
    for (const Option& option : offered(command))
      if (!option.hidden) text.append(fish_option(condition, option));
    if (takes_container(command))
      text.append("complete -c minc-oci -f -n '" + condition + "' -a '(minc-oci list --quiet 2>/dev/null)'\n");
  }
  return text;
}

}  // namespace

std::string completion_script(std::string_view shell) {
  if (shell == "bash") return bash();
  if (shell == "zsh") return zsh();
  if (shell == "fish") return fish();
  return {};
}

Result<int> commands::completion(Invocation& call) {
  const std::string script = completion_script(call.arguments.positional[0]);
  if (script.empty())
    return fail("no completions for the shell " + quoted(call.arguments.positional[0]) + ": known are bash, zsh and fish");
  TRY(print(script));
  return 0;
}

}  // namespace cli
