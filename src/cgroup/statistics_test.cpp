// Against trees of plain files where no kernel here has the thing; against real groups in tests/integration/events.bats.
#include "cgroup/statistics.h"

#include <sys/stat.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "cgroup/numbers.h"
#include "cgroup/room.h"

namespace {

class Directory {
 public:
  Directory() { path_ = ::mkdtemp(path_.data()); }
  ~Directory() { std::filesystem::remove_all(path_); }
  Directory(const Directory&) = delete;
  Directory& operator=(const Directory&) = delete;
  const std::string& path() const { return path_; }
  void put(const std::string& name, const std::string& text) const { std::ofstream(path_ + "/" + name) << text; }

 private:
  std::string path_ = "/tmp/minc-oci-statistics-XXXXXX";
};

cgroup::Statistics read(const Directory& directory, const std::string& controllers) {
  cgroup::Group group{{controllers, directory.path()}};
  return *cgroup::read_statistics(group);
}

}  // namespace

TEST_CASE("statistics v2: cpu in nanoseconds, pressure, io under v1's names") {
  const Directory tree;
  tree.put("cpu.stat", "usage_usec 30\nuser_usec 20\nsystem_usec 10\nnr_periods 4\nnr_throttled 3\nthrottled_usec 2\nnew_key 5\n");
  tree.put("cpu.pressure", "some avg10=1.50 avg60=0.25 avg300=0.00 total=77\nfull avg10=0.00 avg60=0.00 avg300=100.00 total=0\n");
  tree.put("io.stat", "8:0 rbytes=4096 wbytes=0 rios=2 wios=1 dbytes=9 dios=9\n253:1 \n");
  const cgroup::Statistics all = read(tree, "");
  CHECK(all.cpu.total == 30000);
  CHECK(all.cpu.user == 20000);
  CHECK(all.cpu.kernel == 10000);
  CHECK(all.cpu.throttled_time == 2000);
  REQUIRE(all.cpu.pressure);
  CHECK(all.cpu.pressure->some.avg10 == 1.5);
  CHECK(all.cpu.pressure->some.total == 77);
  CHECK(all.cpu.pressure->full.avg300 == 100);
  REQUIRE(all.io.service_bytes.size() == 2);
  CHECK(all.io.service_bytes[0].major == 8);
  CHECK(all.io.service_bytes[0].op == "Read");
  CHECK(all.io.service_bytes[0].value == 4096);
  CHECK(all.io.serviced[1].value == 1);
  CHECK(!all.io.pressure);
}

TEST_CASE("statistics v2: swap counts memory and swap together, as v1 does") {
  const Directory tree;
  tree.put("memory.stat", "anon 5\nfile 6\n");
  tree.put("memory.current", "100\n");
  tree.put("memory.max", "max\n");
  tree.put("memory.peak", "150\n");
  tree.put("memory.swap.current", "11\n");
  tree.put("memory.swap.max", "1000\n");
  const cgroup::MemoryStatistics memory = read(tree, "").memory;
  CHECK(memory.cache == 6);
  CHECK(memory.raw.at("anon") == 5);
  CHECK(memory.usage.limit == cgroup::kNoLimit);
  CHECK(memory.usage.max == 150);
  CHECK(memory.swap.usage == 111);
  CHECK(memory.swap.max == 0);
  tree.put("memory.max", "2000\n");
  CHECK(read(tree, "").memory.swap.limit == 3000);
}

TEST_CASE("statistics v2: huge pages, and pids with and without the controller") {
  const Directory tree;
  tree.put("hugetlb.2MB.current", "1\n");
  tree.put("hugetlb.2MB.rsvd.current", "7\n");
  tree.put("hugetlb.2MB.events", "max 3\n");
  tree.put("hugetlb.1GB.current", "5\n");
  tree.put("cgroup.procs", "10\n11\n");
  cgroup::Statistics all = read(tree, "");
  CHECK(all.hugetlb.size() == 2);
  CHECK(all.hugetlb.at("2MB").usage == 7);
  CHECK(all.hugetlb.at("2MB").failcnt == 3);
  CHECK(all.hugetlb.at("1GB").usage == 5);
  CHECK(all.pids == 2);
  tree.put("pids.current", "9\n");
  tree.put("pids.max", "max\n");
  all = read(tree, "");
  CHECK(all.pids == 9);
  CHECK(all.pids_limit == 0);
}

