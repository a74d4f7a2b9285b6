# wrong: urllib3's Retry on every method
# breaks: ONCE-LOST
# tasks: buy
from requests.adapters import HTTPAdapter
from urllib3.util import Retry
import right


class Client(right.Client):
    def session(self):
        http = super().session()
        retry = Retry(total=2, allowed_methods=None, status_forcelist=[500, 502, 504], backoff_factor=0.1, redirect=False, respect_retry_after_header=False)
        http.mount("http://", HTTPAdapter(max_retries=retry))
        return http


right.main(Client)
