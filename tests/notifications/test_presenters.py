"""Messages as staff read them."""

import pytest

from core.domain.clock import london
from core.domain.ids import new_id
from notifications.presenters import CHANNEL, STATE, choices, line_of, purpose_words, whole_of
from notifications.words import Channel, DeliveryState, MessageLine, MessageView


def test_every_channel_and_state_has_words() -> None:
    assert set(CHANNEL) == set(Channel)
    assert set(STATE) == set(DeliveryState)


def test_a_purpose_reads_like_a_sentence() -> None:
    assert purpose_words("booking-confirmed") == "Booking confirmed"


def test_a_list_masks_the_address() -> None:
    line = line_of(
        MessageLine(new_id(), "p", Channel.TEXT, "+447700900982", "", DeliveryState.SENT, london(2026, 11, 23, 10))
    )
    assert line.to == "…982"
    assert line.tag["text"] == "Sent"


def test_a_message_shows_the_address_as_people_write_it_and_what_is_still_to_come() -> None:
    view = MessageView(
        id=new_id(),
        purpose="p",
        subject_id=new_id(),
        channel=Channel.TEXT,
        address="+447700900982",
        template="t",
        subject_line="",
        body="b",
        state=DeliveryState.WAITING,
        created_at=london(2026, 11, 23, 10),
        sent_at=None,
    )
    rows = {row["key"]: row["value"] for row in whole_of(view).rows}
    assert rows["To"] == "07700 900982"
    assert rows["Sent"] == "Not yet"


def message(body: str) -> MessageView:
    return MessageView(
        id=new_id(),
        purpose="p",
        subject_id=new_id(),
        channel=Channel.EMAIL,
        address="ann.invented@example.org",
        template="t",
        subject_line="s",
        body=body,
        state=DeliveryState.SENT,
        created_at=london(2026, 11, 23, 10),
        sent_at=None,
    )


@pytest.mark.parametrize("page", ["invitation", "new-password"])
def test_what_opens_a_colleagues_account_is_shown_to_nobody_else(page: str) -> None:
    letter = f"Go to https://front.example/staff/sign-in/{page}/Qx-7_aZ9\n\nYours"
    shown = whole_of(message(letter)).body
    assert "Qx-7_aZ9" not in shown
    assert f"/staff/sign-in/{page}/…\n\nYours" in shown
    assert whole_of(message(letter), with_keys=True).body == letter, "in the demo messages arrive nowhere else"
    plain = "Your reference is K7MA-4QXT https://front.example/family/Qx-7_aZ9"
    assert whole_of(message(plain)).body == plain


def test_choices_begin_with_all() -> None:
    items = choices({"a": "A", "b": "B"}, "b")
    assert [item["text"] for item in items] == ["All", "A", "B"]
    assert [item["text"] for item in items if item.get("selected")] == ["B"]
