// cli/app.h: one call of the program, from words to exit status.
#pragma once

namespace cli {

// Descriptors 0 to 2 are open, nothing else of ours is. `caller_umask`: the umask before ours. Returns the exit status.
int app(int argc, char** argv, unsigned caller_umask);

}  // namespace cli
