# wrong: a loop around every status from 500
# breaks: ONCE-LOST
# tasks: buy
import time

import right


class Client(right.Client):
    def post(self):
        for tried in range(3):
            answer = super().post()
            if answer.status_code < 500 or answer.status_code == 503:
                break
            time.sleep(0.1 * 2**tried)
        return answer


right.main(Client)
