// container/files.h: small whole files and paths of the host. open(2), path_resolution(7).
#pragma once
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "support/result.h"
#include "sys/file.h"

namespace container {

// Up to `limit` bytes of a file of the kernel's (procfs, cgroupfs) or of ours, in as few reads as its size needs. EFBIG beyond.
sys::Result<std::string> read_whole(int dirfd, const char* path, std::size_t limit);
// One read(2) of at most a page: for the kernel's small files, whose first read gives all.
sys::Result<std::string> read_head(int dirfd, const char* path);
// All of an open file, from where it stands.
sys::Result<std::string> read_rest(int fd, std::size_t limit, std::size_t expected = 0);
// All of `text`, in as many writes as the kernel takes.
sys::Result<> write_all(int fd, std::string_view text);
// A new file (O_EXCL, no symlink followed) with `text` in it. `mode` is subject to the umask.
sys::Result<> write_new(int dirfd, const char* path, std::string_view text, unsigned mode);

// A document that a person or an engine gave: it must be a regular file of at most `limit` bytes. A fifo or a device is refused
// before anything is read, so that it cannot hang us.
Result<std::string> read_document(const std::string& path, std::size_t limit);

// The same for a file that the caller of a command names for this one call: it may also be a pipe, as in `exec --process <(...)`,
// and is then waited for until its writer is done.
Result<std::string> read_given(const std::string& path, std::size_t limit);

Result<std::string> working_directory();
// `path` itself when absolute, else below the working directory; cleaned by letters only (text::clean_path).
Result<std::string> absolute_path(std::string_view path);
// The directory part ("." without a slash) and the last component.
struct SplitPath {
  std::string directory, name;
};
SplitPath split_path(std::string_view path);

// What `program` is found as: itself when it has a slash, else the first executable of that name along PATH. "" = nowhere.
std::string find_host_program(std::string_view program);

}  // namespace container
