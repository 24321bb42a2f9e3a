// plan/seccomp_stub.h: the instructions before libseccomp's that answer ENOSYS to system calls which are newer than the profile.
// A C library tries a new call first and the old one after ENOSYS; after the profile's EPERM it gives up. A profile cannot name
// what did not exist when it was written, but numbers grow: what is above every number that it names was unknown to its author.
#pragma once
#include <cstdint>
#include <vector>

#include "plan/image.h"

namespace plan {

// The greatest number that the profile names on one of libseccomp's architectures (x32 with its bit 30 set).
struct NewestCall {
  std::uint32_t architecture = 0;  // SCMP_ARCH_*
  std::uint32_t number = 0;
};

// Straight-line code that falls through, with nothing kept in a register, where the program appended to it begins. A call of an
// architecture that is not listed falls through too.
std::vector<Instruction> enosys_stub(const std::vector<NewestCall>& newest);

}  // namespace plan
