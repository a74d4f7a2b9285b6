# wrong: a loop until the answer is ok
# breaks: ONCE-REFUSED
# tasks: buy
import time

import right


class Client(right.Client):
    def post(self):
        for tried in range(4):
            answer = super().post()
            if answer.status_code not in range(400, 429):
                break
            time.sleep(0.05 * 2**tried)
        return answer


right.main(Client)
