// Any bytes as a plan's image: refused, or init may follow every reference in it. The sanitizer watches each byte that is read.
#include <cstddef>
#include <cstring>
#include <vector>

#include "tests/fuzz/targets.h"

namespace fuzz {
namespace {

volatile unsigned long sum;  // what is read must count for something, or the compiler leaves it out

template <class T>
void touch(std::span<const T> values) {
  const auto* bytes = reinterpret_cast<const unsigned char*>(values.data());
  for (std::size_t i = 0; i < values.size_bytes(); ++i) sum = sum + bytes[i];
}
// With the NUL that the kernel looks for.
void touch(const plan::View& view, plan::Text text) {
  const char* characters = view.c_str(text);
  must(std::strlen(characters) == view.text(text).size());
}
void touch_texts(const plan::View& view, plan::Range range) {
  for (const plan::Text text : view.array<plan::Text>(range)) touch(view, text);
}

void follow(const plan::View& view, const plan::Step& step) {
  using plan::Kind;
  switch (step.kind) {
    case Kind::join_namespace:
      must(step.join.slot >= 0);
      sum = sum + static_cast<unsigned>(view.fd(step.join.slot));
      break;
    case Kind::join_cgroups:
      for (std::uint32_t i = 0; i < step.cgroups.count; ++i)
        sum = sum + static_cast<unsigned>(view.fd(step.cgroups.first + static_cast<plan::Slot>(i)));
      break;
    case Kind::mount_filesystem:
      for (const plan::KeyValue& option : view.array<plan::KeyValue>(step.filesystem.options))
        touch(view, option.key), touch(view, option.value);
      break;
    case Kind::run_hooks:
      for (const plan::Hook& hook : view.array<plan::Hook>(step.hooks.hooks))
        touch(view, hook.path), touch(view, hook.name), touch_texts(view, hook.args), touch_texts(view, hook.env);
      break;
    case Kind::set_memory_policy:
      touch(view.array<std::uint64_t>(step.memory_policy.nodes));
      break;
    case Kind::load_seccomp:
      touch(view.array<plan::Instruction>(step.seccomp.filter));
      break;
    case Kind::set_identity:
      touch(view.array<std::uint32_t>(step.identity.groups));
      break;
    case Kind::exec:
      touch_texts(view, step.exec.args), touch_texts(view, step.exec.env);
      break;
    default:
      break;
  }
}

}  // namespace

void read_all(const plan::View& view) {
  for (const plan::Step& step : view.steps()) {
    touch(view, step.origin);
    follow(view, step);
    must(!plan::describe(view, step).empty());
  }
  for (const plan::Descriptor& entry : view.descriptors()) touch(view, entry.path), touch(view, entry.origin);
  must(view.steps().back().kind == plan::Kind::exec);
}

void image(std::string_view bytes) {
  std::vector<std::byte> image(bytes.size());  // aligned, and of its own size, so that a byte too far is seen
  if (!bytes.empty()) std::memcpy(image.data(), bytes.data(), bytes.size());
  if (bytes.size() >= sizeof(plan::Header)) {  // the size is what a fuzzer finds last
    plan::Header& header = *reinterpret_cast<plan::Header*>(image.data());
    header.magic = plan::kMagic;
    header.version = plan::kVersion;
    header.size = static_cast<std::uint32_t>(bytes.size());
  }
  if (plan::View::check(image)) read_all(plan::View(image.data()));
}

}  // namespace fuzz
