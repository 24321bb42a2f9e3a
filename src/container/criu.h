// container/criu.h: the program that saves processes and brings them back, and how one talks to it: `criu swrk 3` takes one request
// on a seqpacket socket, tells of its progress by notifications that want an answer, and ends with a response. criu(8), its
// rpc.proto.
//
//   we                               criu
//   criu_req {type, opts}      →
//                              ←     criu_resp {NOTIFY, notify {script, pid}}   any number of times; orphan-pts-master has a
//                              descriptor
//   criu_req {NOTIFY, success} →
//                              ←     criu_resp {type, success, cr_errno}
#pragma once
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "container/child.h"
#include "container/protobuf.h"
#include "support/result.h"
#include "sys/unique_fd.h"

namespace container::criu {

enum class Request {
  empty,
  dump,
  restore,
  check,
  pre_dump,
  page_server,
  notify,
  cpuinfo_dump,
  cpuinfo_check,
  feature_check,
  version
};

// Numbers of criu_opts' fields.
enum Option : unsigned {
  kImagesDirectory = 1,
  kPid,
  kLeaveRunning,
  kExternalUnixSockets,
  kTcpEstablished,
  kEvasiveDevices,
  kShellJob,
  kFileLocks,
  kLogLevel,
  kLogFile,
  kPageServer,
  kNotifyScripts,
  kRoot,
  kParentImage,
  kTrackMemory,
  kAutoDedup,
  kWorkDirectory,
  kLinkRemap,
  kExternalMount = 23,
  kManageCgroups,
  kCgroupRoot,
  kRestoreSibling,
  kInheritFd,
  kManageCgroupsMode = 34,
  kExternal = 37,
  kEmptyNamespaces,
  kJoinNamespace,
  kFreezeCgroup = 44,
  kTcpSkipInFlight = 46,
  kLazyPages = 48,
  kOrphanPtsMaster = 50,
  kConfigFile,
  kTcpClose,
  kLsmProfile,
  kLsmMountContext = 63,
  kNetworkLock,
};

struct Notification {
  std::string script;  // "post-restore"
  int pid = 0;
  sys::UniqueFd fd;
};
using Notify = std::function<Result<>(Notification&&)>;

// What the process of criu is to be like, beyond an heir of our 0, 1 and 2. All descriptors are borrowed.
struct Surroundings {
  std::vector<int> passed;              // become 4, 5, ...
  int mount_namespace = -1, root = -1;  // where it works, and "/" in there; -1: with us
  // It is killed when we die. Good for a restore, whose half-made processes `delete` can end only without their tracer; a dump has
  // to clean up behind itself in the processes that it saves.
  bool dies_with_us = false;
};
inline constexpr int kFirstPassed = 4;

class Session {
  Child process_;
  sys::UniqueFd socket_;

 public:
  Session() = default;
  Session(Session&&) = default;
  ~Session();  // a criu that still runs has nobody to work for: it ends
  // The words of an error when there is no criu: `exec: "criu": executable file not found in $PATH`.
  static Result<Session> start(const Surroundings& surroundings = {});
  int pid() const { return process_.pid; }
  // From the request to its response, with criu's end. An error of `notify` makes criu undo what it did. `response`: the whole
  // message.
  Result<> exchange(Request type, const protobuf::Writer* options, const Notify& notify, std::string* response = nullptr,
                    const protobuf::Writer* features = nullptr);
};

// Refuses a criu that is too old to know our options: "CRIU version 30000 must be 31600 or higher". Starts one.
Result<> check_version();
enum class Feature : unsigned { memory_tracking = 1, lazy_pages = 2 };
// "criu is missing features: [MemTrack]". Starts one.
Result<> check_feature(Feature feature);

// The option of --manage-cgroups-mode; "invalid manage-cgroups-mode value".
Result<int> cgroup_mode(std::string_view word);
// Of --network-lock; 0 = criu's default. "invalid network-lock value".
Result<int> network_lock(std::string_view word);
// The last lines about errors in a log of criu, the cause among them; "" where there is none.
std::string last_errors(std::string_view log);

}  // namespace container::criu
