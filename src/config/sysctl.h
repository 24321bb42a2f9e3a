// config/sysctl.h: keys of linux.sysctl as paths. sysctl(8).
#pragma once
#include <string>
#include <string_view>

namespace config {

// Path below /proc/sys: "net.ipv4.conf.eno2/100.rp_filter" and "net/ipv4/conf/eno2.100/rp_filter" are the same key, because the
// separator that comes first decides, and the other one is then a letter that stands for a dot.
std::string sysctl_path(std::string_view key);
// The type (of linux.namespaces) of the namespace whose own value the path has, "" = none has it.
std::string_view sysctl_namespace(std::string_view path);

}  // namespace config
