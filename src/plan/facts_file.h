// plan/facts_file.h: host facts from a file, for `minc-oci plan --facts FILE` and the golden tests.
//
//   {"kernel": "6.1", "euid": 0, "egid": 0, "initialUserNamespace": true, "rootless": false, "setgroupsDenied": false,
//    "permittedCapabilities": "1ffffffffff", "boundingCapabilities": "1ffffffffff", "lastCapability": 40,
//    "cgroup": {"mode": "v1", "hierarchies": [{"controllers": "cpu", "mountPoint": "/sys/fs/cgroup/cpu", "ownPath": "/"}],
//               "v2Controllers": []},
//    "systemd": false, "apparmor": false, "selinux": false, "hasKcore": true, "hugepageSizes": [2097152]}
//
// Every key may be missing and then has HostFacts' own value; an unknown one is an error. Capabilities are written as
// /proc/PID/status has them: hexadecimal digits.
#pragma once
#include <string_view>

#include "plan/facts.h"
#include "support/result.h"

namespace plan {

Result<HostFacts> read_facts(std::string_view text);

}  // namespace plan
