# wrong: an order that is still processing is placed again
# breaks: ONCE-ACCEPTED
# tasks: buy
import right


class Client(right.Client):
    def placed(self, body):
        if "completed" not in body["data"]["message"]:
            self.post()
        return super().placed(body)


right.main(Client)
