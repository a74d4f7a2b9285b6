# wrong: an order that has ended counts as delivered
# breaks: END-FAILED
# tasks: buy-and-wait
import right


class Client(right.Client):
    def ended(self, data):
        return right.DONE


right.main(Client)
