#include "cgroup/bus.h"

#include <catch2/catch.hpp>

namespace {

using cgroup::bus::Message;
using plan::BusValue;

Message everything() {
  Message message;
  message.kind = cgroup::bus::Kind::call;
  message.serial = 7;
  message.answers = 3;
  message.destination = "org.example";
  message.path = "/org/example";
  message.interface = "org.example.I";
  message.member = "Do";
  const BusValue bytes = plan::bus_array("y", {{"y", 1, {}, {}}, {"y", 255, {}, {}}, {"y", 3, {}, {}}});
  const BusValue property{"(sv)", 0, {}, {plan::bus_text("AllowedCPUs"), {"v", 0, {}, {bytes}}}};
  message.body = {plan::bus_text("words"),
                  plan::bus_flag(true),
                  plan::bus_u64(1ULL << 40),
                  plan::bus_array("(sv)", {property, property}),
                  plan::bus_array("(sa(sv))", {}),
                  {"g", 0, "a(sv)", {}},
                  plan::bus_u32(9)};
  return message;
}

}  // namespace

TEST_CASE("bus: a message is its bytes, and the bytes are the message") {
  const Message message = everything();
  const std::string bytes = cgroup::bus::marshal(message);
  REQUIRE(cgroup::bus::size_of(std::string_view(bytes).substr(0, 16)) == bytes.size());
  const auto back = cgroup::bus::unmarshal(bytes);
  REQUIRE(back);
  CHECK(back->serial == 7);
  CHECK(back->answers == 3);
  CHECK(back->member == "Do");
  CHECK(back->destination == "org.example");
  CHECK(back->body == message.body);
  CHECK(back->text(0) == "words");
  CHECK(back->text(99).empty());
}

#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
TEST_CASE("bus: Hello as the specification lays it out") {
  Message hello;
  hello.serial = 1;
  hello.path = "/org/freedesktop/DBus";
  hello.member = "Hello";
  const std::string expected(
      "l\1\0\1\0\0\0\0\1\0\0\0\x2e\0\0\0"
      "\1\1o\0\x15\0\0\0/org/freedesktop/DBus\0\0\0"
      "\3\1s\0\5\0\0\0Hello\0\0\0",
      16 + 32 + 16);
  CHECK(cgroup::bus::marshal(hello) == expected);
}
#endif

TEST_CASE("bus: damaged bytes are no message, and no reason to crash") {
  const std::string bytes = cgroup::bus::marshal(everything());
  for (std::size_t length = 0; length < bytes.size(); ++length) CHECK_FALSE(cgroup::bus::unmarshal(bytes.substr(0, length)));
  for (std::size_t at = 0; at < bytes.size(); ++at)
    for (const int change : {1, 0x80, 0xff}) {
      std::string damaged = bytes;
      damaged[at] = static_cast<char>(damaged[at] ^ change);
      (void)cgroup::bus::unmarshal(damaged);
    }
  std::string other_order = bytes;
  other_order[0] = bytes[0] == 'l' ? 'B' : 'l';
  CHECK_FALSE(cgroup::bus::size_of(other_order));
  std::string huge = bytes;
  huge[7] = 0x7f;
  CHECK_FALSE(cgroup::bus::size_of(huge));
}

TEST_CASE("bus: addresses of unix sockets, in their order") {
  using Names = std::vector<std::string>;
  CHECK(cgroup::bus::socket_names("unix:path=/run/user/1000/bus") == Names{"/run/user/1000/bus"});
  CHECK(cgroup::bus::socket_names("tcp:host=x,port=1;unix:abstract=/tmp/a%20b,guid=12;unix:path=/c") ==
        Names{std::string("\0/tmp/a b", 9), "/c"});
  CHECK(cgroup::bus::socket_names("unix:tmpdir=/tmp").empty());
  CHECK(cgroup::bus::socket_names("").empty());
}
