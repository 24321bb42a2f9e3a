// Process: the runtime, on the host, with the caller's rights.
#include "cli/host.h"

#include <sys/utsname.h>
#include <unistd.h>

#include <array>
#include <cstddef>

#include "cli/deadline.h"
#include "cli/host_options.h"
#include "cli/host_spec.h"
#include "cli/text.h"
#include "container/files.h"
#include "support/text.h"
#include "sys/directory.h"

namespace cli {
namespace {

constexpr std::size_t kLargestAccountFile = 1U << 20;
constexpr int kTimedOut = 124;  // as timeout(1)
constexpr unsigned long kTcgets = 0x5401;

bool is_terminal(int fd) {
  std::array<std::byte, 64> settings;  // struct termios of the kernel
  return sys::ioctl(fd, kTcgets, sys::address(settings.data())).has_value();
}

Result<std::string> random_id() {
  constexpr std::string_view letters = "abcdefghijklmnopqrstuvwxyz234567";  // base32
  std::array<unsigned char, 6> bytes{};
  const long got = sys::raw(__NR_getrandom, sys::address(bytes.data()), bytes.size(), 0);
  if (got != static_cast<long>(bytes.size())) return fail("getrandom", sys::Errno{got < 0 ? static_cast<int>(-got) : 5});
  std::string id = "host-";
  for (const unsigned char byte : bytes) id.push_back(letters[byte % letters.size()]);
  return id;
}

std::string host_name() {
  utsname names{};
  (void)sys::raw(__NR_uname, sys::address(&names));
  return names.nodename;
}

// Where `path` really is: absolute, without symlinks. The errno of opening it otherwise.
sys::Result<std::string> real_path(const std::string& path) {
  const sys::UniqueFd file = SYS_TRY(sys::openat(AT_FDCWD, path.c_str(), O_PATH));
  std::array<char, 4096> name;
  const std::size_t length = SYS_TRY(sys::readlinkat(AT_FDCWD, ("/proc/self/fd/" + std::to_string(file.get())).c_str(), name));
  return std::string(name.data(), length);
}

Result<std::vector<std::string>> find_bases(const HostOptions& options, const std::string& cwd) {
  std::vector<std::string> bases;
  for (const std::string& given : options.bases) {
    auto real = real_path(given.starts_with('/') ? given : cwd + '/' + given);
    if (!real) return fail("--base " + given, real.error());
    bases.push_back(take(std::move(real)));
  }
  return bases;
}

// A small file of the lower directories, as the container will see it: the first that has it wins. "" where none has.
std::string read_lower_file(const HostOptions& options, const HostView& view, const char* name) {
  std::vector<std::string> lowers = view.bases;
  if (options.host) lowers.emplace_back("/");
  for (const std::string& lower : lowers) {
    const auto root = sys::openat(AT_FDCWD, lower.c_str(), O_PATH | O_DIRECTORY);
    if (!root) continue;
    // A symlink of another system's directory counts from there; O_NONBLOCK: it may be a fifo.
    const auto file = sys::openat2(root->get(), name, O_RDONLY | O_NONBLOCK | O_NOCTTY, RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS);
    const auto stat = file ? sys::stat_fd(file->get()) : sys::Result<sys::Stat>(std::unexpected(file.error()));
    if (!stat || !stat->is_regular()) continue;
    auto text = container::read_rest(file->get(), kLargestAccountFile, stat->size);
    if (text) return take(std::move(text));
  }
  return {};
}

// /etc/resolv.conf of hosts with systemd-resolved and its like is a link into /run, which the container has for its own.
std::string hidden_resolv_conf(const HostOptions& options) {
  if (!options.host) return {};
  const auto real = real_path("/etc/resolv.conf");
  return real && real->starts_with("/run/") ? *real : "";
}

// Calls `use(name)` for each entry of a directory that can be read.
template <class Use>
void each_entry(const char* path, Use use) {
  const auto directory = sys::openat(AT_FDCWD, path, O_RDONLY | O_DIRECTORY);
  if (!directory) return;
  alignas(sys::DirectoryEntry) std::array<std::byte, 8192> buffer;
  for (;;) {
    const auto got = sys::getdents(directory->get(), buffer);
    if (!got || *got == 0) return;
    for (std::size_t at = 0; at < *got;) {
      const auto* entry = reinterpret_cast<const sys::DirectoryEntry*>(&buffer[at]);
      use(std::string_view(entry->name));
      at += entry->size;
    }
  }
}

// What a stranger's program should not read. Those that are not there are passed over when the paths are masked.
std::vector<std::string> secret_paths() {
  std::vector<std::string> paths{"/etc/shadow", "/etc/shadow-", "/etc/gshadow", "/etc/gshadow-",
                                 "/etc/ssh",    "/root/.ssh",   "/root/.gnupg"};
  each_entry("/home", [&paths](std::string_view name) {
    if (name == "." || name == "..") return;
    paths.push_back("/home/" + std::string(name) + "/.ssh");
    paths.push_back("/home/" + std::string(name) + "/.gnupg");
  });
  return paths;
}

// Where the overlay is attached in the container's own mount namespace before it becomes the root: any directory but the root
// itself.
Result<std::string> find_attach_point() {
  for (const char* path : {"/usr", "/var", "/etc", "/opt"}) {
    const auto stat = sys::stat_at(AT_FDCWD, path, AT_SYMLINK_NOFOLLOW);
    if (stat && stat->is_directory()) return path;
  }
  return fail("this host has none of the directories /usr, /var, /etc, /opt");
}

Result<HostView> look_at_host(const container::Context& context, const HostOptions& options) {
  HostView view;
  view.id = options.name.empty() ? TRY(random_id()) : options.name;
  view.hostname = host_name();
  view.cwd = TRY(container::working_directory());
  for (char** entry = environ; entry != nullptr && *entry != nullptr; ++entry) view.environment.emplace_back(*entry);
  view.terminal = is_terminal(0) && is_terminal(1);
  view.state_root = context.root;
  view.attach_point = TRY(find_attach_point());
  view.resolv_conf = hidden_resolv_conf(options);
  if (options.security == HostOptions::Security::strict) view.secrets = secret_paths();
  view.bases = TRY(find_bases(options, view.cwd));
  view.user =
      TRY(find_user(options.user, read_lower_file(options, view, "etc/passwd"), read_lower_file(options, view, "etc/group")));
  return view;
}

// The one mistake that everybody makes once: the words are taken for a command of the container.
Error with_hint(const HostOptions& options, Error error) {
  if (error.what.find("executable file not found in $PATH") == std::string::npos) return error;
  error.what += options.bases.empty() ? "; the container has the programs of this host: install it here, or give its whole path"
                                      : "; the container has the programs of --base: give the whole path of one that is there";
  return error;
}

Result<int> run_config(const container::Context& context, const HostOptions& options, const HostView& view, std::string config) {
  container::RunOptions run;
  run.id = view.id;
  if (!options.pid_file.empty()) run.pid_file = TRY(container::absolute_path(options.pid_file));
  run.bundle = "/";  // the config names everything absolutely
  run.config_text = std::move(config);
  Deadline deadline;
  if (options.timeout_seconds > 0) TRY(deadline.start(context, view.id, options.timeout_seconds));
  const auto status = container::run(context, run);
  if (!status) return std::unexpected(with_hint(options, std::move(status).error()));
  return deadline.has_passed() ? kTimedOut : *status;
}

}  // namespace

Result<int> run_host(const container::Context& context, const std::vector<std::string>& words) {
  const HostOptions options = TRY(read_host_options(words));
  if (options.help) {
    TRY(print(host_help()));
    return 0;
  }
  const HostView view = TRY(look_at_host(context, options));
  std::string config = TRY(host_config(options, view));
  if (options.print_config) {
    TRY(print(config));
    return 0;
  }
  if (sys::raw(__NR_geteuid) != 0)
    return fail("run --host needs root: an overlay of the whole host for other users is not supported by this version");
  if (options.security == HostOptions::Security::host && context.warn)
    context.warn("--security host: the container has every capability and no system call filter; it can take over the host");
  return run_config(context, options, view, std::move(config));
}

}  // namespace cli