TEST_CASE("statistics v1: cpuacct, cpusets, memory without swap accounting") {
  const Directory tree;
  tree.put("cpuacct.stat", "user 2\nsystem 1\n");
  tree.put("cpuacct.usage", "123\n");
  tree.put("cpuacct.usage_percpu", "100 23 \n");
  tree.put("cpuacct.usage_all", "cpu user system\n0 60 40\n1 20 3\n");
  tree.put("cpuset.cpus", "0-1,4\n");
  tree.put("cpuset.mems", "0\n");
  tree.put("cpuset.sched_load_balance", "1\n");
  tree.put("cpuset.sched_relax_domain_level", "-1\n");
  tree.put("memory.stat", "cache 8\nrss 9\n");
  tree.put("memory.usage_in_bytes", "17\n");
  tree.put("memory.limit_in_bytes", "9223372036854771712\n");
  const cgroup::Statistics all = read(tree, "cpuset,cpuacct,memory");
  CHECK(all.cpu.user == 2'000'000'000 / static_cast<std::uint64_t>(::sysconf(_SC_CLK_TCK)));
  CHECK(all.cpu.percpu == std::vector<std::uint64_t>{100, 23});
  CHECK(all.cpu.percpu_user == std::vector<std::uint64_t>{60, 20});
  CHECK(all.cpu.percpu_kernel == std::vector<std::uint64_t>{40, 3});
  CHECK(all.cpuset.cpus == std::vector<std::uint16_t>{0, 1, 4});
  CHECK(all.cpuset.sched_relax_domain_level == -1);
  CHECK(all.memory.cache == 8);
  CHECK(all.memory.usage.limit == 9223372036854771712U);
  CHECK(all.memory.swap.limit == 0);
}

TEST_CASE("statistics v1: block io from whoever counts it") {
  const Directory tree;
  tree.put("blkio.throttle.io_serviced", "8:0 Read 4\n8:0 Total 4\nTotal 4\n");
  tree.put("blkio.throttle.io_service_bytes", "8:0 Read 4096\nTotal 4096\n");
  cgroup::IoStatistics io = read(tree, "blkio").io;
  REQUIRE(io.serviced.size() == 2);
  CHECK(io.serviced[1].op == "Total");
  CHECK(io.service_bytes[0].value == 4096);
  tree.put("blkio.bfq.io_serviced_recursive", "Total 0\n");  // BFQ is there and has seen nothing
  CHECK(read(tree, "blkio").io.serviced.size() == 2);
  tree.put("blkio.bfq.io_serviced_recursive", "8:16 Write 5\nTotal 5\n");
  io = read(tree, "blkio").io;
  REQUIRE(io.serviced.size() == 1);
  CHECK(io.serviced[0].minor == 16);
}

TEST_CASE("update: what a file said, in the form that it is written") {
  CHECK(cgroup::former_value("memory.max", "max", "5") == "max");
  CHECK(cgroup::former_value("cpu.max", "max 100000", "5 10") == "max 100000");
  CHECK(cgroup::former_value("cpuset.cpus", "", "0") == "\n");
  CHECK(cgroup::former_value("memory.oom_control", "oom_kill_disable 1\nunder_oom 0", "0") == "1");
  CHECK(cgroup::former_value("blkio.throttle.read_bps_device", "8:0 5\n8:16 7", "8:16 9") == "8:16 7");
  CHECK(cgroup::former_value("blkio.throttle.read_bps_device", "", "8:16 9") == "8:16 0");
  CHECK(cgroup::former_value("io.max", "8:0 rbps=1 wbps=max", "8:0 wbps=5") == "8:0 rbps=1 wbps=max");
  CHECK(cgroup::former_value("io.max", "", "8:0 wbps=5") == "8:0 wbps=max");
  CHECK(cgroup::former_value("io.weight", "default 100\n8:0 5", "200") == "default 100");
  CHECK(cgroup::former_value("io.weight", "default 100", "8:0 5") == "8:0 default");
  CHECK(cgroup::former_value("net_prio.ifpriomap", "lo 0\neth0 3", "eth0 5") == "eth0 3");
  CHECK(cgroup::former_value("rdma.max", "mlx hca_handle=2 hca_object=max", "mlx hca_handle=9") ==
        "mlx hca_handle=2 hca_object=max");
}
