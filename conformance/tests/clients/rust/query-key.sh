#!/bin/sh
# wrong: the key in the query
# breaks: KEY-PLACE
# tasks: buy
exec "$BUILT/examples/partner" query-key
