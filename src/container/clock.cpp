#include "container/clock.h"

#include <time.h>

#include <chrono>

namespace container {

namespace {
void append_padded(std::string& text, std::int64_t value, std::size_t width) {
  const std::string digits = std::to_string(value);
  if (digits.size() < width) text.append(width - digits.size(), '0');
  text += digits;
}
}  // namespace

std::string rfc3339(std::int64_t seconds, std::int64_t nanoseconds) {
  const std::chrono::sys_seconds moment{std::chrono::seconds{seconds}};
  const auto day = std::chrono::floor<std::chrono::days>(moment);
  const std::chrono::year_month_day date{day};
  const std::int64_t in_day = (moment - day).count();
  std::string text;
  append_padded(text, int{date.year()}, 4);
  append_padded(text += '-', unsigned{date.month()}, 2);
  append_padded(text += '-', unsigned{date.day()}, 2);
  append_padded(text += 'T', in_day / 3600, 2);
  append_padded(text += ':', in_day / 60 % 60, 2);
  append_padded(text += ':', in_day % 60, 2);
  if (nanoseconds != 0) {
    append_padded(text += '.', nanoseconds, 9);
    text.erase(text.find_last_not_of('0') + 1);
  }
  return text += 'Z';
}

std::string now_rfc3339() {
  timespec now{};
  clock_gettime(CLOCK_REALTIME, &now);
  return rfc3339(now.tv_sec, now.tv_nsec);
}

}  // namespace container
