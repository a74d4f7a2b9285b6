# wrong: prices are added up as floats and compared
# breaks: AMOUNT-EXACT
# tasks: buy
import right


class Client(right.Client):
    def placed(self, body):
        prices = [float(self.get(f"/api/v1/packages/{package}")["data"]["price"]) for package in self.packages]
        if sum(prices) != float(body["data"]["totalAmount"]):
            return right.UNKNOWN
        return super().placed(body)


right.main(Client)
