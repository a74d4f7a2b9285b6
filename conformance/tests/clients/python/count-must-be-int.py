# wrong: isinstance(recipientCount, int)
# breaks: READ-NUMBERS
# tasks: buy
import right


class Client(right.Client):
    def placed(self, body):
        if not isinstance(body["data"]["recipientCount"], int):
            return right.UNKNOWN
        return super().placed(body)


right.main(Client)
