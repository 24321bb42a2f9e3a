// plan/builder.h: writes an image (plan/image.h): texts and arrays straight into one block of bytes, the two tables behind
// them when all is known. A text that was written before is found again and not written twice.
#pragma once
#include <cstddef>
#include <cstring>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include "plan/image.h"

namespace plan {

class Builder {
  std::vector<std::byte> bytes_;
  std::vector<Step> steps_;
  std::vector<Descriptor> descriptors_;
  std::vector<Text> known_;  // hash table of the texts in `bytes_`, open addressing, a power of two; {0,0} = free
  std::size_t known_count_ = 0;
  Stage stage_ = Stage::host_root;

  std::uint32_t place(const void* data, std::size_t size, std::size_t alignment);
  Text& find(std::string_view words);
  void grow_known();

 public:
  Builder();

  // NUL-terminated; an empty text has a place too ("no text" is Text{}).
  Text text(std::string_view words);
  Text optional_text(std::string_view words) { return words.empty() ? Text{} : text(words); }
  Range texts(const std::vector<std::string>& words);
  template <class T>
    requires std::is_trivially_copyable_v<T>
  Range array(std::span<const T> items) {
    static_assert(alignof(T) <= 8);
    if (items.empty()) return {};
    return {place(items.data(), items.size_bytes(), 8), static_cast<std::uint32_t>(items.size())};
  }

  // Steps added from here on belong to `stage`.
  void enter(Stage stage) { stage_ = stage; }
  // A step without operands, which the caller fills in before the next one is added. `origin`: JSON pointer, "" = a default of
  // ours.
  Step& add(Kind kind, std::string_view origin = {});
  // `path` "" = the runtime knows it. `about`: see Descriptor::step.
  Slot descriptor(DescriptorKind kind, std::string_view path, std::string_view origin, std::uint32_t about = 0);
  std::uint32_t next_step() const { return static_cast<std::uint32_t>(steps_.size()); }
  const std::vector<Step>& steps() const { return steps_; }

  // The whole image. The builder is used up.
  std::vector<std::byte> finish();
};

}  // namespace plan
