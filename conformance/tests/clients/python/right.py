# tasks: buy, buy-and-wait, balance
"""A right client in Python, with requests. Wrong ones subclass it and call `main`."""

import email.utils
import os
import sys
import time
from decimal import Decimal

import requests

BUY = "/api/v1/data-bundles/buy-bulk"
ORDERS = "/api/v1/orders"
WALLET = "/api/v1/wallet-balance"
DONE, NOT_DONE, UNKNOWN, NOT_OFFERED = 0, 1, 2, 3
LONGEST_WAIT = 5


class Client:
    """One task, from its environment."""

    tries = 3
    pause = 0.2
    final = ("completed", "failed", "reversed")

    def __init__(self):
        self.url = os.environ["NETCONNECT_URL"]
        self.key = os.environ["NETCONNECT_API_KEY"]
        self.operator = os.environ["NETCONNECT_OPERATOR_ID"]
        self.product = os.environ["NETCONNECT_PRODUCT_ID"]
        self.recipients = os.environ["NETCONNECT_RECIPIENTS"].split(",")
        self.packages = os.environ["NETCONNECT_PACKAGE_IDS"].split(",")
        self.timeout = float(os.environ["NETCONNECT_TIMEOUT"])
        self.wait = float(os.environ["NETCONNECT_WAIT"])
        self.http = self.session()

    def session(self):
        http = requests.Session()
        http.trust_env = False
        http.headers.update(self.headers())
        return http

    def headers(self):
        return {"X-API-KEY": self.key}

    def send(self, method, path, **more):
        return self.http.request(method, self.url + path, timeout=self.timeout, allow_redirects=False, **more)

    def item(self, number, package):
        return {"packageId": package, "beneficiaryMsisdn": number}

    def order(self):
        items = [self.item(number, package) for number, package in zip(self.recipients, self.packages)]
        return {"operatorId": self.operator, "productId": self.product, "items": items}

    def post(self):
        return self.send("POST", BUY, json=self.order())

    def asked_to_wait(self, answer):
        """Seconds, or None where the server does not say."""
        text = answer.headers.get("Retry-After", "").strip()
        if text.isdigit():
            return float(text)
        date = email.utils.parsedate_to_datetime(text).timestamp() if text else None
        return None if date is None else max(0.0, date - time.time())

    def may_try_again(self, answer, tried):
        """Waits, unless that takes too long."""
        seconds = self.asked_to_wait(answer)
        if seconds is None:
            seconds = self.pause * 2**tried
        if seconds > LONGEST_WAIT or tried + 1 >= self.tries:
            return False
        time.sleep(seconds)
        return True

    def buy(self):
        before = None
        for tried in range(self.tries):
            try:
                answer = self.post()
            except requests.exceptions.SSLError:
                return NOT_DONE
            except requests.exceptions.ConnectionError as error:
                return NOT_DONE if "refused" in str(error).lower() else self.lost(before)
            except requests.exceptions.RequestException:
                return self.lost(before)
            if answer.status_code == 429 or (answer.status_code == 503 and "Retry-After" in answer.headers):
                if self.may_try_again(answer, tried):
                    continue
                return NOT_DONE
            return self.told(answer)
        return NOT_DONE

    def told(self, answer):
        if answer.ok and answer.status_code < 300:
            try:
                return self.placed(answer.json(parse_float=Decimal))
            except (ValueError, KeyError):
                return self.lost(None)
        if answer.status_code < 500:
            print(f"not placed: status {answer.status_code}", file=sys.stderr)
            return NOT_DONE
        return self.lost(None)

    def placed(self, body):
        if body["success"] is not True:
            return UNKNOWN
        data = body["data"]
        print(f"placed {data['orderId']}, total {data['totalAmount']} GHS")
        return DONE if os.environ["NETCONNECT_TASK"] == "buy" else self.follow(data["orderId"])

    def lost(self, _before):
        """Looks whether an order of just now is in the list; what is not there may still come."""
        try:
            wanted = sorted(self.recipients)
            for order in self.orders():
                full = self.get(f"{ORDERS}/{order['orderId']}")["data"]
                if sorted(it.get("beneficiaryMsisdn") for it in full.get("recipients", [])) == wanted:
                    print(f"placed {full['orderId']}, total {full['amount']} GHS")
                    return DONE
        except (requests.exceptions.RequestException, ValueError, KeyError, AttributeError, TypeError):
            pass
        return UNKNOWN

    def get(self, path, **params):
        answer = self.send("GET", path, params=params)
        answer.raise_for_status()
        return answer.json(parse_float=Decimal)

    def orders(self):
        cursor = {}
        while True:
            page = self.get(ORDERS, limit="100", **cursor)["data"]
            yield from page["orders"]
            if page["isDone"]:
                return
            cursor = {"cursor": page["continueCursor"]}

    def follow(self, order):
        end = time.monotonic() + self.wait
        pause = self.pause
        while time.monotonic() < end:
            time.sleep(pause)
            pause = min(pause * 1.5, 1.0)
            try:
                answer = self.send("GET", f"{ORDERS}/{order}/status")
                if answer.status_code in (429, 503):
                    time.sleep(min(self.asked_to_wait(answer) or pause, self.wait))
                    continue
                answer.raise_for_status()
                data = answer.json(parse_float=Decimal)["data"]
            except (requests.exceptions.RequestException, ValueError, KeyError):
                continue
            if self.has_ended(data):
                return self.ended(data)
        return UNKNOWN

    def has_ended(self, data):
        return data["state"].lower() in self.final

    def ended(self, data):
        return DONE if not self.failures(data) else NOT_DONE

    def failures(self, data):
        """Everything in an order that says that it failed, however it is called."""
        found = []
        left = [data]
        while left:
            value = left.pop()
            if isinstance(value, dict):
                left.extend(value.values())
            elif isinstance(value, list):
                left.extend(value)
            elif isinstance(value, str) and value.lower() in ("failed", "reversed"):
                found.append(value)
        return found

    def balance(self):
        for tried in range(self.tries):
            try:
                answer = self.send("GET", WALLET)
            except requests.exceptions.RequestException:
                time.sleep(self.pause * 2**tried)
                continue
            if answer.status_code in (429, 503) and self.may_try_again(answer, tried):
                continue
            if answer.status_code != 200:
                return NOT_DONE
            print(f"available {self.shown(answer.json(parse_float=Decimal)['data']['availableBalance'])} GHS")
            return DONE
        return NOT_DONE

    def shown(self, amount):
        return amount

    def run(self):
        return self.balance() if os.environ["NETCONNECT_TASK"] == "balance" else self.buy()


def main(client=Client):
    sys.exit(client().run())


if __name__ == "__main__":
    main()
