#!/bin/sh
# wrong: the default of reqwest: redirects are followed
# breaks: KEY-REDIRECT
# tasks: buy
exec "$BUILT/examples/partner" redirects
