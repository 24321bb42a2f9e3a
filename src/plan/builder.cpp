#include "plan/builder.h"

namespace plan {
namespace {

// FNV-1a: short texts, no adversary (an equal hash only costs a comparison).
std::size_t hash(std::string_view words) {
  std::uint64_t value = 0xcbf29ce484222325;
  for (const char letter : words) value = (value ^ static_cast<unsigned char>(letter)) * 0x100000001b3;
  return static_cast<std::size_t>(value ^ value >> 32);
}

}  // namespace

Builder::Builder() : known_(256) {
  bytes_.reserve(16384);  // a default container's image is about 10 KiB
  bytes_.resize(sizeof(Header));
  steps_.reserve(64);
}

std::uint32_t Builder::place(const void* data, std::size_t size, std::size_t alignment) {
  const std::size_t offset = (bytes_.size() + alignment - 1) / alignment * alignment;
  bytes_.resize(offset + size);
  if (size != 0) std::memcpy(bytes_.data() + offset, data, size);
  return static_cast<std::uint32_t>(offset);
}

// The entry that holds `words`, or the free one where they belong.
Text& Builder::find(std::string_view words) {
  for (std::size_t at = hash(words);; ++at) {
    Text& entry = known_[at & (known_.size() - 1)];
    if (!entry) return entry;
    if (entry.length == words.size() && std::memcmp(bytes_.data() + entry.offset, words.data(), words.size()) == 0) return entry;
  }
}

void Builder::grow_known() {
  std::vector<Text> old(known_.size() * 2);
  old.swap(known_);
  for (const Text entry : old)
    if (entry) find({reinterpret_cast<const char*>(bytes_.data()) + entry.offset, entry.length}) = entry;
}

Text Builder::text(std::string_view words) {
  if (known_count_ * 2 >= known_.size()) grow_known();
  Text& entry = find(words);
  if (!entry) {
    entry = {place(words.data(), words.size(), 1), static_cast<std::uint32_t>(words.size())};
    bytes_.push_back(std::byte{0});
    ++known_count_;
  }
  return entry;
}

Range Builder::texts(const std::vector<std::string>& words) {
  std::vector<Text> places;
  places.reserve(words.size());
  for (const std::string& word : words) places.push_back(text(word));
  return array<Text>(places);
}

Step& Builder::add(Kind kind, std::string_view origin) {
  const Text where = optional_text(origin);
  Step& step = steps_.emplace_back();
  std::memset(static_cast<void*>(&step), 0, sizeof step);  // padding too: the same config gives the same bytes
  step.kind = kind;
  step.stage = stage_;
  step.origin = where;
  return step;
}

Slot Builder::descriptor(DescriptorKind kind, std::string_view path, std::string_view origin, std::uint32_t about) {
  descriptors_.push_back({kind, -1, optional_text(path), optional_text(origin), about});
  return static_cast<Slot>(descriptors_.size() - 1);
}

std::vector<std::byte> Builder::finish() {
  Header header{kMagic, kVersion, 0, 0, 0, 0, 0, -1};
  header.step_count = static_cast<std::uint32_t>(steps_.size());
  header.descriptor_count = static_cast<std::uint32_t>(descriptors_.size());
  header.steps_offset = place(steps_.data(), steps_.size() * sizeof(Step), alignof(Step));
  header.descriptors_offset = place(descriptors_.data(), descriptors_.size() * sizeof(Descriptor), alignof(Step));
  header.size = static_cast<std::uint32_t>(bytes_.size());
  std::memcpy(bytes_.data(), &header, sizeof header);
  return std::move(bytes_);
}

}  // namespace plan
