// Process: the runtime, on the host. What is read here becomes a container's filter: a file counts only when it is regular, the
// caller's own, not writable by others, and holds its key.
#include "container/filter_cache.h"

#include <unistd.h>

#include <algorithm>
#include <cstring>

#include "container/files.h"

namespace container {
namespace {

constexpr std::size_t kMostInstructions = 32768;  // BPF_MAXINSNS is 4096; libseccomp may export a little more, never this
constexpr std::string_view kMagic = "minc-oci filter 1\n";

bool is_file_name(std::string_view key) {
  return !key.empty() && key.size() <= 200 && key[0] != '.' &&
         std::ranges::none_of(key, [](char letter) { return letter == '/' || letter == '\0'; });
}

std::string header(const std::string& key) { return std::string(kMagic) + key + '\n'; }

}  // namespace

std::optional<std::vector<plan::Instruction>> DirectoryFilterCache::find(const std::string& key) {
  if (!is_file_name(key)) return std::nullopt;
  const std::string path = directory_ + '/' + key;
  const auto file = sys::openat(AT_FDCWD, path.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
  if (!file) return std::nullopt;
  const auto stat = sys::stat_fd(file->get());
  if (!stat || !stat->is_regular() || stat->uid != ::geteuid() || (stat->mode & 0022) != 0) return std::nullopt;
  const std::string head = header(key);
  constexpr std::size_t kOne = sizeof(plan::Instruction);
  if (stat->size <= head.size() || stat->size > head.size() + kMostInstructions * kOne || (stat->size - head.size()) % kOne != 0)
    return std::nullopt;
  const auto text = read_rest(file->get(), stat->size, static_cast<std::size_t>(stat->size));
  if (!text || text->size() != stat->size || !text->starts_with(head)) return std::nullopt;
  std::vector<plan::Instruction> instructions((text->size() - head.size()) / kOne);
  std::memcpy(instructions.data(), text->data() + head.size(), instructions.size() * kOne);
  return instructions;
}

void DirectoryFilterCache::keep(const std::string& key, const std::vector<plan::Instruction>& instructions) {
  if (!is_file_name(key) || instructions.empty()) return;
  (void)sys::mkdirat(AT_FDCWD, directory_.c_str(), 0700);
  std::string text = header(key);
  text.append(reinterpret_cast<const char*>(instructions.data()), instructions.size() * sizeof(plan::Instruction));
  // Whole or not at all; two writers of one key write the same.
  const std::string temporary = directory_ + "/." + std::to_string(::getpid());
  const std::string path = directory_ + '/' + key;
  if (!write_new(AT_FDCWD, temporary.c_str(), text, 0600)) return;
  if (!sys::renameat(AT_FDCWD, temporary.c_str(), AT_FDCWD, path.c_str())) (void)sys::unlinkat(AT_FDCWD, temporary.c_str());
}

}  // namespace container
