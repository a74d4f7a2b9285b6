# wrong: a closure over the loop's variable: everything for the last recipient
# breaks: SEND-TASK
# tasks: buy
import right


class Client(right.Client):
    def item(self, number, package):
        return super().item(self.recipients[-1], package)


right.main(Client)
