// plan/compile.h: what the files of the compiler share. Each `add_*` appends the steps of one facility; compile.cpp (create, run)
// and compile_exec.cpp call them in the order in which init will go through them. Nothing outside plan/ includes this.
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "config/mount_options.h"
#include "config/run_oci.h"
#include "config/spec.h"
#include "plan/builder.h"
#include "plan/plan.h"
#include "support/text.h"

namespace plan {

// CLONE_NEW* of the configuration's namespaces: those that are made and those that exist already.
struct Namespaces {
  std::uint32_t created = 0, joined = 0;
  bool has(std::uint32_t type) const { return ((created | joined) & type) != 0; }
  bool creates(std::uint32_t type) const { return (created & type) != 0; }
  bool joins(std::uint32_t type) const { return (joined & type) != 0; }
};
inline constexpr std::uint32_t kNewTime = 0x80, kNewMount = 0x20000, kNewCgroup = 0x02000000, kNewUts = 0x04000000,
                               kNewIpc = 0x08000000, kNewUser = 0x10000000, kNewPid = 0x20000000, kNewNetwork = 0x40000000;

// A compilation under way.
struct Compiler {
  const config::Spec& spec;
  const config::Process& process;
  std::string process_pointer;  // "/process", "" for the file of exec
  const HostFacts& facts;
  const Request& request;
  Namespaces namespaces{};
  bool in_user_namespace = false;  // no device node can be made, no mount is privileged over the host
  bool live = false;               // the container runs: what is mounted is seen at once
  bool cgroup_joined = false;      // the step that waits for it is there
  std::vector<std::string> env{};  // process.env as the program gets it, HOME aside
  // Mounts that other mount points may still be made in: read-only at the very end. Path and origin.
  std::vector<std::pair<std::string, std::string>> late_readonly{};
  Builder build{};
  Plan plan{};

  std::string at(std::string_view property) const { return process_pointer + std::string(property); }
};

// namespaces.cpp
Result<> read_namespaces(Compiler& c);  // fills `namespaces`; refuses what this host or version cannot do
void add_namespaces(Compiler& c);       // joins, id maps, offsets; sets Plan::clone_flags, id_maps, forks_inside
void add_keyring(Compiler& c);
void add_host_names(Compiler& c);                                       // hostname, domainname
void join_cgroups(Compiler& c, const std::vector<std::string>& tasks);  // wait for the limits, then join
void join_cgroup_here(Compiler& c);                                 // once: wait for the runtime, then unshare the cgroup namespace
std::string map_lines(const std::vector<config::IdMapping>& maps);  // the content of uid_map
std::optional<std::uint32_t> mapped(const std::vector<config::IdMapping>& maps, std::uint32_t id);  // the host's id

// mounts.cpp
std::uint32_t base_propagation(const Compiler& c);
KeyValue mount_label(Compiler& c);    // linux.mountLabel as an option of a filesystem; without one no text
bool init_clones(const Compiler& c);  // trees of the host are init's to clone, not the runtime's
void add_root(Compiler& c);
Result<> add_mounts(Compiler& c);
void add_late_readonly(Compiler& c);  // and the root's own propagation

// What the words of one mount's options make.
struct MountWords {
  config::AttributeChange top, tree;
  bool recursive = false, remount = false, copy_up = false, idmap = false, idmap_tree = false;
  std::uint32_t links = 0;                                // kNoFollowSource, kNoFollowTarget, kCopySymlink
  bool names_flags = false;                               // any word about the mount itself
  bool sets_atime = false;                                // a word that chooses one, not only one that takes one back
  std::vector<std::uint32_t> propagation;                 // MS_*, in the order of the words
  std::uint32_t superblock = 0, superblock_clear = 0;     // MS_* that belong to the filesystem: sync, dirsync, lazytime, mand
  std::vector<std::pair<std::string, std::string>> data;  // for the filesystem; `flags` has those without '='
  std::vector<std::string> flags;
};
MountWords read_mount_words(const std::vector<std::string>& options);

// cgroup_mounts.cpp: a mount of type cgroup
void add_cgroup_mount(Compiler& c, const config::Mount& mount, const std::string& target, const MountWords& words,
                      const std::string& origin);

// devices.cpp
Result<> add_devices(Compiler& c);

// hooks.cpp
void add_create_hooks(Compiler& c);  // Plan::hooks; ask for the runtime's, then createContainer
void add_start_hooks(Compiler& c);

// intel_rdt.cpp
Result<> add_intel_rdt(Compiler& c);  // Plan::rdt

// hide.cpp
Result<> add_sysctls(Compiler& c);
void add_hidden_paths(Compiler& c);

// process.cpp
Result<> read_process(Compiler& c);  // env, limits, affinity, ids; refuses what cannot be given
void add_oom_score(Compiler& c);
void add_terminal(Compiler& c, std::uint32_t flags);
void add_umask(Compiler& c);
Result<> add_labels(Compiler& c);
Result<> add_privileges_and_scheduling(Compiler& c);  // no_new_privs, scheduler, I/O priority, memory policy, personality
Result<> add_confinement(Compiler& c);                // directory, stdio, filter, ids, capabilities, program
Result<> add_seccomp(Compiler& c);
void add_exec(Compiler& c);

// describe.cpp
std::string clone_flag_names(std::uint64_t flags);  // "mount, pid"

}  // namespace plan
