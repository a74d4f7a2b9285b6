"""A partner's program on a client generated from openapi.json: it is given its task by `conformance client`.

Nothing of the generated client is set otherwise than by default, so that what it fails is the generator's.
"""

import os
import sys
import time

import httpx
from client import Client
from client.api.account import get_wallet_balance
from client.api.data_bundles import buy_bulk
from client.api.orders import get_order_status
from client.models import BulkItem, BuyBulkRequest, BuyBulkResponse, OrderResponse, WalletResponse

DONE, NOT_DONE, UNKNOWN = 0, 1, 2
task = os.environ
api = Client(
    base_url=task["NETCONNECT_URL"],
    headers={"X-API-KEY": task["NETCONNECT_API_KEY"]},
    raise_on_unexpected_status=True,
)


def buy():
    pairs = zip(task["NETCONNECT_PACKAGE_IDS"].split(","), task["NETCONNECT_RECIPIENTS"].split(","))
    order = BuyBulkRequest(
        operator_id=task["NETCONNECT_OPERATOR_ID"],
        product_id=task["NETCONNECT_PRODUCT_ID"],
        items=[BulkItem(package_id=package, beneficiary_msisdn=number) for package, number in pairs],
    )
    bought = buy_bulk.sync(client=api, body=order)
    if not isinstance(bought, BuyBulkResponse):
        print(f"refused: {bought}", file=sys.stderr)
        return NOT_DONE
    data = bought.data
    print(f"{data.recipient_count} recipients, total {data.total_amount} GHS, order {data.order_id}")
    return DONE if task["NETCONNECT_TASK"] == "buy" else follow(data.order_id)


def follow(order_id):
    end = time.monotonic() + float(task["NETCONNECT_WAIT"])
    while time.monotonic() < end:
        time.sleep(0.3)
        found = get_order_status.sync(client=api, order_id=order_id)
        state = found.data.state.lower() if isinstance(found, OrderResponse) else ""
        if state in ("completed", "failed", "reversed"):
            failed = [it for it in found.data.recipients or [] if str(it.state).lower() != "completed"]
            return DONE if state == "completed" and not failed else NOT_DONE
    return UNKNOWN


def balance():
    wallet = get_wallet_balance.sync(client=api)
    if not isinstance(wallet, WalletResponse):
        return NOT_DONE
    print(f"available {wallet.data.available_balance} GHS")
    return DONE


try:
    sys.exit(balance() if task["NETCONNECT_TASK"] == "balance" else buy())
except httpx.ConnectError as error:
    print(f"not sent: {error}", file=sys.stderr)
    sys.exit(NOT_DONE)
except Exception as error:
    print(f"nobody knows: {error!r}", file=sys.stderr)
    sys.exit(UNKNOWN)
