#include "cli/bind.h"
#include "cli/commands.h"
#include "cli/text.h"
#include "config/read.h"
#include "sys/file.h"
#include "sys/process.h"

namespace cli {
namespace {

constexpr int kExists = 17;                 // EEXIST
constexpr long kCgroup2Magic = 0x63677270;  // CGROUP2_SUPER_MAGIC

// A cgroup namespace is worth having by default where there is nothing but cgroup v2.
bool pure_cgroup2() {
  const auto directory = sys::openat(AT_FDCWD, "/sys/fs/cgroup", O_PATH | O_DIRECTORY);
  if (!directory) return false;
  const auto filesystem = sys::fstatfs(directory->get());
  return filesystem && filesystem->type == kCgroup2Magic;
}

Result<> write_new(const std::string& directory, const std::string& file, std::string_view text) {
  const sys::UniqueFd parent = TRY_DOING("chdir " + directory, sys::openat(AT_FDCWD, directory.c_str(), O_PATH | O_DIRECTORY));
  const auto opened = sys::openat(parent.get(), file.c_str(), O_WRONLY | O_CREAT | O_EXCL, 0666);
  if (opened.code() == kExists) return fail("File " + file + " exists. Remove it first");
  if (!opened) return fail("open " + file, opened.error());
  while (!text.empty()) text.remove_prefix(TRY_DOING("write " + file, sys::write(opened->get(), text)));
  return {};
}

}  // namespace

Result<int> commands::spec(Invocation& call) {
  std::string directory = ".", file = "config.json";
  config::DefaultSpecOptions options;
  TRY(bind(call.arguments, {{"bundle", &directory}, {"file", &file}, {"rootless", &options.rootless}}));
  options.euid = static_cast<std::uint32_t>(sys::raw(__NR_geteuid));
  options.egid = static_cast<std::uint32_t>(sys::raw(__NR_getegid));
  options.cgroup_namespace = pure_cgroup2();
  sys::umask(call.caller_umask);  // the file is the user's own
  TRY(write_new(directory.empty() ? "." : directory, file, config::default_spec(options)));
  return 0;
}

}  // namespace cli
