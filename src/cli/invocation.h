// cli/invocation.h: one call of the program, as the commands see it.
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "cli/arguments.h"
#include "cli/report.h"
#include "cli/text.h"
#include "container/container.h"

namespace cli {

struct Command;

struct Invocation {
  explicit Invocation(std::string name) : program(std::move(name)), report(program) {}

  std::string program;  // argv[0] as typed
  // The name that help and version show: the one we were called by. Who installs us as "runc" has callers that look for that word.
  std::string_view name() const { return base_name(program); }
  unsigned caller_umask = 022;
  std::vector<std::string> words;  // those after the command's name, as typed
  Arguments arguments;             // the same, read by the command's table
  container::Context context;
  bool root_given = false;        // by --root
  std::string rootless = "auto";  // --rootless as typed: only commands that make a container mind a wrong one
  std::string document;           // the file that an error's pointer is of, for line numbers
  Report report;
};

// One command. Options and positionals of every command stand in its table alone (cli/commands.cpp): the parser, help, completion
// and the test of the man pages read it.
struct Command {
  std::string_view name;
  std::string_view usage;             // what it does, in half a line
  std::string_view operands = {};     // "CONTAINER [SIGNAL]"
  std::string_view other_usage = {};  // a second form, options and operands in one
  std::string_view description = {};  // a paragraph for help
  std::span<const Option> options = {};
  int least = 0, most = 0;  // positionals; most -1 = any number
  bool stop_at_positional = false;
  bool uses_root = true;                                              // needs the state directory
  std::string_view failure = {};                                      // heads its errors: "create failed"
  int failure_code = 1;                                               // exit status with any error of its own
  Result<int> (*run)(Invocation& call) = nullptr;                     // exit status; nullptr = not supported by this version
  bool (*takes_words)(std::span<const std::string> words) = nullptr;  // true: `run` reads Invocation::words itself
  bool hidden = false;
};

}  // namespace cli
