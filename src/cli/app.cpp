// Process: the caller's child, on the host, with the caller's rights.
#include "cli/app.h"

#include "cli/commands.h"
#include "cli/descriptors.h"
#include "cli/globals.h"
#include "cli/help.h"
#include "cli/text.h"
#include "cli/version.h"
#include "support/text.h"

namespace cli {
namespace {

constexpr int kFailed = 1, kUnknownCommand = 3, kNotExecuted = 255;

int printed(Invocation& call, std::string_view text) {
  if (const auto done = print(text); !done) {
    call.report.error(done.error().what);
    return kFailed;
  }
  return 0;
}

int failed(Invocation& call, const Error& error) {
  call.report.error(full_message(error, call.document));
  return kFailed;
}

// Words that fit no table: the help goes to standard output, the reason where errors go.
int misused(Invocation& call, const Error& error, const std::string& heading, const std::string& help) {
  (void)print(heading + "\n\n" + help);  // the error below counts more than a closed pipe
  return failed(call, error);
}

int unknown(Invocation& call, std::string_view name) {
  call.report.error("No help topic for '" + std::string(name) + "'");
  return kUnknownCommand;
}

int help(Invocation& call) {
  if (call.words.empty() || call.words[0].starts_with('-')) return printed(call, app_help(call.name()));
  const Command* command = find_command(call.words[0]);
  return command == nullptr ? unknown(call, call.words[0]) : printed(call, command_help(*command, call.name()));
}

Result<> check_count(const Invocation& call, const Command& command) {
  const auto count = static_cast<int>(call.arguments.positional.size());
  const std::string head = call.program + ": " + quoted(command.name) + " requires ";
  if (command.least == command.most && count != command.least)
    return fail(head + "exactly " + std::to_string(command.least) + " argument(s)");
  if (count < command.least) return fail(head + "a minimum of " + std::to_string(command.least) + " argument(s)");
  if (command.most >= 0 && count > command.most)
    return fail(head + "a maximum of " + std::to_string(command.most) + " argument(s)");
  return {};
}

// Descriptors that the caller promises. Must come before anything is opened.
Result<> check_descriptors(const Command& command, const Arguments& arguments) {
  if (command.name != "create" && command.name != "run" && command.name != "exec") return {};
  const std::string* preserved = arguments.find("preserve-fds");
  const std::uint64_t count = preserved == nullptr ? 0 : text::parse_unsigned(*preserved, INT32_MAX).value_or(0);
  return check_passed(command.name == "exec", static_cast<std::uint32_t>(count));
}

int run_command(Invocation& call, const Command& command, const Globals& globals, const Result<>& descriptors) {
  if (auto root = command.uses_root || globals.root ? state_root(globals.root) : Result<std::string>(); root)
    call.context.root = *root;
  else
    return failed(call, root.error());
  Result<int> outcome = descriptors ? command.run(call) : Result<int>(std::unexpected(descriptors.error()));
  if (outcome) return *outcome;
  Error error = std::move(outcome).error();
  if (error.bare) {
    call.report.bare(error.what);
    return kNotExecuted;
  }
  if (!command.failure.empty()) {
    // runc heads exec's errors without its name.
    const std::string name = command.name == "exec" ? "" : std::string(base_name(call.program)) + ' ';
    error.what.insert(0, name + std::string(command.failure) + ": ");
  }
  failed(call, error);
  return command.failure_code;
}

int dispatch(Invocation& call, std::string_view name, const Globals& globals) {
  const Command* command = find_command(name);
  const bool as_typed =
      command != nullptr && (command->run == nullptr || (command->takes_words != nullptr && command->takes_words(call.words)));
  Result<Arguments> arguments;
  Result<> descriptors;
  if (command != nullptr && !as_typed) arguments = normalise({command->options, command->stop_at_positional}, call.words);
  if (command != nullptr && arguments) descriptors = check_descriptors(*command, *arguments);
  // Nothing is opened before this line.
  if (const auto opened = call.report.open(globals.log); !opened) return failed(call, opened.error());

  if (name == "help" || name == "h") return help(call);
  if (name == "version") return printed(call, version_text(call.name()));
  if (command == nullptr) return unknown(call, name);
  if (command->run == nullptr)
    return failed(call, Error{0, "minc-oci: " + std::string(name) + " is not supported by this version", {}, {}});
  if (!arguments)
    return misused(call, arguments.error(), "Incorrect Usage: " + arguments.error().what, command_help(*command, call.name()));
  call.arguments = std::move(*arguments);
  if (call.arguments.help) return printed(call, command_help(*command, call.name()));
  if (const auto counted = as_typed ? Result<>() : check_count(call, *command); !counted)
    return misused(call, counted.error(), "Incorrect Usage.", command_help(*command, call.name()));
  return run_command(call, *command, globals, descriptors);
}

}  // namespace

int app(int argc, char** argv, unsigned caller_umask) {
  Invocation call(argc > 0 ? argv[0] : "minc-oci");
  call.caller_umask = caller_umask;
  const std::vector<std::string> words(argv + (argc > 0 ? 1 : 0), argv + argc);
  const auto arguments = normalise({global_options(), true}, words);
  if (!arguments) return misused(call, arguments.error(), "Incorrect Usage: " + arguments.error().what, app_help(call.name()));
  if (arguments->help) return printed(call, app_help(call.name()));
  if (arguments->flag("version") || arguments->flag("V")) return printed(call, version_text(call.name()));
  if (arguments->positional.empty()) return printed(call, app_help(call.name()));
  const auto globals = read_globals(*arguments);
  if (!globals) return failed(call, globals.error());
  if (const auto applied = apply_globals(*globals, call); !applied) return failed(call, applied.error());
  call.words.assign(arguments->positional.begin() + 1, arguments->positional.end());
  return dispatch(call, arguments->positional[0], *globals);
}

}  // namespace cli
