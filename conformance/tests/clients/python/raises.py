# wrong: an exception that nobody catches, with sys.exit of its text
# breaks: END-REFUSED
# tasks: buy
import right


class Client(right.Client):
    def told(self, answer):
        if answer.status_code in (401, 402):
            print(answer.json())
            return right.DONE
        return super().told(answer)


right.main(Client)
