# wrong: an order that was placed counts as delivered
# breaks: END-PENDING
# tasks: buy-and-wait
import right


class Client(right.Client):
    def follow(self, order):
        return right.DONE


right.main(Client)
