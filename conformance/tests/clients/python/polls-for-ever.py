# wrong: polls until the order has ended, however long
# breaks: END-TIME
# tasks: buy-and-wait
import requests
import right


class Client(right.Client):
    def follow(self, order):
        self.wait = float("inf") if self.get(f"{right.ORDERS}/{order}") else 0
        return super().follow(order)

    def get(self, path, **params):
        try:
            return super().get(path, **params)
        except requests.exceptions.HTTPError:
            return None


right.main(Client)
