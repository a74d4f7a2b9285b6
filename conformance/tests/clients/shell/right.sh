#!/bin/sh
# tasks: buy, balance
# A correct client in shell, with curl. Wrong clients load it, replace one of its functions, and call `main`.
set -u
umask 077
work=$(mktemp -d) && trap 'rm -rf "$work"' EXIT
buy_path=/api/v1/data-bundles/buy-bulk
wallet_path=/api/v1/wallet-balance
tries=3

# Options of every request; the key is read from a file, so that no list of processes shows it.
flags() { set -- -sS --max-time "$NETCONNECT_TIMEOUT"; echo "$@"; }
keyed() { printf 'header = "X-API-KEY: %s"\n' "$NETCONNECT_API_KEY"; }
media_type() { echo application/json; }
address() { echo "$NETCONNECT_URL$1"; }

# The order as JSON.
order() {
  items= numbers=$NETCONNECT_RECIPIENTS, packages=$NETCONNECT_PACKAGE_IDS,
  while [ -n "$numbers" ]; do
    items="$items${items:+,}$(item "${numbers%%,*}" "${packages%%,*}")"
    numbers=${numbers#*,} packages=${packages#*,}
  done
  printf '{"operatorId":"%s","productId":"%s","items":[%s]}' "$NETCONNECT_OPERATOR_ID" "$NETCONNECT_PRODUCT_ID" "$items"
}
item() { printf '{"packageId":"%s","beneficiaryMsisdn":"%s"}' "$2" "$1"; }

# Sends a request; sets `failed` to curl's exit code, and `status`, and leaves head and body in files.
request() { # PATH [FILE]
  : > "$work/head"; : > "$work/body"
  if [ $# -gt 1 ]; then set -- "$1" -H "Content-Type: $(media_type)" --data-binary "@$2"; fi
  path=$1; shift
  status=$(keyed | curl $(flags) -K - -D "$work/head" -o "$work/body" -w '%{http_code}' "$@" "$(address "$path")" 2> "$work/why")
  failed=$?
}
success() { grep -q '"success": *true' "$work/body"; }
retry_after() { tr -d '\r' < "$work/head" | sed -n 's/^[Rr][Ee][Tt][Rr][Yy]-[Aa][Ff][Tt][Ee][Rr]: *//p' | tail -n 1; }
value() { sed -n "s/.*\"$1\": *\([0-9.]*\).*/\1/p" "$work/body" | head -n 1; }

# Waits as long as the server asks for, if that is a number and not too long.
may_try_again() {
  seconds=$(retry_after)
  case $seconds in '' | *[!0-9]*) return 1 ;; esac
  [ "$seconds" -le 5 ] && sleep "$seconds"
}

placed() { echo "placed, total $(value totalAmount) GHS"; exit 0; }
refused() { echo "not placed: status $status" >&2; exit 1; }
unknown() { echo "nobody knows whether the order was placed; look at the list of orders" >&2; exit 2; }
unsent() { echo "not sent: $(cat "$work/why")" >&2; exit 1; }

judge() {
  case $failed in
    0) ;;
    5 | 6 | 7 | 35 | 60) unsent ;; # no connection, or none that can be trusted
    *) unknown ;;
  esac
  case $status in
    2??) if success; then placed; else unknown; fi ;;
    429 | 503) if [ -n "$(retry_after)" ] || [ "$status" = 429 ]; then again; else unknown; fi ;;
    3?? | 4??) refused ;;
    *) unknown ;;
  esac
}
again() {
  tries=$((tries - 1))
  if [ "$tries" -gt 0 ] && may_try_again; then buy; else refused; fi
}
buy() { request "$buy_path" "$work/order"; judge; }

balance() {
  request "$wallet_path"
  if [ "$failed" = 0 ] && [ "$status" = 200 ] && success; then
    echo "available $(value availableBalance) GHS"
    exit 0
  fi
  tries=$((tries - 1))
  if [ "$tries" -gt 0 ] && { [ "$failed" != 0 ] || may_try_again; }; then balance; fi
  exit 1
}

main() {
  case $NETCONNECT_TASK in
    buy) order > "$work/order"; buy ;;
    balance) balance ;;
    *) exit 3 ;;
  esac
}
case $0 in */right.sh) main ;; esac
