// init/start.cpp: the first instructions of the program, and the functions of memory that the compiler and
// the headers of its library call (`used`: calls to them appear after the link-time optimiser has looked).
// Process: the one that the runtime has just made; no namespace changed by us yet.
#include <cstddef>
#include <cstdint>

#if defined(__x86_64__)
asm(R"(
  .text
  .globl _start
  .type _start, @function
_start:
  xorl %ebp, %ebp          # the outermost frame
  movq %rsp, %rdi          # argc, argv[0], ...
  andq $-16, %rsp
  call init_main
  ud2
)");
#elif defined(__aarch64__)
asm(R"(
  .text
  .globl _start
  .type _start, %function
_start:
  mov x29, xzr             // the outermost frame
  mov x30, xzr
  mov x0, sp               // argc, argv[0], ...
  bl init_main
  brk #0
)");
#endif

extern "C" {

[[gnu::used]] void* memcpy(void* __restrict to, const void* __restrict from, std::size_t size) {
#if defined(__x86_64__)
  void* const start = to;
  asm volatile("rep movsb" : "+D"(to), "+S"(from), "+c"(size) : : "memory");
  return start;
#else
  auto* put = static_cast<unsigned char*>(to);
  for (auto* get = static_cast<const unsigned char*>(from); size != 0; --size) *put++ = *get++;
  return to;
#endif
}

[[gnu::used]] void* memset(void* to, int value, std::size_t size) {
#if defined(__x86_64__)
  void* const start = to;
  asm volatile("rep stosb" : "+D"(to), "+c"(size) : "a"(value) : "memory");
  return start;
#else
  for (auto* put = static_cast<unsigned char*>(to); size != 0; --size) *put++ = static_cast<unsigned char>(value);
  return to;
#endif
}

[[gnu::used]] void* memmove(void* to, const void* from, std::size_t size) {
  auto* put = static_cast<unsigned char*>(to);
  auto* get = static_cast<const unsigned char*>(from);
  if (put <= get) return memcpy(to, from, size);  // forward is right for this overlap, and memcpy above goes forward
  while (size-- != 0) put[size] = get[size];
  return to;
}

[[gnu::used]] int memcmp(const void* a, const void* b, std::size_t size) {
  auto* left = static_cast<const unsigned char*>(a);
  auto* right = static_cast<const unsigned char*>(b);
  for (; size != 0; --size, ++left, ++right)
    if (*left != *right) return *left - *right;
  return 0;
}

[[gnu::used]] void* memchr(const void* in, int value, std::size_t size) {
  for (auto* at = static_cast<const unsigned char*>(in); size != 0; --size, ++at)
    if (*at == static_cast<unsigned char>(value)) return const_cast<unsigned char*>(at);
  return nullptr;
}

[[gnu::used]] std::size_t strlen(const char* text) {
  std::size_t length = 0;
  while (text[length] != '\0') ++length;
  return length;
}

}  // extern "C"

// What string_view::substr calls when its place lies outside the text: a bug of ours, and the end of the process.
namespace std {
[[noreturn, gnu::used]] void __throw_out_of_range_fmt(const char*, ...) { __builtin_trap(); }
}  // namespace std
