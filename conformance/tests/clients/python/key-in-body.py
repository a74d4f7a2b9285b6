# wrong: the key in the body, as another API has it
# breaks: KEY-PLACE
# tasks: buy
import right


class Client(right.Client):
    def order(self):
        return super().order() | {"apiKey": self.key}


right.main(Client)
