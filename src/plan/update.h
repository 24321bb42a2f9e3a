// plan/update.h: the limits of a container that exists, and a wish to change some of them. runc-compatible in what a wish means.
#pragma once
#include "config/spec.h"

namespace plan {

struct Update {
  config::Resources kept;     // all limits from now on, for the state; device rules as they were
  config::Resources changed;  // what has to be written: what was asked for, and of the old values those that it cannot go without
};

// `asked`: absent members, and zeros where zero means "not set", leave a limit as it is; its device rules are not looked at.
Update update_resources(const config::Resources& old, const config::Resources& asked);

}  // namespace plan
