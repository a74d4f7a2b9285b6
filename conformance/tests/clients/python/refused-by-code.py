# wrong: refusals are told by a code that one server happens to have
# breaks: READ-CODES
# tasks: buy
import right


class Client(right.Client):
    def told(self, answer):
        if answer.status_code == 402 and answer.json()["error"]["code"] != "BUY_DATA_BULK_FAILED":
            return right.UNKNOWN
        return super().told(answer)


right.main(Client)
