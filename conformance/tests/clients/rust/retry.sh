#!/bin/sh
# wrong: a loop around is_timeout and every server error
# breaks: ONCE-LOST
# tasks: buy
exec "$BUILT/examples/partner" retry
