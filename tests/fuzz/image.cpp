// Any bytes as a plan's image: refused, or every accessor stays in bounds (the sanitizer watches) and every step can be described.
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <vector>

#include "plan/plan.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::vector<std::byte> image(size);  // aligned, and of its own size, so that a byte too far is seen
  if (size != 0) std::memcpy(image.data(), data, size);
  if (size >= sizeof(plan::Header)) {  // the size is what a fuzzer finds last
    plan::Header& header = *reinterpret_cast<plan::Header*>(image.data());
    header.magic = plan::kMagic;
    header.version = plan::kVersion;
    header.size = static_cast<std::uint32_t>(size);
  }
  if (!plan::View::check(image)) return 0;
  const plan::View view(image.data());
  for (const plan::Step& step : view.steps()) (void)plan::describe(view, step);
  return 0;
}
