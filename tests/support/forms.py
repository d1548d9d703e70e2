"""A browser's cookies and form token without a page in between, for tests that send very many requests."""

import hashlib
import hmac

from core.domain.ids import new_token
from core.web.csrf import FIELD
from core.web.house import House
from core.web.visitors import cookie_name

VISITOR = "v" * 43


def cookies(house: House, staff_token: str = "") -> dict[str, str]:
    """The cookies of one browser; of a colleague when their session is given."""
    jar = {cookie_name("visitor", house): VISITOR}
    return jar | ({cookie_name("staff", house): staff_token} if staff_token else {})


def form_token(house: House, staff_token: str = "") -> dict[str, str]:
    """The hidden field as a page would have given it to this browser."""
    nonce = new_token()[:22]
    told = f"csrf\0{nonce}\0{VISITOR}\0{staff_token}"
    return {FIELD: nonce + hmac.digest(house.secret, told.encode(), hashlib.sha256).hex()}
