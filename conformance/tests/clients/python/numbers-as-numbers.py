# wrong: phone numbers as numbers, as a spreadsheet has them
# breaks: SEND-ITEMS
# tasks: buy
import right


class Client(right.Client):
    def item(self, number, package):
        return super().item(int(number), package)


right.main(Client)
