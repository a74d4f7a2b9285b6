# wrong: only the first page of the list is read
# breaks: LOOKUP-WHOLE
# tasks: buy
import right


class Client(right.Client):
    def orders(self):
        return self.get(right.ORDERS, limit="10")["data"]["orders"]

    def lost(self, before):
        found = super().lost(before)
        return right.NOT_DONE if found == right.UNKNOWN and len(self.orders()) == 10 else found


right.main(Client)
