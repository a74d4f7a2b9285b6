#!/bin/sh
# Runs a client in Python by a fork of the loaded interpreter (warm.py), and ends with its exit code.
# Its streams get other numbers, since a redirection of the shell uses the usual ones for a moment.
mkfifo "$1/$$" && exec 3<> "$1/$$" 5<&0 6>&1 7>&2 || exit 70
printf '%s %s\n' "$$" "$2" > "$1/ask"
read -r code <&3
exit "$code"
