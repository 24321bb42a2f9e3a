// overlay/fs_context.h: a filesystem that is being configured, with the kernel's own words in every error. fsopen(2), fsconfig(2).
#pragma once
#include <string>
#include <string_view>

#include "support/result.h"
#include "sys/unique_fd.h"

namespace overlay {

class FsContext {
  sys::UniqueFd fs_;
  std::string type_;

  // The error with what the kernel wrote into the context's log about it (e.g. "too many lower directories, limit is 500").
  std::unexpected<Error> failed(std::string_view doing, sys::Errno error) const;

 public:
  static Result<FsContext> open(const char* type);
  Result<> set(const char* key, const std::string& value);
  Result<> set_flag(const char* key);
  Result<> set_descriptor(const char* key, int fd);
  // Makes the superblock, and a detached mount of it with MOUNT_ATTR_* `attributes`.
  Result<sys::UniqueFd> mount(unsigned attributes);
};

}  // namespace overlay
