#include "cli/help.h"

#include <algorithm>

#include "cli/commands.h"
#include "cli/version.h"

namespace cli {
namespace {

struct Entry {
  std::string left, right;
};

std::string columns(const std::vector<Entry>& entries) {
  std::size_t width = 0;
  for (const Entry& entry : entries) width = std::max(width, entry.left.size());
  std::string text;
  for (const Entry& entry : entries)
    text.append("   ").append(entry.left).append(width - entry.left.size() + 2, ' ').append(entry.right) += '\n';
  return text;
}

std::string spelling(const Option& option) {
  std::string text = "--" + std::string(option.name);
  if (option.letter != 0) text.append(", -").append(1, option.letter);
  if (option.kind != Kind::flag) text.append(" ").append(option.value);
  return text;
}

std::string option_list(std::span<const Option> options) {
  std::vector<Entry> entries;
  for (const Option& option : options)
    if (!option.hidden) entries.push_back({spelling(option), std::string(option.help)});
  entries.push_back({"--help, -h", "show help"});
  return columns(entries);
}

std::string indented(std::string_view paragraph) {
  std::string text = "   ";
  for (const char c : paragraph) {
    text += c;
    if (c == '\n') text.append("   ");
  }
  return text += '\n';
}

}  // namespace

std::string app_help(std::string_view name) {
  std::string text = "NAME:\n   ";
  text.append(name).append(" - Open Container Initiative runtime\n\n");
  text.append("USAGE:\n   ").append(name).append(" [global options] COMMAND [options] [arguments]\n\n");
  text.append("VERSION:\n   ").append(kVersion).append("\n\nCOMMANDS:\n");
  std::vector<Entry> entries;
  for (const Command& command : all_commands())
    if (!command.hidden)
      entries.push_back({std::string(command.name),
                         std::string(command.usage) + (command.run == nullptr ? " (not supported by this version)" : "")});
  entries.push_back({"help, h", "show this, or the help of one command"});
  entries.push_back({"version", "print the version"});
  return text.append(columns(entries)).append("\nGLOBAL OPTIONS:\n").append(option_list(global_options()));
}

std::string command_help(const Command& command, std::string_view name) {
  std::string text = "NAME:\n   ";
  text.append(name)
      .append(" ")
      .append(command.name)
      .append(" - ")
      .append(command.usage)
      .append("\n\nUSAGE:\n   ")
      .append(name)
      .append(" ")
      .append(command.name)
      .append(" [options]");
  if (!command.operands.empty()) text.append(" ").append(command.operands);
  if (!command.other_usage.empty())
    text.append("\n   ").append(name).append(" ").append(command.name).append(" ").append(command.other_usage);
  text.append("\n\nDESCRIPTION:\n").append(indented(command.description)).append("\nOPTIONS:\n");
  return text.append(option_list(command.options));
}

}  // namespace cli
