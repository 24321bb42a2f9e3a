// Process: the runtime, on the host, with the caller's rights.
#include "container/netlink.h"

#include <linux/if.h>
#include <linux/if_addr.h>
#include <linux/if_link.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>

#include <cstring>

namespace container {
namespace {

constexpr int kProtocolError = 71;  // EPROTO
constexpr std::size_t kAnswerBytes =
    64 * 1024;  // above NLMSG_GOODSIZE of any page size that we run on, and a link with many functions

// Appends `size` bytes at `data`, padded to four.
void append(std::vector<std::byte>& to, const void* data, std::size_t size) {
  const auto* bytes = static_cast<const std::byte*>(data);
  to.insert(to.end(), bytes, bytes + size);
  to.resize(NLMSG_ALIGN(to.size()));
}

void append_attribute(std::vector<std::byte>& to, std::uint16_t type, const void* data, std::size_t size) {
  const rtattr head{static_cast<unsigned short>(RTA_LENGTH(size)), type};
  append(to, &head, sizeof head);
  append(to, data, size);
}

// The head's length and sequence number are written when the message is sent.
template <class Body>
std::vector<std::byte> start(std::uint16_t type, std::uint16_t flags, const Body& body) {
  nlmsghdr head{};
  head.nlmsg_type = type;
  head.nlmsg_flags = static_cast<std::uint16_t>(NLM_F_REQUEST | flags);
  std::vector<std::byte> message;
  append(message, &head, sizeof head);
  append(message, &body, sizeof body);
  return message;
}

// Calls `visit(type, data)` for each attribute of `rest`; a damaged tail is passed over.
template <class Visit>
void each_attribute(std::span<const std::byte> rest, Visit&& visit) {
  while (rest.size() >= sizeof(rtattr)) {
    rtattr head;
    std::memcpy(&head, rest.data(), sizeof head);
    if (head.rta_len < sizeof head || head.rta_len > rest.size()) return;
    visit(static_cast<std::uint16_t>(head.rta_type & NLA_TYPE_MASK), rest.subspan(sizeof head, head.rta_len - sizeof head));
    rest = rest.subspan(std::min<std::size_t>(RTA_ALIGN(head.rta_len), rest.size()));
  }
}

ifinfomsg link_body(std::int32_t index) {
  ifinfomsg body{};
  body.ifi_index = index;
  return body;
}

sys::Result<NetLink> read_link(const std::vector<std::vector<std::byte>>& answers) {
  if (answers.empty() || answers[0].size() < sizeof(ifinfomsg)) return std::unexpected(sys::Errno{kProtocolError});
  ifinfomsg body;
  std::memcpy(&body, answers[0].data(), sizeof body);
  NetLink link{body.ifi_index, body.ifi_flags, {}};
  each_attribute(std::span(answers[0]).subspan(sizeof body), [&](std::uint16_t type, std::span<const std::byte> data) {
    if (type == IFLA_IFNAME && !data.empty()) link.name.assign(reinterpret_cast<const char*>(data.data()), data.size() - 1);
  });
  return link;
}

NetAddress read_address(const std::vector<std::byte>& message) {
  ifaddrmsg body;
  std::memcpy(&body, message.data(), sizeof body);
  std::uint32_t flags = body.ifa_flags;
  each_attribute(std::span(message).subspan(sizeof body), [&](std::uint16_t type, std::span<const std::byte> data) {
    if (type == IFA_FLAGS && data.size() == sizeof flags) std::memcpy(&flags, data.data(), sizeof flags);
  });
  return {message, (flags & IFA_F_PERMANENT) != 0, body.ifa_scope == RT_SCOPE_UNIVERSE};
}

}  // namespace

sys::Result<Netlink> Netlink::open() {
  const long fd = sys::raw(__NR_socket, AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
  if (fd < 0) return std::unexpected(sys::Errno{static_cast<int>(-fd)});
  return Netlink(sys::UniqueFd(static_cast<int>(fd)));
}

// Sends `request` and collects the bodies of what comes back, up to the acknowledgement or the end of the dump. No address is
// named: the kernel is meant, and then the socket's opener needs no rights over what it was handed out for.
sys::Result<> Netlink::exchange(std::vector<std::byte>& request, std::vector<std::vector<std::byte>>& answers) {
  nlmsghdr head;
  std::memcpy(&head, request.data(), sizeof head);
  head.nlmsg_len = static_cast<std::uint32_t>(request.size());
  head.nlmsg_seq = ++sequence_;
  std::memcpy(request.data(), &head, sizeof head);
  SYS_TRY(sys::send_message(socket_.get(), request.data(), request.size()));
  std::vector<std::byte> buffer(kAnswerBytes);
  for (;;) {
    const std::size_t got = SYS_TRY(sys::receive_message(socket_.get(), buffer.data(), buffer.size())).size;
    if (got < sizeof(nlmsghdr)) return std::unexpected(sys::Errno{kProtocolError});
    for (std::span<const std::byte> rest(buffer.data(), got); rest.size() >= sizeof head;) {
      std::memcpy(&head, rest.data(), sizeof head);
      if (head.nlmsg_len < sizeof head || head.nlmsg_len > rest.size()) return std::unexpected(sys::Errno{kProtocolError});
      const auto body = rest.subspan(sizeof head, head.nlmsg_len - sizeof head);
      rest = rest.subspan(std::min<std::size_t>(NLMSG_ALIGN(head.nlmsg_len), rest.size()));
      if (head.nlmsg_seq != sequence_) continue;  // the end of an answer that was not read to its end
      if (head.nlmsg_type == NLMSG_DONE) return {};
      if (head.nlmsg_type == NLMSG_ERROR) {
        int code = -kProtocolError;
        if (body.size() >= sizeof code) std::memcpy(&code, body.data(), sizeof code);
        if (code != 0) return std::unexpected(sys::Errno{-code});
        return {};
      }
      answers.emplace_back(body.begin(), body.end());
    }
  }
}

sys::Result<NetLink> Netlink::find(std::string_view name) {
  auto request = start(RTM_GETLINK, NLM_F_ACK, link_body(0));
  append_attribute(request, IFLA_IFNAME, std::string(name).c_str(), name.size() + 1);
  std::vector<std::vector<std::byte>> answers;
  SYS_TRY(exchange(request, answers));
  return read_link(answers);
}

sys::Result<NetLink> Netlink::find(std::int32_t index) {
  auto request = start(RTM_GETLINK, NLM_F_ACK, link_body(index));
  std::vector<std::vector<std::byte>> answers;
  SYS_TRY(exchange(request, answers));
  return read_link(answers);
}

sys::Result<> Netlink::change(std::int32_t index, const LinkChange& change) {
  ifinfomsg body = link_body(index);
  if (change.up >= 0) body.ifi_change = IFF_UP;
  if (change.up > 0) body.ifi_flags = IFF_UP;
  auto request = start(RTM_NEWLINK, NLM_F_ACK, body);
  if (change.network >= 0) append_attribute(request, IFLA_NET_NS_FD, &change.network, sizeof change.network);
  if (change.new_index > 0) append_attribute(request, IFLA_NEW_IFINDEX, &change.new_index, sizeof change.new_index);
  if (!change.name.empty()) append_attribute(request, IFLA_IFNAME, std::string(change.name).c_str(), change.name.size() + 1);
  std::vector<std::vector<std::byte>> none;
  return exchange(request, none);
}

sys::Result<std::vector<NetAddress>> Netlink::addresses(std::int32_t index) {
  auto request = start(RTM_GETADDR, NLM_F_DUMP, ifaddrmsg{});
  std::vector<std::vector<std::byte>> answers;
  SYS_TRY(exchange(request, answers));
  std::vector<NetAddress> found;
  for (const std::vector<std::byte>& answer : answers) {
    ifaddrmsg body{};
    if (answer.size() < sizeof body) continue;
    std::memcpy(&body, answer.data(), sizeof body);
    if (body.ifa_index == static_cast<std::uint32_t>(index)) found.push_back(read_address(answer));
  }
  return found;
}

sys::Result<> Netlink::add(const NetAddress& address, std::int32_t index) {
  ifaddrmsg body;
  std::memcpy(&body, address.message.data(), sizeof body);
  body.ifa_index = static_cast<std::uint32_t>(index);
  auto request = start(RTM_NEWADDR, NLM_F_ACK | NLM_F_CREATE | NLM_F_EXCL, body);
  each_attribute(std::span(address.message).subspan(sizeof body), [&](std::uint16_t type, std::span<const std::byte> data) {
    // The label begins with the device's old name; the cache has the address's age.
    if (type != IFA_LABEL && type != IFA_CACHEINFO) append_attribute(request, type, data.data(), data.size());
  });
  std::vector<std::vector<std::byte>> none;
  return exchange(request, none);
}

}  // namespace container
