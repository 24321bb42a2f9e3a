// Process: the runtime, on the host, with the caller's rights. Nothing here has an effect beyond this process.
#include "container/bundle.h"

#include <sched.h>
#include <unistd.h>

#include <cstdlib>

#include "config/own_users.h"
#include "config/read.h"
#include "container/explain.h"
#include "container/facts.h"
#include "container/files.h"
#include "support/text.h"
#include "sys/process.h"

namespace container {
namespace {

constexpr int kEnoent = 2, kEloop = 40;

Result<std::string> read_config(const Bundle& bundle) {
  auto text = read_document(bundle.document, config::kMaxDocumentBytes);
  if (!text && text.error().code == kEnoent) {
    const std::string path = bundle.document.starts_with('/') ? bundle.document : bundle.path + '/' + bundle.document;
    return fail("JSON specification file config.json not found (" + path + ')');
  }
  return text;
}

// As runc: the cleaned path must be the real one. What is opened later by this name is then what was checked here, unless somebody
// with rights over the bundle exchanges it.
Result<std::string> find_rootfs(const Bundle& bundle, const std::string& given) {
  std::string path = text::clean_path(given.starts_with('/') ? given : bundle.path + '/' + given);
  const auto directory = sys::openat2(AT_FDCWD, path.c_str(), O_PATH | O_DIRECTORY, RESOLVE_NO_SYMLINKS);
  if (directory.code() == kEloop) return fail("invalid rootfs: not an absolute path, or a symlink", "/root/path");
  if (!directory) return fail("invalid rootfs: stat " + path, directory.error(), "/root/path");
  return path;
}

Result<> choose_rootfs(Bundle& bundle) {
  bundle.overlay = TRY(overlay::read_annotations(bundle.spec, bundle.path));
  const bool named = bundle.spec.root && !bundle.spec.root->path.empty();
  if (bundle.overlay) {
    // Only the place where the overlay is attached in the container's own mount namespace: any directory will do.
    auto found = named ? find_rootfs(bundle, bundle.spec.root->path) : Result<std::string>(bundle.path);
    bundle.rootfs = found ? take(std::move(found)) : bundle.path;
    return {};
  }
  if (!named) return fail("root must be specified", "/root");
  bundle.rootfs = TRY(find_rootfs(bundle, bundle.spec.root->path));
  return {};
}

// newuidmap(1) must grant the ranges, and there is no partial grant: users and groups, or neither.
config::OwnUsers own_users(std::uint32_t euid, std::uint32_t egid) {
  constexpr std::size_t kMaxTable = 1U << 20;
  config::OwnUsers own{euid, egid, {}, {}};
  if (find_host_program("newuidmap").empty() || find_host_program("newgidmap").empty()) return own;
  const auto passwd = read_whole(AT_FDCWD, "/etc/passwd", kMaxTable);
  const std::string_view name = passwd ? config::find_user_name(*passwd, euid) : std::string_view{};
  const auto uids = read_whole(AT_FDCWD, "/etc/subuid", kMaxTable), gids = read_whole(AT_FDCWD, "/etc/subgid", kMaxTable);
  if (uids) own.uids = config::find_subordinate(*uids, name, euid);
  if (gids) own.gids = config::find_subordinate(*gids, name, euid);
  if (!own.uids || !own.gids) own.uids = own.gids = std::nullopt;
  return own;
}

// The host's tables are read only for a config that needs them.
void give_user_namespace(config::Spec& spec, std::uint32_t euid, std::uint32_t egid) {
  if (spec.linux_.find_namespace("user") == nullptr) config::add_user_namespace(spec, own_users(euid, egid));
}

// sd_listen_fds(3). The descriptors keep their numbers, so the names that go with them do too.
std::vector<std::string> listen_environment(std::uint32_t count) {
  std::vector<std::string> variables{"LISTEN_FDS=" + std::to_string(count), "LISTEN_PID=1"};
  if (const char* names = std::getenv("LISTEN_FDNAMES"); names != nullptr)
    variables.push_back(std::string("LISTEN_FDNAMES=") + names);
  return variables;
}

}  // namespace

Result<> open_bundle(const CreateOptions& options, Bundle& bundle) {
  if (!options.bundle.empty()) TRY_DOING("chdir " + options.bundle, sys::chdir(options.bundle.c_str()));
  bundle.path = TRY(working_directory());
  bundle.document = options.config_file.empty() ? "config.json" : options.config_file;
  bundle.text = options.config_text ? *options.config_text : TRY(read_config(bundle));
  auto spec = config::read_spec(bundle.text);
  if (!spec) return std::unexpected(about_document(std::move(spec).error(), bundle.document));
  bundle.spec = TRY(std::move(spec));
  if (::geteuid() != 0) give_user_namespace(bundle.spec, ::geteuid(), ::getegid());
  TRY(config::validate(bundle.spec));
  return choose_rootfs(bundle);
}

Result<config::Spec> saved_spec(const Entry& entry, const State& state) {
  const std::string text =
      TRY_DOING("read " + entry.path + "/config.json", read_whole(entry.directory.get(), "config.json", config::kMaxDocumentBytes));
  config::Spec spec = TRY(config::read_spec(text));
  if ((state.namespaces & CLONE_NEWUSER) != 0) give_user_namespace(spec, state.owner, ::getegid());
  return spec;
}

Result<plan::Plan> compile_bundle(const Context& context, const CreateOptions& options, const Bundle& bundle,
                                  const plan::HostFacts& facts, const PlanNeeds& needs) {
  const std::uint32_t listen = listen_fds();
  plan::Request request;
  request.id = options.id;
  request.bundle = bundle.path;
  request.rootfs = bundle.rootfs;
  request.overlay = bundle.overlay.has_value();
  request.wait_for_start = needs.wait_for_start;
  request.no_pivot = options.no_pivot;
  request.new_keyring = !options.no_new_keyring;
  request.preserve_fds = listen + options.preserve_fds;
  request.cgroup_disabled = context.cgroup_manager == Context::CgroupManager::disabled;
  request.systemd_cgroup = context.systemd_cgroup || context.cgroup_manager == Context::CgroupManager::systemd;
  request.notify_directory = needs.notify_directory;
  request.filter_cache = needs.filter_cache;
  if (listen != 0) request.extra_env = listen_environment(listen);
  if (!needs.notify_directory.empty()) request.extra_env.emplace_back("NOTIFY_SOCKET=/run/notify/notify.sock");
  plan::Plan plan = TRY(plan::compile(bundle.spec, facts, request));
  // --rootless says only whether denied cgroups are passed over; what we may do, the kernel decides.
  if (context.rootless) plan.cgroup.ignore_denied = *context.rootless;
  return plan;
}

std::uint32_t listen_fds() {
  const char* count = std::getenv("LISTEN_FDS");
  const char* pid = std::getenv("LISTEN_PID");
  if (count == nullptr || pid == nullptr) return 0;
  const auto listener = text::parse_unsigned(pid, 1U << 30);
  if (!listener || *listener != static_cast<std::uint64_t>(sys::getpid())) return 0;
  return static_cast<std::uint32_t>(text::parse_unsigned(count, 1U << 20).value_or(0));
}

Result<> check_preserved(std::uint32_t listen, std::uint32_t preserve) {
  for (std::uint32_t index = 0; index < preserve; ++index)
    if (!sys::fcntl(static_cast<int>(3 + listen + index), F_GETFD))
      return fail("unable to stat preserved-fd " + std::to_string(index) + " (of " + std::to_string(preserve) +
                  "): no such file or directory");
  return {};
}

Result<plan::Plan> plan_bundle(const Context& context, const CreateOptions& options, const std::optional<plan::HostFacts>& facts) {
  Bundle bundle;
  TRY(open_bundle(options, bundle));
  PlanNeeds needs;
  needs.wait_for_start = true;  // what `create` does
  return compile_bundle(context, options, bundle, facts ? *facts : TRY(read_facts(context, bundle.spec)), needs);
}

}  // namespace container
