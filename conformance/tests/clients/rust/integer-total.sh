#!/bin/sh
# wrong: totalAmount as i64
# breaks: END-DONE
# tasks: buy
exec "$BUILT/examples/partner" integer-total
