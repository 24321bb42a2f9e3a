// container/outside.h: what of a container comes from outside of it, so that criu must neither save it nor wonder about it: bind
// mounts, masks, joined namespaces, the pipes on 0, 1 and 2. The compiled plan says which they are: at a checkpoint that of the
// saved config, at a restore that of the bundle. criu(8) --external, proc(5) mountinfo.
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "config/spec.h"
#include "container/protobuf.h"
#include "container/state.h"
#include "plan/plan.h"
#include "support/result.h"

namespace container::criu {

struct ExternalMount {
  std::string name;    // checkpoint: the mount point in the container; restore: the name that it was given then
  std::string source;  // checkpoint: the name to give; restore: a path of the host
};
// Those that are really there. `pid`: the container's first process.
Result<std::vector<ExternalMount>> mounts_to_leave_out(const plan::View& view, int pid);

// Where criu works at a restore: a mount namespace in which the root file system is a mount of its own, as criu wants it, on the
// directory `scratch`. Nobody else sees it, and it is gone with criu.
struct Workshop {
  sys::UniqueFd mount_namespace, root;  // root: "/" in there
  std::vector<ExternalMount> mounts;    // to be brought in
};
// Makes the mount points that criu expects in the root file system where they are missing; those inside bind mounts too. What lies
// in a file system of the container's own is criu's matter. `scratch`: absolute, an empty directory.
Result<Workshop> make_workshop(const plan::View& view, const std::string& rootfs, const std::string& scratch);

void add_mounts(protobuf::Writer& options, const std::vector<ExternalMount>& mounts);

// Namespaces that the config joins by path. At a checkpoint "net[INODE]:extRootNetNS", at a restore an open file under that name.
Result<> leave_out_namespaces(protobuf::Writer& options, const config::Spec& spec, int pid);
Result<std::vector<sys::UniqueFd>> bring_in_namespaces(protobuf::Writer& options, const config::Spec& spec);

// What is on 0, 1 and 2 of `pid` ("pipe:[4711]"), "" where that cannot be seen.
std::vector<std::string> standard_descriptors(int pid);
// descriptors.json in the directory of images: these names (state_file.h has the writer).
Result<std::vector<std::string>> read_descriptors(const std::string& path);

// The file with options for criu that override ours: annotation org.criu.config ("" = none), else the first of
// /etc/criu/minc-oci.conf and /etc/criu/runc.conf that is there, else "".
std::string config_file(const config::Object<std::string>& annotations);

}  // namespace container::criu
