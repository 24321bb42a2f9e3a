// init/result.cpp. Process: init, any stage.
#include "init/result.h"

namespace init {

constinit About about_failure;

Failure make_failure(Trouble trouble, int error, std::string_view detail, std::int32_t number) {
  about_failure = {detail, number};
  return {error, trouble};
}

}  // namespace init
