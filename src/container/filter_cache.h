// container/filter_cache.h: compiled seccomp filters below ROOT/@cache, a file a key ('@' begins no container's id).
#pragma once
#include <string>

#include "plan/seccomp.h"

namespace container {

// Keys are hexadecimal digests made by plan/seccomp. Everything is best effort: a cache that cannot be read or written, or that is
// not ours alone, is one that is not there.
class DirectoryFilterCache final : public plan::FilterCache {
  std::string directory_;

 public:
  explicit DirectoryFilterCache(const std::string& root) : directory_(root + "/@cache") {}
  std::optional<std::vector<plan::Instruction>> find(const std::string& key) override;
  void keep(const std::string& key, const std::vector<plan::Instruction>& instructions) override;
};

}  // namespace container
