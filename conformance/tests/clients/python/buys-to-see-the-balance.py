# wrong: the balance is read from the answer to an order
# breaks: SEND-TASK
# tasks: balance
import right


class Client(right.Client):
    def balance(self):
        return self.buy()


right.main(Client)
