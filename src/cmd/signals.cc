#include "cmd/signals.h"

#include <signal.h>  // NOLINT(modernize-deprecated-headers): sigwaitinfo and pthread_kill are POSIX

namespace strata::cmd {
namespace {

sigset_t watched_signals() {
  sigset_t set;
  sigemptyset(&set);
  for (const int number : {SIGINT, SIGTERM, SIGHUP, SIGUSR1}) {
    sigaddset(&set, number);
  }
  return set;
}

}  // namespace

StopOnSignals::StopOnSignals() {
  const sigset_t set = watched_signals();
  pthread_sigmask(SIG_BLOCK, &set, nullptr);
  watcher_ = std::jthread([this](const std::stop_token& end) { watch(end); });
}

// SIGUSR1 is ours alone: it wakes the watcher for the end.
StopOnSignals::~StopOnSignals() {
  watcher_.request_stop();
  pthread_kill(watcher_.native_handle(), SIGUSR1);
}

void StopOnSignals::watch(const std::stop_token& end) {
  const sigset_t set = watched_signals();
  while (!end.stop_requested()) {
    const int number = sigwaitinfo(&set, nullptr);
    if (number == SIGINT || number == SIGTERM) {
      stop_.request_stop();
    }
  }
}

}  // namespace strata::cmd
