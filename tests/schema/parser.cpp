// What the parser has to say, for tests/schema/run:
//   schema-parser tables            the tables of fields and of words that it works by, as JSON
//   schema-parser verdicts FACTS... a verdict on each document of standard input, one line of JSON for each
//
// A document on standard input is its length, a newline and its bytes. It goes the way of `minc-oci plan`: read, validate,
// annotations, plan. A document that one of the hosts of FACTS takes is accepted: the schema knows no host.
#include <fstream>
#include <iostream>
#include <nlohmann/json.hpp>
#include <sstream>

#include "config/chapters.h"
#include "config/mount_options.h"
#include "config/names.h"
#include "config/read.h"
#include "overlay/overlay.h"
#include "plan/capabilities.h"
#include "plan/compile.h"
#include "plan/facts_file.h"

namespace {

using nlohmann::ordered_json;

// ---- tables ---------------------------------------------------------------------------------------------------------------

ordered_json describe(const config::Type& type) {
  using Kind = config::Type::Kind;
  switch (type.kind) {
    case Kind::boolean:
      return {{"kind", "boolean"}};
    case Kind::string:
      return {{"kind", "string"}};
    case Kind::integer:
      return {{"kind", "integer"}, {"min", type.min}, {"max", type.max}};
    case Kind::array:
      return {{"kind", "array"}, {"element", describe(*type.element)}};
    case Kind::map:
      return {{"kind", "map"}, {"element", describe(*type.element)}};
    case Kind::object:
      break;
  }
  ordered_json fields = ordered_json::object();
  for (const config::Field& field : type.fields()) {
    fields[std::string(field.key)] = describe(*field.type);
    fields[std::string(field.key)]["required"] = field.required;
  }
  return {{"kind", "object"}, {"fields", fields}};
}

template <class Table>
ordered_json names_of(const Table& table) {
  ordered_json names = ordered_json::array();
  for (const auto& entry : table) names.push_back(entry.name);
  return names;
}

ordered_json words() {
  ordered_json propagation = ordered_json::array();
  for (const config::MountOption& option : config::kMountOptions)
    if (option.effect == config::Effect::propagation) propagation.push_back(option.name);
  return {
      {"capabilities", plan::known_capabilities()},
      {"clocks", names_of(config::kTimeClocks)},
      {"hooks", config::kHookNames},
      {"ioPriorityClasses", names_of(config::kIoPriorityClasses)},
      {"memoryPolicyFlags", names_of(config::kMemoryPolicyFlags)},
      {"memoryPolicyModes", names_of(config::kMemoryPolicyModes)},
      {"mountOptions", names_of(config::kMountOptions)},
      {"namespaces", names_of(config::kNamespaceTypes)},
      {"personalityDomains", names_of(config::kPersonalityDomains)},
      {"propagation", propagation},
      {"rlimits", names_of(config::kRlimits)},
      {"schedulerFlags", names_of(config::kSchedulerFlags)},
      {"schedulerPolicies", names_of(config::kSchedulerPolicies)},
      {"seccompActions", names_of(config::kSeccompActions)},
      {"seccompArchitectures", names_of(config::kSeccompArchitectures)},
      {"seccompFlags", names_of(config::kSeccompFlags)},
      {"seccompOperators", names_of(config::kSeccompOperators)},
  };
}

// ---- verdicts -------------------------------------------------------------------------------------------------------------

ordered_json refused(const char* phase, const Error& error) {
  return {{"phase", phase}, {"pointer", error.pointer}, {"what", error.what}};
}

ordered_json verdict(const std::string& document, const std::vector<plan::HostFacts>& hosts) {
  const auto spec = config::read_spec(document);
  if (!spec) return refused("read", spec.error());
  if (const auto valid = config::validate(*spec); !valid) return refused("validate", valid.error());
  const auto overlay = overlay::read_annotations(*spec, "/bundle");
  if (!overlay) return refused("annotations", overlay.error());
  plan::Request request;
  request.id = "schema";
  request.bundle = "/bundle";
  request.rootfs = "/bundle/rootfs";
  request.overlay = overlay->has_value();
  std::optional<Error> first;
  for (const plan::HostFacts& facts : hosts) {
    const auto plan = plan::compile(*spec, facts, request);
    if (plan) return {{"phase", "accepted"}, {"warnings", plan->warnings}};
    if (!first) first = plan.error();
  }
  return refused("plan", *first);
}

std::vector<plan::HostFacts> read_hosts(int count, char** paths) {
  std::vector<plan::HostFacts> hosts;
  for (int each = 0; each < count; ++each) {
    std::stringstream text;
    text << std::ifstream(paths[each]).rdbuf();
    const auto facts = plan::read_facts(text.str());
    if (!facts) throw std::runtime_error(std::string(paths[each]) + ": " + facts.error().what);
    hosts.push_back(*facts);
  }
  if (hosts.empty()) throw std::runtime_error("no facts are given");
  return hosts;
}

void judge_all(const std::vector<plan::HostFacts>& hosts) {
  std::string length;
  while (std::getline(std::cin, length)) {
    std::string document(std::stoul(length), '\0');
    std::cin.read(document.data(), static_cast<std::streamsize>(document.size()));
    // A name that is no UTF-8 may stand in a message: replaced, or there would be no line of JSON.
    std::cout << verdict(document, hosts).dump(-1, ' ', false, ordered_json::error_handler_t::replace) << '\n';
  }
}

}  // namespace

int main(int argc, char** argv) try {
  const std::string_view command = argc > 1 ? argv[1] : "";
  if (command == "tables")
    std::cout << ordered_json{{"fields", describe(config::type_of<config::Spec>)}, {"words", words()}}.dump(1) << '\n';
  else if (command == "verdicts")
    judge_all(read_hosts(argc - 2, argv + 2));
  else
    throw std::runtime_error("tables, or verdicts FACTS...");
  return 0;
} catch (const std::exception& problem) {
  std::cerr << "schema-parser: " << problem.what() << '\n';
  return 1;
}
