#include "cli/system_log.h"

#include <catch2/catch.hpp>

using namespace cli;

TEST_CASE("system log: a journal entry keeps a message of several lines in one field") {
  const std::string length("\x03\0\0\0\0\0\0\0", 8);
  CHECK(journal_entry(Level::error, "minc", "a\nb") == "PRIORITY=3\nSYSLOG_IDENTIFIER=minc\nMESSAGE\n" + length + "a\nb\n");
}

TEST_CASE("system log: a line as syslog(3) sends it") {
  CHECK(syslog_entry(Level::warning, "minc", "so", "Dec  1 08:00:00") == "<12>Dec  1 08:00:00 minc: so");
}

TEST_CASE("system log: the path of a file is none; a name has one line") {
  for (const char* word : {"", "/var/log/x", "file:/x", "journald", "syslog"}) {
    const auto log = SystemLog::open(word, "minc");
    REQUIRE(log.has_value());
    CHECK_FALSE(log->has_value());
  }
  CHECK_FALSE(SystemLog::open("syslog:a\nb", "minc"));
}
