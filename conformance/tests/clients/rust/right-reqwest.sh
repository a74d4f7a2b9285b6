#!/bin/sh
# tasks: buy
# A client on reqwest alone; the wrong ones beside it are this one with one thing changed (generated/examples/partner.rs).
exec "$BUILT/examples/partner" right
