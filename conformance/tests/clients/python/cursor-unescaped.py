# wrong: the cursor goes into the address as it is, and a page that can't be read ends the list
# breaks: LOOKUP-WHOLE
# tasks: buy
import requests
import right


class Client(right.Client):
    whole = True

    def orders(self):
        query = "limit=100"
        while True:
            try:
                page = self.get(f"{right.ORDERS}?{query}")["data"]
            except requests.exceptions.HTTPError:
                self.whole = False
                return
            yield from page["orders"]
            if page["isDone"]:
                return
            query = f"limit=100&cursor={page['continueCursor']}"

    def lost(self, before):
        found = super().lost(before)
        return found if self.whole else right.NOT_DONE


right.main(Client)
