# wrong: polls without a pause
# breaks: WAIT-POLL
# tasks: buy-and-wait
import time

import right


class Client(right.Client):
    def __init__(self):
        super().__init__()
        self.pause = 0.001

    def follow(self, order):
        end = time.monotonic() + self.wait
        while time.monotonic() < end:
            answer = self.send("GET", f"{right.ORDERS}/{order}/status")
            if answer.status_code != 200:
                time.sleep(1.2)
                continue
            data = answer.json()["data"]
            if self.has_ended(data):
                return self.ended(data)
        return right.UNKNOWN


right.main(Client)
