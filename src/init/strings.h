// init/strings.h: the two lists that execve(2) takes, without a heap. There is one table: a process executes once.
#pragma once
#include <cstddef>
#include <span>

#include "init/run.h"

namespace init {

class Strings {
  std::size_t size_ = 0;
  std::size_t environment_ = 0;

 public:
  static constexpr std::size_t kMax = 128 * 1024;  // of both lists together; pages of the table that stay untouched cost nothing

  void add(const char* text);
  void add_all(const Run& run, plan::Range texts);
  void end_arguments();                       // what is added from here on is the environment
  bool fits() const { return size_ < kMax; }  // else E2BIG
  // Both NULL-terminated.
  const char* const* arguments() const;
  const char* const* environment() const;
};

}  // namespace init
