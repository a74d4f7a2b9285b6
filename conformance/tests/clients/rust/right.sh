#!/bin/sh
# tasks: buy, buy-and-wait, balance
# The command line of the generated client, as a partner would call it from a script.
set -u
numbers=$NETCONNECT_RECIPIENTS, packages=$NETCONNECT_PACKAGE_IDS,
set --
while [ -n "$numbers" ]; do
  set -- "$@" --to "${numbers%%,*}=${packages%%,*}"
  numbers=${numbers#*,} packages=${packages#*,}
done
case $NETCONNECT_TASK in
  balance) set -- wallet ;;
  buy-and-wait) set -- order --wait "$NETCONNECT_WAIT" --operator "$NETCONNECT_OPERATOR_ID" --product "$NETCONNECT_PRODUCT_ID" "$@" ;;
  *) set -- order --operator "$NETCONNECT_OPERATOR_ID" --product "$NETCONNECT_PRODUCT_ID" "$@" ;;
esac
"$BUILT/buy-bulk" --timeout "$NETCONNECT_TIMEOUT" "$@"
case $? in
  0) exit 0 ;;
  5 | 7) exit 2 ;; # unknown, or placed and not yet ended
  *) exit 1 ;;
esac
