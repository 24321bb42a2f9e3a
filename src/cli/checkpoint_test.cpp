#include <catch2/catch.hpp>

#include "cli/criu_options.h"

using namespace cli;

TEST_CASE("checkpoint: --page-server is an address and a port") {
  container::CheckpointOptions options;
  REQUIRE(read_page_server("192.0.2.1:27277", options));
  CHECK(options.page_server_address == "192.0.2.1");
  CHECK(options.page_server_port == 27277);
  REQUIRE(read_page_server("[::1]:1", options));
  CHECK(options.page_server_address == "::1");
  for (const char* word : {"x", ":1", "x:", "::1:5"})
    CHECK(read_page_server(word, options).error().what == "Use --page-server ADDRESS:PORT to specify page server");
  for (const char* word : {"x:y", "x:-1", "x:70000", "x:0"})
    CHECK(read_page_server(word, options).error().what == "Invalid port number");
}

TEST_CASE("checkpoint: --empty-ns knows the network only") {
  CHECK(check_empty_namespaces({"network"}));
  CHECK(check_empty_namespaces({"network", "ipc"}).error().what == "namespace \"ipc\" is not supported");
}
