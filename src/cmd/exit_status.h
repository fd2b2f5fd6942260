#pragma once

namespace strata::cmd {

// What the shell sees. A clean stop by SIGINT or SIGTERM is a success.
enum ExitStatus : int {
  kSuccess = 0,
  kFailure = 1,   // unknown flags, flags that contradict each other, and everything at run time
  kBadValue = 2,  // a flag's value that cannot be read as what the flag takes
};

}  // namespace strata::cmd
