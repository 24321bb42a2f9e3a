// The rows of docs/resources.md that no kernel of the tests can play (a dagger): files of an ordinary directory stand in for the
// kernel's, so that at least the path from config.json to the file's text is played.
#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>

#include "cgroup/room.h"
#include "plan/cgroup.h"

namespace {

class MadeUpTree {
 public:
  MadeUpTree() {
    char name[] = "/tmp/minc-oci-test.XXXXXX";
    top_ = ::mkdtemp(name);
  }
  MadeUpTree(const MadeUpTree&) = delete;
  ~MadeUpTree() { std::filesystem::remove_all(top_); }

  void add(const std::string& file) {
    std::filesystem::create_directories(std::filesystem::path(top_ + file).parent_path());
    std::ofstream(top_ + file).flush();
  }
  std::string text(const std::string& file) const {
    std::ifstream in(top_ + file);
    return {std::istreambuf_iterator<char>(in), {}};
  }
  void apply(const config::Resources& resources, plan::CgroupLayout layout) const {
    plan::HostFacts facts;
    facts.cgroup = std::move(layout);
    facts.initial_user_namespace = false;  // no rules of devices
    for (plan::CgroupHierarchy& hierarchy : facts.cgroup.hierarchies) hierarchy.mount_point = top_ + hierarchy.mount_point;
    config::Spec spec;
    spec.linux_.cgroups_path = "/box";
    spec.linux_.resources = resources;
    std::vector<std::string> warnings;
    const auto plan = plan::compile_cgroup(spec, facts, {}, warnings);
    if (!plan) FAIL(plan.error().what);
    cgroup::Tree tree;
    const auto before = cgroup::apply_writes(tree, *plan, plan->writes_before_join);
    if (!before) FAIL(before.error().what);
    const auto applied = cgroup::apply(*plan);
    if (!applied) FAIL(applied.error().what);
  }

 private:
  std::string top_;
};

config::Resources all_that_is_rare() {
  config::Resources resources;
  resources.cpu.emplace();
  resources.block_io.emplace();
  resources.block_io->weight = 750;
  resources.block_io->weight_device = {{8, 0, 650, {}}};
  resources.rdma = {{"rxe0", {3, 10000}}};
  return resources;
}

}  // namespace

TEST_CASE("made-up tree: rare limits of v1") {
  MadeUpTree tree;
  for (const char* file : {"/cpu/box/cpu.rt_period_us", "/cpu/box/cpu.rt_runtime_us", "/blkio/box/blkio.bfq.weight",
                           "/blkio/box/blkio.bfq.weight_device", "/blkio/box/blkio.leaf_weight",
                           "/blkio/box/blkio.leaf_weight_device", "/rdma/box/rdma.max"})
    tree.add(file);
  config::Resources resources = all_that_is_rare();
  resources.cpu->realtime_period = 500000;
  resources.cpu->realtime_runtime = 1000;
  resources.block_io->leaf_weight = 100;
  resources.block_io->weight_device[0].leaf_weight = 100;
  tree.apply(resources,
             {plan::CgroupLayout::Mode::v1, {{"cpu", "/cpu", "/"}, {"blkio", "/blkio", "/"}, {"rdma", "/rdma", "/"}}, {}});
  CHECK(tree.text("/cpu/box/cpu.rt_period_us") == "500000");
  CHECK(tree.text("/cpu/box/cpu.rt_runtime_us") == "1000");
  CHECK(tree.text("/blkio/box/blkio.bfq.weight") == "750");
  CHECK(tree.text("/blkio/box/blkio.bfq.weight_device") == "8:0 650");
  CHECK(tree.text("/blkio/box/blkio.leaf_weight") == "100");
  CHECK(tree.text("/blkio/box/blkio.leaf_weight_device") == "8:0 100");
  CHECK(tree.text("/rdma/box/rdma.max") == "rxe0 hca_handle=3 hca_object=10000");
}

TEST_CASE("made-up tree: rare limits of v2, with BFQ and with the cost model") {
  const plan::CgroupLayout layout{plan::CgroupLayout::Mode::v2, {{"", "", "/"}}, {"io", "rdma"}};
  for (const bool bfq : {true, false}) {
    MadeUpTree tree;
    const std::string weight = bfq ? "/box/io.bfq.weight" : "/box/io.weight";
    tree.add(weight);
    tree.add("/box/rdma.max");
    tree.apply(all_that_is_rare(), layout);
    // Two writes, which a kernel reads one by one: into a file that stays open, or one that is opened again after io.bfq.weight
    // failed.
    CHECK(tree.text(weight) == (bfq ? "7508:0 650" : "8:0 6465"));
    CHECK(tree.text("/box/rdma.max") == "rxe0 hca_handle=3 hca_object=10000");
  }
}
