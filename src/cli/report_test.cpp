#include "cli/report.h"

#include <unistd.h>

#include <catch2/catch.hpp>
#include <cstdlib>
#include <fstream>
#include <sstream>

#include "cli/text.h"

using namespace cli;

namespace {

// A file name below /tmp that is gone again at the end.
struct TemporaryFile {
  std::string path = "/tmp/minc-oci-test-" + std::to_string(getpid());
  ~TemporaryFile() { unlink(path.c_str()); }
  std::string text() const {
    std::ifstream file(path);
    std::ostringstream all;
    all << file.rdbuf();
    return all.str();
  }
};

}  // namespace

TEST_CASE("report: text lines are logrus'") {
  const std::string time = "2026-11-24T00:18:09Z";
  CHECK(text_line(Level::error, "container does not exist", time) ==
        "time=\"2026-11-24T00:18:09Z\" level=error msg=\"container does not exist\"\n");
  CHECK(text_line(Level::warning, "careful", time) == "time=\"2026-11-24T00:18:09Z\" level=warning msg=careful\n");
  CHECK(text_line(Level::debug, "say \"a\"\nb\\", time) ==
        "time=\"2026-11-24T00:18:09Z\" level=debug msg=\"say \\\"a\\\"\\nb\\\\\"\n");
}

TEST_CASE("report: JSON lines are one object each, keys sorted, safe for HTML") {
  CHECK(json_line(Level::error, "a <b> & \"c\"\n\x01\xff", "T") ==
        "{\"level\":\"error\",\"msg\":\"a \\u003cb\\u003e \\u0026 \\\"c\\\"\\n\\u0001\\ufffd\",\"time\":\"T\"}\n");
}

TEST_CASE("report: times are RFC 3339 in the local zone") {
  setenv("TZ", "UTC", 1), tzset();
  CHECK(local_time(0) == "1970-01-01T00:00:00Z");
  setenv("TZ", "XXX-5:30", 1), tzset();
  CHECK(local_time(0) == "1970-01-01T05:30:00+05:30");
  setenv("TZ", "XXX+3", 1), tzset();
  CHECK(local_time(0) == "1969-12-31T21:00:00-03:00");
  unsetenv("TZ"), tzset();
}

TEST_CASE("report: an error carries its place and its hint") {
  CHECK(full_message(Error{0, "mount x", "/mounts/3", "make it"}, "") == "mount x (config.json, at /mounts/3); make it");
  CHECK(full_message(Error{0, "mount x", "/mounts/3", ""}, "/nonexistent/process.json") == "mount x (process.json, at /mounts/3)");
  CHECK(full_message(Error{0, "container does not exist", "", ""}, "/config.json") == "container does not exist");
}

TEST_CASE("report: a log file gets the line, and warnings only with --debug") {
  TemporaryFile file;
  Report report("minc-oci");
  REQUIRE(report.set_format("json").has_value());
  REQUIRE(report.open(file.path).has_value());
  report.warn("idle");
  report.debug("idler");
  CHECK(file.text().empty());
  report.set_debug();
  report.warn("told");
  CHECK(file.text().starts_with("{\"level\":\"warning\",\"msg\":\"told\",\"time\":\""));
}

TEST_CASE("report: formats, levels and files that do not exist are refused") {
  Report report("minc-oci");
  CHECK(report.set_format("").has_value());
  CHECK(report.set_format("xml").error().what == "invalid log-format: xml");
  CHECK(report.set_level("info").has_value());
  CHECK(report.set_level("loud").error().what == "invalid log-level: loud");
  CHECK(report.open("/nonexistent/log").error().what == "open /nonexistent/log: no such file or directory");
}

TEST_CASE("text: quoting escapes what a terminal or a reader would take for something else") {
  CHECK(quoted("a\x1b[0m\x7f\t\xc3\xa9\xc2\x9b\xc3") == "\"a\\x1b[0m\\x7f\\t\xc3\xa9\\u009b\\xc3\"");
  CHECK(printable("a \"b\" \\ \n\x1b[31m") == "a \"b\" \\ \n\\x1b[31m");
  CHECK(character_length("\xe0\x80\x80") == 0);  // overlong
  CHECK(character_length("\xed\xa0\x80") == 0);  // surrogate
  CHECK(character_length("\xf4\x90\x80\x80") == 0);
  CHECK(character_length("\xf0\x9f\x98\x80x") == 4);
}

TEST_CASE("text: the name of a program") {
  CHECK(base_name("/usr/bin/minc-oci") == "minc-oci");
  CHECK(base_name("minc-oci") == "minc-oci");
}
