// sys/arch.h: all that differs between processor architectures. syscall(2), section "Architecture calling conventions".
// Supported: x86_64, aarch64. A new architecture is one more block here and nothing elsewhere.
#pragma once
#include <asm/unistd.h>

#include <cstddef>
#include <cstdint>

namespace sys {

// What a child of `clone_with_stack` runs. It must not return.
using ChildMain = void (*)(void* argument);

#if defined(__x86_64__)

inline constexpr std::uint32_t kAuditArch = 0xC000003E;  // AUDIT_ARCH_X86_64

// The kernel's answer as it comes: a value, or -errno (-4095..-1).
[[gnu::always_inline]] inline long raw(long number, long a = 0, long b = 0, long c = 0, long d = 0, long e = 0, long f = 0) {
  long result;
  register long r10 asm("r10") = d;
  register long r8 asm("r8") = e;
  register long r9 asm("r9") = f;
  asm volatile("syscall" : "=a"(result) : "a"(number), "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8), "r"(r9) : "rcx", "r11", "memory");
  return result;
}

// clone3(2) whose child runs `child(argument)` on the stack named in `args` and never comes back to the caller's frames:
// with CLONE_VM both processes share memory, so the child may not return through frames that the parent still needs.
[[gnu::noinline]] inline long raw_clone3(void* args, std::size_t size, ChildMain child, void* argument) {
  long result;
  register ChildMain r12 asm("r12") = child;
  register void* r13 asm("r13") = argument;
  asm volatile(
      "syscall\n\t"
      "test %%rax, %%rax\n\t"
      "jnz 1f\n\t"
      "xor %%ebp, %%ebp\n\t"  // the outermost frame of the child
      "mov %%r13, %%rdi\n\t"
      "call *%%r12\n\t"
      "ud2\n"
      "1:"
      : "=a"(result)
      : "a"(static_cast<long>(__NR_clone3)), "D"(args), "S"(size), "r"(r12), "r"(r13)
      : "rcx", "r11", "memory");
  return result;
}

#elif defined(__aarch64__)

inline constexpr std::uint32_t kAuditArch = 0xC00000B7;  // AUDIT_ARCH_AARCH64

[[gnu::always_inline]] inline long raw(long number, long a = 0, long b = 0, long c = 0, long d = 0, long e = 0, long f = 0) {
  register long x8 asm("x8") = number;
  register long x0 asm("x0") = a;
  register long x1 asm("x1") = b;
  register long x2 asm("x2") = c;
  register long x3 asm("x3") = d;
  register long x4 asm("x4") = e;
  register long x5 asm("x5") = f;
  asm volatile("svc #0" : "+r"(x0) : "r"(x8), "r"(x1), "r"(x2), "r"(x3), "r"(x4), "r"(x5) : "memory");
  return x0;
}

[[gnu::noinline]] inline long raw_clone3(void* args, std::size_t size, ChildMain child, void* argument) {
  register long x8 asm("x8") = __NR_clone3;
  register void* x0 asm("x0") = args;
  register std::size_t x1 asm("x1") = size;
  register ChildMain x9 asm("x9") = child;
  register void* x10 asm("x10") = argument;
  asm volatile(
      "svc #0\n\t"
      "cbnz x0, 1f\n\t"
      "mov x29, xzr\n\t"  // the outermost frame of the child
      "mov x30, xzr\n\t"
      "mov x0, x10\n\t"
      "blr x9\n\t"
      "brk #0\n"
      "1:"
      : "+r"(x0)
      : "r"(x8), "r"(x1), "r"(x9), "r"(x10)
      : "x30", "memory");
  return reinterpret_cast<long>(x0);
}

#else
#error "sys/arch.h: this architecture has no system call layer yet"
#endif

}  // namespace sys
