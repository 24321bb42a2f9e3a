// main.cpp: argv → command.
#include <signal.h>

#include <exception>

#include "cli/app.h"
#include "cli/descriptors.h"
#include "cli/report.h"
#include "sys/file.h"

int main(int argc, char** argv) {
  try {
    if (const auto filled = cli::fill_standard_descriptors(); !filled) {
      cli::Report("minc-oci").error(filled.error().what);
      return 1;
    }
    // A caller's RLIMIT_FSIZE is to be an error of write(2) (EFBIG), not our end half-way. init and hooks begin with the default.
    ::signal(SIGXFSZ, SIG_IGN);
    // Modes below are spelled out: neither a caller's 0 nor its 077 may change who can write or search what we make.
    const unsigned caller_umask = sys::umask(022);
    return cli::app(argc, argv, caller_umask);
  } catch (const std::exception& error) {  // out of memory
    cli::Report("minc-oci").error(error.what());
    return 1;
  }
}
