// plan/samples.h: configs for this room's tests, made by hand: nothing there depends on the reader.
#pragma once
#include "config/spec.h"

namespace plan::samples {

// The least that the compiler takes: a program, a root and a mount namespace.
inline config::Spec minimal() {
  config::Spec spec;
  spec.oci_version = "1.3.0";
  spec.root = config::Root{"rootfs", false};
  spec.process.emplace();
  spec.process->args = {"sh"};
  spec.process->cwd = "/";
  spec.linux_.namespaces = {{"mount", ""}};
  return spec;
}

}  // namespace plan::samples
