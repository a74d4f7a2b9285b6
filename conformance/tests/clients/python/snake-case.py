# wrong: fields in snake case
# breaks: SEND-FIELDS
# tasks: buy
import right


class Client(right.Client):
    def order(self):
        order = super().order()
        return {"operator_id": order["operatorId"], "product_id": order["productId"], "items": order["items"]}


right.main(Client)
