// init/run.h: what init knows while it goes through the plan.
#pragma once
#include "handshake/init_end.h"
#include "init/result.h"
#include "init/target.h"
#include "plan/image.h"

namespace init {

struct Run {
  plan::View plan;
  std::uint32_t step = 0;      // the index of the one that runs: where a failure is
  handshake::InitEnd runtime;  // closed when `create` has its last word
  int answer = -1;             // then failures go here: the answer fifo
  bool proceeded = false;      // the runtime has let us go: its death is no longer ours
  bool dumpable = true;
  bool live = false;    // a plan without a program: mounts of a container that runs
  bool joined = false;  // a namespace of others: nothing may be shown from here on

  Rootfs rootfs;
  std::uint32_t host_propagation = 0;  // as set_host_propagation left the host's tree, 0 = untouched

  // hide: one /dev/null and one empty directory serve every mask
  sys::UniqueFd null_tree, dark_tree;
  bool null_attached = false, dark_attached = false;

  sys::UniqueFd proc;  // kernel_files: the procfs for sysctl, until exec

  // program
  std::string_view unreached_directory;  // change_directory as root was denied; the user may succeed
  std::uint32_t unreached_step = 0;
  const char* program = nullptr;  // what find_program found
  const char* home = nullptr;     // "HOME=..." or nothing to add

  std::string_view text(plan::Text where) const { return plan.text(where); }
  const char* c_str(plan::Text where) const { return plan.c_str(where); }
};

}  // namespace init
