# wrong: Retry-After is read as a number, and anything else as none
# breaks: WAIT-ASKED
# tasks: buy
import right


class Client(right.Client):
    def asked_to_wait(self, answer):
        text = answer.headers.get("Retry-After", "")
        return float(text) if text.isdigit() else 0.1


right.main(Client)
