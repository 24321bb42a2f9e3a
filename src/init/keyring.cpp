// init/keyring.cpp. Process: init, host_root. session-keyring(7): the keys of the caller's session stay outside.
#include "init/line.h"
#include "init/steps.h"
#include "sys/confine.h"

namespace init {
namespace {

// The fourth field of "type;uid;gid;permissions;name", in hex. 0: no such text.
std::uint32_t permissions_of(std::string_view description) {
  int field = 0;
  std::uint32_t value = 0;
  for (const char c : description) {
    if (c == ';') {
      if (++field == 4) return value;
    } else if (field == 3) {
      const int digit = c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
      if (digit < 0) return 0;
      value = value << 4 | static_cast<std::uint32_t>(digit);
    }
  }
  return 0;
}

}  // namespace

Result<> join_keyring(Run& run, const plan::Keyring& keyring) {
  if (keyring.label) TRY(label_new_keys(run, run.text(keyring.label)));
  const auto key = sys::join_session_keyring(run.c_str(keyring.name));
  if (keyring.label) TRY(label_new_keys(run, "\n"));  // nothing at all would not reach the kernel's parser
  if (key.code() == kEnosys) return {};               // a kernel without keys has none to leak
  if (!key) return fail(Trouble::none, key.code());
  if (keyring.permissions == 0) return {};
  std::array<char, 256> description;
  const std::size_t length = TRY(sys::describe_key(*key, description));
  const std::size_t size = length < description.size() ? length : description.size();
  TRY(sys::set_key_permissions(*key, permissions_of({description.data(), size}) | keyring.permissions));
  return {};
}

}  // namespace init
