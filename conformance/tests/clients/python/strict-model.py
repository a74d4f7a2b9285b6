# wrong: a model that forbids fields it does not know
# breaks: READ-FIELDS
# tasks: buy
import right


class Client(right.Client):
    def placed(self, body):
        known = {"success", "message", "orderId", "shortReference", "totalAmount", "recipientCount"}
        if set(body["data"]) - known:
            raise TypeError("unexpected fields")
        return super().placed(body)


right.main(Client)
