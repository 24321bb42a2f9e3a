// container/bundle.h: from a bundle and the command line to a plan, before any effect.
#pragma once
#include <optional>
#include <string>

#include "container/container.h"
#include "overlay/overlay.h"
#include "plan/plan.h"
#include "plan/seccomp.h"
#include "support/result.h"

namespace container {

struct Bundle {
  std::string path;      // absolute, without symlinks; the working directory
  std::string document;  // config.json's name, for messages
  std::string text;      // config.json as it was read
  config::Spec spec;
  std::string rootfs;  // absolute
  std::optional<overlay::Request> overlay;
};

// Goes to the bundle (chdir(2)), reads and validates. `bundle.text` is filled as soon as it is known, also when this fails: the
// error's place is looked up in it.
Result<> open_bundle(const CreateOptions& options, Bundle& bundle);

// The config of a container that exists, from the copy made at `create`, with the user namespace that it has got without asking.
Result<config::Spec> saved_spec(const Entry& entry, const State& state);

struct PlanNeeds {
  bool wait_for_start = false;
  std::string notify_directory;  // "" = none
  plan::FilterCache* filter_cache = nullptr;
};
Result<plan::Plan> compile_bundle(const Context& context, const CreateOptions& options, const Bundle& bundle,
                                  const plan::HostFacts& facts, const PlanNeeds& needs);

// LISTEN_FDS where LISTEN_PID is this process, else 0. sd_listen_fds(3)
std::uint32_t listen_fds();
// Refuses --preserve-fds of descriptors that are not open. To be called before this room opens anything.
Result<> check_preserved(std::uint32_t listen, std::uint32_t preserve);

}  // namespace container
