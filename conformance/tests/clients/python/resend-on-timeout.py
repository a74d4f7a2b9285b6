# wrong: a timeout is tried again
# breaks: ONCE-LOST
# tasks: buy
import requests
import right


class Client(right.Client):
    def post(self):
        try:
            return super().post()
        except requests.exceptions.Timeout:
            return super().post()


right.main(Client)
