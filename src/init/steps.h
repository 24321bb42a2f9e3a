// init/steps.h: every step of a plan as a function; the file that holds each is named above it. All take what the step needs from
// the plan and answer with a Failure that names its trouble. Paths are the container's unless it says "host".
#pragma once
#include "init/run.h"

namespace init {

// process.cpp: what is of this process alone. prctl(2), setsid(2), umask(2), sched_setattr(2), ioprio_set(2), ...
void arm_parent_death();          // SIGKILL for us when the runtime ends; again after each change of credentials
void hide_from_ptrace(Run& run);  // PR_SET_DUMPABLE 0 (CVE-2016-9962)
Result<> set_oom_score(Run& run, std::int64_t score);  // through the host's /proc
Result<> set_time_offsets(Run& run, std::string_view lines);
Result<> set_scheduler(const plan::SetScheduler& scheduler);
Result<> set_memory_policy(Run& run, const plan::MemoryPolicy& policy);
Result<> own_stdio(std::uint32_t uid);
Result<> reopen_null(Run& run);

// namespaces.cpp: setns(2), unshare(2), clone3(2)
Result<> join_namespace(Run& run, const plan::Join& join);
Result<> fork_inside(Run& run);  // only the child comes back
Result<> become_root();
Result<> bring_up_loopback();
Result<> hand_out_network(Run& run);

// ask.cpp: the handshake
Result<> ask(Run& run, const plan::Ask& ask);
Result<> join_cgroups(Run& run, const plan::JoinCgroups& cgroups);

// keyring.cpp
Result<> join_keyring(Run& run, const plan::Keyring& keyring);

// root.cpp: mount namespace, pivot_root(2)
Result<> set_host_propagation(Run& run, std::uint32_t flags);
Result<> attach_root(Run& run, const plan::AttachRoot& root);
Result<> enter_root(Run& run, std::uint32_t flags);
Result<> set_root_propagation(std::uint32_t flags);

// mounts.cpp: fsopen(2), open_tree(2), move_mount(2), mount_setattr(2)
// Of MOUNT_ATTR_* `wanted`, those that confine must be what statfs(2) reports of the mount.
Result<> read_back(int mount, std::uint32_t wanted);
Result<> mount_filesystem(Run& run, const plan::MountFilesystem& mount);
Result<> mount_bind(Run& run, const plan::MountBind& mount);
Result<> set_mount_attributes(Run& run, const plan::SetMountAttributes& attributes);

// live_mounts.cpp: changes of a container that runs: all or nothing
Result<> remember_attached(Run& run, int tree, std::string_view path);  // to be taken off when a later step fails
void take_off_attached(Run& run);
Result<> unmount(Run& run, const plan::Unmount& unmount);

// copy_up.cpp: the files below `from` into `to`, two directories. Sockets are passed over.
Result<> copy_up(int from, int to);

// devices.cpp: mknod(2), symlink(2)
Result<> make_directory(Run& run, const plan::MakeDirectory& directory);
Result<> make_device(Run& run, const plan::MakeDevice& device);
Result<> make_symlink(Run& run, const plan::MakeSymlink& link);
// A detached clone of the host's node `path`, verified to be the device; found by its number when the path holds another one.
Result<sys::UniqueFd> clone_host_device(const char* path, std::uint32_t type, std::uint32_t major, std::uint32_t minor);

// terminal.cpp: pty(7)
Result<> open_terminal(Run& run, const plan::OpenTerminal& terminal);

// hooks.cpp
Result<> run_hooks(Run& run, const plan::RunHooks& hooks);

// kernel_files.cpp: proc(5) of our own
Result<> write_sysctl(Run& run, const plan::Sysctl& sysctl);
Result<> set_apparmor(Run& run, std::string_view profile);
Result<> label_new_keys(Run& run, std::string_view label);
Result<> set_selinux(Run& run, std::string_view label);

// hide.cpp: maskedPaths, readonlyPaths
Result<> make_path_readonly(Run& run, plan::Text path);
Result<> mask_path(Run& run, const plan::MaskPath& mask);
Result<> clone_null_of_host(Run& run);  // before the host's tree goes, when a mask will need it

// seccomp.cpp
Result<> load_seccomp(Run& run, const plan::LoadSeccomp& seccomp);

// identity.cpp: credentials(7), capabilities(7)
Result<> drop_bounding(std::uint64_t kept);
Result<> set_identity(Run& run, const plan::SetIdentity& identity);
Result<> set_capabilities(const plan::SetCapabilities& sets);

// program.cpp: find it, wait for `start`, become it
Result<> change_directory(Run& run, std::string_view path);
Result<> retry_directory(Run& run);  // as the user, after set_identity
Result<> find_program(Run& run, const plan::FindProgram& program);
Result<> execute(Run& run, const plan::Exec& exec);  // returns only on failure

// start.cpp is the program's entry; wait.cpp waits for exec.fifo
void open_ears();  // a signal that means an end ends us, all others are ignored
Result<> wait_for_start(Run& run, const plan::WaitForStart& start);

}  // namespace init
