#include "plan/capabilities.h"

#include <sys/capability.h>

#include <catch2/catch.hpp>
#include <cstring>

namespace {

plan::HostFacts root_facts() {
  plan::HostFacts facts;
  facts.permitted_capabilities = facts.bounding_capabilities = (std::uint64_t{1} << 41) - 1;
  return facts;
}

}  // namespace

TEST_CASE("capabilities: our names are libcap's, in the kernel's order") {
  const std::vector<std::string> names = plan::known_capabilities();
  for (std::size_t number = 0; number < names.size(); ++number) {
    char* name = cap_to_name(static_cast<cap_value_t>(number));
    REQUIRE(name != nullptr);
    std::string upper(name);
    cap_free(name);
    for (char& letter : upper) letter = letter == '_' ? '_' : static_cast<char>(letter - 'a' + 'A');
    CHECK(names[number] == upper);
  }
}

TEST_CASE("capabilities: absent means none at all") {
  std::vector<std::string> warnings;
  const auto masks = plan::compile_capabilities(nullptr, root_facts(), warnings);
  CHECK((masks.bounding | masks.effective | masks.permitted | masks.inheritable | masks.ambient) == 0);
  CHECK(warnings.empty());
}

TEST_CASE("capabilities: unknown and unavailable names are dropped with one warning") {
  config::Capabilities wanted;
  wanted.bounding = wanted.permitted = wanted.effective = {"CAP_CHOWN", "CAP_FOO", "cap_kill", "CAP_SYS_ADMIN"};
  plan::HostFacts facts = root_facts();
  facts.permitted_capabilities &= ~(std::uint64_t{1} << 21);
  facts.bounding_capabilities &= ~(std::uint64_t{1} << 21);
  std::vector<std::string> warnings;
  const auto masks = plan::compile_capabilities(&wanted, facts, warnings);
  CHECK(masks.permitted == 1);
  CHECK(masks.bounding == 1);
  REQUIRE(warnings.size() == 1);
  CHECK(warnings[0] == "ignoring unknown or unavailable capabilities: [CAP_FOO cap_kill CAP_SYS_ADMIN]");
}

TEST_CASE("capabilities: what is missing in the bounding set alone is told too") {
  config::Capabilities wanted;
  wanted.bounding = {"CAP_FOO"};
  std::vector<std::string> warnings;
  CHECK(plan::compile_capabilities(&wanted, root_facts(), warnings).bounding == 0);
  CHECK(warnings == std::vector<std::string>{"ignoring unknown or unavailable capabilities: [CAP_FOO]"});
}

TEST_CASE("capabilities: a kernel that does not know the newest ones does not get them") {
  config::Capabilities wanted;
  wanted.permitted = {"CAP_CHECKPOINT_RESTORE", "CAP_BPF"};
  plan::HostFacts facts = root_facts();
  facts.last_capability = 39;
  std::vector<std::string> warnings;
  CHECK(plan::compile_capabilities(&wanted, facts, warnings).permitted == std::uint64_t{1} << 39);
  CHECK(warnings.size() == 1);
}

TEST_CASE("capabilities: in another user namespace the caller's own sets do not count") {
  config::Capabilities wanted;
  wanted.permitted = {"CAP_SYS_ADMIN"};
  plan::HostFacts facts;
  std::vector<std::string> warnings;
  CHECK(plan::compile_capabilities(&wanted, facts, warnings, true).permitted == std::uint64_t{1} << 21);
  facts.euid = 1000;
  CHECK(plan::compile_capabilities(&wanted, facts, warnings).permitted == std::uint64_t{1} << 21);
  CHECK(warnings.empty());
}

TEST_CASE("capabilities: effective is clipped to permitted, ambient to permitted and inheritable") {
  config::Capabilities wanted;
  wanted.bounding = {"CAP_CHOWN", "CAP_KILL"};
  wanted.permitted = {"CAP_CHOWN", "CAP_KILL"};
  wanted.effective = {"CAP_CHOWN", "CAP_SETUID"};
  wanted.inheritable = {"CAP_CHOWN", "CAP_SETGID"};
  wanted.ambient = {"CAP_CHOWN", "CAP_KILL"};
  std::vector<std::string> warnings;
  const auto masks = plan::compile_capabilities(&wanted, root_facts(), warnings);
  CHECK(masks.effective == 1);
  CHECK(masks.inheritable == 1);
  CHECK(masks.ambient == 1);
  REQUIRE(warnings.size() == 3);
  CHECK(warnings[2] == "can't raise ambient capability CAP_KILL: operation not permitted");
}

TEST_CASE("capabilities: ambient without any inheritable set is dropped in silence") {
  config::Capabilities wanted;
  wanted.bounding = wanted.permitted = wanted.effective = wanted.ambient = {"CAP_CHOWN", "CAP_KILL"};
  std::vector<std::string> warnings;
  CHECK(plan::compile_capabilities(&wanted, root_facts(), warnings).ambient == 0);
  CHECK(warnings.empty());
}
