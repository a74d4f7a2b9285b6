"""A partner's program: a client generated from openapi.json, one order, looked up again."""

import sys

from client import Client
from client.api.data_bundles import buy_bulk
from client.api.orders import get_order_status
from client.models import BulkItem, BuyBulkRequest, BuyBulkResponse, OrderResponse

base_url, key, operator, product, package, *numbers = sys.argv[1:]
api = Client(base_url=base_url, headers={"X-API-KEY": key}, raise_on_unexpected_status=True)
items = [BulkItem(package_id=package, beneficiary_msisdn=number) for number in numbers]
bought = buy_bulk.sync(client=api, body=BuyBulkRequest(operator_id=operator, product_id=product, items=items))
if not isinstance(bought, BuyBulkResponse):
    sys.exit(f"refused: {bought}")
found = get_order_status.sync(client=api, order_id=bought.data.order_id)
if not isinstance(found, OrderResponse) or found.data.amount != bought.data.total_amount:
    sys.exit(f"bought and not found again: {found}")
print(f"{bought.data.recipient_count} recipients, {bought.data.total_amount} GHS, order {bought.data.order_id}")
