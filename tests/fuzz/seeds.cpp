// What no document of the tests shows: a fuzzer would need long to find the first whole image or message by itself.
#include <fstream>

#include "cgroup/bus_message.h"
#include "config/read.h"
#include "container/protobuf.h"
#include "container/state_file.h"
#include "plan/facts_file.h"
#include "tests/fuzz/targets.h"

namespace fuzz {
namespace {

void write(const std::string& path, std::string_view bytes) {
  std::ofstream file(path, std::ios::binary);
  file << bytes;
  must(file.good());
}

void write_image(const std::string& path, const char* document, const char* facts) {
  plan::Request request;
  request.id = "fuzz";
  request.bundle = "/bundle";
  request.rootfs = "/bundle/rootfs";
  const auto plan = plan::compile(spec_of(read_file(document)), plan::read_facts(read_file(facts)).value(), request);
  must(plan.has_value());
  write(path, {reinterpret_cast<const char*>(plan->image.data()), plan->image.size()});
}

std::string state_text() {
  container::State state;
  state.oci_version = container::kSpecVersion;
  state.id = "box";
  state.bundle = "/bundle";
  state.rootfs = "/bundle/rootfs";
  state.init = {4711, 815};
  state.runtime = {4710, 814};
  state.namespaces = 0x20000000;
  state.poststop_hooks = true;
  state.external_descriptors = {"/dev/null", "pipe:[1]"};
  state.annotations.emplace_back("a.key", "a value");
  state.cgroup.push_back({"memory", "/sys/fs/cgroup/memory/box", cgroup::Member::Made::by_us});
  return container::write_state(state);
}

}  // namespace

void write_seeds(const std::string& directory) {
  write_image(directory + "/image/default", "default.json", "facts-v1.json");
  write_image(directory + "/image/everything", "everything.json", "facts-v2.json");
  write_image(directory + "/image/rootless", "rootless.json", "facts-rootless.json");
  write(directory + "/state/whole", state_text());
  write(directory + "/arguments/options",
        "--root\n/run/x\n-d\n--env=A=1\n-g\n5\n--preserve-fds\n3\n--cpu-quota=-1\n--interval\n1h2m3.5s\n64M\nSIGRTMIN+3");
  write(directory + "/arguments/user",
        "bob:wheel\nroot:x:0:0:root:/root:/bin/sh\nbob:x:1000:1000::/home/bob:/bin/sh\nwheel:x:10:bob,root\n");
  cgroup::bus::Message message;
  message.kind = cgroup::bus::Kind::signal;
  message.path = "/org/freedesktop/systemd1";
  message.interface = "org.freedesktop.systemd1.Manager";
  message.member = "JobRemoved";
  message.body.push_back({"u", 7, {}, {}});
  message.body.push_back({"s", 0, "done", {}});
  write(directory + "/messages/bus", cgroup::bus::marshal(message));
  container::protobuf::Writer inner, outer;
  inner.number(1, -1).text(2, "criu");
  write(directory + "/messages/criu", outer.number(1, 3).flag(2, true).message(3, inner).bytes());
}

}  // namespace fuzz
