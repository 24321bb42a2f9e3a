// Process: the runtime, on the host, with the caller's rights.
#include "container/criu_options.h"

#include <linux/sched.h>

#include "container/criu.h"
#include "container/files.h"
#include "support/text.h"

namespace container::criu {
namespace {

constexpr int kEexist = 17, kEnotdir = 20;
constexpr std::size_t kMaxLog = 64U << 20;
constexpr int kLogLevel4 = 4;  // all that criu has to say

Result<> make_with_parents(const std::string& path) {
  for (std::size_t slash = path.find('/', 1);; slash = path.find('/', slash + 1)) {
    const std::string prefix = path.substr(0, slash);
    const auto made = sys::mkdirat(AT_FDCWD, prefix.c_str(), 0700);
    if (!made && made.code() != kEexist) return fail("mkdir " + prefix, made.error());
    if (slash == std::string::npos) return {};
  }
}

Result<> make_absolute(CriuOptions& options) {
  options.image_path = TRY(absolute_path(options.image_path.empty() ? "checkpoint" : options.image_path));
  if (!options.work_path.empty()) options.work_path = TRY(absolute_path(options.work_path));
  TRY(cgroup_mode(options.manage_cgroups_mode));
  TRY(network_lock(options.network_lock));
  return {};
}

}  // namespace

Result<> check_paths(CheckpointOptions& options) {
  TRY(make_absolute(options));
  TRY(make_with_parents(options.image_path));
  if (options.parent_path.empty()) return {};
  if (options.parent_path.starts_with('/')) return fail("--parent-path must be relative");
  const std::string parent = text::clean_path(options.image_path + '/' + options.parent_path);
  const auto stat = sys::stat_at(AT_FDCWD, parent.c_str(), 0);
  if (!stat) return fail("invalid --parent-path: stat " + parent, stat.error());
  if (!stat->is_directory()) return fail("invalid --parent-path: " + parent, sys::Errno{kEnotdir});
  return {};
}

Result<> check_paths(RestoreOptions& options) { return make_absolute(options); }

Result<sys::UniqueFd> open_directory(const std::string& path) {
  const auto made = sys::mkdirat(AT_FDCWD, path.c_str(), 0700);
  if (!made && made.code() != kEexist) return fail("mkdir " + path, made.error());
  auto directory = sys::openat(AT_FDCWD, path.c_str(), O_RDONLY | O_DIRECTORY);
  if (!directory) return fail("open " + path, directory.error());
  return take(std::move(directory));
}

Result<> add_common(protobuf::Writer& request, const CriuOptions& options, int images, int work, std::string_view log) {
  request.number(kImagesDirectory, images).number(kLogLevel, kLogLevel4).text(kLogFile, log);
  if (work >= 0) request.number(kWorkDirectory, work);
  request.flag(kManageCgroups, true).number(kManageCgroupsMode, TRY(cgroup_mode(options.manage_cgroups_mode)));
  if (const int lock = TRY(network_lock(options.network_lock)); lock != 0) request.number(kNetworkLock, lock);
  request.flag(kNotifyScripts, true).flag(kOrphanPtsMaster, true);
  request.number(kEmptyNamespaces, CLONE_NEWNET);  // devices and addresses are the business of whoever set the network up
  request.flag(kShellJob, options.shell_job).flag(kTcpEstablished, options.tcp_established);
  request.flag(kExternalUnixSockets, options.ext_unix_sk).flag(kFileLocks, options.file_locks);
  request.flag(kAutoDedup, options.auto_dedup).flag(kLazyPages, options.lazy_pages);
  return {};
}

void add_log(Error& error, const CriuOptions& options, std::string_view log) {
  const std::string path = (options.work_path.empty() ? options.image_path : options.work_path) + '/' + std::string(log);
  const auto text = read_whole(AT_FDCWD, path.c_str(), kMaxLog);
  if (!text) return;
  const std::string cause = last_errors(*text);
  error.hint = cause.empty() ? "see " + path : cause + " (" + path + ')';
}

}  // namespace container::criu
