# wrong: the balance is rounded to cedis
# breaks: AMOUNT-EXACT
# tasks: balance
import right


class Client(right.Client):
    def shown(self, amount):
        return round(amount)


right.main(Client)
