#include "overlay/fs_context.h"

#include <array>

#include "sys/mount.h"

namespace overlay {

Result<FsContext> FsContext::open(const char* type) {
  FsContext context;
  context.type_ = type;
  auto fs = sys::fsopen(type);
  if (fs.code() == 19) return fail("this kernel has no filesystem " + std::string(type), fs.error());  // ENODEV
  if (!fs) return fail("fsopen " + context.type_, fs.error());
  context.fs_ = take(std::move(fs));
  return context;
}

std::unexpected<Error> FsContext::failed(std::string_view doing, sys::Errno error) const {
  std::string words;
  std::array<char, 512> line;
  // Each read gives one message: a letter for its weight, a blank, the text. ENODATA ends them; the bound is for a kernel that
  // lies.
  for (int count = 0; count < 16; ++count) {
    const auto got = sys::read(fs_.get(), std::as_writable_bytes(std::span{line}));
    if (!got || *got < 3) break;
    std::string_view message(line.data(), *got);
    message.remove_prefix(2);
    if (message.ends_with('\n')) message.remove_suffix(1);
    words.append(words.empty() ? " (" : "; ").append(message);
  }
  if (!words.empty()) words.push_back(')');
  std::string what = std::string(doing);
  what.append(": ").append(errno_text(error.code)).append(words);
  return std::unexpected(Error{error.code, std::move(what), {}, {}});
}

Result<> FsContext::set(const char* key, const std::string& value) {
  const auto done = sys::fsconfig_string(fs_.get(), key, value.c_str());
  if (!done) return failed(type_ + ": set " + key + '=' + value, done.error());
  return {};
}

Result<> FsContext::set_flag(const char* key) {
  const auto done = sys::fsconfig_flag(fs_.get(), key);
  if (!done) return failed(type_ + ": set " + key, done.error());
  return {};
}

Result<> FsContext::set_descriptor(const char* key, int fd) {
  const auto done = sys::fsconfig_fd(fs_.get(), key, fd);
  if (!done) return failed(type_ + ": set " + key, done.error());
  return {};
}

Result<sys::UniqueFd> FsContext::mount(unsigned attributes) {
  const auto made = sys::fsconfig_create(fs_.get());
  if (!made) return failed(type_ + ": make the filesystem", made.error());
  auto mounted = sys::fsmount(fs_.get(), attributes);
  if (!mounted) return failed(type_ + ": fsmount", mounted.error());
  return take(std::move(mounted));
}

}  // namespace overlay
