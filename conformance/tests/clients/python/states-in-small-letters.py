# wrong: states are compared in small letters alone
# breaks: READ-STATES
# tasks: buy-and-wait
import right


class Client(right.Client):
    def has_ended(self, data):
        return data["state"] in self.final


right.main(Client)
