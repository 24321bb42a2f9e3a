// handshake/record.h: how a Report lies on the wire: its head and the used part of `detail`, nothing more. A short report costs
// one short copy, and a failure fits whole into one atomic write to a fifo (pipe(7), PIPE_BUF).
#pragma once
#include <cstddef>
#include <cstdint>

#include "handshake/messages.h"

namespace handshake {

inline constexpr std::size_t kReportHead = offsetof(Report, detail);

// Bytes of `report` that are sent.
inline std::size_t wire_size(const Report& report) { return kReportHead + report.length; }

// True when the `size` bytes received into `report` are one whole report of a kind that exists. What fails this is damage, or the
// work of someone who is not init: the other end of the channel runs inside the container.
inline bool is_whole(const Report& report, std::size_t size) {
  return size >= kReportHead && report.length <= report.detail.size() && size == wire_size(report) && report.say >= Say::child &&
         report.say <= Say::failed;
}

}  // namespace handshake
