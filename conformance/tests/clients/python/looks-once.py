# wrong: what the list does not show at once is placed again
# breaks: ONCE-LOST
# tasks: buy
import right


class Client(right.Client):
    looked = False

    def lost(self, before):
        found = super().lost(before)
        if found == right.UNKNOWN and not self.looked:
            self.looked = True
            return self.buy()
        return found


right.main(Client)
