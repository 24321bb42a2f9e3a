// cli/commands.h: the table of commands and of the options before them.
#pragma once
#include <span>

#include "cli/invocation.h"

namespace cli {

std::span<const Command> all_commands();
const Command* find_command(std::string_view name);
std::span<const Option> global_options();

// One a file. Each binds its options, makes one call of container/ and prints.
namespace commands {
Result<int> checkpoint(Invocation& call);
Result<int> completion(Invocation& call);
Result<int> create(Invocation& call);
Result<int> erase(Invocation& call);  // delete
Result<int> events(Invocation& call);
Result<int> exec(Invocation& call);
Result<int> features(Invocation& call);
Result<int> kill(Invocation& call);
Result<int> list(Invocation& call);
Result<int> mounts(Invocation& call);
Result<int> pause(Invocation& call);
Result<int> plan(Invocation& call);
Result<int> ps(Invocation& call);
Result<int> restore(Invocation& call);
Result<int> resume(Invocation& call);
Result<int> run(Invocation& call);
Result<int> spec(Invocation& call);
Result<int> start(Invocation& call);
Result<int> state(Invocation& call);
Result<int> update(Invocation& call);
}  // namespace commands

}  // namespace cli
