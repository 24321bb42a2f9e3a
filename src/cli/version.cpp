#include "cli/version.h"

#include <seccomp.h>

#include "container/state_file.h"

namespace cli {

std::string_view commit() {
#ifdef MINC_COMMIT
  return MINC_COMMIT;
#else
  return {};
#endif
}

std::string libseccomp_version() {
  const scmp_version* version = seccomp_version();  // a constant of the library: probes nothing
  return std::to_string(version->major) + '.' + std::to_string(version->minor) + '.' + std::to_string(version->micro);
}

std::string version_text(std::string_view name) {
  std::string text(name);
  text.append(" version ").append(kVersion).append("\n");
  if (!commit().empty()) text.append("commit: ").append(commit()).append("\n");
  text.append("spec: ").append(container::kSpecVersion).append("\n");
  return text.append("libseccomp: ").append(libseccomp_version()).append("\n");
}

}  // namespace cli
