#!/bin/sh
# wrong: curl --retry 2 --retry-all-errors around a purchase
# breaks: ONCE-LOST
# tasks: buy
. "${0%/*}/right.sh"
flags() { echo -sS --max-time 1 --retry 2 --retry-delay 1 --retry-all-errors --fail-with-body; }
judge() {
  # What --fail-with-body adds is a code of its own, with the status as it was.
  if [ "$failed" = 22 ]; then failed=0; fi
  case $status in 4?? | 503) [ "$status" = 429 ] || [ "$status" = 503 ] || refused ;; esac
  case $failed in 0) ;; 5 | 6 | 7 | 35 | 60) unsent ;; *) unknown ;; esac
  case $status in 2??) placed ;; 3?? | 429 | 503) refused ;; *) unknown ;; esac
}
main
