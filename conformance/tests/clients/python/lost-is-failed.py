# wrong: except Exception: not placed
# breaks: END-UNKNOWN
# tasks: buy
import right


class Client(right.Client):
    def lost(self, before):
        return right.NOT_DONE


right.main(Client)
