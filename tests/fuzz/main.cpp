// The fuzzer's entry points, and what the targets share. `build/fuzz/NAME` is a link to this program.
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <sstream>

#include "config/read.h"
#include "plan/facts_file.h"
#include "tests/fuzz/targets.h"

namespace fuzz {

std::string read_file(const std::string& name) {
  std::ifstream file(MINC_SOURCE_DIR "/tests/plan/" + name);
  must(file.good());
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

config::Spec spec_of(const std::string& text) {
  auto spec = config::read_spec(text);
  must(spec && config::validate(*spec));
  return *std::move(spec);
}

const plan::HostFacts& host_for(std::string_view bytes) {
  static const plan::HostFacts hosts[] = {
      plan::read_facts(read_file("facts-v1.json")).value(),
      plan::read_facts(read_file("facts-v2.json")).value(),
      plan::read_facts(read_file("facts-rootless.json")).value(),
      plan::HostFacts{},
  };
  return hosts[bytes.size() % std::size(hosts)];
}

}  // namespace fuzz

namespace {

struct Target {
  std::string_view name;
  void (*run)(std::string_view);
};
constexpr Target kTargets[] = {
    {"config", fuzz::config}, {"plan", fuzz::plan},   {"process", fuzz::process},     {"resources", fuzz::resources},
    {"state", fuzz::state},   {"image", fuzz::image}, {"arguments", fuzz::arguments}, {"messages", fuzz::messages},
};
const Target* chosen = nullptr;

}  // namespace

extern "C" int LLVMFuzzerInitialize(int* argc, char*** argv) {
  std::string_view name = (*argv)[0];
  name.remove_prefix(name.rfind('/') + 1);
  if (name == "seeds" && *argc == 2) {
    fuzz::write_seeds((*argv)[1]);
    std::exit(0);
  }
  for (const Target& target : kTargets)
    if (target.name == name) chosen = &target;
  if (chosen != nullptr) return 0;
  std::fprintf(stderr, "call it by the name of a target (tests/fuzz/targets.h)\n");
  std::exit(2);
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  chosen->run({reinterpret_cast<const char*>(data), size});
  return 0;
}
