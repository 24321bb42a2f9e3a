// plan/devices.cpp: linux.devices, the default devices and links of /dev. mknod(2), pts(4).
#include <sys/stat.h>

#include "plan/compile.h"

namespace plan {
namespace {

struct Node {
  std::string path, origin;
  std::uint32_t mode = 0, uid = 0, gid = 0, major = 0, minor = 0;  // mode: type and permissions
};

struct DefaultDevice {
  std::string_view path;
  std::uint32_t major, minor;
};
constexpr std::array kDefaultDevices{DefaultDevice{"/dev/null", 1, 3},    DefaultDevice{"/dev/zero", 1, 5},
                                     DefaultDevice{"/dev/full", 1, 7},    DefaultDevice{"/dev/random", 1, 8},
                                     DefaultDevice{"/dev/urandom", 1, 9}, DefaultDevice{"/dev/tty", 5, 0}};

struct Link {
  std::string_view target, path;
};
constexpr std::array kLinks{Link{"/proc/self/fd", "/dev/fd"}, Link{"/proc/self/fd/0", "/dev/stdin"},
                            Link{"/proc/self/fd/1", "/dev/stdout"}, Link{"/proc/self/fd/2", "/dev/stderr"}};

// A /dev that is the host's, or anybody's, is not ours to fill. Every devtmpfs is the host's: there is but one.
bool dev_is_shared(const config::Spec& spec) {
  return std::ranges::any_of(spec.mounts, [](const config::Mount& mount) {
    return (config::is_bind(mount) || mount.type == "devtmpfs") && text::clean_path(mount.destination) == "/dev";
  });
}

std::uint32_t type_bits(std::string_view type) { return type == "b" ? S_IFBLK : type == "p" ? S_IFIFO : S_IFCHR; }

Result<Node> read_device(const config::Device& device, std::string origin) {
  const bool fifo = device.type == "p";
  if (!fifo && (!device.major || !device.minor || *device.major < 0 || *device.major > 0xfff || *device.minor < 0 ||
                *device.minor > 0xfffff))
    return fail("device " + text::quote(device.path) + " needs a major number 0..4095 and a minor number 0..1048575",
                std::move(origin));
  Node node{text::clean_path(device.path), std::move(origin)};
  node.mode = type_bits(device.type) | (device.file_mode.value_or(0666) & 07777);  // podman writes the type's bits too
  node.uid = device.uid.value_or(0);
  node.gid = device.gid.value_or(0);
  node.major = fifo ? 0 : static_cast<std::uint32_t>(*device.major);
  node.minor = fifo ? 0 : static_cast<std::uint32_t>(*device.minor);
  return node;
}

// The defaults in their order, each replaced by the config's device of the same path, then the config's others.
Result<std::vector<Node>> collect(const config::Spec& spec) {
  std::vector<Node> nodes;
  for (const DefaultDevice& each : kDefaultDevices)
    nodes.push_back({std::string(each.path), "", S_IFCHR | 0666, 0, 0, each.major, each.minor});
  for (std::size_t i = 0; i < spec.linux_.devices.size(); ++i) {
    Node node = TRY(read_device(spec.linux_.devices[i], text::pointer("/linux/devices", i)));
    if (node.path == "/dev/ptmx") continue;  // always the link to the container's own devpts
    const auto same = std::ranges::find(nodes, node.path, &Node::path);
    if (same != nodes.end())
      *same = std::move(node);
    else
      nodes.push_back(std::move(node));
  }
  return nodes;
}

// mknod(2) of a device is refused in every user namespace but the first: the host's node is bound instead, after init has
// made sure that it is the device which was asked for. (A fifo needs no privilege.)
void add_node(Compiler& c, const Node& node) {
  const Text path = c.build.text(node.path);
  const bool block = (node.mode & S_IFMT) == S_IFBLK;
  if (!c.in_user_namespace || (node.mode & S_IFMT) == S_IFIFO) {
    c.build.add(Kind::make_device, node.origin).device = {path, node.mode, node.uid, node.gid, node.major, node.minor};
    return;
  }
  Attributes attributes{};
  // Data goes to a device all the same; its mode, owner and times are the host's, and root may be mapped to the host's root.
  attributes.top_set = config::kAttrReadonly | config::kAttrNosuid | config::kAttrNoexec;
  attributes.base_propagation = base_propagation(c);
  c.build.add(Kind::mount_bind, node.origin).bind = {
      -1, path, path, attributes, kFromDevice | (block ? kBlockDevice : 0), node.major, node.minor};
}

void add_link(Compiler& c, std::string_view target, std::string_view path, std::uint32_t flags) {
  const Text to = c.build.text(target), where = c.build.text(path);
  c.build.add(Kind::make_symlink).symlink = {to, where, flags};
}

}  // namespace

Result<> add_devices(Compiler& c) {
  if (dev_is_shared(c.spec)) return {};
  for (const Node& node : TRY(collect(c.spec))) add_node(c, node);
  add_link(c, "pts/ptmx", "/dev/ptmx", kReplace);
  for (const Link& link : kLinks) add_link(c, link.target, link.path, 0);
  if (c.facts.has_kcore) add_link(c, "/proc/kcore", "/dev/core", 0);
  return {};
}

}  // namespace plan
