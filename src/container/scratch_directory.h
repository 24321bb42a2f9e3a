// container/scratch_directory.h: for this room's tests: a directory that goes with the test.
#pragma once
#include <cstdlib>
#include <string>

namespace container {

struct ScratchDirectory {
  std::string path;
  ScratchDirectory() {
    char name[] = "/tmp/minc-oci-test.XXXXXX";
    path = ::mkdtemp(name) != nullptr ? name : "";
  }
  ScratchDirectory(const ScratchDirectory&) = delete;
  ~ScratchDirectory() {
    if (!path.empty() && std::system(("rm -rf -- '" + path + "'").c_str()) != 0) path.clear();
  }
};

}  // namespace container
