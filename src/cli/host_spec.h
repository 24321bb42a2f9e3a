// cli/host_spec.h: what is asked for and what the host is like → the config.json of a container over the host. Pure.
#pragma once
#include <string>
#include <utility>
#include <vector>

#include "cli/host_options.h"
#include "cli/host_user.h"

namespace cli {

// What the config depends on beside the options.
struct HostView {
  std::string id, hostname, cwd;         // cwd: the caller's, absolute
  std::vector<std::string> environment;  // the caller's, "K=V"
  bool terminal = false;
  std::string state_root;
  std::string attach_point;          // an existing directory of the host, for root.path
  std::string resolv_conf;           // where /etc/resolv.conf leads, when that is below /run; "" = nowhere that is hidden
  std::vector<std::string> secrets;  // existing paths that `strict` hides
  std::vector<std::string> bases;    // HostOptions::bases, absolute and without symlinks
  HostUser user;
};

// The document, indented, with a newline at its end. Refuses binds that are none.
Result<std::string> host_config(const HostOptions& options, const HostView& view);

}  // namespace cli
