#include "cli/bind.h"
#include "cli/commands.h"
#include "cli/create.h"
#include "cli/text.h"
#include "container/files.h"
#include "plan/facts_file.h"

namespace cli {
namespace {

constexpr std::size_t kMostFacts = 1U << 20;

}  // namespace

Result<int> commands::plan(Invocation& call) {
  container::CreateOptions options;
  options.id = "plan";
  bool json = false;
  std::string facts_file;
  TRY(bind(call.arguments, {{"config", &options.config_file}, {"id", &options.id}, {"json", &json}, {"facts", &facts_file}}));
  call.context.rootless = TRY(read_rootless(call.rootless));
  options.bundle = call.arguments.positional.empty() ? "." : call.arguments.positional[0];
  call.document = document_path(options);
  std::optional<::plan::HostFacts> facts;
  if (!facts_file.empty()) {
    const std::string text = TRY(container::read_document(facts_file, kMostFacts));
    facts = TRY_DOING(facts_file, ::plan::read_facts(text));
  }
  const ::plan::Plan plan = TRY(container::plan_bundle(call.context, options, facts));
  for (const std::string& warning : plan.warnings) call.context.warn(warning);
  TRY(print(json ? ::plan::print_json(plan) : ::plan::print_text(plan)));
  return 0;
}

}  // namespace cli
