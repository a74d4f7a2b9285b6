# wrong: the same short pause between all tries
# breaks: WAIT-BACKOFF
# tasks: buy
import time

import right


class Client(right.Client):
    tries = 6

    def may_try_again(self, answer, tried):
        if self.asked_to_wait(answer) is None:
            time.sleep(0.1)
            return tried + 1 < self.tries
        return super().may_try_again(answer, tried)


right.main(Client)
